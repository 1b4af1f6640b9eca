# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find mistyped variables of the role cluster_scan_gate, since a limit with a mistyped name would not be applied. Pure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, List, Mapping, Optional

PREFIX = "cluster_scan_gate_"
# Another prefix is not ours, so that a name with it counts only if the rest is nearly that of a variable.
SHORT_PREFIX = "cluster_scan_"
SIMILAR, NEARLY_EQUAL = 0.6, 0.9
# What the role itself sets.
OWN = ("result",)
# The variables of the role that list its options, without the prefix.
LISTS = ("connection", "gate", "role")


def mistyped_variables(variables: Mapping[str, Any]) -> Optional[str]:
    """Return a message about the variables that are none of the role but look like some, or None."""
    known = [str(name) for part in LISTS for name in variables.get(f"__cluster_scan_gate_{part}_options", [])]
    if not known:
        return None
    given = {str(name) for name in variables if str(name).startswith(SHORT_PREFIX)}
    found = []
    for name in sorted(given):
        if name.startswith(PREFIX):
            rest = name[len(PREFIX) :]
            if rest not in known and rest not in OWN:
                found.append(f"{name}{_suggestion(get_close_matches(rest, known, 1, SIMILAR))}")
        else:
            close = get_close_matches(name[len(SHORT_PREFIX) :], known, 1, NEARLY_EQUAL)
            # A play may well keep the value of a variable that it does set in one of its own.
            if close and PREFIX + close[0] not in given:
                found.append(f"{name}{_suggestion(close)}")
    return f"Not a variable of this gate: {', '.join(found)}." if found else None


def _suggestion(close: List[str]) -> str:
    return f" (did you mean {PREFIX}{close[0]}?)" if close else ""
