# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests signed with a key pair."""

from __future__ import annotations

import datetime
from typing import Dict, Optional

from .._errors import ConfigurationError
from .._signer import signed_headers
from .._wire import Request
from .base import Credential, Values


class KeyPair(Credential):
    """An access key with its secret key, and a security token where the pair is temporary."""

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


def key_pair(values: Values, access_key: str, secret_key: str, security_token: str) -> Optional[KeyPair]:
    """The pair under these names; None when none of them is set, an error when only a part is."""
    begun_by = values.given(access_key, secret_key, security_token)
    if not begun_by:
        return None
    values.required(access_key, begun_by)
    secret = values.required(secret_key, begun_by)
    if any("\ud800" <= character <= "\udfff" for character in secret):
        raise ConfigurationError(f"{secret_key} is not valid UTF-8 text.")
    return KeyPair(values.header(access_key) or "", secret, values.header(security_token))
