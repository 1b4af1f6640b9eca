# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define the rules of the gate: what each counts, its limit, and its wording. Pure."""

from __future__ import annotations

import datetime
from typing import Callable, Iterable, List, NamedTuple

from .._formatting import format_duration
from .findings import (
    APP_VULNERABILITIES,
    RISKS,
    Evaluate,
    ScopeData,
    find_clusters,
    find_old_inventory,
    find_outdated,
    find_unprotected,
    find_unscanned,
    find_with_numbers,
)
from .limits import Limits

# States of a rule, and of a rule in one scope.
PASSED, FAILED, UNKNOWN = "passed", "failed", "unknown"


class Kind(NamedTuple):
    """How the figures of the scopes are combined, compared with the limit, and described."""

    combine: Callable[[Iterable[int]], int]
    # Whether a figure decides the rule even if it is incomplete, and the status then.
    decides: Callable[[int, int], bool]
    decided: str
    otherwise: str
    # Whether the part of a scope passes, whatever the other scopes have.
    part_passes: Callable[[int, int], bool]
    found: str
    allowed: str
    # The total that the figure is a part of: clusters, unless a rule is about scopes.
    total_of: Callable[[ScopeData], int] = lambda answer: answer.total


MAXIMUM = Kind(
    sum,
    lambda figure, limit: figure > limit,
    FAILED,
    PASSED,
    lambda part, limit: part == 0,
    "{figure} of {total} clusters",
    "at most {limit} allowed",
)
MINIMUM = Kind(
    sum,
    lambda figure, limit: figure >= limit,
    PASSED,
    FAILED,
    lambda part, limit: part >= limit,
    "{figure} clusters",
    "at least {limit} expected",
)


# A maximum for scopes, each of which adds 0 or 1.
SCOPES = MAXIMUM._replace(found="{figure} of {total} scopes", total_of=lambda answer: 1)


class RuleSpec(NamedTuple):
    """One rule to apply. `evaluate` returns the finding of a scope; `words` follow the figure in the message."""

    name: str
    kind: Kind
    limit: int
    words: str
    evaluate: Evaluate


def make_specs(limits: Limits, now: datetime.datetime) -> List[RuleSpec]:
    """Return the rules to apply, in the order of the verdict."""
    specs = [
        RuleSpec("min_clusters", MINIMUM, limits.min_clusters, "were found", find_clusters),
        RuleSpec("max_unscanned", MAXIMUM, limits.max_unscanned, "were never scanned", find_unscanned(now)),
    ]
    if limits.max_scan_age is not None:
        words = f"have no scan of the last {format_duration(limits.max_scan_age)}"
        evaluate = find_outdated(limits.max_scan_age, now)
        specs.append(RuleSpec("max_scan_age", MAXIMUM, limits.max_stale, words, evaluate))
    if limits.max_risky is not None:
        evaluate = find_with_numbers("risk_cluster_num", RISKS, "risks")
        specs.append(RuleSpec("max_risky", MAXIMUM, limits.max_risky, "have risks", evaluate))
    if limits.max_app_vulnerable is not None:
        evaluate = find_with_numbers("app_vul_cluster_num", APP_VULNERABILITIES, "application vulnerabilities")
        words = "run vulnerable applications"
        specs.append(RuleSpec("max_app_vulnerable", MAXIMUM, limits.max_app_vulnerable, words, evaluate))
    if limits.max_unprotected is not None:
        words = "have a node without a working agent"
        specs.append(RuleSpec("max_unprotected", MAXIMUM, limits.max_unprotected, words, find_unprotected))
    if limits.max_inventory_age is not None:
        words = f"have an inventory that HSS collected more than {format_duration(limits.max_inventory_age)} ago"
        evaluate = find_old_inventory(limits.max_inventory_age, now)
        specs.append(RuleSpec("max_inventory_age", SCOPES, 0, words, evaluate))
    return specs
