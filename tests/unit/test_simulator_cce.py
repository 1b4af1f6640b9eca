# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CCE and the inventory of HSS in the simulator: the vendor's clients work against it unchanged, and it refuses as the cloud does."""

from __future__ import annotations

import time
from typing import Any

import pytest
from huaweicloudsdkcce.v3 import CceClient, ListAutopilotClustersRequest, ListClustersRequest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests import vendor_sdk
from tests.simulator import (
    DEMO_AK,
    DEMO_PROJECT_ID,
    DEMO_SK,
    DEMO_TOKEN,
    MISSING,
    ScenarioError,
    Simulator,
    cluster,
    cluster_id,
    project,
    scenario,
)
from tests.simulator.calls import call, post, signed

PATH = f"/api/v3/projects/{DEMO_PROJECT_ID}/clusters"
AUTOPILOT = f"/autopilot/v3/projects/{DEMO_PROJECT_ID}/clusters"
CLUSTERS = [
    cluster("a", 60),
    cluster("new", hss=False, phase="Creating", enterprise_project_id="shop"),
    cluster("later", hss="after_sync"),
    cluster("serverless", autopilot=True),
    cluster("own", 60, cluster_type="self_built_idc"),
]


@pytest.fixture
def sim(sim: Simulator) -> Simulator:
    sim.replace_scenario(scenario(clusters=CLUSTERS))
    return sim


def client(kind: Any, sim: Simulator) -> Any:
    return (
        kind.new_builder()
        .with_credentials(BasicCredentials(DEMO_AK, DEMO_SK, DEMO_PROJECT_ID))
        .with_endpoint(sim.http_url)
        .build()
    )


def test_the_vendors_client_lists_clusters(sim: Simulator) -> None:
    cce = client(CceClient, sim)
    items = cce.list_clusters(ListClustersRequest(detail="true")).items
    assert [(item.metadata.name, item.metadata.uid, item.status.phase) for item in items] == [
        ("a", cluster_id("a"), "Available"),
        ("new", cluster_id("new"), "Creating"),
        ("later", cluster_id("later"), "Available"),
    ]
    assert items[1].spec.extend_param.enterprise_project_id == "shop"
    (serverless,) = cce.list_autopilot_clusters(ListAutopilotClustersRequest()).items
    assert serverless.metadata.uid == cluster_id("serverless")
    listed = client(vendor_sdk.HssClient, sim).list_kubernetes_cluster_details(
        vendor_sdk.ListKubernetesClusterDetailsRequest(limit=10)
    )
    assert {row.cluster_name for row in listed.cluster_info_list} == {"a", "serverless", "own"}


def test_the_vendors_client_synchronises(sim: Simulator) -> None:
    sim.replace_scenario(scenario(clusters=CLUSTERS, sync_seconds=60, last_update_time=1))
    hss = client(vendor_sdk.HssClient, sim)

    def known() -> Any:
        found = hss.list_kubernetes_cluster_details(
            vendor_sdk.ListKubernetesClusterDetailsRequest(limit=10, enterprise_project_id="all_granted_eps")
        )
        return found.last_update_time, found.total_num

    assert known() == (1, 3)
    hss.create_clusters_info(vendor_sdk.CreateClustersInfoRequest())
    assert known() == (1, 3), "it takes a while"
    sim.clock_offset = 61
    updated, number = known()
    assert number == 4 and abs(updated / 1000 - time.time() - 60) < 10


@pytest.mark.parametrize("path", [PATH, AUTOPILOT])
def test_who_may_list_clusters(sim: Simulator, path: str) -> None:
    url = sim.http_url + path
    assert call(url, {"X-Auth-Token": DEMO_TOKEN}).status_code == 200
    assert call(url, {"X-Auth-Token": "wrong"}).json()["error_code"] == "APIGW.0301"
    assert call(url).status_code == 401
    assert post(url, {}, {"X-Auth-Token": DEMO_TOKEN}).json()["error_code"] == "APIGW.0101"
    elsewhere = call(
        f"{sim.http_url}/regions/ap-southeast-3{path}", signed(f"{sim.http_url}/regions/ap-southeast-3{path}")
    )
    assert (elsewhere.status_code, elsewhere.json()["errorCode"]) == (403, "CCE.01403001")
    assert call(f"{url}/x", {"X-Auth-Token": DEMO_TOKEN}).status_code == 404
    sim.replace_scenario(scenario(clusters=CLUSTERS, token={"may_list_cce_clusters": False}))
    refused = call(url, {"X-Auth-Token": DEMO_TOKEN})
    assert (refused.status_code, refused.json()["errorCode"]) == (403, "CCE.01403001")


def test_what_a_refused_caller_of_the_vendors_client_sees(sim: Simulator) -> None:
    sim.replace_scenario(scenario(clusters=CLUSTERS, access_key={"may_list_cce_clusters": False}))
    with pytest.raises(ClientRequestException) as caught:
        client(CceClient, sim).list_clusters(ListClustersRequest())
    assert caught.value.status_code == 403 and caught.value.error_code == "CCE.01403001"


def test_a_caller_sees_the_clusters_of_its_enterprise_projects(sim: Simulator) -> None:
    sim.replace_scenario(scenario(clusters=CLUSTERS, token={"enterprise_projects": ["shop"]}))
    items = call(sim.http_url + PATH, {"X-Auth-Token": DEMO_TOKEN}).json()["items"]
    assert [item["metadata"]["name"] for item in items] == ["new"]


def test_agents_of_nodes_and_the_numbers_of_nodes(sim: Simulator) -> None:
    odd = cluster("odd", nodes=4, agents={"installed": 1, "failed": 1, "missing": 2})
    sim.replace_scenario(scenario(clusters=[odd, cluster("bare", agents={})]))
    url = f"{sim.http_url}/v5/{DEMO_PROJECT_ID}/kubernetes/clusters?load_agent_info=true"
    first, second = call(url, {"X-Auth-Token": DEMO_TOKEN}).json()["cluster_info_list"]
    names = ("total_nodes_number", "agent_installed_num", "agent_install_failed_num", "agent_not_install_num")
    assert [first[name] for name in names] == [4, 1, 1, 2] and [second[name] for name in names] == [3, 0, 0, 0]
    assert second["agent_ds_install_status"] == "NotInstall"
    assert [sim.cluster(name).is_scannable for name in ("odd", "bare")] == [True, False]


@pytest.mark.parametrize(
    "key,value,words",
    [
        ("hss", "sometimes", "clusters[0].hss"),
        ("agents", {"broken": 1}, "unknown key 'broken'"),
        ("agents", {"installed": -1}, "clusters[0].agents.installed"),
        ("nodes", "three", "clusters[0].nodes"),
        ("autopilot", 1, "clusters[0].autopilot"),
    ],
)
def test_what_a_scenario_cannot_say(key: str, value: Any, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Simulator(scenario(clusters=[cluster("a", **{key: value})]))
    assert words in str(caught.value)
    with pytest.raises(ScenarioError, match="sync_seconds"):
        Simulator(scenario(projects=[project(sync_seconds=-1)]))


def test_the_time_of_the_inventory_stays_until_it_is_collected_again(sim: Simulator) -> None:
    url = f"{sim.http_url}/v5/{DEMO_PROJECT_ID}/kubernetes/clusters"
    first = call(url, {"X-Auth-Token": DEMO_TOKEN}).json()["last_update_time"]
    sim.clock_offset = 500
    assert call(url, {"X-Auth-Token": DEMO_TOKEN}).json()["last_update_time"] == first
    sim.replace_scenario(scenario(last_update_time=MISSING))
    assert "last_update_time" not in call(url, {"X-Auth-Token": DEMO_TOKEN}).json()
    assert post(url.replace("/clusters", "/save-clusters"), {}, {"X-Auth-Token": DEMO_TOKEN}).status_code == 200
    assert call(url, {"X-Auth-Token": DEMO_TOKEN}).json()["last_update_time"] >= first + 499_000
