# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `aksk`: options access_key, secret_key and security_token."""

from __future__ import annotations

from typing import Any, Mapping

from .base import Absent, Finding, Found, Values
from .keys import key_pair

OPTIONS = ("access_key", "secret_key", "security_token")
SECRET_OPTIONS = OPTIONS
SECRET_VARIABLES = ()


def find(params: Mapping[str, Any], environ: Mapping[str, str]) -> Finding:
    pair = key_pair(Values("Option", params), *OPTIONS)
    return Found(pair) if pair else Absent("options access_key and secret_key")
