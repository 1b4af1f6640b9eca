# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, check and merge the shared options and the environment.

An option that is not given is taken from the environment of the host that runs the module. An empty string is unset.
Credentials do not use this table: a credential comes complete from one source, see _auth/.
"""

from __future__ import annotations

import math
import os
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from ._errors import ConfigurationError
from ._urls import region_variable, url_problem

# Options that name a file or a folder, of all modules. A value that seems to be a secret itself is never shown.
PATH_OPTIONS = ("ca_path", "credentials_file", "koocli_config", "report_dir")

# The first that is set wins. `endpoint` has one variable for each region, see region_variable().
ENVIRONMENT: Dict[str, Tuple[str, ...]] = {
    "region": ("HW_REGION_NAME",),
    "project_name": ("HW_PROJECT_NAME",),
    "enterprise_project_id": ("HW_ENTERPRISE_PROJECT_ID",),
    "iam_endpoint": ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL"),
    "cloud": ("HW_CLOUD",),
    "ca_path": ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    "max_retries": ("HW_MAX_RETRIES",),
}

# The vendor SDK's; only an agency by account ID asks STS, so there is no option for it.
STS_VARIABLE = "HUAWEICLOUD_SDK_STS_ENDPOINT"

DEFAULT_RETRIES = 5
MAX_RETRIES = 100
MAX_TIMEOUT = 86400.0
MAX_ID_LENGTH = 256
MIN_DURATION = 900  # seconds, of an agency's keys
MAX_DURATION = 86400
LONGEST_BUNDLE = 16 * 1024 * 1024  # bytes; a system's CA bundle has some hundred thousand

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_DOMAIN = _NAME | {"."}
_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


_NO_ID = ("true", "false", "none", "null", "omit")


class Settings(NamedTuple):
    """How to reach the cloud and which project to ask about: options and environment, checked and merged.

    `endpoint` is the option alone: the environment has one for each region, see endpoint_of().
    """

    region: Optional[str]
    project_id: Optional[str]
    project_name: Optional[str]
    enterprise_project_id: Optional[str]
    endpoint: Optional[str]
    iam_endpoint: Optional[str]
    sts_endpoint: Optional[str]
    cloud: Optional[str]
    validate_certs: bool
    ca_path: Optional[str]
    request_timeout: float
    max_retries: int


def read_settings(params: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Merge and check; whatever is wrong is a ConfigurationError that names where the value came from."""
    region, origin = _setting(params, environ, "region")
    check_region(region, origin)

    project_id, origin = _setting(params, environ, "project_id")
    check_project_id(project_id, origin)

    project_name, origin = _setting(params, environ, "project_name")
    check_text(project_name, origin)

    enterprise_project_id, origin = _setting(params, environ, "enterprise_project_id")
    check_enterprise_project_id(enterprise_project_id, origin)

    endpoint, origin = _setting(params, environ, "endpoint")
    check_url(endpoint, origin)
    if region and endpoint is None:
        endpoint_of(region, environ)

    iam_endpoint, origin = _setting(params, environ, "iam_endpoint")
    check_url(iam_endpoint, origin)

    sts_origin = f"Environment variable {STS_VARIABLE}"
    sts_endpoint = bare_text(environ.get(STS_VARIABLE), sts_origin)
    check_url(sts_endpoint, sts_origin)

    cloud, origin = _setting(params, environ, "cloud")
    _check_cloud(cloud, origin)

    ca_path, origin = _setting(params, environ, "ca_path")
    ca_path = _ca_path(ca_path, origin)

    _check_numbers(params)
    retries, origin = _setting(params, environ, "max_retries")
    return Settings(
        region=region,
        project_id=project_id,
        project_name=project_name,
        enterprise_project_id=enterprise_project_id,
        endpoint=endpoint,
        iam_endpoint=iam_endpoint,
        sts_endpoint=sts_endpoint,
        cloud=cloud,
        validate_certs=params["validate_certs"],
        ca_path=ca_path,
        request_timeout=params["request_timeout"],
        max_retries=_retries(retries, origin),
    )


def _check_cloud(cloud: Optional[str], origin: str) -> None:
    """Raise ConfigurationError if a cloud is no domain name in lower case."""
    if cloud and not (
        set(cloud) <= _DOMAIN and "." in cloud and cloud[0] != "-" and all(_is_label(p) for p in cloud.split("."))
    ):
        raise ConfigurationError(f"{origin} must be a domain name such as myhuaweicloud.com, in lower case.")


def _check_numbers(params: Mapping[str, Any]) -> None:
    """Raise ConfigurationError if request_timeout or agency_duration is out of its range, in seconds."""
    timeout = params["request_timeout"]
    if not (math.isfinite(timeout) and 0 < timeout <= MAX_TIMEOUT):
        raise ConfigurationError(f"Option request_timeout must be above 0 and at most {MAX_TIMEOUT:.0f} seconds.")
    duration = params.get("agency_duration")
    if duration is not None and not MIN_DURATION <= duration <= MAX_DURATION:
        raise ConfigurationError(
            f"Option agency_duration must be a whole number of seconds from {MIN_DURATION} to {MAX_DURATION}."
        )


def endpoint_of(region: str, environ: Mapping[str, str]) -> Optional[str]:
    """The URL of HSS in a region that the environment gives, checked; None where it gives none."""
    variable = region_variable("hss", region)
    origin = f"Environment variable {variable}"
    # The SDK takes a list; it goes to the next one when a name cannot be resolved. One is enough to ask one question.
    listed = bare_text(environ.get(variable), origin)
    url = None if listed is None else bare_text(listed.split(",")[0] or " ", origin)
    check_url(url, origin)
    return url


def check_project_id(value: Optional[str], origin: str) -> None:
    """Refuse what cannot be a project ID, naming where it came from."""
    problem = project_id_problem(value) if value else None
    if problem:
        raise ConfigurationError(f"{origin} {problem}.")


def check_enterprise_project_id(value: Optional[str], origin: str) -> None:
    """Refuse what cannot be the ID of an enterprise project: a cloud that knows none of that name may well count zero clusters.

    Documented: 1 to 256 characters, "0" and all_granted_eps. IDs seen are UUIDs; that all are made of letters, digits, - and _
    is an assumption. A boolean, or nothing, that became text on its way is none.
    """
    if value and (project_id_problem(value) or value.lower() in _NO_ID):
        problem = project_id_problem(value) or ""
        detail = problem if problem.startswith("has ") else "must be an enterprise project ID, 0 or all_granted_eps"
        raise ConfigurationError(f"{origin} {detail}.")


def project_id_problem(value: str) -> Optional[str]:
    """Why this is no project ID, or None. It becomes a part of a path, so it must not change that path.

    Documented: 1 to 256 characters. IDs seen are 32 hexadecimal digits; that all are made of letters, digits, - and _
    is an assumption.
    """
    if not 1 <= len(value) <= MAX_ID_LENGTH:
        return f"has {len(value)} characters; at most {MAX_ID_LENGTH} are allowed"
    return None if set(value) <= _ID else "must be a project ID: letters, digits, - and _ only"


def _setting(params: Mapping[str, Any], environ: Mapping[str, str], name: str) -> Tuple[Any, str]:
    """The value, or None, and the words that name its place."""
    origin = f"Option {name}"
    value = params.get(name)
    value = bare_text(value, origin) if isinstance(value, str) else value
    if value is not None:
        return value, origin
    for variable in ENVIRONMENT.get(name, ()):
        value = bare_text(environ.get(variable), f"Environment variable {variable}")
        if value is not None:
            return value, f"Environment variable {variable}"
    return None, origin


def bare_text(value: Optional[str], origin: str) -> Optional[str]:
    """Return the value without blanks and line breaks around it, or None if it is not given or empty.

    Raises ConfigurationError for one of blanks only: to go on without it could ask about something else.
    """
    text = (value or "").strip()
    if value and not text:
        raise ConfigurationError(f"{origin} is blank.", hint="Give it a value, or leave it out.")
    return text or None


def check_text(value: Optional[str], origin: str) -> None:
    if value is None:
        return
    if len(value) > MAX_ID_LENGTH:
        raise ConfigurationError(f"{origin} has {len(value)} characters; at most {MAX_ID_LENGTH} are allowed.")
    if not value.isprintable() or value != value.strip():
        # Lone surrogates, from an environment that is not UTF-8, are not printable either.
        raise ConfigurationError(f"{origin} has blanks around it, or control or undecodable characters in it.")


def _is_label(text: str) -> bool:
    return 0 < len(text) <= 63


def check_region(region: Optional[str], origin: str) -> None:
    """Refuse what cannot be a region ID, naming where it came from."""
    problem = region_problem(region) if region else None
    if problem:
        raise ConfigurationError(f"{origin} {problem}.")


def region_problem(region: str) -> Optional[str]:
    """Why this is no region ID, or None. It becomes a part of a host name. Which regions exist is not checked: the list grows."""
    if set(region) <= _NAME and _is_label(region) and region[0] != "-" and region[-1] != "-":
        return None
    return "must be a region ID such as cn-north-4: lower-case letters, digits and -"


def check_url(url: Optional[str], origin: str) -> None:
    problem = url_problem(url) if url else None
    if problem:
        raise ConfigurationError(f"{origin} {problem}.")


def _ca_path(value: Optional[str], origin: str) -> Optional[str]:
    """Return the path for TLS. A directory of hashed certificates is fine, what never ends is not."""
    if value is None:
        return None
    # Only those who have a bundle of their own import this.
    from ._paths import IS_DIRECTORY, path_error, read_bytes

    path = os.path.expanduser(value)
    _data, problem = read_bytes(path, LONGEST_BUNDLE)
    if problem not in (None, IS_DIRECTORY):
        raise path_error(origin, "CA bundle", value, problem)
    return path


def _retries(value: Any, origin: str) -> int:
    if value is None:
        return DEFAULT_RETRIES
    # Not by int() alone: it takes 1_0 too.
    text = str(value) if isinstance(value, str) or -1 < value <= MAX_RETRIES else ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not 0 <= number <= MAX_RETRIES:
        raise ConfigurationError(f"{origin} must be a whole number from 0 to {MAX_RETRIES}.")
    return number
