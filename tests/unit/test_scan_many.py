# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scans of several scopes over real sockets: started for all, waited for together, one failure does not stop the others."""

from __future__ import annotations

import itertools
import json
import pathlib
import queue
import re
from typing import Any, Dict, List

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import PROGRESS_FILE
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_scan
from ansible_collections.huaweicloud.hss.plugins.plugin_utils import _progress
from ansible_collections.huaweicloud.hss.plugins.plugin_utils._progress import describe_progress, following

from tests.simulator import DEMO_AK, DEMO_SK, Simulator, cluster, faults, project, scenario

REGION = "cn-north-4"
IDS = [f"{number:032x}" for number in (1, 2, 3)]


@pytest.fixture
def sim(sim: Simulator, shared_time: Any, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """Return the simulator with three projects, of which each has one cluster that was never scanned."""
    monkeypatch.setattr(Clock, "jitter", lambda self: 0.01)
    set_scene(sim, task_polls=2)
    return sim


def set_scene(sim: Simulator, **options: Any) -> None:
    projects = [
        project(project_id=own, name=f"{REGION}_p{number}", region=REGION, clusters=[cluster(f"c{number}")])
        for number, own in enumerate(IDS, 1)
    ]
    sim.replace_scenario(scenario(projects=projects, **options))


@pytest.fixture
def run(sim: Simulator, run_module: Any) -> Any:
    def run(**options: Any) -> Dict[str, Any]:
        given = {
            "endpoint": sim.http_url,
            "iam_endpoint": sim.http_url,
            "access_key": DEMO_AK,
            "secret_key": DEMO_SK,
            "max_retries": 0,
            "poll_interval": 1,
            **({} if options.get("all_projects") else {"scopes": scopes()}),
            **options,
        }
        result: Dict[str, Any] = run_module(hss_cluster_scan, given, (DEMO_SK,))
        assert "bug" not in result.get("msg", ""), result
        return result

    return run


def scopes(*ids: str) -> List[Dict[str, str]]:
    return [{"region": REGION, "project_id": own} for own in ids or IDS]


def started_in(sim: Simulator) -> List[str]:
    return sorted(r.path.split("/")[2] for r in sim.requests if r.method == "POST" and r.path.endswith("/common/task"))


@pytest.mark.parametrize("options", [{}, {"all_projects": True}], ids=["scopes", "all projects"])
def test_all_scopes_are_scanned(run: Any, sim: Simulator, options: Any) -> None:
    result = run(targets="unscanned", **options)
    assert not result.get("failed") and result["changed"], result
    assert started_in(sim) == IDS and len(result["task_ids"]) == 3
    assert {(row["cluster_name"], row["project_id"], row["scan_status"]) for row in result["clusters"]} == {
        (f"c{number}", own, "success") for number, own in enumerate(IDS, 1)
    }
    assert result["history"][-1]["success"] == 3
    assert [scope["project_id"] for scope in result["scopes"]] == IDS and result["failed_scopes"] == []


def test_two_accounts_are_scanned_in_one_task(run: Any, sim: Simulator) -> None:
    names = ("first", "second", "third")
    projects = [
        project(project_id=own, name=f"{REGION}_{name}", region=REGION, clusters=[cluster(name)], domain_id=name)
        for own, name in zip(IDS, names)
    ]
    agencies = [{"name": "scanner", "domain_id": name, "projects": [own]} for own, name in zip(IDS, names)]
    agencies[2]["trusts"] = []
    sim.replace_scenario(scenario(projects=projects, agencies=agencies, task_polls=2))
    accounts = [{"agency_name": "scanner", "agency_domain_name": f"account-{name}", "name": name} for name in names]
    result = run(targets="unscanned", all_projects=True, accounts=accounts[:2])
    assert not result.get("failed") and result["changed"], result
    assert started_in(sim) == IDS[:2] and len(result["task_ids"]) == 2
    for key in ("scopes", "tasks", "clusters"):
        found = {(record["account"], record["project_id"]) for record in result[key]}
        assert found == set(zip(names[:2], IDS)), key
    assert {row["scan_status"] for row in result["clusters"]} == {"success"}
    again = run(targets="all", all_projects=True, accounts=accounts)
    assert again["failed"] and again["changed"] and len(again["task_ids"]) == 2, "the others are scanned"
    assert [(one["account"], one["project_id"]) for one in again["failed_scopes"]] == [("third", None)]


def test_a_failing_scope_does_not_stop_the_others(run: Any, sim: Simulator) -> None:
    sim.inject(faults.answer(403, {"error_code": "HSS.1010", "error_msg": "no"}, path=f"{IDS[1]}/common/task$"))
    result = run(targets="unscanned")
    assert result["failed"] and result["status_code"] == 403 and "1 of 3 scopes" in result["msg"]
    assert [scope["project_id"] for scope in result["failed_scopes"]] == [IDS[1]]
    assert [row["scan_status"] for row in result["clusters"] if row["project_id"] != IDS[1]] == ["success"] * 2
    assert result["changed"] and len(result["task_ids"]) == 2


def test_a_hard_error_of_one_poll_does_not_end_the_wait(run: Any, sim: Simulator) -> None:
    tasks = run(targets="unscanned", wait=False)["task_ids"]
    sim.inject(
        faults.answer(403, {"error_code": "HSS.1010", "error_msg": "no"}, path=f"{IDS[0]}/common/tasks/.*/resources")
    )
    result = run(task_ids=tasks)
    assert result["failed"] and [scope["project_id"] for scope in result["failed_scopes"]] == [IDS[0]]
    assert sorted(result["task_ids"]) == sorted(tasks) and not result["changed"]
    assert [row["cluster_name"] for row in result["clusters"] if row["scan_status"] == "success"] == ["c2", "c3"]


def test_a_scope_that_was_lost_is_polled_no_more(run: Any, sim: Simulator) -> None:
    set_scene(sim, task_polls=5)
    tasks = run(targets="unscanned", wait=False)["task_ids"]
    before = len(sim.requests)
    lists = f"{IDS[0]}/common/tasks/batch-query"
    sim.inject(faults.answer(403, {"error_code": "HSS.1010", "error_msg": "no"}, path=lists, skip=1))
    result = run(task_ids=tasks)
    assert [scope["project_id"] for scope in result["failed_scopes"]] == [IDS[0]]
    assert [row["scan_status"] for row in result["clusters"] if row["project_id"] != IDS[0]] == ["success"] * 2
    # One for the IDs, and the first poll.
    assert len([request for request in sim.requests[before:] if lists in request.path]) == 2


def test_an_id_belongs_to_the_scope_that_lists_it(run: Any, sim: Simulator) -> None:
    tasks = run(targets="unscanned", wait=False)["task_ids"]
    result = run(task_ids=[tasks[2], tasks[0]])
    assert not result.get("failed") and result["task_ids"] == [tasks[0], tasks[2]]
    assert "HSS knows no scan task made-up" in run(task_ids=[tasks[0], "made-up"])["msg"]


@pytest.mark.parametrize(
    "options,unknown",
    [
        ({"targets": "listed", "cluster_names": ["c1", "c9"]}, "no cluster c9"),
        ({"task_ids": ["made-up"]}, "no scan task made-up"),
    ],
    ids=["cluster", "task"],
)
def test_what_is_unknown_beside_a_scope_that_fails(run: Any, sim: Simulator, options: Any, unknown: str) -> None:
    """It may belong to that scope, so it is not scanned, even if the failure of a scope is tolerated."""
    sim.inject(faults.answer(503, {}, path=f"/{IDS[2]}/"))
    result = run(on_scope_error="continue", **options)
    assert result["failed"] and f"HSS knows {unknown}" in result["msg"] and started_in(sim) == []
    assert f"{IDS[2]}" in result["msg"] and "could not be read" in result["msg"] and "HTTP 503" in result["msg"]


def test_listed_clusters_of_several_scopes(run: Any, sim: Simulator) -> None:
    unknown = run(targets="listed", cluster_names=["c1", "c9"])
    assert "HSS knows no cluster c9. Nothing was started" in unknown["msg"] and started_in(sim) == []
    assert not run(targets="listed", cluster_names=["c1", "c3"]).get("failed")
    assert started_in(sim) == [IDS[0], IDS[2]]


def test_check_mode_starts_nothing(run: Any, sim: Simulator) -> None:
    result = run(targets="unscanned", _ansible_check_mode=True)
    assert result["changed"] and started_in(sim) == [] and len(result["planned_tasks"]) == 3


def test_a_refused_credential_is_sent_once(run: Any, sim: Simulator) -> None:
    result = run(targets="unscanned", secret_key="another" * 5)
    assert result["failed"] and result["status_code"] == 401 and len(sim.requests) == 1


def test_a_scope_whose_tasks_cannot_be_read_stops_no_other(run: Any, sim: Simulator) -> None:
    no = {"error_code": "HSS.1010", "error_msg": "no"}
    sim.inject(faults.answer(403, no, path=f"{IDS[0]}/common/tasks/batch-query"))
    result = run(targets="unscanned")
    assert result["failed"] and [scope["project_id"] for scope in result["failed_scopes"]] == IDS[:1]
    assert len(sim.tasks) == 2 and len(result["task_ids"]) == 2


@pytest.mark.parametrize("looks", [0, 9], ids=["at the start", "while waiting"])
def test_a_credential_that_is_refused_later_is_sent_once(run: Any, sim: Simulator, looks: int) -> None:
    """Five refusals lock a key, so that the scopes must not all find out for themselves."""
    # So that requests which are sent at the same time overlap.
    sim.inject({"path": "batch-query", "delay": 0.1})
    sim.inject(faults.answer(401, {"error_code": "APIGW.0301", "error_msg": "no"}, path="batch-query", skip=looks))
    result = run(targets="unscanned")
    assert result["failed"] and result["status_code"] == 401 and result["msg"].startswith("HSS ListTasks"), result
    asked = [request for request in sim.requests if request.path.endswith("batch-query")]
    assert len(asked) == looks + 1 and asked[-1] == sim.requests[-1]
    assert len(result["task_ids"]) == (3 if looks else 0)


def test_a_credential_that_is_refused_at_a_start_is_sent_no_more(run: Any, sim: Simulator) -> None:
    sim.inject(faults.answer(401, {"error_code": "APIGW.0301", "error_msg": "no"}, path="common/task$"))
    result = run(targets="unscanned", concurrency=1)
    assert result["failed"] and result["status_code"] == 401 and len(started_in(sim)) == 1
    assert sim.requests[-1].path.endswith("/common/task")


def test_the_progress_goes_to_the_file_of_the_action_plugin(run: Any, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "progress"
    file.touch(0o600)
    result = run(targets="unscanned", **{PROGRESS_FILE: str(file)})
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert entries == [{k: v for k, v in entry.items() if k != "at"} for entry in result["history"]]
    assert not run(targets="all", **{PROGRESS_FILE: str(tmp_path / "none")}).get("failed")
    assert not (tmp_path / "none").exists()


class TestFollowing:
    ENTRY = {"task_status": "running", "success": 0, "scanning": 2, "failed": 0, "estimated_time": 1}

    def test_lines(self) -> None:
        assert describe_progress(json.dumps(self.ENTRY)) == "0 done, 2 running, 0 failed, about 1 minute left"
        assert describe_progress(json.dumps({**self.ENTRY, "estimated_time": 2})).endswith("about 2 minutes left")  # type: ignore[union-attr]
        assert describe_progress(json.dumps({**self.ENTRY, "scanning": 0})) == "0 done, 0 running, 0 failed"

    @pytest.mark.parametrize("line", ["", "{", "[]", "1", '{"success": "x"}', '{"success": true}'])
    def test_what_is_no_entry(self, line: str) -> None:
        assert describe_progress(line) is None

    def test_the_file_is_private_and_removed(self, tmp_path: pathlib.Path) -> None:
        shown: List[str] = []
        with following(str(tmp_path), shown.append) as path:
            assert pathlib.Path(path).stat().st_mode & 0o077 == 0
            with open(path, "a", encoding="utf-8") as file:
                file.write(json.dumps(self.ENTRY) + "\nno entry\n")
        assert shown == ["0 done, 2 running, 0 failed, about 1 minute left"]
        assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == []

    def test_each_change_is_shown_once(self, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_progress, "INTERVAL", 0.01)
        shown: "queue.Queue[str]" = queue.Queue()
        with following(str(tmp_path), shown.put) as path, open(path, "a", encoding="utf-8") as file:
            for done in (1, 2):
                file.write(json.dumps({**self.ENTRY, "success": done}) + "\n")
                file.flush()
                assert shown.get(timeout=60).startswith(f"{done} done")
        assert shown.empty()


@pytest.mark.usefixtures("no_requests_left")
@pytest.mark.parametrize(
    "path,skip,started,changed,words",
    [
        (f"{IDS[0]}/.*batch-query", 0, 0, False, "the deadline of 60 seconds was reached"),
        (f"{IDS[1]}/.*batch-query", 0, 1, True, "the deadline of 60 seconds was reached"),
        (f"{IDS[1]}/common/task$", 0, 2, True, "Whether a scan was started is not known"),
        (f"{IDS[1]}/.*batch-query", 2, 2, True, "the deadline of 60 seconds was reached"),
    ],
    ids=["look", "look of the second", "start", "look after the start"],
)
@pytest.mark.parametrize("wait", [True, False])
def test_a_deadline_while_starting_is_no_success(
    run: Any,
    sim: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    skip: int,
    started: int,
    changed: bool,
    words: str,
    wait: bool,
) -> None:
    """The deadline passes when the cloud receives the request, and the answer comes later."""
    sim.inject(faults.delay(1, path=path, skip=skip))
    receive, seen = sim.started, itertools.count()

    def passing(request: Any) -> None:
        receive(request)
        if re.search(path, request.path) and next(seen) == skip:
            sim.clock_offset += 100

    monkeypatch.setattr(sim, "started", passing)
    result = run(targets="unscanned", deadline=60, concurrency=1, wait=wait)
    assert result["failed"] and words in result["msg"] and result["changed"] is changed, result
    assert len(started_in(sim)) == started and "3600 seconds" not in result["msg"]
    failed = [scope["project_id"] for scope in result["failed_scopes"]]
    assert IDS[2] in failed and sorted(failed + [scope["project_id"] for scope in result["scopes"]]) == IDS
    (last,) = [scope for scope in result["failed_scopes"] if scope["project_id"] == IDS[2]]
    assert last["msg"] == "Nothing was started: the deadline of 60 seconds was reached."


REFUSAL = {"error_code": "APIGW.0301", "error_msg": "no"}


def two_accounts(sim: Simulator) -> List[Dict[str, str]]:
    """Let the simulator have two accounts with three projects each, of one cluster; return the option accounts."""
    names = ("first", "second")
    own = {name: [f"{number}{i}".rjust(32, "a") for i in range(3)] for number, name in enumerate(names)}
    projects = [
        project(
            project_id=key, name=f"{REGION}_{key[-2:]}", region=REGION, clusters=[cluster(key[-2:])], domain_id=name
        )
        for name in names
        for key in own[name]
    ]
    agencies = [{"name": "scanner", "domain_id": name, "projects": own[name]} for name in names]
    sim.replace_scenario(scenario(projects=projects, agencies=agencies, task_polls=2))
    return [{"agency_name": "scanner", "agency_domain_name": f"account-{name}", "name": name} for name in names]


@pytest.mark.parametrize("skip,started", [(0, 3), (9, 6)], ids=["before the start", "while waiting"])
def test_an_account_that_is_refused_later_ends_no_scan_of_another(
    run: Any, sim: Simulator, skip: int, started: int
) -> None:
    """Each account has a credential of its own, which is tried once more and not once for each scope."""
    accounts = two_accounts(sim)
    sim.inject(faults.answer(401, REFUSAL, path="a1[0-2]/.*batch-query", skip=skip, times=99))
    result = run(targets="unscanned", all_projects=True, accounts=accounts)
    assert result["failed"] and "3 of 6 scopes" in result["msg"] and len(result["task_ids"]) == started
    scanned = {row["cluster_name"] for row in result["clusters"] if row["scan_status"] == "success"}
    assert scanned == {"00", "01", "02"} and len(started_in(sim)) == started
    assert {scope["account"] for scope in result["failed_scopes"]} == {"second"}
    assert [request.status for request in sim.requests].count(401) == 1


def test_a_credential_that_is_refused_while_scans_are_started_hides_none_of_them(run: Any, sim: Simulator) -> None:
    sim.inject(faults.delay(0.6, path="/common/task$", times=2))
    sim.inject({**faults.answer(401, REFUSAL, path=f"{IDS[2]}/.*batch-query", times=99), "delay": 0.3})
    result = run(targets="unscanned")
    assert result["failed"] and result["status_code"] == 401 and started_in(sim) == IDS[:2]
    assert len(result["task_ids"]) == len(started_in(sim)) and result["changed"] is bool(started_in(sim))
    assert all(result["msg"].count(task_id) == 1 for task_id in result["task_ids"])
    assert f"{IDS[2]}/common/tasks/batch-query) failed: HTTP 401" in result["msg"], (
        "the cause, and not what was not sent"
    )


def test_nothing_is_started_after_a_refusal(run: Any, sim: Simulator) -> None:
    sim.inject(faults.answer(401, REFUSAL, path=f"{IDS[1]}/.*batch-query", times=99))
    result = run(targets="unscanned", concurrency=1)
    assert result["failed"] and result["status_code"] == 401 and started_in(sim) == IDS[:1] and result["changed"]
    assert len(result["task_ids"]) == 1 and sim.requests[-1].status == 401
