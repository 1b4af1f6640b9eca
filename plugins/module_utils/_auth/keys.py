# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests signed with a key pair."""

from __future__ import annotations

import datetime
from typing import Dict, Optional

from .._signer import signed_headers
from .._wire import Request
from .base import Credential
from .values import Values


class KeyPair(Credential):
    """An access key with its secret key, and a security token where the pair is temporary."""

    signs = True

    def __init__(self, access_key: str, secret_key: str, security_token: Optional[str] = None) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._security_token = security_token

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        headers = dict(request.headers)
        if request.project_id:
            headers["X-Project-Id"] = request.project_id
        if self._security_token:
            headers["X-Security-Token"] = self._security_token
        return signed_headers(
            request.method, request.url, headers, request.body, self._access_key, self._secret_key, when
        )


def key_pair(values: Values, access_key: str, secret_key: str, security_token: str) -> KeyPair:
    """The pair under these names, or the error that says which part of it is missing."""
    begun_by = values.given(access_key, secret_key, security_token)
    values.required(access_key, begun_by)
    values.required(secret_key, begun_by)
    return KeyPair(values.header(access_key) or "", values.key(secret_key) or "", values.header(security_token))
