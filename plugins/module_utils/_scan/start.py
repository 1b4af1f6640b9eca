# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start scans: each request is sent once, and a task whose response was lost is searched for in the list of tasks."""

from __future__ import annotations

from typing import Collection, List, Optional, Set, Tuple

from .._api.client import Client
from .._api.scan_tasks import CREATE, create_scan, list_tasks
from .._api.scopes import Scope
from .._errors import ConnectionFailedError, HssError, InvalidResponseError, RefusedError, ScanError
from .._http.models import Operation
from .plan import Batch, Coverage, ScanPlan, is_transient, task_coverage
from .request import LOOKUP_INTERVAL, MAX_LOOKUPS
from .waiter import TaskWaiter


def start_batches(client: Client, scope: Scope, waiter: TaskWaiter, plan: ScanPlan, needed: Coverage) -> bool:
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


def start_scan(client: Client, scope: Scope, batch: Batch, known: Set[str]) -> str:
    """Start one scan and return the ID of its task.

    The request is sent once. If its response is lost, the task is searched for in the list of tasks. Raises ScanError if it
    remains unknown whether the scan was started.
    """
    try:
        return create_scan(client, scope, batch.cluster_ids, batch.scan_types)
    except HssError as error:
        if not may_have_taken_effect(error, CREATE):
            raise
        error_of_start = error
    found, problem = _find_started(client, scope, batch, known)
    if found:
        return found
    raise ScanError(
        f"{error_of_start.message} Whether a scan was started is not known: {problem}.",
        hint="Check with hss_scan_task_info before you start another, or run this again later: it joins a running scan.",
        service=error_of_start.service,
        operation=error_of_start.operation,
        status_code=error_of_start.status_code,
        error_code=error_of_start.error_code,
        request_id=error_of_start.request_id,
    )


def find_concurrent_scans(
    client: Client, scope: Scope, started: Collection[str], needed: Coverage, known: Set[str]
) -> List[str]:
    """Poll until the started tasks are listed, so that other clients find them.

    Return the IDs of tasks that are new since the plan was made and may scan the same: another client started them meanwhile.
    """
    for attempt in range(MAX_LOOKUPS):
        if attempt:
            client.cancel_token.wait(LOOKUP_INTERVAL)
        try:
            tasks = list_tasks(client, scope)
            listed = {str(task["task_id"]): task for task in tasks}
            if attempt < MAX_LOOKUPS - 1 and not listed.keys() >= set(started):
                continue
            others = [task for task_id, task in listed.items() if task_id not in known and task_id not in started]
            return [str(task["task_id"]) for task in others if task_coverage(client, scope, task).could_scan(needed)]
        except HssError as error:
            if client.cancel_token.is_cancelled() or not is_transient(error):
                raise
    return []


def may_have_taken_effect(error: HssError, operation: Operation) -> bool:
    """Return whether a request may have taken effect in spite of the error; only if the error is one of this operation."""
    if error.operation != operation.name:
        return False
    return isinstance(error, (ConnectionFailedError, InvalidResponseError)) or (error.status_code or 0) >= 500


def _find_started(client: Client, scope: Scope, batch: Batch, known: Set[str]) -> Tuple[Optional[str], str]:
    """Return the ID of the new task that scans the batch, or None and why there is none."""
    needed = {cluster_id: set(batch.scan_types) for cluster_id in batch.cluster_ids}
    unclear: Optional[str] = None
    problem = (
        f"{MAX_LOOKUPS} queries of the list of tasks found no new one that scans {len(batch.cluster_ids)} clusters"
    )
    for attempt in range(MAX_LOOKUPS):
        if attempt:
            client.cancel_token.wait(LOOKUP_INTERVAL)
        try:
            for task in list_tasks(client, scope):
                task_id = str(task["task_id"])
                if task_id in known:
                    continue
                scanned = task_coverage(client, scope, task)
                if all(types <= scanned.coverage.get(cluster_id, set()) for cluster_id, types in needed.items()):
                    return task_id, ""
                if not scanned.certain and scanned.could_scan(needed):
                    unclear = task_id
        except HssError as error:
            if isinstance(error, RefusedError) and not is_transient(error):
                # A refused request is not repeated: refused signatures lock an access key.
                return None, f"the list of tasks cannot be read ({error.message.rstrip('.')})"
            # The next attempt may succeed; after the last one start_scan reports the lost response.
            continue
    # An unclear task is followed like any other, and the outcome is judged by what it turns out to scan.
    return unclear, problem
