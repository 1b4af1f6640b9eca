# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limit concurrent requests. Drop to one after throttling, then grow with each success (AIMD)."""

from __future__ import annotations

import threading

from .._clock import Clock
from .cancellation import CancelToken


class ConcurrencyLimiter:
    """At most `most` in flight. After a throttled answer all wait, go on one at a time, and more again with each that succeeds."""

    def __init__(self, limit: int, clock: Clock, cancel_token: CancelToken) -> None:
        self.limit = limit
        self._allowed = float(limit)
        self._in_flight = 0
        # A request may have to fetch its credential first: that goes in the turn that its thread has already.
        self._local = threading.local()
        self._not_before = clock.monotonic()
        self._clock = clock
        self.cancel_token = cancel_token
        self._changed = cancel_token.changed

    def acquire(self) -> None:
        """Wait for a turn, or for the word to give up. Each call is followed by leave()."""
        self._local.depth = getattr(self._local, "depth", 0) + 1
        if self._local.depth > 1:
            return
        with self._changed:
            while not self.cancel_token.is_cancelled():
                delay = self._not_before - self._clock.monotonic()
                if delay <= 0 and self._in_flight < int(self._allowed):
                    break
                remaining = self.cancel_token.remaining()
                waits = [seconds for seconds in (delay if delay > 0 else None, remaining) if seconds is not None]
                self._changed.wait(min(waits) if waits else None)
            self._in_flight += 1

    def release(self, succeeded: bool) -> None:
        self._local.depth -= 1
        if self._local.depth:
            return
        with self._changed:
            self._in_flight -= 1
            # What was on its way before a throttled answer says nothing about how many may go after it.
            if succeeded and self._clock.monotonic() >= self._not_before:
                self._allowed = min(float(self.limit), self._allowed + 1 / self._allowed)
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """One request's own wait before another try."""
        self.cancel_token.wait(seconds)

    def on_throttled(self, seconds: float) -> None:
        """The cloud asks for less: nobody goes on for so long."""
        with self._changed:
            self._allowed = 1.0
            self._not_before = max(self._not_before, self._clock.monotonic() + seconds)
            self._changed.notify_all()
