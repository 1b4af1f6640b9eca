# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the variables of the role cluster_scan_gate, and turn them into arguments of the modules that it runs. Pure."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional

from ..module_utils._argspec import SCOPE_OPTIONS, SELECTION_OPTIONS, SHARED_OPTIONS

PREFIX = "cluster_scan_gate_"
# A name with this prefix may belong to somebody else, so it is rejected only if the rest is nearly that of a variable.
SHORT_PREFIX = "cluster_scan_"
SIMILAR, NEARLY_EQUAL = 0.6, 0.9
# Set by the role itself.
OWN = ("result",)

LIMITS = ("max_unscanned", "min_clusters", "max_risky", "max_app_vulnerable", "max_stale", "max_unprotected")
# Options of hss_cluster_gate only. A test compares them with the module, whose import would cost each task too much.
GATE_OPTIONS = (
    *LIMITS,
    "max_scan_age",
    "max_inventory_age",
    "cce_check",
    "required_projects",
    "exceptions",
    "report_dir",
    "report_formats",
)
# Maximum values in seconds, those of hss_cluster_scan; the minimum is 1.
SCAN_TIMES = {"scan_timeout": 604800, "scan_poll_interval": 3600}
SWITCHES = ("fail_on_violation", "sync", "scan")
# What ansible-core takes for true or false, as text.
BOOLEANS = {"y", "yes", "on", "1", "1.0", "true", "t", "n", "no", "off", "0", "0.0", "false", "f"}
# Options that the role's tasks evaluate or set themselves.
CONTROLS = (*SWITCHES, "on_scope_error", *SCAN_TIMES)
KNOWN = list(dict.fromkeys((*SHARED_OPTIONS, *SCOPE_OPTIONS, *GATE_OPTIONS, *CONTROLS)))

# The value of `omit` while the variables are evaluated, so that an omitted value inside a list or a scope is found.
OMITTED = "__omit_place_holder__"
GATE = "hss_cluster_gate"

_LIMIT = re.compile(r"[0-9]{1,9}", re.ASCII)


def mistyped_variables(names: Iterable[Any]) -> Optional[str]:
    """Return a message about variables that look like those of the role but are not, or None."""
    given = {str(name) for name in names if str(name).startswith(SHORT_PREFIX)}
    found = []
    for name in sorted(given):
        if name.startswith(PREFIX):
            rest = name[len(PREFIX) :]
            if rest not in KNOWN and rest not in OWN:
                found.append(f"{name}{_suggestion(get_close_matches(rest, KNOWN, 1, SIMILAR))}")
        else:
            close = get_close_matches(name[len(SHORT_PREFIX) :], KNOWN, 1, NEARLY_EQUAL)
            # A play may use such a variable for the value of one that it does set.
            if close and PREFIX + close[0] not in given:
                found.append(f"{name}{_suggestion(close)}")
    return f"Not a variable of this gate: {', '.join(found)}." if found else None


def _suggestion(close: List[str]) -> str:
    return f" (did you mean {PREFIX}{close[0]}?)" if close else ""


def role_options(variables: Mapping[str, Any], template: Callable[[Any], Any]) -> Dict[str, Any]:
    """Return the role's variables that are set, evaluated by `template`, under the names of options."""
    return {name: template(variables[PREFIX + name]) for name in KNOWN if PREFIX + name in variables}


def invalid_variables(options: Mapping[str, Any]) -> Optional[str]:
    """Return a message about values with which the gate could judge less or something else than intended, or None.

    The types of other options are checked by the modules.
    """
    # A list of exceptions may be empty.
    empty = [name for name, value in options.items() if _lacks_value(value) and (name, value) != ("exceptions", [])]
    limits = [name for name in LIMITS if name in options and not _LIMIT.fullmatch(str(options[name]))]
    times = [name for name, maximum in SCAN_TIMES.items() if name in options and not _is_within(options[name], maximum)]
    switches = [
        name
        for name in SWITCHES
        if name in options and name not in empty and str(options[name]).strip().lower() not in BOOLEANS
    ]
    choices = SCOPE_OPTIONS["on_scope_error"]["choices"]
    problems = []
    if empty:
        problems.append(f"Empty, blank, or default(omit): {_listed(empty)}. Give a value, or leave it out.")
    if limits:
        problems.append(f"Must be a whole number from 0 to 999999999: {_listed(limits)}.")
    if switches:
        problems.append(f"Must be true or false: {_listed(switches)}.")
    if "on_scope_error" not in empty and options.get("on_scope_error", choices[0]) not in choices:
        problems.append(f"Must be {' or '.join(choices)}: {PREFIX}on_scope_error.")
    if times:
        problems.append(f"Must be seconds, 1 to 604800 and 1 to 3600: {_listed(times)}.")
    return " ".join(problems) or None


def _lacks_value(value: Any) -> bool:
    """Return whether a value, or one that it contains, is empty, blank, null or omitted."""
    if isinstance(value, str):
        return not value.strip() or OMITTED in value
    if isinstance(value, Mapping):
        return any(map(_lacks_value, value.values()))
    if isinstance(value, (list, tuple)):
        return not value or any(map(_lacks_value, value))
    return value is None


def _is_within(value: Any, maximum: int) -> bool:
    text = str(value).strip()
    return bool(_LIMIT.fullmatch(text)) and 1 <= int(text) <= maximum


def _listed(names: Iterable[str]) -> str:
    return ", ".join(PREFIX + name for name in names)


def module_arguments(module: str, options: Mapping[str, Any], args: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the arguments of a task of the role: its own, and those options of the role that the module has."""
    names = [*SHARED_OPTIONS, *SCOPE_OPTIONS, *(GATE_OPTIONS if module == GATE else ())]
    excluded = {"on_scope_error"}
    if module != GATE:
        # The deadline of a verdict would end the wait for a scan, or for the inventory.
        excluded.add("deadline")
        # A task that names its projects itself gets no other selection.
        if "scopes" in args or "project_id" in args:
            excluded.update(SELECTION_OPTIONS)
    return {**{name: options[name] for name in names if name in options and name not in excluded}, **args}
