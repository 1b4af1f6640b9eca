# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Derive the outcome of a scan for each cluster, over all of its tasks."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Set

from .._api.clusters import name_of
from .._api.pagination import Row
from .._api.scan_tasks import FINISHED, SCAN_TYPES, scan_details, scan_info, status_of
from .._errors import ScanError
from .._http.json_body import is_whole_number
from .plan import Batch, Coverage, coverage_of
from .progress import sum_of
from .request import ScanRequest
from .waiter import Names, TaskWaiter, as_text, status_text

NOT_COVERED = "no task scans it"
_ELSEWHERE = "Set enterprise_project_id to all_granted_eps, if its clusters are in another enterprise project; else see the console of HSS."


def outcomes(waiter: TaskWaiter, names: Optional[Names], needed: Coverage) -> List[Row]:
    """Return the outcome of each cluster over all tasks.

    The worst status of its tasks counts, and a cluster with a scan type that no task covers is not a success. `names`: the
    clusters to report; None for all clusters of the tasks.
    """
    found: Dict[str, List[Row]] = {}
    coverage: Coverage = {}
    for task in waiter.tasks:
        rows = waiter.clusters.get(task["task_id"], [])
        for cluster_id, types in coverage_of(task, rows, SCAN_TYPES).items():
            coverage.setdefault(cluster_id, set()).update(types)
        for row in rows:
            found.setdefault(str(row["cluster_id"]), []).append(row)
    if names is None:
        names = {cluster_id: name_of(rows[0]) for cluster_id, rows in found.items()}
    # If the clusters of the tasks could not be read, their status is unknown.
    known = bool(waiter.clusters)
    return [
        _outcome(
            cluster_id, name, found.get(cluster_id, []), needed.get(cluster_id, set()) - coverage.get(cluster_id, set())
        )
        if known
        else unknown_outcome(cluster_id, name)
        for cluster_id, name in names.items()
    ]


def _outcome(cluster_id: str, name: Any, rows: List[Row], missing: Set[str]) -> Row:
    details = [detail for row in rows for detail in scan_details(row)]
    reasons = {
        str(detail.get("scan_type")): str(detail.get("failed_reason") or "no reason given")
        for detail in details
        if _status(detail.get("status")) == "failed"
        or (detail.get("failed_reason") and _status(detail.get("status")) != "success")
    }
    statuses = {_status(row.get("scan_status")) for row in rows}
    statuses |= {_status(detail.get("status")) for detail in details} - {None}
    status: Optional[str] = next((known for known in ("failed", "scanning") if known in statuses), None)
    if status is None and statuses == {"success"} and not missing:
        status = "success"
    reasons.update({scan_type: NOT_COVERED for scan_type in SCAN_TYPES if scan_type in missing})
    return {**unknown_outcome(cluster_id, name), "scan_status": status, "reasons": reasons}


def _status(value: Any) -> Optional[str]:
    """Return a scan status in small letters, as those of tasks are read."""
    text = status_text(value)
    return None if text is None else text.lower()


def unknown_outcome(cluster_id: str, name: Any) -> Row:
    """Return the record of a cluster whose scan status is unknown."""
    return {"cluster_id": cluster_id, "cluster_name": name, "scan_status": None, "reasons": {}}


def planned_outcomes(batches: Iterable[Batch], names: Names) -> List[Row]:
    """Return the outcomes, all of them unknown, of the clusters that these batches would scan."""
    starting = {cluster_id for batch in batches for cluster_id in batch.cluster_ids}
    return [unknown_outcome(cluster_id, name) for cluster_id, name in names.items() if cluster_id in starting]


def describe_outcome(cluster: Row) -> str:
    """Return a cluster and its outcome as text for a message."""
    reasons = [f"{scan_type}: {reason}" for scan_type, reason in cluster["reasons"].items()]
    description = ", ".join(reasons) or f"the task has finished, and its scan status is {cluster['scan_status']}"
    return f"{as_text(cluster['cluster_name'] or cluster['cluster_id'])} ({as_text(description)})"


def problem_of(
    waiter: TaskWaiter, request: ScanRequest, result: Row, finished: bool, waits: bool, all_clusters: bool
) -> Optional[ScanError]:
    """Return the error of a scan that is not complete or failed, or None. `all_clusters`: no clusters were selected."""
    if not finished and waits:
        return ScanError(
            f"Waited for {waiter.label}, which has not finished{waiter.describe_end(request.timeout)}."
            f"{waiter.doubt}{waiter.last_error}",
            hint="The scan continues: wait for it with task_ids, or query it with hss_scan_task_info.",
            service="HSS",
            data=result,
        )
    clusters = result["clusters"]
    failed = [cluster for cluster in clusters if cluster["scan_status"] != "success"]
    if finished and failed:
        return ScanError(
            f"{len(failed)} of {len(clusters)} clusters were not scanned successfully in {waiter.label}: "
            f"{'; '.join(describe_outcome(cluster) for cluster in failed)}.",
            service="HSS",
            data=result,
        )
    doubt = _doubt(waiter, clusters) if all_clusters and finished else None
    return ScanError(doubt, hint=_ELSEWHERE, service="HSS", data=result) if doubt else None


def _doubt(waiter: TaskWaiter, clusters: List[Row]) -> Optional[str]:
    """Return why finished tasks that list no failed cluster may not have succeeded, as a sentence; None if they have."""
    unlisted = sum_of(waiter.tasks, "failed_cluster_num")
    if unlisted:
        return f"HSS counts {unlisted} clusters whose scan failed in {waiter.label}, and lists none of them."
    if not clusters:
        return f"HSS lists no cluster of {waiter.label}, so nothing shows that one was scanned."
    numbers = [scan_info(task).get("failed_cluster_num") for task in waiter.tasks]
    if not all(number is None or is_whole_number(number) for number in numbers):
        return f"In {waiter.label}, failed_cluster_num is not a whole number, so it is not known whether all clusters were scanned."
    others = {status_of(task) for task in waiter.tasks} - {FINISHED}
    if others:
        return f"The status of {waiter.label} is {', '.join(sorted(map(as_text, others)))} and not {FINISHED}."
    return None
