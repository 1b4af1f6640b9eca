# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's own client and the modules get the same from the same cloud, for every operation of HSS that the collection uses."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any, Callable, Dict, List

import pytest
from ansible_collections.huaweicloud.hss.plugins.modules import (
    hss_cluster_info,
    hss_cluster_risk_info,
    hss_cluster_scan,
    hss_cluster_statistics,
    hss_cluster_sync,
    hss_scan_task_info,
)
from huaweicloudsdkcore.auth.credentials import BasicCredentials

from tests import vendor_sdk
from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, Simulator, cluster_id, scenario

PLUGINS = pathlib.Path(__file__).resolve().parent.parent.parent / "plugins"
ALL = "all_granted_eps"
ENTERPRISE_PROJECTS = [None, "shop", ALL]
CLUSTERS = {None: 250, "shop": 180, ALL: 430}
RISKS = 1200
# By operation of the API: the test that compares it.
COMPARED = {
    "ShowClusterScanStatistics": "test_statistics",
    "ListKubernetesClusterDetails": "test_clusters",
    "ListClusterRisks": "test_risks",
    "ListClusterRiskAffectResources": "test_affected_resources",
    "CreateTask": "test_a_scan",
    "ListTasks": "test_a_scan",
    "ListTaskResources": "test_a_scan",
    "CreateClustersInfo": "test_a_synchronisation",
}
Row = Dict[str, Any]


def estate() -> Dict[str, Any]:
    return scenario(
        clusters=[],
        cluster_groups=[
            {"count": 200, "name": "main", "app_vul_num": 1},
            {"count": 50, "name": "new", "scanned": False},
            {"count": 100, "name": "shop", "enterprise_project_id": "shop"},
            {"count": 80, "name": "shop-new", "enterprise_project_id": "shop", "scanned": False},
        ],
        risk_groups=[
            {
                "count": RISKS,
                "name": "control",
                "type": ["risk_assessment", "benchmark"],
                "num": 2,
                "level": ["high", "medium", "low", "tips"],
                "category": ["network", "workload"],
            }
        ],
        task_polls=1,
        access_key={"enterprise_projects": "all"},
    )


@pytest.fixture(scope="module")
def cloud() -> Iterator[Simulator]:
    with Simulator(estate()) as running:
        yield running
        assert not running.errors


def vendor(sim: Simulator) -> Any:
    credentials = BasicCredentials(DEMO_AK, DEMO_SK, DEMO_PROJECT_ID)
    return vendor_sdk.HssClient.new_builder().with_credentials(credentials).with_endpoint(sim.http_url).build()


@pytest.fixture
def ours(run_module: Any) -> Callable[..., Row]:
    def run(sim: Simulator, module: Any, **options: Any) -> Row:
        place = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url}
        known = {"project_id": DEMO_PROJECT_ID, "access_key": DEMO_AK, "secret_key": DEMO_SK}
        given = {name: value for name, value in {**place, **known, **options}.items() if value is not None}
        result: Row = run_module(module, given, (DEMO_SK,))
        assert not result.get("failed"), result
        return result

    return run


def every_page(call: Callable[[Any], Any], request: Any, member: str) -> List[Row]:
    """Return all rows as the vendor's Terraform provider reads them: until a page is empty."""
    rows: List[Row] = []
    request.limit = 200
    while True:
        request.offset = len(rows)
        page = getattr(call(request), member)
        if not page:
            return rows
        rows += [without_null(row.to_dict()) for row in page]


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_null(entry) for name, entry in value.items() if entry is not None}
    return [without_null(entry) for entry in value] if isinstance(value, list) else value


def of_the_api(rows: List[Row], *added: str) -> List[Row]:
    """Return the rows without what the module adds to them."""
    return [without_null({name: value for name, value in row.items() if name not in added}) for row in rows]


def test_every_operation_is_compared() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in PLUGINS.rglob("*.py"))
    assert set(re.findall(r'Operation\(\s*"HSS", "(\w+)"', source)) == set(COMPARED)
    assert set(COMPARED.values()) <= set(globals())


@pytest.mark.parametrize("enterprise_project_id", ENTERPRISE_PROJECTS)
def test_statistics(cloud: Simulator, ours: Any, enterprise_project_id: Any) -> None:
    result = ours(cloud, hss_cluster_statistics, enterprise_project_id=enterprise_project_id)
    request = vendor_sdk.ShowClusterScanStatisticsRequest(enterprise_project_id=enterprise_project_id)
    answer = vendor(cloud).show_cluster_scan_statistics(request)
    assert result["statistics"] == {name: getattr(answer, name) for name in result["statistics"]}
    assert len(result["statistics"]) == 4
    assert result["statistics"]["all_cluster_num"] == CLUSTERS[enterprise_project_id]


@pytest.mark.parametrize("enterprise_project_id", ENTERPRISE_PROJECTS)
def test_clusters(cloud: Simulator, ours: Any, enterprise_project_id: Any) -> None:
    result = ours(cloud, hss_cluster_info, enterprise_project_id=enterprise_project_id)
    request = vendor_sdk.ListKubernetesClusterDetailsRequest(
        enterprise_project_id=enterprise_project_id, scene="cluster_risk"
    )
    theirs = every_page(vendor(cloud).list_kubernetes_cluster_details, request, "cluster_info_list")
    assert of_the_api(result["clusters"], "last_scan", "scan_state") == theirs
    assert len(theirs) == CLUSTERS[enterprise_project_id]


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"risk_type": "benchmark", "risk_level": "medium"},
        {"risk_category": "network", "risk_status": "risky"},
        {"cluster_name": "main-7"},
        {"risk_name": "control-1200"},
    ],
    ids=str,
)
def test_risks(cloud: Simulator, ours: Any, filters: Dict[str, str]) -> None:
    for enterprise_project_id in ENTERPRISE_PROJECTS:
        place = {"enterprise_project_id": enterprise_project_id}
        result = ours(cloud, hss_cluster_risk_info, **place, **filters)
        request = vendor_sdk.ListClusterRisksRequest(**place, **filters)
        theirs = every_page(vendor(cloud).list_cluster_risks, request, "data_list")
        # The simulator takes a part of a name; that the module takes the whole is its documented difference.
        exact = [row for row in theirs if row["cluster_name"] == filters.get("cluster_name", row["cluster_name"])]
        assert of_the_api(result["risks"]) == exact
    assert len(theirs) == RISKS or filters


def test_affected_resources(cloud: Simulator, ours: Any) -> None:
    own = cluster_id("main-7")
    place = {"enterprise_project_id": ALL}
    risks = ours(cloud, hss_cluster_risk_info, cluster_id=own, affected_resources=True, **place)["risks"]
    assert risks
    for risk in risks:
        request = vendor_sdk.ListClusterRiskAffectResourcesRequest(risk_id=risk["risk_id"], cluster_id=own, **place)
        theirs = every_page(vendor(cloud).list_cluster_risk_affect_resources, request, "data_list")
        assert of_the_api(risk["affected_resources"]) == theirs
        assert len(theirs) == 2


def scan_of_the_vendor(sim: Simulator) -> str:
    clusters = [row["cluster_id"] for row in unscanned(sim)]
    info = vendor_sdk.CreateTaskRequestBodyClusterScanInfo(
        scan_type_list=["cluster_vul", "risk_assessment", "benchmark"],
        range_type="specific_cluster",
        cluster_id_list=clusters,
    )
    body = vendor_sdk.CreateTaskRequestBody(task_type="cluster_scan", cluster_scan_info=info)
    request = vendor_sdk.CreateTaskRequest(enterprise_project_id=ALL, body=body)
    return str(vendor(sim).create_task(request).task_id)


def unscanned(sim: Simulator) -> List[Row]:
    request = vendor_sdk.ListKubernetesClusterDetailsRequest(enterprise_project_id=ALL, scene="cluster_risk")
    rows = every_page(vendor(sim).list_kubernetes_cluster_details, request, "cluster_info_list")
    return [row for row in rows if not row.get("last_scan_time")]


def created(sim: Simulator) -> Row:
    """Return what was asked of CreateTask, by one request."""
    (request,) = [request for request in sim.requests if request.path.endswith("/common/task")]
    body: Row = json.loads(request.body)
    body["cluster_scan_info"]["cluster_id_list"].sort()
    return {"query": request.query, "body": body}


def test_a_scan(ours: Any) -> None:
    """One cloud is scanned by the vendor's client, the other by the module; then both read the first one's tasks."""
    with Simulator(estate()) as theirs, Simulator(estate()) as own:
        task_id = scan_of_the_vendor(theirs)
        ours(own, hss_cluster_scan, enterprise_project_id=ALL, targets="unscanned", wait=False)
        assert created(theirs) == created(own)
        assert len(created(own)["body"]["cluster_scan_info"]["cluster_id_list"]) == 130
        theirs.finish_tasks()

        result = ours(theirs, hss_scan_task_info, enterprise_project_id=ALL, task_id=task_id)
        client, place = vendor(theirs), {"enterprise_project_id": ALL}
        body = vendor_sdk.ListTasksRequestBody(task_type="cluster_scan", task_id=task_id)
        tasks = every_page(client.list_tasks, vendor_sdk.ListTasksRequest(body=body, **place), "data_list")
        assert of_the_api(result["tasks"], "started_at", "ended_at") == tasks
        assert len(tasks) == 1

        of_task = vendor_sdk.ListTaskResourcesRequestBody(task_type="cluster_scan")
        request = vendor_sdk.ListTaskResourcesRequest(task_id=task_id, body=of_task, **place)
        clusters = every_page(client.list_task_resources, request, "cluster_scan_data_list")
        assert of_the_api(result["clusters"]) == clusters
        assert len(clusters) == 130


def test_a_synchronisation(cloud: Simulator, ours: Any) -> None:
    cloud.reset()
    vendor(cloud).create_clusters_info(vendor_sdk.CreateClustersInfoRequest(enterprise_project_id=ALL))
    result = ours(cloud, hss_cluster_sync, enterprise_project_id=ALL, wait=False)
    theirs, own = [request for request in cloud.requests if request.path.endswith("/kubernetes/save-clusters")]
    assert (own.method, own.path, own.query, own.body or b"{}") == (
        theirs.method,
        theirs.path,
        theirs.query,
        theirs.body or b"{}",
    )
    assert result["changed"] and own.status == theirs.status
