# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the limits of the gate's rules from the options. Pure."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional

from .._errors import ConfigurationError
from .._formatting import parse_duration
from .._http.json_body import is_count

LARGEST_LIMIT = 10**9


class Limits(NamedTuple):
    """The limits of the rules. A rule with limit None is not applied."""

    max_unscanned: int
    min_clusters: int
    max_risky: Optional[int]
    max_app_vulnerable: Optional[int]
    max_scan_age: Optional[int]  # seconds
    max_stale: int = 0  # clusters without a scan of that age
    max_unprotected: Optional[int] = None
    max_inventory_age: Optional[int] = None  # seconds


def read_limits(params: Mapping[str, Any]) -> Limits:
    """Return the validated limits. Raises ConfigurationError."""
    age = params.get("max_scan_age")
    max_stale = _limit(params, "max_stale")
    if max_stale and age is None:
        raise ConfigurationError("Option max_stale needs max_scan_age: it says at which age a scan is too old.")
    return Limits(
        max_unscanned=_limit(params, "max_unscanned"),
        min_clusters=_limit(params, "min_clusters"),
        max_risky=_optional_limit(params, "max_risky"),
        max_app_vulnerable=_optional_limit(params, "max_app_vulnerable"),
        max_scan_age=_optional_age(params, "max_scan_age"),
        max_stale=max_stale,
        max_unprotected=_optional_limit(params, "max_unprotected"),
        max_inventory_age=_optional_age(params, "max_inventory_age"),
    )


def _optional_limit(params: Mapping[str, Any], name: str) -> Optional[int]:
    return None if params.get(name) is None else _limit(params, name)


def _optional_age(params: Mapping[str, Any], name: str) -> Optional[int]:
    return None if params.get(name) is None else parse_duration(params[name], f"Option {name}")


def _limit(params: Mapping[str, Any], name: str) -> int:
    value: Any = params.get(name)
    # A limit of "yes" must not become a 1.
    if not is_count(value) or value > LARGEST_LIMIT:
        raise ConfigurationError(f"Option {name} must be a whole number from 0 to {LARGEST_LIMIT}.")
    return int(value)
