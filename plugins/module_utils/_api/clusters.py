# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the clusters that HSS knows, and derive their scan state.

Source: https://support.huaweicloud.com/intl/en-us/api-hss2.0/, ListKubernetesClusterDetails.
"""

from __future__ import annotations

import datetime
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from .._clock import timestamp
from .._errors import ConfigurationError, InvalidResponseError
from .._formatting import parse_duration
from .._http.json_body import is_count
from .._http.models import Operation
from .._settings import check_text
from .client import Client
from .pagination import Listing, ListQuery, Row, read_all
from .scopes import Scope, scope_query

SYNCHRONISATION = Operation(
    "HSS", "CreateClustersInfo", idempotent=False, success_statuses=(200, 201, 202), answers_without_body=True
)
LISTING = Listing(Operation("HSS", "ListKubernetesClusterDetails"), "cluster_info_list", ("cluster_id",))
FIGURES = ("sys_vul_num", "app_vul_num", "emg_vul_num", "risk_assess_num", "sec_comp_num")
# ListKubernetesClusterDetails documents last_scan_time in milliseconds (0 to 4071095999000). That the times of tasks are in milliseconds
# is documented by the vendor's Terraform provider only. A smaller number can only be seconds, for the dates of today.
SMALLEST_MILLISECONDS = 100_000_000_000

ANY, SCANNED, UNSCANNED, STALE = "any", "scanned", "unscanned", "stale"
# Clocks differ, and the cloud accepts a signature whose time is off by this much. A scan dated later than that has no known age.
CLOCK_TOLERANCE = datetime.timedelta(minutes=15)

# Numbers of nodes by the state of their agent, with load_agent_info=true.
AGENTS = ("agent_installed_num", "agent_install_failed_num", "agent_not_install_num")
# An agent counts as being installed until this long after the last operation on its DaemonSet.
INSTALLATION_TIME = datetime.timedelta(minutes=10)
# Phases of CCE, which HSS may pass on: the list of statuses that it documents has neither.
HIBERNATED = ("Hibernating", "Hibernation")


class Inventory(NamedTuple):
    """The clusters that HSS knows, and when it last collected them: the number of the API, None if unknown."""

    clusters: List[Row]
    last_update_time: Optional[int]

    @property
    def updated_at(self) -> Optional[str]:
        """Return the time of the inventory, ISO 8601 in UTC."""
        return iso_time(self.last_update_time)


def list_clusters(
    client: Client, scope: Scope, cluster_name: Optional[str] = None, agent_info: bool = False
) -> List[Row]:
    """Return every cluster of the scope, see list_inventory()."""
    return list_inventory(client, scope, cluster_name, agent_info).clusters


def list_inventory(
    client: Client, scope: Scope, cluster_name: Optional[str] = None, agent_info: bool = False
) -> Inventory:
    """Return every cluster of the scope, from GET /v5/{project_id}/kubernetes/clusters.

    A row has the fields of the API, and `last_scan`, ISO 8601 in UTC, None if the cluster was never scanned. `cluster_name` is
    applied here too, since it is not documented whether the filter of the API is exact. `agent_info` requests the numbers of nodes
    by agent state. Raises InvalidResponseError for a list that cannot be trusted.
    """
    filters = [("scene", "cluster_risk"), *([("load_agent_info", "true")] if agent_info else [])]
    if cluster_name:
        filters.append(("cluster_name", cluster_name))
    updates: List[Optional[int]] = []
    query = ListQuery(
        scope,
        ("kubernetes", "clusters"),
        filters,
        on_page=lambda page: updates.append(_update_time(page.get("last_update_time"))),
    )
    rows = read_all(client, LISTING, query)
    for row in rows:
        check_figures(LISTING.operation, row, FIGURES)
    clusters = [
        {**row, "last_scan": last_scan(row)}
        for row in rows
        if not cluster_name or row.get("cluster_name") == cluster_name
    ]
    # If the pages differ, HSS collected its inventory while they were read, and a row may belong to the earlier one.
    known = [update for update in updates if update is not None]
    return Inventory(clusters, min(known) if len(known) == len(updates) else None)


def read_update_time(client: Client, scope: Scope) -> Optional[int]:
    """Return when HSS collected the inventory of a scope: the API's number, None where it is not known."""
    # The smallest page of the API, since only the member beside the list is needed.
    query = [("scene", "cluster_risk"), ("limit", "10"), ("offset", "0"), *scope_query(scope)]
    reply = client.call(LISTING.operation, scope.region, ("kubernetes", "clusters"), query, project_id=scope.project_id)
    return _update_time(reply.data.get("last_update_time"))


def synchronise(client: Client, scope: Scope) -> Optional[str]:
    """Let HSS collect its inventory, by POST /v5/{project_id}/kubernetes/save-clusters; return the request ID.

    The request is sent once. Its response has no documented field, and may have no body.
    """
    return client.call(
        SYNCHRONISATION._replace(check=client.require_controller),
        scope.region,
        ("kubernetes", "save-clusters"),
        scope_query(scope),
        project_id=scope.project_id,
        body={},
    ).request_id


def _update_time(value: Any) -> Optional[int]:
    """Return last_update_time, or None if it is not a time, which is no reason to reject the list.

    Its unit is not documented. Milliseconds are an assumption; a smaller number is taken for seconds.
    """
    try:
        return value if iso_time(value) is not None else None
    except ValueError:
        return None


def name_of(row: Mapping[str, Any]) -> Optional[str]:
    """Return the cluster's name, or None if the response has none that is text."""
    name = row.get("cluster_name")
    return name if isinstance(name, str) else None


def check_figures(operation: Operation, row: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise InvalidResponseError for a figure that is not a whole number. Absent and null mean unknown."""
    for name in names:
        value = row.get(name)
        if value is not None and not is_count(value):
            raise _unusable(operation, f"{name} of cluster {row['cluster_id']} is no whole number, 0 or above")


def last_scan(row: Row) -> Optional[str]:
    """Return the last scan of a row. How "never" is expressed is not documented: absent, null and 0 count as never, an assumption."""
    try:
        return iso_time(row.get("last_scan_time"))
    except ValueError:
        pass
    raise _unusable(LISTING.operation, f"last_scan_time of cluster {row['cluster_id']} is no time")


def iso_time(value: Any) -> Optional[str]:
    """Return a time of the API in ISO 8601, UTC; None for null and 0. Raises ValueError for anything else that is not a time."""
    if value is None or (value == 0 and not isinstance(value, bool)):
        return None
    if not is_count(value):
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
    return STALE if max_age is not None and (now - moment_of(row["last_scan"])).total_seconds() > max_age else SCANNED


def is_in_future(row: Row, now: datetime.datetime) -> bool:
    """Return whether the last scan of a row with `last_scan` is dated more than CLOCK_TOLERANCE after `now`."""
    return row["last_scan"] is not None and moment_of(row["last_scan"]) - now > CLOCK_TOLERANCE


def moment_of(text: str) -> datetime.datetime:
    """Parse a time that iso_time() returned."""
    # strptime() would take ten times as long, for each of thousands of clusters.
    return datetime.datetime.fromisoformat(text[:-1]).replace(tzinfo=datetime.timezone.utc)


def agent_numbers(row: Mapping[str, Any]) -> Optional[Tuple[int, int]]:
    """Return the numbers of nodes with and without a working agent, None if unknown.

    They are unknown if a number is missing, and if all three are zero, since it is not documented that this means a cluster without
    nodes. Nodes in none of the three states have no working agent.
    """
    numbers: List[int] = [row[name] for name in AGENTS if is_count(row.get(name))]
    if len(numbers) < len(AGENTS) or not any(numbers):
        return None
    installed, failed, missing = numbers
    nodes: Any = row.get("total_nodes_number")
    return installed, max(failed + missing, nodes - installed if is_count(nodes) else 0)


def why_unscannable(row: Mapping[str, Any], now: datetime.datetime, phase: Optional[str] = None) -> Optional[str]:
    """Return why a scan of a cluster cannot succeed, or None if it may succeed. `phase`: the phase in CCE, if known.

    HSS scans a cluster that has at least one node with its agent (user guide of HSS, container cluster scan).
    """
    if row.get("status") in HIBERNATED or phase in HIBERNATED:
        return "it hibernates"
    if is_count(row.get("total_nodes_number")) and not row["total_nodes_number"]:
        return "it has no node"
    agents = agent_numbers(row)
    if agents is None or agents[0] or _is_being_installed(row, now):
        return None
    return "no node has a working agent"


def _is_being_installed(row: Mapping[str, Any], now: datetime.datetime) -> bool:
    try:
        operated = iso_time(row.get("last_operate_timestamp"))
    except ValueError:
        return False
    return operated is not None and now - moment_of(operated) < INSTALLATION_TIME


def check_cluster_options(params: Mapping[str, Any]) -> Optional[int]:
    """Check the options that select clusters, before anything is sent; return max_scan_age in seconds, None if not given."""
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
