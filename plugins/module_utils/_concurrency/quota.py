# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Learn the quota of one operation from throttled responses, and tell when its next call may be sent.

Pure: the time, in seconds of any one clock, is an argument. A quota is treated as a sliding window over all calls, refused ones
included: whoever stays below it stays below a fixed window too. A call occupies its window from the moment it may be sent until one
period after its response, since nothing is known about when the server counted it.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any, Deque, Optional

from .models import Call, Throttling

FIRST_WAIT = 2.0  # seconds, where neither Retry-After nor the text names a window
MAX_WAIT = 60.0  # seconds that such a wait grows to
MARGIN = 0.02  # of each wait, for clocks that differ in rate
# An observed limit may be too low, since others use the quota too. It is doubled after so many windows that were used up.
WINDOWS_BEFORE_GROWTH = 8
# So many calls may be in flight until as many were accepted. This costs a sweep one response time, once: 8 are more than the documented
# quota of HSS, 5 calls a minute, which therefore shows at once. Without it, 16 at once make that quota refuse 29 % of 40 calls, with it 17 %.
FIRST_CALLS = 8
NEVER = -math.inf


class QuotaWindow:
    """What is known about the quota of one operation. `limit` calls per `period` seconds; None while unknown."""

    def __init__(self) -> None:
        self.limit: Optional[int] = None
        self.period: Optional[float] = None
        # The last throttled response, for the error message.
        self.response: Any = None
        # Seconds that a call would have had to wait that failed instead; 0 if none did.
        self.excessive_wait = 0.0
        self.blocked_at = NEVER
        self._is_named = False
        self._not_before = NEVER
        self._calls: Deque[Call] = deque()
        self._in_flight = 0
        # How many may be in flight: one after a refusal, then twice as many with each success.
        self._allowed = float(FIRST_CALLS)
        # Refusals in a row, those of one moment counted once.
        self._refusals = 0
        # The current window: when its first call was allowed, and how many were accepted since.
        self._opened: Optional[float] = None
        self._accepted = 0
        self._full_windows = 0
        self._windows_before_growth = WINDOWS_BEFORE_GROWTH

    def delay(self, now: float) -> float:
        """Return the seconds until the next call may be sent: 0 for at once, infinity for not before another one has ended."""
        if now < self._not_before:
            return self._not_before - now
        if self._in_flight >= self._allowed:
            return math.inf
        if self.limit is None or self.period is None:
            return 0.0
        span = self.period * (1 + MARGIN)
        ends = sorted(call.ended + span for call in self._calls if call.ended is not None and call.ended + span > now)
        excess = self._in_flight + len(ends) - self.limit
        if excess < 0:
            return 0.0
        return ends[excess] - now if excess < len(ends) else math.inf

    @property
    def is_throttled(self) -> bool:
        """Return whether a call was ever refused."""
        return self.blocked_at != NEVER

    def start(self, call: Call) -> None:
        """Count a call that is about to be sent."""
        kept = max(self.period or 0.0, MAX_WAIT) * (1 + MARGIN)
        forgotten = []
        while self._calls and (self._calls[0].ended or math.inf) + kept < call.started:
            forgotten.append(self._calls.popleft())
        self._calls.append(call)
        self._in_flight += 1
        if self._opened is None:
            self._opened = call.started
        elif forgotten and self.period is None and not self._refusals:
            # Calls of long ago say nothing about the quota that a refusal shows.
            self._opened = self._calls[0].started
            self._accepted -= sum(earlier.accepted for earlier in forgotten)

    def forget(self, call: Call) -> None:
        """Take back start(): the call was not sent."""
        self._calls.remove(call)
        self.end(call, call.started)

    def end(self, call: Call, now: float) -> None:
        """Note that a call is over."""
        if call.ended is None:
            call.ended = now
            self._in_flight -= 1

    def accept(self, call: Call) -> None:
        """Note that a call was not throttled."""
        call.accepted = True
        if call.started <= self.blocked_at:
            # It was sent before the refusal, so it does not show how many may be sent after it.
            self._accepted += 1
            return
        if self._refusals:
            self._learn()
            self._refusals = 0
            self._opened, self._accepted = call.started, 0
        elif self.period is not None and call.started - (self._opened or 0.0) >= self.period:
            self._next_window(call)
        self._accepted += 1
        if self.is_throttled:
            self._allowed *= 2
        elif self._accepted >= FIRST_CALLS:
            self._allowed = math.inf

    def throttle(self, call: Call, now: float, said: Throttling) -> None:
        """Note that a call was refused: block further ones for the time that the response names, else for a time that grows."""
        self._read(said)
        if call.started <= self.blocked_at:
            # Sent before the refusal that is known already.
            self._not_before = max(self._not_before, now + self._padded(said.retry_after or 0.0))
            return
        wait = said.retry_after
        if wait is None and self._is_named and self.period is not None:
            # If the calls of this task use up the quota, their own age says when the next may go.
            wait = self.period if self._occupied(now, call) < (self.limit or 0) else 0.0
        if wait is None or self._refusals:
            wait = max(wait or 0.0, min(MAX_WAIT, FIRST_WAIT * 2**self._refusals))
        self.blocked_at = now
        self._not_before = now + self._padded(wait)
        self._refusals = min(self._refusals + 1, 10)
        self._allowed = 1.0

    def describe(self) -> str:
        """Return the quota as words, such as `5 calls in 60 seconds`; empty if it is unknown."""
        if self.limit is None or self.period is None:
            return ""
        return f"{self.limit} call{'' if self.limit == 1 else 's'} in {max(1, round(self.period))} seconds"

    def _read(self, said: Throttling) -> None:
        if said.limit and said.period:
            self.limit, self.period, self._is_named = said.limit, said.period, True

    def _padded(self, wait: float) -> float:
        # Never 0, so that a call after the wait is told from one before it.
        return wait * (1 + MARGIN) + 0.001

    def _occupied(self, now: float, refused: Call) -> int:
        """Return how many accepted calls of this task are in the window, those without a response yet included."""
        span = self.period or 0.0
        return sum(
            1
            for call in self._calls
            if call is not refused and (call.ended is None or (call.accepted and call.ended + span > now))
        )

    def _learn(self) -> None:
        """Estimate the quota from the calls before a block and the time until the next one was accepted."""
        if self._is_named or self._opened is None or not self._accepted:
            return
        span = self._not_before - self._opened
        if self.period is None:
            self.limit, self.period = self._accepted, span
        elif self.blocked_at - self._opened < self.period:
            # The window was not over, so it was its number of calls that was too high.
            self.limit = self._accepted
            self._windows_before_growth *= 2
        else:
            self.period = max(self.period, span)
        self._full_windows = 0

    def _next_window(self, call: Call) -> None:
        """Begin a window after one without a refusal."""
        if not self._is_named and self.limit is not None and self._accepted >= self.limit:
            self._full_windows += 1
            if self._full_windows >= self._windows_before_growth:
                self.limit *= 2
                self._full_windows = 0
        self._opened, self._accepted = call.started, 0
