# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Count the clusters of each scope by state: scanned, stale, never scanned, excepted. Pure."""

from __future__ import annotations

from typing import Dict, List, Mapping, NamedTuple, Optional, Set, Tuple

from .._api.scopes import Record, Scope, scope_of

# A cluster: its ID, and whether it was ever scanned.
_Cluster = Tuple[str, bool]


class Figures(NamedTuple):
    """Numbers of clusters of a scope as they were judged, the worse of count and list; None if unknown.

    `scanned`, `stale`, `unscanned` and `excepted` add up to all clusters. Without a rule on the age of scans `stale` is None.
    """

    clusters: int
    scanned: Optional[int]
    stale: Optional[int]
    unscanned: Optional[int]
    excepted: Optional[int]
    risky: int
    vulnerable: int


def scope_figures(document: Record) -> Dict[Scope, Figures]:
    """Return the figures of each scope that answered."""
    rules = {rule["name"]: rule for rule in document["verdict"]["rules"]}
    parts = {name: {scope_of(part): part for part in rule["scopes"]} for name, rule in rules.items()}
    offending = _by_scope(rules, "offenders")
    excused = _by_scope(rules, "excepted")
    return {
        scope: _figures(record, {name: found[scope] for name, found in parts.items() if scope in found},
                        excused.get(scope, set()) - offending.get(scope, set()))
        for scope, record in ((scope_of(record), record) for record in document["scopes"])
    }  # fmt: skip


def _figures(scope: Record, parts: Mapping[str, Record], excepted: Set[_Cluster]) -> Figures:
    """Return the figures of a scope. `excepted`: clusters that would break a rule about scans without an exception."""
    clusters, counts = parts["max_unscanned"]["clusters"], scope["statistics"]
    risky = _judged(parts, "max_risky", counts["risk_cluster_num"])
    vulnerable = _judged(parts, "max_app_vulnerable", counts["app_vul_cluster_num"])
    never, outdated = _found(parts["max_unscanned"]), _found(parts.get("max_scan_age", parts["max_unscanned"]))
    if never is None or outdated is None:
        return Figures(clusters, None, None, None, None, risky, vulnerable)
    outdated = max(never, outdated)
    excepted_never = min(never, sum(not was_scanned for _id, was_scanned in excepted))
    excepted_stale = min(outdated - never, len(excepted) - excepted_never)
    stale = outdated - never - excepted_stale if "max_scan_age" in parts else None
    return Figures(
        clusters,
        max(0, clusters - outdated),
        stale,
        never - excepted_never,
        excepted_never + excepted_stale,
        risky,
        vulnerable,
    )


def _found(part: Record) -> Optional[int]:
    """Return how many clusters a rule has found in a scope, including excepted ones; None if unknown."""
    return None if part["figure"] is None else int(part["figure"]) + int(part["excepted"])


def _judged(parts: Mapping[str, Record], rule: str, count: int) -> int:
    """Return the figure of a rule, or the count of the API if the rule is not applied."""
    figure = parts[rule]["figure"] if rule in parts else None
    return count if figure is None else int(figure)


def _by_scope(rules: Mapping[str, Record], member: str) -> Dict[Scope, Set[_Cluster]]:
    """Return the clusters that the rules about scans list, by scope."""
    found: Dict[Scope, Set[_Cluster]] = {}
    rows: List[Record] = [
        row for name in ("max_unscanned", "max_scan_age") for row in rules.get(name, {}).get(member, [])
    ]
    for row in rows:
        found.setdefault(scope_of(row), set()).add((row["cluster_id"], row["last_scan"] is not None))
    return found
