# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of a signature with the vendor's own signer."""

from __future__ import annotations

import hmac
import re
import time
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from urllib.parse import unquote

from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from tests.simulator.request import ReceivedRequest

_AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=([^,\s]+), SignedHeaders=([^,\s]+), Signature=([^,\s]+)")
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Authorization:
    access_key: str
    signed_headers: list[str]
    signature: str

    @classmethod
    def parse(cls, header: str) -> Authorization | None:
        found = _AUTHORIZATION.fullmatch(header)
        return cls(found.group(1), found.group(2).split(";"), found.group(3)) if found else None


def parse_date(value: str) -> datetime | None:
    """Return the date in UTC, without a time zone as the signer expects."""
    try:
        return datetime.strptime(value, _DATE_FORMAT)
    except ValueError:
        return None


def format_date(moment: float) -> str:
    return time.strftime(_DATE_FORMAT, time.gmtime(moment))


class Verifier(Signer):  # type: ignore[misc]
    """Uses the steps of the signer one by one: its sign() would add headers of its own to the request."""

    def __init__(self, access_key: str, secret_key: str) -> None:
        super().__init__(SimpleNamespace(ak=access_key, sk=secret_key))

    def canonical_request(self, received: ReceivedRequest, signed_headers: list[str]) -> str:
        request = SdkRequest(
            method=received.method,
            # The signer decodes the path itself, but takes the query as decoded.
            resource_path=received.path,
            query_params=_decoded_query(received.query),
            header_params={name: _as_utf8(received.headers[name]) for name in signed_headers},
            body=received.body,
        )
        return str(self._process_canonical_request(request, sorted(signed_headers)))

    def matches(self, canonical_request: str, date: datetime, signature: str) -> bool:
        expected = self._sign_string_to_sign(self._process_string_to_sign(canonical_request, date), self._sk)
        return hmac.compare_digest(expected.encode(), signature.encode())


def _decoded_query(query: str) -> list[tuple[str, str]]:
    # Not parse_qsl: that reads a plus sign as a blank, and blanks must come as %20.
    pairs = [part.partition("=") for part in query.split("&") if part]
    return [(unquote(name), unquote(value)) for name, _sign, value in pairs]


def _as_utf8(value: str) -> str:
    # http.server reads header bytes as ISO 8859-1, clients sign and send UTF-8.
    try:
        return value.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return value
