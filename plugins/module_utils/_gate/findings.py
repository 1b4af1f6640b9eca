# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evaluate one rule in one scope: compare the counts with the list of clusters. Pure."""

from __future__ import annotations

import datetime
from typing import Any, Callable, List, Mapping, NamedTuple, Optional, Tuple

from .._api.clusters import CLOCK_TOLERANCE, agent_numbers, is_in_future, moment_of, scan_state, why_unscannable
from .._api.pagination import Row
from .._api.scopes import Record, scope_keys, scope_label
from .._http.json_body import is_count
from .wording import cluster_name

RISKS = ("risk_assess_num", "sec_comp_num")
APP_VULNERABILITIES = ("app_vul_num",)
# How the reasons of offenders begin, and how they continue for a cluster that cannot be scanned.
NEVER_SCANNED, TOO_LONG_AGO, IN_FUTURE = "never scanned", "last scan too long ago", "last scan in the future"
UNSCANNABLE = ", and cannot be scanned: "


class Finding(NamedTuple):
    """The result of one rule in one scope.

    `figure`: what is known for certain, the worse of count and list. `offenders`: the clusters behind it, as far as the list names
    them. `exact`: whether the figure is complete; otherwise there may be more.
    """

    figure: int
    offenders: List[Record]
    notes: List[str]
    exact: bool = True


class ScopeData(NamedTuple):
    """A scope's record with its statistics, and its clusters, sorted by the caller since the API promises no order.

    `phases`: the phase of each cluster that CCE lists, by ID.
    """

    scope: Mapping[str, Any]
    clusters: List[Row]
    phases: Mapping[str, Optional[str]] = {}

    @property
    def total(self) -> int:
        """Return the number of clusters by the count or by the list, whichever is higher."""
        return max(self.count("all_cluster_num"), len(self.clusters))

    def count(self, name: str) -> int:
        """Return one of the four counts of the scope."""
        number: int = self.scope["statistics"][name]
        return number


Evaluate = Callable[[ScopeData], Finding]


def find_clusters(answer: ScopeData) -> Finding:
    """Return the number of clusters: the lower of count and list, since the rule is a minimum."""
    counted, listed = answer.count("all_cluster_num"), len(answer.clusters)
    worse = min(counted, listed)
    return Finding(worse, [], _disagreement_note(answer, "clusters", counted, listed, worse))


def find_unscanned(now: datetime.datetime) -> Evaluate:
    """Return the rule for clusters that were never scanned: the higher of count and list."""

    def evaluate(answer: ScopeData) -> Finding:
        rows = [row for row in answer.clusters if row["last_scan"] is None]
        offenders = [offender_of(answer, row, _why(NEVER_SCANNED, answer, row, now)) for row in rows]
        counted, listed = answer.count("unscan_cluster_num"), len(offenders)
        worse = max(counted, listed)
        return Finding(worse, offenders, _disagreement_note(answer, "clusters never scanned", counted, listed, worse))

    return evaluate


def _why(reason: str, answer: ScopeData, row: Row, now: datetime.datetime) -> str:
    """Return the reason and, if a scan cannot succeed, why."""
    obstacle = why_unscannable(row, now, answer.phases.get(row["cluster_id"]))
    return f"{reason}{UNSCANNABLE}{obstacle}" if obstacle else reason


def find_outdated(max_age: int, now: datetime.datetime) -> Evaluate:
    """Return the rule for clusters without a scan in the last `max_age` seconds."""

    def evaluate(answer: ScopeData) -> Finding:
        offenders, notes, unscanned = [], [], 0
        for row in answer.clusters:
            state = scan_state(row, now, max_age)
            if state == "unscanned":
                unscanned += 1
                offenders.append(offender_of(answer, row, _why(NEVER_SCANNED, answer, row, now)))
            elif is_in_future(row, now):
                offenders.append(offender_of(answer, row, IN_FUTURE))
                notes.append(
                    f"{scope_label(answer.scope)}: the last scan of cluster {cluster_name(row)} is in the future ({row['last_scan']}), "
                    "so a clock is wrong and its age is not known."
                )
            elif state == "stale":
                offenders.append(offender_of(answer, row, _why(TOO_LONG_AGO, answer, row, now)))
        # Nothing is known about the scans of clusters that are counted but not listed.
        unlisted = max(0, answer.count("all_cluster_num") - len(answer.clusters))
        if unlisted:
            notes.append(
                f"{scope_label(answer.scope)}: {unlisted} clusters are counted and not listed; they count as not scanned for too long."
            )
        # Clusters whose last scan is known are not among those that the count takes for never scanned.
        unnamed = max(unlisted, answer.count("unscan_cluster_num") - unscanned)
        return Finding(min(len(offenders) + unnamed, answer.total), offenders, notes)

    return evaluate


def find_with_numbers(count: str, names: Tuple[str, ...], words: str) -> Evaluate:
    """Return the rule for clusters with one of the numbers `names` above 0: the higher of list and `count`."""

    def evaluate(answer: ScopeData) -> Finding:
        offenders, unknown = [], 0
        for row in answer.clusters:
            known = {name: row[name] for name in names if is_count(row.get(name))}
            if any(known.values()):
                numbers = ", ".join(f"{name} {number}" for name, number in known.items())
                offenders.append(offender_of(answer, row, numbers))
            elif len(known) < len(names):
                unknown += 1
        counted, listed = answer.count(count), len(offenders)
        worse = max(counted, listed)
        notes = []
        if unknown:
            notes.append(
                f"{scope_label(answer.scope)}: the list does not say how many {words} {unknown} clusters have; "
                f"{counted} clusters with {words} by the count, {listed} by what the list says: judged by {worse}."
            )
        else:
            notes += _disagreement_note(answer, f"clusters with {words}", counted, listed, worse)
        return Finding(worse, offenders, notes)

    return evaluate


def find_old_inventory(max_age: int, now: datetime.datetime) -> Evaluate:
    """Return the rule for scopes whose inventory was collected more than `max_age` seconds ago. The figure of a scope is 0 or 1."""

    def evaluate(answer: ScopeData) -> Finding:
        updated_at = answer.scope.get("inventory_updated_at")
        label = scope_label(answer.scope)
        if updated_at is None:
            return Finding(0, [], [f"{label}: HSS does not say when it collected its inventory."], exact=False)
        age = now - moment_of(updated_at)
        if -age > CLOCK_TOLERANCE:
            note = f"{label}: the inventory of HSS is dated in the future ({updated_at}), so a clock is wrong and its age is not known."
            return Finding(0, [], [note], exact=False)
        if age.total_seconds() <= max_age:
            return Finding(0, [], [])
        return Finding(
            1, [], [f"{label}: HSS collected its inventory at {updated_at}. Clusters created since are in no count."]
        )

    return evaluate


def find_unprotected(answer: ScopeData) -> Finding:
    """Return the clusters with a node without a working agent."""
    offenders, unknown = [], 0
    for row in answer.clusters:
        agents = agent_numbers(row)
        if agents is None:
            unknown += 1
        elif agents[1]:
            offenders.append(offender_of(answer, row, f"{agents[1]} of {sum(agents)} nodes have no working agent"))
    # Nothing is known about clusters that are counted but not listed.
    unknown += max(0, answer.count("all_cluster_num") - len(answer.clusters))
    notes = []
    if unknown:
        notes.append(
            f"{scope_label(answer.scope)}: the list does not say how many nodes of {unknown} clusters have an agent."
        )
    return Finding(len(offenders), offenders, notes, exact=not unknown)


def _disagreement_note(answer: ScopeData, words: str, counted: int, listed: int, worse: int) -> List[str]:
    """Return a note if the count and the list differ, else nothing."""
    if counted == listed:
        return []
    return [
        f"{scope_label(answer.scope)}: {counted} {words} by the count, {listed} by the list of clusters: judged by {worse}."
    ]


def cluster_keys(answer: ScopeData, row: Row) -> Record:
    """Return the keys that identify a cluster: its name and ID, and those of its scope."""
    name = row.get("cluster_name")
    return {
        "cluster_name": name if isinstance(name, str) else None,
        "cluster_id": row["cluster_id"],
        **scope_keys(answer.scope),
    }


def cluster_identity(row: Mapping[str, Any]) -> Tuple[Any, ...]:
    """Return a key for a cluster, which is the same whichever enterprise project it was listed for."""
    return row["account"], row["region"], row["project_id"], row["cluster_id"]


def offender_of(answer: ScopeData, row: Row, reason: str) -> Record:
    """Return the record of a cluster that breaks a rule."""
    return {**cluster_keys(answer, row), "last_scan": row["last_scan"], "reason": reason}
