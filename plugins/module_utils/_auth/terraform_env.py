# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `terraform_env`: the environment variables of the Terraform provider."""

from __future__ import annotations

from typing import Any, Mapping

from .._errors import ConfigurationError
from .base import Absent, Finding, Found, Token, Values
from .keys import key_pair

OPTIONS = ()
SECRET_OPTIONS = ()
KEYS = ("HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN")
USER = ("HW_USER_NAME", "HW_USER_PASSWORD")
SECRET_VARIABLES = ("HW_AUTH_TOKEN", *KEYS, "HW_USER_PASSWORD")
AGENCY = ("HW_ASSUME_ROLE_AGENCY_NAME", "HW_ASSUME_ROLE_DOMAIN_NAME", "HW_ASSUME_ROLE_DOMAIN_ID")
PROJECT = "HW_PROJECT_ID"


def find(params: Mapping[str, Any], environ: Mapping[str, str]) -> Finding:
    values = Values("Environment variable", environ)
    token = values.header("HW_AUTH_TOKEN")
    credential = Token(token) if token else key_pair(values, *KEYS)
    if credential is None:
        user = values.given(*USER)
        if user:
            raise ConfigurationError(
                f"{' and '.join(user)} is set, and this version cannot log in with a password.",
                hint="Set HW_ACCESS_KEY and HW_SECRET_KEY, or HW_AUTH_TOKEN.",
            )
        return Absent("HW_AUTH_TOKEN, or HW_ACCESS_KEY and HW_SECRET_KEY")
    agency = values.given(*AGENCY)
    if agency:
        # Going on would look at the caller's own account and could pass while the other one is unscanned.
        raise ConfigurationError(
            f"{' and '.join(agency)} is set, and this version cannot assume an agency.",
            hint="Unset it, or give temporary keys of the agency with HW_SECURITY_TOKEN.",
        )
    return Found(credential, values.get(PROJECT), f"Environment variable {PROJECT}")
