# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limit concurrent requests, and hold back those whose operation is throttled."""

from __future__ import annotations

import contextlib
import math
import threading
from typing import Any, Iterator, Optional

from .._clock import Clock
from .cancellation import CancelToken
from .models import Call, Key, Throttling
from .quota import QuotaWindow
from .throttling import Quotas


class ConcurrencyLimiter:
    """Allow at most `limit` requests in flight, and of a throttled operation only as many as its quota allows.

    A request that waits for the quota of its operation holds no slot, so other operations go on.
    """

    def __init__(self, limit: int, clock: Clock, cancel_token: CancelToken) -> None:
        self.limit = limit
        self._in_flight = 0
        # A request may have to fetch its credential first: that uses the slot that its thread already has.
        self._local = threading.local()
        self._clock = clock
        self.cancel_token = cancel_token
        self._changed = cancel_token.changed
        self._quotas = Quotas()
        cancel_token.explain = lambda: self._quotas.describe(self._clock.monotonic())

    @contextlib.contextmanager
    def slot(self, key: Key) -> Iterator[Call]:
        """Hold a slot while a request is in flight. Entering waits for a free slot, or until the task is cancelled.

        It also waits for the quota of the operation `key`. The call says whether throttling has lasted too long to go on.
        """
        depth = self._local.depth = getattr(self._local, "depth", 0) + 1
        try:
            call = self._acquire(key, nested=depth > 1)
            try:
                yield call
            finally:
                self._release(call, nested=depth > 1)
        finally:
            self._local.depth -= 1

    def _acquire(self, key: Key, nested: bool) -> Call:
        with self._changed:
            window = self._quotas.window(key)
            # The slot of the outer request is free for others while this one waits.
            self._in_flight -= nested
            waiting = given_up = False
            while not self.cancel_token.is_cancelled():
                now = self._clock.monotonic()
                delay = window.delay(now)
                throttled = delay > 0 and window.is_throttled
                if throttled and self._quotas.gives_up(key, delay, now):
                    given_up = True
                    break
                if throttled is not waiting:
                    waiting = throttled
                    (self._quotas.begin_wait if waiting else self._quotas.end_wait)(now)
                # A nested request does not wait for a slot: those who have one may wait for the credential that it fetches.
                if delay <= 0 and (nested or self._in_flight < self.limit):
                    break
                if throttled and delay < math.inf:
                    self.cancel_token.wait(min(delay, self._quotas.patience(now)))
                else:
                    self.cancel_token.wait_for_change(delay if 0 < delay < math.inf else None)
            now = self._clock.monotonic()
            if waiting:
                self._quotas.end_wait(now)
            self._in_flight += 1
            call = Call(key, now, given_up)
            if given_up:
                call.ended = now
            else:
                window.start(call)
            return call

    def _release(self, call: Call, nested: bool) -> None:
        with self._changed:
            if not nested:
                self._in_flight -= 1
            self._quotas.window(call.key).end(call, self._clock.monotonic())
            self._changed.notify_all()

    def may_send(self, call: Call) -> bool:
        """Return whether the call may still be sent: not if its operation was throttled since it got its slot."""
        with self._changed:
            window = self._quotas.window(call.key)
            if window.blocked_at < call.started:
                return True
            window.forget(call)
            return False

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

    def on_accepted(self, call: Call, succeeded: bool) -> None:
        """Note that a call was answered, with success or an error, and not throttled."""
        with self._changed:
            self._quotas.accept(call, succeeded)

    def on_throttled(self, call: Call, said: Throttling, response: Any) -> bool:
        """Hold back further calls of the operation; return whether this one may be sent again after that."""
        with self._changed:
            now = self._clock.monotonic()
            self._quotas.throttle(call, now, said, response)
            self._changed.notify_all()
            return not self._quotas.is_exhausted(now)

    def window(self, key: Key) -> QuotaWindow:
        """Return what is known about the quota of an operation."""
        return self._quotas.window(key)

    def throttled_seconds(self) -> float:
        """Return the seconds in which at least one request waited for the quota of its operation."""
        with self._changed:
            return self._quotas.waited(self._clock.monotonic())
