# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of HSS over real sockets: how old it is, which nodes have an agent, and which clusters no scan reaches."""

from __future__ import annotations

import time
from typing import Any, Dict, List

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.clusters import why_unscannable
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_gate, hss_cluster_info, hss_cluster_scan

from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, MISSING, Simulator, cluster, faults, project, scenario
from tests.unit.test_gate import NOW

REGION = "cn-north-4"
HOUR = 3600
LIST = "/kubernetes/clusters"
AGENTS = ("agent_installed_num", "agent_install_failed_num", "agent_not_install_num")

pytestmark = pytest.mark.usefixtures("no_sleep", "regional_endpoints")


def milliseconds(age: float) -> int:
    return round((time.time() - age) * 1000)


@pytest.fixture
def run(sim: Simulator, run_module: Any) -> Any:
    """Run a module on these clusters of one project, or on these projects."""

    def run(module: Any, clusters: Any = None, projects: Any = None, fault: Any = (), **options: Any) -> Dict[str, Any]:
        made = projects or [project(clusters=clusters, **options.pop("world", {}))]
        sim.replace_scenario(scenario(projects=made))
        for one in fault:
            sim.inject(one)
        keys = {"region": REGION, "access_key": DEMO_AK, "secret_key": DEMO_SK, "max_retries": 0}
        if projects is None:
            keys["project_id"] = DEMO_PROJECT_ID
        given = {"iam_endpoint": sim.http_url, **keys, **options}
        return dict(run_module(module, {name: value for name, value in given.items() if value is not None}, (DEMO_SK,)))

    return run


@pytest.fixture
def gate(run: Any) -> Any:
    return lambda *args, **options: run(hss_cluster_gate, *args, **options)


def rule(result: Dict[str, Any], name: str) -> Dict[str, Any]:
    (found,) = [one for one in result["verdict"]["rules"] if one["name"] == name]
    return dict(found)


FINE = [cluster("a", 60), cluster("b", 60)]


@pytest.mark.parametrize(
    "updated,status",
    [
        (lambda: milliseconds(23 * HOUR), "passed"),
        (lambda: milliseconds(25 * HOUR), "failed"),
        (lambda: milliseconds(25 * HOUR) // 1000, "failed"),  # a number that can only be seconds
        (lambda: milliseconds(19 * 30 * 24 * HOUR), "failed"),
        (lambda: milliseconds(-HOUR), "unknown"),  # in the future
        *((value, "unknown") for value in (0, MISSING, "yesterday", True, -1, [])),
    ],
)
def test_the_age_of_the_inventory(gate: Any, updated: Any, status: str) -> None:
    world = {"last_update_time": updated() if callable(updated) else updated}
    assert gate(FINE, world=world)["verdict"]["passed"], "no limit, no rule"
    result = gate(FINE, world=world, max_inventory_age="24h")
    found = rule(result, "max_inventory_age")
    assert (found["status"], found["at_least"]) == (status, int(status == "failed"))
    assert result.get("failed", False) is (status != "passed")
    assert result["verdict"]["status"] == ("not_judged" if status == "unknown" else status)
    if status == "failed":
        updated_at = result["scopes"][0]["inventory_updated_at"]
        assert any(updated_at in note for note in result["verdict"]["notes"])
        assert "an inventory that HSS collected more than 1d ago" in result["msg"]
        (step,) = result["verdict"]["next_steps"]
        assert "cluster_scan_gate_sync=true" in step["command"] and DEMO_PROJECT_ID in step["command"]
        assert "does not name" not in str(result["verdict"]["summary"])
    elif status == "unknown":
        assert found["figure"] is None and any("inventory" in note for note in result["verdict"]["notes"])


def test_the_oldest_answer_of_several_pages_counts(gate: Any, run: Any) -> None:
    """The inventory is collected again while its pages are read: a row may be of the earlier one."""
    many = [cluster(f"c{n}", 60) for n in range(250)]
    older, newer = milliseconds(30 * HOUR), milliseconds(0)
    world = {"last_update_time": newer}
    for page, value in ((0, older), (1, older), (1, MISSING)):
        fault = [faults.alter({"last_update_time": value}, path=LIST, skip=page, times=1)]
        result = gate(many, world=world, fault=fault, max_inventory_age="24h")
        assert rule(result, "max_inventory_age")["status"] == ("unknown" if value == MISSING else "failed")
        listed = run(hss_cluster_info, many, world=world, fault=fault)
        assert listed["inventory_updated_at"] == result["scopes"][0]["inventory_updated_at"]


def test_one_scope_of_two_has_an_old_inventory(gate: Any) -> None:
    first = project(clusters=FINE)
    second = project(clusters=[cluster("c", 60)], project_id="b" * 32, name=f"{REGION}_b", last_update_time=1)
    result = gate(projects=[first, second], all_projects=True, max_inventory_age="2d")
    found = rule(result, "max_inventory_age")
    assert found["message"].startswith("1 of 2 scopes have an inventory that HSS collected more than 2d ago")
    assert [part["status"] for part in found["scopes"]] == ["passed", "failed"]


HALF = cluster("half", 60, nodes=5, agents={"installed": 3, "failed": 1, "missing": 1})
NONE = cluster("none", nodes=2, agents={"missing": 2})


def without_agent(name: str, **others: Any) -> Dict[str, Any]:
    return cluster(name, 60, agents={"missing": 3}, **others)


@pytest.mark.parametrize(
    "clusters,limit,status,names",
    [
        (FINE, 0, "passed", []),
        ([*FINE, HALF], 0, "failed", ["half"]),
        ([*FINE, HALF], 1, "passed", ["half"]),
        ([*FINE, cluster("six", 60, nodes=6, agents={"installed": 5})], 0, "failed", ["six"]),  # one node is in no state
        ([*FINE, cluster("zero", 60, nodes=0)], 0, "unknown", []),
        ([HALF, cluster("zero", 60, nodes=0)], 0, "failed", ["half"]),
        *(([*FINE, cluster("x", 60, fields={name: value})], 0, "unknown", []) for name in AGENTS for value in (MISSING, None, "3", True)),
    ],
)  # fmt: skip
def test_nodes_without_a_working_agent(gate: Any, clusters: Any, limit: int, status: str, names: List[str]) -> None:
    result = gate(clusters, max_unprotected=limit)
    found = rule(result, "max_unprotected")
    assert (found["status"], [offender["cluster_name"] for offender in found["offenders"]]) == (status, names)
    if names == ["half"]:
        assert found["offenders"][0]["reason"] == "2 of 5 nodes have no working agent"
    if status == "failed":
        assert "agent_info=true" in result["verdict"]["next_steps"][-1]["command"]
    if status == "unknown":
        assert any("nodes of 1 clusters" in note for note in result["verdict"]["notes"])


def test_a_cluster_that_is_counted_and_not_listed_is_not_known_to_be_protected(gate: Any) -> None:
    fault = [faults.counts({"all_cluster_num": 3}, path="/cluster/statistics")]
    assert rule(gate(FINE, fault=fault, max_unprotected=0), "max_unprotected")["status"] == "unknown"


def test_an_unprotected_cluster_can_be_excepted(gate: Any) -> None:
    excused = {"cluster_name": "half", "rules": ["max_unprotected"], "reason": "r", "expires": "2099-12-31"}
    result = gate([*FINE, HALF], max_unprotected=0, exceptions=[excused])
    assert result["verdict"]["passed"] and rule(result, "max_unprotected")["excepted"]


@pytest.mark.parametrize(
    "made,why,step",
    [
        (NONE, "no node has a working agent", "Install the agent"),
        (cluster("none", nodes=0), "it has no node", "Add a node"),
        (cluster("none", status="Hibernation"), "it hibernates", "Wake up"),
    ],
)
def test_a_cluster_that_no_scan_reaches(gate: Any, made: Dict[str, Any], why: str, step: str) -> None:
    result = gate([*FINE, made], max_scan_age="7d")
    for name in ("max_unscanned", "max_scan_age"):
        assert rule(result, name)["offenders"][0]["reason"] == f"never scanned, and cannot be scanned: {why}"
    assert f"last scan never, and cannot be scanned: {why})" in "\n".join(result["verdict"]["summary"])
    assert [one["text"].startswith(step) for one in result["verdict"]["next_steps"]] == [True]
    both = gate([*FINE, made, cluster("new")])["verdict"]["next_steps"]
    assert [one["text"][:5] for one in both] == ["Scan ", "Or sc", step[:5]]


def test_a_stale_cluster_that_no_scan_reaches(gate: Any) -> None:
    result = gate([cluster("a", 8 * 24 * HOUR, agents={"failed": 3})], max_scan_age="7d")
    (offender,) = rule(result, "max_scan_age")["offenders"]
    assert offender["reason"] == "last scan too long ago, and cannot be scanned: no node has a working agent"


@pytest.mark.parametrize(
    "fields,why",
    [
        ({}, "no node has a working agent"),
        ({"agent_installed_num": 1}, None),
        ({"agent_not_install_num": 0}, None),  # three zeros say nothing
        ({"agent_installed_num": None}, None),
        ({"total_nodes_number": 0}, "it has no node"),
        ({"total_nodes_number": False}, "no node has a working agent"),
        ({"last_operate_timestamp": int(NOW.timestamp() - 60) * 1000}, None),  # still being installed
        ({"last_operate_timestamp": int(NOW.timestamp() - 660) * 1000}, "no node has a working agent"),
        ({"last_operate_timestamp": "soon"}, "no node has a working agent"),
    ],
)
def test_why_a_cluster_cannot_be_scanned(fields: Dict[str, Any], why: Any) -> None:
    row = {"agent_installed_num": 0, "agent_install_failed_num": 0, "agent_not_install_num": 2, **fields}
    assert why_unscannable(row, NOW) == why
    assert why_unscannable(row, NOW, "Hibernating") == "it hibernates"


def test_the_numbers_of_agents_are_loaded_on_request_only(run: Any, sim: Simulator) -> None:
    (row,) = run(hss_cluster_info, [HALF], agent_info=True)["clusters"]
    assert [row[name] for name in AGENTS] == [3, 1, 1]
    (row,) = run(hss_cluster_info, [HALF])["clusters"]
    assert not set(AGENTS) & set(row) and "load_agent_info" not in sim.requests[-1].query


def scan(run: Any, clusters: Any, **options: Any) -> Dict[str, Any]:
    return dict(run(hss_cluster_scan, clusters, **{"targets": "unscanned", "poll_interval": 1, **options}))


def started(sim: Simulator) -> int:
    return len([request for request in sim.requests if request.path.endswith("/common/task")])


@pytest.mark.parametrize("options", [{}, {"wait": False}, {"scopes": [{"project_id": DEMO_PROJECT_ID}]}], ids=str)
def test_a_scan_that_reaches_no_cluster_is_not_started(run: Any, sim: Simulator, options: Any) -> None:
    sim.reset()
    given = {**options, "project_id": None} if "scopes" in options else options
    result = scan(run, [*FINE, NONE], **given)
    assert result["failed"] and started(sim) == 0 and result["task_ids"] == []
    assert "1 of 1 selected clusters cannot be scanned: none (no node has a working agent)." in result["msg"]
    (row,) = result["clusters"]
    assert row["scan_status"] == "failed" and set(row["reasons"].values()) == {
        "cannot be scanned: no node has a working agent"
    }


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("wait", [True, False])
def test_the_other_clusters_are_scanned(run: Any, sim: Simulator, many: bool, wait: bool, short_jitter: None) -> None:
    sim.reset()
    place = {"scopes": [{"project_id": DEMO_PROJECT_ID}], "project_id": None} if many else {}
    result = scan(run, [NONE, cluster("new")], wait=wait, **place)
    assert result["failed"] and result["changed"] and started(sim) == 1 and len(result["task_ids"]) == 1
    assert "1 of 2 selected clusters cannot be scanned: none" in result["msg"]
    statuses = {row["cluster_name"]: row["scan_status"] for row in result["clusters"]}
    assert statuses["none"] == "failed" and (statuses["new"] == "success" or not wait)


def test_a_scan_that_fails_beside_a_cluster_that_no_scan_reaches(run: Any, sim: Simulator, short_jitter: None) -> None:
    result = scan(run, [NONE, cluster("new", scan_fails=True)])
    assert "cannot be scanned: none" in result["msg"] and "were not scanned successfully" in result["msg"]
    assert {row["cluster_name"] for row in result["clusters"]} == {"none", "new"}


def test_a_cluster_that_no_scan_reaches_may_be_listed(run: Any, sim: Simulator) -> None:
    for place in ({}, {"scopes": [{"project_id": DEMO_PROJECT_ID}], "project_id": None}):
        result = scan(run, [*FINE, NONE], targets="listed", cluster_names=["none"], **place)
        assert "cannot be scanned" in result["msg"] and "knows no cluster" not in result["msg"]
