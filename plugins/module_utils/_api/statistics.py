# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query the cluster statistics of HSS, and check them. Fields have the API's own names.

Source: https://support.huaweicloud.com/intl/en-us/api-hss2.0/
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple, Optional

from .._errors import InvalidResponseError
from .._http.json_body import is_whole_number
from .._http.models import Operation
from .client import Client

OPERATION = Operation("HSS", "ShowClusterScanStatistics")
COUNTS = ("risk_cluster_num", "app_vul_cluster_num", "unscan_cluster_num", "all_cluster_num")


class ClusterStatistics(NamedTuple):
    """Numbers of clusters: the four COUNTS, each a non-negative int and none above all_cluster_num."""

    counts: Dict[str, int]
    request_id: Optional[str]


def show_cluster_scan_statistics(
    client: Client, region: Optional[str], project_id: str, enterprise_project_id: Optional[str]
) -> ClusterStatistics:
    """Return the counts of a project, by ShowClusterScanStatistics, GET /v5/{project_id}/container/cluster/statistics.

    `enterprise_project_id` None is not sent; the cloud then counts the default enterprise project only.
    Raises InvalidResponseError if a count is missing or cannot be one.
    """
    query = [("enterprise_project_id", enterprise_project_id)] if enterprise_project_id else []
    reply = client.call(OPERATION, region, ("container", "cluster", "statistics"), query, project_id=project_id)
    problem = counts_problem(reply.data)
    if problem:
        hint = "No number is assumed for it. If it stays, give the request ID to support."
        raise InvalidResponseError.of(OPERATION, f"answered, but {problem}", hint=hint, request_id=reply.request_id)
    return ClusterStatistics({name: reply.data[name] for name in COUNTS}, reply.request_id)


def counts_problem(data: Mapping[str, Any]) -> Optional[str]:
    """Return why these are not four valid counts, with the name of the field; None if they are valid."""
    for name in COUNTS:
        if name not in data:
            return f"{name} is missing"
        value = data[name]
        if not is_whole_number(value):
            return f"{name} is not a whole number but {_json_type(value)}"
        if value < 0:
            return f"{name} is negative ({value})"
    for name in COUNTS:
        if data[name] > data["all_cluster_num"]:
            return f"{name} ({data[name]}) is above all_cluster_num ({data['all_cluster_num']})"
    return None


def _json_type(value: Any) -> str:
    names = {
        type(None): "null",
        bool: "a boolean",
        float: "a float",
        str: "a string",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)
