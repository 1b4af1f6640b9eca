# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look up the caller of each account, the account ID and the principal, while the task sends its own requests.

Sources: https://support.huaweicloud.com/intl/en-us/api-iam5/, GetCallerIdentity, which needs no permission; api-iam,
KeystoneValidateToken. Whether STS accepts tokens is not documented, so the caller of a token is looked up in IAM.
"""

from __future__ import annotations

import contextlib
import datetime
import threading
from typing import Any, Callable, Dict, Mapping, Optional

from .._auth.credentials import Caller, Credential
from .._clock import Clock
from .._concurrency.cancellation import CancelToken
from .._concurrency.executor import start
from .._concurrency.models import Call, Throttling
from .._concurrency.unlimited import Unlimited
from .._errors import HssError
from .._http.models import Operation, Request
from .._settings import has_hss_endpoint
from .._urls import normalised, service_url
from .client import Client

MAX_SECONDS = 5.0  # for each lookup, from its start
_CALLER = Operation("STS", "GetCallerIdentity")
_TOKEN = Operation("IAM", "KeystoneValidateToken")
_UNKNOWN = Caller()


class Callers:
    """The callers of a task's accounts. Each is looked up once, in its own thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queries: Dict[Optional[str], _Query] = {}

    def ask(self, client: Client, region: Optional[str]) -> None:
        """Start to look up the caller of the client's account, unless that was started before. Raises nothing.

        `region`: one whose HSS has accepted the credential; the STS of any region answers.
        """
        with self._lock:
            if client.account in self._queries:
                return
            query = self._queries[client.account] = _Query(client, region)
        query.start()

    def caller(self, account: Optional[str]) -> Caller:
        """Return the caller of an account. Waits until MAX_SECONDS after the lookup was started."""
        query = self._queries.get(account)
        return query.wait() if query is not None else _UNKNOWN


class _Query:
    """The lookup of one caller. If it fails, the caller is unknown."""

    def __init__(self, client: Client, region: Optional[str]) -> None:
        remaining = client.cancel_token.remaining()
        self._token = CancelToken(client.clock, MAX_SECONDS if remaining is None else min(MAX_SECONDS, remaining))
        self._client = client.aside(_SingleAttempt(client.clock, self._token))
        self._region = region
        self._caller = client.credential.caller or _UNKNOWN
        self._is_done = client.credential.caller is not None

    def start(self) -> None:
        fetch = None if self._is_done else self._fetch()
        if fetch is None:
            self._is_done = True
            return

        def work() -> None:
            # The verdict does not depend on the caller, so every error is ignored.
            with contextlib.suppress(Exception):
                self._caller = fetch()
            with self._token.changed:
                self._is_done = True
                self._token.changed.notify_all()

        try:
            start(work)
        except HssError:
            # The host allows no further thread.
            self._is_done = True

    def wait(self) -> Caller:
        with self._token.changed:
            while not self._is_done and not self._token.is_cancelled():
                self._token.wait_for_change()
        return self._caller

    def _fetch(self) -> Optional[Callable[[], Caller]]:
        """Return the function that looks up the caller, or None if the usual address of STS or IAM may belong to another cloud."""
        client, settings = self._client, self._client.settings
        is_default = not (settings.endpoint or client.iam_endpoint or has_hss_endpoint(client.environ))
        if not client.credential.signs:
            return self._of_token if client.iam_endpoint or is_default else None
        region = settings.region or self._region
        if settings.sts_endpoint:
            return lambda: self._of_keys(normalised(settings.sts_endpoint or ""))
        if is_default and region:
            return lambda: self._of_keys(normalised(service_url("sts", region, settings.cloud)))
        return None

    def _of_keys(self, sts_url: str) -> Caller:
        answer = self._client.call(_CALLER, self._region, ("caller-identity",), base=f"{sts_url}/v5").data
        return Caller(_text(answer, "account_id"), _text(answer, "principal_urn"))

    def _of_token(self) -> Caller:
        from .._auth.user_tokens import token_caller

        self._client.credential = _TokenOfItself(self._client.credential)
        answer = self._client.call(_TOKEN, self._region, ("auth", "tokens"), [("nocatalog", "true")]).data
        token = answer.get("token")
        return token_caller(token if isinstance(token, dict) else {})


class _TokenOfItself(Credential):
    """A token that authorises the request for its own description."""

    def __init__(self, token: Credential) -> None:
        self._token = token

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        """Return the headers with the token both as the credential and as the subject."""
        headers = self._token.authorise(request, when)
        return {**headers, "X-Subject-Token": headers["X-Auth-Token"]}


class _SingleAttempt(Unlimited):
    """A limiter that sends each request at once and never again, and ends it when the token is cancelled."""

    def __init__(self, clock: Clock, token: CancelToken) -> None:
        super().__init__(clock)
        self._token = token

    def is_cancelled(self) -> bool:
        return self._token.is_cancelled()

    def remaining(self) -> Optional[float]:
        return self._token.remaining()

    def reason(self) -> str:
        return self._token.reason()

    def on_throttled(self, call: Call, said: Throttling, response: Any) -> bool:
        """Return False: a throttled query is not repeated."""
        return False


def _text(answer: Mapping[str, Any], name: str) -> Optional[str]:
    value = answer.get(name)
    return value if isinstance(value, str) and value else None
