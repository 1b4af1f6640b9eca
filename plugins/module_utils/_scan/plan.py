# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan and start scans: which clusters are selected, what running tasks cover, and what is left to start.

A scan is counted by pairs of a cluster and a scan type: those that a running task has are not started again.
"""

from __future__ import annotations

from typing import Collection, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from .._api.client import Client
from .._api.clusters import STALE, UNSCANNED, list_clusters, name_of, scan_state
from .._api.pagination import Row
from .._api.scan_tasks import (
    CREATE,
    SCAN_TYPES,
    counted,
    create_scan,
    declared_types,
    has_ended,
    list_task_clusters,
    list_tasks,
    scan_details,
)
from .._api.scopes import Scope
from .._errors import ConfigurationError, ConnectionFailedError, HssError, InvalidResponseError, RefusedError, ScanError
from .request import ScanRequest

# How often, and seconds between: the list of tasks is read for a scan whose answer was lost, for one that was just started, and, without
# `wait`, for a running task to show what it scans.
MAX_LOOKUPS = 5
LOOKUP_INTERVAL = 3.0
# Seconds (halved at random) between the two looks before a start: a task of somebody else can appear in the list late.
PAUSE = 2.0

# Scan types by the ID of a cluster.
Coverage = Dict[str, Set[str]]


class Batch(NamedTuple):
    """What one request starts: clusters that lack the same scan types."""

    cluster_ids: List[str]
    scan_types: List[str]


class Plan(NamedTuple):
    """IDs of running tasks, and what no task scans yet.

    `unclear` could scan a part of what is needed, but do not say so; while there is one, `rest` is empty. `known`: all tasks, ended ones too.
    """

    joined: List[str]
    unclear: List[str]
    rest: List[Batch]
    known: Set[str]


class _Scanned(NamedTuple):
    """What a task scans. `certain`: nothing beside; `all_listed`: no cluster beside."""

    cover: Coverage
    certain: bool
    all_listed: bool

    def could_scan(self, need: Coverage) -> bool:
        if self.certain:
            return any(types & self.cover.get(cluster_id, set()) for cluster_id, types in need.items())
        return any(types and (not self.all_listed or cluster_id in self.cover) for cluster_id, types in need.items())


def make_plan(client: Client, scope: Scope, need: Coverage, seen: Collection[str] = ()) -> Plan:
    """Match running tasks with what is needed. Tasks in `seen` were running before: they count although they have ended since."""
    tasks = list_tasks(client, scope)
    left = {cluster_id: set(types) for cluster_id, types in need.items()}
    joined: List[str] = []
    doubtful: List[Tuple[str, _Scanned]] = []
    for task in tasks:
        task_id = str(task["task_id"])
        if not any(left.values()):
            break
        if has_ended(task) and task_id not in seen:
            continue
        scanned = _scanned(client, scope, task)
        if not scanned.certain:
            doubtful.append((task_id, scanned))
        elif scanned.could_scan(left):
            joined.append(task_id)
            left = {cluster_id: types - scanned.cover.get(cluster_id, set()) for cluster_id, types in left.items()}
    unclear = [task_id for task_id, scanned in doubtful if scanned.could_scan(left)]
    return Plan(joined, unclear, [] if unclear else make_batches(left), {str(task["task_id"]) for task in tasks})


def settle(client: Client, scope: Scope, need: Coverage, timeout: float, interval: float) -> Tuple[Plan, float]:
    """Plan until it is known what each running task scans, or `timeout` seconds are over; return also the seconds left of them.

    What is to be started is planned twice, with a pause between.
    """
    left = timeout
    seen: Set[str] = set()
    plan = make_plan(client, scope, need)
    confirmed = False
    while (plan.rest and not confirmed) or (plan.unclear and left > 0):
        confirmed = bool(plan.rest)
        seen.update(plan.joined, plan.unclear)
        pause = PAUSE * client.clock.jitter() if confirmed else min(interval, left)
        left -= 0 if confirmed else pause
        client.cancel_token.wait(pause)
        client.require_controller()
        try:
            plan = make_plan(client, scope, need, seen)
        except HssError as error:
            # What is waited for may be looked at again. What is to be started may not: this look is what it depends on.
            if confirmed or client.cancel_token.is_cancelled() or not is_transient(error):
                raise
    return plan, max(left, 0.0)


def coverage_of(task: Row, rows: Iterable[Row], default: Iterable[str] = ()) -> Coverage:
    """What a task scans. `default`: the types of a cluster for which neither its record nor the task's names any."""
    types = declared_types(task) or set(default)
    return {
        str(row["cluster_id"]): {str(detail.get("scan_type")) for detail in scan_details(row)} or set(types)
        for row in rows
    }


def make_batches(missing: Coverage) -> List[Batch]:
    """Clusters that lack the same types go together."""
    grouped: Dict[Sequence[str], List[str]] = {}
    for cluster_id, types in missing.items():
        if types:
            grouped.setdefault(tuple(name for name in SCAN_TYPES if name in types), []).append(cluster_id)
    return [Batch(cluster_ids, list(types)) for types, cluster_ids in grouped.items()]


def start_scan(client: Client, scope: Scope, batch: Batch, known: Set[str]) -> str:
    """Start one scan; return its task's ID. It is asked for once: where the answer is lost, the list of tasks tells."""
    try:
        return create_scan(client, scope, batch.cluster_ids, batch.scan_types)
    except HssError as error:
        if not _may_have_started(error):
            raise
        error_of_start = error
    found, trouble = _find_started(client, scope, batch, known)
    if found:
        return found
    raise ScanError(
        f"{error_of_start.message} Whether a scan was started is not known: {trouble}.",
        hint="Look with hss_scan_task_info before starting another, or run this again later: it joins a scan that runs.",
        service=error_of_start.service,
        operation=error_of_start.operation,
        status_code=error_of_start.status_code,
        error_code=error_of_start.error_code,
        request_id=error_of_start.request_id,
    )


def started_meanwhile(
    client: Client, scope: Scope, started: Collection[str], need: Coverage, known: Set[str]
) -> List[str]:
    """Look until the started tasks are listed, so that whoever comes next finds them.

    Return the IDs of other tasks that are new since the plan was made and that could scan the same: somebody started at the same moment.
    """
    for look in range(MAX_LOOKUPS):
        if look:
            client.cancel_token.wait(LOOKUP_INTERVAL)
        try:
            tasks = list_tasks(client, scope)
            listed = {str(task["task_id"]): task for task in tasks}
            if look < MAX_LOOKUPS - 1 and not listed.keys() >= set(started):
                continue
            others = [task for task_id, task in listed.items() if task_id not in known and task_id not in started]
            return [str(task["task_id"]) for task in others if _scanned(client, scope, task).could_scan(need)]
        except HssError as error:
            if client.cancel_token.is_cancelled() or not is_transient(error):
                raise
    return []


def is_transient(error: HssError) -> bool:
    """Return whether the same question may be answered later."""
    if isinstance(error, ConnectionFailedError):
        return True
    status = error.status_code or 0
    if not isinstance(error, RefusedError):
        return False
    from .._http.error_body import is_throttled

    return status >= 500 or is_throttled(status, error.error_code)


def _scanned(client: Client, scope: Scope, task: Row) -> _Scanned:
    rows = list_task_clusters(client, scope, str(task["task_id"]))
    if has_ended(task):
        return _Scanned(coverage_of(task, rows, SCAN_TYPES), True, True)
    types = declared_types(task)
    cover = {
        str(row["cluster_id"]): types | {str(detail.get("scan_type")) for detail in scan_details(row)} for row in rows
    }
    expected = sum(counted(task, f"{name}_cluster_num") for name in ("scanning", "success", "failed"))
    all_listed = bool(rows) and len(rows) >= expected
    return _Scanned(cover, bool(types) and all_listed, all_listed)


def _may_have_started(error: HssError) -> bool:
    """Whether the scan may have been started all the same. Not where something went wrong before it was asked for."""
    if error.operation != CREATE.name:
        return False
    return isinstance(error, (ConnectionFailedError, InvalidResponseError)) or (error.status_code or 0) >= 500


def _find_started(client: Client, scope: Scope, batch: Batch, known: Set[str]) -> Tuple[Optional[str], str]:
    """Return the ID of the new task that scans the batch, or None and why there is none."""
    needed = {cluster_id: set(batch.scan_types) for cluster_id in batch.cluster_ids}
    unclear: Optional[str] = None
    trouble = f"{MAX_LOOKUPS} looks at the list of tasks found no new one that scans {len(batch.cluster_ids)} clusters"
    for attempt in range(MAX_LOOKUPS):
        if attempt:
            client.cancel_token.wait(LOOKUP_INTERVAL)
        try:
            for task in list_tasks(client, scope):
                task_id = str(task["task_id"])
                if task_id in known:
                    continue
                scanned = _scanned(client, scope, task)
                if all(types <= scanned.cover.get(cluster_id, set()) for cluster_id, types in needed.items()):
                    return task_id, ""
                if not scanned.certain and scanned.could_scan(needed):
                    unclear = task_id
        except HssError as error:
            if isinstance(error, RefusedError) and not is_transient(error):
                # A credential that was refused is not used again.
                return None, f"the list of tasks cannot be read ({error.message.rstrip('.')})"
            # The next look may do better; after the last one the error is that of the lost answer.
            continue
    # It is watched like any other, and its clusters are judged by what it turns out to scan.
    return unclear, trouble


def select_clusters(client: Client, scope: Scope, request: ScanRequest) -> List[Row]:
    """The clusters that the order is about. A ConfigurationError names those that are listed and not known."""
    rows = list_clusters(client, scope)
    if request.targets == "all":
        return rows
    if request.targets == "listed":
        return _select_listed(rows, request)
    # By the later of two clocks: a host whose clock is behind would take an old scan for a fresh one.
    now = client.now()
    wanted = (UNSCANNED,) if request.targets == UNSCANNED else (UNSCANNED, STALE)
    return [row for row in rows if scan_state(row, now, request.max_age) in wanted]


def _select_listed(rows: List[Row], request: ScanRequest) -> List[Row]:
    unknown = sorted(set(request.cluster_ids) - {row["cluster_id"] for row in rows})
    unknown += sorted(set(request.cluster_names) - {name_of(row) for row in rows})
    if unknown:
        raise ConfigurationError(
            f"HSS knows no cluster {', '.join(unknown)}. Nothing was started.",
            hint="Check cluster_ids, cluster_names, and enterprise_project_id: without it only the default enterprise project is seen.",
            service="HSS",
        )
    return [row for row in rows if row["cluster_id"] in request.cluster_ids or name_of(row) in request.cluster_names]
