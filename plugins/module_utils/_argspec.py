# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define the argument specification that all modules share. The doc fragments document the same options."""

from __future__ import annotations

import ast
import contextlib
import json
import math
import re
from typing import Any, Dict, Iterator, Mapping, Optional, Sequence, Tuple

# A member of a dictionary in key=value form.
_MEMBER = re.compile(r"""(\w+)=("[^"]*"|'[^']*'|[^\s,]+)""")
# In characters. ansible-core would expand a number such as 1e999999999 digit by digit.
MAX_NUMBER_LENGTH = 64


def read_given(
    options: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]
) -> Tuple[Dict[str, Any], Optional[str]]:
    """Return the options that are set and valid, and the error message for the first invalid option, or None.

    An empty string or null counts as not set for the shared options and is invalid for all others: an empty limit is not "no
    limit". Blanks around the entries of a list are removed. Invalid options are left out, so that their defaults apply until the
    message is reported.
    """
    kept: Dict[str, Any] = {}
    problems = []
    for name, value in options.items():
        if name in SHARED_OPTIONS and (value is None or value == ""):
            continue
        problem = _problem(value, spec[name]) if name in spec else None
        if problem is None:
            kept[name] = _without_blanks(value, spec.get(name, {}))
        else:
            problems.append(f"Option {name} {problem}.")
    return kept, problems[0] if problems else None


def unknown_texts(options: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the texts of options, and of members of dictionaries in options, that do not exist: each may be a secret under a wrong name."""
    for name, value in options.items():
        if name not in spec:
            yield from _texts(value)
        elif "options" in spec[name]:
            for entry in _listed(value):
                members = _dictionary(entry) or dict(_MEMBER.findall(entry) if isinstance(entry, str) else ())
                yield from unknown_texts(members, spec[name]["options"])


def _texts(value: Any) -> Iterator[str]:
    """Yield the text, or the texts in a list or dictionary."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _problem(value: Any, spec: Mapping[str, Any]) -> Optional[str]:
    """Return why the value of an option is invalid, as the end of a sentence, or None. ansible-core checks the rest."""
    kind = spec.get("type", "str")
    if _is_blank(value):
        return "is empty or blank: give it a value, or leave it out (in a template: default(omit, true))"
    if isinstance(value, str) and not _is_unicode(value):
        return "holds a character that no text can hold (half of a surrogate pair, or a byte that is not UTF-8)"
    if kind in ("str", "path") and isinstance(value, (list, dict, bool)):
        names = {list: "a list", dict: "a dictionary", bool: "true or false (in quotes it is text)"}
        return f"must be text, not {next(name for form, name in names.items() if isinstance(value, form))}"
    if spec.get("elements") == "str" and any(map(_is_blank, _entries(value))):
        return "holds an empty or blank entry: give it a value, or leave it out"
    if spec.get("elements") == "dict" and not all(map(_may_be_dictionary, _listed(value))):
        return "must be a list of dictionaries"
    if spec.get("elements") == "dict" and any(None in _dictionary(entry).values() for entry in _listed(value)):
        # ansible-core would treat it as a key that is absent, and an exception or a scope would be wider than intended.
        return "holds an entry with a value that is null: give it a value, or leave the key out"
    if kind in ("int", "float") and isinstance(value, bool):
        return "must be a number, not true or false"
    if kind in ("int", "float") and _is_beyond_conversion(value, kind):
        return "is out of range"
    return None


def _is_blank(value: Any) -> bool:
    """Return whether the value is null or a text without visible characters."""
    return value is None or (isinstance(value, str) and not value.strip())


def _entries(value: Any) -> Sequence[Any]:
    """Return the entries of a list, which ansible-core also takes as text with commas."""
    if isinstance(value, str):
        return value.split(",")
    return value if isinstance(value, (list, tuple)) else []


def _without_blanks(value: Any, spec: Mapping[str, Any]) -> Any:
    """Return a list, or a text with commas, without the blanks around its entries; of dictionaries, those around their values."""
    if spec.get("elements") == "str":
        return [entry.strip() if isinstance(entry, str) else entry for entry in _entries(value)] or value
    if "options" not in spec or not isinstance(value, list):
        return value
    return [
        {key: _bare(inner, spec["options"].get(key, {})) for key, inner in entry.items()}
        if isinstance(entry, dict)
        else entry
        for entry in value
    ]


def _bare(value: Any, spec: Mapping[str, Any]) -> Any:
    return value.strip() if isinstance(value, str) and "elements" not in spec else _without_blanks(value, spec)


def _is_unicode(text: str) -> bool:
    """Return whether the text can be encoded as UTF-8, which ansible-core requires to log the options of a module."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _may_be_dictionary(entry: Any) -> bool:
    """Return whether ansible-core accepts the entry as a dictionary: it converts texts in JSON and in key=value form."""
    return (
        entry is None
        or isinstance(entry, dict)
        or (isinstance(entry, str) and ("=" in entry or entry.lstrip()[:1] in "[{"))
    )


def _listed(value: Any) -> Sequence[Any]:
    """Return the entries of a list, which ansible-core also takes as JSON or as a single entry."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value)
    return value if isinstance(value, list) else [value]


def _dictionary(entry: Any) -> Mapping[str, Any]:
    """Return the dictionary that ansible-core makes of an entry: of text, it tries JSON and then a literal of Python."""
    for read in (json.loads, ast.literal_eval) if isinstance(entry, str) else ():
        try:
            entry = read(entry)
            break
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return entry if isinstance(entry, dict) else {}


def _is_beyond_conversion(value: Any, kind: str) -> bool:
    """Return whether the conversion by ansible-core would raise an exception or not end.

    Examples are infinity as an integer, and an integer beyond the largest float.
    """
    try:
        number = float(value)
    except OverflowError:
        return True
    except (TypeError, ValueError):
        # Not a number; ansible-core reports that itself.
        return False
    return kind == "int" and not (math.isfinite(number) and len(str(value)) <= MAX_NUMBER_LENGTH)


CONNECTION_OPTIONS: Dict[str, Dict[str, Any]] = {
    "region": {"type": "str"},
    "project_id": {"type": "str"},
    "project_name": {"type": "str"},
    "enterprise_project_id": {"type": "str"},
    "endpoint": {"type": "str"},
    "iam_endpoint": {"type": "str"},
    "cloud": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "request_timeout": {"type": "float", "default": 30},
    # No default here: it would hide the environment variable. The default is DEFAULT_RETRIES in _settings.
    "max_retries": {"type": "int"},
}

# The sources of _auth/registry.py, in their order.
AUTH_METHODS = [
    "auto",
    "token",
    "aksk",
    "password",
    "oidc_env",
    "sdk_env",
    "terraform_env",
    "sdk_file",
    "pod_identity",
    "koocli_file",
    "ecs_metadata",
]

CREDENTIAL_OPTIONS: Dict[str, Dict[str, Any]] = {
    "auth_method": {"type": "str", "default": "auto", "choices": AUTH_METHODS},
    "auth_token": {"type": "str", "no_log": True},
    "access_key": {"type": "str", "no_log": True},
    "secret_key": {"type": "str", "no_log": True},
    "security_token": {"type": "str", "no_log": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "domain_name": {"type": "str"},
    "credentials_file": {"type": "path"},
    "koocli_config": {"type": "path"},
    "koocli_profile": {"type": "str"},
    "agency_name": {"type": "str"},
    "agency_domain_name": {"type": "str"},
    "agency_domain_id": {"type": "str"},
    "agency_duration": {"type": "int", "default": 3600},
    "agency_external_id": {"type": "str"},
}

# For modules that can query several scopes; _api/scopes.py checks them.
SCOPE_OPTIONS: Dict[str, Dict[str, Any]] = {
    "scopes": {
        "type": "list",
        "elements": "dict",
        "options": {
            "region": {"type": "str"},
            "project_id": {"type": "str"},
            "project_name": {"type": "str"},
            "enterprise_project_id": {"type": "str"},
        },
    },
    "all_projects": {"type": "bool", "default": False},
    "accounts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str"},
            "agency_name": {"type": "str"},
            "agency_domain_name": {"type": "str"},
            "agency_domain_id": {"type": "str"},
        },
    },
    "include_projects": {"type": "list", "elements": "str"},
    "exclude_projects": {"type": "list", "elements": "str"},
    "concurrency": {"type": "int", "default": 16},
    "deadline": {"type": "float"},
    "on_scope_error": {"type": "str", "default": "fail", "choices": ["fail", "continue"]},
}

# Options that select projects, and with them the clusters.
SELECTION_OPTIONS = (
    "project_id",
    "project_name",
    "enterprise_project_id",
    "scopes",
    "all_projects",
    "accounts",
    "include_projects",
    "exclude_projects",
)

# The argument by which an action plugin names the file to which a module appends its progress.
PROGRESS_FILE = "_ansible_hss_progress_file"

SHARED_OPTIONS: Dict[str, Dict[str, Any]] = {**CONNECTION_OPTIONS, **CREDENTIAL_OPTIONS}
