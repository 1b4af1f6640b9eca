# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire: the only importer of requests. TLS, proxies, timeouts, redirects and the one retry loop. Knows no credential.

What is retried, and which error an answer is, is decided in _failures.py; why no answer came, in _lost.py.
"""

from __future__ import annotations

import datetime
import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Tuple, Union
from urllib.parse import urlsplit

from ._clock import Clock
from ._connection import Attempt, watched
from ._endpoints import is_local
from ._redaction import Secrets
from ._version import VERSION
from ._wire import Answer, Call, Lost, Request

if TYPE_CHECKING:
    from ._pace import Pace

try:
    import requests
    import urllib3
except ImportError:  # pragma: no cover - tests need them too; integration/test_gate has a host without
    requests = None  # type: ignore[assignment]

HAS_REQUESTS = requests is not None  # _module.py says so, with the interpreter's path

CUT = "the connection was closed in the middle of the answer"
PIECE = 65536  # bytes
LONGEST_BODY = 16 * 1024 * 1024  # bytes; a page of 200 records has some hundred thousand
WHOLE_ANSWER = 10  # times request_timeout, from the start of an attempt to the end of its answer
ALL_WAITS = 300.0  # seconds, all waits of one request together
# gzip is unpacked by _decoding.py, within a bound; what else the libraries would ask for is not.
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
        pace: Optional[Pace] = None,
    ) -> None:
        self._verify = verify
        self._timeout = timeout
        self._max_retries = max_retries
        self._secrets = secrets
        self._clock = clock
        self._use_proxies = use_proxies
        self._pace = pace
        # Proxy URLs may hold a password.
        for name, value in environ.items():
            if name.lower().endswith("_proxy") and name.lower() != "no_proxy":
                secrets.register_url(value)
        self._session = requests.Session()
        # No ~/.netrc, which would replace the Authorization header; proxies and verify go with each request instead.
        self._session.trust_env = False
        self._session.headers.update(HEADERS)
        # Credentials that were refused, and by what: five refusals in a row lock an access key.
        self._refused: Dict[Any, Answer] = {}
        if verify is False:
            # The user's explicit word; urllib3 would say so on standard error each time. Not by catch_warnings(): that is for
            # one thread.
            warnings.filterwarnings("ignore", message="Unverified HTTPS request")
        self._mount_adapter()

    def send(self, request: Request, call: Call, authorise: Authorise, renew: Renew) -> Answer:
        """An accepted answer, or an HssError. Each attempt is authorised anew: a signature carries the time."""
        waited = 0.0
        renewed = False
        tries = 0
        while True:
            tries += 1
            headers, outcome = self._try(request, call, authorise)
            if isinstance(outcome, Answer) and outcome.status in call.accepted:
                if "Age" in outcome.headers or "Warning" in outcome.headers:
                    from ._failures import refuse_stale

                    refuse_stale(outcome, call)
                return outcome
            from ._failures import error_for, is_throttling, wait_before_retry, wants_new_token

            if not renewed and wants_new_token(outcome) and renew(headers):
                renewed = True
                continue
            wait = wait_before_retry(outcome, call, tries, self._max_retries, self._clock)
            if self._pace is not None and is_throttling(outcome):
                self._pace.throttled(wait or 0.0)
            if wait is None or waited + wait > ALL_WAITS:
                raise error_for(outcome, request, call, tries, self._secrets)
            if self._pace is None:
                self._clock.sleep(wait)
            else:
                self._pace.pause(wait)
            waited += wait

    def _try(self, request: Request, call: Call, authorise: Authorise) -> Tuple[Mapping[str, str], Union[Answer, Lost]]:
        """An attempt and what it was sent with; among many, when its turn has come, since a signature ages while it waits."""
        pace = self._pace
        if pace is None:
            return self._authorised_attempt(request, call, authorise)
        succeeded = False
        pace.enter()
        try:
            if pace.stop.is_set():
                return {}, _gave_up(pace, sent=False)
            headers, outcome = self._authorised_attempt(request, call, authorise)
            succeeded = isinstance(outcome, Answer) and outcome.status in call.accepted
            return headers, outcome
        finally:
            pace.leave(succeeded)

    def _authorised_attempt(
        self, request: Request, call: Call, authorise: Authorise
    ) -> Tuple[Mapping[str, str], Union[Answer, Lost]]:
        """An attempt and its headers; a RefusedError where the same credential was refused before, and nothing is sent."""
        # An exchange that carries no credential is authorised by a plain function.
        credential = getattr(authorise, "__self__", None)
        if credential in self._refused:
            from ._failures import refused_before

            raise refused_before(self._refused[credential], request, call)
        headers = authorise(request, self._clock.now())
        outcome = self._attempt(request, headers)
        if credential is not None and isinstance(outcome, Answer) and outcome.status == 401:
            from ._failures import is_throttling, wants_new_token

            # A token that must be updated was good, and is renewed: it locks nothing.
            if not wants_new_token(outcome) and not is_throttling(outcome):
                self._refused[credential] = outcome
        return headers, outcome

    def _mount_adapter(self) -> None:
        """Mount one that records what happens on the socket; for many connections also a pool that holds them all, and one TLS
        context, since each of its own would load the CA bundle anew (20 to 40 ms)."""
        base = requests.adapters.HTTPAdapter
        named: Dict[str, Any] = {}
        if self._pace is not None:
            from ._adapter import shared_context

            try:
                base = shared_context(requests, urllib3, self._verify)
                named = {"pool_connections": self._pace.most, "pool_maxsize": self._pace.most}
            except (OSError, ValueError):
                # A CA bundle that cannot be loaded: the first request says so.
                pass
        adapter = watched(base)(**named)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _patience(self) -> float:
        """Seconds to connect, and to wait for data: no longer than what is left of the task's time."""
        left = None if self._pace is None else self._pace.stop.left()
        return self._timeout if left is None else min(self._timeout, max(left, 0.001))

    def _time_left(self) -> Callable[[], float]:
        """Return the function that tells how many seconds an answer may still take, counted from now; none once the task gave up."""
        end = self._clock.monotonic() + WHOLE_ANSWER * self._timeout
        stop = None if self._pace is None else self._pace.stop
        return lambda: 0.0 if stop is not None and stop.is_set() else end - self._clock.monotonic()

    def _attempt(self, request: Request, headers: Mapping[str, str]) -> Union[Answer, Lost]:
        proxies = _proxies(request.url) if self._use_proxies else {}
        attempt = Attempt(self._time_left())
        try:
            response = self._session.request(
                request.method,
                request.url,
                headers=headers,
                data=request.body or None,
                timeout=self._patience(),
                allow_redirects=False,
                verify=self._verify,
                proxies=proxies,
                stream=True,
            )
            self._clock.note(response.headers.get("Date"))
            return self._read(response)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            # The last three come through requests where an address or a proxy's address is beyond it.
            if self._pace is not None and self._pace.stop.is_set():
                # Its own time was cut to what was left: to wait longer is no remedy.
                return _gave_up(self._pace, attempt.sent)
            from ._lost import Failure, classify

            failure = Failure(error, attempt, request.url, bool(proxies), self._verify, WHOLE_ANSWER * self._timeout)
            return classify(failure, requests.exceptions)

    def _read(self, response: Any) -> Union[Answer, Lost]:
        pieces, length = [], 0
        while True:
            # Not unpacked by urllib3, which has no bound for it in its older versions.
            piece = response.raw.read(PIECE, decode_content=False)
            if not piece:
                break
            pieces.append(piece)
            length += len(piece)
            if length > LONGEST_BODY:
                response.close()
                from ._decoding import too_long

                return too_long(LONGEST_BODY)
        body = b"".join(pieces)
        announced = response.headers.get("Content-Length") or ""
        short = announced.isdigit() and length < int(announced)
        # Older urllib3 takes a connection that closed early for the end of the body. These two have none, whatever they announce.
        if short and response.status_code not in (
            204,
            304,
        ):  # pragma: no cover - nox session old-libraries has an older one
            return Lost(CUT, None, passing=True)
        if response.status_code == 200 and not body and not announced and "Transfer-Encoding" not in response.headers:
            # http.client takes a connection that closed within the headers for the end of them.
            return Lost(CUT, None, passing=True)
        if body and "Content-Encoding" in response.headers:
            from ._decoding import decoded

            unpacked = decoded(body, response.headers["Content-Encoding"], LONGEST_BODY)
            if isinstance(unpacked, Lost):
                return unpacked
            body = unpacked
        return Answer(response.status_code, response.headers, body)


def _gave_up(pace: Pace, sent: bool) -> Lost:
    return Lost(f"the task gave up: {pace.stop.why()}", None, passing=False, sent=sent)


def _proxies(url: str) -> Dict[str, str]:
    if is_local(urlsplit(url).hostname or ""):
        return {}
    found: Dict[str, str] = requests.utils.get_environ_proxies(url)
    return found
