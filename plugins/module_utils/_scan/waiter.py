# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Poll scan tasks until they finish, and record their progress."""

from __future__ import annotations

import contextlib
import functools
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Protocol, Sequence, TypeVar

from .._api.client import Client
from .._api.pagination import Row
from .._api.scan_tasks import find_tasks, has_ended, list_task_clusters, with_times
from .._api.scopes import Scope
from .._concurrency.cancellation import CancelToken
from .._concurrency.executor import run_all
from .._errors import CancelledError, HssError, ScanError
from .plan import is_transient
from .progress import ProgressLog

# Names of clusters by ID; None where HSS gives none.
Names = Mapping[str, Optional[str]]
# Seconds for the last query of the tasks after the time to wait is over, and maximum number of threads that poll several scopes.
LAST_POLL = 30.0
MAX_THREADS = 16


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
        # With several scopes one log is kept for all of them.
        self._log = ProgressLog(client.clock, None if client.queries_many_scopes else client.progress_file)
        self.last_error = ""
        # All tasks have finished, and their clusters were read since.
        self._complete = False

    @property
    def account(self) -> Optional[str]:
        """Return the account of the scope, see Pollable."""
        return self._scope.account

    @property
    def tasks(self) -> List[Row]:
        """Return the latest record of each task."""
        return list(self._tasks.values())

    @property
    def label(self) -> str:
        """Return the tasks with their IDs as text for a message."""
        return f"scan task{'s' if len(self._tasks) > 1 else ''} {', '.join(map(as_text, self._tasks))}"

    @property
    def has_requested(self) -> bool:
        """Return whether a request to start a scan has returned the ID of a task."""
        return bool(self._requested)

    def describe_end(self, timeout: int) -> str:
        """Return why the wait of at most `timeout` seconds has ended, as the end of a sentence."""
        token = self._client.cancel_token
        return f": {token.reason()}" if token.is_cancelled() else f" within {timeout} seconds"

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

    @property
    def is_complete(self) -> bool:
        """Return whether all tasks have finished and their clusters are known."""
        return self._complete

    def add(self, task_id: str) -> None:
        """Add a task that was just started: after those that were started before it, and before the joined ones."""
        self._requested.append(task_id)
        self._tasks = {**{known: {"task_id": known} for known in self._requested}, **self._tasks}

    def poll(self) -> bool:
        """Query all unfinished tasks at once; return whether all have finished. A task may not be listed yet."""
        unfinished = [task_id for task_id, task in self._tasks.items() if not has_ended(task)]
        if unfinished:
            self._tasks.update(find_tasks(self._client, self._scope, unfinished))
        self._log.record(self.tasks)
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
            self.last_error = f" The last query failed: {error.message}"
            return False
        self._complete = finished
        return finished

    @contextlib.contextmanager
    def naming(self, changed: Callable[[], bool], interrupted: str = "") -> Iterator[None]:
        """Add the IDs of the unfinished tasks to errors that are raised inside.

        `changed` tells whether a scan was started; `interrupted` completes the message of an interruption.
        """
        with completing_errors(self._client, lambda error: self.with_pending_tasks(error, changed()), interrupted):
            yield

    def with_pending_tasks(self, error: HssError, changed: bool) -> HssError:
        """Return the error with the tasks that continue to run in its hint and data."""
        if self._tasks:
            hint = f"Not concluded: {self.label}. Wait for it with task_ids, or query it with hss_scan_task_info."
            error.add_hint(hint)
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
            "history": self._log.entries,
            "concurrent_tasks": self.concurrent,
            "unclear_tasks": self.unclear,
        }


@contextlib.contextmanager
def completing_errors(
    client: Client, complete: Callable[[HssError], HssError], interrupted: str = ""
) -> Iterator[None]:
    """Raise each error from inside as an HssError that `complete` has added to.

    `interrupted` completes the message of an interruption.
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
            problem = ScanError(client.redact(describe_bug(error)), service="HSS")
        else:
            problem = ScanError(f"The task could not go on: {limit.text}.", hint=limit.hint, service="HSS")
    # Outside the except block, since ansible-core would show the traceback of a pending exception.
    raise complete(problem)


class Pollable(Protocol):
    """Something in one scope that wait_for_all() polls: scan tasks, or a synchronisation."""

    last_error: str

    @property
    def account(self) -> Optional[str]:
        """Return the account whose credential is used, None without several accounts."""

    def poll_tolerantly(self, include_clusters: bool = False) -> bool:
        """Poll once; return whether there is nothing left to wait for."""


AnyPollable = TypeVar("AnyPollable", bound=Pollable)


def wait_for_all(
    client: Client,
    waiters: Sequence[Pollable],
    timeout: float,
    interval: float,
    after_poll: Callable[[], None] = lambda: None,
) -> bool:
    """Poll the tasks of each scope every `interval` seconds; return whether all have finished within `timeout` seconds."""
    end = client.clock.monotonic() + timeout
    while True:
        finished = poll_all(client, waiters, max(LAST_POLL, end - client.clock.monotonic()))
        after_poll()
        remaining = end - client.clock.monotonic()
        if finished or remaining <= 0 or client.cancel_token.is_cancelled():
            return finished
        client.cancel_token.wait(min(interval, remaining))
        client.require_controller()


def poll_all(client: Client, waiters: Sequence[Pollable], seconds: float, include_clusters: bool = False) -> bool:
    """Poll the tasks of each scope once, concurrently; return whether all have finished.

    A query that is still waiting for a quota after `seconds` is cancelled and counts as not finished.
    """
    limits = [seconds, client.cancel_token.remaining()]
    token = CancelToken(client.clock, min(limit for limit in limits if limit is not None))
    has_finished = True
    for group in split_leaders(waiters):
        polls = [functools.partial(waiter.poll_tolerantly, include_clusters) for waiter in group]
        for waiter, finished in zip(group, run_all(polls, MAX_THREADS, token)):
            if finished is None:
                waiter.last_error = " The last query of the tasks was not answered in time."
            has_finished = has_finished and bool(finished)
    return has_finished


def split_leaders(waiters: Sequence[AnyPollable]) -> List[Sequence[AnyPollable]]:
    """Return the first waiter, the first one of each other account, and the others, to be polled in this order.

    So a credential that is refused by now is sent once, and not for each scope.
    """
    leaders = {waiter.account: waiter for waiter in reversed(waiters)}
    first = list(waiters[:1])
    others = [waiter for waiter in waiters if leaders[waiter.account] is waiter and waiter not in first]
    rest = [waiter for waiter in waiters if leaders[waiter.account] is not waiter]
    return [first, others, rest]


def as_text(value: Any) -> str:
    """Return a value from the API for a message: one line of limited length."""
    from .._formatting import single_line

    return single_line(str(value))


def status_text(value: Any) -> Optional[str]:
    """Return the status of a task as text."""
    return None if value is None else str(value)
