# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan scans: which clusters are selected, what running tasks cover, and what is left to start.

The unit of planning is a pair of a cluster and a scan type: a pair that a running task covers is not started again.
"""

from __future__ import annotations

from typing import Collection, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from .._api.client import Client
from .._api.clusters import STALE, UNSCANNED, list_clusters, name_of, scan_state
from .._api.pagination import Row
from .._api.scan_tasks import (
    MAX_CLUSTERS,
    SCAN_TYPES,
    cluster_count,
    declared_types,
    has_ended,
    list_task_clusters,
    list_tasks,
    scan_details,
)
from .._api.scopes import Scope
from .._errors import ConfigurationError, ConnectionFailedError, HssError, RefusedError
from .request import ScanRequest

# Seconds (with jitter down to half) between the two reads before a start, since a task of another client can be listed late.
CONFIRMATION_DELAY = 2.0

# Scan types by the ID of a cluster.
Coverage = Dict[str, Set[str]]


class Batch(NamedTuple):
    """The clusters and scan types of one request to start a scan."""

    cluster_ids: List[str]
    scan_types: List[str]


class ScanPlan(NamedTuple):
    """Running tasks to join, and batches to start.

    `unclear` has the IDs of running tasks that may cover a needed pair but do not say so; while there is one, `rest` is empty.
    `known` has the IDs of all tasks, including ended ones.
    """

    joined: List[str]
    unclear: List[str]
    to_start: List[Batch]
    known_tasks: Set[str]


class TaskCoverage(NamedTuple):
    """The coverage of a task. `certain`: it is complete; `all_listed`: it has all clusters of the task."""

    coverage: Coverage
    certain: bool
    all_listed: bool

    def could_scan(self, needed: Coverage) -> bool:
        """Return whether the task scans, or may scan, one of the needed pairs."""
        if self.certain:
            return any(types & self.coverage.get(cluster_id, set()) for cluster_id, types in needed.items())
        return any(
            types and (not self.all_listed or cluster_id in self.coverage) for cluster_id, types in needed.items()
        )


def plan_scans(client: Client, scope: Scope, needed: Coverage, seen: Collection[str] = ()) -> ScanPlan:
    """Match running tasks against the needed scans; return the tasks to join and the batches to start.

    Tasks in `seen` were running at an earlier read and count even if they have ended since.
    """
    tasks = list_tasks(client, scope)
    remaining = {cluster_id: set(types) for cluster_id, types in needed.items()}
    joined: List[str] = []
    doubtful: List[Tuple[str, TaskCoverage]] = []
    for task in tasks:
        task_id = str(task["task_id"])
        if not any(remaining.values()):
            break
        if has_ended(task) and task_id not in seen:
            continue
        scanned = task_coverage(client, scope, task)
        if not scanned.certain:
            doubtful.append((task_id, scanned))
        elif scanned.could_scan(remaining):
            joined.append(task_id)
            remaining = {
                cluster_id: types - scanned.coverage.get(cluster_id, set()) for cluster_id, types in remaining.items()
            }
    unclear = [task_id for task_id, scanned in doubtful if scanned.could_scan(remaining)]
    return ScanPlan(
        joined, unclear, [] if unclear else make_batches(remaining), {str(task["task_id"]) for task in tasks}
    )


def settle_plan(
    client: Client,
    scope: Scope,
    needed: Coverage,
    timeout: float,
    interval: float,
    first: Optional[ScanPlan] = None,
) -> Tuple[ScanPlan, float]:
    """Plan until no running task is unclear or `timeout` seconds have passed; return the plan and the seconds left.

    A plan with batches to start is made twice, with a pause between. `first`: a plan that was just made.
    """
    remaining = timeout
    seen: Set[str] = set()
    plan = first or plan_scans(client, scope, needed)
    confirmed = False
    while (plan.to_start and not confirmed) or (plan.unclear and remaining > 0):
        confirmed = bool(plan.to_start)
        seen.update(plan.joined, plan.unclear)
        pause = CONFIRMATION_DELAY * client.clock.jitter() if confirmed else min(interval, remaining)
        remaining -= 0 if confirmed else pause
        client.cancel_token.wait(pause)
        client.require_controller()
        try:
            plan = plan_scans(client, scope, needed, seen)
        except HssError as error:
            # A transient error is tolerated while waiting, but not in the confirming read, on which the start depends.
            if confirmed or client.cancel_token.is_cancelled() or not is_transient(error):
                raise
    return plan, max(remaining, 0.0)


def coverage_of(task: Row, rows: Iterable[Row], default: Iterable[str] = ()) -> Coverage:
    """Return the coverage of a task.

    `default`: the scan types of a cluster if neither its record nor that of the task names any.
    """
    types = declared_types(task) or set(default)
    return {
        str(row["cluster_id"]): {str(detail.get("scan_type")) for detail in scan_details(row)} or set(types)
        for row in rows
    }


def make_batches(missing: Coverage) -> List[Batch]:
    """Group the clusters by the scan types that they lack, at most MAX_CLUSTERS in a batch."""
    grouped: Dict[Sequence[str], List[str]] = {}
    for cluster_id, types in missing.items():
        if types:
            grouped.setdefault(tuple(name for name in SCAN_TYPES if name in types), []).append(cluster_id)
    return [
        Batch(cluster_ids[first : first + MAX_CLUSTERS], list(types))
        for types, cluster_ids in grouped.items()
        for first in range(0, len(cluster_ids), MAX_CLUSTERS)
    ]


def is_transient(error: HssError) -> bool:
    """Return whether the same request may succeed later."""
    if isinstance(error, ConnectionFailedError):
        return True
    status = error.status_code or 0
    if not isinstance(error, RefusedError):
        return False
    from .._http.error_body import is_throttled

    return status >= 500 or is_throttled(status, error.error_code)


def task_coverage(client: Client, scope: Scope, task: Row) -> TaskCoverage:
    """Read the clusters of a task, and return what it scans."""
    rows = list_task_clusters(client, scope, str(task["task_id"]))
    if has_ended(task):
        return TaskCoverage(coverage_of(task, rows, SCAN_TYPES), True, True)
    types = declared_types(task)
    coverage = {
        str(row["cluster_id"]): types | {str(detail.get("scan_type")) for detail in scan_details(row)} for row in rows
    }
    expected = sum(cluster_count(task, f"{name}_cluster_num") for name in ("scanning", "success", "failed"))
    all_listed = bool(rows) and len(rows) >= expected
    return TaskCoverage(coverage, bool(types) and all_listed, all_listed)


def select_clusters(client: Client, scope: Scope, request: ScanRequest) -> List[Row]:
    """Return the clusters of the scope that the request selects."""
    rows = list_clusters(client, scope, agent_info=True)
    if request.targets == "all":
        return rows
    if request.cluster_ids or request.cluster_names:
        rows = [
            row for row in rows if row["cluster_id"] in request.cluster_ids or name_of(row) in request.cluster_names
        ]
    if request.targets == "listed":
        return rows
    # By the later of two clocks, since a host whose clock is behind would take an old scan for a recent one.
    now = client.now()
    wanted = (UNSCANNED,) if request.targets == UNSCANNED else (UNSCANNED, STALE)
    return [row for row in rows if scan_state(row, now, request.max_age) in wanted]


def unknown_clusters(rows: Sequence[Row], request: ScanRequest) -> List[str]:
    """Return the listed IDs and names of which none of the selected clusters has one."""
    unknown = sorted(set(request.cluster_ids) - {row["cluster_id"] for row in rows})
    return unknown + sorted(set(request.cluster_names) - {name_of(row) for row in rows})


def require_clusters(rows: Sequence[Row], request: ScanRequest) -> None:
    """Raise ConfigurationError for listed clusters that are not among the selected ones."""
    unknown = unknown_clusters(rows, request) if request.targets == "listed" else []
    if unknown:
        raise ConfigurationError(
            f"HSS knows no cluster {', '.join(unknown)}. Nothing was started.",
            hint="Check cluster_ids, cluster_names, and enterprise_project_id: without it only the default enterprise project is seen.",
            service="HSS",
        )
