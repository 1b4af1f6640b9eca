# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign requests with SDK-HMAC-SHA256: pure functions of method, URL, headers, body, key pair and time.

Source: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
from typing import Dict, Mapping
from urllib.parse import unquote, urlsplit

from .._urls import encode, encode_query

ALGORITHM = "SDK-HMAC-SHA256"


def canonical_request(method: str, url: str, headers: Mapping[str, str], body: bytes) -> str:
    """Return the canonical request: six parts joined by line breaks. All headers passed are signed."""
    parts = urlsplit(url)
    path = "/".join(encode(segment) for segment in unquote(parts.path).split("/"))
    if not path.endswith("/"):  # pragma: no branch - no path of this API ends with one
        # Only in the signature: the URL that is sent has no final slash.
        path += "/"
    pairs = (pair.partition("=") for pair in parts.query.split("&") if pair)
    query = encode_query((unquote(name), unquote(value)) for name, _equals, value in pairs)
    signed = _canonical_headers(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    return "\n".join((method.upper(), path, query, lines, ";".join(signed), hashlib.sha256(body).hexdigest()))


def authorization(
    method: str, url: str, headers: Mapping[str, str], body: bytes, access_key: str, secret_key: str
) -> str:
    """Return the value of the Authorization header. `headers` are those that are sent, and contain X-Sdk-Date."""
    signed = _canonical_headers(headers)
    digest = hashlib.sha256(canonical_request(method, url, headers, body).encode("utf-8")).hexdigest()
    to_sign = f"{ALGORITHM}\n{signed['x-sdk-date']}\n{digest}"
    signature = hmac.new(secret_key.encode("utf-8"), to_sign.encode("utf-8"), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={';'.join(signed)}, Signature={signature}"


def signed_headers(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    access_key: str,
    secret_key: str,
    when: datetime.datetime,
) -> Dict[str, str]:
    """Return the headers with Host, X-Sdk-Date and Authorization added. `when` is aware; the gateway allows 15 minutes of skew."""
    result = dict(headers)
    result["Host"] = urlsplit(url).netloc
    result["X-Sdk-Date"] = when.astimezone(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    result["Authorization"] = authorization(method, url, result, body, access_key, secret_key)
    return result


def _canonical_headers(headers: Mapping[str, str]) -> Dict[str, str]:
    """Return the headers with names in lower case and trimmed values, sorted by name."""
    return dict(sorted((name.lower(), value.strip()) for name, value in headers.items()))
