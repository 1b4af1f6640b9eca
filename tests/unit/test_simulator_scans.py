# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's scan tasks, driven by the vendor's own client."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests import vendor_sdk
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
from tests.simulator.calls import call, post

ROOT = f"/v5/{DEMO_PROJECT_ID}"
CREATE = f"{ROOT}/common/task"
TASKS = f"{ROOT}/common/tasks/batch-query"
TOKEN = {"X-Auth-Token": DEMO_TOKEN}
SHOP = "11111111-2222-3333-4444-555555555555"
ALL = "all_granted_eps"
TYPES = ["cluster_vul", "risk_assessment", "benchmark"]
BODY = {"task_type": "cluster_scan", "cluster_scan_info": {"scan_type_list": TYPES, "range_type": "all_cluster"}}


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes when a test says so."""
    start = time.time()
    monkeypatch.setattr(Simulator, "now", lambda sim: start + sim.clock_offset)


def client(sim: Simulator) -> Any:
    credentials = BasicCredentials(DEMO_AK, DEMO_SK, DEMO_PROJECT_ID)
    return vendor_sdk.HssClient.new_builder().with_credentials(credentials).with_endpoint(sim.http_url).build()


def create(sim: Simulator, *names: str, scan_types: list[str] | None = None, eps: str | None = None) -> str:
    info = vendor_sdk.CreateTaskRequestBodyClusterScanInfo(
        scan_type_list=scan_types or TYPES,
        range_type="specific_cluster" if names else "all_cluster",
        cluster_id_list=[cluster_id(name) for name in names] or None,
    )
    body = vendor_sdk.CreateTaskRequestBody(task_type="cluster_scan", cluster_scan_info=info)
    return str(client(sim).create_task(vendor_sdk.CreateTaskRequest(enterprise_project_id=eps, body=body)).task_id)


def list_tasks(sim: Simulator, *, eps: str | None = None, scan_types: list[str] | None = None, **filters: Any) -> Any:
    if scan_types:
        filters["cluster_scan_info"] = vendor_sdk.ListTasksRequestBodyClusterScanInfo(scan_type_list=scan_types)
    body = vendor_sdk.ListTasksRequestBody(**{"task_type": "cluster_scan", **filters})
    return client(sim).list_tasks(vendor_sdk.ListTasksRequest(enterprise_project_id=eps, limit=10, offset=0, body=body))


def task_of(sim: Simulator, task_id: str) -> Any:
    (task,) = list_tasks(sim, task_id=task_id).data_list
    return task


def numbers(task: Any) -> tuple[int, int, int]:
    info = task.cluster_scan_info
    return info.scanning_cluster_num, info.success_cluster_num, info.failed_cluster_num


def resources(sim: Simulator, task_id: str, eps: str | None = None, **filters: Any) -> list[Any]:
    info = vendor_sdk.ListTaskResourcesRequestBodyClusterScanInfo(**filters)
    body = vendor_sdk.ListTaskResourcesRequestBody(task_type="cluster_scan", cluster_scan_info=info)
    request = vendor_sdk.ListTaskResourcesRequest(task_id=task_id, enterprise_project_id=eps, limit=200, body=body)
    return list(client(sim).list_task_resources(request).cluster_scan_data_list)


def retry(sim: Simulator, task_id: str, **chosen: list[str] | None) -> Any:
    """All that failed; or the clusters of the given names, with scan types or None for every failed one."""
    items = [
        vendor_sdk.RetryTaskRequestBodyClusterScanInfoClusterInfoList(cluster_id=cluster_id(name), scan_type_list=types)
        for name, types in chosen.items()
    ]
    info = vendor_sdk.RetryTaskRequestBodyClusterScanInfo(
        range_type="specific_cluster" if items else "all_failed_cluster", cluster_info_list=items or None
    )
    body = vendor_sdk.RetryTaskRequestBody(task_type="cluster_scan", cluster_scan_info=info)
    return client(sim).retry_task(vendor_sdk.RetryTaskRequest(task_id=task_id, body=body))


def unscanned(sim: Simulator) -> int:
    return int(call(f"{sim.http_url}{ROOT}/container/cluster/statistics", TOKEN).json()["unscan_cluster_num"])


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


def abc(**options: Any) -> Simulator:
    """Three clusters that were never scanned; tasks last until they are told to finish, unless options say else."""
    names = ("a", "b", "c")
    options = {"task_duration": 3600, "clusters": [cluster(name) for name in names], **options}
    return Simulator(scenario(**options))


class TestCourse:
    def test_as_time_passes(self) -> None:
        with abc(task_duration=300) as sim:
            task_id = create(sim)
            task = task_of(sim, task_id)
            assert (task.task_status, task.trigger_type, task.estimated_time) == ("running", "manual", 5)
            assert (numbers(task), task.end_time) == ((3, 0, 0), None)
            assert (task.task_name, task.cluster_scan_info.scan_type_list) == (f"cluster-scan-{task_id[:8]}", TYPES)
            started = task.start_time
            sim.clock_offset += 110
            assert numbers(task_of(sim, task_id)) == (2, 1, 0)
            assert unscanned(sim) == 2
            assert task_of(sim, task_id).estimated_time == 4
            sim.clock_offset += 300
            task = task_of(sim, task_id)
            assert (task.task_status, task.estimated_time, numbers(task)) == ("finished", 0, (0, 3, 0))
            # Each at its own time, though nobody looked.
            times = [row.end_time - started for row in resources(sim, task_id)]
            assert times == pytest.approx([100_000, 200_000, 300_000], abs=1)
            assert task.end_time == started + times[-1]
            assert sim.cluster("c").last_scan * 1000 == pytest.approx(task.end_time, abs=1)
            assert unscanned(sim) == 0

    def test_as_it_is_listed(self) -> None:
        with abc(task_polls=2) as sim:
            task_id = create(sim)
            seen = [task_of(sim, task_id) for _number in range(4)]
        assert [task.task_status for task in seen] == ["running", "running", "finished", "finished"]
        assert [numbers(task) for task in seen] == [(3, 0, 0), (2, 1, 0), (0, 3, 0), (0, 3, 0)]
        assert [task.estimated_time for task in seen] == [2, 1, 0, 0]

    def test_other_calls_are_no_polls(self) -> None:
        with abc(task_polls=1) as sim:
            task_id = create(sim)
            for _number in range(3):
                assert {row.scan_status for row in resources(sim, task_id)} == {"scanning"}
                assert list_tasks(sim, task_status="finished").total_num == 0
            task_of(sim, task_id)
            assert {row.scan_status for row in resources(sim, task_id)} == {"success"}

    def test_concurrently(self) -> None:
        with abc(task_polls=0) as sim:
            assert task_of(sim, create(sim)).task_status == "finished"

    @pytest.mark.parametrize("options", [{"task_polls": 1, "task_ready": 1}, {"task_ready": 60}])
    def test_ready_first(self, options: dict[str, Any]) -> None:
        with abc(**options) as sim:
            task_id = create(sim)
            assert task_of(sim, task_id).task_status == "ready"
            sim.clock_offset += 61
            assert task_of(sim, task_id).task_status == "running"

    def test_by_hand(self) -> None:
        with abc() as sim:
            task_id = create(sim)
            (task,) = sim.tasks
            assert (task.id, task.status, task.clusters) == (task_id, "running", dict.fromkeys("abc", "scanning"))
            sim.finish_tasks()
            assert (task.status, task.clusters) == ("finished", dict.fromkeys("abc", "success"))
            assert task_of(sim, task_id).task_status == "finished"

    def test_a_scan_finds_risks(self) -> None:
        found = [risk("a", found_by_scan=True), risk("a", type="benchmark", found_by_scan=True)]
        with abc(risks=found) as sim:
            risks = f"{sim.http_url}{ROOT}/container/cluster/risks"
            assert call(risks, TOKEN).json()["total_num"] == 0
            create(sim, "a", scan_types=["risk_assessment"])
            sim.finish_tasks()
            assert call(risks, TOKEN).json()["total_num"] == 1
            statistics = call(f"{sim.http_url}{ROOT}/container/cluster/statistics", TOKEN).json()
            assert (statistics["risk_cluster_num"], statistics["unscan_cluster_num"]) == (1, 2)

    def test_statistics_of_tasks(self) -> None:
        with abc() as sim:

            def show(task_type: str = "cluster_scan") -> Any:
                return client(sim).show_task_statistics(vendor_sdk.ShowTaskStatisticsRequest(task_type=task_type))

            assert (show().total_num, show().last_task_start_time) == (0, None)
            task_id = create(sim)
            assert (show().total_num, show().running_num) == (1, 1)
            assert show().last_task_start_time == task_of(sim, task_id).start_time
            sim.finish_tasks()
            assert (show().total_num, show().running_num) == (1, 0)
            assert show("iac_scan").total_num == 0
            assert refusal(call(f"{sim.http_url}{ROOT}/common/task-statistics", TOKEN)) == (400, "HSS.0001")


class TestCreation:
    def test_named_clusters(self) -> None:
        with abc(task_polls=0) as sim:
            task_id = create(sim, "c", "a", scan_types=["benchmark"])
            assert [row.cluster_name for row in resources(sim, task_id)] == ["c", "a"]
            assert unscanned(sim) == 1

    def test_clusters_that_cannot_be_scanned_are_left_out(self) -> None:
        with abc(clusters=[cluster("a"), cluster("b", scannable=False)]) as sim:
            assert [row.cluster_name for row in resources(sim, create(sim))] == ["a"]
            assert [row.cluster_name for row in resources(sim, create(sim, "a", "b"))] == ["a"]
            with pytest.raises(ClientRequestException, match=r"HSS\.0011"):
                create(sim, "b")

    def test_unknown_clusters(self) -> None:
        with abc() as sim, pytest.raises(ClientRequestException, match=r"HSS\.0011"):
            create(sim, "a", "x")
        with abc(unknown_cluster="ignore") as sim:
            assert len(resources(sim, create(sim, "a", "x"))) == 1

    def test_no_clusters(self) -> None:
        with abc(clusters=[]) as sim, pytest.raises(ClientRequestException, match=r"HSS\.0011"):
            create(sim)

    def test_second_task(self) -> None:
        with abc() as sim:
            assert create(sim) != create(sim)
            assert len(sim.tasks) == 2
        with abc(second_task="join") as sim:
            assert create(sim) == create(sim, "a")
            sim.finish_tasks()
            assert create(sim) != sim.tasks[0].id
        with abc(second_task="refuse") as sim:
            create(sim)
            with pytest.raises(ClientRequestException, match=r"HSS\.0001"):
                create(sim)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"task_type": None}, "HSS.0001"),
            ({"task_type": "iac_scan"}, "HSS.0001"),
            ({"cluster_scan_info": None}, "HSS.0001"),
            ({"cluster_scan_info": {"scan_type_list": [], "range_type": "all_cluster"}}, "HSS.0001"),
            ({"cluster_scan_info": {"scan_type_list": ["virus"], "range_type": "all_cluster"}}, "HSS.0001"),
            ({"cluster_scan_info": {"scan_type_list": TYPES, "range_type": "some"}}, "HSS.0001"),
            ({"cluster_scan_info": {"scan_type_list": TYPES, "range_type": "specific_cluster"}}, "HSS.0001"),
        ],
    )
    def test_bad_bodies(self, change: dict[str, Any], code: str) -> None:
        with abc() as sim:
            assert refusal(post(sim.http_url + CREATE, {**BODY, **change}, TOKEN)) == (400, code)
            assert sim.tasks == []

    def test_no_json(self) -> None:
        with abc() as sim:
            answer = call(sim.http_url + CREATE, TOKEN, "POST", data=b"{")
        assert refusal(answer) == (400, "HSS.0002")

    def test_enterprise_projects(self) -> None:
        given = [cluster("a"), cluster("b", enterprise_project_id=SHOP)]
        with abc(clusters=given, token={"enterprise_projects": [SHOP]}) as sim:
            assert list(sim.tasks) == []
            create(sim)
            create(sim, eps=SHOP)
            both = create(sim, eps=ALL)
            assert [list(task.clusters) for task in sim.tasks] == [["a"], ["b"], ["a", "b"]]
            assert list_tasks(sim).total_num == list_tasks(sim, eps=SHOP).total_num == 2
            assert list_tasks(sim, eps=ALL).total_num == 3
            assert [row.cluster_name for row in resources(sim, both, SHOP)] == ["b"]
            assert refusal(post(sim.http_url + CREATE, BODY, TOKEN)) == (400, "HSS.0013")
            post(f"{sim.http_url}{CREATE}?enterprise_project_id={ALL}", BODY, TOKEN)
            assert list(sim.tasks[-1].clusters) == ["b"]
            with pytest.raises(ClientRequestException, match=r"HSS\.0011"):
                create(sim, "b")

    def test_who_may_call(self) -> None:
        with abc(token={"projects": []}) as sim:
            assert refusal(post(sim.http_url + CREATE, BODY)) == (401, "APIGW.0301")
            assert refusal(post(sim.http_url + CREATE, BODY, TOKEN)) == (400, "00000010")
            assert refusal(post(sim.http_url + TASKS, BODY, TOKEN)) == (400, "00000010")
            assert call(sim.http_url + CREATE, TOKEN).status_code == 404  # no GET
            assert sim.tasks == []


class TestFailure:
    def test_reasons(self) -> None:
        given = [cluster("a", scan_fails={"benchmark": "no agent"}), cluster("b", scan_fails=True), cluster("c")]
        with abc(clusters=given, task_polls=0) as sim:
            task_id = create(sim)
            assert numbers(task_of(sim, task_id)) == (0, 1, 2)
            assert task_of(sim, task_id).task_status == "finished"
            partly, wholly, well = resources(sim, task_id)
            assert [(d.scan_type, d.status, d.failed_reason) for d in partly.scan_detail_list] == [
                ("cluster_vul", "success", None),
                ("risk_assessment", "success", None),
                ("benchmark", "failed", "no agent"),
            ]
            assert [row.scan_status for row in (partly, wholly, well)] == ["failed", "failed", "success"]
            assert all("cannot be reached" in detail.failed_reason for detail in wholly.scan_detail_list)
            assert unscanned(sim) == 2

    def test_only_the_types_that_are_scanned(self) -> None:
        with abc(clusters=[cluster("a", scan_fails={"benchmark": True})], task_polls=0) as sim:
            assert numbers(task_of(sim, create(sim, scan_types=["cluster_vul"]))) == (0, 1, 0)

    def test_retry_helps(self) -> None:
        given = [cluster("a", scan_fails={"benchmark": "x"}, scan_fails_times=1), cluster("b")]
        with abc(clusters=given, task_polls=1) as sim:
            task_id = create(sim)
            sim.finish_tasks()
            before = sim.cluster("b").last_scan
            sim.clock_offset += 1
            assert retry(sim, task_id).status_code == 200
            (row,) = resources(sim, task_id, scan_status="scanning")
            assert [(d.scan_type, d.status) for d in row.scan_detail_list][1:] == [
                ("risk_assessment", "success"),
                ("benchmark", "scanning"),
            ]
            seen = [task_of(sim, task_id) for _number in range(2)]
            assert [task.task_status for task in seen] == ["running", "finished"]
            assert [task.end_time is None for task in seen] == [True, False]
            assert numbers(seen[-1]) == (0, 2, 0)
            assert sim.cluster("a").is_scanned
            assert sim.cluster("b").last_scan == before

    def test_retry_does_not_help(self) -> None:
        with abc(clusters=[cluster("a", scan_fails=True)], task_polls=0) as sim:
            task_id = create(sim)
            retry(sim, task_id)
            assert numbers(task_of(sim, task_id)) == (0, 0, 1)

    def test_retry_of_some(self) -> None:
        given = [cluster(name, scan_fails="x", scan_fails_times=1) for name in "ab"]
        with abc(clusters=given, task_polls=0) as sim:
            task_id = create(sim)
            retry(sim, task_id, a=["benchmark"])
            assert sim.tasks[0].clusters == {"a": "failed", "b": "failed"}
            assert list(sim.tasks[0].scans[0].reasons) == ["cluster_vul", "risk_assessment"]
            retry(sim, task_id, a=None)
            assert sim.tasks[0].clusters == {"a": "success", "b": "failed"}

    def test_refused_retries(self) -> None:
        given = [cluster("a", scan_fails={"benchmark": "x"}), cluster("b")]
        with abc(clusters=given) as sim:
            task_id = create(sim)
            with pytest.raises(ClientRequestException, match="the task is running"):
                retry(sim, task_id)
            sim.finish_tasks()
            for chosen in ({"b": None}, {"a": ["cluster_vul"]}):
                with pytest.raises(ClientRequestException, match="cluster_info_list"):
                    retry(sim, task_id, **chosen)
            with pytest.raises(ClientRequestException, match="no cluster has failed"):
                well = create(sim, "b")
                sim.finish_tasks()
                retry(sim, well)
            with pytest.raises(ClientRequestException, match=r"HSS\.0011"):
                retry(sim, "unknown")


class TestLists:
    def test_tasks_by_filter(self) -> None:
        with abc(tasks=[{"id": "t1", "name": "weekly", "clusters": ["a"], "started_ago": 5000}]) as sim:
            own = create(sim, scan_types=["benchmark"])
            sim.clock_offset += 1
            other = sim.start_task("b", name="by hand", trigger_type="manual").id

            def ids(**filters: Any) -> list[str]:
                return [task.task_id for task in list_tasks(sim, **filters).data_list]

            assert ids() == ["t1", own, other]
            assert ids(sort_key="start_time", sort_dir="asc") == ["t1", own, other]
            assert ids(sort_key="start_time", sort_dir="desc") == ids(sort_key="start_time") == [other, own, "t1"]
            assert ids(task_name="week") == ids(trigger_type="schedule") == ids(task_status="finished") == ["t1"]
            assert ids(task_status="running") == [own, other]
            assert ids(scan_types=["benchmark"]) == ["t1", own, other]
            assert ids(scan_types=["benchmark", "cluster_vul"]) == ["t1", other]
            moment = task_of(sim, own).start_time
            assert ids(start_create_time=moment) == [own, other]
            assert ids(end_create_time=moment - 1) == ["t1"]
            assert ids(task_type="iac_scan") == ids(task_id="unknown") == []
            assert unscanned(sim) == 2

    def test_pages_of_tasks(self) -> None:
        with abc() as sim:
            for _number in range(12):
                sim.start_task("a")
            url = f"{sim.http_url}{TASKS}?limit=10&offset=10"
            answer = post(url, {"task_type": "cluster_scan"}, TOKEN).json()
        assert (answer["total_num"], len(answer["data_list"])) == (12, 2)

    def test_resources_by_filter(self) -> None:
        given = [cluster("prod-1", cluster_type="aws"), cluster("dev", scan_fails=True)]
        with abc(clusters=given, task_polls=0) as sim:
            task_id = create(sim)

            def names(**filters: Any) -> list[str]:
                return [row.cluster_name for row in resources(sim, task_id, **filters)]

            assert names() == ["prod-1", "dev"]
            assert names(scan_status="failed") == names(cluster_id=cluster_id("dev")) == ["dev"]
            assert names(cluster_name="prod") == names(cluster_type="aws") == ["prod-1"]
            with pytest.raises(ClientRequestException, match=r"HSS\.0011"):
                resources(sim, "unknown")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"task_type": "virus"},
            {"task_type": "cluster_scan", "task_status": "failed"},
            {"task_type": "cluster_scan", "sort_key": "name"},
            {"task_type": "cluster_scan", "start_create_time": "now"},
            {"task_type": "cluster_scan", "cluster_scan_info": []},
        ],
    )
    def test_bad_bodies(self, body: dict[str, Any]) -> None:
        with abc() as sim:
            assert refusal(post(sim.http_url + TASKS, body, TOKEN)) == (400, "HSS.0001")


class TestLostAnswers:
    def test_of_a_creation(self) -> None:
        with abc() as sim:
            sim.inject(faults.lose_answer(path="common/task$", times=1))
            with pytest.raises(requests.ConnectionError):
                post(sim.http_url + CREATE, BODY, TOKEN)
            assert [request.status for request in sim.requests] == [None]
            assert len(sim.tasks) == 1
            post(sim.http_url + CREATE, BODY, TOKEN)
            assert len(sim.tasks) == 2

    def test_another_answer(self) -> None:
        with abc() as sim:
            gateway = {"error_code": "APIGW.0201", "error_msg": "Backend timeout"}
            sim.inject(faults.lose_answer(**faults.answer(504, gateway), times=1))
            assert post(sim.http_url + CREATE, BODY, TOKEN).status_code == 504
            assert len(sim.tasks) == 1

    def test_half_an_answer(self) -> None:
        with abc() as sim:
            sim.inject(faults.lose_answer(**faults.truncate(5)))
            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                post(sim.http_url + CREATE, BODY, TOKEN)
            assert len(sim.tasks) == 1

    @pytest.mark.parametrize("fault", [faults.drop("before"), faults.answer(503), faults.throttle()])
    def test_other_faults_strike_before_the_service(self, fault: dict[str, Any]) -> None:
        with abc() as sim:
            sim.inject(fault)
            try:
                post(sim.http_url + CREATE, BODY, TOKEN)
            except requests.ConnectionError:
                assert "drop" in fault
            assert sim.tasks == []
