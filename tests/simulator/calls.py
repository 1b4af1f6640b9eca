# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls as a client makes them, signed with the vendor's own signer."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from tests.simulator.scenario_helpers import DEMO_AK, DEMO_SK
from tests.simulator.signature import format_date


def call(url: str, headers: dict[str, str] | None = None, method: str = "GET", **options: Any) -> requests.Response:
    """With nothing that the machine has set: no proxy, no netrc."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, headers=headers, allow_redirects=False, timeout=30, **options)


def post(url: str, body: Any, headers: dict[str, str] | None = None, **options: Any) -> requests.Response:
    """Encode a JSON body."""
    return call(url, {"Content-Type": "application/json", **(headers or {})}, "POST", data=json.dumps(body), **options)


def post_signed(url: str, body: Any, **signing: Any) -> requests.Response:
    return post(url, body, signed(url, method="POST", body=json.dumps(body), **signing))


def signed(
    url: str,
    *,
    ak: str = DEMO_AK,
    sk: str = DEMO_SK,
    security_token: str | None = None,
    headers: dict[str, str] | None = None,
    when: float | None = None,
    method: str = "GET",
    body: str = "",
) -> dict[str, str]:
    """Return the headers of a signed request."""
    parts = urlsplit(url)
    temporary = {} if security_token is None else {"X-Security-Token": security_token}
    request = SdkRequest(
        method=method,
        host=parts.netloc,
        resource_path=parts.path,
        query_params=parse_qsl(parts.query, keep_blank_values=True),
        header_params={
            "X-Sdk-Date": format_date(time.time() if when is None else when),
            **temporary,
            **(headers or {}),
        },
        body=body,
    )
    return dict(Signer(SimpleNamespace(ak=ak, sk=sk)).sign(request).header_params)
