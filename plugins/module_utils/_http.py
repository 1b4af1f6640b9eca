# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire: the only importer of requests. TLS, proxies, timeouts, redirects and the one retry loop. Knows no credential.

What is retried, and which error an answer is, is decided in _failures.py.
"""

from __future__ import annotations

import datetime
import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Mapping, Optional, Tuple, Union
from urllib.parse import urlsplit

from ._clock import Clock
from ._endpoints import is_local
from ._redaction import Secrets
from ._version import VERSION
from ._wire import Answer, Call, Lost, Request

if TYPE_CHECKING:
    from ._hangup import Connections
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
MOST_REFUSALS = 3  # of a credential, among many scopes: five in a row lock an access key
ALL_WAITS = 300.0  # seconds, all waits of one request together


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
        self._session.headers["User-Agent"] = f"huaweicloud.hss/{VERSION} (Ansible collection)"
        self._session.headers["Accept"] = "application/json"
        if verify is False:
            # The user's explicit word; urllib3 would say so on standard error each time. Not by catch_warnings(): that is for
            # one thread.
            warnings.filterwarnings("ignore", message="Unverified HTTPS request")
        self._connections: Optional[Connections] = None
        if pace is not None:
            self._mount_shared_adapter(pace.most)

    def send(self, request: Request, call: Call, authorise: Authorise, renew: Renew) -> Answer:
        """An accepted answer, or an HssError. Each attempt is authorised anew: a signature carries the time."""
        waited = 0.0
        renewed = False
        tries = 0
        while True:
            tries += 1
            headers, outcome = self._try(request, call, authorise)
            if isinstance(outcome, Answer) and outcome.status in call.accepted:
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
        headers: Mapping[str, str] = {}
        if pace is None:
            headers = authorise(request, self._clock.now())
            return headers, self._attempt(request, headers)
        succeeded = False
        pace.enter()
        try:
            if pace.refusals >= MOST_REFUSALS:
                return headers, Lost(
                    f"it was not sent, since the credential was refused {pace.refusals} times elsewhere",
                    "Correct the credential first: five refusals in a row lock an access key.",
                    passing=False,
                    sent=False,
                )
            if pace.stop.is_set():
                return headers, _gave_up(pace, sent=False)
            headers = authorise(request, self._clock.now())
            result = self._attempt(request, headers)
            succeeded = isinstance(result, Answer) and result.status in call.accepted
            if isinstance(result, Answer) and result.status == 401:
                self._count_refusal(result, pace)
            return headers, result
        finally:
            pace.leave(succeeded)

    def _count_refusal(self, answer: Answer, pace: Pace) -> None:
        from ._failures import wants_new_token

        # A token that must be updated was good, and is renewed: it locks nothing.
        if not wants_new_token(answer):
            pace.refused()

    def close(self) -> None:
        """End the session; what other threads of a paced one are waiting for ends with it."""
        if self._connections is not None:
            self._connections.close()
        self._session.close()

    def _mount_shared_adapter(self, most: int) -> None:
        """For many connections: a pool that holds them all, and one TLS context, since each of its own would load the CA bundle
        anew (20 to 40 ms)."""
        from ._adapter import make_adapter
        from ._hangup import Connections

        self._connections = Connections()
        try:
            adapter = make_adapter(requests, urllib3, self._verify, most, self._connections)
        except (OSError, ValueError):
            # A CA bundle that cannot be loaded: the first request says so.
            return
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def _patience(self) -> float:
        """Seconds to connect, and to wait for data: no longer than what is left of the task's time."""
        left = None if self._pace is None else self._pace.stop.left()
        return self._timeout if left is None else min(self._timeout, max(left, 0.001))

    def _attempt(self, request: Request, headers: Mapping[str, str]) -> Union[Answer, Lost]:
        proxies = _proxies(request.url) if self._use_proxies else {}
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
            return self._read(response)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
            # The last three come through requests where an address or a proxy's address is beyond it.
            if self._pace is not None and self._pace.stop.is_set():
                # Its own time was cut to what was left: to wait longer is no remedy.
                return _gave_up(self._pace)
            from ._failures import classify

            return classify(error, request.url, requests.exceptions, bool(proxies), self._verify)

    def _read(self, response: Any) -> Union[Answer, Lost]:
        pieces, length = [], 0
        for piece in _pieces(response):
            pieces.append(piece)
            length += len(piece)
            if length > LONGEST_BODY:
                response.close()
                text = f"the answer is longer than {LONGEST_BODY} bytes"
                return Lost(text, "Check endpoint and proxy settings.", passing=False)
            if self._pace is not None and self._pace.stop.is_set():
                response.close()
                return _gave_up(self._pace)
        body = b"".join(pieces)
        announced = response.headers.get("Content-Length") or ""
        # Older urllib3 takes a connection that closed early for the end of the body.
        if announced.isdigit() and response.raw.tell() < int(announced):  # pragma: no cover - tests have a newer one
            return Lost(CUT, None, passing=True)
        if response.status_code == 200 and not body and not announced and "Transfer-Encoding" not in response.headers:
            # http.client takes a connection that closed within the headers for the end of them.
            return Lost(CUT, None, passing=True)
        return Answer(response.status_code, response.headers, body)


def _gave_up(pace: Pace, sent: bool = True) -> Lost:
    return Lost(f"the task gave up: {pace.stop.why()}", None, passing=False, sent=sent)


def _proxies(url: str) -> Dict[str, str]:
    if is_local(urlsplit(url).hostname or ""):
        return {}
    found: Dict[str, str] = requests.utils.get_environ_proxies(url)
    return found


def _pieces(response: Any) -> Iterator[bytes]:
    """The body as it comes in: a slow one is seen to be slow, and not waited for until a piece is full."""
    if not hasattr(response.raw, "read1"):  # pragma: no cover - tests have a newer one
        # urllib3 before 2.1
        yield from response.iter_content(1024)
        return
    while True:
        try:
            piece = response.raw.read1(PIECE, decode_content=True)
        # As requests itself names them where it reads a body.
        except urllib3.exceptions.ProtocolError as error:
            raise requests.exceptions.ChunkedEncodingError(error) from error
        except urllib3.exceptions.DecodeError as error:
            raise requests.exceptions.ContentDecodingError(error) from error
        if not piece:
            return
        yield piece
