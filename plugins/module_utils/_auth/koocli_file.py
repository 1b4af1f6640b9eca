# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `koocli_file`: a profile of KooCLI (hcloud), in its config.json. Only where it is named.

Source: https://support.huaweicloud.com/intl/en-us/productdesc-hcli/hcli_01.html
"""

from __future__ import annotations

import contextlib
import json
from typing import Any, Dict, List, Optional

from .._diagnosis import shown
from .._errors import ConfigurationError
from .agency import DEFAULT_DURATION
from .base import Agency, Context, Credential, Found, Token
from .files import named_file, read_file
from .keys import key_pair
from .values import Values

VARIABLE = "HW_SHARED_CONFIG_FILE"
PROFILE_VARIABLE = "HW_PROFILE"
DEFAULT_PATH = "~/.hcloud/config.json"
KEYS = ("accessKeyId", "secretAccessKey", "securityToken")

# Nothing in the file says whether its secrets are encrypted; the cloud's 401 is the first sign of it.
REFUSED = (
    "KooCLI encrypts the secrets in its file by default, and then nothing but KooCLI can use them: "
    "'hcloud configure set --cli-auth-encrypt=false' (5.2.7 and newer) stores them plainly."
)


def find(context: Context) -> Found:
    """The credential of the chosen profile."""
    path, origin = named_file(context, "koocli_config", VARIABLE) or (DEFAULT_PATH, "Source koocli_file")
    config = _read(read_file(path, origin), path)
    profiles = _profiles(config, path)
    name = (
        Values("Option", context.params).get("koocli_profile")
        or Values("Environment variable", context.environ).get(PROFILE_VARIABLE)
        or Values("Member", config, f" of {path}").get("current")
    )
    if name is None:
        raise ConfigurationError(f"{path} names no current profile.", hint="Set koocli_profile.")
    profile = _profile(profiles, name, path)
    values = Values("Member", profile, f" of profile {name} in {path}")
    mode = values.get("mode") or "AKSK"
    agency = None
    if mode == "AssumeRole":
        agency = _agency(values)
        source = values.required("sourceProfile", ["agencyName"])
        credential = _keys(_profile(profiles, source, path), source, path, context)
    elif mode == "SSO":
        sso = profile.get("ssoAuth")
        credential = _keys(
            sso.get("stsToken") if isinstance(sso, dict) else None, f"{name} (ssoAuth.stsToken)", path, context
        )
    elif mode == "token":
        credential = _token(values, context)
    elif mode == "AKSK":
        credential = _keys(profile, name, path, context)
    else:
        raise ConfigurationError(
            f"Profile {name} in {path} has mode {mode}, which is not supported.",
            hint="Supported are AKSK, SSO, AssumeRole and token. For ecsAgency use auth_method=ecs_metadata.",
        )
    return Found(credential, values.get("projectId"), values.origin("projectId"), agency=agency, hint=REFUSED)


def _keys(data: Any, name: str, path: str, context: Context) -> Credential:
    values = Values("Member", data if isinstance(data, dict) else {}, f" of profile {name} in {path}")
    context.secrets.register(*(values.get(member) for member in KEYS))
    if not values.given(*KEYS):
        raise ConfigurationError(f"Profile {name} in {path} holds no accessKeyId and secretAccessKey.")
    return key_pair(values, *KEYS)


def _token(values: Values, context: Context) -> Credential:
    context.secrets.register(values.get("xAuthToken"))
    values.required("xAuthToken", ["mode"])
    return Token(values.header("xAuthToken") or "")


def _agency(values: Values) -> Agency:
    name = values.required("agencyName", ["mode"])
    if not values.given("agencyDomainName", "agencyDomainId"):
        values.required("agencyDomainName", ["agencyName"])
    return Agency(name, values.get("agencyDomainName"), values.get("agencyDomainId"), DEFAULT_DURATION)


def _read(text: str, path: str) -> Dict[str, Any]:
    config = None
    # The parser's own message says where, and that place means nothing to those who never wrote the file.
    with contextlib.suppress(ValueError, RecursionError):
        config = json.loads(text)
    if not isinstance(config, dict):
        raise ConfigurationError(f"{path} is not a JSON object, so it is no KooCLI configuration.")
    return config


def _profiles(config: Dict[str, Any], path: str) -> List[Dict[str, Any]]:
    profiles = config.get("profiles")
    if not isinstance(profiles, list):
        raise ConfigurationError(f"{path} has no list of profiles, so it is no KooCLI configuration.")
    return [profile for profile in profiles if isinstance(profile, dict)]


def _profile(profiles: List[Dict[str, Any]], name: str, path: str) -> Dict[str, Any]:
    found: Optional[Dict[str, Any]] = next((profile for profile in profiles if profile.get("name") == name), None)
    if found is None:
        known = shown(", ".join(str(profile.get("name")) for profile in profiles)) or "none"
        raise ConfigurationError(f"{path} has no profile {name}. It has: {known}.", hint="Correct koocli_profile.")
    return found
