# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Select projects by shell-style patterns of their names. Pure; nothing is sent."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, List, Mapping, Optional, Sequence, Tuple

from .._errors import ConfigurationError
from .scopes import Record, Scope, scope_of

OPTIONS = ("include_projects", "exclude_projects")
# Maximum number of names in a message, and of characters in each.
MAX_LISTED = 10
MAX_NAME = 64


def check_selection(params: Mapping[str, Any]) -> None:
    """Check the options that select projects, before anything is sent. Raises ConfigurationError."""
    for name in OPTIONS:
        if params.get(name) is not None and not params.get("all_projects"):
            raise ConfigurationError(f"Option {name} selects from the projects of all_projects, which is not set.")
    for name in ("include_projects", "required_projects"):
        if params.get(name) == []:
            raise ConfigurationError(f"Option {name} is an empty list: give at least one pattern, or leave it out.")


def select_projects(
    params: Mapping[str, Any], scopes: Sequence[Scope], skipped: Sequence[Record], invalid: Sequence[Record]
) -> Tuple[List[Scope], List[Record], List[Record]]:
    """Apply include_projects and exclude_projects; return the scopes, skipped records and invalid records.

    Projects that are left out are added to the skipped records.
    """
    include, exclude = params.get("include_projects"), params.get("exclude_projects")

    def reason(name: Optional[str]) -> Optional[str]:
        if include is not None and not any(fnmatchcase(name or "", pattern) for pattern in include):
            return "not in include_projects"
        if exclude is not None and any(fnmatchcase(name or "", pattern) for pattern in exclude):
            return "in exclude_projects"
        return None

    left_out = [
        {**scope.record(), "reason": reason(scope.project_name)}
        for scope in (*scopes, *map(scope_of, invalid))
        if reason(scope.project_name)
    ]
    return (
        [scope for scope in scopes if not reason(scope.project_name)],
        [*skipped, *left_out],
        [record for record in invalid if not reason(record["project_name"])],
    )


def check_included(params: Mapping[str, Any], names: Sequence[str]) -> None:
    """Raise ConfigurationError if a pattern of include_projects matches none of the projects that could be queried."""
    unmatched = [pattern for pattern in params.get("include_projects") or [] if not _matches_any(pattern, names)]
    if unmatched:
        raise ConfigurationError(
            f"Option include_projects matches no project that can be queried: {listed_names(unmatched)}.",
            hint="Check the spelling, and that the credential has access to the project. "
            f"Seen: {listed_names(sorted(set(names))) or 'no project'}.",
        )


def missing_projects(patterns: Sequence[str], scopes: Sequence[Mapping[str, Any]]) -> List[str]:
    """Return the patterns that match the project name of none of these scopes."""
    names = [scope["project_name"] or "" for scope in scopes]
    return [pattern for pattern in patterns if not _matches_any(pattern, names)]


def listed_names(names: Sequence[str]) -> str:
    """Return the names for a message: escaped, since any user who creates projects can choose them, and of limited length."""
    from .._formatting import escape_unprintable

    listed = [name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…" for name in names[:MAX_LISTED]]
    more = len(names) - len(listed)
    return escape_unprintable(", ".join(listed) + (f" and {more} more" if more else ""))


def _matches_any(pattern: str, names: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)
