# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep the quota windows of a task: one for each operation, how long the task waited for them, and when it gives up."""

from __future__ import annotations

import math
from typing import Any, Dict, Optional

from .models import Call, Key, Throttling
from .quota import QuotaWindow

PATIENCE = 300.0  # seconds without any successful request, after which throttled calls fail


class Quotas:
    """The windows of a task. The caller passes the time, and sees to it that one thread at a time is in here."""

    def __init__(self) -> None:
        self._windows: Dict[Key, QuotaWindow] = {}
        # When the first call was throttled after which nothing succeeded.
        self._throttled_since: Optional[float] = None
        # Calls that are waiting for a window, since when at least one is, and the seconds before that.
        self._waiting = 0
        self._waiting_since = 0.0
        self._waited = 0.0
        # The operation that was throttled last.
        self._throttled: Optional[Key] = None

    def window(self, key: Key) -> QuotaWindow:
        """Return the window of an operation. Each key has its own."""
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = QuotaWindow()
        return window

    def is_exhausted(self, now: float) -> bool:
        """Return whether throttled calls fail from now on, since nothing has succeeded for PATIENCE seconds."""
        return self._throttled_since is not None and now - self._throttled_since >= PATIENCE

    def patience(self, now: float) -> float:
        """Return the seconds until throttled calls fail if nothing succeeds."""
        return PATIENCE if self._throttled_since is None else max(0.0, self._throttled_since + PATIENCE - now)

    def gives_up(self, key: Key, delay: float, now: float) -> bool:
        """Return whether a call that would have to wait for `delay` seconds fails at once.

        That is so if no request has succeeded for PATIENCE, or if the wait alone is longer than that.
        """
        if PATIENCE < delay < math.inf:
            self.window(key).excessive_wait = delay
            return True
        return self.is_exhausted(now)

    def accept(self, call: Call, succeeded: bool) -> None:
        """Note that a call was not throttled. An error of another kind is not a success, so it does not prolong the waiting."""
        if succeeded:
            self._throttled_since = None
        self.window(call.key).accept(call)

    def throttle(self, call: Call, now: float, said: Throttling, response: Any) -> None:
        """Note that a call was throttled."""
        if self._throttled_since is None:
            self._throttled_since = now
        window = self.window(call.key)
        window.throttle(call, now, said)
        window.response = response
        self._throttled = call.key

    def begin_wait(self, now: float) -> None:
        """Note that a call begins to wait for its window."""
        if self._waiting == 0:
            self._waiting_since = now
        self._waiting += 1

    def end_wait(self, now: float) -> None:
        """Note that a call no longer waits for its window."""
        self._waiting -= 1
        if self._waiting == 0:
            self._waited += now - self._waiting_since

    def waited(self, now: float) -> float:
        """Return the seconds in which at least one call waited for its window."""
        return self._waited + (now - self._waiting_since if self._waiting else 0.0)

    def describe(self, now: float) -> str:
        """Return how long the task waited and for which quota, to follow a time limit in a message; empty if it did not wait."""
        waited = self.waited(now)
        if waited < 0.5 or self._throttled is None:
            return ""
        service, operation = self._throttled[:2]
        quota = self.window(self._throttled).describe()
        return (
            f", {waited:.0f} of them spent waiting because the cloud throttles {service} {operation}"
            f"{f' ({quota})' if quota else ''}"
        )
