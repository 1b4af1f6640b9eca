# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where time passes, so that tests decide how much of it does."""

from __future__ import annotations

import datetime
import random
import time
from typing import Optional

_NONE = datetime.timedelta(0)
# Time is compared and added to without a check for overflow; a century ahead is as good as any date beyond it.
_LONGEST_LEAD = datetime.timedelta(days=36525)
_LONGEST_DATE = 64  # characters; an HTTP date has 29


class Clock:
    """The host's clock, and how far the cloud's differs from it.

    Signatures are made with now(), since the cloud itself refuses a clock that is off. What nobody refuses, the age of a scan
    or the expiry of a token, is judged by latest().
    """

    # The largest difference seen, cloud minus host: an answer that was long on its way, or in a cache, shows a smaller one.
    _skew: Optional[datetime.timedelta] = None

    def now(self) -> datetime.datetime:
        """Return the host's time, aware, in UTC."""
        return datetime.datetime.now(datetime.timezone.utc)

    def latest(self) -> datetime.datetime:
        """Return the later of the host's time and the cloud's, aware, in UTC."""
        return self.now() + self.lead

    @property
    def skew(self) -> datetime.timedelta:
        """How far the cloud's clock is ahead of the host's; negative where it is behind, zero where it is unknown."""
        return self._skew or _NONE

    @property
    def lead(self) -> datetime.timedelta:
        """How far latest() is ahead of now(); never negative."""
        return min(max(self.skew, _NONE), _LONGEST_LEAD)

    def note(self, date: Optional[str]) -> None:
        """Take the header Date of an answer that has just come in. One that is no date says nothing."""
        if not date or len(date) > _LONGEST_DATE:
            return
        from email.utils import parsedate_to_datetime

        try:
            when = parsedate_to_datetime(date)
        except (TypeError, ValueError, IndexError, OverflowError):
            return
        # Zone -0000 is read as none; HTTP has only UTC.
        skew = (when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)) - self.now()
        self._skew = skew if self._skew is None else max(self._skew, skew)

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
