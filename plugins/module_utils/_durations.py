# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lengths of time as people write them. The one parser of durations."""

from __future__ import annotations

import re

from ._errors import ConfigurationError

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LONGEST = 100 * 366 * 86400  # seconds

_DURATION = re.compile(r"([0-9]{1,10})([smhdw]?)")


def seconds(text: str, origin: str) -> int:
    """Seconds from 7d, 24h, 90m, 30s, 2w, or a plain number of seconds. Above 0; `origin` names the option in the error."""
    found = _DURATION.fullmatch(text.strip().lower())
    length = int(found.group(1)) * UNITS[found.group(2)] if found else 0
    if not 0 < length <= LONGEST:
        raise ConfigurationError(f"{origin} must be a length of time such as 7d, 24h or a number of seconds, above 0.")
    return length


def shortest(length: int) -> str:
    """The same length in the largest unit that it is a multiple of, but no weeks: 604800 is 7d."""
    unit = next(unit for unit in ("d", "h", "m", "s") if length % UNITS[unit] == 0)
    return f"{length // UNITS[unit]}{unit}"
