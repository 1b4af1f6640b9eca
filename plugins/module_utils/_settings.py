# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read, check and merge the shared options and the environment.

An option that is not set is read from the environment of the host that runs the module. An empty string counts as not set.
Credentials do not use this table: a credential comes complete from one source, see _auth/.
"""

from __future__ import annotations

import math
import os
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from ._errors import ConfigurationError
from ._urls import region_variable, url_problem

# Options of all modules that name a file or a folder. A value that seems to be a secret itself is never shown.
PATH_OPTIONS = ("ca_path", "credentials_file", "koocli_config", "report_dir")

# The first variable that is set wins. `endpoint` has one variable for each region, see region_variable().
ENVIRONMENT: Dict[str, Tuple[str, ...]] = {
    "region": ("HW_REGION_NAME",),
    "project_name": ("HW_PROJECT_NAME",),
    "enterprise_project_id": ("HW_ENTERPRISE_PROJECT_ID",),
    "iam_endpoint": ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL"),
    "cloud": ("HW_CLOUD",),
    "ca_path": ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    "max_retries": ("HW_MAX_RETRIES",),
}

# The variable of the vendor's SDK. Only an agency with an account ID uses STS, so there is no option for it.
STS_VARIABLE = "HUAWEICLOUD_SDK_STS_ENDPOINT"

DEFAULT_RETRIES = 5
MAX_RETRIES = 100
MAX_TIMEOUT = 86400.0
MAX_ID_LENGTH = 256
MIN_DURATION = 900  # seconds, validity of an agency's keys
MAX_DURATION = 86400
MAX_BUNDLE_BYTES = 16 * 1024 * 1024  # bytes; the CA bundle of a system has some hundred thousand

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_DOMAIN = _NAME | {"."}
_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")

# Texts that a template leaves for a boolean or for no value, and names of the console.
_NO_ID = ("true", "false", "none", "null", "omit", "default", "all", "any", "all_granted", "all_granted_eps")
ALL_GRANTED = "all_granted_eps"


class Settings(NamedTuple):
    """Checked settings of the connection and the project, merged from options and environment.

    `endpoint` is the option only: the environment has one variable for each region, see endpoint_of(). `request_timeout`: seconds.
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
    """Return the options merged with the environment, all checked.

    Raises ConfigurationError, which names the option or the variable, for the first invalid value.
    """
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

    ca_path = _ca_path(*_setting(params, environ, "ca_path"))
    _check_timeout(params["request_timeout"])
    _check_agency_duration(params.get("agency_duration"))

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
        max_retries=_retries(*_setting(params, environ, "max_retries")),
    )


def _check_cloud(cloud: Optional[str], origin: str) -> None:
    """Raise ConfigurationError unless `cloud` is None or a domain name in lower case."""
    if cloud and not (
        set(cloud) <= _DOMAIN and "." in cloud and cloud[0] != "-" and all(_is_label(p) for p in cloud.split("."))
    ):
        raise ConfigurationError(f"{origin} must be a domain name such as myhuaweicloud.com, in lower case.")


def _check_timeout(timeout: float) -> None:
    """Raise ConfigurationError unless the timeout is a number of seconds above 0 and at most MAX_TIMEOUT."""
    if not (math.isfinite(timeout) and 0 < timeout <= MAX_TIMEOUT):
        raise ConfigurationError(f"Option request_timeout must be above 0 and at most {MAX_TIMEOUT:.0f} seconds.")


def _check_agency_duration(duration: Optional[int]) -> None:
    """Raise ConfigurationError unless the duration is None or a number of seconds that IAM grants."""
    if duration is not None and not MIN_DURATION <= duration <= MAX_DURATION:
        raise ConfigurationError(
            f"Option agency_duration must be a whole number of seconds from {MIN_DURATION} to {MAX_DURATION}."
        )


def endpoint_of(region: str, environ: Mapping[str, str], service: str = "hss") -> Optional[str]:
    """Return the checked URL of a service in `region` from the environment, or None if its variable is not set.

    Raises ConfigurationError if the URL is invalid.
    """
    variable = region_variable(service, region)
    origin = f"Environment variable {variable}"
    # The SDK accepts a list and tries the next URL if a name cannot be resolved. Only the first is used here.
    urls = bare_text(environ.get(variable), origin)
    url = None if urls is None else bare_text(urls.split(",")[0] or " ", origin)
    check_url(url, origin)
    return url


def has_hss_endpoint(environ: Mapping[str, str]) -> bool:
    """Return whether the environment sets the address of HSS in any region."""
    prefix = region_variable("hss", "")
    return any(name.startswith(prefix) and value.strip() for name, value in environ.items())


def check_project_id(value: Optional[str], origin: str) -> None:
    """Raise ConfigurationError, which names `origin`, if the value cannot be a project ID."""
    problem = project_id_problem(value) if value else None
    if problem:
        raise ConfigurationError(f"{origin} {problem}.")


def check_enterprise_project_id(value: Optional[str], origin: str) -> None:
    """Raise ConfigurationError, which names `origin`, if the value cannot be an enterprise project ID.

    The cloud may count zero clusters for an unknown ID. Documented: 1 to 256 characters, "0" and all_granted_eps. IDs seen are
    UUIDs; that all consist of letters, digits, - and _ is an assumption. A boolean or a null that became text is
    not an ID, nor is a name that the console shows.
    """
    # HSS knows the word for all of them in this writing only.
    is_word = value != ALL_GRANTED and str(value).lower().replace("-", "_") in _NO_ID
    if value and (project_id_problem(value) or is_word):
        problem = project_id_problem(value) or ""
        detail = (
            problem
            if problem.startswith("has ")
            else "must be an enterprise project ID, 0 (the one named default) or all_granted_eps"
        )
        raise ConfigurationError(f"{origin} {detail}.")


def project_id_problem(value: str) -> Optional[str]:
    """Return why the value is not a project ID, or None. It becomes part of a URL path, so it must not change that path.

    Documented: 1 to 256 characters. IDs seen are 32 hexadecimal digits; that all consist of letters, digits, - and _
    is an assumption.
    """
    if not 1 <= len(value) <= MAX_ID_LENGTH:
        return f"has {len(value)} characters; at most {MAX_ID_LENGTH} are allowed"
    return None if set(value) <= _ID else "must be a project ID: letters, digits, - and _ only"


def _setting(params: Mapping[str, Any], environ: Mapping[str, str], name: str) -> Tuple[Any, str]:
    """Return the value of an option or of its variable, or None, and its origin in the words of a message."""
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
    """Return the value without surrounding whitespace, or None if it is not set or empty.

    Raises ConfigurationError if it consists of whitespace only: ignoring it could query something else than intended.
    """
    text = (value or "").strip()
    if value and not text:
        raise ConfigurationError(f"{origin} is blank.", hint="Give it a value, or leave it out.")
    return text or None


def check_text(value: Optional[str], origin: str, max_length: int = MAX_ID_LENGTH) -> None:
    """Raise ConfigurationError, which names `origin`, if the text is too long or contains characters that cannot be displayed."""
    if value is None:
        return
    if len(value) > max_length:
        raise ConfigurationError(f"{origin} has {len(value)} characters; at most {max_length} are allowed.")
    if not value.isprintable() or value != value.strip():
        # Lone surrogates, from an environment that is not UTF-8, are not printable either.
        raise ConfigurationError(f"{origin} has blanks around it, or control or undecodable characters in it.")


def _is_label(text: str) -> bool:
    """Return whether the text has a length that DNS allows for one label."""
    return 0 < len(text) <= 63


def check_region(region: Optional[str], origin: str) -> None:
    """Raise ConfigurationError, which names `origin`, if the value cannot be a region ID."""
    problem = region_problem(region) if region else None
    if problem:
        raise ConfigurationError(f"{origin} {problem}.")


def region_problem(region: str) -> Optional[str]:
    """Return why the value is not a region ID, or None.

    It becomes part of a host name. Unknown regions are accepted, since the list grows.
    """
    if set(region) <= _NAME and _is_label(region) and region[0] != "-" and region[-1] != "-":
        return None
    return "must be a region ID such as cn-north-4: lower-case letters, digits and -"


def check_url(url: Optional[str], origin: str) -> None:
    """Raise ConfigurationError, which names `origin`, if the URL cannot be an endpoint."""
    problem = url_problem(url) if url else None
    if problem:
        raise ConfigurationError(f"{origin} {problem}.")


def _ca_path(value: Optional[str], origin: str) -> Optional[str]:
    """Return the path of the CA bundle with ~ expanded, or None if it is not set.

    It is a file of at most LONGEST_BUNDLE bytes or a directory of hashed certificates. Raises ConfigurationError otherwise.
    """
    if value is None:
        return None
    # Imported only if a CA bundle is set.
    from ._paths import IS_DIRECTORY, path_error, read_bytes

    path = os.path.expanduser(value)
    _data, problem = read_bytes(path, MAX_BUNDLE_BYTES)
    if problem not in (None, IS_DIRECTORY):
        raise path_error(origin, "CA bundle", value, problem)
    return path


def _retries(value: Any, origin: str) -> int:
    """Return the number of retries, DEFAULT_RETRIES if it is not set. Raises ConfigurationError if it is invalid."""
    if value is None:
        return DEFAULT_RETRIES
    # int() alone would also accept 1_0.
    text = str(value) if isinstance(value, str) or -1 < value <= MAX_RETRIES else ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not 0 <= number <= MAX_RETRIES:
        raise ConfigurationError(f"{origin} must be a whole number from 0 to {MAX_RETRIES}.")
    return number
