# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's lists of clusters and risks, read by the vendor's own client."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests import vendor_sdk
from tests.simulator import (
    DEMO_AK,
    DEMO_PROJECT_ID,
    DEMO_REGION,
    DEMO_SK,
    DEMO_TOKEN,
    MISSING,
    ScenarioError,
    Simulator,
    cluster,
    cluster_id,
    faults,
    project,
    risk,
    scenario,
)
from tests.simulator.calls import call, post_signed
from tests.simulator.clusters import SCAN_TYPES

CLUSTERS = f"/v5/{DEMO_PROJECT_ID}/kubernetes/clusters"
RISKS = f"/v5/{DEMO_PROJECT_ID}/container/cluster/risks"
TOKEN = {"X-Auth-Token": DEMO_TOKEN}
SHOP = "11111111-2222-3333-4444-555555555555"
ALL = "all_granted_eps"
NUMBERS = ("sys_vul_num", "app_vul_num", "emg_vul_num", "risk_assess_num", "sec_comp_num")


def client(sim: Simulator) -> Any:
    credentials = BasicCredentials(DEMO_AK, DEMO_SK, DEMO_PROJECT_ID)
    return vendor_sdk.HssClient.new_builder().with_credentials(credentials).with_endpoint(sim.http_url).build()


def clusters(sim: Simulator, **query: Any) -> list[Any]:
    request = vendor_sdk.ListKubernetesClusterDetailsRequest(**{"scene": "cluster_risk", "limit": 200, **query})
    return list(client(sim).list_kubernetes_cluster_details(request).cluster_info_list)


def names(sim: Simulator, **query: Any) -> list[str]:
    return [row.cluster_name for row in clusters(sim, **query)]


def risks(sim: Simulator, **query: Any) -> list[Any]:
    return list(client(sim).list_cluster_risks(vendor_sdk.ListClusterRisksRequest(**{"limit": 200, **query})).data_list)


def risk_names(sim: Simulator, **query: Any) -> list[str]:
    return [row.risk_name for row in risks(sim, **query)]


def numbers(sim: Simulator, eps: str | None = None) -> list[int]:
    """Risky, vulnerable, unscanned, all."""
    request = vendor_sdk.ShowClusterScanStatisticsRequest(enterprise_project_id=eps)
    return list(client(sim).show_cluster_scan_statistics(request).to_json_object().values())


def fetch(sim: Simulator, path: str) -> Any:
    return call(sim.http_url + path, TOKEN)


def read_all(sim: Simulator, path: str, rows: str, limit: int = 10) -> tuple[list[dict[str, Any]], list[int]]:
    """Until a page is not full: the rows, and the total of each page."""
    found: list[dict[str, Any]] = []
    totals = []
    while True:
        answer = fetch(sim, f"{path}?offset={len(found)}&limit={limit}").json()
        totals.append(answer["total_num"])
        found += answer[rows]
        if len(answer[rows]) < limit:
            return found, totals


class TestClusters:
    def test_every_documented_field(self) -> None:
        with Simulator(scenario(clusters=[cluster("a", 60)])) as sim:
            answer = client(sim).list_kubernetes_cluster_details(
                vendor_sdk.ListKubernetesClusterDetailsRequest(scene="cluster_risk", load_agent_info=True)
            )
            assert "load_agent_info=true" in sim.requests[0].query
        (row,) = answer.cluster_info_list
        assert [name for name in row.openapi_types if getattr(row, name) is None] == []
        assert (answer.total_num, row.cluster_name, row.cluster_id) == (1, "a", cluster_id("a"))
        assert answer.last_update_time > row.last_scan_time > row.creation_timestamp > 10**12

    def test_without_the_risk_view_and_agents(self) -> None:
        with Simulator(scenario(clusters=[cluster("a", 60)])) as sim:
            (row,) = fetch(sim, CLUSTERS).json()["cluster_info_list"]
        assert not {"last_scan_time", *NUMBERS} & set(row)
        assert not [name for name in row if name.startswith("agent")]

    def test_time_of_the_last_scan(self) -> None:
        given = [cluster("ago", 60), {"name": "at", "last_scan_time": 1767168000000}]
        with Simulator(scenario(clusters=given, clock_offset=100)) as sim:
            times = [row.last_scan_time for row in clusters(sim)]
            assert sim.cluster("ago").last_scan * 1000 == pytest.approx(times[0], abs=1)
        assert times[1] == 1767168000000

    @pytest.mark.parametrize(("never", "expected"), [("absent", MISSING), ("null", None), ("zero", 0)])
    def test_never_scanned(self, never: str, expected: Any) -> None:
        with Simulator(scenario(clusters=[cluster("a", never=never)])) as sim:
            (row,) = fetch(sim, f"{CLUSTERS}?scene=cluster_risk").json()["cluster_info_list"]
        assert row.get("last_scan_time", MISSING) == expected

    def test_given_fields(self) -> None:
        given = cluster(
            "a", 60, fields={"last_scan_time": "soon", "version": MISSING}, cluster_type="aws", sys_vul_num=7
        )
        with Simulator(scenario(clusters=[given])) as sim:
            (row,) = fetch(sim, f"{CLUSTERS}?scene=cluster_risk").json()["cluster_info_list"]
        assert (row["last_scan_time"], row["cluster_type"], row["sys_vul_num"]) == ("soon", "aws", 7)
        assert "version" not in row

    def test_ids(self) -> None:
        both = [
            project(clusters=[cluster("a"), cluster("a"), cluster("b", id="given")]),
            project(project_id="p2", total=1),
        ]
        with Simulator(scenario(projects=both)) as sim:
            ids = [row.cluster_id for row in clusters(sim)]
        assert ids == [cluster_id("a"), cluster_id("a", occurrence=2), "given"]
        assert str(uuid.UUID(ids[0])) == ids[0] != cluster_id("a", "p2")

    def test_filter_by_name(self) -> None:
        with Simulator(scenario(clusters=[cluster("prod-1"), cluster("dev"), cluster("prod-2")])) as sim:
            assert names(sim, cluster_name="prod") == ["prod-1", "prod-2"]

    def test_pages(self) -> None:
        with Simulator(scenario(0, 25)) as sim:
            sizes = [len(clusters(sim, offset=offset, limit=10)) for offset in (0, 10, 20, 30)]
            usual = fetch(sim, CLUSTERS).json()
        assert sizes == [10, 10, 5, 0]
        assert (usual["total_num"], len(usual["cluster_info_list"])) == (25, 10)

    @pytest.mark.parametrize(
        "query", ["limit=9", "limit=201", "limit=x", "offset=-1", "offset=2000001", "offset=0&offset=1", "cluster_name=",
                  "scene=other", "load_agent_info=True"],
    )  # fmt: skip
    def test_bad_parameters(self, query: str) -> None:
        with Simulator(scenario()) as sim:
            answer = fetch(sim, f"{CLUSTERS}?{query}")
        assert (answer.status_code, answer.json()["error_code"]) == (400, "HSS.0001")
        assert query.split("=")[0] in answer.json()["error_msg"]

    def test_enterprise_projects(self) -> None:
        given = [cluster("a"), cluster("b", enterprise_project_id=SHOP)]
        with Simulator(scenario(clusters=given, token={"enterprise_projects": ["0"]})) as sim:
            assert names(sim) == ["a"]
            assert names(sim, enterprise_project_id=SHOP) == ["b"]
            assert names(sim, enterprise_project_id=ALL) == ["a", "b"]
            seen = fetch(sim, f"{CLUSTERS}?enterprise_project_id={ALL}").json()
            refused = fetch(sim, f"{CLUSTERS}?enterprise_project_id={SHOP}")
        assert [row["cluster_name"] for row in seen["cluster_info_list"]] == ["a"]
        assert (refused.status_code, refused.json()["error_code"]) == (400, "HSS.0013")

    @pytest.mark.parametrize("path", [CLUSTERS, RISKS, RISKS.replace("risks", "risk/r/affected-resources")])
    def test_who_may_call(self, path: str) -> None:
        with Simulator(scenario(token={"projects": []})) as sim:
            assert call(sim.http_url + path).status_code == 401
            assert fetch(sim, path).json()["error_code"] == "00000010"
            assert fetch(sim, f"/regions/{DEMO_REGION}{path}").status_code == 400
        with Simulator(scenario()) as sim:
            assert fetch(sim, f"/regions/elsewhere{path}").json()["error_code"] == "APIGW.0307"


class TestRisks:
    def test_every_documented_field(self) -> None:
        with Simulator(scenario(clusters=[cluster("a", 60)], risks=[risk("a", "Secret", level="low", num=3)])) as sim:
            (row,) = risks(sim)
            assert row.last_scan_time == clusters(sim)[0].last_scan_time
        assert [name for name in row.openapi_types if getattr(row, name) is None] == []
        assert (row.cluster_id, row.risk_name, row.risk_level, row.risk_num) == (cluster_id("a"), "Secret", "low", 3)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({}, ["r-1", "r-2", "r-3", "r-4"]),
            ({"risk_type": "benchmark"}, ["r-2", "r-4"]),
            ({"risk_level": "medium"}, ["r-2"]),
            ({"risk_category": "secrets"}, ["r-2", "r-4"]),
            ({"cluster_name": "prod"}, ["r-1", "r-3"]),
            ({"cluster_id": cluster_id("dev")}, ["r-2", "r-4"]),
            ({"risk_name": "-3"}, ["r-3"]),
            ({"risk_type": "benchmark", "risk_level": "tips"}, ["r-4"]),
            ({"cluster_id": "unknown"}, []),
        ],
    )
    def test_filters(self, query: dict[str, str], expected: list[str]) -> None:
        group = {
            "count": 4,
            "name": "r",
            "type": ["risk_assessment", "benchmark"],
            "level": ["high", "medium", "low", "tips"],
            "category": ["network", "secrets"],
        }
        with Simulator(scenario(clusters=[cluster("prod-1"), cluster("dev")], risk_groups=[group])) as sim:
            assert risk_names(sim, **query) == expected

    def test_records_without_a_finding(self) -> None:
        with Simulator(scenario(clusters=[cluster("a", 1)], risks=[risk("a", "x"), risk("a", "y", num=0)])) as sim:
            assert risk_names(sim) == ["x", "y"]
            assert risk_names(sim, risk_status="risky") == ["x"]

    @pytest.mark.parametrize("query", ["risk_type=x", "risk_status=safe", "risk_level=x", "risk_category=x", "limit=5"])
    def test_bad_parameters(self, query: str) -> None:
        with Simulator(scenario()) as sim:
            assert fetch(sim, f"{RISKS}?{query}").json()["error_code"] == "HSS.0001"

    def test_one_rule_in_several_clusters(self) -> None:
        group = {"count": 2, "id": "rule-1", "clusters": ["b", "c"], "fields": {"remediation": MISSING}}
        given = [cluster("a"), cluster("b"), cluster("c", enterprise_project_id=SHOP)]
        with Simulator(scenario(clusters=given, risk_groups=[group])) as sim:
            found = risks(sim, enterprise_project_id=ALL)
            assert [(row.risk_id, row.cluster_name, row.remediation) for row in found] == [
                ("rule-1", "b", None),
                ("rule-1", "c", None),
            ]
            assert len(risks(sim)) == 1

    def test_affected_resources(self) -> None:
        resources = [{"name": "web", "type": "Deployment", "namespace": "shop", "hit_paths": ["spec"]}, {"name": "job"}]
        given = [risk("a", id="r1", resources=resources), risk("b", id="r1", num=11)]
        with Simulator(scenario(clusters=[cluster("a", 9), cluster("b", 9)], risks=given)) as sim:

            def read(**query: Any) -> Any:
                request = vendor_sdk.ListClusterRiskAffectResourcesRequest(risk_id="r1", **query)
                return client(sim).list_cluster_risk_affect_resources(request)

            everything = read()
            row = everything.data_list[0]
            assert (everything.total_num, len(everything.data_list)) == (13, 10)
            assert [name for name in row.openapi_types if getattr(row, name) is None] == []
            assert (row.resource_name, row.namespace, row.hit_path_list) == ("web", "shop", ["spec"])
            assert read(cluster_id=cluster_id("b")).total_num == 11
            assert read(resource_name="jo").total_num == 1
            assert read(resource_type="Deployment").total_num == 1
            assert read(namespace="default").total_num == 12
            with pytest.raises(ClientRequestException, match=r"HSS\.0011"):
                client(sim).list_cluster_risk_affect_resources(
                    vendor_sdk.ListClusterRiskAffectResourcesRequest(risk_id="r2")
                )


class TestAgreement:
    def test_the_flags_of_a_cluster_show_in_every_list(self) -> None:
        with Simulator(scenario(4, 9, risky=3, app_vulnerable=2)) as sim:
            rows = clusters(sim)
            assert numbers(sim) == [
                sum(bool(row.risk_assess_num or row.sec_comp_num) for row in rows),
                sum(row.app_vul_num > 0 for row in rows),
                sum(row.last_scan_time is None for row in rows),
                len(rows),
            ]
            assert numbers(sim) == [3, 2, 4, 9]
            assert len({row.cluster_id for row in risks(sim)}) == 3

    def test_risks_make_a_cluster_risky(self) -> None:
        given = [risk("a", num=2), risk("a", type="benchmark", num=3), risk("b", num=0)]
        names = ("a", "b", "c", "d")
        rows = [cluster(name, 60, **({"app_vul_num": 4} if name == "c" else {})) for name in names]
        with Simulator(scenario(clusters=rows, risks=given)) as sim:
            assert numbers(sim) == [1, 1, 0, 4]
            assert [(row.risk_assess_num, row.sec_comp_num) for row in clusters(sim)][:2] == [(2, 3), (0, 0)]

    def test_made_to_disagree(self) -> None:
        given = [cluster("a", 60, risky=False, fields={"last_scan_time": MISSING})]
        with Simulator(scenario(clusters=given, risks=[risk("a")])) as sim:
            assert numbers(sim) == [0, 0, 0, 1]
            assert (clusters(sim)[0].last_scan_time, len(risks(sim))) == (None, 1)
            sim.inject(faults.counts({"unscan_cluster_num": 7}))
            assert numbers(sim) == [0, 0, 7, 1]


class TestMovingRows:
    def test_inserted_at_the_start(self) -> None:
        with Simulator(scenario(0, 25)) as sim:
            sim.inject(faults.moving(insert=2))
            found, totals = read_all(sim, CLUSTERS, "cluster_info_list")
        assert totals == [25, 27, 27]
        repeated = [row["cluster_name"] for row in found if sum(row == other for other in found) > 1]
        assert repeated == ["cluster-9", "cluster-10"] * 2

    def test_removed_at_the_start(self) -> None:
        with Simulator(scenario(0, 25)) as sim:
            sim.inject(faults.moving(remove=2))
            found, totals = read_all(sim, CLUSTERS, "cluster_info_list")
        assert totals == [25, 23, 23]
        assert {"cluster-11", "cluster-12"}.isdisjoint(row["cluster_name"] for row in found)

    def test_at_the_end_and_of_risks(self) -> None:
        data = scenario(clusters=[cluster("a", 60), cluster("b", 60)], risk_groups=[{"count": 12, "name": "r"}])
        with Simulator(data) as sim:
            sim.inject(faults.moving(insert=1, remove=3, at="end", row={"name": "new", "level": "low"}))
            found, totals = read_all(sim, RISKS, "data_list")
            assert totals == [12, 10]
            assert [row["risk_name"] for row in found] == [*(f"r-{i + 1}" for i in range(9)), "r-10"]
            assert risk_names(sim)[-2:] == ["r-9", "new-1"]
            assert sum(row.risk_assess_num for row in clusters(sim)) == 10

    def test_never_settles(self) -> None:
        with Simulator(scenario(0, 10)) as sim:
            sim.inject(faults.moving(insert=1, after=0, times=None, at="end"))
            totals = [fetch(sim, CLUSTERS).json()["total_num"] for _number in range(4)]
        assert totals == [11, 12, 13, 14]

    def test_only_the_total_changes(self) -> None:
        with Simulator(scenario(0, 5)) as sim:
            sim.inject(faults.drift(path="kubernetes/clusters"))
            answers = [fetch(sim, CLUSTERS).json() for _number in range(3)]
        assert [answer["total_num"] for answer in answers] == [6, 7, 8]
        assert {len(answer["cluster_info_list"]) for answer in answers} == {5}

    def test_any_member_of_an_answer(self) -> None:
        with Simulator(scenario(0, 5)) as sim:
            sim.inject(faults.alter({"total_num": "5", "cluster_info_list": MISSING}, path="clusters"))
            assert set(fetch(sim, CLUSTERS).json()) == {"last_update_time", "total_num"}
            assert fetch(sim, RISKS).json()["total_num"] == 0

    def test_other_requests_do_not_use_it_up(self) -> None:
        with Simulator(scenario(0, 5)) as sim:
            sim.inject(faults.moving(insert=1, after=1))
            for _number in range(3):
                numbers(sim)
            assert [len(clusters(sim)) for _number in range(3)] == [5, 6, 6]

    def test_by_hand(self) -> None:
        with Simulator(scenario(clusters=[cluster("a", 60), cluster("b", 60)], risks=[risk("a", "x")])) as sim:
            assert clusters(sim)[1].risk_assess_num == 0
            sim.insert_clusters(2, scanned=False)
            sim.insert_risks(clusters=["b"], name="y", at="end")
            assert names(sim) == ["inserted-1", "inserted-2", "a", "b"]
            assert numbers(sim) == [2, 0, 2, 4]
            assert clusters(sim)[3].risk_assess_num == 1
            sim.remove_clusters("a", "inserted-1")
            sim.remove_risks("y-1")
            assert (names(sim), risks(sim), numbers(sim)) == (["inserted-2", "b"], [], [0, 0, 1, 2])


def test_a_large_account(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {"cluster_groups": [{"count": 2000, "name": "c"}], "risk_groups": [{"count": 20000, "name": "r"}]}
    with Simulator(scenario(clusters=[], **groups)) as sim:
        found, totals = read_all(sim, RISKS, "data_list", 200)
        assert len({(row["risk_id"], row["cluster_id"]) for row in found}) == 20000
        assert set(totals) == {20000}
        assert 500 < len(fetch(sim, f"{RISKS}?limit=200").content) / 200 < 700
        assert len(read_all(sim, CLUSTERS, "cluster_info_list", 200)[0]) == 2000
        with sim._inventory.of() as holding:
            # Nobody looks at every row again for a page.
            monkeypatch.setattr(holding.risks, "rows", None)
        assert len(fetch(sim, f"{RISKS}?limit=200&offset=5000").json()["data_list"]) == 200


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clusters": [{"name": "a", "scanned": False, "scanned_ago": 1}]}, r"clusters\[0\]: a time of the last scan"),
        ({"clusters": [{"name": "a", "never": "maybe"}]}, r"clusters\[0\].never: expected absent or null or zero"),
        ({"clusters": [{"name": "a", "scan_fails": {"x": True}}]}, r"scan_fails: unknown key 'x'"),
        ({"cluster_groups": [{"count": 1, "id": "x"}]}, r"cluster_groups\[0\].id: not for a group"),
        ({"risks": [{"name": "a"}]}, r"risks\[0\]: 'cluster' is required"),
        ({"risks": [{"cluster": "x"}]}, "no cluster 'x' in the project"),
        ({"risks": [{"cluster": "cluster-1", "level": ["high"]}]}, r"risks\[0\].level: expected high or medium"),
        ({"risk_groups": [{"count": 1, "level": []}]}, r"risk_groups\[0\].level: expected at least one"),
        ({"tasks": [{"clusters": ["x"]}]}, "no cluster 'x' in the project"),
        ({"task_polls": -1}, "task_polls: must be at least 0"),
        ({"second_task": "perhaps"}, "second_task: expected accept or refuse or join"),
        ({"faults": [{"moving": {"insert": 1, "at": "middle"}}]}, r"moving.at: expected start or end"),
        (
            {"faults": [{"moving": {"insert": 1, "row": {"scaned": True}}}]},
            r"moving.row: neither a cluster .* nor a risk",
        ),
        ({"faults": [{"lose_answer": False}]}, r"lose_answer: expected true"),
    ],
)
def test_errors_name_the_place(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Simulator(scenario(**options))


def test_the_keys_of_the_readme() -> None:
    text = (Path(__file__).parents[1] / "simulator" / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Clusters, risks, tasks")[2]
    keys = yaml.safe_load(section.partition("```yaml\n")[2].partition("```")[0])
    with Simulator(scenario(**keys)) as sim:
        assert len(clusters(sim)) == 200
        assert [task.clusters for task in sim.tasks] == [{"prod-1": "failed"}]


LIMITS = [
    (f"{RISKS}?limit=201", 400),
    (f"{RISKS}?limit=9", 400),
    (f"{RISKS}?offset=2000001", 400),
    (f"{RISKS}?offset=2000000", 200),
    (f"{RISKS}?cluster_id={'x' * 65}", 400),
    (f"{RISKS}?cluster_id={'x' * 64}", 200),
    (f"{RISKS}?cluster_name={'x' * 129}", 400),
    (f"{RISKS}?cluster_name={'x' * 128}", 200),
    (f"{RISKS}?risk_name={'x' * 129}", 400),
    (f"{RISKS[:-1]}/{'x' * 65}/affected-resources", 400),
]


@pytest.mark.parametrize("path,status", LIMITS)
def test_documented_limits(sim: Simulator, path: str, status: int) -> None:
    assert fetch(sim, path).status_code == status


@pytest.mark.parametrize(
    "clusters,types,status", [(200, 3, 200), (201, 3, 400), (1, 4, 400)], ids=["200", "201", "4 types"]
)
def test_documented_limits_of_a_task(sim: Simulator, clusters: int, types: int, status: int) -> None:
    sim.replace_scenario(scenario(clusters=[], cluster_groups=[{"count": 201, "name": "c"}]))
    info = {
        "scan_type_list": [*SCAN_TYPES, "benchmark"][:types],
        "range_type": "specific_cluster",
        "cluster_id_list": [cluster_id(f"c-{number + 1}") for number in range(clusters)],
    }
    url = f"{sim.http_url}/v5/{DEMO_PROJECT_ID}/common/task"
    answer = post_signed(url, {"task_type": "cluster_scan", "cluster_scan_info": info})
    assert answer.status_code == status and len(sim.tasks) == (status == 200)
    info["cluster_id_list"] = ["x" * 65]
    assert post_signed(url, {"task_type": "cluster_scan", "cluster_scan_info": info}).json()["error_code"] == "HSS.0001"
    url = f"{sim.http_url}/v5/{DEMO_PROJECT_ID}/common/tasks/{'x' * 65}/resources/batch-query"
    assert post_signed(url, {"task_type": "cluster_scan"}).json()["error_code"] == "HSS.0001"


@pytest.mark.parametrize("value", [1767225600000, 0, "soon", MISSING])
def test_the_time_of_the_inventory(sim: Simulator, value: Any) -> None:
    sim.replace_scenario(scenario(last_update_time=value))
    assert fetch(sim, CLUSTERS).json().get("last_update_time", MISSING) == value


@pytest.mark.parametrize("shape,members", [("list", {"data_list": []}), ("null", {"data_list": None}), ("absent", {})])
def test_forms_of_an_empty_list(sim: Simulator, shape: str, members: dict[str, Any]) -> None:
    sim.replace_scenario(scenario(empty_list=shape))
    assert fetch(sim, RISKS).json() == {"total_num": 0, **members}
    assert len(fetch(sim, CLUSTERS).json()["cluster_info_list"]) == 10


def test_clusters_share_the_ids_of_controls(sim: Simulator) -> None:
    sim.replace_scenario(scenario(risks=[risk("cluster-1", "a"), risk("cluster-2", "a"), risk("cluster-2", "b")]))
    assert [row["risk_id"] for row in fetch(sim, RISKS).json()["data_list"]] == ["C-0001", "C-0001", "C-0002"]
