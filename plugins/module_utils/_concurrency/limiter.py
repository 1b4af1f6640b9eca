# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limit concurrent requests. Drop to one after throttling, then grow with each success (AIMD)."""

from __future__ import annotations

import contextlib
import threading
from typing import Iterator, Optional

from .._clock import Clock
from .cancellation import CancelToken


class ConcurrencyLimiter:
    """Allow at most `limit` requests in flight.

    After a throttled response all wait, continue one at a time, and more again with each that succeeds.
    """

    def __init__(self, limit: int, clock: Clock, cancel_token: CancelToken) -> None:
        self.limit = limit
        self._allowed = float(limit)
        self._in_flight = 0
        # A request may have to fetch its credential first: that uses the slot that its thread already has.
        self._local = threading.local()
        self._not_before = clock.monotonic()
        self._clock = clock
        self.cancel_token = cancel_token
        self._changed = cancel_token.changed

    @contextlib.contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot while a request is in flight. Entering waits for a free slot, or until the task is cancelled."""
        self._local.depth = getattr(self._local, "depth", 0) + 1
        try:
            if self._local.depth > 1:
                yield
                return
            self._acquire()
            try:
                yield
            finally:
                self._release()
        finally:
            self._local.depth -= 1

    def _acquire(self) -> None:
        with self._changed:
            while not self.cancel_token.is_cancelled():
                delay = self._not_before - self._clock.monotonic()
                if delay <= 0 and self._in_flight < int(self._allowed):
                    break
                remaining = self.cancel_token.remaining()
                waits = [seconds for seconds in (delay if delay > 0 else None, remaining) if seconds is not None]
                self._changed.wait(min(waits) if waits else None)
            self._in_flight += 1

    def _release(self) -> None:
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()

    def is_cancelled(self) -> bool:
        return self.cancel_token.is_cancelled()

    def remaining(self) -> Optional[float]:
        """Return the seconds until the deadline of the task, None if it has none."""
        return self.cancel_token.remaining()

    def reason(self) -> str:
        """Return why the task was cancelled."""
        return self.cancel_token.reason()

    def pause(self, seconds: float) -> None:
        """Wait before one request's next attempt, but no longer than until the task is cancelled."""
        self.cancel_token.wait(seconds)

    def on_success(self) -> None:
        """Raise the number of allowed requests. A thread calls this inside its slot."""
        with self._changed:
            # A request that was sent before a throttled response does not show how many may be sent after it.
            if self._local.depth == 1 and self._clock.monotonic() >= self._not_before:
                self._allowed = min(float(self.limit), self._allowed + 1 / self._allowed)

    def on_throttled(self, seconds: float) -> None:
        """Let no request go for this long, then one at a time."""
        with self._changed:
            self._allowed = 1.0
            self._not_before = max(self._not_before, self._clock.monotonic() + seconds)
            self._changed.notify_all()
