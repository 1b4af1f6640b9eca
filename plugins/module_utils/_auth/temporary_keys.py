# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign with temporary keys, fetched at first use and again before they expire."""

from __future__ import annotations

import datetime
import threading
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional

from .._errors import ConfigurationError, InvalidResponseError, RefusedError
from .._http.models import Operation, Request
from .credentials import Credential, KeyPair
from .exchange import CredentialExchange
from .values import header_value

# Keys with less time than this left are fetched anew. The shortest duration that IAM grants is 15 minutes.
RENEWAL_MARGIN = datetime.timedelta(minutes=5)


class IssuedKeys(NamedTuple):
    """Keys and the moment of their end by the host's clock, None where the answer does not say."""

    keys: KeyPair
    expires_at: Optional[datetime.datetime]


class TemporaryKeys(Credential):
    """Signs with whatever `fetch` gave last."""

    signs = True

    def __init__(self, fetch: Callable[[], IssuedKeys]) -> None:
        self._fetch = fetch
        self._issued: Optional[IssuedKeys] = None
        self._refused: Optional[RefusedError] = None
        # Requests of many scopes share one credential; it is fetched once for all of them.
        self._lock = threading.Lock()

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        with self._lock:
            if self._issued is None or expires_soon(self._issued.expires_at, when):
                # Each who waited here would repeat a refused signature, and five of those lock the caller's key.
                if self._refused is not None:
                    raise self._refused
                try:
                    self._issued = self._fetch()
                except RefusedError as error:
                    self._refused = error
                    raise
            keys = self._issued.keys
        return keys.authorise(request, when)


def expires_soon(expires_at: Optional[datetime.datetime], when: datetime.datetime) -> bool:
    return expires_at is not None and when + RENEWAL_MARGIN >= expires_at


def read_keys(
    data: Mapping[str, Any], operation: Operation, exchange: CredentialExchange, request_id: Optional[str]
) -> IssuedKeys:
    """Keys from an answer of IAM, STS, the metadata service or pod identity: each names the members in its own way.

    The secrets are registered for redaction before anything else is done with them.
    """
    wrapped = data.get("credential") or data.get("credentials") or data
    fields: Mapping[str, Any] = wrapped if isinstance(wrapped, dict) else {}
    access, secret, token, expires = (
        _first(fields, names)
        for names in (
            ("access", "accessKeyId", "access_key_id"),
            ("secret", "secretAccessKey", "secret_access_key"),
            ("securitytoken", "securityToken", "security_token"),
            ("expires_at", "expiration"),
        )
    )
    exchange.register(access, secret, token)
    # Temporary keys without their security token are refused as unknown ones, and that is a riddle.
    if not (access and secret and token):
        raise _unusable(operation, "without a whole temporary key", request_id)
    try:
        keys = KeyPair(header_value(access, "access key"), secret, header_value(token, "security token"))
    except ConfigurationError:
        keys = None
    if keys is None:
        raise _unusable(operation, "with keys that no header can carry", request_id)
    return IssuedKeys(keys, exchange.by_host_clock(read_time(expires)))


def read_time(text: Optional[str]) -> Optional[datetime.datetime]:
    """ISO 8601 in UTC, with or without a fraction; None for anything else (then it is used until it is refused)."""
    if not text:
        return None
    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.datetime.strptime(text, form).replace(tzinfo=datetime.timezone.utc)
        except ValueError:
            pass
    return None


def _first(fields: Mapping[str, Any], names: Any) -> Optional[str]:
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _unusable(operation: Operation, problem: str, request_id: Optional[str]) -> InvalidResponseError:
    return InvalidResponseError.of(operation, f"answered {problem}", status_code=None, request_id=request_id)
