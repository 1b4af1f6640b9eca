# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define calls and what throttled responses say, as data."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

# Service and operation: each has a quota of its own. More parts where quotas are counted by more.
Key = Tuple[str, ...]


class Throttling(NamedTuple):
    """What a throttled response says: seconds to wait, calls per period, the period in seconds; None where it does not say."""

    retry_after: Optional[float] = None
    limit: Optional[int] = None
    period: Optional[float] = None


class Call:
    """One request. `started`: when it was allowed; `ended`: when its response or failure was there."""

    __slots__ = ("accepted", "ended", "given_up", "key", "started")

    def __init__(self, key: Key, started: float, given_up: bool = False) -> None:
        self.key = key
        self.started = started
        self.ended: Optional[float] = None
        self.accepted = False
        # It must not be sent: throttling has lasted for too long.
        self.given_up = given_up
