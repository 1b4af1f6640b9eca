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
from .._settings import MIN_DURATION
from .credentials import Credential, KeyPair
from .exchange import CredentialExchange
from .values import Values, header_value

# Keys that expire within this time are fetched again. The shortest duration that IAM grants is 15 minutes.
RENEWAL_MARGIN = datetime.timedelta(minutes=5)
DEFAULT_DURATION = 3600  # seconds, validity of temporary keys
MAX_STS_DURATION = 43200


class IssuedKeys(NamedTuple):
    """Temporary keys, and their expiry by the clock of the host, None if it is unknown."""

    keys: KeyPair
    expires_at: Optional[datetime.datetime]


class TemporaryKeys(Credential):
    """A credential that signs with the keys that `fetch` returns, and fetches them again before they expire. Thread-safe."""

    signs = True

    def __init__(self, fetch: Callable[[], IssuedKeys]) -> None:
        self._fetch = fetch
        self._issued: Optional[IssuedKeys] = None
        self._refused: Optional[RefusedError] = None
        # Requests of all scopes share one credential, which is fetched once.
        self._lock = threading.Lock()

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        """Return the signed headers, after fetching the keys if necessary. Raises HssError if that fails."""
        with self._lock:
            if self._issued is None or expires_soon(self._issued.expires_at, when):
                # Each waiting thread would repeat a rejected signature, and five rejections lock the caller's key.
                if self._refused is not None:
                    raise self._refused
                try:
                    self._issued = self._fetch()
                except RefusedError as error:
                    self._refused = error
                    raise
            keys = self._issued.keys
        return keys.authorise(request, when)


def read_duration(values: Values, name: str, maximum: int) -> int:
    """Return the requested validity in seconds, DEFAULT_DURATION if it is not set.

    Raises ConfigurationError if it is not a whole number from MIN_DURATION to `maximum`.
    """
    text = values.get(name)
    if text is None:
        return DEFAULT_DURATION
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not MIN_DURATION <= seconds <= maximum:
        raise ConfigurationError(
            f"{values.origin(name)} must be a whole number of seconds from {MIN_DURATION} to {maximum}."
        )
    return seconds


def require_sts(sts_url: Optional[str], reason: str) -> str:
    """Return the URL of STS. Raises ConfigurationError, which begins with `reason`, if it is not known."""
    if sts_url is None:
        raise ConfigurationError(
            f"{reason}, which needs STS, and the address of STS is not known: IAM has an address of its own (iam_endpoint, its "
            "variables, or the credentials file), so the ordinary STS may belong to another cloud.",
            hint="Set HUAWEICLOUD_SDK_STS_ENDPOINT, such as https://sts.cn-north-4.myhuaweicloud.com.",
            affects_all_scopes=True,
        )
    return sts_url


def expires_soon(expires_at: Optional[datetime.datetime], when: datetime.datetime) -> bool:
    """Return whether the expiry is within RENEWAL_MARGIN; False if it is unknown."""
    return expires_at is not None and when + RENEWAL_MARGIN >= expires_at


def read_keys(
    data: Mapping[str, Any], operation: Operation, exchange: CredentialExchange, request_id: Optional[str]
) -> IssuedKeys:
    """Return the keys in a response of IAM, STS, the metadata service or pod identity, which name the members differently.

    The secrets are registered for redaction first. Raises InvalidResponseError if the keys are incomplete or malformed.
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
    # The gateway would reject temporary keys without their security token as unknown, which does not show the cause.
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
    """Return the time in ISO 8601 text in UTC, with or without a fraction, or None if it is missing or invalid.

    Keys without an expiry are used until the cloud rejects them.
    """
    if not text:
        return None
    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.datetime.strptime(text, form).replace(tzinfo=datetime.timezone.utc)
        except ValueError:
            pass
    return None


def _first(fields: Mapping[str, Any], names: Any) -> Optional[str]:
    """Return the first of the named members that is text and not blank, or None."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _unusable(operation: Operation, problem: str, request_id: Optional[str]) -> InvalidResponseError:
    """Return the error for a response without usable keys."""
    return InvalidResponseError.of(operation, f"answered {problem}", status_code=None, request_id=request_id)
