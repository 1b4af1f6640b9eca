# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do when a request did not end in a plain 200: try again, get a new token, or raise which error.

Only a failing run imports this. wait_before_retry() is the table of what is retried.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from typing import Any, Iterator, List, Optional, Union
from urllib.parse import urlsplit

from ._clock import Clock
from ._diagnosis import describe_body, hint_for, is_throttled, needs_new_token, read_problem, shown
from ._errors import ConnectionFailedError, HssError, InvalidAnswerError, RefusedError
from ._redaction import Secrets
from ._wire import Answer, Call, Lost, Request

RETRIED_STATUSES = (429, 500, 502, 503, 504)
LONGEST_WAIT = 30.0  # seconds, one wait

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_PROXY = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY on the host that runs the module."
_NO_INSTANCE = "Does this run on an instance (ECS), or in a pod, of this cloud? Nothing else has this service."
_REACH = "Check that the host that runs the module can reach it (routes, firewall, proxy variables)."


def wait_before_retry(
    outcome: Union[Answer, Lost], call: Call, tries: int, max_retries: int, clock: Clock
) -> Optional[float]:
    """Seconds to wait before another try, None for no other try. THE place where a retry is decided."""
    if tries > max_retries:
        return None
    retry_after = None
    if isinstance(outcome, Lost):
        if not outcome.passing or (outcome.sent and not call.repeatable):
            return None
    else:
        if not is_throttling(outcome) and (outcome.status not in RETRIED_STATUSES or not call.repeatable):
            return None
        retry_after = _retry_after(outcome.headers.get("Retry-After"), clock)
    backoff = min(LONGEST_WAIT, 2.0 ** (tries - 1)) * clock.jitter()
    return min(LONGEST_WAIT, max(backoff, retry_after or 0.0))


def _retry_after(value: Optional[str], clock: Clock) -> Optional[float]:
    """Seconds from a number or an HTTP date; None for anything else."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        return (parsedate_to_datetime(value) - clock.now()).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None


def is_throttling(outcome: Union[Answer, Lost]) -> bool:
    return isinstance(outcome, Answer) and is_throttled(outcome.status, read_problem(outcome.body).code)


def wants_new_token(outcome: Union[Answer, Lost]) -> bool:
    if isinstance(outcome, Lost) or outcome.status != 401:
        return False
    return needs_new_token(outcome.status, read_problem(outcome.body).code)


def error_for(outcome: Union[Answer, Lost], request: Request, call: Call, tries: int, secrets: Secrets) -> HssError:
    """The error that ends the tries."""
    called = f"{call.service} {call.operation} ({request.method} {request.url.partition('?')[0]})"
    counted = f" after {tries} tries" if tries > 1 else ""
    if isinstance(outcome, Lost):
        return ConnectionFailedError(
            secrets.redact(f"{called} got no complete answer{counted}: {outcome.text}."),
            hint=_NO_INSTANCE if call.service == "metadata" else outcome.hint,
            service=call.service,
            operation=call.operation,
        )
    return refusal(outcome, call, f"{called} failed{counted}", secrets)


def refusal(answer: Answer, call: Call, what: str, secrets: Secrets) -> HssError:
    """The error that an answer stands for, whatever its status."""
    problem = read_problem(answer.body)
    if 200 < answer.status < 300:
        return InvalidAnswerError(
            f"{what}: HTTP {answer.status} instead of {call.accepted[-1]}.",
            service=call.service,
            operation=call.operation,
            status_code=answer.status,
            request_id=answer.request_id,
        )
    said = ": ".join(part for part in (problem.code, problem.text) if part)
    if not said:
        said = describe_body(answer.body, answer.headers.get("Content-Type") or "")
    said = shown(secrets.redact(said))
    code = shown(secrets.redact(problem.code)) if problem.code else None
    return RefusedError(
        f"{secrets.redact(what)}: HTTP {answer.status}, {said}{'' if said.endswith(('.', '…')) else '.'}",
        hint=hint_for(answer.status, problem, call),
        service=call.service,
        operation=call.operation,
        status_code=answer.status,
        error_code=code,
        request_id=shown(secrets.redact(answer.request_id or problem.request_id or "")) or None,
    )


def classify(error: Exception, url: str, kinds: Any, proxied: bool, verify: Union[bool, str]) -> Lost:
    """Our own words for a failure: the library's may repeat header values and proxy passwords.

    `kinds` is requests.exceptions, of which _http.py is the only importer.
    """
    causes = list(_causes(error))
    if (
        isinstance(verify, str)
        and any(isinstance(c, (ssl.SSLError, OSError)) for c in causes)
        and not _holds_a_ca(verify)
    ):
        return Lost(
            f"the CA bundle {verify} holds no certificate that can be read",
            "It must be a file of PEM certificates, or a directory of hashed ones: correct ca_path, or the variable that names it "
            "(REQUESTS_CA_BUNDLE, SSL_CERT_FILE).",
            passing=False,
            sent=False,
        )
    return _of_proxy(error, causes, kinds) or _of_host(error, causes, urlsplit(url).hostname or "", kinds, proxied)


def _holds_a_ca(path: str) -> bool:
    try:
        context = ssl.create_default_context()
        context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
    except (OSError, ValueError):
        return False
    return True


def _of_proxy(error: Exception, causes: List[BaseException], kinds: Any) -> Optional[Lost]:
    """A failure between this host and a proxy, or the proxy's own word; None for any other."""
    if not isinstance(error, kinds.ProxyError):
        return None
    certificate = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return Lost(
            f"the certificate of the proxy is not trusted ({certificate.verify_message})",
            "Give the CA bundle that signed it with ca_path.",
            passing=False,
            sent=False,
        )
    name = next((c for c in causes if isinstance(c, socket.gaierror)), None)
    if name is not None:
        return Lost("the name of the proxy could not be resolved", _PROXY, passing=_may_resolve(name), sent=False)
    refusal = next((found for found in map(_TUNNEL.search, map(str, causes)) if found), None)
    if refusal is None:
        return Lost("the proxy could not be used", _PROXY, passing=True, sent=False)
    status = int(refusal.group(1))
    if status == 407:
        return Lost("the proxy asked for a login (407)", _PROXY, passing=False, sent=False)
    return Lost(
        f"the proxy would not connect ({status})",
        # This is also what a proxy says of a name that does not exist.
        f"Check region, cloud and endpoint. {_PROXY}",
        passing=status in RETRIED_STATUSES,
        sent=False,
    )


def _of_host(error: Exception, causes: List[BaseException], host: str, kinds: Any, proxied: bool) -> Lost:
    certificate = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return Lost(
            f"the certificate of {host} is not trusted ({certificate.verify_message})",
            "Give the CA bundle that signed it with ca_path. Is there a proxy that opens TLS, or a wrong name in endpoint?",
            passing=False,
            sent=False,
        )
    name = next((c for c in causes if isinstance(c, socket.gaierror)), None)
    if name is not None:
        return Lost(
            f"the name {host} could not be resolved",
            "Check region (is it written right? unknown regions have no such name), cloud and endpoint, and the name "
            "resolution of the host that runs the module.",
            passing=_may_resolve(name),
            sent=False,
        )
    if isinstance(error, kinds.SSLError):
        return Lost(f"the TLS handshake with {host} failed", "Does this port speak TLS?", passing=True, sent=False)
    if isinstance(error, kinds.ConnectTimeout):
        return Lost(f"connecting to {host} timed out", _REACH, passing=True, sent=False)
    if isinstance(error, kinds.Timeout) or any(isinstance(c, TimeoutError) for c in causes):
        return Lost("no data came within request_timeout", "Raise request_timeout, or try again later.", passing=True)
    if isinstance(error, kinds.ContentDecodingError):
        return Lost("the body could not be decompressed", None, passing=False)
    if any(isinstance(c, ConnectionRefusedError) for c in causes):
        return Lost(f"{host} refused the connection", _REACH, passing=True, sent=False)
    if isinstance(error, (kinds.ConnectionError, kinds.ChunkedEncodingError)):
        return Lost("the connection was lost", _REACH, passing=True)
    # What is left is an address, or an answer, that the library cannot make sense of.
    hint = f"{_PROXY} (socks5:// needs the PySocks library.)" if proxied else "Check endpoint, iam_endpoint and cloud."
    return Lost(f"the request could not be made ({type(error).__name__})", hint, passing=False)


def _may_resolve(error: socket.gaierror) -> bool:
    """A name server that cannot answer now is a passing fault; a name that does not exist is not."""
    return error.errno == socket.EAI_AGAIN


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything it wraps: requests and urllib3 hide the cause in args, reason, cause or context."""
    todo, seen = [error], set()
    while todo:
        current = todo.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        wrapped = [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]
        todo.extend(item for item in wrapped if isinstance(item, BaseException))
