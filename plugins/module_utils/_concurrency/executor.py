# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run callables in a bounded number of daemon threads and return their results in order."""

from __future__ import annotations

import threading
from typing import Any, Callable, List, Optional, Sequence

from .._errors import HostLimitError
from .cancellation import CancelToken


def run_all(tasks: Sequence[Callable[[], Any]], workers: int, cancel_token: CancelToken) -> List[Optional[Any]]:
    """Return the result of each task, None for those unfinished at cancellation; raise the exception of a task.

    Raises HostLimitError where the host allows not a single thread.

    The threads are daemons that nobody joins: one that hangs in a socket, or in a name server, holds up neither this call nor
    the end of the process.
    """
    results: List[Optional[Any]] = [None] * len(tasks)
    progress = _Progress(len(tasks), cancel_token)

    def work() -> None:
        while not cancel_token.is_cancelled() and progress.error is None:
            number = progress.take()
            if number is None:
                return
            try:
                results[number] = tasks[number]()
            except BaseException as error:  # whatever it is, it belongs to the caller's thread
                progress.failed(error)
                return
            progress.finished()

    start(work, min(workers, len(tasks)))
    try:
        progress.wait()
    except BaseException:  # pragma: no cover - a process that is interrupted shows it, see integration/test_many_scopes
        # Ctrl+C arrives in the thread that waits here.
        cancel_token.cancel()
        raise
    if progress.error is not None:
        # Only this call is cancelled, not the whole task: the caller may try again.
        raise progress.error
    # A copy: a thread that was given up may still write into the other one.
    return list(results)


def start(work: Callable[[], None], number: int = 1) -> None:
    """Start up to `number` daemon threads: where the host allows fewer, those that run do what the others would have done.

    Raises HostLimitError where it allows none.
    """
    refusal: Optional[Exception] = None
    for started in range(number):
        try:
            threading.Thread(target=work, daemon=True).start()
        except (RuntimeError, MemoryError) as error:
            if started:
                return
            refusal = error
            break
    if refusal is not None:
        from .._formatting import host_limit

        limit = host_limit(refusal)
        if limit is None:  # pragma: no cover - an interpreter that ends
            raise refusal
        raise HostLimitError(f"Not asked: {limit.text}.", hint=limit.hint)


class _Progress:
    """How far the tasks are."""

    def __init__(self, number: int, cancel_token: CancelToken) -> None:
        self.error: Optional[BaseException] = None
        self._number = number
        self._taken = 0
        self._remaining = number
        self._changed = cancel_token.changed
        self._cancel_token = cancel_token

    def take(self) -> Optional[int]:
        """Take the next task: return its number, or None if none is left."""
        with self._changed:
            if self._taken == self._number:
                return None
            self._taken += 1
            return self._taken - 1

    def finished(self) -> None:
        with self._changed:
            self._remaining -= 1
            if self._remaining == 0:
                self._changed.notify_all()

    def failed(self, error: BaseException) -> None:
        with self._changed:
            self.error = self.error or error
            self._changed.notify_all()

    def wait(self) -> None:
        with self._changed:
            while self._remaining and self.error is None and not self._cancel_token.is_cancelled():
                self._cancel_token.wait_for_change()
