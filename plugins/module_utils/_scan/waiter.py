# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Poll scan tasks until they finish, and record their progress."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence

from .._api.client import Client
from .._api.pagination import Row
from .._api.scan_tasks import (
    FINISHED,
    READY,
    RUNNING,
    cluster_count,
    find_tasks,
    has_ended,
    int_or_zero,
    list_task_clusters,
    status_of,
    with_times,
)
from .._api.scopes import Scope
from .._clock import timestamp
from .._errors import CancelledError, HssError, ScanError
from .plan import is_transient

# Names of clusters by ID; None where HSS gives none.
Names = Mapping[str, Optional[str]]


class TaskWaiter:
    """The scan tasks of one scope, as last seen, with the history of their progress.

    `unclear`: IDs of tasks that do not say what they scan.
    """

    def __init__(self, client: Client, scope: Scope, task_ids: Iterable[str], unclear: Sequence[str] = ()) -> None:
        self._client = client
        self._scope = scope
        self._tasks: Dict[str, Row] = {task_id: {"task_id": task_id} for task_id in (*task_ids, *unclear)}
        self.unclear = list(unclear)
        # IDs that requests to start a scan returned.
        self._requested: List[str] = []
        # IDs of tasks that another client started at the same time.
        self.concurrent: List[str] = []
        self.clusters: Dict[str, List[Row]] = {}
        self.history: List[Row] = []
        self.last_error = ""
        # All tasks have finished, and their clusters were read since.
        self._complete = False

    @property
    def tasks(self) -> List[Row]:
        """Return the latest record of each task."""
        return list(self._tasks.values())

    @property
    def label(self) -> str:
        """Return the tasks with their IDs as text for a message."""
        return f"scan task{'s' if len(self._tasks) > 1 else ''} {', '.join(map(as_text, self._tasks))}"

    @property
    def doubt(self) -> str:
        """Return a sentence for messages: why nothing was started while the unclear tasks run; empty if there are none."""
        if not self.unclear:
            return ""
        names = ", ".join(
            f"{as_text(task_id)} (status {as_text(self._tasks[task_id].get('task_status'))})"
            for task_id in self.unclear
        )
        return f" HSS does not say what task {names} scans, so nothing was started beside it."

    def add(self, task_id: str) -> None:
        """Add a task that was just started: after those that were started before it, and before the joined ones."""
        self._requested.append(task_id)
        self._tasks = {**{known: {"task_id": known} for known in self._requested}, **self._tasks}

    def poll(self) -> bool:
        """Query all unfinished tasks at once; return whether all have finished. A task may not be listed yet."""
        unfinished = [task_id for task_id, task in self._tasks.items() if not has_ended(task)]
        if unfinished:
            self._tasks.update(find_tasks(self._client, self._scope, unfinished))
        self._record_progress()
        return all(map(has_ended, self.tasks))

    def poll_tolerantly(self, include_clusters: bool = False) -> bool:
        """Query the tasks once; return whether all have finished and their clusters are known.

        A transient error is kept in `last_error` and returns False. `include_clusters`: read the clusters of running tasks too.
        """
        self.last_error = ""
        if self._complete:
            return True
        try:
            finished = self.poll()
            if finished or include_clusters:
                self.clusters = {
                    task_id: list_task_clusters(self._client, self._scope, task_id) for task_id in self._tasks
                }
        except HssError as error:
            if self._client.cancel_token.is_cancelled() or not is_transient(error):
                raise
            self.last_error = f" The last look failed: {error.message}"
            return False
        self._complete = finished
        return finished

    @contextlib.contextmanager
    def naming(self, changed: Callable[[], bool], interrupted: str = "") -> Iterator[None]:
        """Add the IDs of the unfinished tasks to errors that are raised inside.

        `changed` tells whether a scan was started; `interrupted` completes the message of an interruption.
        """
        problem: HssError
        try:
            yield
            return
        except HssError as error:
            problem = error
        except KeyboardInterrupt:
            problem = CancelledError(f"Interrupted. {interrupted}".strip(), service="HSS")
        except Exception as error:  # pylint: disable=broad-exception-caught
            from .._formatting import describe_bug, host_limit

            limit = host_limit(error)
            if limit is None:
                problem = ScanError(self._client.redact(describe_bug(error)), service="HSS")
            else:
                problem = ScanError(f"The task could not go on: {limit.text}.", hint=limit.hint, service="HSS")
        # Outside the except block, since ansible-core would show the traceback of a pending exception.
        raise self.with_pending_tasks(problem, changed())

    def with_pending_tasks(self, error: HssError, changed: bool) -> HssError:
        """Return the error with the tasks that continue to run in its hint and data."""
        if self._tasks:
            hint = f"Not concluded: {self.label}. Wait for it with task_ids, or look with hss_scan_task_info."
            error.hint = f"{error.hint} {hint}" if error.hint else hint
            error.data = {**self.result(changed, []), **(error.data or {})}
        return error

    def result(self, changed: bool, clusters: List[Row]) -> Row:
        """Return the module's result with these outcomes of the clusters."""
        tasks = [with_times(task) for task in self.tasks]
        return {
            "changed": changed,
            "task": tasks[0] if tasks else None,
            "tasks": tasks,
            "task_ids": list(self._tasks),
            "clusters": clusters,
            "history": self.history,
            "concurrent_tasks": self.concurrent,
            "unclear_tasks": self.unclear,
        }

    def _record_progress(self) -> None:
        """Append an entry to the history if the progress has changed. Figures are sums over the tasks."""
        listed = [task for task in self.tasks if status_of(task) is not None]
        if not listed:
            return
        entry = {
            "task_status": min((status_of(task) for task in listed), key=_progress_rank),
            "scanning": sum_of(listed, "scanning_cluster_num"),
            "success": sum_of(listed, "success_cluster_num"),
            "failed": sum_of(listed, "failed_cluster_num"),
            "estimated_time": max(int_or_zero(task.get("estimated_time")) for task in listed),
        }
        if not self.history or {**self.history[-1], **entry} != self.history[-1]:
            self.history.append({"at": timestamp(self._client.clock.now()), **entry})


def wait_for_all(client: Client, waiters: Sequence[TaskWaiter], timeout: float, interval: float) -> bool:
    """Poll the tasks of each scope every `interval` seconds; return whether all have finished within `timeout` seconds."""
    end = client.clock.monotonic() + timeout
    # A list: one scope that has not finished must not keep the others from being polled.
    while False in [waiter.poll_tolerantly() for waiter in waiters]:
        remaining = end - client.clock.monotonic()
        if remaining <= 0:
            return False
        client.cancel_token.wait(min(interval, remaining))
        client.require_controller()
    return True


def sum_of(tasks: List[Row], member: str) -> int:
    """Return the sum of one count over the tasks."""
    return sum(cluster_count(task, member) for task in tasks)


def as_text(value: Any) -> str:
    """Return a value from the API for a message: one line of limited length."""
    from .._formatting import single_line

    return single_line(str(value))


def _progress_rank(status: Any) -> int:
    """Return the sort key of a status: an unknown one first, then running, ready, finished."""
    return (RUNNING, READY, FINISHED).index(status) if status in (RUNNING, READY, FINISHED) else -1


def status_text(value: Any) -> Optional[str]:
    """Return the status of a task as text."""
    return None if value is None else str(value)
