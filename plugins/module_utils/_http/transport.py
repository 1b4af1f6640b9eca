# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send HTTP requests: TLS, proxies, timeouts, redirects and the retry loop. The only importer of requests.

Whether to retry is decided in retries.py, which error to raise in failures.py. Knows no credential.
"""

from __future__ import annotations

import copy
import datetime
import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Set, Tuple, Union
from urllib.parse import urlsplit

from .._clock import Clock
from .._concurrency.models import Call, Key
from .._concurrency.unlimited import Unlimited
from .._redaction import Secrets
from .._urls import is_local, origin_of
from .connection import Attempt, watched
from .models import Operation, Request, Response, TransportFailure
from .version import VERSION

if TYPE_CHECKING:
    from .._concurrency.limiter import ConcurrencyLimiter
    from .abort import Connections


IMPORT_FAILURE = ""  # a sentence, for a message
try:
    import requests
    import urllib3
except Exception as error:  # pylint: disable=broad-exception-caught  # pragma: no cover - unit/test_gate_module runs such a process
    # Not only ImportError: beside another version of a library of theirs (pyOpenSSL, chardet) they fail with others.
    requests = None  # type: ignore[assignment]
    IMPORT_FAILURE = f" The import failed with {type(error).__name__}: {' '.join(str(error).split())}"

HAS_REQUESTS = requests is not None  # _module.py says so, with the interpreter's path

CLOSED_EARLY = "the connection was closed in the middle of the answer"
CHUNK_BYTES = 65536  # bytes
MAX_BODY_BYTES = 16 * 1024 * 1024  # bytes; a page of 200 records has some hundred thousand
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")  # in either case
RESPONSE_TIME_FACTOR = 10  # times request_timeout, from the start of an attempt to the end of its answer
MAX_TOTAL_WAIT = 300.0  # seconds, all waits of one request together
# gzip is unpacked by _http/decoding.py, within a bound; what else the libraries would ask for is not.
HEADERS = {
    "User-Agent": f"huaweicloud.hss/{VERSION} (Ansible collection)",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Cache-Control": "no-cache",
}


Authorise = Callable[[Request, datetime.datetime], Dict[str, str]]
Renew = Callable[[Mapping[str, str]], bool]


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
        use_proxies: bool = True,
        limiter: Union[ConcurrencyLimiter, Unlimited, None] = None,
    ) -> None:
        self._verify = verify
        self._timeout = timeout
        self._max_retries = max_retries
        self._secrets = secrets
        self._clock = clock
        self._use_proxies = use_proxies
        self._limiter: Union[ConcurrencyLimiter, Unlimited] = limiter or Unlimited(clock)
        # Proxy URLs may hold a password.
        for name, value in environ.items():
            if name.lower() in PROXY_VARIABLES:
                secrets.register_url(value)
        self._session = requests.Session()
        # No ~/.netrc; proxies and verify go with each request instead.
        self._session.trust_env = False
        # The proxies of each origin, which the environment does not change while the task runs.
        self._proxies: Dict[str, Dict[str, str]] = {}
        # The services that requests were sent to, with scheme, host and port.
        self.endpoints: Set[Tuple[str, str]] = set()
        # Credentials that were refused, and by what: five refusals in a row lock an access key.
        self._refused: Dict[Any, Response] = {}
        if verify is False:
            # The user's explicit word; urllib3 would say so on standard error each time. Not by catch_warnings(): that is for
            # one thread.
            warnings.filterwarnings("ignore", message="Unverified HTTPS request")
        self._connections: Optional[Connections] = None
        self._mount_adapter()

    def send(self, request: Request, operation: Operation, authorise: Authorise, renew: Renew) -> Response:
        """Return an accepted response, or raise HssError. Each attempt is signed anew, since a signature carries the time."""
        self.endpoints.add((operation.service, origin_of(request.url)))
        waited = 0.0
        renewed = False
        attempts = 0
        while True:
            attempts += 1
            headers, outcome = self._attempt(request, operation, authorise)
            if isinstance(outcome, Response) and outcome.status in operation.success_statuses:
                if "Age" in outcome.headers or "Warning" in outcome.headers:
                    from .failures import reject_stale

                    reject_stale(outcome, operation)
                return outcome
            from .failures import error_for, error_for_throttled
            from .retries import is_throttling, wait_before_retry, wants_new_token

            if isinstance(outcome, Response) and is_throttling(outcome):
                window = self._limiter.window(_quota_key(request, operation))
                raise error_for_throttled(outcome, request, operation, window, self._secrets)
            if not renewed and wants_new_token(outcome) and renew(headers):
                renewed = True
                continue
            wait = wait_before_retry(outcome, operation, attempts, self._max_retries, self._clock)
            if wait is None or waited + wait > MAX_TOTAL_WAIT:
                raise error_for(outcome, request, operation, attempts, self._secrets)
            self._limiter.pause(wait)
            waited += wait

    def _attempt(
        self, request: Request, operation: Operation, authorise: Authorise
    ) -> Tuple[Mapping[str, str], Union[Response, TransportFailure]]:
        """Return the outcome of one attempt, and the headers that it was sent with.

        A throttled request was not carried out: it is sent again after the window of its operation, and is no attempt. Its response
        is the outcome only if throttling lasts too long. Raises RefusedError, and sends nothing, if the credential was refused before.
        """
        # An exchange that carries no credential is authorised by a plain function.
        credential = getattr(authorise, "__self__", None)
        while True:
            # A signature carries the time, so it is made only once the request may go.
            with self._limiter.slot(_quota_key(request, operation)) as call:
                if self._limiter.is_cancelled():
                    return {}, self._cancelled(may_have_been_sent=False)
                if call.given_up:
                    return {}, self._limiter.window(call.key).response
                if credential in self._refused:
                    from .failures import error_for_rejected_credential

                    raise error_for_rejected_credential(self._refused[credential], request, operation)
                headers = authorise(request, self._clock.now())
                # Fetching the credential may take minutes, and the operation may be throttled meanwhile.
                if not self._limiter.may_send(call):
                    continue
                if operation.check is not None:
                    operation.check()
                outcome = self._send_once(request, headers)
                if isinstance(outcome, Response) and outcome.status in operation.success_statuses:
                    self._limiter.on_accepted(call, succeeded=True)
                elif isinstance(outcome, Response) and self._is_to_be_repeated(outcome, credential, call):
                    continue
                return headers, outcome

    def _is_to_be_repeated(self, response: Response, credential: Any, call: Call) -> bool:
        """Return whether the call was throttled and may be sent again. Record that, or that the credential was rejected."""
        from .retries import is_throttling, read_throttling, wants_new_token

        if is_throttling(response):
            return self._limiter.on_throttled(call, read_throttling(response, self._clock), response)
        self._limiter.on_accepted(call, succeeded=False)
        # A token that must be updated was valid, and is renewed: that locks no key.
        if credential is not None and response.status == 401 and not wants_new_token(response):
            self._refused[credential] = response
        return False

    def _mount_adapter(self) -> None:
        """Mount an adapter that records what happens on the socket.

        For many connections it has a pool that holds them all, and one TLS context.
        """
        base = requests.adapters.HTTPAdapter
        named: Dict[str, Any] = {}
        if not isinstance(self._limiter, Unlimited):
            from .abort import Connections
            from .tls_adapter import shared_context

            self._connections = Connections()
            base = shared_context(requests, urllib3, self._verify)
            named = {"pool_connections": self._limiter.limit, "pool_maxsize": self._limiter.limit}
        adapter = watched(base)(**named)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def aside(self, limiter: Unlimited) -> Transport:
        """Return a transport on the same connections that sends each request once and remembers rejections apart."""
        transport = copy.copy(self)
        transport._max_retries, transport._limiter, transport._refused = 0, limiter, {}
        return transport

    def close(self) -> None:
        """Close all connections; what other threads are waiting for on one of them ends with it."""
        if self._connections is not None:
            self._connections.close()
        self._session.close()

    def _effective_timeout(self) -> float:
        """Return the seconds to connect and to wait for data, at most the remaining time of the task."""
        remaining = self._limiter.remaining()
        return self._timeout if remaining is None else min(self._timeout, max(remaining, 0.001))

    def _remaining_time(self) -> Callable[[], float]:
        """Return the function that tells how many seconds an answer may still take, counted from now; none once the task gave up."""
        end = self._clock.monotonic() + RESPONSE_TIME_FACTOR * self._timeout
        return lambda: 0.0 if self._limiter.is_cancelled() else end - self._clock.monotonic()

    def _send_once(self, request: Request, headers: Mapping[str, str]) -> Union[Response, TransportFailure]:
        origin = origin_of(request.url)
        if origin not in self._proxies:
            self._proxies[origin] = proxies_for(origin) if self._use_proxies else {}
        proxies = self._proxies[origin]
        attempt = Attempt(self._remaining_time(), self._connections)
        try:
            # Not prepared by the session, which would send the cookies of one account's responses with another's requests.
            prepared = requests.Request(request.method, request.url, {**HEADERS, **headers}, data=request.body or None)
            response = self._session.send(
                prepared.prepare(),
                timeout=self._effective_timeout(),
                allow_redirects=False,
                verify=self._verify,
                proxies=proxies,
                stream=True,
            )
            self._clock.note(response.headers.get("Date"))
            return self._read(response)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            # The last three come through requests where an address or a proxy's address is beyond it.
            if self._limiter.is_cancelled():
                # The timeout was cut to the remaining time, so a longer timeout is no remedy.
                return self._cancelled(attempt.sent)
            from .transport_failures import Failure, classify_exception

            failure = Failure(
                error, attempt, request.url, bool(proxies), self._verify, RESPONSE_TIME_FACTOR * self._timeout
            )
            return classify_exception(failure, requests.exceptions)

    def _cancelled(self, may_have_been_sent: bool) -> TransportFailure:
        message = f"the task gave up: {self._limiter.reason()}"
        return TransportFailure(message, None, retryable=False, may_have_been_sent=may_have_been_sent)

    def _read(self, response: Any) -> Union[Response, TransportFailure]:
        chunks, length = [], 0
        while True:
            # Not unpacked by urllib3, which has no bound for it in its older versions.
            chunk = response.raw.read(CHUNK_BYTES, decode_content=False)
            if not chunk:
                break
            chunks.append(chunk)
            length += len(chunk)
            if length > MAX_BODY_BYTES:
                response.close()
                from .decoding import too_long

                return too_long(MAX_BODY_BYTES)
        body = b"".join(chunks)
        announced = response.headers.get("Content-Length") or ""
        short = announced.isdigit() and length < int(announced)
        # Older urllib3 takes a connection that closed early for the end of the body. These two have none, whatever they announce.
        has_body = response.status_code not in (204, 304)
        if short and has_body:  # pragma: no cover - nox session old-libraries has an older one
            return TransportFailure(CLOSED_EARLY, None, retryable=True)
        if response.status_code == 200 and not body and not announced and "Transfer-Encoding" not in response.headers:
            # http.client takes a connection that closed within the headers for the end of them.
            return TransportFailure(CLOSED_EARLY, None, retryable=True)
        if body and "Content-Encoding" in response.headers:
            from .decoding import decode

            unpacked = decode(body, response.headers["Content-Encoding"], MAX_BODY_BYTES)
            if isinstance(unpacked, TransportFailure):
                return unpacked
            body = unpacked
        return Response(response.status_code, response.headers, body)


def _quota_key(request: Request, operation: Operation) -> Key:
    """Return the key of the quota that a call counts against: of its operation, for its credential."""
    return (operation.service, operation.name, *([request.account] if request.account is not None else []))


def proxies_for(url: str) -> Dict[str, str]:
    """Return the proxies of the environment for a URL, by scheme; none for an address of this host."""
    if is_local(urlsplit(url).hostname or ""):
        return {}
    found: Dict[str, str] = requests.utils.get_environ_proxies(url)
    return found
