# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the clusters of CCE with those that HSS knows. Pure.

It is not documented that the cluster_id of HSS is the metadata.uid of CCE. Both have the same form, and the tests of the vendor's
Terraform provider use IDs of CCE in HSS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from .._api.scopes import Record, Scope, scope_keys, scope_label, scope_of
from .._api.statistics import COUNTS
from .._settings import ALL_GRANTED
from .findings import Finding, ScopeData, offender_of
from .specs import MAXIMUM, RuleSpec
from .wording import MAX_NAME, UNKNOWN_TO_HSS, cut

if TYPE_CHECKING:
    from .._api.cce import CceCluster

NAME = "unknown_to_hss"
COMPLETE, PARTIAL, NONE, FAILED = "complete", "partial", "none", "failed"
# HSS may not know a cluster yet that is being created, or no longer know one that is being deleted.
TRANSIENT_PHASES = {"Creating": "created", "Deleting": "deleted"}
_KIND = MAXIMUM._replace(found="{figure} clusters")
_NO_HSS = "HSS is not offered in this region"
_NOT_SYNCHRONISED = "not synchronised yet, or not connected"
_NOT_VISIBLE = ", or its enterprise project is not visible to this credential"


class ScopeCheck(NamedTuple):
    """The clusters that CCE lists in the project of a scope, by ID, or None with a reason.

    `failed`: the clusters had to be known, so the rule is unknown. Otherwise the scope is not cross-checked.
    """

    clusters: Optional[Mapping[str, CceCluster]]
    reason: Optional[str] = None
    failed: bool = False

    @property
    def state(self) -> str:
        """Return the state of the scope in verdict.cross_check."""
        if self.clusters is not None:
            return COMPLETE
        return FAILED if self.failed else NONE


def phases_of(check: Optional[ScopeCheck]) -> Dict[str, Optional[str]]:
    """Return the phase of each cluster that CCE lists."""
    return {uid: cluster.phase for uid, cluster in (check.clusters or {}).items()} if check is not None else {}


def compare(
    answers: Sequence[ScopeData], skipped: Sequence[Mapping[str, Any]], checks: Mapping[Scope, ScopeCheck]
) -> Tuple[List[ScopeData], RuleSpec]:
    """Return the scopes that the rule unknown_to_hss judges, and the rule.

    These are the scopes that were cross-checked or had to be, including those that were skipped since their region has no HSS.
    """
    without_hss = [
        ScopeData({**record, "statistics": dict.fromkeys(COUNTS, 0)}, [])
        for record in skipped
        if scope_of(record) in checks
    ]
    compared = [
        answer for answer in [*answers, *without_hss] if checks[scope_of(answer.scope)].state in (COMPLETE, FAILED)
    ]
    places_without_hss = {scope_of(answer.scope) for answer in without_hss}
    known: Dict[Tuple[Any, ...], Set[str]] = {}
    for answer in answers:
        known.setdefault(_project(answer), set()).update(row["cluster_id"] for row in answer.clusters)
    findings = {}
    for answer in compared:
        scope = scope_of(answer.scope)
        obstacle = _NO_HSS if scope in places_without_hss else ""
        findings[scope] = _find(answer, checks[scope], known.setdefault(_project(answer), set()), obstacle)
    words = "of CCE are not known to HSS"
    return compared, RuleSpec(NAME, _KIND, 0, words, lambda answer: findings[scope_of(answer.scope)])


def _find(answer: ScopeData, check: ScopeCheck, known: Set[str], obstacle: str) -> Finding:
    """Find the clusters of one scope that are not in `known`, and add them to it, so that no other scope of the project counts them."""
    if check.clusters is None:
        return Finding(0, [], [], exact=False)
    offenders, notes = [], []
    enterprise_project = answer.scope["enterprise_project_id"]
    for uid, cluster in sorted(check.clusters.items(), key=lambda item: (item[1].name or "", item[0])):
        if uid in known or enterprise_project not in (ALL_GRANTED, cluster.enterprise_project_id or enterprise_project):
            continue
        known.add(uid)
        if cluster.phase in TRANSIENT_PHASES:
            notes.append(
                f"{scope_label(answer.scope)}: cluster {cut(cluster.name or uid, MAX_NAME)} is being {TRANSIENT_PHASES[cluster.phase]} "
                f"in CCE (phase {cluster.phase}), and HSS does not know it. It is not counted."
            )
            continue
        reason = obstacle or f"{_NOT_SYNCHRONISED}{_NOT_VISIBLE if enterprise_project == ALL_GRANTED else ''}"
        row = {"cluster_id": uid, "cluster_name": cluster.name, "last_scan": None}
        offenders.append(offender_of(answer, row, f"{UNKNOWN_TO_HSS}: {reason}"))
    return Finding(len(offenders), offenders, notes)


def _project(answer: ScopeData) -> Tuple[Any, ...]:
    return answer.scope.get("account"), answer.scope["region"], answer.scope["project_id"]


def cross_check_record(mode: str, result: Mapping[str, Any], checks: Mapping[Scope, ScopeCheck]) -> Record:
    """Return verdict.cross_check: its state, the reason if it is not complete, and the state of each scope."""
    if mode == "off":
        return {"state": NONE, "reason": "cce_check is off", "scopes": []}
    unread = ScopeCheck(None, "this scope could not be read, see failed_scopes")
    judged = [(record, checks[scope_of(record)]) for record in result["scopes"]]
    judged += [(record, unread) for record in result["failed_scopes"]]
    judged += [(record, checks[scope_of(record)]) for record in result["skipped_scopes"] if scope_of(record) in checks]
    scopes = [
        {
            **scope_keys(record),
            "state": check.state,
            "clusters": None if check.clusters is None else len(check.clusters),
            "reason": check.reason,
        }
        for record, check in judged
    ]
    states = {scope["state"] for scope in scopes}
    state = COMPLETE if states == {COMPLETE} else PARTIAL if COMPLETE in states else NONE
    return {"state": state, "reason": next((s["reason"] for s in scopes if s["reason"]), None), "scopes": scopes}


def cross_check_caveats(cross_check: Optional[Mapping[str, Any]]) -> List[str]:
    """Return what the headline says about scopes that were not cross-checked."""
    if cross_check is None or cross_check["state"] == COMPLETE:
        return []
    scopes = cross_check["scopes"]
    failed = sum(scope["state"] == FAILED for scope in scopes)
    missing = sum(scope["state"] == NONE for scope in scopes)
    words = []
    if failed:
        words.append(
            f"the cross-check with CCE failed in {failed} of {len(scopes)} projects (cce_check=off judges without it)"
        )
    if missing or not scopes:
        place = f" in {missing} of {len(scopes)} projects" if len(scopes) > 1 else ""
        words.append(f"not cross-checked with CCE{place}")
    return words
