# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Provide the limiter of a task that sends one request after another."""

from __future__ import annotations

from typing import Any, Optional

from .._clock import Clock


class Unlimited:
    """Let each request go at once. It has the methods of ConcurrencyLimiter, without a limit, a deadline or threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def slot(self) -> Unlimited:
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass

    def is_cancelled(self) -> bool:
        return False

    def remaining(self) -> Optional[float]:
        return None

    def reason(self) -> str:  # pragma: no cover - it is never cancelled
        return ""

    def pause(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    def on_success(self) -> None:
        pass

    def on_throttled(self, seconds: float) -> None:
        pass
