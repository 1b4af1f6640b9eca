# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start scan tasks, list them, and list the outcome for each cluster.

Source: https://support.huaweicloud.com/intl/en-us/api-hss2.0/, CreateTask, ListTasks and ListTaskResources.
"""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Mapping, Optional, Sequence, Set

from .._errors import ConfigurationError, InvalidResponseError
from .._http.json_body import is_whole_number
from .._http.models import Operation
from .._settings import check_text
from .client import Client
from .clusters import iso_time
from .iam import task_scope
from .pagination import Listing, ListQuery, Row, is_id, read_all, read_pages
from .scopes import Scope, scope_query


def with_times(task: Row) -> Row:
    """Return the API's fields with started_at and ended_at added: None if there is no time."""
    return {**task, "started_at": time_of(task.get("start_time")), "ended_at": time_of(task.get("end_time"))}


TASK_TYPE = "cluster_scan"
SCAN_TYPES = ("cluster_vul", "risk_assessment", "benchmark")
# Of the API: clusters that one CreateTask request may name (with 1 to 3 scan types), and characters of the ID of a task or cluster.
MAX_CLUSTERS = 200
MAX_ID_LENGTH = 64
READY, RUNNING, FINISHED = "ready", "running", "finished"

# What the vendor's other client takes for an answer to a POST.
POST_SUCCESS_STATUSES = (200, 201, 202)
CREATE = Operation("HSS", "CreateTask", idempotent=False, success_statuses=POST_SUCCESS_STATUSES)
TASKS = Listing(Operation("HSS", "ListTasks", success_statuses=POST_SUCCESS_STATUSES), "data_list", ("task_id",))
RESOURCES = Listing(
    Operation("HSS", "ListTaskResources", success_statuses=POST_SUCCESS_STATUSES),
    "cluster_scan_data_list",
    ("cluster_id",),
)


def create_scan(client: Client, scope: Scope, cluster_ids: Sequence[str], scan_types: Sequence[str]) -> str:
    """Start a scan of these clusters by POST /v5/{project_id}/common/task; return the task's ID.

    It is sent once: an answer that is lost says nothing about whether the scan was started.
    """
    scan = {"scan_type_list": list(scan_types), "range_type": "specific_cluster", "cluster_id_list": list(cluster_ids)}
    reply = client.call(
        # A scan is not started if no one is left to see what it started.
        CREATE._replace(check=client.require_controller),
        scope.region,
        ("common", "task"),
        scope_query(scope),
        project_id=scope.project_id,
        body={"task_type": TASK_TYPE, "cluster_scan_info": scan},
    )
    task_id = reply.data.get("task_id")
    if not is_id(task_id):
        given = "without a task_id" if task_id is None else f"with a task_id that cannot be one ({_as_text(task_id)})"
        raise InvalidResponseError.of(
            CREATE,
            f"answered {given}",
            consequence=", so whether a scan was started is not known.",
            hint="Look with hss_scan_task_info before starting another.",
            request_id=reply.request_id,
        )
    return str(task_id)


def list_tasks(client: Client, scope: Scope) -> List[Row]:
    """Return the scans of clusters, newest first, from POST /v5/{project_id}/common/tasks/batch-query, which only reads."""
    return read_all(client, TASKS, _tasks_query(scope))


def list_task_clusters(client: Client, scope: Scope, task_id: str) -> List[Row]:
    """Return the clusters of a task, from POST /v5/{project_id}/common/tasks/{task_id}/resources/batch-query, which only reads."""
    path = ("common", "tasks", task_id, "resources", "batch-query")
    return read_all(client, RESOURCES, ListQuery(scope, path, body={"task_type": TASK_TYPE}))


def find_tasks(client: Client, scope: Scope, task_ids: Collection[str]) -> Dict[str, Row]:
    """Return those tasks of these IDs that are listed, by ID. It takes one request if they are among the newest 200."""
    wanted = set(task_ids)
    found: Dict[str, Row] = {}
    only_task = next(iter(wanted)) if len(wanted) == 1 else None
    for rows in read_pages(client, TASKS, _tasks_query(scope, only_task)):
        found.update({row["task_id"]: row for row in rows if row["task_id"] in wanted})
        if found.keys() == wanted:
            break
    return found


def _tasks_query(scope: Scope, task_id: Optional[str] = None, task_status: Optional[str] = None) -> ListQuery:
    """Return the query for scans of clusters, newest first."""
    body: Dict[str, Any] = {"task_type": TASK_TYPE, "sort_key": "start_time", "sort_dir": "desc"}
    body.update({name: value for name, value in (("task_id", task_id), ("task_status", task_status)) if value})
    return ListQuery(scope, ("common", "tasks", "batch-query"), body=body)


def status_of(task: Mapping[str, Any]) -> Optional[str]:
    """Return the status as text in small letters, None where there is none."""
    status = task.get("task_status")
    return None if status is None else str(status).lower()


def has_ended(task: Mapping[str, Any]) -> bool:
    """Return whether the task has ended. One whose status is not documented has not, unless it has an end time."""
    status = status_of(task)
    return status == FINISHED or (status not in (READY, RUNNING) and time_of(task.get("end_time")) is not None)


def scan_info(task: Mapping[str, Any]) -> Row:
    """Return the task's `cluster_scan_info`, empty if it is not an object."""
    info = task.get("cluster_scan_info")
    return info if isinstance(info, dict) else {}


def declared_types(task: Mapping[str, Any]) -> Set[str]:
    """Return the scan types that the task itself names; none if it has no list of names."""
    types = scan_info(task).get("scan_type_list")
    if not isinstance(types, list) or not all(isinstance(name, str) for name in types):
        return set()
    return set(types)


def scan_details(row: Mapping[str, Any]) -> List[Row]:
    """Return the entries by scan type of a cluster of a task."""
    details = row.get("scan_detail_list")
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []


def cluster_count(task: Mapping[str, Any], member: str) -> int:
    """Return a number of clusters in `cluster_scan_info`, 0 if it is not a whole number. For progress, never for a verdict."""
    return int_or_zero(scan_info(task).get(member))


def int_or_zero(value: Any) -> int:
    """Return the value if it is a whole number, else 0."""
    return value if is_whole_number(value) else 0


def time_of(value: Any) -> Optional[str]:
    """Return ISO 8601 in UTC, None for no time and for what cannot be one."""
    try:
        return iso_time(value)
    except ValueError:
        return None


def _as_text(value: Any) -> str:
    from .._formatting import single_line

    return single_line(str(value))


def scan_tasks(client: Client, params: Mapping[str, Any]) -> Row:
    """Return the scan tasks, one or many; for a single task also the state of each cluster."""
    task_id, status = text_option(params, "task_id"), text_option(params, "task_status")
    check_task_id(task_id)
    with_clusters = params.get("clusters")
    if with_clusters and not task_id:
        raise ConfigurationError("Option clusters needs option task_id: clusters are listed for one task.")
    scope = task_scope(client)
    tasks = [
        with_times(row)
        for row in read_all(client, TASKS, _tasks_query(scope, task_id, status))
        if task_id in (None, row["task_id"]) and status in (None, status_of(row))
    ]
    if not task_id or with_clusters is False:
        return {"tasks": tasks}
    return {"tasks": tasks, "clusters": list_task_clusters(client, scope, task_id) if tasks else []}


def check_task_id(task_id: Optional[str], option: str = "task_id") -> None:
    """Raise ConfigurationError if a task ID is too long or would change the path that it is put into."""
    check_text(task_id, f"Option {option}", MAX_ID_LENGTH)
    if task_id in (".", ".."):
        raise ConfigurationError(f"Option {option} is no ID of a task.")


def text_option(params: Mapping[str, Any], name: str) -> Optional[str]:
    """Return a text option, or None if it is not given."""
    return params.get(name) or None
