# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a scan: plan, start, wait, and judge the outcome."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from .._api.client import Client
from .._api.clusters import name_of
from .._api.iam import task_scope
from .._api.pagination import Row
from .._api.scan_tasks import find_tasks
from .._api.scopes import Scope
from .outcome import outcomes, planned_outcomes, problem_of
from .plan import Coverage, plan_scans, require_clusters, select_clusters, settle_plan
from .request import ScanRequest, read_scan_request, require_tasks
from .start import start_batches
from .unscannable import split_unscannable, with_unscannable
from .waiter import LAST_POLL, Names, TaskWaiter, poll_all, wait_for_all


def scan(client: Client, params: Mapping[str, Any]) -> Row:
    """Start the scans that are not running yet, wait for all, and return the module's result.

    In check mode nothing is started and nothing is waited for. Raises ScanError if a cluster was not scanned successfully.
    """
    request = read_scan_request(params)
    if client.queries_many_scopes:
        from .many import scan_many

        return scan_many(client, params, request)
    scope = task_scope(client)
    if request.task_ids:
        require_tasks(request.task_ids, find_tasks(client, scope, request.task_ids))
        return _wait_and_judge(client, TaskWaiter(client, scope, request.task_ids), request, False)
    selected = select_clusters(client, scope, request)
    require_clusters(selected, request)
    rows, unscannable = split_unscannable(client, selected, request)
    return with_unscannable(unscannable, len(selected), lambda: _scan_clusters(client, scope, request, rows))


def _scan_clusters(client: Client, scope: Scope, request: ScanRequest, rows: Sequence[Row]) -> Row:
    """Scan these clusters, and return the result."""
    names = {str(row["cluster_id"]): name_of(row) for row in rows}
    if not names:
        return TaskWaiter(client, scope, []).result(False, [])
    needed = {cluster_id: set(request.scan_types) for cluster_id in names}
    if client.check_mode:
        plan = plan_scans(client, scope, needed)
        waiter = TaskWaiter(client, scope, plan.joined, plan.unclear)
        waiter.poll()
        planned = [batch._asdict() for batch in plan.to_start]
        return {**waiter.result(bool(planned), planned_outcomes(plan.to_start, names)), "planned_tasks": planned}
    plan, remaining = settle_plan(client, scope, needed, *request.settling())
    waiter = TaskWaiter(client, scope, plan.joined, plan.unclear)
    changed = start_batches(client, scope, waiter, plan, needed)
    return _wait_and_judge(client, waiter, request._replace(remaining_timeout=remaining), changed, names, needed)


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
        finished = (waits and wait_for_all(client, [waiter], request.remaining_timeout, request.interval)) or (
            poll_all(client, [waiter], LAST_POLL, True) if waits else waiter.poll_tolerantly(include_clusters=True)
        )
        # Missing coverage is known only when all tasks have finished.
        clusters = outcomes(waiter, names, needed if needed and finished else {})
        result = waiter.result(changed, clusters)
        problem = problem_of(waiter, request, result, finished, waits, names is None)
    if problem is not None:
        raise problem
    return result
