# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire: the only importer of requests. TLS, proxies, timeouts, redirects and the one retry loop. Knows no credential."""

from __future__ import annotations

import datetime
import socket
import ssl
import warnings
from typing import Any, Callable, Dict, Iterator, Mapping, NamedTuple, Optional, Union
from urllib.parse import urlsplit

from ._clock import Clock
from ._endpoints import is_local
from ._errors import ConnectionFailedError, HssError, InvalidAnswerError, RefusedError
from ._redaction import Secrets
from ._version import VERSION

try:
    import requests
except ImportError:
    requests = None  # type: ignore[assignment]

HAS_REQUESTS = requests is not None  # _module.py says so, with the interpreter's path

RETRIED_STATUSES = (429, 500, 502, 503, 504)
LONGEST_WAIT = 30.0  # seconds, one wait
ALL_WAITS = 300.0  # seconds, all waits of one request together


class Request(NamedTuple):
    """What is about to be sent. `project_id` is that of a regional service's call, None for IAM."""

    method: str
    url: str
    headers: Dict[str, str]
    body: bytes = b""
    project_id: Optional[str] = None


class Call(NamedTuple):
    """What is being asked, in the API reference's own terms. `repeatable`: sending it twice does no harm."""

    service: str
    operation: str
    repeatable: bool = True


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> Optional[str]:
        """What support asks for. HSS and the gateway name it so; IAM has its own name."""
        return self.headers.get("X-Request-Id") or self.headers.get("X-IAM-Trace-Id")


class _Lost(NamedTuple):
    """No answer. `passing`: another try may succeed. `sent`: the request may have reached the cloud."""

    text: str
    hint: Optional[str]
    passing: bool
    sent: bool = True


Authorise = Callable[[Request, datetime.datetime], Dict[str, str]]


class Transport:
    """Sends requests of one task. `verify` is True, False or the path of a CA bundle, as requests takes it."""

    def __init__(
        self,
        *,
        verify: Union[bool, str],
        timeout: float,
        max_retries: int,
        environ: Mapping[str, str],
        secrets: Secrets,
        clock: Clock,
    ) -> None:
        self._verify = verify
        self._timeout = timeout
        self._max_retries = max_retries
        self._secrets = secrets
        self._clock = clock
        # Proxy URLs may hold a password.
        for name, value in environ.items():
            if name.lower().endswith("_proxy") and name.lower() != "no_proxy":
                secrets.register_url(value)
        self._session = requests.Session()
        # No ~/.netrc, which would replace the Authorization header; proxies and verify go with each request instead.
        self._session.trust_env = False
        self._session.headers["User-Agent"] = f"huaweicloud.hss/{VERSION} (Ansible collection)"
        self._session.headers["Accept"] = "application/json"

    def send(self, request: Request, call: Call, authorise: Authorise, renew: Callable[[], bool]) -> Answer:
        """The answer with status 200, or an HssError. Each attempt is authorised anew: a signature carries the time."""
        waited = 0.0
        renewed = False
        tries = 0
        while True:
            tries += 1
            outcome = self._attempt(request, authorise)
            if isinstance(outcome, Answer) and outcome.status == 200:
                return outcome
            if not renewed and _wants_new_token(outcome) and renew():
                renewed = True
                continue
            wait = self._wait_before_retry(outcome, call, tries)
            if wait is None or waited + wait > ALL_WAITS:
                raise self._error(outcome, request, call, tries)
            self._clock.sleep(wait)
            waited += wait

    def _attempt(self, request: Request, authorise: Authorise) -> Union[Answer, _Lost]:
        headers = authorise(request, self._clock.now())
        try:
            with warnings.catch_warnings():
                # Verification off is the user's explicit word; urllib3 would say so on standard error each time.
                warnings.filterwarnings("ignore", message="Unverified HTTPS request")
                response = self._session.request(
                    request.method,
                    request.url,
                    headers=headers,
                    data=request.body or None,
                    timeout=(self._timeout, self._timeout),
                    allow_redirects=False,
                    verify=self._verify,
                    proxies=_proxies(request.url),
                    stream=True,
                )
                return _read(response)
        except requests.exceptions.RequestException as error:
            return _classify(error, request.url)

    def _wait_before_retry(self, outcome: Union[Answer, _Lost], call: Call, tries: int) -> Optional[float]:
        """Seconds to wait before another try, None for no other try. THE place where a retry is decided."""
        if tries > self._max_retries:
            return None
        retry_after = None
        if isinstance(outcome, _Lost):
            if not outcome.passing or (outcome.sent and not call.repeatable):
                return None
        else:
            from ._diagnosis import is_throttled, read_problem

            throttled = is_throttled(outcome.status, read_problem(outcome.body).code)
            if not throttled and (outcome.status not in RETRIED_STATUSES or not call.repeatable):
                return None
            retry_after = self._retry_after(outcome.headers.get("Retry-After"))
        backoff = min(LONGEST_WAIT, 2.0 ** (tries - 1)) * self._clock.jitter()
        return min(LONGEST_WAIT, max(backoff, retry_after or 0.0))

    def _retry_after(self, value: Optional[str]) -> Optional[float]:
        """Seconds from a number or an HTTP date; None for anything else."""
        if not value:
            return None
        if value.isascii() and value.isdigit():
            return float(value)
        from email.utils import parsedate_to_datetime

        try:
            return (parsedate_to_datetime(value) - self._clock.now()).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None

    def _error(self, outcome: Union[Answer, _Lost], request: Request, call: Call, tries: int) -> HssError:
        called = f"{call.service} {call.operation} ({request.method} {request.url.partition('?')[0]})"
        counted = f" after {tries} tries" if tries > 1 else ""
        if isinstance(outcome, _Lost):
            return ConnectionFailedError(
                self._secrets.redact(f"{called} got no complete answer{counted}: {outcome.text}."),
                hint=outcome.hint,
                service=call.service,
                operation=call.operation,
            )
        return self.refusal(outcome, call, f"{called} failed{counted}")

    def refusal(self, answer: Answer, call: Call, what: str) -> HssError:
        """The error that an answer stands for, whatever its status."""
        from ._diagnosis import describe_body, hint_for, read_problem, shown

        problem = read_problem(answer.body)
        if 200 < answer.status < 300:
            return InvalidAnswerError(
                f"{what}: HTTP {answer.status} instead of 200.",
                service=call.service,
                operation=call.operation,
                status_code=answer.status,
                request_id=answer.request_id,
            )
        said = ": ".join(part for part in (problem.code, problem.text) if part)
        if not said:
            said = describe_body(answer.body, answer.headers.get("Content-Type") or "")
        said = shown(self._secrets.redact(said))
        code = shown(self._secrets.redact(problem.code)) if problem.code else None
        return RefusedError(
            f"{self._secrets.redact(what)}: HTTP {answer.status}, {said}{'' if said.endswith(('.', '…')) else '.'}",
            hint=hint_for(answer.status, problem, call.service),
            service=call.service,
            operation=call.operation,
            status_code=answer.status,
            error_code=code,
            request_id=answer.request_id or problem.request_id,
        )


def _proxies(url: str) -> Dict[str, str]:
    if is_local(urlsplit(url).hostname or ""):
        return {}
    found: Dict[str, str] = requests.utils.get_environ_proxies(url)
    return found


def _read(response: Any) -> Union[Answer, _Lost]:
    body = response.content
    announced = response.headers.get("Content-Length") or ""
    # Older urllib3 takes a connection that closed early for the end of the body.
    if announced.isdigit() and response.raw.tell() < int(announced):
        return _Lost(_CUT, None, passing=True)
    if response.status_code == 200 and not body and not announced and "Transfer-Encoding" not in response.headers:
        # http.client takes a connection that closed within the headers for the end of them.
        return _Lost(_CUT, None, passing=True)
    return Answer(response.status_code, response.headers, body)


def _wants_new_token(outcome: Union[Answer, _Lost]) -> bool:
    if isinstance(outcome, _Lost) or outcome.status != 401:
        return False
    from ._diagnosis import needs_new_token, read_problem

    return needs_new_token(outcome.status, read_problem(outcome.body).code)


def _classify(error: Exception, url: str) -> _Lost:
    """Our own words for a failure: the library's may repeat header values and proxy passwords."""
    host = urlsplit(url).hostname
    causes = list(_causes(error))
    certificate = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return _Lost(
            f"the certificate of {host} is not trusted ({certificate.verify_message})",
            "Give the CA bundle that signed it with ca_path. Is there a proxy that opens TLS, or a wrong name in endpoint?",
            passing=False,
            sent=False,
        )
    name = next((c for c in causes if isinstance(c, socket.gaierror)), None)
    if name is not None and not isinstance(error, requests.exceptions.ProxyError):
        return _Lost(
            f"the name {host} could not be resolved",
            "Check region (is it written right? unknown regions have no such name), cloud and endpoint, and the name "
            "resolution of the host that runs the module.",
            # A name server that cannot answer now is a passing fault; a name that does not exist is not.
            passing=name.errno == socket.EAI_AGAIN,
            sent=False,
        )
    if isinstance(error, requests.exceptions.ProxyError):
        refused = any("407" in str(c) for c in causes)
        return _Lost(
            "the proxy asked for a login" if refused else "the proxy could not be used",
            "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY on the host that runs the module.",
            passing=not refused,
            sent=False,
        )
    if isinstance(error, requests.exceptions.SSLError):
        return _Lost(f"the TLS handshake with {host} failed", "Does this port speak TLS?", passing=True, sent=False)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return _Lost(f"connecting to {host} timed out", _REACH, passing=True, sent=False)
    if isinstance(error, requests.exceptions.Timeout) or any(isinstance(c, TimeoutError) for c in causes):
        return _Lost("no data came within request_timeout", "Raise request_timeout, or try again later.", passing=True)
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return _Lost("the body could not be decompressed", None, passing=False)
    if any(isinstance(c, ConnectionRefusedError) for c in causes):
        return _Lost(f"{host} refused the connection", _REACH, passing=True, sent=False)
    if isinstance(error, (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        return _Lost("the connection was lost", _REACH, passing=True)
    return _Lost(f"the request could not be made ({type(error).__name__})", None, passing=False)


_CUT = "the connection was closed in the middle of the answer"
_REACH = "Check that the host that runs the module can reach it (routes, firewall, proxy variables)."


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
