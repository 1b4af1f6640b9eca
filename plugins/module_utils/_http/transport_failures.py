# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explain why no complete response was received: name, proxy, TLS, time, resources of the host. Imported only by a failing run."""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
from typing import Any, Iterator, List, NamedTuple, Union
from urllib.parse import urlsplit

from .._formatting import host_limit
from .certificates import find_trust_problem
from .connection import Attempt
from .models import TransportFailure
from .retries import RETRIED_STATUSES

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_PROXY = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY on the host that runs the module."
_REACH = "Check that the host that runs the module can reach it (routes, firewall, proxy variables)."


class Failure(NamedTuple):
    """An attempt without a complete response. `whole`: seconds that were allowed for the response."""

    error: Exception
    attempt: Attempt
    url: str
    proxied: bool
    verify: Union[bool, str]
    time_limit: float


def classify_exception(failure: Failure, exceptions: Any) -> TransportFailure:
    """Return the failure with a message and a hint; the text of the exception is not used, since it may contain secrets.

    Whether the request was sent is taken from the socket, never from the exception. `kinds` is requests.exceptions, which only
    _http/transport.py imports.
    """
    causes = list(_causes(failure.error))
    limit = next(filter(None, map(host_limit, causes)), None)
    if limit is not None:
        return TransportFailure(limit.text, limit.hint, retryable=True, may_have_been_sent=failure.attempt.sent)
    if failure.attempt.overdue:
        return TransportFailure(
            f"the answer was not whole within {failure.time_limit:g} seconds, ten times request_timeout",
            "Check whether a proxy forwards the response in small parts. On a slow network, raise request_timeout.",
            retryable=False,
            may_have_been_sent=failure.attempt.sent,
        )
    classify_phase = _after_sending if failure.attempt.sent else _before_sending
    return classify_phase(failure, causes, exceptions)._replace(may_have_been_sent=failure.attempt.sent)


def _after_sending(failure: Failure, causes: List[BaseException], exceptions: Any) -> TransportFailure:
    """Return the failure for an attempt whose request may have been written."""
    host = urlsplit(failure.url).hostname or ""
    if isinstance(failure.error, exceptions.Timeout) or any(isinstance(c, socket.timeout) for c in causes):
        return TransportFailure(
            "no data came within request_timeout", "Raise request_timeout, or try again later.", retryable=True
        )
    if any(isinstance(c, ssl.SSLError) for c in causes):
        return TransportFailure(
            f"the TLS connection to {host} broke before the answer was whole", _REACH, retryable=True
        )
    if any(isinstance(c, (OSError, http.client.HTTPException)) for c in causes[1:]) or type(causes[0]) in (
        exceptions.ConnectionError,
        exceptions.ChunkedEncodingError,
    ):
        return TransportFailure("the connection was lost", _REACH, retryable=True)
    return TransportFailure(
        f"the answer could not be read ({type(failure.error).__name__})",
        "Check endpoint and proxy settings.",
        retryable=False,
    )


def _before_sending(failure: Failure, causes: List[BaseException], exceptions: Any) -> TransportFailure:
    """Return the failure for an attempt whose request was not written."""
    verify = failure.verify
    if (
        isinstance(verify, str)
        and any(isinstance(c, (ssl.SSLError, OSError)) for c in causes)
        and not _contains_certificates(verify)
    ):
        return TransportFailure(
            f"the CA bundle {verify} holds no certificate that can be read",
            "It must be a file of PEM certificates, or a directory of hashed ones: correct ca_path, or the variable that names it "
            "(REQUESTS_CA_BUNDLE, SSL_CERT_FILE).",
            retryable=False,
        )
    if failure.attempt.to_proxy and isinstance(failure.error, exceptions.ConnectionError):
        return _proxy_failure(causes)
    return _host_failure(failure, causes, exceptions)


def _contains_certificates(path: str) -> bool:
    """Return whether the path is a CA bundle that OpenSSL can load."""
    try:
        context = ssl.create_default_context()
        context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
    except (OSError, ValueError):
        return False
    return True


def _proxy_failure(causes: List[BaseException]) -> TransportFailure:
    """Return the failure between this host and a proxy, or the one that the proxy reports."""
    certificate = find_trust_problem(causes)
    if certificate is not None:
        return TransportFailure(
            f"the certificate of the proxy is not trusted ({certificate.reason})", certificate.hint, retryable=False
        )
    name = next((c for c in causes if isinstance(c, socket.gaierror)), None)
    if name is not None:
        return TransportFailure(
            "the name of the proxy could not be resolved", _PROXY, retryable=_is_temporary_dns_error(name)
        )
    tunnel_error = next(filter(None, map(_TUNNEL.search, map(str, causes))), None)
    if tunnel_error is None:
        return TransportFailure("the proxy could not be used", _PROXY, retryable=True)
    status = int(tunnel_error.group(1))
    if status == 407:
        return TransportFailure("the proxy asked for a login (407)", _PROXY, retryable=False)
    return TransportFailure(
        f"the proxy would not connect ({status})",
        # A proxy also answers so if the name of the host does not exist.
        f"Check region, cloud and endpoint. {_PROXY}",
        retryable=status in RETRIED_STATUSES,
    )


def _host_failure(failure: Failure, causes: List[BaseException], exceptions: Any) -> TransportFailure:
    """Return the failure between this host, or a proxy that has connected, and the host of the URL."""
    host = urlsplit(failure.url).hostname or ""
    certificate = find_trust_problem(causes)
    if certificate is not None:
        return TransportFailure(
            f"the certificate of {host} is not trusted ({certificate.reason})", certificate.hint, retryable=False
        )
    name = next((c for c in causes if isinstance(c, socket.gaierror)), None)
    if name is not None:
        return TransportFailure(
            f"the name {host} could not be resolved",
            "Check region (is it written right? unknown regions have no such name), cloud and endpoint, and the name "
            "resolution of the host that runs the module.",
            retryable=_is_temporary_dns_error(name),
        )
    if failure.attempt.tunnelled or any(isinstance(c, ssl.SSLError) for c in causes):
        return TransportFailure(f"the TLS handshake with {host} failed", "Does this port speak TLS?", retryable=True)
    if isinstance(failure.error, exceptions.Timeout) or any(isinstance(c, socket.timeout) for c in causes):
        return TransportFailure(f"connecting to {host} timed out", _REACH, retryable=True)
    if any(isinstance(c, ConnectionRefusedError) for c in causes):
        return TransportFailure(f"{host} refused the connection", _REACH, retryable=True)
    if isinstance(failure.error, exceptions.ConnectionError):
        return TransportFailure("the connection was lost", _REACH, retryable=True)
    # The remaining cause is a URL that the library cannot interpret.
    hint = "Check endpoint, iam_endpoint and cloud."
    if failure.proxied:
        hint = f"{_PROXY} (socks5:// needs the PySocks library.)"
    return TransportFailure(f"the request could not be made ({type(failure.error).__name__})", hint, retryable=False)


def _is_temporary_dns_error(error: socket.gaierror) -> bool:
    """Return whether the name server could not answer now, which may be transient; an unknown name is not."""
    return error.errno == socket.EAI_AGAIN


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and all that it wraps in args, reason, cause or context, as requests and urllib3 do."""
    todo, seen = [error], set()
    while todo:
        current = todo.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        wrapped = [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
        todo.extend(item for item in wrapped if isinstance(item, BaseException))
