# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticate requests by token or signature."""

from __future__ import annotations

import calendar
import hmac
from collections.abc import Callable
from datetime import datetime

from tests.simulator.grants import Grants
from tests.simulator.issuing import Issuer
from tests.simulator.lockout import Lockout
from tests.simulator.request import ReceivedRequest
from tests.simulator.scenario import AccessKey, Scenario, Token
from tests.simulator.signature import Authorization, Verifier, format_date, parse_date

_MAX_SKEW = 15 * 60
_LOCK_SECONDS = 5 * 60


class Refused(Exception):
    """The credentials of a request are not accepted."""

    def __init__(self, text: str, code: str = "APIGW.0301", signed: bool = False) -> None:
        prefix = "Incorrect IAM authentication information: " if code == "APIGW.0301" else ""
        super().__init__(prefix + text)
        self.code = code
        self.signed = signed


class _SignatureRefused(Refused):
    """Counts towards the lock of the access key."""

    def __init__(self, text: str) -> None:
        super().__init__(text, signed=True)


class Authenticator:
    def __init__(self, now: Callable[[], float], issuer: Issuer) -> None:
        self._now = now
        self._issuer = issuer
        self._lockout = Lockout(now, _LOCK_SECONDS)

    def reset(self) -> None:
        self._lockout.reset()

    def authenticate(self, request: ReceivedRequest, scenario: Scenario) -> Grants:
        token = request.headers.get("x-auth-token")
        header = request.headers.get("authorization")
        if token is not None and header is not None:
            # The real cloud's behaviour is unknown; a client of ours must never do it.
            raise Refused("both a token and a signature were sent", signed=True)
        if token is not None:
            return self.by_token(token, scenario)
        if header is None:
            raise Refused("x-auth-token not found")
        authorization = Authorization.parse(header)
        if authorization is None:
            raise Refused("Unauthorized", signed=True)
        return self._by_signature(request, authorization, scenario)

    def by_token(self, value: str, scenario: Scenario) -> Token:
        token = scenario.tokens.get(value) or self._issuer.find_token(value)
        if token is None or token.expired or (token.expires_at is not None and token.expires_at <= self._now()):
            raise Refused("decrypt token fail")
        if token.must_update:
            raise Refused("The token must be updated", code="APIGW.0307")
        return token

    def _by_signature(self, request: ReceivedRequest, authorization: Authorization, scenario: Scenario) -> Grants:
        name = authorization.access_key
        key = scenario.access_keys.get(name) or self._issuer.find_key(name)
        if key is None or not self._usable(key, request.headers.get("x-security-token")):
            raise Refused(f"Get secretKey failed,ak:{name},err:ak not exist", signed=True)
        if self._lockout.is_locked(name):
            raise Refused("AK access failed to reach the limit,forbidden", signed=True)
        try:
            self._verify(request, authorization, key)
        except _SignatureRefused:
            self._lockout.failed(name)
            raise
        self._lockout.succeeded(name)
        return key

    def _usable(self, key: AccessKey, security_token: str | None) -> bool:
        if key.expired or (key.expires_at is not None and key.expires_at <= self._now()):
            return False
        if key.security_token is None:
            return True
        return hmac.compare_digest(key.security_token.encode(), (security_token or "").encode())

    def _verify(self, request: ReceivedRequest, authorization: Authorization, key: AccessKey) -> None:
        names = authorization.signed_headers
        if "x-sdk-date" not in names:
            raise _SignatureRefused("verify aksk signature fail, x-sdk-date is not among the signed headers")
        absent = [name for name in names if name not in request.headers]
        if absent:
            raise _SignatureRefused(f"verify aksk signature fail, signed header {absent[0]} not found")
        date = self._fresh_date(request.headers["x-sdk-date"])
        verifier = Verifier(key.access_key, key.secret_key)
        canonical = verifier.canonical_request(request, names)
        if not verifier.matches(canonical, date, authorization.signature):
            echo = canonical.replace("\n", "|")
            raise _SignatureRefused(f"verify aksk signature fail, canonicalRequest:{echo}")

    def _fresh_date(self, value: str) -> datetime:
        date = parse_date(value)
        if date is None:
            raise _SignatureRefused(f"verify aksk signature fail, x-sdk-date {value} is not a date")
        now = self._now()
        if abs(now - calendar.timegm(date.timetuple())) > _MAX_SKEW:
            raise _SignatureRefused(f"signature expired, signature time:{value},server time:{format_date(now)}")
        return date
