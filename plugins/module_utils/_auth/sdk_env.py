# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `sdk_env`: the environment variables of the vendor's SDKs."""

from __future__ import annotations

from typing import Any, Mapping

from .._errors import ConfigurationError
from .base import Absent, Finding, Found, Values
from .keys import key_pair

OPTIONS = ()
SECRET_OPTIONS = ()
KEYS = ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN")
SECRET_VARIABLES = KEYS
FEDERATION = ("HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE")
PROJECT = "HUAWEICLOUD_SDK_PROJECT_ID"


def find(params: Mapping[str, Any], environ: Mapping[str, str]) -> Finding:
    values = Values("Environment variable", environ)
    federated = values.given(*FEDERATION)
    if federated:
        # In the SDK these win over keys, so going on with the keys could ask as somebody else.
        raise ConfigurationError(
            f"{' and '.join(federated)} is set, and this version cannot exchange an identity token.",
            hint="Unset it and give HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or options.",
        )
    pair = key_pair(values, *KEYS)
    if pair is None:
        return Absent("HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK")
    return Found(pair, values.get(PROJECT), f"Environment variable {PROJECT}")
