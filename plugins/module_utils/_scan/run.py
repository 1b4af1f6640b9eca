# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a scan: plan, start, wait, and judge the outcome."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .._api.client import Client
from .._api.clusters import name_of
from .._api.iam import task_scope
from .._api.pagination import Row
from .._api.scan_tasks import find_tasks
from .._api.scopes import Scope
from .._errors import ConfigurationError, ScanError
from .outcome import describe_outcome, outcomes, unknown_outcome
from .plan import (
    LOOKUP_INTERVAL,
    MAX_LOOKUPS,
    Coverage,
    ScanPlan,
    plan_scans,
    select_clusters,
    settle_plan,
)
from .request import ScanRequest, read_scan_request
from .start import find_concurrent_scans, start_scan
from .waiter import Names, TaskWaiter, sum_of, wait_for_all


def scan(client: Client, params: Mapping[str, Any]) -> Row:
    """Start the scans that are not running yet, wait for all, and return the module's result.

    In check mode nothing is started and nothing is waited for. Raises ScanError if a cluster was not scanned successfully.
    """
    request = read_scan_request(params)
    scope = task_scope(client)
    if request.task_ids:
        _require_tasks(client, scope, request.task_ids)
        return _wait_and_judge(client, TaskWaiter(client, scope, request.task_ids), request, False)
    names = {str(row["cluster_id"]): name_of(row) for row in select_clusters(client, scope, request)}
    if not names:
        return TaskWaiter(client, scope, []).result(False, [])
    needed = {cluster_id: set(request.scan_types) for cluster_id in names}
    if client.check_mode:
        plan = plan_scans(client, scope, needed)
        waiter = TaskWaiter(client, scope, plan.joined, plan.unclear)
        waiter.poll()
        starting = {cluster_id for batch in plan.to_start for cluster_id in batch.cluster_ids}
        clusters = [unknown_outcome(cluster_id, names[cluster_id]) for cluster_id in names if cluster_id in starting]
        planned = [batch._asdict() for batch in plan.to_start]
        return {**waiter.result(bool(planned), clusters), "planned_tasks": planned}
    # Even without `wait`, a task that does not say yet what it scans is queried a few times.
    remaining_timeout, interval = (
        (request.timeout, request.interval) if request.wait else ((MAX_LOOKUPS - 1) * LOOKUP_INTERVAL, LOOKUP_INTERVAL)
    )
    plan, remaining = settle_plan(client, scope, needed, remaining_timeout, interval)
    waiter = TaskWaiter(client, scope, plan.joined, plan.unclear)
    changed = _start(client, scope, waiter, plan, needed)
    return _wait_and_judge(client, waiter, request._replace(remaining_timeout=remaining), changed, names, needed)


def _start(client: Client, scope: Scope, waiter: TaskWaiter, plan: ScanPlan, needed: Coverage) -> bool:
    """Start the batches of the plan; return whether a scan was started. Errors name the scans that were started before."""
    started: List[str] = []
    with waiter.naming(lambda: bool(started), "Whether another scan was started is not known."):
        for batch in plan.to_start:
            task_id = start_scan(client, scope, batch, plan.known_tasks.union(started))
            # If HSS returns the ID of an existing task, nothing was started.
            if task_id not in plan.known_tasks:
                started.append(task_id)
            waiter.add(task_id)
        if started:
            waiter.concurrent = find_concurrent_scans(client, scope, started, needed, plan.known_tasks)
    return bool(started)


def _wait_and_judge(
    client: Client,
    waiter: TaskWaiter,
    request: ScanRequest,
    changed: bool,
    names: Optional[Names] = None,
    needed: Optional[Coverage] = None,
) -> Row:
    """Wait if `request.wait` is set, then return the result or raise ScanError.

    `names`: the clusters to judge; None for all clusters of the tasks.
    """
    waits = request.wait and not client.check_mode
    with waiter.naming(lambda: changed):
        finished = (
            waits and wait_for_all(client, [waiter], request.remaining_timeout, request.interval)
        ) or waiter.poll_tolerantly(include_clusters=True)
        # Missing coverage is known only when all tasks have finished.
        clusters = outcomes(waiter, names, needed if needed and finished else {})
        result = waiter.result(changed, clusters)
        problem = _problem_of(waiter, request, result, finished, waits, names is None)
    if problem is not None:
        raise problem
    return result


def _problem_of(
    waiter: TaskWaiter, request: ScanRequest, result: Row, finished: bool, waits: bool, all_clusters: bool
) -> Optional[ScanError]:
    """Return the error of a scan that is not complete or failed, or None. `all_clusters`: no clusters were selected."""
    if not finished and waits:
        return ScanError(
            f"Waited for {waiter.label}, which has not finished within {request.timeout} seconds.{waiter.doubt}{waiter.last_error}",
            hint="The scan goes on: wait for it with task_ids, or look with hss_scan_task_info.",
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
    unlisted = sum_of(waiter.tasks, "failed_cluster_num") if all_clusters and finished else 0
    if unlisted:
        return ScanError(
            f"HSS counts {unlisted} clusters whose scan failed in {waiter.label}, and lists none of them.",
            hint="Set enterprise_project_id to all_granted_eps, if they are in another enterprise project.",
            service="HSS",
            data=result,
        )
    return None


def _require_tasks(client: Client, scope: Scope, task_ids: List[str]) -> None:
    """Raise ConfigurationError if HSS does not know one of the tasks."""
    found = find_tasks(client, scope, task_ids)
    unknown = [task_id for task_id in task_ids if task_id not in found]
    if unknown:
        raise ConfigurationError(
            f"HSS knows no scan task {', '.join(unknown)}.",
            hint="Check task_ids, region, project and enterprise_project_id.",
            service="HSS",
        )
