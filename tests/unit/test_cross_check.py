# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cross-check of the gate with CCE over real sockets: what each answer of CCE means for the verdict."""

from __future__ import annotations

import os
import pathlib
from typing import Any, Dict, List

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.cce import cce_url
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_gate

from tests.simulator import (
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_PASSWORD,
    DEMO_PROJECT_ID,
    DEMO_SK,
    DEMO_TOKEN,
    DEMO_USER,
    Simulator,
    cluster,
    cluster_id,
    faults,
    project,
    scenario,
    user,
)

REGION, OTHER = "cn-north-4", "ap-southeast-3"
SECOND = "b" * 32
CCE = "/api/v3/"
AUTOPILOT = "/autopilot/"
FINE = [cluster("a", 60), cluster("b", 60)]
NEW = cluster("new", hss=False)
SERVERLESS = cluster("serverless", hss=False, autopilot=True)
ABSENT = {"error_code": "APIGW.0101", "error_msg": "not published"}
NO_SERVICE = {"error_code": "APIGW.0801", "error_msg": "no such service in this region"}
NAME = "unknown_to_hss"

pytestmark = pytest.mark.usefixtures("no_sleep", "regional_endpoints")


@pytest.fixture
def cce(running: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give CCE an address in each region."""
    for region in (REGION, OTHER):
        variable = f"HUAWEICLOUD_SDK_REGION_CCE_{region.upper().replace('-', '_')}"
        monkeypatch.setenv(variable, f"{running.http_url}/regions/{region}")


@pytest.fixture
def gate(sim: Simulator, run_module: Any) -> Any:
    """Judge these clusters of one project, or these projects."""

    def run(clusters: Any = None, projects: Any = None, fault: Any = (), **options: Any) -> Dict[str, Any]:
        sim.replace_scenario(scenario(projects=projects or [project(clusters=clusters)], users=[user()]))
        sim.reset()
        for one in fault:
            sim.inject(one)
        keys = {"region": REGION, "access_key": DEMO_AK, "secret_key": DEMO_SK, "max_retries": 0}
        if projects is None:
            keys["project_id"] = DEMO_PROJECT_ID
        given = {"iam_endpoint": sim.http_url, **keys, **options}
        given = {name: value for name, value in given.items() if value is not None}
        return dict(run_module(hss_cluster_gate, given, (DEMO_SK,)))

    return run


def rule(result: Dict[str, Any]) -> Any:
    """Return the rule, None where nothing was checked."""
    return next((dict(one) for one in result["verdict"]["rules"] if one["name"] == NAME), None)


def told(result: Dict[str, Any]) -> str:
    return "\n".join([result["verdict"]["message"], *result["verdict"]["summary"]])


def asked(sim: Simulator) -> List[str]:
    return [request.operation.split("/")[1] for request in sim.requests if request.service == "CCE"]


@pytest.mark.usefixtures("cce")
def test_clusters_that_hss_does_not_know(gate: Any, sim: Simulator) -> None:
    result = gate(FINE)
    assert result["verdict"]["passed"] and rule(result)["message"] == (
        "0 clusters of CCE are not known to HSS (at most 0 allowed)"
    )
    assert rule(result)["message"] in result["verdict"]["message"]
    (scope,) = result["verdict"]["cross_check"].pop("scopes")
    assert result["verdict"]["cross_check"] == {"state": "complete", "reason": None}
    assert (scope["state"], scope["clusters"], scope["reason"]) == ("complete", 2, None)
    assert "not cross-checked" not in told(result) and asked(sim) == ["api", "autopilot"]

    result = gate([*FINE, SERVERLESS, NEW])
    assert (
        result["failed"] and result["msg"].startswith("The gate is CLOSED") and "1 of 4 rules failed" in result["msg"]
    )
    found = rule(result)
    assert (found["status"], found["figure"]) == ("failed", 2)
    assert [(o["cluster_name"], o["cluster_id"]) for o in found["offenders"]] == [
        ("new", cluster_id("new")),
        ("serverless", cluster_id("serverless")),
    ]
    reason = "CCE has it and HSS does not: not synchronised yet, or not connected, or its enterprise project is not visible to this credential"
    assert {offender["reason"] for offender in found["offenders"]} == {reason}
    assert f"new (region {REGION}, project {DEMO_PROJECT_ID}, {reason})" in told(result)
    assert "Clusters: new, serverless" in result["msg"]
    step, connect = result["verdict"]["next_steps"]
    assert "cluster_scan_gate_sync=true" in step["command"] and DEMO_PROJECT_ID in step["command"]
    assert connect["text"].startswith("Connect") and connect["command"] is None
    assert result["statistics"]["all_cluster_num"] == 2, "in no count of HSS"
    assert gate([*FINE, SERVERLESS, NEW], cce_check="off")["verdict"]["passed"]


@pytest.mark.usefixtures("cce")
def test_a_cluster_that_is_not_one_of_cce_is_not_compared(gate: Any) -> None:
    """Third-party and self-built clusters are in HSS only."""
    result = gate([*FINE, cluster("own", 60, cluster_type="self_built_idc")])
    assert result["verdict"]["passed"] and result["verdict"]["cross_check"]["scopes"][0]["clusters"] == 2


@pytest.mark.usefixtures("cce")
@pytest.mark.parametrize("phase,words", [("Creating", "is being created"), ("Deleting", "is being deleted")])
def test_a_cluster_that_comes_or_goes_is_noted_and_not_counted(gate: Any, phase: str, words: str) -> None:
    result = gate([*FINE, cluster("new", hss=False, phase=phase)])
    assert result["verdict"]["passed"] and rule(result)["figure"] == 0
    assert any("cluster new" in note and words in note for note in result["verdict"]["notes"])
    assert gate([*FINE, cluster("new", hss=False, phase="Available")])["failed"]


@pytest.mark.usefixtures("cce")
def test_a_phase_of_cce_says_why_a_cluster_cannot_be_scanned(gate: Any) -> None:
    result = gate([*FINE, cluster("asleep", phase="Hibernation")])
    assert "never, and cannot be scanned: it hibernates" in told(result)


UNAVAILABLE = [
    faults.answer(403, {"errorCode": "CCE.01403001", "errorMessage": "no"}, path=CCE),
    faults.answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}, path=CCE),
    faults.answer(404, None, path=CCE),
    faults.answer(404, ABSENT, path=CCE),
    faults.answer(403, NO_SERVICE, path=CCE),
]


@pytest.mark.usefixtures("cce")
@pytest.mark.parametrize("fault", UNAVAILABLE, ids=lambda fault: f"{fault['status']}")
def test_cce_that_is_not_available(gate: Any, sim: Simulator, fault: Any) -> None:
    """`auto` goes on and says so, `required` does not judge, and `off` asks nothing."""
    result = gate([*FINE, NEW], fault=[fault])
    check = result["verdict"]["cross_check"]
    assert result["verdict"]["passed"] and rule(result) is None and asked(sim) == ["api"]
    assert (check["state"], check["scopes"][0]["state"]) == ("none", "none")
    assert f"HTTP {fault['status']}" in check["reason"] and "CCE ListClusters" in check["reason"]
    is_absent = fault["status"] == 404 or "0801" in str(fault["body"])
    assert ("that CCE is offered in this region" if is_absent else "cce:cluster:list") in check["reason"]
    assert result["verdict"]["summary"][0].endswith("; not cross-checked with CCE.")

    result = gate([*FINE, NEW], fault=[fault], cce_check="required")
    assert result["failed"] and result["verdict"]["status"] == "not_judged" and rule(result)["status"] == "unknown"
    assert result["msg"].startswith("The gate could NOT judge") and "cce_check=off" in result["msg"]
    assert "CCE ListClusters" in result["msg"] and result["verdict"]["cross_check"]["scopes"][0]["state"] == "failed"
    assert gate([*FINE, cluster("x")], fault=[fault], cce_check="required")["verdict"]["status"] == "failed"

    result = gate([*FINE, NEW], fault=[fault], cce_check="off")
    assert result["verdict"]["passed"] and asked(sim) == [] and rule(result) is None
    assert result["verdict"]["cross_check"] == {"state": "none", "reason": "cce_check is off", "scopes": []}
    assert result["verdict"]["summary"][0].endswith("; not cross-checked with CCE.")


ITEM: Dict[str, Any] = {"metadata": {"uid": cluster_id("a"), "name": "a"}}
NONSENSE: List[Any] = [
    {},
    {"items": None},
    {"items": {}},
    {"items": [{"metadata": {"name": "x"}}]},
    {"items": [{"metadata": {"uid": ""}}]},
    {"items": [{"metadata": {"uid": 7}}]},
    {"items": [{"metadata": None}]},
    {"items": ["x"]},
    {"items": [ITEM, ITEM]},
    {"items": [ITEM], "links": {"next": "https://cce.example.com/?page=2"}},
    {"items": [ITEM], "metadata": {"continue": "eyJ2IjoibWV0YSJ9"}},
    {"items": [ITEM], "metadata": {"remainingItemCount": 7}},
    {"items": [ITEM], "error_code": "CCE.01500001", "error_msg": "inside a 200"},
    [],
]
FAILING = [
    *(faults.answer(200, body) for body in NONSENSE),
    faults.html(),
    faults.truncate(20),
    faults.redirect("https://elsewhere.example.com/"),
    faults.answer(500, {"errorCode": "CCE.01500001", "errorMessage": "internal"}),
    faults.answer(400, {"errorCode": "CCE.01400001", "errorMessage": "bad"}),
    faults.answer(200, {"items": [ITEM]}, {"Age": "90"}),
    faults.drop(),
    faults.answer(429, {"error_code": "APIGW.0308", "error_msg": "limit:5,time:1 minute"}, {"Retry-After": "9999"}),
]


@pytest.mark.usefixtures("cce")
@pytest.mark.parametrize("path", [CCE, AUTOPILOT], ids=["cce", "autopilot"])
@pytest.mark.parametrize("fault", FAILING, ids=str)
def test_an_answer_of_cce_that_cannot_be_trusted_leaves_the_gate_unjudged(gate: Any, fault: Any, path: str) -> None:
    for mode in ("auto", "required"):
        result = gate(FINE, fault=[{**fault, "path": path}], cce_check=mode)
        assert result["failed"] and result["verdict"]["status"] == "not_judged"
        assert result["msg"].startswith("The gate could NOT judge") and "cce_check=off" in result["msg"]
        assert "CCE List" in result["msg"], "the cause is named"
        found = rule(result)
        assert (found["status"], found["figure"], found["offenders"]) == ("unknown", None, [])
        assert result["verdict"]["cross_check"]["scopes"][0]["state"] == "failed"
        assert "cce_check=off" in result["verdict"]["next_steps"][-1]["text"]
    assert gate(FINE, fault=[{**fault, "path": path}], cce_check="off")["verdict"]["passed"]
    red = gate([cluster("x")], fault=[{**fault, "path": path}])
    assert red["verdict"]["status"] == "failed" and red["msg"].startswith("The gate is CLOSED")


@pytest.mark.usefixtures("cce")
@pytest.mark.parametrize("status,body", [(404, None), (404, ABSENT), (403, NO_SERVICE)])
def test_a_region_without_autopilot_is_checked_completely(gate: Any, status: int, body: Any) -> None:
    fault = [faults.answer(status, body, path=AUTOPILOT)]
    assert gate(FINE, fault=fault, cce_check="required")["verdict"]["cross_check"]["state"] == "complete"
    assert rule(gate([*FINE, NEW], fault=fault))["figure"] == 1


@pytest.mark.usefixtures("cce")
def test_a_refusal_of_autopilot_alone_leaves_the_gate_unjudged(gate: Any) -> None:
    """Its clusters exist perhaps, and nobody may see them."""
    result = gate(FINE, fault=[faults.answer(403, {"errorCode": "CCE.01403001", "errorMessage": "no"}, path=AUTOPILOT)])
    assert result["verdict"]["status"] == "not_judged" and "cce:cluster:list" in told(result)


@pytest.mark.usefixtures("cce")
def test_a_credential_that_cce_refuses_is_not_used_again(gate: Any, sim: Simulator) -> None:
    """A refused signature counts towards the lock of the key, whichever service refuses it."""
    projects = [project(clusters=FINE, project_id=f"{n:032x}", name=f"{REGION}_{n}") for n in range(6)]
    refusal = faults.answer(401, {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}, path=CCE)
    result = gate(projects=projects, all_projects=True, fault=[refusal])
    assert result["failed"] and result["status_code"] == 401 and result["verdict"]["status"] == "not_judged"
    assert "cce_check=off" in result["msg"] and asked(sim) == ["api"]
    assert len([request for request in sim.requests if request.service == "HSS"]) == 2
    assert result["verdict"]["rules"] == [] and (result["service"], result["operation"]) == ("CCE", "ListClusters")


@pytest.mark.usefixtures("cce")
def test_a_throttled_cce_is_waited_for(gate: Any, sim: Simulator) -> None:
    fault = faults.answer(
        429, {"error_code": "APIGW.0308", "error_msg": "limit:5,time:1 minute"}, {"Retry-After": "2"}, path=CCE, times=1
    )
    result = gate(FINE, fault=[fault])
    assert result["verdict"]["cross_check"]["state"] == "complete" and asked(sim) == ["api", "api", "autopilot"]


@pytest.mark.usefixtures("cce")
def test_cce_is_retried_as_hss_is(gate: Any) -> None:
    fault = faults.answer(503, None, path=CCE, times=2)
    assert gate(FINE, fault=[fault], max_retries=2)["verdict"]["cross_check"]["state"] == "complete"


@pytest.mark.usefixtures("cce")
def test_the_deadline_is_that_of_the_task(gate: Any, no_requests_left: None) -> None:
    result = gate(FINE, fault=[faults.delay(2, path=CCE)], deadline=0.4)
    assert result["verdict"]["status"] == "not_judged" and len(result["failed_scopes"]) == 1
    (scope,) = result["verdict"]["cross_check"]["scopes"]
    assert scope["reason"] == "this scope could not be read, see failed_scopes"


@pytest.mark.usefixtures("cce")
def test_a_token_is_accepted(gate: Any) -> None:
    result = gate([*FINE, NEW], access_key=None, auth_token=DEMO_TOKEN, secret_key=None)
    assert rule(result)["figure"] == 1


def in_project(name: str, enterprise_project_id: str, **others: Any) -> Dict[str, Any]:
    return cluster(name, 60, enterprise_project_id=enterprise_project_id, **others)


@pytest.mark.usefixtures("cce")
def test_the_clusters_of_one_enterprise_project(gate: Any) -> None:
    clusters = [
        in_project("mine", "shop"),
        in_project("theirs", "bank", hss=False),
        in_project("hidden", "shop", hss=False),
    ]
    result = gate(clusters, enterprise_project_id="shop")
    (offender,) = rule(result)["offenders"]
    assert offender["cluster_name"] == "hidden" and offender["reason"].endswith("or not connected")
    assert rule(gate(clusters))["figure"] == 2
    nameless = {
        "items": [{"metadata": {"uid": "u-1", "name": "nobody's"}, "spec": {"extendParam": value}} for value in ({},)]
    }
    result = gate(
        [in_project("mine", "shop")], enterprise_project_id="shop", fault=[faults.answer(200, nameless, path=CCE)]
    )
    assert [offender["cluster_name"] for offender in rule(result)["offenders"]] == ["nobody's"]


@pytest.mark.usefixtures("cce")
def test_two_enterprise_projects_of_one_project(gate: Any, sim: Simulator) -> None:
    """CCE is asked once, and a cluster without an enterprise project is named once, unless HSS knows it in either."""
    bare = {"items": [{"metadata": {"uid": uid, "name": uid}} for uid in (cluster_id("mine"), "u-1")]}
    scopes = [{"project_id": DEMO_PROJECT_ID, "enterprise_project_id": name} for name in ("bank", "shop")]
    clusters = [in_project("mine", "shop"), in_project("theirs", "bank")]
    result = gate(projects=[project(clusters=clusters)], scopes=scopes, fault=[faults.answer(200, bare, path=CCE)])
    assert [offender["cluster_name"] for offender in rule(result)["offenders"]] == ["u-1"]
    assert asked(sim) == ["api", "autopilot"]


def many(number: int, **others: Any) -> List[Dict[str, Any]]:
    return [project(clusters=FINE, project_id=f"{n:032x}", name=f"{REGION}_{n}", **others) for n in range(number)]


@pytest.mark.usefixtures("cce")
def test_twenty_projects(gate: Any) -> None:
    projects = many(20)
    projects[7]["clusters"] = [*FINE, NEW]
    result = gate(projects=projects, all_projects=True)
    (offender,) = rule(result)["offenders"]
    assert (offender["cluster_name"], offender["project_name"]) == ("new", f"{REGION}_7")
    assert [part["status"] for part in rule(result)["scopes"]].count("failed") == 1
    refusals = [
        faults.answer(403, {"errorCode": "CCE.01403001", "errorMessage": "no"}, path=f"{CCE}projects/{n:032x}/")
        for n in range(3)
    ]
    result = gate(projects=many(20), all_projects=True, fault=refusals)
    assert result["verdict"]["passed"] and result["verdict"]["cross_check"]["state"] == "partial"
    assert "; not cross-checked with CCE in 3 of 20 projects." in result["verdict"]["summary"][0]
    assert len(rule(result)["scopes"]) == 17
    result = gate(projects=many(20), all_projects=True, fault=refusals, cce_check="required")
    assert result["verdict"]["status"] == "not_judged" and "failed in 3 of 20 projects" in result["msg"]
    broken = [faults.answer(500, None, path=f"{CCE}projects/{n:032x}/") for n in range(2)]
    result = gate(projects=many(20), all_projects=True, fault=[*broken, refusals[2]])
    assert result["verdict"]["status"] == "not_judged"
    assert (
        "failed in 2 of 20 projects (cce_check=off judges without it); not cross-checked with CCE in 1 of 20"
        in result["msg"]
    )


@pytest.mark.usefixtures("cce")
def test_a_project_that_hss_does_not_answer_for_is_not_known_to_be_complete(gate: Any) -> None:
    fault = [faults.answer(500, None, path=f"/v5/{1:032x}/")]
    result = gate(projects=many(2), all_projects=True, fault=fault)
    assert rule(result)["status"] == "unknown" and result["verdict"]["cross_check"]["state"] == "partial"


@pytest.mark.usefixtures("cce")
def test_a_region_without_hss_is_asked_too(gate: Any) -> None:
    """Its clusters are in no count of HSS, and the project is skipped."""
    projects = [project(clusters=FINE), project(clusters=[cluster("far", 60)], project_id=SECOND, region=OTHER)]
    fault = [faults.answer(403, NO_SERVICE, path=f"/v5/{SECOND}/")]
    result = gate(projects=projects, all_projects=True, fault=fault)
    (offender,) = rule(result)["offenders"]
    assert (offender["cluster_name"], offender["region"]) == ("far", OTHER)
    assert offender["reason"].endswith("HSS is not offered in this region")
    assert [step["command"] for step in result["verdict"]["next_steps"]] == [None]
    empty = [projects[0], project(clusters=[], project_id=SECOND, region=OTHER)]
    assert gate(projects=empty, all_projects=True, fault=fault)["verdict"]["cross_check"]["state"] == "complete"
    nothing = [*fault, faults.answer(403, NO_SERVICE, path=f"{CCE}projects/{SECOND}/")]
    result = gate(projects=projects, all_projects=True, fault=nothing)
    assert result["verdict"]["passed"] and result["verdict"]["cross_check"]["state"] == "partial"
    assert gate(projects=projects, all_projects=True, fault=fault, cce_check="off")["verdict"]["passed"]


@pytest.mark.usefixtures("cce")
def test_a_cluster_that_hss_does_not_know_can_be_excepted(gate: Any) -> None:
    excused = {"cluster_id": cluster_id("new"), "rules": [NAME], "reason": "no workload", "expires": "2099-12-31"}
    result = gate([*FINE, NEW], exceptions=[excused])
    assert result["verdict"]["passed"] and result["verdict"]["notes"] == []
    assert rule(result)["excepted"][0]["exception"]["reason"] == "no workload"
    assert gate([*FINE, NEW], exceptions=[{**excused, "rules": ["max_unscanned"]}])["failed"]


def test_cce_is_not_asked_where_hss_has_an_address_of_its_own(gate: Any, sim: Simulator) -> None:
    """Its ordinary address would be another cloud's."""
    result = gate([*FINE, NEW])
    assert result["verdict"]["passed"] and result["verdict"]["cross_check"]["state"] == "none"
    assert "HUAWEICLOUD_SDK_REGION_CCE_<REGION>" in result["verdict"]["cross_check"]["reason"]
    for options in ({}, {"endpoint": sim.http_url}, {"endpoint": sim.http_url, "region": None}):
        result = gate(FINE, cce_check="required", **options)
        assert result["failed"] and "cce_check is required" in result["msg"] and not sim.requests
        assert result["verdict"]["status"] == "not_judged"


@pytest.mark.parametrize("value", ["ftp://cce.example.com", "https://user:hunter22@cce.example.com", " "])
def test_an_address_of_cce_that_is_none(gate: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_CCE_CN_NORTH_4", value)
    result = gate(FINE)
    assert result["verdict"]["status"] == "not_judged" and not sim.requests
    assert "HUAWEICLOUD_SDK_REGION_CCE_CN_NORTH_4" in result["msg"] and "hunter22" not in str(result)


@pytest.mark.usefixtures("cce")
def test_reports_of_a_cross_check(gate: Any, tmp_path: pathlib.Path) -> None:
    projects = [project(clusters=[*FINE, NEW]), project(clusters=[cluster("far", 60)], project_id=SECOND, region=OTHER)]
    fault = [faults.answer(403, NO_SERVICE, path=f"/v5/{SECOND}/")]
    result = gate(projects=projects, all_projects=True, fault=fault, report_dir=str(tmp_path))
    for name, path in result["reports"].items():
        text = pathlib.Path(path).read_text(encoding="utf-8")
        # Metrics name no cluster.
        assert name == "prometheus" or ("new" in text and "far" in text), path


@pytest.mark.usefixtures("cce")
def test_a_token_that_cannot_be_renewed_is_no_refusal_of_cce(gate: Any, sim: Simulator) -> None:
    """CCE asks for a new token, and IAM refuses it with 403: the clusters of CCE are not known."""
    outdated = {"error_code": "APIGW.0307", "error_msg": "The token must be updated"}
    refused = {"error": {"code": 403, "message": "no", "title": "Forbidden"}}
    fault = [
        faults.answer(401, outdated, path=CCE, times=1),
        faults.answer(403, refused, path="/v3/auth/tokens", skip=1),
    ]
    login = {"username": DEMO_USER, "password": DEMO_PASSWORD, "domain_name": DEMO_DOMAIN}
    result = gate(FINE, fault=fault, access_key=None, secret_key=None, **login)
    assert result["failed"] and result["verdict"]["status"] == "not_judged"
    assert "KeystoneCreateUserTokenByPassword" in result["msg"] and asked(sim) == ["api"]


@pytest.mark.parametrize(
    "region,cloud,url",
    [
        ("cn-north-4", None, "https://cce.cn-north-4.myhuaweicloud.com"),
        ("eu-west-101", None, "https://cce.eu-west-101.myhuaweicloud.eu"),
        ("cn-north-4", "example.org", "https://cce.cn-north-4.example.org"),
    ],
)
def test_the_address_of_cce(monkeypatch: pytest.MonkeyPatch, region: str, cloud: Any, url: str) -> None:
    monkeypatch.delenv("HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4")
    params = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    params.update(access_key=DEMO_AK, secret_key=DEMO_SK, cloud=cloud, region=region)
    assert cce_url(Client(params, os.environ, Secrets()), region) == url
    for own in ({"iam_endpoint": "https://iam.example.org"}, {"endpoint": "https://hss.example.org"}):
        assert cce_url(Client({**params, **own}, os.environ, Secrets()), region) is None
