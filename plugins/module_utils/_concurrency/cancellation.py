# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cooperative cancellation: a deadline or an explicit request."""

from __future__ import annotations

import threading
from typing import Callable, Optional

from .._clock import Clock


class CancelToken:
    """Shared by all threads of a task. `deadline` is in seconds from now; None for none."""

    def __init__(self, clock: Clock, deadline: Optional[float] = None) -> None:
        self._clock = clock
        # What waits for something else too waits with this, so that set() wakes it.
        self.changed = threading.Condition()
        self._set = False
        # Returns what kept the task from meeting its deadline, as the end of a sentence.
        self.explain: Optional[Callable[[], str]] = None
        self._deadline = deadline
        self._end = None if deadline is None else clock.monotonic() + deadline

    def cancel(self) -> None:
        with self.changed:
            self._set = True
            self.changed.notify_all()

    def is_cancelled(self) -> bool:
        return self._set or self.remaining() == 0

    def remaining(self) -> Optional[float]:
        """Return the seconds until the deadline, 0 after it; None without a deadline."""
        return None if self._end is None else max(0.0, self._end - self._clock.monotonic())

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until the task is cancelled."""
        remaining = self.remaining()
        end = self._clock.monotonic() + (seconds if remaining is None else min(seconds, remaining))
        with self.changed:
            while not self._set:
                left = end - self._clock.monotonic()
                if left <= 0:
                    break
                self._clock.wait(self.changed, left)

    def wait_for_change(self, seconds: Optional[float] = None) -> None:
        """Wait until `changed`, whose lock the caller holds, is notified, until the deadline, or for so many seconds."""
        waits = [wait for wait in (seconds, self.remaining()) if wait is not None]
        self._clock.wait(self.changed, min(waits) if waits else None)

    def reason(self) -> str:
        """Return why the task was cancelled."""
        if self._deadline is None:
            return "it was interrupted"
        explanation = self.explain() if self.explain is not None else ""
        return f"the deadline of {self._deadline:g} seconds was reached{explanation}"
