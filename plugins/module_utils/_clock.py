# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the time, wait, and follow the cloud's clock. The only importer of `time`, so that tests can replace it."""

from __future__ import annotations

import datetime
import random
import time
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    import threading

_NONE = datetime.timedelta(0)
# Limited to a century, so that adding it to a date does not overflow.
_MAX_LEAD = datetime.timedelta(days=36525)
_MAX_DATE_LENGTH = 64  # characters; an HTTP date has 29


class Clock:
    """The clock of the host and its difference from the cloud's.

    Signatures use now(), since the cloud rejects a clock that is wrong. The age of a scan and the expiry of a token use latest(),
    since the cloud does not check them.
    """

    # The largest difference seen, cloud minus host: a response that was delayed or cached shows a smaller one.
    _skew: Optional[datetime.timedelta] = None

    def now(self) -> datetime.datetime:
        """Return the host's time, aware, in UTC."""
        return datetime.datetime.now(datetime.timezone.utc)

    def latest(self) -> datetime.datetime:
        """Return the later of the host's time and the cloud's, aware, in UTC."""
        return self.now() + self.lead

    @property
    def skew(self) -> datetime.timedelta:
        """Return how far the cloud's clock is ahead of the host's; negative if it is behind, zero if unknown."""
        return self._skew or _NONE

    @property
    def lead(self) -> datetime.timedelta:
        """Return how far latest() is ahead of now(); never negative, at most a century."""
        return min(max(self.skew, _NONE), _MAX_LEAD)

    def note(self, date: Optional[str]) -> None:
        """Update the difference from the Date header of a response that was just received. Ignore an invalid date."""
        if not date or len(date) > _MAX_DATE_LENGTH:
            return
        from email.utils import parsedate_to_datetime

        try:
            when = parsedate_to_datetime(date)
        except (TypeError, ValueError, IndexError, OverflowError):
            return
        # The parser returns no zone for -0000; HTTP dates are always in UTC.
        skew = (when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)) - self.now()
        self._skew = skew if self._skew is None else max(self._skew, skew)

    def monotonic(self) -> float:
        """Return seconds since a fixed moment of this process."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:  # pragma: no cover - unit tests decide how time passes
        """Wait for that many seconds."""
        time.sleep(seconds)

    def wait(self, condition: threading.Condition, seconds: Optional[float]) -> None:
        """Wait until a condition, whose lock the caller holds, is notified, or for that many seconds; None for any time."""
        condition.wait(seconds)

    def jitter(self) -> float:
        """Return a random factor in [0.5, 1.0), so that clients that failed together do not retry together."""
        return 0.5 + random.random() / 2


def timestamp(when: datetime.datetime) -> str:
    """Return ISO 8601 text in UTC with seconds, such as 2026-11-25T01:02:03Z."""
    return when.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
