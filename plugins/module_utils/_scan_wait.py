# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wait for scan tasks, and what became of each cluster."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set

from ._client import Client
from ._clock import timestamp
from ._clusters import name_of
from ._errors import GaveUpError, HssError, ScanError
from ._paging import Row
from ._scan_plan import Cover, cover_of, in_passing
from ._scopes import Scope
from ._tasks import (
    FINISHED,
    READY,
    RUNNING,
    SCAN_TYPES,
    counted,
    find_task,
    has_ended,
    list_task_clusters,
    scan_details,
    status_of,
    time_of,
    whole,
)

LEFT_OUT = "no task scans it"

# Names of clusters by ID; None where HSS gives none.
Names = Mapping[str, Optional[str]]


class Watch:
    """Tasks that are waited for, and what was seen of them. `unclear`: IDs of those of which it is not known what they scan."""

    def __init__(self, client: Client, scope: Scope, task_ids: Iterable[str], unclear: Sequence[str] = ()) -> None:
        self._client = client
        self._scope = scope
        self._tasks: Dict[str, Row] = {task_id: {"task_id": task_id} for task_id in (*task_ids, *unclear)}
        self.unclear = list(unclear)
        # IDs of tasks that somebody else started at the same moment.
        self.concurrent: List[str] = []
        self.clusters: Dict[str, List[Row]] = {}
        self.history: List[Row] = []
        self.trouble = ""

    @property
    def tasks(self) -> List[Row]:
        return list(self._tasks.values())

    @property
    def ids(self) -> str:
        """The tasks, for a message."""
        return ", ".join(map(as_text, self._tasks))

    @property
    def doubt(self) -> str:
        """Why nothing was started beside tasks that do not say what they scan, for a message."""
        if not self.unclear:
            return ""
        said = ", ".join(
            f"{as_text(task_id)} (status {as_text(self._tasks[task_id].get('task_status'))})"
            for task_id in self.unclear
        )
        return f" HSS does not say what task {said} scans, so nothing was started beside it."

    def add(self, task_id: str) -> None:
        """One that was started: it comes first."""
        self._tasks = {task_id: {"task_id": task_id}, **self._tasks}

    def look(self) -> bool:
        """Whether all tasks have finished. One that was just started may not be listed yet."""
        for task_id, seen in self._tasks.items():
            if not has_ended(seen):
                self._tasks[task_id] = find_task(self._client, self._scope, task_id) or seen
        self._note()
        return all(map(has_ended, self.tasks))

    def look_once(self, at_clusters: bool = False) -> bool:
        """Whether all tasks have finished and what became of the clusters is known. What fails in passing is for the next look
        to make good. `at_clusters`: also while the tasks run."""
        self.trouble = ""
        try:
            finished = self.look()
            if finished or at_clusters:
                self.clusters = {
                    task_id: list_task_clusters(self._client, self._scope, task_id) for task_id in self._tasks
                }
        except HssError as error:
            if self._client.stop.is_set() or not in_passing(error):
                raise
            self.trouble = f" The last look failed: {error.message}"
            return False
        return finished

    def wait(self, timeout: float, interval: float) -> bool:
        """Whether all have finished before the time was over."""
        end = self._client.clock.monotonic() + timeout
        while not self.look_once():
            left = end - self._client.clock.monotonic()
            if left <= 0:
                return False
            self._client.stop.wait(min(interval, left))
            self._client.require_controller()
        return True

    @contextlib.contextmanager
    def naming(self, changed: Callable[[], bool], interrupted: str = "") -> Iterator[None]:
        """Add the IDs of the tasks that go on all the same to whatever foreseeable goes wrong inside."""
        problem: HssError
        try:
            yield
            return
        except HssError as error:
            problem = error
        except KeyboardInterrupt:
            problem = GaveUpError(f"Interrupted. {interrupted}".strip(), service="HSS")
        except (MemoryError, OSError, RuntimeError) as error:
            from ._host_limits import host_limit

            limit = host_limit(error)
            if limit is None:
                raise
            problem = ScanError(f"The task could not go on: {limit.text}.", hint=limit.hint, service="HSS")
        # Outside of the except block: ansible-core would show the traceback.
        raise self.named(problem, changed())

    def named(self, error: HssError, changed: bool) -> HssError:
        """The error, with the tasks that go on all the same."""
        if self._tasks:
            hint = f"Not concluded: scan task {self.ids}. Pick it up with task_id, or look with hss_scan_task_info."
            error.hint = f"{error.hint} {hint}" if error.hint else hint
            error.data = {**self.result(changed, []), **(error.data or {})}
        return error

    def result(self, changed: bool, clusters: List[Row]) -> Row:
        """The result of the module, with what became of the clusters."""
        tasks = [with_times(task) for task in self.tasks]
        return {
            "changed": changed,
            "task": tasks[0] if tasks else None,
            "tasks": tasks,
            "clusters": clusters,
            "history": self.history,
            "concurrent_tasks": self.concurrent,
            "unclear_tasks": self.unclear,
        }

    def _note(self) -> None:
        """An entry of the history, where it says something new. Figures are sums over the tasks."""
        listed = [task for task in self.tasks if status_of(task) is not None]
        if not listed:
            return
        entry = {
            "task_status": min((status_of(task) for task in listed), key=_rank),
            "scanning": total(listed, "scanning_cluster_num"),
            "success": total(listed, "success_cluster_num"),
            "failed": total(listed, "failed_cluster_num"),
            "estimated_time": max(whole(task.get("estimated_time")) for task in listed),
        }
        if not self.history or {**self.history[-1], **entry} != self.history[-1]:
            self.history.append({"at": timestamp(self._client.clock.now()), **entry})


def outcomes(watch: Watch, names: Optional[Names], need: Cover) -> List[Row]:
    """What became of each cluster, over all tasks: the worst counts, and a type that no task has is not a success."""
    found: Dict[str, List[Row]] = {}
    cover: Cover = {}
    for task in watch.tasks:
        rows = watch.clusters.get(task["task_id"], [])
        for cluster_id, types in cover_of(task, rows, SCAN_TYPES).items():
            cover.setdefault(cluster_id, set()).update(types)
        for row in rows:
            found.setdefault(str(row["cluster_id"]), []).append(row)
    if names is None:
        names = {cluster_id: name_of(rows[0]) for cluster_id, rows in found.items()}
    # Where the clusters could not be read, nothing is said of them.
    looked = bool(watch.clusters)
    return [
        _outcome(
            cluster_id, name, found.get(cluster_id, []), need.get(cluster_id, set()) - cover.get(cluster_id, set())
        )
        if looked
        else unscanned(cluster_id, name)
        for cluster_id, name in names.items()
    ]


def _outcome(cluster_id: str, name: Any, rows: List[Row], missing: Set[str]) -> Row:
    details = [detail for row in rows for detail in scan_details(row)]
    reasons = {
        str(detail.get("scan_type")): str(detail.get("failed_reason") or "no reason given")
        for detail in details
        if detail.get("status") == "failed"
    }
    statuses = {_word(row.get("scan_status")) for row in rows}
    statuses |= {_word(detail.get("status")) for detail in details} - {None}
    status: Optional[str] = next((known for known in ("failed", "scanning") if known in statuses), None)
    if status is None and statuses == {"success"} and not missing:
        status = "success"
    reasons.update({scan_type: LEFT_OUT for scan_type in SCAN_TYPES if scan_type in missing})
    return {**unscanned(cluster_id, name), "scan_status": status, "reasons": reasons}


def unscanned(cluster_id: str, name: Any) -> Row:
    return {"cluster_id": cluster_id, "cluster_name": name, "scan_status": None, "reasons": {}}


def described(cluster: Row) -> str:
    """A cluster and what became of it, for a message."""
    reasons = [f"{scan_type}: {reason}" for scan_type, reason in cluster["reasons"].items()]
    said = ", ".join(reasons) or f"the task has finished, and its scan status is {cluster['scan_status']}"
    return f"{as_text(cluster['cluster_name'] or cluster['cluster_id'])} ({as_text(said)})"


def with_times(task: Row) -> Row:
    """The API's own fields, and beside them started_at and ended_at: None where there is no time."""
    return {**task, "started_at": time_of(task.get("start_time")), "ended_at": time_of(task.get("end_time"))}


def total(tasks: List[Row], member: str) -> int:
    return sum(counted(task, member) for task in tasks)


def as_text(value: Any) -> str:
    """What the cloud gave, for a message: one line, bounded."""
    from ._diagnosis import shown

    return shown(str(value))


def _rank(status: Any) -> int:
    """What is furthest from the end speaks for all."""
    return (RUNNING, READY, FINISHED).index(status) if status in (RUNNING, READY, FINISHED) else -1


def _word(value: Any) -> Optional[str]:
    return None if value is None else str(value)
