# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scans over real sockets: what is started, what is joined, what a lost answer leads to, and the wait."""

from __future__ import annotations

import datetime
import importlib
import json
from typing import Any, Callable, Dict, List, Optional

import pytest
import yaml
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.iam import task_scope
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.scan_tasks import SCAN_TYPES, has_ended
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.cancellation import CancelToken
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.controller import Controller
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._scan import plan, request, start, waiter
from ansible_collections.huaweicloud.hss.plugins.module_utils._scan.plan import Batch, coverage_of, make_batches
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_scan, hss_scan_task_info

from tests.simulator import (
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_PASSWORD,
    DEMO_PROJECT_ID,
    DEMO_SK,
    DEMO_USER,
    MISSING,
    Simulator,
    cluster,
    cluster_id,
    faults,
    scenario,
    user,
)
from tests.simulator.fault import _KNOWN as KNOWN_FAULTS

CREATE = "/common/task$"
LIST = "/common/tasks/batch-query"
RESOURCES = "/resources/batch-query"
CLUSTERS = "/kubernetes/clusters"
USER = {"username": DEMO_USER, "password": DEMO_PASSWORD, "domain_name": DEMO_DOMAIN}
HOUR = 3600
DAY = 24 * HOUR
# All that the simulator can do to a request about a task (the counts are another request's). Those of HARMLESS pass by themselves.
EVERY_FAULT: Dict[str, Dict[str, Any]] = {
    "429": faults.throttle("0"),
    "500": faults.answer(500, {}),
    "502": faults.answer(502, {}, {"X-Made-Up": "1"}),
    "503": faults.answer(503, {"error_code": "HSS.0001", "error_msg": "later"}),
    "504": faults.answer(504, {}),
    "dropped": faults.drop("before"),
    "dropped within": faults.drop("headers"),
    "answer lost": faults.lose_answer(),
    "truncated": faults.truncate(10),
    "slow": faults.slow_body(2000, 0.01),
    "late": faults.delay(0.2),
    "more rows by the total": faults.drift(1),
    "rows come": {"moving": {"insert": 1, "remove": 0, "at": "start", "row": {}}},
    "400": faults.answer(400, {"error_code": "HSS.0001", "error_msg": "no"}),
    "401": faults.answer(401, {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}),
    "403": faults.answer(403, {"error_code": "HSS.1010", "error_msg": "no"}),
    "404": faults.answer(404, {}),
    "a redirect": faults.redirect("http://127.0.0.1:1/"),
    "a page": faults.html(),
    "an error in a 200": faults.error_in_200(),
    "secrets come back": faults.echo_secrets(),
    "no list": faults.alter({"data_list": None, "cluster_scan_data_list": None}),
    "no total": faults.alter({"total_num": "1"}),
}
HARMLESS = ["429", "500", "502", "503", "504", "dropped", "dropped within", "answer lost", "truncated", "slow", "late"]
# The wait between the two looks before a start.
PAUSE = plan.CONFIRMATION_DELAY / 2
LONG = {"task_polls": None, "task_duration": 10**6}


class Time:
    """Passes when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: List[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(Clock, "monotonic", lambda self: made.seconds)
    monkeypatch.setattr(Clock, "sleep", lambda self, seconds: made.wait(seconds))
    monkeypatch.setattr(Clock, "jitter", lambda self: 0.5)
    monkeypatch.setattr(CancelToken, "wait", lambda self, seconds: made.wait(seconds))
    return made


@pytest.fixture
def sim(sim: Simulator, time: Time) -> Simulator:
    """Return the simulator with clusters a and b (never scanned), old (scanned a month ago) and new (an hour ago)."""
    set_scene(sim)
    return sim


def set_scene(sim: Simulator, **options: Any) -> None:
    clusters = [cluster("a"), cluster("b"), cluster("old", 30 * DAY), cluster("new", HOUR)]
    sim.replace_scenario(scenario(**{"clusters": clusters, "task_polls": 2, "users": [user()], **options}))


def call(module: Any, sim: Simulator, run_module: Any, options: Dict[str, Any]) -> Dict[str, Any]:
    """Run a module and return its result. `odd`: fields of a task have undocumented types, which are passed on."""
    odd = options.pop("odd", False)
    key = {} if "username" in options else {"access_key": DEMO_AK, "secret_key": DEMO_SK}
    place = {
        "endpoint": sim.http_url,
        "iam_endpoint": sim.http_url,
        "region": "cn-north-4",
        "project_id": DEMO_PROJECT_ID,
    }
    given = {**place, **key, "max_retries": 0, **options}
    result: Dict[str, Any] = run_module(module, given, (DEMO_SK,), documented=not odd)
    assert "bug" not in result.get("msg", ""), result
    return result


@pytest.fixture
def run(sim: Simulator, run_module: Any) -> Any:
    return lambda **options: call(hss_cluster_scan, sim, run_module, options)


@pytest.fixture
def info(sim: Simulator, run_module: Any) -> Any:
    return lambda **options: call(hss_scan_task_info, sim, run_module, options)


def creations(sim: Simulator) -> List[Dict[str, Any]]:
    return [r for r in sim.requests if r.method == "POST" and r.path.endswith("/common/task")]


def names(result: Dict[str, Any]) -> List[str]:
    return [entry["cluster_name"] for entry in result["clusters"]]


def statuses(result: Dict[str, Any]) -> Dict[str, Any]:
    return {entry["cluster_name"]: entry["scan_status"] for entry in result["clusters"]}


class TestTargets:
    @pytest.mark.parametrize(
        "options,expected",
        [
            ({"targets": "unscanned"}, ["a", "b"]),
            ({"targets": "stale", "max_scan_age": "7d"}, ["a", "b", "old"]),
            ({"targets": "stale", "max_scan_age": "60"}, ["a", "b", "old", "new"]),
            ({"targets": "all"}, ["a", "b", "old", "new"]),
            ({"targets": "listed", "cluster_names": ["new"]}, ["new"]),
            ({"targets": "listed", "cluster_ids": [cluster_id("b")]}, ["b"]),
            (
                {"targets": "listed", "cluster_ids": [cluster_id("b")], "cluster_names": ["old", "b"]},
                ["b", "old"],
            ),
        ],
        ids=str,
    )
    def test_who_is_scanned(self, run: Any, sim: Simulator, options: Any, expected: List[str]) -> None:
        result = run(**options)
        assert result["changed"] is True
        assert statuses(result) == dict.fromkeys(expected, "success")
        (task,) = sim.tasks
        assert sorted(task.clusters) == sorted(expected)
        assert task.scan_types == list(SCAN_TYPES)
        assert result["task"]["task_id"] == task.id
        assert result["tasks"] == [result["task"]]

    def test_a_scan_dated_in_the_future_is_stale(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, clusters=[cluster("a"), cluster("future", -DAY), cluster("new", HOUR)])
        assert statuses(run(targets="stale", max_scan_age="7d")) == {"a": "success", "future": "success"}
        set_scene(sim, clusters=[cluster("a"), cluster("future", -DAY)])
        assert statuses(run(targets="unscanned")) == {"a": "success"}

    def test_ages_are_judged_by_the_later_clock(
        self, run: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A host whose clock is a month behind takes no old scan for a fresh one, whatever the credential."""
        now = Clock.now
        monkeypatch.setattr(Clock, "now", lambda self: now(self) - datetime.timedelta(days=30))
        result = run(targets="stale", max_scan_age="7d", **USER)
        assert statuses(result) == {"a": "success", "b": "success", "old": "success"}

    def test_scan_types(self, run: Any, sim: Simulator) -> None:
        run(targets="unscanned", scan_types=["benchmark", "cluster_vul", "benchmark"])
        assert [task.scan_types for task in sim.tasks] == [["cluster_vul", "benchmark"]]

    def test_nothing_to_scan(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, clusters=[cluster("new", HOUR)])
        result = run(targets="unscanned")
        assert (result["changed"], result["task"], result["clusters"], result["history"]) == (False, None, [], [])
        assert [r.path.endswith(CLUSTERS) for r in sim.requests] == [True]

    @pytest.mark.parametrize(
        "options,expected",
        [
            ({"targets": "unscanned", "cluster_ids": [cluster_id("b"), cluster_id("new"), "gone"]}, ["b"]),
            ({"targets": "unscanned", "cluster_names": ["old"]}, []),
            ({"targets": "stale", "max_scan_age": "7d", "cluster_names": ["old", "new"]}, ["old"]),
        ],
    )
    def test_those_of_a_selection_that_still_need_a_scan(
        self, run: Any, sim: Simulator, options: Any, expected: List[str]
    ) -> None:
        """Another client may have scanned some since they were selected."""
        result = run(**options)
        assert not result.get("failed") and names(result) == expected and len(creations(sim)) == bool(expected)

    def test_a_selection_of_all(self, run: Any, sim: Simulator) -> None:
        result = run(targets="all", cluster_names=["a"])
        assert "need targets to be listed, unscanned or stale" in result["msg"] and not sim.requests

    def test_a_listed_cluster_that_is_not_known(self, run: Any, sim: Simulator) -> None:
        result = run(targets="listed", cluster_ids=[cluster_id("a"), "x-id"], cluster_names=["gone", "b"])
        assert result["failed"] and "x-id" in result["msg"] and "gone" in result["msg"]
        assert cluster_id("a") not in result["msg"]
        assert not sim.tasks and not creations(sim)

    @pytest.mark.parametrize(
        "options,named",
        [
            ({}, "targets"),
            ({"targets": "some"}, "targets"),
            ({"targets": "listed"}, "cluster_ids"),
            ({"targets": "listed", "cluster_ids": [""], "cluster_names": []}, "cluster_ids"),
            ({"targets": "listed", "cluster_ids": ["a", ""]}, "cluster_ids holds an empty or blank entry"),
            ({"targets": "listed", "cluster_ids": ["a"], "cluster_names": ["b", " "]}, "cluster_names holds an empty"),
            ({"targets": "listed", "cluster_ids": ["a", None]}, "cluster_ids holds an empty or blank entry"),
            ({"targets": "listed", "cluster_names": "a,,b"}, "cluster_names holds an empty or blank entry"),
            ({"targets": "all", "cluster_ids": ["a"]}, "cluster_ids"),
            ({"targets": "all", "cluster_names": ["a"]}, "cluster_names"),
            ({"targets": "stale"}, "max_scan_age"),
            ({"targets": "stale", "max_scan_age": "soon"}, "max_scan_age"),
            ({"targets": "stale", "max_scan_age": "0"}, "max_scan_age"),
            ({"targets": "all", "max_scan_age": "7d"}, "max_scan_age"),
            ({"targets": "all", "scan_types": []}, "scan_types"),
            ({"targets": "all", "scan_types": ["x"]}, "scan_types"),
            ({"targets": "all", "wait_timeout": 0}, "wait_timeout"),
            ({"targets": "all", "wait_timeout": 604801}, "wait_timeout"),
            ({"targets": "all", "poll_interval": 0}, "poll_interval"),
            ({"targets": "all", "poll_interval": 3601}, "poll_interval"),
            ({"targets": "listed", "cluster_ids": ["x" * 257]}, "cluster_ids"),
            ({"targets": "listed", "cluster_names": ["x\x07y"]}, "cluster_names"),
            ({"task_id": ".."}, "task_id"),
            ({"task_id": "x" * 65}, "task_id has 65 characters; at most 64"),
            ({"task_ids": ["a", "x" * 65]}, "task_ids has 65 characters"),
            ({"task_ids": ["a", ".."]}, "task_ids is no ID"),
            ({"task_ids": []}, "task_ids is an empty list"),
            ({"task_ids": ["a"], "task_id": "a"}, "task_id and task_ids"),
            ({"targets": "listed", "cluster_ids": ["a", "x" * 65]}, "cluster_ids has 65 characters"),
        ],
        ids=str,
    )
    def test_checked_before_anything_is_sent(self, run: Any, sim: Simulator, options: Any, named: str) -> None:
        result = run(**options)
        assert result["failed"] and named in result["msg"]
        assert not sim.requests


class TestJoining:
    def test_running_again_while_a_scan_runs(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, task_polls=9)
        first = run(targets="unscanned", wait=False)
        assert first["changed"] is True and statuses(first) == {"a": "scanning", "b": "scanning"}
        second = run(targets="unscanned")
        assert second["changed"] is False and statuses(second) == {"a": "success", "b": "success"}
        assert second["task"]["task_id"] == first["task"]["task_id"]
        assert len(sim.tasks) == len(creations(sim)) == 1
        third = run(targets="unscanned")
        assert (third["changed"], third["clusters"], len(sim.tasks)) == (False, [], 1)

    def test_two_that_scan_the_same(self, run: Any, sim: Simulator) -> None:
        """The first covers all that is wanted, so the second is not waited for."""
        set_scene(sim, **LONG)
        tasks = {sim.start_task("a", "b").id, sim.start_task("a", "b").id}
        result = run(targets="unscanned", wait=False)
        assert len(result["tasks"]) == 1 and result["task"]["task_id"] in tasks and not creations(sim)

    def test_one_that_waits_to_begin(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, task_ready=5)
        sim.start_task("a", "b")
        result = run(targets="unscanned")
        assert result["changed"] is False and not creations(sim)
        seen = dict.fromkeys(entry["task_status"] for entry in result["history"])
        assert list(seen) == ["ready", "running", "finished"]

    def test_only_the_rest_is_started(self, run: Any, sim: Simulator) -> None:
        sim.start_task("a", "new")
        result = run(targets="unscanned")
        assert result["changed"] is True
        theirs, ours = sim.tasks
        assert sorted(ours.clusters) == ["b"] and ours.scan_types == list(SCAN_TYPES)
        assert result["task"]["task_id"] == ours.id
        assert [task["task_id"] for task in result["tasks"]] == [ours.id, theirs.id]
        assert statuses(result) == {"a": "success", "b": "success"}, "new is not ours to judge"
        assert {task["task_status"] for task in result["tasks"]} == {"finished"}, "both are waited for"
        assert max(entry["success"] for entry in result["history"]) == 3

    def test_only_the_missing_types_are_started(self, run: Any, sim: Simulator) -> None:
        sim.start_task("a", scan_types=["benchmark"])
        result = run(targets="unscanned")
        started = {tuple(sorted(task.clusters)): task.scan_types for task in sim.tasks[1:]}
        assert started == {("a",): ["cluster_vul", "risk_assessment"], ("b",): list(SCAN_TYPES)}
        assert len(result["tasks"]) == 3 and statuses(result) == {"a": "success", "b": "success"}

    def test_a_task_of_others_is_not_waited_for(self, run: Any, sim: Simulator) -> None:
        sim.start_task("new")
        result = run(targets="unscanned")
        assert [task["task_id"] for task in result["tasks"]] == [sim.tasks[1].id]

    def test_a_finished_task_is_not_joined(self, run: Any, sim: Simulator) -> None:
        sim.start_task("new")
        sim.finish_tasks()
        assert run(targets="listed", cluster_names=["new"])["changed"] is True
        assert len(sim.tasks) == 2

    def test_a_cloud_that_answers_with_the_task_that_runs(self, run: Any, sim: Simulator) -> None:
        """Nothing was started, and a cluster that is in no task is no success."""
        set_scene(sim, second_task="join", task_polls=9)
        sim.start_task("a")
        result = run(targets="unscanned")
        assert result["failed"] and result["changed"] is False
        assert statuses(result) == {"a": "success", "b": None}
        assert "b (cluster_vul: no task scans it" in result["msg"]

    def test_a_cloud_that_refuses_a_second_task(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, second_task="refuse", task_polls=9)
        task_id = sim.start_task("a").id
        result = run(targets="unscanned")
        assert result["failed"] and result["status_code"] == 400
        assert task_id in result["msg"] and result["task"]["task_id"] == task_id


# What a running task can leave unsaid about what it scans.
UNSAID: Dict[str, Dict[str, Any]] = {
    "no types": {
        "task_fields": {"cluster_scan_info": {"scan_type_list": MISSING}},
        "task_cluster_fields": {"scan_detail_list": MISSING},
    },
    "types only by cluster": {"task_fields": {"cluster_scan_info": {"scan_type_list": []}}},
    "types that are no names": {"task_fields": {"cluster_scan_info": {"scan_type_list": [["x"], 5, None]}}},
    "types that are no list": {"task_fields": {"cluster_scan_info": {"scan_type_list": "benchmark"}}},
    "no scan info": {"task_fields": {"cluster_scan_info": MISSING}},
    "scan info that is no object": {"task_fields": {"cluster_scan_info": ["x"]}},
    "no clusters yet": {"task_clusters_hidden": 10**6},
    "fewer clusters than counted": {"task_fields": {"cluster_scan_info": {"scanning_cluster_num": 5}}},
}
# How a task that has not ended can be called.
UNENDED: Dict[str, Dict[str, Any]] = {
    "waiting": {"task_fields": {"task_status": "waiting"}},
    "RUNNING": {"task_fields": {"task_status": "RUNNING"}},
    "no status": {"task_fields": {"task_status": MISSING}},
    "null": {"task_fields": {"task_status": None}},
    "a number": {"task_fields": {"task_status": 7}},
    "a list": {"task_fields": {"task_status": ["running"]}},
    "an end time of 0": {"task_fields": {"task_status": "queued", "end_time": 0}},
    "an end time that is none": {"task_fields": {"task_status": "queued", "end_time": "soon"}},
}


class TestUnclearTasks:
    @pytest.mark.parametrize("name", [*UNSAID, *UNENDED])
    def test_nothing_is_started_beside_it(self, run: Any, sim: Simulator, time: Time, name: str) -> None:
        unsaid = name in UNSAID
        set_scene(sim, **{**LONG, **UNSAID.get(name, UNENDED.get(name, {}))})
        task_id = sim.start_task("a", "b").id
        result = run(targets="unscanned", wait=False, odd=True)
        assert "failed" not in result and result["changed"] is False
        assert [task["task_id"] for task in result["tasks"]] == [task_id] and not creations(sim)
        assert result["unclear_tasks"] == ([task_id] if unsaid else [])
        assert time.waits == ([request.LOOKUP_INTERVAL] * (request.MAX_LOOKUPS - 1) if unsaid else [])
        late = run(targets="unscanned", wait_timeout=60, odd=True)
        assert late["failed"] and task_id in late["msg"] and not creations(sim)
        assert ("does not say what task" in late["msg"]) is unsaid

    @pytest.mark.parametrize("name", [*UNSAID, *UNENDED])
    def test_it_is_waited_for(self, run: Any, sim: Simulator, name: str) -> None:
        set_scene(sim, task_polls=9, **UNSAID.get(name, UNENDED.get(name, {})))
        sim.start_task("a", "b")
        result = run(targets="unscanned")
        if "task_clusters_hidden" in UNSAID.get(name, {}):
            # It has ended without a cluster, so that it scanned none as far as HSS says.
            assert len(sim.tasks) == 2 and sim.tasks[0].status == "finished"
            return
        assert result["changed"] is False and statuses(result) == {"a": "success", "b": "success"}, result
        assert not creations(sim)

    def test_what_it_turns_out_not_to_scan_is_started_then(self, run: Any, sim: Simulator, time: Time) -> None:
        set_scene(sim, task_polls=9)
        sim.start_task("a").clusters_hidden = 3
        result = run(targets="unscanned")
        first, second = sim.tasks
        assert second.clusters == {"b": "success"} and statuses(result) == {"a": "success", "b": "success"}
        assert result["changed"] is True and result["unclear_tasks"] == []
        assert time.waits[:4] == [15, 15, 15, PAUSE]

    def test_one_that_cannot_scan_what_is_wanted(self, run: Any, sim: Simulator) -> None:
        """All its clusters are known, and none is wanted."""
        set_scene(sim, **LONG, task_fields={"cluster_scan_info": {"scan_type_list": MISSING}})
        sim.start_task("new")
        assert run(targets="unscanned", wait=False)["changed"] is True and len(sim.tasks) == 2

    def test_a_task_with_an_end_time_has_ended(self, run: Any, sim: Simulator) -> None:
        """Its status is not documented; without this it would be waited for at every run from now on."""
        set_scene(sim, **LONG, task_fields={"task_status": "cancelled", "end_time": 1767225600000})
        sim.start_task("a", "b")
        assert run(targets="unscanned", wait=False)["changed"] is True and len(sim.tasks) == 2

    def test_in_check_mode_nothing_is_said_to_be_started(self, run: Any, sim: Simulator, time: Time) -> None:
        set_scene(sim, **{**LONG, **UNSAID["no types"]})
        task_id = sim.start_task("a", "b").id
        result = run(targets="unscanned", _ansible_check_mode=True)
        assert (result["changed"], result["clusters"], result["unclear_tasks"]) == (False, [], [task_id])
        assert time.waits == [] and not creations(sim)

    def test_looks_that_fail_in_passing(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, task_polls=9, **UNSAID["no types"])
        sim.start_task("a", "b")
        sim.inject(faults.answer(503, path=LIST, skip=1, times=3))
        assert statuses(run(targets="unscanned")) == {"a": "success", "b": "success"} and not creations(sim)

    def test_a_look_that_is_refused(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, **{**LONG, **UNSAID["no types"]})
        sim.start_task("a", "b")
        sim.inject(faults.answer(403, path=LIST, skip=1))
        assert run(targets="unscanned")["status_code"] == 403 and not creations(sim)


class TestLateTasks:
    @pytest.mark.parametrize("looks", [1, 2, 3, 4])
    def test_whoever_comes_next_finds_the_task(self, run: Any, sim: Simulator, looks: int) -> None:
        """The first run ends when its task is in the list."""
        set_scene(sim, **LONG, task_hidden=looks)
        first = run(targets="unscanned", wait=False)
        second = run(targets="unscanned", wait=False)
        assert (first["changed"], second["changed"], len(sim.tasks)) == (True, False, 1)
        assert first["task"]["task_status"] == "running"

    def test_one_that_appears_between_the_two_looks_before_a_start(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, **LONG, task_hidden=1)
        task_id = sim.start_task("a", "b").id
        result = run(targets="unscanned", wait=False)
        assert result["task"]["task_id"] == task_id and not creations(sim)

    def test_one_that_never_appears(self, run: Any, sim: Simulator, time: Time) -> None:
        set_scene(sim, **LONG, task_hidden=10**6)
        result = run(targets="unscanned", wait=False)
        assert result["changed"] is True and result["task"]["task_id"] == sim.tasks[0].id
        assert time.waits == [PAUSE, *[request.LOOKUP_INTERVAL] * (request.MAX_LOOKUPS - 1)]

    @pytest.mark.parametrize(
        "scans,named", [(("a", "new"), True), (("new",), False)], ids=["some of the same", "others"]
    )
    def test_two_controllers_at_the_same_moment(
        self, run: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch, scans: Any, named: bool
    ) -> None:
        set_scene(sim, **LONG)
        create = start.create_scan
        other: List[str] = []

        def meanwhile(*args: Any) -> str:
            other.append(sim.start_task(*scans).id)
            return create(*args)

        monkeypatch.setattr(start, "create_scan", meanwhile)
        result = run(targets="unscanned", wait=False)
        assert result["changed"] is True and len(sim.tasks) == 2
        assert result["concurrent_tasks"] == (other if named else [])
        assert [task["task_id"] for task in result["tasks"]] == [sim.tasks[1].id]

    def test_the_look_after_the_start_is_refused(self, run: Any, sim: Simulator) -> None:
        sim.inject(faults.answer(403, path=LIST, skip=2))
        result = run(targets="unscanned", wait=False)
        assert result["status_code"] == 403 and result["task"]["task_id"] == sim.tasks[0].id
        assert sim.tasks[0].id in result["msg"]


class TestRefusedCredentials:
    """After a refused credential nothing more is asked with it: five refusals lock a key."""

    REFUSED = {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}

    @pytest.mark.parametrize("skip", range(6))
    def test_in_a_scan(self, run: Any, sim: Simulator, skip: int) -> None:
        sim.inject(faults.answer(401, self.REFUSED, skip=skip))
        result = run(targets="unscanned")
        assert result["status_code"] == 401
        assert [r.status for r in sim.requests].count(401) == 1 and sim.requests[-1].status == 401

    def test_after_a_lost_answer(self, run: Any, sim: Simulator, time: Time) -> None:
        sim.inject(faults.lose_answer(path=CREATE, times=1))
        sim.inject(faults.answer(401, self.REFUSED, path=LIST, skip=2))
        result = run(targets="unscanned")
        assert result["failed"] and "Whether a scan was started is not known" in result["msg"]
        assert "the list of tasks cannot be read" in result["msg"] and "APIGW.0301" in result["msg"]
        assert [r.status for r in sim.requests].count(401) == 1 and time.waits == [PAUSE]


class TestOddAnswers:
    """Well-formed, and of a wrong type somewhere: named or tolerated, and the ID of a scan that was started is kept."""

    @pytest.mark.parametrize(
        "row",
        [
            {"cluster_name": ["a"]},
            {"cluster_name": {"a": 1}},
            {"cluster_name": 5},
            {"cluster_name": None},
            {"cluster_name": "\ud800 half a pair"},
            {"cluster_name": "a\0b"},
            {"scan_status": ["success"]},
            {"scan_status": {}},
            {"scan_detail_list": 5},
            {"scan_detail_list": "abc"},
            {"scan_detail_list": {"scan_type": "benchmark"}},
            {"scan_detail_list": [5, None, ["x"]]},
            {"scan_detail_list": [{"scan_type": ["x"], "status": ["failed"]}]},
            {"scan_detail_list": [{"scan_type": "benchmark", "status": "failed", "failed_reason": {"a": ["\ud800"]}}]},
            {"start_time": -5, "end_time": 10**30},
        ],
        ids=ascii,
    )
    def test_clusters_of_a_task(self, run: Any, info: Any, sim: Simulator, row: Any) -> None:
        rows = [{"cluster_id": cluster_id("a"), "cluster_name": "a", "scan_status": "success", **row}]
        sim.inject(faults.alter({"cluster_scan_data_list": rows, "total_num": 1}, path=RESOURCES))
        result = run(targets="listed", cluster_names=["a"])
        assert result["task"]["task_id"] == sim.tasks[0].id and result["changed"] is True
        if "failed" not in result:
            assert statuses(result) == {"a": "success"}
        assert run(task_id=sim.tasks[0].id)["task"]["task_id"] == sim.tasks[0].id
        assert info(task_id=sim.tasks[0].id)["clusters"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"start_time": 10**18, "end_time": -1},
            {"start_time": 1.5, "estimated_time": 2.5},
            {"start_time": [], "end_time": "soon", "estimated_time": "x"},
            {"estimated_time": True},
            {"cluster_scan_info": {"scanning_cluster_num": "2", "success_cluster_num": [1], "failed_cluster_num": 0.5}},
            {"task_name": ["x"], "trigger_type": {}},
        ],
        ids=str,
    )
    def test_tasks(self, run: Any, sim: Simulator, fields: Any) -> None:
        set_scene(sim, task_fields=fields)
        assert statuses(run(targets="unscanned")) == {"a": "success", "b": "success"}
        assert len(sim.tasks) == 1

    @pytest.mark.parametrize(
        "rows",
        [[5], [None], ["x"], [[]], [{}], [{"task_id": 5}], [{"task_id": ".."}], [{"task_id": "\ud800"}], {}, "x"],
        ids=ascii,
    )
    @pytest.mark.parametrize("skip", [0, 2, 3], ids=["before the start", "right after it", "while waiting"])
    def test_lists_of_tasks(self, run: Any, info: Any, sim: Simulator, rows: Any, skip: int) -> None:
        sim.inject(faults.alter({"data_list": rows, "total_num": 1}, path=LIST, skip=skip))
        result = run(targets="unscanned")
        assert result["failed"] and "HSS ListTasks answered, but with" in result["msg"]
        assert [task["task_id"] for task in result.get("tasks", [])] == [task.id for task in sim.tasks]
        assert bool(sim.tasks) is bool(skip) and all(task.id in result["msg"] for task in sim.tasks)
        assert "HSS ListTasks answered, but with" in info()["msg"]

    @pytest.mark.parametrize(
        "row,words",
        [
            ({"scan_status": "FAILED"}, "agent offline"),
            ({"scan_status": "timeout", "status": "timeout"}, "agent offline"),
            ({"scan_status": "SUCCESS", "status": "Success"}, None),
        ],
        ids=str,
    )
    def test_a_status_in_another_writing(self, run: Any, sim: Simulator, row: Any, words: Optional[str]) -> None:
        status = row.get("status", "FAILED")
        detail = {"scan_type": "cluster_vul", "status": status, "failed_reason": "agent offline"}
        rows = [{"cluster_id": cluster_id("a"), "cluster_name": "a", "scan_detail_list": [detail], **row}]
        task = {"task_id": "4711", "task_status": "finished"}
        sim.inject(faults.answer(200, {"data_list": [task], "total_num": 1}, path=LIST))
        sim.inject(faults.answer(200, {"cluster_scan_data_list": rows, "total_num": 1}, path=RESOURCES))
        result = run(task_id="4711", odd=True)
        assert result.get("failed", False) is (words is not None), result
        assert words is None or words in result["msg"]

    @pytest.mark.parametrize(
        "task,clusters,words",
        [
            ({"task_status": "failed", "end_time": 1790000000000}, [], "HSS lists no cluster of scan task"),
            ({"task_status": "finished"}, [], "so nothing shows that one was scanned"),
            ({"task_status": "Stopped", "end_time": 1790000000000}, ["a"], "is stopped and not finished."),
            ({"cluster_scan_info": {"failed_cluster_num": "4"}}, ["a"], "failed_cluster_num is not a whole number"),
            (
                {"cluster_scan_info": {"failed_cluster_num": 4}},
                ["a"],
                "HSS counts 4 clusters whose scan failed in scan",
            ),
        ],
        ids=str,
    )
    def test_a_task_of_which_nothing_shows_that_it_succeeded(
        self, run: Any, sim: Simulator, task: Any, clusters: List[str], words: str
    ) -> None:
        row = {"task_id": "4711", "task_status": "finished", **task}
        rows = [{"cluster_id": cluster_id(name), "cluster_name": name, "scan_status": "success"} for name in clusters]
        sim.inject(faults.answer(200, {"data_list": [row], "total_num": 1}, path=LIST))
        sim.inject(faults.answer(200, {"cluster_scan_data_list": rows, "total_num": len(rows)}, path=RESOURCES))
        result = run(task_id="4711", odd=True)
        assert result["failed"] and words in result["msg"], result["msg"]
        assert result["task"]["task_id"] == "4711"

    @pytest.mark.parametrize("task_id", ["a/b", "a?b#c", "a b", "a\0b", "a\n::error::b", "..a", "ä"], ids=ascii)
    def test_ids_that_can_be_sent(self, run: Any, info: Any, sim: Simulator, task_id: str) -> None:
        sim.inject(
            faults.alter({"data_list": [{"task_id": task_id, "task_status": "running"}], "total_num": 1}, path=LIST)
        )
        result = run(targets="unscanned", wait=False)
        # The simulator knows no such task; it was asked for this one and no other.
        assert result["status_code"] == 400 and "HSS.0011" in result["msg"] and "\n" not in result["msg"]
        assert [r.path.count("/") for r in sim.requests if r.path.endswith("resources/batch-query")] == [7]

    @pytest.mark.parametrize("given", [5, ["x"], {"a": 1}, "", "..", "\ud800", True], ids=ascii)
    def test_the_id_of_a_scan_that_was_started(self, run: Any, sim: Simulator, given: Any) -> None:
        """The list of tasks tells which it is."""
        sim.inject(faults.alter({"task_id": given}, path=CREATE))
        result = run(targets="unscanned")
        assert result["task"]["task_id"] == sim.tasks[0].id and len(creations(sim)) == 1

    def test_the_id_of_a_scan_that_nobody_lists(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, task_hidden=10**6)
        sim.inject(faults.alter({"task_id": 4711}, path=CREATE))
        result = run(targets="unscanned")
        assert "with a task_id that cannot be one (4711)" in result["msg"] and len(creations(sim)) == 1

    @pytest.mark.parametrize("name", [["a"], 5, None, "\ud800", "a\0b"], ids=ascii)
    def test_names_of_clusters(self, run: Any, sim: Simulator, name: Any) -> None:
        odd = cluster("odd", scan_fails="x", fields={"cluster_name": name})
        set_scene(sim, clusters=[cluster("a"), odd])
        result = run(targets="unscanned")
        assert result["failed"] and cluster_id("a") not in result["msg"] and len(sim.tasks) == 1
        assert isinstance(name, str) or cluster_id("odd") in result["msg"]
        assert run(targets="listed", cluster_names=["nobody"])["failed"]

    @pytest.mark.parametrize(
        "error", [MemoryError(), OSError(24, "Too many open files"), RuntimeError("can't start new thread")]
    )
    def test_a_limit_of_this_host(
        self, run: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def limit(*args: Any) -> Any:
            raise error

        monkeypatch.setattr(waiter, "find_tasks", limit)
        result = run(targets="unscanned")
        assert result["failed"] and "The task could not go on: the " in result["msg"]
        assert result["task"]["task_id"] == sim.tasks[0].id and sim.tasks[0].id in result["msg"]

    def test_what_is_no_limit_of_this_host_is_a_bug(
        self, run: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*args: Any) -> Any:
            raise RuntimeError("of our own")

        monkeypatch.setattr(waiter, "find_tasks", broken)
        with pytest.raises(AssertionError, match="This is a bug in huaweicloud.hss: RuntimeError: of our own"):
            run(targets="unscanned")


class TestTheControllerEnds:
    def end(self, monkeypatch: pytest.MonkeyPatch, ended: Callable[[], bool]) -> None:
        monkeypatch.setattr(Controller, "has_ended", lambda self: ended())

    def test_before_the_start(self, run: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """While the list of tasks is looked at: nothing is started any more."""
        looked = [r for r in sim.requests if r.path.endswith(LIST)]
        self.end(monkeypatch, lambda: bool([r for r in sim.requests if r.path.endswith(LIST)]) and not looked)
        result = run(targets="unscanned")
        assert result["failed"] and "ansible-playbook that runs this task has ended" in result["msg"]
        assert not creations(sim)

    def test_at_the_very_start(self, run: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
        def lists() -> list[Any]:
            return [r for r in sim.requests if r.path.endswith(LIST)]

        self.end(monkeypatch, lambda: len(lists()) == 2)
        result = run(targets="unscanned")
        assert "has ended" in result["msg"] and "is not known" not in result["msg"] and not creations(sim)

    def test_while_waiting(self, run: Any, sim: Simulator, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
        set_scene(sim, **LONG)
        self.end(monkeypatch, lambda: len(time.waits) > 3)
        result = run(targets="unscanned")
        assert "has ended" in result["msg"] and result["task"]["task_id"] == sim.tasks[0].id
        assert len(time.waits) == 4


class TestLostAnswers:
    @pytest.mark.parametrize(
        "fault",
        [
            faults.lose_answer(path=CREATE, times=1),
            {**faults.lose_answer(path=CREATE, times=1), **faults.answer(504, {"error_code": "APIGW.0201"})},
            {**faults.lose_answer(path=CREATE, times=1), **faults.answer(500)},
            {**faults.lose_answer(path=CREATE, times=1), **faults.html()},
            {**faults.lose_answer(path=CREATE, times=1), **faults.answer(200, {})},
        ],
        ids=["dropped", "504", "500", "html", "without the ID"],
    )
    def test_the_scan_was_started(self, run: Any, sim: Simulator, fault: Any) -> None:
        sim.start_task("a", "b")
        sim.finish_tasks()
        set_aside = sim.tasks[0].id
        sim.inject(fault)
        result = run(targets="all", max_retries=3)
        assert result["changed"] is True and "failed" not in result, result
        assert len(creations(sim)) == 1 and len(sim.tasks) == 2
        assert result["task"]["task_id"] == sim.tasks[1].id != set_aside

    def test_a_new_task_that_does_not_say_what_it_scans(self, run: Any, sim: Simulator) -> None:
        """It is the one that was asked for, as far as anybody can know, and never a reason to ask again."""
        set_scene(sim, **{**LONG, **UNSAID["no types"]})
        sim.inject(faults.lose_answer(path=CREATE, times=1))
        result = run(targets="unscanned", wait=False)
        assert result["changed"] is True and len(sim.tasks) == len(creations(sim)) == 1
        assert result["task"]["task_id"] == sim.tasks[0].id

    def test_it_was_started_and_is_done_immediately(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, task_polls=0)
        sim.inject(faults.lose_answer(path=CREATE, times=1))
        assert statuses(run(targets="unscanned")) == {"a": "success", "b": "success"}
        assert len(sim.tasks) == 1

    def test_the_list_fails_at_first(self, run: Any, sim: Simulator, time: Time) -> None:
        sim.inject(faults.lose_answer(path=CREATE, times=1))
        sim.inject(faults.answer(503, path=LIST, skip=2, times=2))
        assert run(targets="unscanned")["changed"] is True
        assert time.waits[:3] == [PAUSE, request.LOOKUP_INTERVAL, request.LOOKUP_INTERVAL]
        assert len(sim.tasks) == 1

    @pytest.mark.parametrize("status", [None, 502])
    def test_nobody_knows(self, run: Any, sim: Simulator, time: Time, status: Any) -> None:
        """An old task that scanned the same clusters is not taken for the new one."""
        sim.start_task("a", "b", "old", "new")
        sim.finish_tasks()
        sim.inject(faults.drop(path=CREATE) if status is None else faults.answer(status, path=CREATE))
        result = run(targets="all", max_retries=3)
        assert result["failed"] and "is not known" in result["msg"] and "hss_scan_task_info" in result["msg"]
        assert result["operation"] == "CreateTask" and result.get("status_code") == status
        assert len(creations(sim)) == 1 and len(sim.tasks) == 1
        assert time.waits == [PAUSE, *[request.LOOKUP_INTERVAL] * (request.MAX_LOOKUPS - 1)]

    def test_a_new_task_of_others_that_does_not_cover_it(self, run: Any, sim: Simulator, time: Time) -> None:
        sim.inject(faults.drop(path=CREATE))
        original = time.wait
        time.wait = lambda seconds: (original(seconds), len(sim.tasks) or sim.start_task("a"))  # type: ignore[assignment]
        result = run(targets="unscanned")
        assert result["failed"] and "is not known" in result["msg"]
        assert len(sim.tasks) == 1

    def test_a_task_of_others_that_appears_after_the_lost_answer(self, run: Any, sim: Simulator, time: Time) -> None:
        """It says what it scans, and that is not all that was asked for: it is not taken for the lost one."""
        sim.inject(faults.drop(path=CREATE))
        original = time.wait

        def wait(seconds: float) -> None:
            original(seconds)
            if creations(sim) and not sim.tasks:
                sim.start_task("a")

        time.wait = wait  # type: ignore[method-assign]
        result = run(targets="unscanned")
        assert result["failed"] and "is not known" in result["msg"]
        assert len(creations(sim)) == len(sim.tasks) == 1

    @pytest.mark.parametrize("status", [400, 403])
    def test_a_refusal_is_no_doubt(self, run: Any, sim: Simulator, time: Time, status: int) -> None:
        sim.inject(faults.answer(status, {"error_code": "HSS.0001", "error_msg": "no"}, path=CREATE))
        result = run(targets="unscanned")
        assert result["status_code"] == status and "is not known" not in result["msg"]
        assert time.waits == [PAUSE]

    def test_what_fails_before_it_is_sent_is_no_doubt(self, run: Any, sim: Simulator, time: Time) -> None:
        sim.inject(faults.answer(401, {"error_code": "APIGW.0307"}, path=CREATE, times=1))
        sim.inject(faults.answer(503, service="IAM", skip=1))
        result = run(targets="unscanned", **USER)
        assert (result["service"], result["status_code"]) == ("IAM", 503)
        assert "is not known" not in result["msg"] and time.waits == [PAUSE]

    def test_throttled_before_it_is_accepted(self, run: Any, sim: Simulator) -> None:
        sim.inject(faults.throttle("1", path=CREATE, times=2))
        assert run(targets="unscanned", max_retries=3)["changed"] is True
        assert [r.status for r in creations(sim)] == [429, 429, 200] and len(sim.tasks) == 1

    def test_throttled_for_good(self, run: Any, sim: Simulator) -> None:
        sim.inject(faults.throttle(path=CREATE))
        result = run(targets="unscanned")
        assert result["status_code"] == 429 and "is not known" not in result["msg"]

    def test_the_first_of_two_is_named_where_the_second_fails(self, run: Any, sim: Simulator) -> None:
        sim.start_task("a", scan_types=["benchmark"])
        sim.inject(faults.answer(403, path=CREATE, skip=1))
        result = run(targets="unscanned")
        assert result["failed"] and result["changed"] is True
        assert {task["task_id"] for task in result["tasks"]} == {task.id for task in sim.tasks}
        assert all(task.id in result["msg"] for task in sim.tasks) and len(sim.tasks) == 2


class TestSeveralTasks:
    """The API takes at most 200 clusters in a task; the simulator refuses more."""

    @pytest.fixture(autouse=True)
    def scene(self, sim: Simulator) -> None:
        self.set(sim)

    def set(self, sim: Simulator, **options: Any) -> None:
        set_scene(sim, clusters=[], cluster_groups=[{"count": 450, "name": "c", "scanned": False}], **options)

    def test_450_clusters(self, run: Any, sim: Simulator, time: Time) -> None:
        result = run(targets="unscanned")
        assert [len(task.clusters) for task in sim.tasks] == [200, 200, 50] and len(creations(sim)) == 3
        assert len({name for task in sim.tasks for name in task.clusters}) == 450
        assert result["changed"] is True and result["task_ids"] == [task.id for task in sim.tasks]
        assert result["task"] == result["tasks"][0] and result["task"]["task_id"] == sim.tasks[0].id
        assert len(result["clusters"]) == 450 and set(statuses(result).values()) == {"success"}
        assert result["history"][-1]["success"] == 450

    def test_one_request_queries_all_tasks(self, run: Any, sim: Simulator, time: Time) -> None:
        self.set(sim, **LONG)
        task_ids = run(targets="unscanned", wait=False)["task_ids"]
        before = len(sim.requests)
        late = run(task_ids=task_ids, wait_timeout=60)
        assert late["failed"] and all(task_id in late["msg"] for task_id in task_ids)
        lists = [r for r in sim.requests[before:] if r.path.endswith(LIST)]
        # One to see that they are known, five while waiting, and one for the state in the result.
        assert len(lists) == 1 + 5 + 1 and time.waits[-4:] == [15] * 4
        sim.finish_tasks()
        done = run(task_ids=[*task_ids, task_ids[0]])
        assert done["changed"] is False and done["task_ids"] == task_ids and len(done["clusters"]) == 450
        assert len(sim.tasks) == 3

    def test_tasks_beyond_the_first_page(self, run: Any, sim: Simulator) -> None:
        task_ids = [sim.start_task("c-1").id, sim.start_task("c-2").id]
        for _number in range(200):
            sim.start_task("c-3")
        sim.finish_tasks()
        assert statuses(run(task_ids=task_ids)) == {"c-1": "success", "c-2": "success"}

    def test_an_unknown_one(self, run: Any, sim: Simulator, time: Time) -> None:
        result = run(task_ids=[sim.start_task("c-1").id, "t-0"])
        assert result["failed"] and "HSS knows no scan task t-0." in result["msg"] and time.waits == []

    @pytest.mark.parametrize("lost", [0, 1, 2])
    def test_a_lost_response_is_looked_for_before_the_next_start(self, run: Any, sim: Simulator, lost: int) -> None:
        sim.inject(faults.lose_answer(path=CREATE, skip=lost, times=1))
        result = run(targets="unscanned")
        assert len(creations(sim)) == len(sim.tasks) == 3 and result["task_ids"] == [task.id for task in sim.tasks]
        posts = [r for r in sim.requests if r.path.endswith("/common/task") or r.path.endswith(LIST)]
        number = posts.index(creations(sim)[lost])
        assert posts[number + 1].path.endswith(LIST)

    @pytest.mark.parametrize("fault", [faults.drop(path=CREATE, skip=1), faults.answer(403, path=CREATE, skip=1)])
    def test_what_was_started_before_an_error_is_named(self, run: Any, sim: Simulator, fault: Any) -> None:
        self.set(sim, **LONG)
        sim.inject(fault)
        result = run(targets="unscanned")
        (task,) = sim.tasks
        assert result["failed"] and result["changed"] is True and result["task_ids"] == [task.id]
        assert task.id in result["msg"] and "task_ids" in result["msg"] and len(creations(sim)) == 2
        sim.reset()
        again = run(targets="unscanned", wait=False)
        assert [len(task.clusters) for task in sim.tasks] == [200, 200, 50], "the first one is joined"
        assert set(again["task_ids"]) == {task.id for task in sim.tasks}

    @pytest.mark.parametrize("unsaid", ["no types", "no clusters yet"])
    def test_a_task_that_was_just_started_is_not_taken_for_the_lost_one(
        self, run: Any, sim: Simulator, unsaid: str
    ) -> None:
        self.set(sim, **{**LONG, **UNSAID[unsaid]})
        sim.inject(faults.drop(path=CREATE, skip=1, times=1))
        result = run(targets="unscanned")
        assert "Whether a scan was started is not known" in result["msg"] and len(creations(sim)) == 2
        assert result["task_ids"] == [task.id for task in sim.tasks] and len(sim.tasks) == 1

    def test_an_unexpected_exception_keeps_the_ids(
        self, run: Any, sim: Simulator, run_module: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*args: Any) -> Any:
            raise ValueError(f"of our own {DEMO_SK}")

        monkeypatch.setattr(waiter, "find_tasks", broken)
        place = {"endpoint": sim.http_url, "region": "cn-north-4", "project_id": DEMO_PROJECT_ID}
        key = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
        result = run_module(hss_cluster_scan, {**place, **key, "targets": "unscanned"}, (DEMO_SK,))
        assert "This is a bug" in result["msg"] and result["changed"] is True
        assert result["task_ids"] == [task.id for task in sim.tasks] and len(sim.tasks) == 3
        assert all(task.id in result["msg"] for task in sim.tasks)

    def test_check_mode(self, run: Any, sim: Simulator) -> None:
        sim.start_task(*[f"c-{number}" for number in range(1, 11)], scan_types=["benchmark"])
        result = run(targets="unscanned", _ansible_check_mode=True)
        planned = [(len(task["cluster_ids"]), task["scan_types"]) for task in result["planned_tasks"]]
        assert planned == [(10, ["cluster_vul", "risk_assessment"]), *((n, list(SCAN_TYPES)) for n in (200, 200, 40))]
        assert result["changed"] is True and len(result["clusters"]) == 450 and not creations(sim)


def test_the_tasks_of_several_scopes_are_waited_for_together(sim: Simulator, time: Time) -> None:
    """A scope that has finished is not queried again."""
    params = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    place = {"endpoint": sim.http_url, "region": "cn-north-4", "project_id": DEMO_PROJECT_ID}
    made = Client({**params, **place, "access_key": DEMO_AK, "secret_key": DEMO_SK}, {}, Secrets(), threads=True)
    scope = task_scope(made)
    set_scene(sim, task_polls=1)
    first = waiter.TaskWaiter(made, scope, [sim.start_task("a").id])
    assert waiter.wait_for_all(made, [first], 60, 15)
    second = waiter.TaskWaiter(made, scope, [sim.start_task("b").id])
    before = len(sim.requests)
    assert waiter.wait_for_all(made, [first, second], 60, 15)
    assert [r.path.rpartition("/tasks")[0] != "" for r in sim.requests[before:]] == [True] * 3, (
        "two polls, one list of clusters"
    )


class TestWaiting:
    def test_history(self, run: Any, sim: Simulator, time: Time) -> None:
        set_scene(sim, task_polls=4, task_ready=2)
        result = run(targets="unscanned", poll_interval=7)
        seen = [{name: value for name, value in entry.items() if name != "at"} for entry in result["history"]]
        assert seen[0] == {"task_status": "ready", "scanning": 2, "success": 0, "failed": 0, "estimated_time": 5}
        assert seen[-1] == {"task_status": "finished", "scanning": 0, "success": 2, "failed": 0, "estimated_time": 0}
        assert all(one != other for one, other in zip(seen, seen[1:]))
        assert all(entry["at"].endswith("Z") for entry in result["history"])
        # The look right after the start is one of six.
        assert time.waits == [PAUSE, *[7] * 5]
        assert result["task"]["started_at"].endswith("Z") and result["task"]["ended_at"].endswith("Z")
        assert result["task"]["cluster_scan_info"]["success_cluster_num"] == 2

    def test_the_same_is_reported_once(self, run: Any, sim: Simulator) -> None:
        set_scene(sim, **LONG)
        result = run(targets="unscanned", wait_timeout=100)
        assert len(result["history"]) == 1

    @pytest.mark.parametrize(
        "fault",
        [
            faults.throttle("1", path=LIST, skip=2, times=9),
            faults.answer(503, path=LIST, skip=2, times=9),
            faults.drop(path=LIST, skip=2, times=9),
            faults.drop(path=RESOURCES, times=9),
            faults.truncate(10, path=LIST, skip=2, times=9),
        ],
        ids=["429", "503", "dropped", "clusters", "truncated"],
    )
    @pytest.mark.parametrize("retries", [0, 2])
    def test_it_survives_what_passes(self, run: Any, sim: Simulator, fault: Any, retries: int) -> None:
        sim.inject(fault)
        result = run(targets="unscanned", max_retries=retries)
        assert statuses(result) == {"a": "success", "b": "success"}, result
        assert len(sim.requests) >= 15

    @pytest.mark.parametrize("where", [LIST, RESOURCES], ids=["tasks", "clusters"])
    @pytest.mark.parametrize("name", EVERY_FAULT)
    def test_every_fault_while_waiting(self, run: Any, sim: Simulator, name: str, where: str) -> None:
        """Either it does no harm, or the task fails, says which scan goes on, and has said nothing of any cluster that is not so."""
        sim.inject({**EVERY_FAULT[name], "path": where, "skip": 2 if where == LIST else 0, "times": 1})
        result = run(targets="unscanned")
        (task,) = sim.tasks
        assert len([r for r in sim.requests if r.path.endswith("/common/task")]) == 1
        if result.get("failed"):
            assert name not in HARMLESS, result["msg"]
            assert task.id in result["msg"] and result["task"]["task_id"] == task.id and result["changed"]
            message = {one["cluster_name"]: one["scan_status"] for one in result["clusters"]}
            assert all(message[known] != "success" or task.clusters[known] == "success" for known in message)
            sim.finish_tasks()
            result = run(task_id=task.id)
        assert statuses(result) == {"a": "success", "b": "success"} and task.status == "finished", result
        assert DEMO_SK not in json.dumps(result)

    def test_no_fault_of_the_simulator_is_left_out(self) -> None:
        used = {key for fault in EVERY_FAULT.values() for key in fault}
        assert used == {*KNOWN_FAULTS} - {"service", "path", "times", "skip", "random", "counts", "counts_remove"}

    def test_it_survives_a_token_that_ends(
        self, run: Any, sim: Simulator, time: Time, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of half an hour's life, in a scan of many hours."""
        now = Clock.now
        monkeypatch.setattr(Clock, "now", lambda self: now(self) + datetime.timedelta(seconds=time.seconds))
        set_scene(sim, task_polls=20)
        sim.issued_lifetime = HOUR / 2
        original = time.wait

        def wait(seconds: float) -> None:
            original(seconds)
            sim.clock_offset += seconds

        time.wait = wait  # type: ignore[method-assign]
        result = run(targets="unscanned", poll_interval=600, wait_timeout=10 * HOUR, **USER)
        assert statuses(result) == {"a": "success", "b": "success"}, result
        assert len([r for r in sim.requests if r.service == "IAM"]) >= 5 and len(sim.tasks) == 1

    def test_it_survives_a_token_that_must_be_renewed(self, run: Any, sim: Simulator, time: Time) -> None:
        original = time.wait
        time.wait = lambda seconds: (original(seconds), sim.outdate_tokens())  # type: ignore[assignment]
        result = run(targets="unscanned", **USER)
        assert statuses(result) == {"a": "success", "b": "success"}, result
        assert 401 in {r.status for r in sim.requests} and len(sim.tasks) == 1

    def test_it_does_not_wait_for_what_will_not_pass(self, run: Any, sim: Simulator, time: Time) -> None:
        sim.inject(faults.answer(403, path=LIST, skip=2))
        result = run(targets="unscanned")
        assert result["status_code"] == 403 and len(time.waits) == 1
        assert sim.tasks[0].id in result["msg"] and result["task"]["task_id"] == sim.tasks[0].id
        assert result["changed"] is True

    def test_timeout_and_pick_up(self, run: Any, sim: Simulator, time: Time) -> None:
        set_scene(sim, **LONG)
        late = run(targets="unscanned", wait_timeout=25)
        task_id = sim.tasks[0].id
        assert late["failed"] and late["changed"] is True
        assert task_id in late["msg"] and "25 seconds" in late["msg"]
        assert late["task"]["task_id"] == task_id and statuses(late) == {"a": "scanning", "b": "scanning"}
        assert time.waits == [PAUSE, 15, 10]
        again = run(task_id=task_id, wait_timeout=10)
        assert again["failed"] and task_id in again["msg"] and again["changed"] is False
        sim.finish_tasks()
        done = run(task_id=task_id)
        assert done["changed"] is False and statuses(done) == {"a": "success", "b": "success"}
        assert done["task"]["task_id"] == task_id
        assert len(sim.tasks) == len(creations(sim)) == 1

    def test_timeout_while_nothing_answers(self, run: Any, sim: Simulator) -> None:
        sim.inject(faults.drop(path=LIST, skip=2))
        result = run(targets="unscanned", wait_timeout=30)
        assert result["failed"] and sim.tasks[0].id in result["msg"] and "got no complete answer" in result["msg"]
        assert result["task"]["task_id"] == sim.tasks[0].id and statuses(result) == {"a": None, "b": None}

    def test_many_clusters_of_which_a_page_fails(self, run: Any, sim: Simulator) -> None:
        """A page that fails in another thread is not the word to stop for the whole task."""
        set_scene(sim, clusters=[cluster(f"c{number}") for number in range(450)])
        sim.inject(faults.answer(503, path=RESOURCES, skip=1, times=2))
        result = run(targets="unscanned")
        assert set(statuses(result).values()) == {"success"} and len(result["clusters"]) == 450

    def test_picking_up_what_is_not_there(self, run: Any, sim: Simulator, time: Time) -> None:
        result = run(task_id="t-0")
        assert result["failed"] and "t-0" in result["msg"] and time.waits == []

    def test_picking_up_while_nothing_answers(self, run: Any, sim: Simulator, time: Time) -> None:
        """Nothing says that there is anything to wait for."""
        sim.inject(faults.drop(path=LIST))
        assert run(task_id="t-0")["failed"] and time.waits == []

    def test_targets_do_not_count_when_picking_up(self, run: Any, sim: Simulator) -> None:
        task_id = sim.start_task("new").id
        assert statuses(run(task_id=task_id, targets="all")) == {"new": "success"}
        assert not creations(sim)

    def test_interrupted(self, run: Any, sim: Simulator, time: Time) -> None:
        def wait(seconds: float) -> None:
            if sim.tasks:
                raise KeyboardInterrupt

        time.wait = wait  # type: ignore[method-assign]
        result = run(targets="unscanned")
        assert result["failed"] and result["changed"] is True and sim.tasks[0].id in result["msg"]

    def test_not_waiting(self, run: Any, sim: Simulator, time: Time) -> None:
        result = run(targets="unscanned", wait=False)
        assert result["changed"] is True and result["task"]["task_status"] == "running" and time.waits == [PAUSE]

    def test_not_waiting_and_not_seeing(self, run: Any, sim: Simulator, time: Time) -> None:
        """The scan was started, which is what was asked for."""
        sim.inject(faults.drop(path=LIST, skip=2))
        result = run(targets="unscanned", wait=False)
        assert "failed" not in result and result["task"]["task_id"] == sim.tasks[0].id
        assert statuses(result) == {"a": None, "b": None}


class TestFailedClusters:
    def fail(self, sim: Simulator) -> None:
        broken = cluster("b", scan_fails={"benchmark": "no agent", "cluster_vul": "no image"})
        set_scene(
            sim, clusters=[cluster("a"), broken, cluster("left", scannable=False), cluster("mute", scan_fails=True)]
        )

    def test_each_is_named_with_its_reasons(self, run: Any, sim: Simulator) -> None:
        self.fail(sim)
        result = run(targets="listed", cluster_names=["a", "b"])
        assert result["failed"] and result["changed"] is True
        assert "1 of 2 clusters" in result["msg"]
        assert "b (cluster_vul: no image, benchmark: no agent)" in result["msg"] and "a (" not in result["msg"]
        assert statuses(result) == {"a": "success", "b": "failed"}
        assert result["clusters"][1]["reasons"] == {"cluster_vul": "no image", "benchmark": "no agent"}
        assert result["task"]["task_status"] == "finished" and result["history"][-1]["failed"] == 1

    def test_it_fails_when_joined_and_when_picked_up_too(self, run: Any, sim: Simulator) -> None:
        self.fail(sim)
        task_id = sim.start_task("a", "b").id
        assert "b (" in run(targets="listed", cluster_names=["a", "b"])["msg"]
        result = run(task_id=task_id)
        assert result["failed"] and "b (" in result["msg"]
        assert run(task_id=task_id, wait=False)["failed"], "it is known, so it is said"

    def test_only_those_that_were_queried_for(self, run: Any, sim: Simulator) -> None:
        self.fail(sim)
        sim.start_task("a", "b")
        assert statuses(run(targets="listed", cluster_names=["a"])) == {"a": "success"}

    def test_one_that_was_left_out_is_no_success(self, run: Any, sim: Simulator) -> None:
        self.fail(sim)
        result = run(targets="listed", cluster_names=["a", "left"])
        assert result["failed"] and "left (" in result["msg"] and statuses(result) == {"a": "success", "left": None}

    def test_failed_clusters_that_are_not_listed(self, run: Any, sim: Simulator) -> None:
        elsewhere = cluster("b", scan_fails=True, enterprise_project_id="shop")
        set_scene(sim, clusters=[cluster("a"), elsewhere])
        task_id = sim.start_task("a", "b").id
        result = run(task_id=task_id)
        assert result["failed"] and "counts 1 clusters" in result["msg"] and "all_granted_eps" in result["msg"]
        assert "b (" in run(task_id=task_id, enterprise_project_id="all_granted_eps")["msg"]

    @pytest.mark.parametrize(
        "row",
        [
            {"scan_status": "scanning"},
            {"scan_status": None},
            {"scan_status": "strange"},
            {"scan_status": "success", "scan_detail_list": [{"scan_type": "benchmark", "status": "failed"}]},
            {"scan_status": "success", "scan_detail_list": [{"scan_type": "benchmark", "status": "success"}]},
        ],
    )
    def test_a_finished_task_proves_nothing_by_itself(self, run: Any, sim: Simulator, row: Any) -> None:
        rows = [{"cluster_id": cluster_id("a"), "cluster_name": "a", **row}]
        sim.inject(faults.alter({"cluster_scan_data_list": rows, "total_num": 1}, path=RESOURCES))
        result = run(targets="listed", cluster_names=["a"])
        assert result["failed"] and "a (" in result["msg"]

    def test_without_details_the_status_of_the_cluster_counts(self, run: Any, sim: Simulator) -> None:
        rows = [{"cluster_id": cluster_id("a"), "cluster_name": "a", "scan_status": "success"}]
        sim.inject(faults.alter({"cluster_scan_data_list": rows, "total_num": 1}, path=RESOURCES))
        assert statuses(run(targets="listed", cluster_names=["a"])) == {"a": "success"}


class TestCheckMode:
    @pytest.fixture
    def check(self, run: Any) -> Any:
        return lambda **options: run(_ansible_check_mode=True, **options)

    def test_it_says_what_it_would_scan(self, check: Any, sim: Simulator, time: Time) -> None:
        result = check(targets="unscanned")
        assert result["changed"] is True and names(result) == ["a", "b"] and result["task"] is None
        assert not creations(sim) and not sim.tasks and time.waits == []

    def test_only_the_rest(self, check: Any, sim: Simulator) -> None:
        sim.start_task("a")
        result = check(targets="unscanned")
        assert result["changed"] is True and names(result) == ["b"]
        assert result["task"]["task_id"] == sim.tasks[0].id and len(sim.tasks) == 1

    def test_nothing_left(self, check: Any, sim: Simulator, time: Time) -> None:
        sim.start_task("a", "b")
        result = check(targets="unscanned")
        assert result["changed"] is False and names(result) == []
        assert len(sim.tasks) == 1 and time.waits == []

    def test_nothing_to_scan(self, check: Any, sim: Simulator) -> None:
        set_scene(sim, clusters=[cluster("new", HOUR)])
        assert check(targets="unscanned")["changed"] is False

    def test_an_unknown_cluster_is_an_error_too(self, check: Any) -> None:
        assert check(targets="listed", cluster_names=["gone"])["failed"]

    def test_it_does_not_wait(self, check: Any, sim: Simulator, time: Time) -> None:
        set_scene(sim, **LONG)
        result = check(task_id=sim.start_task("a").id)
        assert result["changed"] is False and statuses(result) == {"a": "scanning"} and time.waits == []


class TestInfo:
    def test_many(self, info: Any, sim: Simulator) -> None:
        first, second = sim.start_task("a"), sim.start_task("b")
        sim.finish_tasks()
        third = sim.start_task("new")
        result = info()
        assert {task["task_id"] for task in result["tasks"]} == {first.id, second.id, third.id}
        assert "clusters" not in result and result["changed"] is False
        assert [task["task_id"] for task in info(task_status="running")["tasks"]] == [third.id]

    def test_one(self, info: Any, sim: Simulator) -> None:
        sim.start_task("b")
        task_id = sim.start_task("a").id
        result = info(task_id=task_id)
        (task,) = result["tasks"]
        assert task["task_id"] == task_id and task["started_at"].endswith("Z") and task["ended_at"] is None
        assert task["start_time"] > 10**12 and task["cluster_scan_info"]["scan_type_list"] == list(SCAN_TYPES)
        assert [(row["cluster_name"], row["scan_status"]) for row in result["clusters"]] == [("a", "scanning")]
        assert result["clusters"][0]["cluster_type"] == "cce"
        assert "clusters" not in info(task_id=task_id, clusters=False)
        sim.finish_tasks()
        assert info(task_id=task_id)["tasks"][0]["ended_at"].endswith("Z")

    def test_times(self, info: Any, sim: Simulator) -> None:
        rows = [{"task_id": "t", "start_time": 1767225600000, "end_time": "soon"}]
        sim.inject(faults.alter({"data_list": rows, "total_num": 1}, path=LIST))
        (task,) = info()["tasks"]
        assert task == {**rows[0], "started_at": "2026-01-01T00:00:00Z", "ended_at": None}

    def test_unknown(self, info: Any, sim: Simulator) -> None:
        result = info(task_id="t-0")
        assert "failed" not in result and (result["tasks"], result["clusters"]) == ([], [])

    def test_a_cloud_that_ignores_the_filter(self, info: Any, run: Any, sim: Simulator) -> None:
        rows = [{"task_id": "other", "task_status": "finished"}]
        sim.inject(faults.alter({"data_list": rows, "total_num": 1}, path=LIST))
        assert info(task_id="t-0")["tasks"] == []
        assert run(task_id="t-0")["failed"]

    @pytest.mark.parametrize("options", [{"clusters": True}, {"task_id": ".."}, {"task_status": "failed"}], ids=str)
    def test_checked_before_anything_is_sent(self, info: Any, sim: Simulator, options: Any) -> None:
        assert info(**options)["failed"] and not sim.requests

    def test_it_only_reads(self, info: Any, sim: Simulator) -> None:
        sim.start_task("a")
        info(_ansible_check_mode=True)
        assert len(sim.tasks) == 1 and not creations(sim)


class TestParts:
    def test_batches(self) -> None:
        left = {"a": {"benchmark", "cluster_vul"}, "b": set(), "c": {"cluster_vul", "benchmark"}, "d": {"benchmark"}}
        assert make_batches(left) == [Batch(["a", "c"], ["cluster_vul", "benchmark"]), Batch(["d"], ["benchmark"])]

    def test_cover_of(self) -> None:
        rows = [{"cluster_id": "a", "scan_detail_list": [{"scan_type": "benchmark"}]}, {"cluster_id": "b"}]
        task = {"cluster_scan_info": {"scan_type_list": ["cluster_vul"]}}
        assert coverage_of(task, rows) == {"a": {"benchmark"}, "b": {"cluster_vul"}}
        assert coverage_of({}, rows) == {"a": {"benchmark"}, "b": set()}
        assert coverage_of({"cluster_scan_info": None}, rows, ["x"]) == {"a": {"benchmark"}, "b": {"x"}}


@pytest.mark.parametrize("name", ["hss_cluster_scan", "hss_scan_task_info"])
def test_documentation_is_the_argument_spec(name: str) -> None:
    module = importlib.import_module(f"ansible_collections.huaweicloud.hss.plugins.modules.{name}")
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    own = {option: spec for option, spec in module.OPTIONS.items() if option not in SCOPE_OPTIONS}
    assert list(documented) == list(own)
    for option, spec in own.items():
        reported = {
            key: value for key, value in documented[option].items() if key not in ("description", "version_added")
        }
        assert reported == spec, option
    returned = yaml.safe_load(module.RETURN)
    assert all(entry["description"] and entry["type"] and entry["returned"] for entry in returned.values())


def test_scan_types_are_those_of_the_api() -> None:
    assert tuple(hss_cluster_scan.SCAN_TYPES) == SCAN_TYPES


@pytest.mark.parametrize(
    "status,end_time,ended",
    [
        ("finished", None, True),
        ("FINISHED", None, True),
        ("Running", 1764230400000, False),
        ("ready", 1764230400000, False),
        ("cancelled", None, False),
        ("cancelled", 1764230400000, True),
        (None, None, False),
        (None, 1764230400000, True),
    ],
)
def test_when_a_task_has_ended(status: Any, end_time: Any, ended: bool) -> None:
    """An end time counts only where the status says nothing: that of a running task may be an estimate."""
    assert has_ended({"task_status": status, "end_time": end_time}) is ended
