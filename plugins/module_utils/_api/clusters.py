# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the clusters that HSS knows, and derive their scan state.

Source: https://support.huaweicloud.com/intl/en-us/api-hss2.0/, ListKubernetesClusterDetails.
"""

from __future__ import annotations

import datetime
from typing import Any, Dict, Iterable, List, Mapping, Optional

from .._clock import timestamp
from .._errors import ConfigurationError, InvalidResponseError
from .._formatting import parse_duration
from .._http.models import Operation
from .._settings import check_text
from .client import Client
from .pagination import Listing, ListQuery, Row, read_all
from .scopes import Scope

LISTING = Listing(Operation("HSS", "ListKubernetesClusterDetails"), "cluster_info_list", ("cluster_id",))
FIGURES = ("sys_vul_num", "app_vul_num", "emg_vul_num", "risk_assess_num", "sec_comp_num")
# ListKubernetesClusterDetails documents last_scan_time in milliseconds (0 to 4071095999000). That the times of tasks are in milliseconds
# is documented by the vendor's Terraform provider only. A smaller number can only be seconds, for the dates of today.
SMALLEST_MILLISECONDS = 100_000_000_000

ANY, SCANNED, UNSCANNED, STALE = "any", "scanned", "unscanned", "stale"
# Clocks differ, and the cloud accepts a signature whose time is off by this much. A scan dated later than that has no known age.
CLOCK_TOLERANCE = datetime.timedelta(minutes=15)


def list_clusters(client: Client, scope: Scope, cluster_name: Optional[str] = None) -> List[Row]:
    """GET /v5/{project_id}/kubernetes/clusters, every cluster of the scope, whose project ID is known.

    The API's own fields under the API's names, and beside them `last_scan`, ISO 8601 in UTC, None when never.
    `cluster_name` is exact: whether the API's own filter is, is not documented, so it is applied here too.
    Raises InvalidResponseError for a list that cannot be trusted.
    """
    filters = [("scene", "cluster_risk")]
    if cluster_name:
        filters.append(("cluster_name", cluster_name))
    rows = read_all(client, LISTING, ListQuery(scope, ("kubernetes", "clusters"), filters))
    for row in rows:
        check_figures(LISTING.operation, row, FIGURES)
    return [
        {**row, "last_scan": last_scan(row)}
        for row in rows
        if not cluster_name or row.get("cluster_name") == cluster_name
    ]


def name_of(row: Mapping[str, Any]) -> Optional[str]:
    """Return the cluster's name, None where the answer has none, or something that is no text."""
    name = row.get("cluster_name")
    return name if isinstance(name, str) else None


def check_figures(operation: Operation, row: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise InvalidResponseError for a figure that is no whole number. Absent and null mean that it is not known."""
    for name in names:
        value = row.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise _unusable(operation, f"{name} of cluster {row['cluster_id']} is no whole number, 0 or above")


def last_scan(row: Row) -> Optional[str]:
    """Return the last scan of a row. How "never" is expressed is not documented: absent, null and 0 count as never, an assumption."""
    try:
        return iso_time(row.get("last_scan_time"))
    except ValueError:
        pass
    raise _unusable(LISTING.operation, f"last_scan_time of cluster {row['cluster_id']} is no time")


def iso_time(value: Any) -> Optional[str]:
    """ISO 8601 in UTC of a time as the API gives it; None for none. ValueError for what is no time."""
    if value is None or (value == 0 and not isinstance(value, bool)):
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("no time")
    # Whole seconds: a division of a very large number into a float would raise.
    moment = value // 1000 if value >= SMALLEST_MILLISECONDS else value
    try:
        return timestamp(datetime.datetime.fromtimestamp(moment, datetime.timezone.utc))
    except (OverflowError, OSError) as error:
        raise ValueError("no time") from error


def scan_state(row: Row, now: datetime.datetime, max_age: Optional[int]) -> str:
    """Return `unscanned`, `stale` or `scanned` for a row with `last_scan`.

    Stale is a scan older than `max_age` seconds, if given, and one dated in the future, whose age is not known.
    """
    if row["last_scan"] is None:
        return UNSCANNED
    if is_in_future(row, now):
        return STALE
    return STALE if max_age is not None and (now - _moment(row)).total_seconds() > max_age else SCANNED


def is_in_future(row: Row, now: datetime.datetime) -> bool:
    """Return whether the last scan of a row with `last_scan` is dated more than CLOCK_TOLERANCE after `now`."""
    return row["last_scan"] is not None and _moment(row) - now > CLOCK_TOLERANCE


def _moment(row: Row) -> datetime.datetime:
    # By hand from the one form of timestamp(): strptime() takes ten times as long, for each of thousands of clusters.
    return datetime.datetime.fromisoformat(row["last_scan"][:-1]).replace(tzinfo=datetime.timezone.utc)


def check_cluster_options(params: Mapping[str, Any]) -> Optional[int]:
    """Read the options that select clusters, before anything is sent; `max_scan_age` in seconds, None if not given."""
    check_text(params["cluster_name"], "Option cluster_name")
    if params["max_scan_age"]:
        return parse_duration(params["max_scan_age"], "Option max_scan_age")
    if params["scan_state"] == STALE:
        raise ConfigurationError(
            "Option scan_state is stale, and max_scan_age is not given: it says from which age on a scan is stale."
        )
    return None


def by_scan_state(rows: List[Row], wanted: str, now: datetime.datetime, max_age: Optional[int]) -> List[Row]:
    """Return the rows in the requested state, each with its `scan_state`."""
    stated = [{**row, "scan_state": scan_state(row, now, max_age)} for row in rows]
    return [row for row in stated if wanted in (ANY, row["scan_state"])]


def provenance(client: Client, scope: Scope, now: datetime.datetime) -> Dict[str, Any]:
    """Return the keys that every list result has: its scope, and when it was read."""
    return {
        "region": scope.region,
        "project_id": scope.project_id,
        "enterprise_project_id": scope.enterprise_project_id,
        "collected_at": timestamp(now),
        "auth_source": client.auth_source,
    }


def _unusable(operation: Operation, problem: str) -> InvalidResponseError:
    from .._formatting import single_line

    return InvalidResponseError.of(
        operation, f"answered, but {single_line(problem)}", hint="If it stays, give it to support."
    )
