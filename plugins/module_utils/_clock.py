# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where time passes, so that tests decide how much of it does."""

from __future__ import annotations

import datetime
import random
import time


class Clock:
    """The machine's clock."""

    def now(self) -> datetime.datetime:
        """Wall-clock time, aware, in UTC."""
        return datetime.datetime.now(datetime.timezone.utc)

    def monotonic(self) -> float:
        """Seconds from a moment that stays the same while this process lives."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:  # pragma: no cover - unit tests decide how time passes
        time.sleep(seconds)

    def jitter(self) -> float:
        """A factor in [0.5, 1.0), so that clients refused together do not come back together."""
        return 0.5 + random.random() / 2


def timestamp(when: datetime.datetime) -> str:
    """ISO 8601 in UTC with seconds, as in 2026-11-25T01:02:03Z."""
    return when.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
