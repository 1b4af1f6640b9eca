# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check options as they were given, before ansible-core converts them: what it would convert in silence is refused."""

from __future__ import annotations

import math
from typing import Any, Dict, Mapping, Optional, Tuple

from ._options import SHARED_OPTIONS

# Characters. ansible-core writes out a number such as 1e999999999 digit by digit.
LONGEST_NUMBER = 64


def read_given(
    options: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]
) -> Tuple[Dict[str, Any], Optional[str]]:
    """Return the options that are set, and a sentence about the first that cannot be right, or None.

    An empty string is unset for the shared options, and an error for any other: a limit that is empty is not "no limit".
    Options that cannot be right are left out of the first, so that their defaults stand in until the sentence is reported.
    """
    kept: Dict[str, Any] = {}
    problems = []
    for name, value in options.items():
        if value == "" and name in SHARED_OPTIONS:
            continue
        problem = _problem(value, spec[name].get("type", "str")) if name in spec else None
        if problem is None:
            kept[name] = value
        else:
            problems.append(f"Option {name} {problem}.")
    return kept, problems[0] if problems else None


def _problem(value: Any, kind: str) -> Optional[str]:
    if _is_blank(value):
        return "is empty or blank: give it a value, or leave it out (in a template: default(omit, true))"
    if kind in ("str", "path") and isinstance(value, (list, tuple, dict)):
        return f"must be text, not a {'dictionary' if isinstance(value, dict) else 'list'}"
    if kind in ("int", "float") and isinstance(value, bool):
        return "must be a number, not true or false"
    if kind in ("int", "float") and _is_beyond_conversion(value, kind):
        return "is out of range"
    return None


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _is_beyond_conversion(value: Any, kind: str) -> bool:
    """Whether ansible-core would end in a traceback, or not end: infinity as an integer, an integer beyond the largest float."""
    try:
        number = float(value)
    except OverflowError:
        return True
    except (TypeError, ValueError):
        # No number at all, which ansible-core says itself.
        return False
    return kind == "int" and not (math.isfinite(number) and len(str(value)) <= LONGEST_NUMBER)
