# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare a run with the last one that passed or failed. Pure. The earlier report is untrusted input."""

from __future__ import annotations

import datetime
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple

from ..._api.scopes import SCOPE_KEYS, Record

ScopeKey = Tuple[Optional[str], ...]
ClusterKey = Tuple[ScopeKey, Optional[str]]

TIMESTAMP = "%Y-%m-%dT%H:%M:%SZ"
# Rules with an age: results for different ages cannot be compared.
AGES = ("max_scan_age", "max_inventory_age")
# Without the project's name, which can change and may be unknown in one of the runs.
_IDENTITY = ("account", "region", "project_id", "enterprise_project_id")


def compare(previous: Mapping[str, Any], result: Mapping[str, Any], options: Mapping[str, Any]) -> Record:
    """Return what has changed since an earlier report: `since`, `new`, `resolved`, `scopes_gone`, `emptied`.

    Only what both runs know is compared: rules that were known both times, in scopes that answered both times. `listed` of an entry:
    whether the cluster is in the list now. Raises KeyError, TypeError, ValueError or AttributeError if the earlier report is malformed.
    """
    before, now = _answered(previous), _answered(result)
    both = set(before) & set(now)
    listed = {_cluster(row) for row in result["clusters"]}
    earlier = {rule["name"]: rule for rule in previous["verdict"]["rules"]}
    new: List[Record] = []
    resolved: List[Record] = []
    for rule in result["verdict"]["rules"]:
        old = earlier.get(rule["name"])
        if (
            old is None
            or "unknown" in (old["status"], rule["status"])
            or _has_other_age(rule["name"], previous, options)
        ):
            continue
        offended = {key: row for key, row in _rows(old, "offenders").items() if key[0] in both}
        offends, excepted = _rows(rule, "offenders"), _rows(rule, "excepted")
        new += [_entry(rule, row, listed) for key, row in offends.items() if key[0] in both and key not in offended]
        gone = [row for key, row in offended.items() if key not in offends and key not in excepted]
        resolved += [_entry(rule, row, listed) for row in gone]
    return {
        "since": str(datetime.datetime.strptime(previous["collected_at"], TIMESTAMP).strftime(TIMESTAMP)),
        "new": new,
        "resolved": resolved,
        "scopes_gone": [_scope_record(scope) for key, scope in before.items() if _is_gone(key, now, result)],
        "emptied": [_scope_record(now[key]) for key in now if key in both and _was_emptied(before[key], now[key])],
    }


def summarize_changes(changes: Mapping[str, Any]) -> str:
    """Return one line about the changes."""
    parts = [
        f"{len(changes[name])} {words}"
        for name, words in (
            ("new", "new"),
            ("resolved", "resolved"),
            ("scopes_gone", "scopes no longer judged"),
            ("emptied", "scopes without clusters now"),
        )
        if changes[name]
    ]
    return f"Changes since {changes['since']}: {', '.join(parts) or 'none'}."


def _has_other_age(name: str, previous: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    """Return whether the earlier run applied the rule with another age."""
    return name in AGES and previous["options"].get(name) != options.get(name)


def _answered(document: Mapping[str, Any]) -> Dict[ScopeKey, Mapping[str, Any]]:
    return {_scope(scope): scope for scope in document["scopes"]}


def _is_gone(key: ScopeKey, now: Mapping[ScopeKey, Any], result: Mapping[str, Any]) -> bool:
    """Return whether a scope neither answered nor failed in this run."""
    if key in now:
        return False
    # The record of a failed scope may lack the project, or the region if a whole account failed.
    return not any(
        all(part in (None, other) for part, other in zip(_scope(failed), key)) and failed["account"] == key[0]
        for failed in result["failed_scopes"]
    )


def _rows(rule: Mapping[str, Any], name: str) -> Dict[ClusterKey, Mapping[str, Any]]:
    return {_cluster(row): row for row in rule[name]}


def _cluster(row: Mapping[str, Any]) -> ClusterKey:
    return _scope(row), _text(row["cluster_id"])


def _scope(record: Mapping[str, Any]) -> ScopeKey:
    return tuple(_text(record[key]) for key in _IDENTITY)


def _scope_record(record: Mapping[str, Any]) -> Record:
    return {key: _text(record[key]) for key in SCOPE_KEYS}


def _entry(rule: Mapping[str, Any], row: Mapping[str, Any], listed: Set[ClusterKey]) -> Record:
    cluster = {key: _text(row[key]) for key in ("cluster_id", "cluster_name")}
    return {"rule": rule["name"], **cluster, **_scope_record(row), "listed": _cluster(row) in listed}


def _was_emptied(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    counts = [scope["statistics"]["all_cluster_num"] for scope in (before, now)]
    return bool(counts[0] > 0 and counts[1] == 0)


def _text(value: Any) -> Optional[str]:
    if value is not None and not isinstance(value, str):
        raise TypeError("an earlier report has a value that is not text")
    return value
