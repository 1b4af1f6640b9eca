# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hss_cluster_sync over real sockets: started once in each scope, waited for together, judged by the time of the inventory."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_info, hss_cluster_sync

from tests.module_arguments import patch_module_args
from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, MISSING, Simulator, cluster, faults, project, scenario

REGION = "cn-north-4"
IDS = [f"{number:032x}" for number in (1, 2, 3)]
SAVE = "/save-clusters"
LIST = "/kubernetes/clusters"
DENIED = {"error_code": "HSS.0013", "error_description": "no", "error_msg": "no"}
OLD = 1_700_000_000_000
HIDDEN = [cluster("known", 60), cluster("new", hss="after_sync")]


@pytest.fixture
def sim(sim: Simulator, shared_time: Any, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    monkeypatch.setattr(Clock, "jitter", lambda self: 0.01)
    return sim


@pytest.fixture
def run(sim: Simulator, run_module: Any) -> Any:
    def run(module: Any = hss_cluster_sync, projects: Any = None, fault: Any = (), **options: Any) -> Dict[str, Any]:
        world = {"clusters": HIDDEN, "sync_seconds": 50, "last_update_time": OLD, **options.pop("world", {})}
        agencies = options.pop("agencies", [])
        sim.replace_scenario(scenario(projects=projects or [project(**world)], agencies=agencies))
        sim.reset()
        for one in fault:
            sim.inject(one)
        place = {} if projects else {"project_id": DEMO_PROJECT_ID}
        keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK, "max_retries": 0, "region": REGION}
        given = {"endpoint": sim.http_url, "iam_endpoint": sim.http_url, **keys, **place, **options}
        result: Dict[str, Any] = run_module(module, given, (DEMO_SK,))
        assert "bug" not in result.get("msg", ""), result
        return result

    return run


def three(**others: Any) -> List[Dict[str, Any]]:
    given = {"clusters": HIDDEN, "sync_seconds": 50, "last_update_time": OLD, **others}
    return [project(project_id=own, name=f"{REGION}_p{n}", region=REGION, **given) for n, own in enumerate(IDS)]


def started_in(sim: Simulator) -> List[str]:
    found = [request for request in sim.requests if request.path.endswith(SAVE)]
    assert all(request.method == "POST" and request.body == b"" for request in found)
    return sorted(str(request.project_id) for request in found)


def test_the_inventory_is_collected_and_waited_for(run: Any, sim: Simulator) -> None:
    begun = sim.now()
    result = run()
    assert result["changed"] and started_in(sim) == [DEMO_PROJECT_ID] and 50 <= sim.now() - begun < 70
    (scope,) = result["scopes"]
    assert scope["previous_inventory_updated_at"] == "2023-11-14T22:13:20Z" and scope["finished"]
    assert scope["inventory_updated_at"] == result["inventory_updated_at"] > "2026"
    assert scope["request_id"] and result["failed_scopes"] == result["skipped_scopes"] == []
    assert all("enterprise_project_id=all_granted_eps" in request.query for request in sim.requests)
    run(enterprise_project_id="0", wait=False)
    assert all("enterprise_project_id=0" in request.query for request in sim.requests)
    run()
    names = [c.name for c in (sim.cluster("known"), sim.cluster("new")) if c.is_known]
    assert names == ["known", "new"], "a cluster that was not synchronised is known now"


def test_all_scopes_are_started_and_then_waited_for_together(run: Any, sim: Simulator) -> None:
    begun = sim.now()
    result = run(projects=three(), all_projects=True)
    assert started_in(sim) == IDS and sim.now() - begun < 70, "not one after the other"
    assert [scope["project_id"] for scope in result["scopes"]] == IDS
    assert all(scope["finished"] for scope in result["scopes"]) and result["inventory_updated_at"] is None
    only = run(projects=three(), scopes=[{"region": REGION, "project_id": IDS[1]}])
    assert started_in(sim) == IDS[1:2] and only["inventory_updated_at"] > "2026"


@pytest.mark.parametrize("before,finished", [(MISSING, True), ("soon", True), (OLD // 1000, True), (9 * 10**12, False)])
def test_the_time_has_to_exceed_the_earlier_one(run: Any, before: Any, finished: bool) -> None:
    result = run(world={"last_update_time": before, "sync_seconds": 1})
    assert result.get("failed", False) is not finished
    if not finished:
        assert "was not collected anew: it was waited for 300 seconds" in result["msg"]


def test_no_time_at_all_is_no_success(run: Any) -> None:
    fault = [faults.alter({"last_update_time": MISSING}, path=LIST)]
    result = run(fault=fault, wait_timeout=60)
    assert result["failed"] and result["changed"] and "does not say when it collected its inventory" in result["msg"]
    assert [scope["project_id"] for scope in result["failed_scopes"]] == [DEMO_PROJECT_ID]


def test_what_is_not_waited_for(run: Any, sim: Simulator) -> None:
    result = run(wait=False)
    assert result["changed"] and not result["scopes"][0]["finished"] and len(sim.requests) == 2
    assert result["inventory_updated_at"] == "2023-11-14T22:13:20Z"
    result = run(wait_timeout=20, poll_interval=5)
    assert result["failed"] and "it was waited for 20 seconds" in result["msg"] and "wait_timeout" in result["msg"]


@pytest.mark.parametrize("options", [{}, {"all_projects": True}], ids=["one", "all"])
def test_check_mode_starts_nothing(run: Any, sim: Simulator, options: Any) -> None:
    result = run(projects=three() if options else None, _ansible_check_mode=True, **options)
    assert result["changed"] and started_in(sim) == [] and len(result["scopes"]) == (3 if options else 1)
    assert {scope["previous_inventory_updated_at"] for scope in result["scopes"]} == {"2023-11-14T22:13:20Z"}


@pytest.mark.parametrize(
    "status,body",
    [(400, DENIED), (403, {"error_code": "APIGW.0302", "error_msg": "no"}), (400, {"error_code": "00000010"})],
)
def test_a_refused_synchronisation_names_the_permission(run: Any, sim: Simulator, status: int, body: Any) -> None:
    result = run(fault=[faults.answer(status, body, path=SAVE)])
    assert result["failed"] and not result.get("changed") and len(started_in(sim)) == 1
    assert "Synchronising the inventory writes" in result["msg"] and "read-only" in result["msg"]
    assert (result["operation"], result["status_code"]) == ("CreateClustersInfo", status)


@pytest.mark.parametrize(
    "answer", [{"status": 500}, {"drop": "headers"}, {"html": True}, {"lose_answer": True}], ids=str
)
def test_it_is_sent_once(run: Any, sim: Simulator, answer: Any) -> None:
    result = run(fault=[{**answer, "path": SAVE}], max_retries=3)
    assert result["failed"] and len(started_in(sim)) == 1
    assert "Whether the synchronisation was started is not known. It is safe to run it again." in result["msg"]


def test_a_throttled_start_is_repeated(run: Any, sim: Simulator) -> None:
    assert run(fault=[faults.throttle("2", path=SAVE, times=1)])["scopes"][0]["finished"]
    assert len(started_in(sim)) == 2


@pytest.mark.parametrize("body", [None, {}, {"anything": 1}], ids=str)
def test_the_answer_has_no_documented_field(run: Any, body: Any) -> None:
    assert run(fault=[faults.answer(202, body, path=SAVE)], wait=False)["changed"]


def test_a_scope_that_fails_does_not_stop_the_others(run: Any, sim: Simulator) -> None:
    fault = [faults.answer(400, DENIED, path=f"{IDS[1]}/kubernetes{SAVE}")]
    result = run(projects=three(), all_projects=True, fault=fault)
    assert result["failed"] and result["changed"] and started_in(sim) == IDS
    assert (
        "not synchronised in 1 of 3 scopes" in result["msg"] and "Synchronising the inventory writes" in result["msg"]
    )
    assert [scope["project_id"] for scope in result["scopes"]] == [IDS[0], IDS[2]]
    assert all(scope["finished"] for scope in result["scopes"]) and result["error_code"] == "HSS.0013"
    result = run(projects=three(), all_projects=True, fault=fault, on_scope_error="continue")
    assert not result.get("failed") and [scope["project_id"] for scope in result["failed_scopes"]] == [IDS[1]]
    every = [faults.answer(400, DENIED, path=SAVE)]
    result = run(projects=three(), all_projects=True, fault=every, on_scope_error="continue")
    assert result["failed"] and "3 of 3 scopes" in result["msg"]


def test_a_query_that_fails_while_waiting(run: Any) -> None:
    """In passing it is repeated; a refusal ends the wait for its own scope."""
    result = run(fault=[faults.answer(503, None, path=LIST, skip=1, times=2)], poll_interval=5)
    assert result["scopes"][0]["finished"]
    gone = {"error_code": "HSS.0011", "error_description": "gone", "error_msg": "gone"}
    result = run(fault=[faults.answer(400, gone, path=LIST, skip=1)])
    assert result["failed"] and result["error_code"] == "HSS.0011" and result["changed"]
    result = run(projects=three(), all_projects=True, fault=[faults.answer(400, gone, path=f"{IDS[0]}{LIST}", skip=1)])
    assert [scope["project_id"] for scope in result["failed_scopes"]] == IDS[:1] and len(result["scopes"]) == 2
    result = run(fault=[faults.answer(503, None, path=LIST, skip=1)], wait_timeout=20)
    assert "The last query failed" in result["msg"]


def test_a_refused_credential_while_waiting_ends_it(run: Any, sim: Simulator) -> None:
    refusal = {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}
    result = run(
        projects=three(), all_projects=True, fault=[faults.answer(401, refusal, path=LIST, skip=3)], concurrency=1
    )
    assert result["failed"] and result["status_code"] == 401 and result["changed"]
    assert len(result["scopes"]) == 3 and [r.status for r in sim.requests].count(401) <= 3


def test_the_deadline(run: Any) -> None:
    result = run(projects=three(), all_projects=True, deadline=30)
    assert result["failed"] and "deadline of 30 seconds" in result["msg"] and result["changed"]


@pytest.mark.parametrize(
    "options,words",
    [
        ({"wait_timeout": 0}, "wait_timeout must be from 1 to 604800"),
        ({"poll_interval": 3601}, "poll_interval must be from 1 to 3600"),
        ({"include_projects": ["x"]}, "include_projects"),
        ({"scopes": []}, "empty list"),
    ],
)
def test_what_is_refused_before_anything_is_sent(run: Any, sim: Simulator, options: Any, words: str) -> None:
    result = run(**options)
    assert result["failed"] and words in result["msg"] and not sim.requests


def test_a_cluster_is_listed_after_the_synchronisation(run: Any, sim: Simulator, capsys: Any) -> None:
    before = run(hss_cluster_info)
    assert [row["cluster_name"] for row in before["clusters"]] == ["known"]
    run()
    keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK, "region": REGION, "project_id": DEMO_PROJECT_ID}
    with patch_module_args({"endpoint": sim.http_url, **keys}), pytest.raises(SystemExit):
        hss_cluster_info.main()
    assert '"cluster_name": "new"' in capsys.readouterr().out


def test_an_account_that_is_refused_while_waiting_ends_no_other(run: Any, sim: Simulator) -> None:
    names = ("first", "second")
    projects = [
        project(project_id=own, name=f"{REGION}_{name}", region=REGION, domain_id=name, last_update_time=OLD)
        for own, name in zip(IDS, names)
    ]
    agencies = [{"name": "reader", "domain_id": name, "projects": [own]} for own, name in zip(IDS, names)]
    accounts = [{"agency_name": "reader", "agency_domain_name": f"account-{name}", "name": name} for name in names]
    refusal = {"error_code": "APIGW.0301", "error_msg": "no"}
    options = {"all_projects": True, "accounts": accounts, "agencies": agencies}
    fault = faults.answer(401, refusal, path=f"{IDS[1]}{LIST}", skip=1, times=99)
    result = run(projects=projects, fault=[fault], **options)
    assert result["failed"] and "1 of 2 scopes" in result["msg"]
    assert [(scope["account"], scope["finished"]) for scope in result["scopes"]] == [("first", True)]
    assert [scope["account"] for scope in result["failed_scopes"]] == ["second"]
    assert [request.status for request in sim.requests].count(401) == 1
