# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a scan over several scopes: select in all, start in all, then wait for all together."""

from __future__ import annotations

import functools
from typing import Any, Dict, List, Mapping, Optional

from .._api.client import Client
from .._api.fan_out import Outcome, query_all_scopes
from .._api.pagination import Row
from .._api.scan_tasks import find_tasks
from .._api.scopes import Scope, common_codes, failure_record, scope_label, scope_of
from .._api.selection import check_selection
from .._concurrency.executor import run_all
from .._errors import ConfigurationError, HssError, ScanError
from .plan import require_clusters, select_clusters
from .progress import ProgressLog
from .request import ScanRequest, require_tasks
from .scope_scan import ScopeScan
from .unscannable import describe_unscannable, split_unscannable
from .waiter import LAST_POLL, completing_errors, poll_all, split_leaders, wait_for_all

# Maximum number of scopes in the message.
MAX_LISTED = 10


class ScanGroup:
    """The scans of all scopes of a task."""

    def __init__(self, client: Client, request: ScanRequest, scans: List[ScopeScan], outcome: Outcome) -> None:
        self._client = client
        self._request = request
        self._scans = scans
        self._outcome = outcome
        self._log = ProgressLog(client.clock, client.progress_file)
        # The error of a credential that was refused while scans were started.
        self._refusal: Optional[HssError] = None

    def start(self, concurrency: int) -> None:
        """Start the scans of each scope with selected clusters. A start that the deadline ends is an error of its scope."""
        selected = [scan for scan in self._scans if scan.names]
        # One plan of each account goes first, so that a credential that is refused by now is sent once, and not for each scope.
        for leaders in split_leaders(selected)[:2]:
            plans = [functools.partial(scan.make_plan, self._request) for scan in leaders]
            run_all(plans, concurrency, self._client.cancel_token)
            self._refusal = next((scan.refusal for scan in leaders if scan.refusal is not None), None)
            self._raise_refusal()
        starts = [functools.partial(self._start, scan) for scan in selected]
        for scan, has_ended in zip(selected, run_all(starts, concurrency, self._client.cancel_token)):
            if has_ended is None:
                scan.give_up()
        # Not before each start has ended, since the result has to name the scans that were started meanwhile.
        self._raise_refusal()

    def _start(self, scan: ScopeScan) -> bool:
        if self._refusal is not None:
            scan.error = self._refusal
            return True
        has_ended = scan.start(self._request)
        self._refusal = self._refusal or scan.refusal
        return has_ended

    def _raise_refusal(self) -> None:
        if self._refusal is not None:
            raise self._refusal

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
        # The data of an error of one scope have the tasks of that scope only.
        error.data = {**(error.data or {}), **result}
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
    # Otherwise the failed scopes are an error anyway, which is raised at the end.
    if not outcome.failed or (scans and params["on_scope_error"] == "continue"):
        try:
            _require_listed(scans, request)
        except ConfigurationError as error:
            for record in outcome.failed[:MAX_LISTED]:
                error.add_hint(f"{scope_label(record)} could not be read: {record['msg']}")
            raise
    group = ScanGroup(client, request, scans, outcome)
    with completing_errors(client, group.name_tasks, "Whether another scan was started is not known."):
        group.start(params["concurrency"])
        if not client.check_mode:
            group.wait()
        problem = group.problem(params["on_scope_error"])
    if problem is not None:
        raise problem
    return group.result()


def _require_listed(scans: List[ScopeScan], request: ScanRequest) -> None:
    """Raise ConfigurationError for a task or cluster that no scope lists: it may belong to any of them."""
    require_tasks(request.task_ids, [task_id for scan in scans for task_id in scan.task_ids])
    if not request.task_ids:
        require_clusters([row for scan in scans for row in [*(scan.rows or []), *scan.unscannable]], request)


def _select(client: Client, scope: Scope, request: ScanRequest) -> ScopeScan:
    if request.task_ids:
        found = find_tasks(client, scope, request.task_ids)
        return ScopeScan(client, scope, None, [task_id for task_id in request.task_ids if task_id in found])
    rows, unscannable = split_unscannable(client, select_clusters(client, scope, request), request)
    scan = ScopeScan(client, scope, rows, [])
    scan.unscannable = unscannable
    return scan
