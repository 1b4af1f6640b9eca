# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container engine: its lists of clusters, ordinary ones and those of Autopilot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from tests.simulator.access import project_of
from tests.simulator.answer import Answer, Declined, json_answer
from tests.simulator.cloud import Cloud
from tests.simulator.clusters import Cluster
from tests.simulator.request import ReceivedRequest

_TYPE = "cce"


def find(request: ReceivedRequest) -> Callable[[ReceivedRequest, Cloud], Answer] | None:
    return _clusters if request.service == "CCE" and request.project_id and request.method == "GET" else None


def _clusters(request: ReceivedRequest, cloud: Cloud) -> Answer:
    grants = cloud.caller(request)
    project = project_of(request, cloud, grants)
    if isinstance(project, Answer):
        return project
    if not grants.may_list_cce_clusters:
        raise Declined(403, "Forbidden: cce:cluster:list is not allowed.")
    is_autopilot = request.operation.startswith("/autopilot/")
    with cloud.inventory.of(project.id) as inventory:
        items = [
            _item(cluster)
            for cluster in inventory.clusters.rows
            if cluster.spec.cluster_type == _TYPE
            and cluster.spec.autopilot is is_autopilot
            and grants.may_see(cluster.enterprise_project_id)
        ]
    return json_answer(200, {"kind": "Cluster", "apiVersion": "v3", "items": items})


def _item(cluster: Cluster) -> dict[str, Any]:
    created = datetime.fromtimestamp(cluster.created, timezone.utc)
    return {
        "kind": "Cluster",
        "apiVersion": "v3",
        "metadata": {
            "name": cluster.name,
            "uid": cluster.id,
            "alias": cluster.name,
            "creationTimestamp": f"{created:%Y-%m-%d %H:%M:%S.%f} +0000 UTC",
            "labels": {},
            "annotations": {},
        },
        "spec": {
            "category": "CCE",
            "type": "VirtualMachine",
            "version": "v1.29",
            "extendParam": {"enterpriseProjectId": cluster.enterprise_project_id},
        },
        "status": {"phase": cluster.spec.phase},
    }
