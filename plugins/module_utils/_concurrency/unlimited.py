# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Provide the limiter of a task that sends one request after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .._clock import Clock
from .models import Call, Key, Throttling

if TYPE_CHECKING:
    from .quota import QuotaWindow
    from .throttling import Quotas


class Unlimited:
    """Let each request go at once. It has the methods of ConcurrencyLimiter, without a limit, a deadline or threads.

    Only a task that is throttled imports and keeps quotas.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._quotas: Optional[Quotas] = None
        self._call = Call((), 0.0)

    def slot(self, key: Key) -> Unlimited:
        """Wait for the quota of the operation `key`, if one is known."""
        given_up = self._quotas is not None and self._wait(self._quotas, key)
        self._call = Call(key, self._clock.monotonic(), given_up)
        return self

    def __enter__(self) -> Call:
        return self._call

    def __exit__(self, *error: Any) -> None:
        pass

    def _wait(self, quotas: Quotas, key: Key) -> bool:
        """Wait until the next call may be sent; return whether throttling has lasted too long to go on."""
        now = self._clock.monotonic()
        delay, patience = quotas.window(key).delay(now), quotas.patience(now)
        if delay > 0 and quotas.gives_up(key, delay, now):
            return True
        if delay > 0:
            quotas.begin_wait(now)
            self._clock.sleep(min(delay, patience))
            quotas.end_wait(self._clock.monotonic())
        return delay > patience

    def may_send(self, call: Call) -> bool:
        return True

    def is_cancelled(self) -> bool:
        return False

    def remaining(self) -> Optional[float]:
        return None

    def reason(self) -> str:  # pragma: no cover - it is never cancelled
        return ""

    def pause(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    def on_accepted(self, call: Call, succeeded: bool) -> None:
        """Note that a call was answered, with success or an error, and not throttled."""
        if self._quotas is not None:
            self._record(self._quotas, call)
            self._quotas.accept(call, succeeded)

    def on_throttled(self, call: Call, said: Throttling, response: Any) -> bool:
        """Hold back further calls of the operation; return whether this one may be sent again after that."""
        from .throttling import Quotas

        self._quotas = self._quotas or Quotas()
        now = self._record(self._quotas, call)
        self._quotas.throttle(call, now, said, response)
        return not self._quotas.is_exhausted(now)

    def _record(self, quotas: Quotas, call: Call) -> float:
        """Count a call that has just ended; return the time."""
        now = self._clock.monotonic()
        quotas.window(call.key).start(call)
        quotas.window(call.key).end(call, now)
        return now

    def window(self, key: Key) -> QuotaWindow:
        """Return what is known about the quota of an operation."""
        from .quota import QuotaWindow

        return self._quotas.window(key) if self._quotas is not None else QuotaWindow()

    def throttled_seconds(self) -> float:
        """Return the seconds that requests waited for the quota of their operation."""
        return self._quotas.waited(self._clock.monotonic()) if self._quotas is not None else 0.0
