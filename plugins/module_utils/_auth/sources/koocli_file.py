# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `koocli_file`: a profile of KooCLI (hcloud), in its config.json. Used only if an option, a variable or auth_method names it.

Source: https://support.huaweicloud.com/intl/en-us/productdesc-hcli/hcli_01.html
"""

from __future__ import annotations

import contextlib
import json
from typing import Any, Dict, List, Optional

from ..._errors import ConfigurationError
from ..._formatting import single_line
from ..._paths import absolute_path
from ..agency import named_agency
from ..credentials import Agency, Credential, SourceContext, SourceResult, Token, key_pair
from ..files import named_file, read_file
from ..registry import AGENCY_IDENTITY
from ..temporary_keys import DEFAULT_DURATION
from ..values import Values

VARIABLE = "HW_SHARED_CONFIG_FILE"
PROFILE_VARIABLE = "HW_PROFILE"
DEFAULT_PATH = "~/.hcloud/config.json"
KEYS = ("accessKeyId", "secretAccessKey", "securityToken")

# The file does not show whether its secrets are encrypted; the first sign is HTTP 401.
REJECTED_HINT = (
    "KooCLI encrypts the secrets in its file by default, and then nothing but KooCLI can use them: "
    "'hcloud configure set --cli-auth-encrypt=false' (5.2.7 and newer) stores them plainly."
)


# Modes whose credential is in the profile itself; the keys of SSO are in ssoAuth.stsToken.
_OWN_KEYS = ("AKSK", "SSO", "token")
_AGENCY = ("agencyName", "agencyDomainName", "agencyDomainId")


def find(context: SourceContext) -> SourceResult:
    """Return the credential of the selected profile. Raises ConfigurationError if file or profile is missing or unusable."""
    given_path, origin = named_file(context, "koocli_config", VARIABLE) or (DEFAULT_PATH, "Source koocli_file")
    text = read_file(given_path, origin)
    path = absolute_path(given_path)
    config = _read(text, path)
    profiles = _profiles(config, path)
    name = (
        Values("Option", context.params).name("koocli_profile")
        or Values("Environment variable", context.environ).name(PROFILE_VARIABLE)
        or Values("Member", config, f" of {path}").name("current")
    )
    if name is None:
        raise ConfigurationError(f"{path} names no current profile.", hint="Set koocli_profile.")
    profile = _profile(profiles, name, path)
    values = Values("Member", profile, f" of profile {name} in {path}")
    mode = _mode(values)
    agency = None
    if mode in ("AssumeRole", "agency"):
        agency = _agency(values)
        if mode == "AssumeRole":
            name = values.required("sourceProfile", ["agencyName"])
            profile = _profile(profiles, name, path)
        credential = _keys_of_source(profile, name, mode, path, context)
    elif mode in _OWN_KEYS:
        _refuse_unused_agency(values, name, mode, path, context)
        credential = _own_credential(profile, name, mode, path, context)
    else:
        raise _unsupported(name, path, mode)
    return SourceResult(
        credential, values.get("projectId"), values.origin("projectId"), agency=agency, hint=REJECTED_HINT
    )


def _mode(values: Values) -> str:
    """Return the mode of a profile, as KooCLI defaults it."""
    return values.get("mode") or "AKSK"


def _keys_of_source(profile: Dict[str, Any], name: str, mode: str, path: str, context: SourceContext) -> Credential:
    """Return the credential that assumes the agency.

    Raises ConfigurationError if the source profile itself assumes an agency: its keys alone would be another caller.
    """
    values = Values("Member", profile, f" of profile {name} in {path}")
    own = _mode(values)
    if mode == "AssumeRole":
        if own not in _OWN_KEYS:
            raise _unsupported(name, path, own)
        _refuse_unused_agency(values, name, own, path, context)
    return _own_credential(profile, name, "AKSK" if mode == "agency" else own, path, context)


def _own_credential(profile: Dict[str, Any], name: str, mode: str, path: str, context: SourceContext) -> Credential:
    """Return the token or the keys of a profile. Raises ConfigurationError if they are incomplete or invalid."""
    if mode == "token":
        return _token(Values("Member", profile, f" of profile {name} in {path}"), context)
    if mode == "SSO":
        sso = profile.get("ssoAuth")
        keys = sso.get("stsToken") if isinstance(sso, dict) else None
        return _keys(keys, f"{name} (ssoAuth.stsToken)", path, context)
    return _keys(profile, name, path, context)


def _unsupported(name: str, path: str, mode: str) -> ConfigurationError:
    """Return the error for a profile with an unsupported mode."""
    return ConfigurationError(
        f"Profile {name} in {path} has mode {single_line(mode)}, which is not supported"
        f"{' as the source of another profile' if mode in ('AssumeRole', 'agency') else ''}.",
        hint="Supported are AKSK, SSO, AssumeRole, agency and token. For ecsAgency use auth_method=ecs_metadata.",
    )


def _refuse_unused_agency(values: Values, name: str, mode: str, path: str, context: SourceContext) -> None:
    """Raise ConfigurationError if the profile names an agency that KooCLI would not assume in this mode, but Terraform would.

    The account that the user intends would be a guess. Options that name an agency replace that of the profile.
    """
    if not values.given(*_AGENCY) or any(context.params.get(option) for option in AGENCY_IDENTITY):
        return
    raise ConfigurationError(
        f"Profile {name} in {path} has mode {mode} and names an agency (agencyName, agencyDomainName or agencyDomainId), which "
        "KooCLI does not assume in this mode and Terraform does.",
        hint="To judge the agency's account, set agency_name with agency_domain_name or agency_domain_id, or give the profile mode "
        "AssumeRole with a sourceProfile. To judge the account of the keys, remove the agency from the profile.",
    )


def _keys(data: Any, name: str, path: str, context: SourceContext) -> Credential:
    """Return the key pair in a JSON object, registered as secrets. Raises ConfigurationError if it is incomplete."""
    values = Values("Member", data if isinstance(data, dict) else {}, f" of profile {name} in {path}")
    context.secrets.register(*(values.get(member) for member in KEYS))
    if not values.given(*KEYS):
        raise ConfigurationError(f"Profile {name} in {path} holds no accessKeyId and secretAccessKey.")
    return key_pair(values, *KEYS)


def _token(values: Values, context: SourceContext) -> Credential:
    """Return the token of a profile, registered as a secret. Raises ConfigurationError if it is missing or malformed."""
    context.secrets.register(values.get("xAuthToken"))
    values.required("xAuthToken", ["mode"])
    return Token(values.header("xAuthToken") or "")


def _agency(values: Values) -> Agency:
    """Return the agency of a profile. Raises ConfigurationError if it is incomplete or invalid."""
    values.required("agencyName", ["mode"])
    if not values.given("agencyDomainName", "agencyDomainId"):
        values.required("agencyDomainName", ["agencyName"])
    return named_agency(values, *_AGENCY, DEFAULT_DURATION)


def _read(text: str, path: str) -> Dict[str, Any]:
    """Return the configuration. Raises ConfigurationError if the text is not a JSON object."""
    config = None
    # The parser's message names a position, which does not help users, since KooCLI writes the file.
    with contextlib.suppress(ValueError, RecursionError):
        config = json.loads(text)
    if not isinstance(config, dict):
        raise ConfigurationError(f"{path} is not a JSON object, so it is no KooCLI configuration.")
    return config


def _profiles(config: Dict[str, Any], path: str) -> List[Dict[str, Any]]:
    """Return the profiles of a configuration. Raises ConfigurationError if it has no list of them."""
    profiles = config.get("profiles")
    if not isinstance(profiles, list):
        raise ConfigurationError(f"{path} has no list of profiles, so it is no KooCLI configuration.")
    return [profile for profile in profiles if isinstance(profile, dict)]


def _profile(profiles: List[Dict[str, Any]], name: str, path: str) -> Dict[str, Any]:
    """Return the profile of this name. Raises ConfigurationError, which lists the profiles, if there is none."""
    match: Optional[Dict[str, Any]] = next((profile for profile in profiles if profile.get("name") == name), None)
    if match is None:
        known = single_line(", ".join(str(profile.get("name")) for profile in profiles)) or "none"
        raise ConfigurationError(f"{path} has no profile {name}. It has: {known}.", hint="Correct koocli_profile.")
    return match
