# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuse values that are empty: a variable that was not set must not choose what is judged, or lift a limit."""

from __future__ import annotations

from typing import Any, Container, Mapping, Optional


def blank_problem(options: Mapping[str, Any], own: Container[str]) -> Optional[str]:
    """Return what is wrong with the first option that holds nothing, beginning with its name; None where there is none.

    A text of blanks or line breaks only is refused everywhere. An empty text is refused in the options named in `own` (those that
    are not shared by all modules) and inside of any list or dictionary; for a shared option it means that it is not given.
    """
    for name, value in options.items():
        if value == "" and name not in own:
            continue
        found = _blank(value, name)
        if found is not None:
            return found
    return None


def _blank(value: Any, place: str) -> Optional[str]:
    if isinstance(value, str) and not value.strip():
        held = "holds nothing but blanks" if value else "is empty"
        return f"{place} {held}: give it a value, or leave it out."
    parts: Mapping[str, Any] = {}
    if isinstance(value, Mapping):
        parts = {f"{place}.{name}": part for name, part in value.items()}
    elif isinstance(value, (list, tuple)):
        parts = {f"{place}[{number}]": part for number, part in enumerate(value)}
    return next((found for found in (_blank(part, name) for name, part in parts.items()) if found), None)
