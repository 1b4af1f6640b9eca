# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that name what was counted: the real AnsibleModule and real sockets, from options to result."""

from __future__ import annotations

import datetime
import re
from typing import Any, Callable, Dict, List

import pytest
import yaml
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_info, hss_cluster_risk_info

from tests.simulator import (
    DEMO_AK,
    DEMO_PROJECT_ID,
    DEMO_SK,
    DEMO_TOKEN,
    Simulator,
    cluster,
    cluster_id,
    faults,
    risk,
    scenario,
)

Run = Callable[..., Dict[str, Any]]
DAY = 86400
MODULES = [hss_cluster_info, hss_cluster_risk_info]


def estate() -> Dict[str, Any]:
    return scenario(
        clusters=[
            cluster("fresh", 60),
            cluster("old", 10 * DAY),
            cluster("never"),
            cluster("fresh-2", 60),
            cluster("shop", 60, enterprise_project_id="shop"),
        ],
        risks=[
            risk("fresh", "Privileged container", num=2),
            risk("fresh", "Privileged container 2", type="benchmark", level="low", category="network"),
            risk("old", "Privileged container", level="tips"),
            risk("fresh", "Clean", num=0),
        ],
    )


SCENARIO = estate()
pytestmark = pytest.mark.usefixtures("short_jitter", "no_requests_left")


@pytest.fixture
def run(sim: Simulator, run_module: Any) -> Run:
    """Run a module with these options, and a key pair; its result."""

    def run(module: Any, **options: Any) -> Dict[str, Any]:
        defaults = {
            "region": "cn-north-4",
            "endpoint": sim.http_url,
            "iam_endpoint": sim.http_url,
            "project_id": DEMO_PROJECT_ID,
            "access_key": DEMO_AK,
            "secret_key": DEMO_SK,
        }
        given = {name: value for name, value in {**defaults, **options}.items() if value is not None}
        return dict(run_module(module, given, (DEMO_SK,)))

    return run


@pytest.fixture
def clusters(run: Run) -> Run:
    return lambda **options: run(hss_cluster_info, **options)


@pytest.fixture
def risks(run: Run) -> Run:
    return lambda **options: run(hss_cluster_risk_info, **options)


def names(result: Dict[str, Any]) -> List[str]:
    return [row["cluster_name"] for row in result["clusters"]]


def test_the_complete_result_of_clusters(clusters: Run, sim: Simulator) -> None:
    result = clusters()
    assert set(result) - {"invocation"} == {
        *("changed", "clusters", "collected_at", "inventory_updated_at", "auth_source", "throttled_seconds"),
        *("region", "project_id", "enterprise_project_id"),
    }
    assert result["changed"] is False and result["auth_source"] == "aksk"
    assert (result["region"], result["project_id"]) == ("cn-north-4", DEMO_PROJECT_ID)
    assert result["enterprise_project_id"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", result["collected_at"])
    assert names(result) == ["fresh", "old", "never", "fresh-2"]
    assert [row["scan_state"] for row in result["clusters"]] == ["scanned", "scanned", "unscanned", "scanned"]
    first, never = result["clusters"][0], result["clusters"][2]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["last_scan"])
    assert abs(first["last_scan_time"] - sim.cluster("fresh").last_scan * 1000) <= 1
    assert (first["cluster_id"], first["risk_assess_num"], first["sec_comp_num"]) == (cluster_id("fresh"), 2, 1)
    assert never["last_scan"] is None and "agent_installed_num" not in never
    assert result["inventory_updated_at"] <= result["collected_at"]
    assert [(r.method, r.path) for r in sim.requests] == [("GET", f"/v5/{DEMO_PROJECT_ID}/kubernetes/clusters")]
    assert "ansible_facts" not in result


@pytest.mark.parametrize(
    "options,expected",
    [
        ({"scan_state": "unscanned"}, {"never": "unscanned"}),
        ({"scan_state": "scanned"}, {"fresh": "scanned", "old": "scanned", "fresh-2": "scanned"}),
        ({"scan_state": "scanned", "max_scan_age": "7d"}, {"fresh": "scanned", "fresh-2": "scanned"}),
        ({"scan_state": "stale", "max_scan_age": "7d"}, {"old": "stale"}),
        ({"scan_state": "stale", "max_scan_age": "240h"}, {"old": "stale"}),
        ({"scan_state": "stale", "max_scan_age": 604800}, {"old": "stale"}),
        ({"scan_state": "stale", "max_scan_age": "11d"}, {}),
        ({"scan_state": "stale", "max_scan_age": "30s"}, {"fresh": "stale", "old": "stale", "fresh-2": "stale"}),
        ({"max_scan_age": "7d", "cluster_name": "old"}, {"old": "stale"}),
        ({"cluster_name": "fresh"}, {"fresh": "scanned"}),
        ({"cluster_name": "fres"}, {}),
        ({"cluster_name": "fresh", "scan_state": "unscanned"}, {}),
        ({"enterprise_project_id": "shop"}, {"shop": "scanned"}),
    ],
    ids=str,
)  # fmt: skip
def test_which_clusters(clusters: Run, options: Dict[str, Any], expected: Dict[str, str]) -> None:
    found = clusters(**options)["clusters"]
    assert {row["cluster_name"]: row["scan_state"] for row in found} == expected


def test_a_scan_dated_in_the_future_is_stale(clusters: Run, sim: Simulator) -> None:
    sim.replace_scenario(scenario(clusters=[cluster("new", 60), cluster("future", -1000), cluster("near", -600)]))
    assert {row["cluster_name"]: row["scan_state"] for row in clusters()["clusters"]} == {
        "new": "scanned",
        "future": "stale",
        "near": "scanned",
    }
    assert names(clusters(scan_state="stale", max_scan_age="7d")) == ["future"]


def test_ages_are_judged_by_the_later_clock(clusters: Run, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose clock is ten days behind; the answers' Date tells."""
    now = Clock.now
    monkeypatch.setattr(Clock, "now", lambda self: now(self) - datetime.timedelta(days=10))
    key = {"auth_token": DEMO_TOKEN, "access_key": None, "secret_key": None}
    assert names(clusters(**key, scan_state="stale", max_scan_age="7d")) == ["old"]


def test_the_complete_result_of_risks(risks: Run, sim: Simulator) -> None:
    result = risks(enterprise_project_id="all_granted_eps")
    assert set(result) - {"invocation"} == {
        *("changed", "risks", "collected_at", "auth_source", "throttled_seconds"),
        *("region", "project_id", "enterprise_project_id"),
    }
    assert result["changed"] is False and result["enterprise_project_id"] == "all_granted_eps"
    assert [row["risk_num"] for row in result["risks"]] == [2, 1, 1, 0]
    assert set(result["risks"][0]) == {
        *("risk_id", "risk_name", "cluster_id", "cluster_name", "risk_level", "risk_category", "risk_num"),
        *("last_scan_time", "description", "remediation"),
    }
    assert len(sim.requests) == 1


@pytest.mark.parametrize(
    "options,expected",
    [
        ({"risk_type": "benchmark"}, [1]),
        ({"risk_status": "risky"}, [0, 1, 2]),
        ({"risk_level": "tips"}, [2]),
        ({"risk_category": "network"}, [1]),
        ({"risk_name": "Privileged container"}, [0, 2]),
        ({"cluster_name": "old"}, [2]),
        ({"cluster_name": "fres"}, []),
        ({"cluster_id": cluster_id("fresh")}, [0, 1, 3]),
        ({"cluster_id": cluster_id("fresh"), "risk_status": "risky", "risk_level": "high"}, [0]),
    ],
    ids=str,
)
def test_which_risks(risks: Run, options: Dict[str, Any], expected: List[int]) -> None:
    every = risks()["risks"]
    assert risks(**options)["risks"] == [every[number] for number in expected]


def test_a_secret_in_one_risk_of_many_fails_the_task(
    risks: Run, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = [{"count": 500, "name": "r"}, {"count": 1, "name": 'with "pass/wörd" in it'}]
    sim.replace_scenario(scenario(clusters=[cluster("a", 60)], risk_groups=groups))
    monkeypatch.setenv("HW_USER_PASSWORD", '"pass/wörd"')
    result = risks()
    assert result["failed"] and "given as a secret" in result["msg"]
    assert "risks" not in result


def test_affected_resources(risks: Run, sim: Simulator) -> None:
    result = risks(cluster_id=cluster_id("fresh"), affected_resources=True)
    found = {row["risk_name"]: [r["resource_name"] for r in row["affected_resources"]] for row in result["risks"]}
    assert found == {
        "Privileged container": ["pod-1", "pod-2"],
        "Privileged container 2": ["pod-1"],
        "Clean": [],
    }
    assert set(result["risks"][0]["affected_resources"][0]) == {
        *("resource_id", "resource_name", "resource_type", "namespace", "hit_rule", "hit_path_list"),
        *("first_scan_time", "last_scan_time"),
    }
    queried = [request for request in sim.requests if "affected-resources" in request.path]
    assert len(queried) == 3 and all(f"cluster_id={cluster_id('fresh')}" in request.query for request in queried)


def test_affected_resources_are_queried_for_concurrently(risks: Run, sim: Simulator) -> None:
    sim.replace_scenario(scenario(clusters=[cluster("a", 60)], risk_groups=[{"count": 32, "name": "r"}]))
    sim.latency = 0.03
    result = risks(cluster_id=cluster_id("a"), affected_resources=True)
    assert len(result["risks"]) == 32 and all(len(row["affected_resources"]) == 1 for row in result["risks"])
    assert sim.peak_in_flight > 1


def test_one_risk_whose_resources_are_refused_fails_the_task(risks: Run, sim: Simulator) -> None:
    refusal = {"error_code": "APIGW.0302", "error_msg": "no"}
    sim.inject(faults.answer(403, refusal, path="affected-resources", skip=1))
    result = risks(cluster_id=cluster_id("fresh"), affected_resources=True)
    assert result["failed"] and result["error_code"] == "APIGW.0302" and "risks" not in result
    assert result["operation"] == "ListClusterRiskAffectResources"


BAD_CLUSTER_OPTIONS = [
    ({"cluster_name": "x" * 257}, "Option cluster_name has 257 characters; at most 256"),
    ({"cluster_name": "a\nb"}, "Option cluster_name"),
    ({"scan_state": "stale"}, "max_scan_age is not given"),
    ({"scan_state": "stale", "max_scan_age": ""}, "Option max_scan_age is empty"),
    ({"scan_state": "new"}, "value of scan_state must be one of: any, scanned, unscanned, stale"),
    ({"max_scan_age": "soon"}, "Option max_scan_age must be a length of time"),
    ({"max_scan_age": "0"}, "Option max_scan_age must be a length of time"),
    ({"max_scan_age": "-1d", "scan_state": "stale"}, "Option max_scan_age must be a length of time"),
]
BAD_RISK_OPTIONS = [
    *(
        ({name: "x" * (most + 1)}, f"Option {name} has {most + 1} characters; at most {most}")
        for name, most in (("cluster_id", 64), ("cluster_name", 128), ("risk_name", 128))
    ),
    ({"affected_resources": True}, "cluster_id is not given"),
    ({"affected_resources": True, "cluster_id": ""}, "Option cluster_id is empty"),
    ({"affected_resources": True, "cluster_name": "a"}, "cluster_id is not given"),
    *(
        ({name: "none"}, f"value of {name} must be one of")
        for name in ("risk_type", "risk_status", "risk_level", "risk_category")
    ),
]
BAD_OPTIONS = [
    *((hss_cluster_info, *case) for case in BAD_CLUSTER_OPTIONS),
    *((hss_cluster_risk_info, *case) for case in BAD_RISK_OPTIONS),
    *((module, {"project_id": "x" * 257}, "at most 256") for module in MODULES),
    *((module, {"enterprise_project_id": "x" * 257}, "at most 256") for module in MODULES),
]


@pytest.mark.parametrize("module,options,words", BAD_OPTIONS)
def test_bad_options_send_nothing(run: Run, sim: Simulator, module: Any, options: Dict[str, Any], words: str) -> None:
    # Not even to IAM, which would have to be asked.
    result = run(module, **{"project_id": None, **options})
    assert result["failed"] and words in result["msg"], result["msg"]
    assert not sim.requests


@pytest.mark.parametrize("name,most", [("cluster_name", 128), ("risk_name", 128), ("cluster_id", 64)])
def test_the_longest_that_is_allowed(risks: Run, name: str, most: int) -> None:
    assert risks(**{name: "é" * most})["risks"] == []


@pytest.mark.parametrize("module", MODULES)
class TestBoth:
    def test_check_mode(self, run: Run, module: Any) -> None:
        real, checked = run(module), run(module, _ansible_check_mode=True)
        for result in (real, checked):
            result.pop("invocation", None)  # ansible-core 2.21 adds it elsewhere
            del result["collected_at"]
        assert checked == real and not checked["changed"]

    def test_project_from_iam(self, run: Run, sim: Simulator, module: Any) -> None:
        assert run(module, project_id=None)["project_id"] == DEMO_PROJECT_ID
        assert sim.requests[0].path == "/v3/auth/projects" and len(sim.requests) == 2

    def test_a_token(self, run: Run, module: Any) -> None:
        assert run(module, access_key=None, secret_key=None, auth_token=DEMO_TOKEN)["auth_source"] == "token"

    def test_throttled_and_served(self, run: Run, sim: Simulator, module: Any) -> None:
        sim.inject(faults.throttle("0", times=1))
        assert not run(module).get("failed")
        assert [request.status for request in sim.requests] == [429, 200]

    def test_a_wrong_key_costs_one_request(self, run: Run, sim: Simulator, module: Any) -> None:
        sim.replace_scenario(scenario(clusters=[], cluster_groups=[{"count": 1000}], risk_groups=[{"count": 1000}]))
        result = run(module, secret_key="wrong-secret-key-0000")
        assert result["failed"] and result["error_code"] == "APIGW.0301" and len(sim.requests) == 1

    @pytest.mark.parametrize(
        "fault,words",
        [
            (faults.html(), "HTML page"),
            (faults.error_in_200(), "HSS.1005"),
            (faults.truncate(12), "connection"),
            (faults.redirect("https://example.com/"), "Redirects are not followed"),
            (faults.alter({"total_num": None}), "total_num that is no number"),
            (faults.drift(), "the list changed during each of 5 readings"),
            (faults.answer(200, {}), "no list named"),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_it_fails_closed(self, run: Run, sim: Simulator, module: Any, fault: Dict[str, Any], words: str) -> None:
        sim.inject(fault)
        result = run(module, max_retries=0)
        assert result["failed"] and words in result["msg"], result["msg"]
        assert not {"clusters", "risks"} & set(result)
        operation = {hss_cluster_info: "ListKubernetesClusterDetails"}.get(module, "ListClusterRisks")
        assert (result["service"], result["operation"], result["auth_source"]) == ("HSS", operation, "aksk")

    def test_a_large_account(self, run: Run, sim: Simulator, module: Any) -> None:
        groups = {"cluster_groups": [{"count": 2000}], "risk_groups": [{"count": 2000, "name": "r"}]}
        sim.replace_scenario(scenario(clusters=[], **groups))
        result = run(module)
        assert len(result.get("clusters", result.get("risks"))) == 2000

    def test_the_documentation_is_the_argument_spec(self, module: Any) -> None:
        documented = yaml.safe_load(module.DOCUMENTATION)
        assert documented["module"] == module.__name__.rpartition(".")[2]
        reported = {
            name: {key: value for key, value in option.items() if key in ("type", "choices", "default")}
            for name, option in documented["options"].items()
        }
        assert reported == module.OPTIONS

    def test_what_is_returned_is_documented(self, run: Run, module: Any) -> None:
        documented = yaml.safe_load(module.RETURN)
        result = run(module)
        assert set(result) - {"changed", "invocation"} <= set(documented)
        (name,) = {"clusters", "risks"} & set(result)
        if name == "risks":
            assert set(result[name][0]) <= set(documented[name]["contains"])
        else:
            assert {"scan_state", "last_scan", "last_scan_time"} <= set(documented[name]["contains"])
