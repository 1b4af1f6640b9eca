# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the scan of one of several scopes. Its errors are kept, so that the scans of the others continue."""

from __future__ import annotations

from typing import List, Optional

from .._api.client import Client
from .._api.clusters import name_of
from .._api.fan_out import would_fail_everywhere
from .._api.pagination import Row
from .._api.scopes import Scope
from .._errors import CancelledError, HssError, ScanError
from .outcome import outcomes, planned_outcomes, problem_of
from .plan import Coverage, ScanPlan, plan_scans, settle_plan
from .request import ScanRequest
from .start import start_batches
from .waiter import TaskWaiter


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
        # A request to start a scan may have been sent.
        self._is_starting = False

    def make_plan(self, request: ScanRequest) -> None:
        """Plan the scan. An error is kept."""
        self.needed = {cluster_id: set(request.scan_types) for cluster_id in self.names or {}}
        try:
            self.plan = plan_scans(self._client, self.scope, self.needed)
        except HssError as error:
            self.error = error

    def start(self, request: ScanRequest) -> bool:
        """Start the scans that are not running yet; in check mode only report them. An error is kept.

        Return True, since run_all() has None for a start that it did not wait for: see give_up().
        """
        if self.plan is None and self.error is None:
            self.make_plan(request)
        if self.plan is not None:
            self._start(request, self.plan)
        return True

    def give_up(self) -> None:
        """Keep the error of a start that had not ended when the task was cancelled. Its thread may go on, and sends nothing more."""
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
            if self._concerns_all(error) or self._client.cancel_token.is_cancelled():
                raise
            self._has_failed = True
            self.error = self.error or error
            return True

    @property
    def refusal(self) -> Optional[HssError]:
        """Return the error that ended the scan if it concerns all scopes of the task."""
        return self.error if self.error is not None and self._concerns_all(self.error) else None

    def _concerns_all(self, error: HssError) -> bool:
        """Return whether every scope of the task would fail with the error. Each account has a credential of its own."""
        return self.scope.account is None and would_fail_everywhere(error)

    @property
    def account(self) -> Optional[str]:
        """Return the account of the scope, see Pollable."""
        return self.scope.account

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
