# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks a name for a while after failures in a row."""

from __future__ import annotations

import threading
from collections.abc import Callable

_FAILURES_TO_LOCK = 5


class Lockout:
    def __init__(self, now: Callable[[], float], seconds: float) -> None:
        self._now = now
        self._seconds = seconds
        self._guard = threading.Lock()
        self._failures: dict[str, int] = {}
        self._locked_until: dict[str, float] = {}

    def reset(self) -> None:
        with self._guard:
            self._failures.clear()
            self._locked_until.clear()

    def is_locked(self, name: str) -> bool:
        with self._guard:
            return self._locked_until.get(name, 0) > self._now()

    def succeeded(self, name: str) -> None:
        with self._guard:
            self._failures.pop(name, None)

    def failed(self, name: str) -> None:
        with self._guard:
            self._failures[name] = self._failures.get(name, 0) + 1
            if self._failures[name] >= _FAILURES_TO_LOCK:
                del self._failures[name]
                self._locked_until[name] = self._now() + self._seconds
