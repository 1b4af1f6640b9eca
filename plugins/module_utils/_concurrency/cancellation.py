# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cooperative cancellation: a deadline or an explicit request."""

from __future__ import annotations

import threading
from typing import Optional

from .._clock import Clock


class CancelToken:
    """Shared by all threads of a task. `deadline` is in seconds from now; None for none."""

    def __init__(self, clock: Clock, deadline: Optional[float] = None) -> None:
        self._clock = clock
        # What waits for something else too waits with this, so that set() wakes it.
        self.changed = threading.Condition()
        self._set = False
        self._deadline = deadline
        self._end = None if deadline is None else clock.monotonic() + deadline

    def cancel(self) -> None:
        with self.changed:
            self._set = True
            self.changed.notify_all()

    def is_cancelled(self) -> bool:
        return self._set or self.remaining() == 0

    def remaining(self) -> Optional[float]:
        """Seconds until the deadline, 0 from then on; None where there is none."""
        return None if self._end is None else max(0.0, self._end - self._clock.monotonic())

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until the word comes."""
        remaining = self.remaining()
        with self.changed:
            self.changed.wait_for(lambda: self._set, seconds if remaining is None else min(seconds, remaining))

    def reason(self) -> str:
        return (
            "it was interrupted"
            if self._deadline is None
            else f"the deadline of {self._deadline:g} seconds was reached"
        )
