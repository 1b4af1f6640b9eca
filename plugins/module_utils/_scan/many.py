# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a scan over several scopes: select in all, start in all, then wait for all together."""

from __future__ import annotations

import functools
from typing import Any, Dict, List, Mapping, Optional

from .._api.client import Client
from .._api.clusters import name_of
from .._api.fan_out import Outcome, query_all_scopes, would_fail_everywhere
from .._api.pagination import Row
from .._api.scan_tasks import find_tasks
from .._api.scopes import Scope, common_codes, failure_record, scope_label, scope_of
from .._api.selection import check_selection
from .._concurrency.executor import run_all
from .._errors import CancelledError, HssError, ScanError
from .outcome import outcomes, planned_outcomes, problem_of
from .plan import Coverage, ScanPlan, plan_scans, require_clusters, select_clusters, settle_plan
from .progress import ProgressLog
from .request import ScanRequest, require_tasks
from .start import start_batches
from .unscannable import describe_unscannable, split_unscannable
from .waiter import LAST_POLL, TaskWaiter, completing_errors, poll_all, wait_for_all

# Maximum number of scopes in the message.
MAX_LISTED = 10


class ScopeScan:
    """The scan of one scope: its clusters, its tasks, and the error that ended it. `rows` is None if task IDs are given."""

    def __init__(self, client: Client, scope: Scope, rows: Optional[List[Row]], task_ids: List[str]) -> None:
        self.scope = scope
        self.rows = rows
        self.task_ids = task_ids
        self.names = None if rows is None else {str(row["cluster_id"]): name_of(row) for row in rows}
        self.needed: Coverage = {}
        self.plan: Optional[ScanPlan] = None
        self.waiter = TaskWaiter(client, scope, task_ids)
        self.planned: List[Row] = []
        # Outcomes of selected clusters that cannot be scanned and are not in `rows`.
        self.unscannable: List[Row] = []
        self.changed = False
        self.clusters: List[Row] = []
        self.error: Optional[HssError] = None
        self.problem: Optional[ScanError] = None
        self.remaining: Optional[float] = None
        self.last_error = ""
        self._client = client
        self._has_failed = False
        # Whether a request to start a scan may have been sent.
        self._is_starting = False

    def make_plan(self, request: ScanRequest) -> None:
        """Plan the scan. An error is kept, unless every scope would fail with it."""
        self.needed = {cluster_id: set(request.scan_types) for cluster_id in self.names or {}}
        try:
            self.plan = plan_scans(self._client, self.scope, self.needed)
        except HssError as error:
            self._keep(error)

    def start(self, request: ScanRequest) -> bool:
        """Start the scans that are not running yet; in check mode only report them. An error is kept, unless every scope would fail with it.

        Return True, to tell it from a start that run_all() did not wait for, which is None there: see give_up().
        """
        if self.plan is None and self.error is None:
            self.make_plan(request)
        if self.plan is not None:
            self._start(request, self.plan)
        return True

    def give_up(self) -> None:
        """Set the error of a start that had not ended when the task was cancelled. Its thread may still run, but sends nothing more."""
        what = "Whether a scan was started is not known" if self._is_starting else "Nothing was started"
        self.changed = self.changed or self.waiter.has_requested
        self.error = self.error or CancelledError(f"{what}: {self._client.cancel_token.reason()}.", service="HSS")

    def _start(self, request: ScanRequest, plan: ScanPlan) -> None:
        try:
            if self._client.check_mode:
                self._report(plan)
                return
            settling = request.settling()
            plan, self.remaining = settle_plan(self._client, self.scope, self.needed, *settling, plan)
            self.waiter = TaskWaiter(self._client, self.scope, plan.joined, plan.unclear)
            self._is_starting = bool(plan.to_start)
            self.changed = start_batches(self._client, self.scope, self.waiter, plan, self.needed)
        except HssError as error:
            self.changed = bool((error.data or {}).get("changed"))
            self._keep(error)

    def _keep(self, error: HssError) -> None:
        if would_fail_everywhere(error):
            raise error
        self.error = error

    def _report(self, plan: ScanPlan) -> None:
        """Set the result of check mode."""
        self.waiter = TaskWaiter(self._client, self.scope, plan.joined, plan.unclear)
        self.waiter.poll()
        self.planned = [batch._asdict() for batch in plan.to_start]
        self.clusters = planned_outcomes(plan.to_start, self.names or {})
        self.changed = bool(self.planned)

    def poll_tolerantly(self, include_clusters: bool = False) -> bool:
        """Poll the tasks; return whether there is nothing left to wait for. An error of this scope does not end the wait for others."""
        if self._has_failed:
            return True
        try:
            return self.waiter.poll_tolerantly(include_clusters)
        except HssError as error:
            if would_fail_everywhere(error) or self._client.cancel_token.is_cancelled():
                raise
            self._has_failed = True
            self.error = self.error or error
            return True

    def judge(self, request: ScanRequest) -> None:
        """Derive the outcome of each cluster, and the error of a scan that failed or has not finished."""
        finished = self.waiter.is_complete
        self.clusters = outcomes(self.waiter, self.names, self.needed if finished else {})
        self.waiter.last_error = self.waiter.last_error or self.last_error
        if self.error is None and self.waiter.tasks:
            result = self.waiter.result(self.changed, self.clusters)
            self.problem = problem_of(self.waiter, request, result, finished, request.wait, self.names is None)

    def located(self, rows: List[Row]) -> List[Row]:
        """Return the rows, each with the keys of the scope."""
        return [{**row, **self.scope._asdict()} for row in rows]


class ScanGroup:
    """The scans of all scopes of a task."""

    def __init__(self, client: Client, request: ScanRequest, scans: List[ScopeScan], outcome: Outcome) -> None:
        self._client = client
        self._request = request
        self._scans = scans
        self._outcome = outcome
        self._log = ProgressLog(client.clock, client.progress_file)

    def start(self, concurrency: int) -> None:
        """Start the scans of each scope with selected clusters. A start that the deadline interrupts is an error of its scope."""
        selected = [scan for scan in self._scans if scan.names]
        # The first goes alone, so that a credential that is refused by now is sent once, and not for each scope.
        run_all(
            [functools.partial(scan.make_plan, self._request) for scan in selected[:1]], 1, self._client.cancel_token
        )
        starts = [functools.partial(scan.start, self._request) for scan in selected]
        for scan, has_ended in zip(selected, run_all(starts, concurrency, self._client.cancel_token)):
            if has_ended is None:
                scan.give_up()

    def wait(self) -> None:
        """Wait for the tasks of all scopes, if requested, and judge each scope."""
        running = [scan for scan in self._scans if scan.waiter.tasks]
        left = [scan.remaining for scan in running if scan.remaining is not None]
        timeout = min(left, default=self._request.remaining_timeout)
        waited = self._request.wait and wait_for_all(
            self._client, running, timeout, self._request.interval, lambda: self._record(running)
        )
        if not waited:
            poll_all(self._client, running, LAST_POLL, True)
            self._record(running)
        for scan in running:
            scan.judge(self._request)

    def _record(self, running: List[ScopeScan]) -> None:
        self._log.record([task for scan in running for task in scan.waiter.tasks])

    def result(self) -> Row:
        """Return the module's result over all scopes."""
        parts = [(scan, scan.waiter.result(scan.changed, scan.clusters)) for scan in self._scans]
        tasks = [task for scan, part in parts for task in scan.located(part["tasks"])]
        failed = [failure_record(scan.scope, scan.error) for scan in self._scans if scan.error is not None]
        planned = [batch for scan in self._scans for batch in scan.located(scan.planned)]
        return {
            "changed": any(scan.changed for scan in self._scans),
            "task": tasks[0] if tasks else None,
            "tasks": tasks,
            "task_ids": [task["task_id"] for task in tasks],
            "clusters": [row for scan in self._scans for row in scan.located([*scan.clusters, *scan.unscannable])],
            "history": self._log.entries,
            "concurrent_tasks": [task_id for _scan, part in parts for task_id in part["concurrent_tasks"]],
            "unclear_tasks": [task_id for _scan, part in parts for task_id in part["unclear_tasks"]],
            "scopes": [
                {**scan.scope._asdict(), "task_ids": part["task_ids"]} for scan, part in parts if scan.error is None
            ],
            "failed_scopes": [*self._outcome.failed, *failed],
            "skipped_scopes": self._outcome.skipped,
            **({"planned_tasks": planned} if self._client.check_mode else {}),
        }

    def name_tasks(self, error: HssError) -> HssError:
        """Return the error with the tasks of all scopes in its hint and data."""
        result = self.result()
        if result["task_ids"]:
            hint = f"Not concluded: scan tasks {', '.join(result['task_ids'])}. Wait for them with task_ids and the same scopes."
            error.add_hint(hint)
        error.data = {**result, **(error.data or {}), "changed": result["changed"]}
        return error

    def problem(self, on_scope_error: str) -> Optional[ScanError]:
        """Return the error that names the failed scopes, or None."""
        result = self.result()
        texts = [f"{scope_label(scan.scope.record())}: {scan.problem.message}" for scan in self._scans if scan.problem]
        texts += [
            f"{scope_label(scan.scope.record())}: "
            f"{describe_unscannable(scan.unscannable, len(scan.rows or []) + len(scan.unscannable))}"
            for scan in self._scans
            if scan.unscannable
        ]
        failed = result["failed_scopes"]
        if failed and (on_scope_error == "fail" or not result["scopes"]):
            texts += [f"{scope_label(record)}: {record['msg']}" for record in failed]
        if not texts:
            return None
        more = f" {len(texts) - MAX_LISTED} more, see failed_scopes and clusters." if len(texts) > MAX_LISTED else ""
        total = len(result["scopes"]) + len(failed)
        return ScanError(
            f"The scan did not succeed in {len(texts)} of {total} scopes. {' '.join(texts[:MAX_LISTED])}{more}",
            hint="Run the task again: it joins running scans.",
            service="HSS",
            data=result,
            **common_codes(failed),
        )


def scan_many(client: Client, params: Mapping[str, Any], request: ScanRequest) -> Row:
    """Scan the clusters of all scopes, and return the module's result.

    The other scopes are scanned even if one fails. Raises ScanError, with the result as its data, if a scope
    failed or a cluster was not scanned successfully.
    """
    check_selection(params)
    selected: Dict[Scope, ScopeScan] = {}

    def select(own: Client, scope: Scope) -> Row:
        selected[scope] = _select(own, scope, request)
        return {}

    outcome = query_all_scopes(client, params, select)
    scans = [selected[scope_of(record)] for record in outcome.answered]
    if not outcome.failed:
        # An ID may belong to any scope, so it is unknown only if no scope lists it.
        require_tasks(request.task_ids, [task_id for scan in scans for task_id in scan.task_ids])
        if not request.task_ids:
            require_clusters([row for scan in scans for row in [*(scan.rows or []), *scan.unscannable]], request)
    group = ScanGroup(client, request, scans, outcome)
    with completing_errors(client, group.name_tasks, "Whether another scan was started is not known."):
        group.start(params["concurrency"])
        if not client.check_mode:
            group.wait()
        problem = group.problem(params["on_scope_error"])
    if problem is not None:
        raise problem
    return group.result()


def _select(client: Client, scope: Scope, request: ScanRequest) -> ScopeScan:
    if request.task_ids:
        found = find_tasks(client, scope, request.task_ids)
        return ScopeScan(client, scope, None, [task_id for task_id in request.task_ids if task_id in found])
    rows, unscannable = split_unscannable(client, select_clusters(client, scope, request), request)
    scan = ScopeScan(client, scope, rows, [])
    scan.unscannable = unscannable
    return scan
