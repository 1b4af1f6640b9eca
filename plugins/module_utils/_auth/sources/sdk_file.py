# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `sdk_file`: the credentials file of the vendor's SDKs, section [basic]."""

from __future__ import annotations

import configparser
import os
from typing import Dict, Optional

from ..._errors import ConfigurationError
from ..._paths import absolute_path
from ..credentials import Credential, SourceContext, SourceResult, key_pair
from ..federation import federated_keys
from ..files import named_file, read_file
from ..values import Values

VARIABLE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
DEFAULT_PATH = "~/.huaweicloud/credentials"
SECTION = "basic"
KEYS = ("ak", "sk", "security_token")
FEDERATION = ("idp_id", "id_token_file")


def find(context: SourceContext) -> Optional[SourceResult]:
    """Return the credential of the file, or None if only the default file exists and lacks the section.

    Raises ConfigurationError if file or section is missing or unusable.
    """
    named = named_file(context, "credentials_file", VARIABLE)
    given, origin = named or (DEFAULT_PATH, "Source sdk_file")
    text = read_file(given, origin)
    path = absolute_path(given)
    section = _read_section(text, path)
    if section is None:
        if named is None and context.params["auth_method"] == "auto":
            return None
        raise ConfigurationError(
            f"{origin}: the file {path} has no section [{SECTION}].",
            hint="ak, sk and project_id of project-level services such as HSS are read from there, and from nowhere else.",
        )
    values = Values("Key", section, f" in section [{SECTION}] of {path}")
    context.secrets.register(*(section.get(name) for name in KEYS))
    if values.given(*FEDERATION):
        # An identity token precedes keys in the same section, as in the SDK.
        return _result(values, federated_keys(values, *FEDERATION, exchange=context.exchange()))
    if not values.given(*KEYS):
        raise ConfigurationError(f"{origin}: section [{SECTION}] of {path} holds neither ak and sk nor idp_id.")
    return _result(values, key_pair(values, *KEYS))


def default_file_exists() -> bool:
    """Return whether the default credentials file exists."""
    return os.path.exists(os.path.expanduser(DEFAULT_PATH))


def _result(values: Values, credential: Credential) -> SourceResult:
    """Return the credential with project and IAM endpoint of the section."""
    return SourceResult(
        credential,
        project_id=values.get("project_id"),
        project_origin=values.origin("project_id"),
        iam_endpoint=values.get("iam_endpoint"),
        iam_endpoint_origin=values.origin("iam_endpoint"),
    )


def _read_section(text: str, path: str) -> Optional[Dict[str, str]]:
    """Return the section with the values of [DEFAULT], or None if there is no such section.

    Values are interpolated, as in the Python SDK. Raises ConfigurationError if the text is not a valid INI file; the parser's
    errors are not shown, since they quote lines of the file.
    """
    parser = configparser.ConfigParser()
    problem = hint = None
    try:
        parser.read_string(text)
        return dict(parser.items(SECTION)) if parser.has_section(SECTION) else None
    except configparser.InterpolationError as error:
        problem = f"the value of {error.option} contains a single %"
        hint = "In this file, write %% for a %."
    except configparser.DuplicateOptionError as error:
        problem = f"line {error.lineno} gives {error.option} for the second time"
    except configparser.DuplicateSectionError as error:
        problem = f"line {error.lineno} begins section [{error.section}] for the second time"
    except configparser.MissingSectionHeaderError as error:
        problem = f"line {error.lineno} stands before any [section]"
    except configparser.Error:
        problem = "it is not an INI file"
    raise ConfigurationError(f"The credentials file {path} cannot be used: {problem}.", hint=hint)
