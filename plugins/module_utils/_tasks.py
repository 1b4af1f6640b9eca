# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scan tasks: start one, look at them, look at what became of each cluster.

Source: https://support.huaweicloud.com/intl/en-us/api-hss2.0/, CreateTask, ListTasks and ListTaskResources.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from ._client import Client, Reply
from ._clusters import scope_query
from ._errors import InvalidAnswerError
from ._paging import Listing, Row, read_all
from ._scopes import Scope

TASK_TYPE = "cluster_scan"
SCAN_TYPES = ("cluster_vul", "risk_assessment", "benchmark")
READY, RUNNING, FINISHED = "ready", "running", "finished"

CREATE = "CreateTask"
TASKS = Listing("ListTasks", "data_list", ("task_id",))
RESOURCES = Listing("ListTaskResources", "cluster_scan_data_list", ("cluster_id",))


def create_scan(client: Client, scope: Scope, cluster_ids: Sequence[str], scan_types: Sequence[str]) -> str:
    """POST /v5/{project_id}/common/task for these clusters; the task's ID.

    It is sent once: an answer that is lost says nothing about whether the scan was started.
    """
    scan = {"scan_type_list": list(scan_types), "range_type": "specific_cluster", "cluster_id_list": list(cluster_ids)}
    reply = client.post_hss(
        CREATE,
        scope.region,
        scope.project_id or "",
        ("common", "task"),
        scope_query(scope),
        {"task_type": TASK_TYPE, "cluster_scan_info": scan},
        repeatable=False,
    )
    task_id = reply.data.get("task_id")
    if not isinstance(task_id, str) or not task_id:
        raise InvalidAnswerError(
            f"HSS {CREATE} answered without a task_id, so whether a scan was started is not known.",
            hint="Look with hss_scan_task_info before starting another.",
            service="HSS",
            operation=CREATE,
            status_code=200,
            request_id=reply.request_id,
        )
    return task_id


def list_tasks(
    client: Client, scope: Scope, task_id: Optional[str] = None, task_status: Optional[str] = None
) -> List[Row]:
    """POST /v5/{project_id}/common/tasks/batch-query, which only reads: the scans of clusters, newest first."""
    body: Dict[str, Any] = {"task_type": TASK_TYPE, "sort_key": "start_time", "sort_dir": "desc"}
    body.update({name: value for name, value in (("task_id", task_id), ("task_status", task_status)) if value})
    return _read(client, scope, TASKS, ("common", "tasks", "batch-query"), body)


def list_task_clusters(client: Client, scope: Scope, task_id: str) -> List[Row]:
    """POST /v5/{project_id}/common/tasks/{task_id}/resources/batch-query, which only reads: what became of each cluster."""
    path = ("common", "tasks", task_id, "resources", "batch-query")
    return _read(client, scope, RESOURCES, path, {"task_type": TASK_TYPE})


def _read(client: Client, scope: Scope, listing: Listing, path: Tuple[str, ...], body: Dict[str, Any]) -> List[Row]:
    def fetch(page: List[Tuple[str, str]]) -> Reply:
        # Offset and limit are query parameters, though it is a POST.
        query = [*scope_query(scope), *page]
        return client.post_hss(
            listing.operation, scope.region, scope.project_id or "", path, query, body, repeatable=True
        )

    return read_all(client, listing, fetch)
