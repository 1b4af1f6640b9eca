# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leave out clusters that cannot be scanned, and report them: HSS would accept their scan, which would fail later."""

from __future__ import annotations

from typing import Callable, List, Sequence, Tuple

from .._api.client import Client
from .._api.clusters import name_of, why_unscannable
from .._api.pagination import Row
from .._errors import ScanError
from .request import ScanRequest
from .waiter import as_text

_PREFIX = "cannot be scanned: "
HINT = (
    "Install the agent of HSS on their nodes, or wake them up: hss_cluster_info with agent_info=true lists the agents."
)


def split_unscannable(client: Client, rows: Sequence[Row], request: ScanRequest) -> Tuple[List[Row], List[Row]]:
    """Return the rows of clusters that can be scanned, and the outcomes of those that cannot."""
    scannable, outcomes = [], []
    now = client.now()
    for row in rows:
        reason = why_unscannable(row, now)
        if reason is None:
            scannable.append(row)
            continue
        reasons = dict.fromkeys(request.scan_types, f"{_PREFIX}{reason}")
        outcomes.append(
            {
                "cluster_id": str(row["cluster_id"]),
                "cluster_name": name_of(row),
                "scan_status": "failed",
                "reasons": reasons,
            }
        )
    return scannable, outcomes


def describe_unscannable(unscannable: Sequence[Row], total: int) -> str:
    """Return a sentence about clusters that cannot be scanned. `total`: the number of selected clusters."""
    names = "; ".join(
        f"{as_text(outcome['cluster_name'] or outcome['cluster_id'])} ({next(iter(outcome['reasons'].values()))[len(_PREFIX) :]})"
        for outcome in unscannable
    )
    return f"{len(unscannable)} of {total} selected clusters cannot be scanned: {names}."


def with_unscannable(unscannable: List[Row], selected: int, scan_others: Callable[[], Row]) -> Row:
    """Return the result of scanning the other clusters. Raises ScanError, with that result, if any cluster cannot be scanned."""
    if not unscannable:
        return scan_others()
    problem = ScanError(describe_unscannable(unscannable, selected), hint=HINT, service="HSS")
    try:
        result = scan_others()
    except ScanError as error:
        result = dict(error.data or {})
        error.message = f"{problem.message} {error.message}"
        problem = error
    problem.data = {**result, "clusters": [*result.get("clusters", []), *unscannable]}
    raise problem
