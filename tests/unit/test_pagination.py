# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists over real sockets: read to their end, at once, again where they moved, and never trusted where they cannot be."""

from __future__ import annotations

import datetime
import threading
from typing import Any, Dict, List
from urllib.parse import parse_qs

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api import pagination
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.clusters import (
    by_scan_state,
    is_in_future,
    last_scan,
    list_clusters,
    scan_state,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.iam import task_scope
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.risks import (
    list_affected_resources,
    list_cluster_risks,
    with_affected_resources,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.scan_tasks import list_tasks
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import (
    CancelledError,
    ConfigurationError,
    InvalidResponseError,
    RefusedError,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._formatting import parse_duration
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Operation
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator import (
    DEMO_AK,
    DEMO_PROJECT_ID,
    DEMO_SK,
    MISSING,
    Simulator,
    cluster,
    cluster_id,
    faults,
    risk,
    scenario,
)

CLUSTERS = f"/v5/{DEMO_PROJECT_ID}/kubernetes/clusters"
RISKS = f"/v5/{DEMO_PROJECT_ID}/container/cluster/risks"


pytestmark = pytest.mark.usefixtures("no_requests_left")


def group(sim: Simulator, count: int, **others: Any) -> None:
    sim.replace_scenario(scenario(clusters=[], cluster_groups=[{"count": count, "name": "c"}], **others))


def client(sim: Simulator, **options: Any) -> Client:
    params = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK, "project_id": DEMO_PROJECT_ID, "region": "cn-north-4"}
    params.update({"endpoint": sim.http_url, "iam_endpoint": sim.http_url, "max_retries": 0, **keys, **options})
    return Client(params, {}, Secrets(), threads=True)


def clusters(sim: Simulator, name: Any = None, **options: Any) -> List[Dict[str, Any]]:
    made = client(sim, **options)
    return list_clusters(made, task_scope(made), name)


def risks(sim: Simulator, **filters: str) -> List[Dict[str, Any]]:
    made = client(sim)
    return list_cluster_risks(made, task_scope(made), filters)


def names(rows: List[Dict[str, Any]]) -> List[str]:
    return [row["cluster_name"] for row in rows]


def offsets(sim: Simulator) -> List[int]:
    queried = [parse_qs(request.query)["offset"] for request in sim.requests]
    return sorted(int(offset) for (offset,) in queried)


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 399, 400, 1001])
def test_every_page_is_read_once(sim: Simulator, count: int) -> None:
    group(sim, count)
    assert names(clusters(sim)) == [f"c-{number + 1}" for number in range(count)]
    # Each page begins with the last row of the one before.
    assert offsets(sim) == list(range(0, max(count - 1, 1), 199))
    assert all("limit=200" in request.query and "scene=cluster_risk" in request.query for request in sim.requests)


def test_pages_are_read_concurrently(sim: Simulator) -> None:
    group(sim, 4000)
    sim.latency = 0.05
    assert len(clusters(sim)) == 4000
    assert 1 < sim.peak_in_flight <= pagination.CONCURRENT_PAGES


def test_20000_rows(sim: Simulator) -> None:
    group(sim, 2000, risk_groups=[{"count": 20000, "name": "r"}])
    found = risks(sim)
    assert [row["risk_name"] for row in found] == [f"r-{number + 1}" for number in range(20000)]
    assert len({row["risk_id"] for row in found}) == 20000
    assert len(sim.requests) == 101


def test_a_text_that_rows_repeat_is_kept_once(sim: Simulator) -> None:
    """Descriptions are most of a list of risks: 20,000 of them would take more memory than all the rest."""
    group(sim, 20, risk_groups=[{"count": 450, "name": "r", "description": "long " * 100}])
    assert len({id(row["description"]) for row in risks(sim)}) == 1


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("rows", [{"insert": 1}, {"remove": 1}, {"insert": 3, "remove": 1}, {"insert": 200}], ids=str)
def test_rows_that_move_are_read_again(sim: Simulator, rows: Dict[str, int], page: int) -> None:
    group(sim, 650)
    sim.inject(faults.moving(**rows, after=page))
    found = names(clusters(sim))
    # A reading ends at the first page that contradicts the first one.
    assert len(sim.requests) >= 2 + 4, "read again"
    assert len(set(found)) == len(found) == 650 + rows.get("insert", 0) - rows.get("remove", 0)
    assert found == names(clusters(sim)), "what is there now"


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("goes,comes", [("start", "end"), ("end", "start")])
def test_one_row_goes_and_another_comes(sim: Simulator, page: int, goes: str, comes: str) -> None:
    """The total stays, and a row that was there all the time slips between two pages: none is there twice."""
    group(sim, 650)
    sim.inject(faults.moving(remove=1, at=goes, after=page))
    sim.inject(faults.moving(insert=1, at=comes, after=page))
    found = names(clusters(sim))
    stayed = {f"c-{number + 1}" for number in range(1, 649)}
    assert stayed <= set(found) and len(found) == 650
    assert found == names(clusters(sim)), "what is there now"


def test_rows_that_change_places(sim: Simulator) -> None:
    """As where a list is sorted by what changes meanwhile."""
    group(sim, 300)
    rows = clusters(sim)
    sim.inject(faults.alter({"cluster_info_list": [rows[299], *rows[1:200]]}, times=1))
    assert len(names(clusters(sim))) == 300
    assert len(sim.requests) == 2 + 4, "read again"


def test_rows_that_move_at_the_end_of_a_list_of_risks(sim: Simulator) -> None:
    group(sim, 1, risk_groups=[{"count": 450, "name": "r"}])
    sim.inject(faults.moving(insert=3, remove=1, at="end", path="risks", row={"name": "new"}))
    assert len(risks(sim)) == 452


def test_a_total_that_differs_between_two_pages(sim: Simulator) -> None:
    """Though the rows fit the first one."""
    group(sim, 450)
    sim.inject(faults.alter({"total_num": 451}, skip=1, times=1))
    assert len(clusters(sim)) == 450
    # The third page may be on its way already when the second one contradicts the first.
    assert 2 + 3 <= len(sim.requests) <= 3 + 3, "read again"


def test_a_total_that_drifts_for_a_while(sim: Simulator) -> None:
    group(sim, 450)
    sim.inject(faults.drift(times=4))
    assert len(clusters(sim)) == 450


@pytest.mark.parametrize("count", [5, 450])
@pytest.mark.parametrize("fault", [faults.drift(), faults.moving(insert=1, times=None, after=0)], ids=["drift", "rows"])
def test_what_never_settles_fails_and_says_so(sim: Simulator, fault: Dict[str, Any], count: int) -> None:
    group(sim, count)
    sim.inject(fault)
    if count < pagination.PAGE_SIZE and "moving" in fault:
        # A single page is a whole reading by itself.
        assert len(clusters(sim)) == count + 1
        return
    with pytest.raises(InvalidResponseError, match="the list changed during each of 5 readings") as caught:
        clusters(sim)
    assert "ListKubernetesClusterDetails" in str(caught.value)
    assert (caught.value.service, caught.value.operation) == ("HSS", "ListKubernetesClusterDetails")
    # Each reading ends at the first page that contradicts the first one.
    assert len(sim.requests) >= pagination.MAX_ATTEMPTS * min(2, -(-count // pagination.PAGE_SIZE))


@pytest.mark.parametrize("total", [201, 1000, 1_999_000])
@pytest.mark.parametrize("rows", [0, 5, 199, 200])
def test_a_wrong_total_is_noticed_at_the_first_page_that_contradicts_it(sim: Simulator, rows: int, total: int) -> None:
    group(sim, rows)
    sim.inject(faults.alter({"total_num": total}))
    with pytest.raises(InvalidResponseError, match="the list changed"):
        clusters(sim)
    # Of each reading the first page, and of a list that fills it those that are on their way when the second comes back empty.
    assert len(sim.requests) <= pagination.MAX_ATTEMPTS * (1 if rows < 200 else 1 + 2 * pagination.CONCURRENT_PAGES)


@pytest.mark.parametrize("fault", [{"total_num": 451}, {"cluster_info_list": [{}]}], ids=["contradicts", "malformed"])
def test_no_thread_outlives_the_reading(sim: Simulator, fault: Dict[str, Any]) -> None:
    group(sim, 4000)
    sim.inject(faults.alter(fault, skip=1))
    sim.latency = 0.05
    before = threading.active_count()
    with pytest.raises(InvalidResponseError):
        clusters(sim)
    assert not [thread for thread in threading.enumerate() if thread.name.endswith("(work)")]
    assert threading.active_count() <= before + 1 + pagination.CONCURRENT_PAGES, "the simulator's own"


REFUSED = {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}


def test_after_a_refused_page_no_other_is_queried_for(sim: Simulator) -> None:
    group(sim, 20000)
    sim.inject(faults.answer(401, REFUSED, skip=1))
    with pytest.raises(RefusedError) as caught:
        clusters(sim)
    assert caught.value.status_code == 401
    # Those that were on their way, and none after them.
    assert [r.status for r in sim.requests].count(401) <= pagination.CONCURRENT_PAGES


def test_after_a_refusal_no_risk_is_queried_for(sim: Simulator) -> None:
    sim.replace_scenario(scenario(risks=[risk("cluster-1", f"r-{number}", num=1) for number in range(100)]))
    made = client(sim)
    scope = task_scope(made)
    listed = list_cluster_risks(made, scope, {})
    sim.inject(faults.answer(401, REFUSED))
    with pytest.raises(RefusedError):
        with_affected_resources(made, scope, listed)
    assert [r.status for r in sim.requests].count(401) <= pagination.CONCURRENT_PAGES


ODD_FIGURES = ["5", 5.0, 1.5, -1, True, [], {}, "", float("1e300")]


@pytest.mark.parametrize("value", ODD_FIGURES, ids=repr)
@pytest.mark.parametrize("name", ["sys_vul_num", "app_vul_num", "emg_vul_num", "risk_assess_num", "sec_comp_num"])
def test_a_figure_of_a_cluster_that_is_no_whole_number(sim: Simulator, name: str, value: Any) -> None:
    sim.replace_scenario(scenario(clusters=[cluster("b", 60), cluster("a", 60, fields={name: value})]))
    with pytest.raises(InvalidResponseError, match=f"{name} of cluster {cluster_id('a')} is no whole number"):
        clusters(sim)


@pytest.mark.parametrize("value", ODD_FIGURES, ids=repr)
def test_a_figure_of_a_risk_that_is_no_whole_number(sim: Simulator, value: Any) -> None:
    sim.replace_scenario(scenario(risks=[risk("cluster-1", fields={"risk_num": value})]))
    with pytest.raises(InvalidResponseError, match="risk_num of cluster .* is no whole number"):
        risks(sim)


@pytest.mark.parametrize("value", [None, MISSING, 0, 5, 10**12])
def test_figures_that_are_known_or_not(sim: Simulator, value: Any) -> None:
    """Keep a missing value unknown, never zero."""
    odd = cluster("a", 60, fields={"app_vul_num": value})
    sim.replace_scenario(scenario(clusters=[odd], risks=[risk("a", fields={"risk_num": value})]))
    assert clusters(sim)[0].get("app_vul_num", MISSING) == value
    assert risks(sim)[0].get("risk_num", MISSING) == value


ROW = {"cluster_id": "x", "cluster_name": "x"}
MALFORMED = [
    ({"cluster_info_list": MISSING}, "no list named cluster_info_list"),
    ({"cluster_info_list": None}, "no list named cluster_info_list"),
    ({"cluster_info_list": {}}, "no list named cluster_info_list"),
    ({"cluster_info_list": "[]"}, "no list named cluster_info_list"),
    ({"cluster_info_list": [None], "total_num": 1}, "a record without cluster_id"),
    ({"cluster_info_list": ["x"], "total_num": 1}, "a record without cluster_id"),
    ({"cluster_info_list": [{"cluster_name": "x"}], "total_num": 1}, "a record without cluster_id"),
    ({"cluster_info_list": [{"cluster_id": None}], "total_num": 1}, "a record without cluster_id"),
    ({"cluster_info_list": [{"cluster_id": ""}], "total_num": 1}, "a record without cluster_id"),
    ({"cluster_info_list": [{"cluster_id": 5}], "total_num": 1}, "a record without cluster_id"),
    ({"cluster_info_list": [{"cluster_id": ["x"]}], "total_num": 1}, "a record without cluster_id"),
    ({"cluster_info_list": [{"cluster_id": ".."}], "total_num": 1}, "cluster_id .'..'. cannot be an ID"),
    (
        {"cluster_info_list": [{"cluster_id": "fine"}, {"cluster_id": "."}], "total_num": 2},
        "cluster_id .'.'. cannot be an ID",
    ),
    ({"cluster_info_list": [{"cluster_id": "\ud800"}], "total_num": 1}, "a record whose cluster_id .* cannot be an ID"),
    ({"total_num": MISSING}, "a total_num that is no number"),
    ({"total_num": None}, "a total_num that is no number"),
    ({"total_num": "5"}, "a total_num that is no number"),
    ({"total_num": 5.0}, "a total_num that is no number"),
    ({"total_num": True}, "a total_num that is no number"),
    ({"total_num": -1}, "a total_num that is no number"),
    ({"total_num": 2_000_201}, "there are 2000201 records"),
    ({"cluster_info_list": [ROW, ROW], "total_num": 2}, "the list changed during each"),
    ({"cluster_info_list": [ROW, ROW], "total_num": 1}, "the list changed during each"),
    ({"cluster_info_list": [], "total_num": 5}, "the list changed during each"),
    ({"cluster_info_list": [ROW], "total_num": 0}, "the list changed during each"),
]


@pytest.mark.parametrize("values,words", MALFORMED, ids=[ascii(v) for v, _words in MALFORMED])
def test_a_list_that_cannot_be_trusted(sim: Simulator, values: Dict[str, Any], words: str) -> None:
    group(sim, 5)
    sim.inject(faults.alter(values))
    with pytest.raises(InvalidResponseError, match=words) as caught:
        clusters(sim)
    assert (caught.value.service, caught.value.operation) == ("HSS", "ListKubernetesClusterDetails")


def test_a_malformed_page_further_on(sim: Simulator) -> None:
    group(sim, 1000)
    sim.inject(faults.alter({"cluster_info_list": [{}]}, skip=3))
    with pytest.raises(InvalidResponseError, match="a record without cluster_id") as caught:
        clusters(sim)
    assert caught.value.request_id


def test_a_row_that_is_in_two_pages(sim: Simulator) -> None:
    group(sim, 300)
    rows = clusters(sim)
    # The page begins as it has to.
    sim.inject(faults.alter({"cluster_info_list": [*rows[199:299], rows[0]]}, skip=1))
    with pytest.raises(InvalidResponseError, match="the list changed"):
        clusters(sim)


@pytest.mark.parametrize("member", ["risk_id", "cluster_id"])
def test_a_risk_needs_both_ids(sim: Simulator, member: str) -> None:
    sim.replace_scenario(scenario(risks=[risk("cluster-1", fields={member: MISSING})]))
    with pytest.raises(InvalidResponseError, match="a record without risk_id and cluster_id"):
        risks(sim)


@pytest.mark.parametrize("count", [2, 450])
def test_a_control_that_two_catalogues_report(sim: Simulator, count: int) -> None:
    """Rows with the same IDs are several, on one page and on two."""
    both = [
        risk("cluster-1", f"r-{n % (count // 2)}", type=("benchmark", "risk_assessment")[n % 2]) for n in range(count)
    ]
    sim.replace_scenario(scenario(risks=both))
    assert len(risks(sim)) == count


@pytest.mark.parametrize("count,readings", [(3, 1), (199, 1), (200, 1), (201, 2), (450, 2)])
def test_equal_rows_are_kept_and_counted(sim: Simulator, count: int, readings: int) -> None:
    """Equal rows of two responses are confirmed by a second reading, since a row could have moved."""
    sim.replace_scenario(scenario(risks=[risk("cluster-1", "same") for _number in range(count)]))
    assert [row["risk_name"] for row in risks(sim)] == ["same"] * count
    assert len(sim.requests) == readings * len(range(0, max(count - 1, 1), pagination.PAGE_STEP))


def test_a_risk_that_moves_to_another_page_is_read_again(sim: Simulator) -> None:
    group(sim, 1, risk_groups=[{"count": 300, "name": "r"}])
    rows = risks(sim)
    sim.inject(faults.alter({"data_list": [rows[299], *rows[1:200]]}, times=1))
    assert [row["risk_name"] for row in risks(sim)] == [f"r-{number + 1}" for number in range(300)]
    assert len(sim.requests) == 2 + 4, "read again"


def test_risks_that_move_all_the_time(sim: Simulator) -> None:
    group(sim, 1, risk_groups=[{"count": 300, "name": "r"}])
    rows = risks(sim)
    for number in range(pagination.MAX_ATTEMPTS):
        moved = [rows[299 - number], *rows[1:200]]
        sim.inject(faults.alter({"data_list": moved}, skip=2 * number, times=1))
    with pytest.raises(InvalidResponseError, match="the list changed during each of 5 readings"):
        risks(sim)


@pytest.mark.parametrize("count", [3, 450])
def test_resources_with_one_id_or_none(sim: Simulator, count: int) -> None:
    twice = [{"name": f"pod-{n // 2}", "id": f"pod-{n // 2}", "hit_rule": f"rule-{n % 2}"} for n in range(count)]
    nameless = [{"name": f"pod-{n}", "id": MISSING} for n in range(count)]
    sim.replace_scenario(scenario(risks=[risk("cluster-1", "r", id="C-0035", resources=[*twice, *nameless])]))
    made = client(sim)
    found = list_affected_resources(made, task_scope(made), "C-0035", cluster_id("cluster-1"))
    assert len(found) == 2 * count and sum("resource_id" not in row for row in found) == count


@pytest.mark.parametrize("shape", ["list", "null", "absent"])
def test_an_empty_list_has_three_forms(sim: Simulator, shape: str) -> None:
    sim.replace_scenario(scenario(clusters=[], empty_list=shape))
    assert clusters(sim) == risks(sim) == []
    made = client(sim)
    assert list_tasks(made, task_scope(made)) == []


@pytest.mark.parametrize("total", [MISSING, None, False, "0", 0.0, 1])
def test_a_list_that_is_absent_needs_a_total_of_zero(sim: Simulator, total: Any) -> None:
    for member in (MISSING, None):
        sim.reset()
        sim.inject(faults.alter({"cluster_info_list": member, "total_num": total}))
        with pytest.raises(InvalidResponseError, match="no list named cluster_info_list"):
            clusters(sim)


def test_one_risk_in_several_clusters_is_several(sim: Simulator) -> None:
    shared = [risk("cluster-1", id="r"), risk("cluster-2", id="r")]
    sim.replace_scenario(scenario(risks=shared))
    assert [(row["risk_id"], row["cluster_name"]) for row in risks(sim)] == [("r", "cluster-1"), ("r", "cluster-2")]


def test_a_page_that_fails_fails_the_list(sim: Simulator) -> None:
    group(sim, 1000)
    sim.inject(faults.answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}, skip=3))
    with pytest.raises(Exception, match="0302"):
        clusters(sim)


def test_given_up_is_no_list(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    group(sim, 1000)
    made = client(sim)
    made.cancel_token.cancel()
    scope = task_scope(made)

    def answer(*args: Any, **options: Any) -> Any:
        rows = [{"id": str(number)} for number in range(pagination.PAGE_SIZE)]
        return type("Reply", (), {"data": {"rows": rows, "total_num": 1000}, "request_id": None})

    query = pagination.ListQuery(scope, ("rows",))
    monkeypatch.setattr(made, "call", answer)
    with pytest.raises(CancelledError, match="was not read to its end: it was interrupted"):
        pagination.read_all(made, pagination.Listing(Operation("HSS", "L"), "rows", ("id",)), query)
    with pytest.raises(CancelledError, match="ListClusterRiskAffectResources was not asked to the end"):
        with_affected_resources(made, scope, [{"risk_id": "r", "cluster_id": "c"}])


def test_names_are_exact_though_the_api_takes_a_part(sim: Simulator) -> None:
    several = [cluster(name, 60) for name in ("prod", "prod-1", "my-prod", "prod")]
    sim.replace_scenario(scenario(clusters=several, risks=[risk("prod", "r"), risk("prod-1", "r"), risk("prod", "r2")]))
    assert names(clusters(sim, "prod")) == ["prod", "prod"]
    assert names(clusters(sim, "pro")) == []
    assert "cluster_name=prod" in sim.requests[0].query
    found = risks(sim, cluster_name="prod", risk_name="r")
    assert [(row["cluster_name"], row["risk_name"]) for row in found] == [("prod", "r")]


def test_ids_are_exact_whatever_the_api_makes_of_them(sim: Simulator) -> None:
    sim.replace_scenario(scenario(risks=[risk("cluster-1", "x"), risk("cluster-2", "y")]))
    rows = risks(sim)
    sim.inject(faults.alter({"data_list": rows, "total_num": 2}))
    assert [row["risk_name"] for row in risks(sim, cluster_id=cluster_id("cluster-2"))] == ["y"]


@pytest.mark.parametrize(
    "filters,expected",
    [
        ({}, ["a", "b", "c"]),
        ({"risk_type": "benchmark"}, ["b"]),
        ({"risk_status": "risky"}, ["a", "b"]),
        ({"risk_level": "low"}, ["b", "c"]),
        ({"risk_category": "network"}, ["a"]),
        ({"cluster_id": cluster_id("cluster-2")}, ["b", "c"]),
        ({"cluster_name": "cluster-1"}, ["a"]),
        ({"risk_name": "c"}, ["c"]),
        ({"risk_level": "low", "risk_status": "risky"}, ["b"]),
    ],
)
def test_filters_of_risks(sim: Simulator, filters: Dict[str, str], expected: List[str]) -> None:
    several = [
        risk("cluster-1", "a", category="network"),
        risk("cluster-2", "b", level="low", type="benchmark"),
        risk("cluster-2", "c", level="low", num=0),
    ]
    sim.replace_scenario(scenario(risks=several))
    assert [row["risk_name"] for row in risks(sim, **filters)] == expected
    assert all(f"{name}={value}" in sim.requests[0].query for name, value in filters.items())


def test_affected_resources_are_those_of_one_cluster_and_read_to_the_end(sim: Simulator) -> None:
    sim.replace_scenario(scenario(risks=[risk("cluster-1", id="r", num=450), risk("cluster-2", id="r", num=1)]))
    made = client(sim)
    found = list_affected_resources(made, task_scope(made), "r", cluster_id("cluster-1"))
    assert [row["resource_name"] for row in found] == [f"pod-{number + 1}" for number in range(450)]


def test_affected_resources_of_many_risks_are_queried_for_concurrently(sim: Simulator) -> None:
    sim.replace_scenario(scenario(risks=[risk("cluster-1", f"r-{number}", num=number) for number in range(40)]))
    made = client(sim)
    scope = task_scope(made)
    listed = list_cluster_risks(made, scope, {})
    sim.latency = 0.02
    found = with_affected_resources(made, scope, listed)
    assert [len(row["affected_resources"]) for row in found] == list(range(40)), "each has its own"
    assert [{k: v for k, v in row.items() if k != "affected_resources"} for row in found] == listed
    assert 1 < sim.peak_in_flight <= 16


def test_enterprise_project(sim: Simulator) -> None:
    several = [cluster("a", 60), cluster("b", 60, enterprise_project_id="shop")]
    sim.replace_scenario(scenario(clusters=several, risks=[risk("b")]))
    assert names(clusters(sim)) == ["a"]
    assert names(clusters(sim, enterprise_project_id="shop")) == ["b"]
    assert names(clusters(sim, enterprise_project_id="all_granted_eps")) == ["a", "b"]
    assert risks(sim) == []


def test_fields_stay_as_they_came(sim: Simulator) -> None:
    fields = {"unheard_of": {"a": [1, None]}, "version": "v1.30", "status": MISSING}
    sim.replace_scenario(scenario(clusters=[cluster("a", fields=fields)]))
    (row,) = clusters(sim)
    assert row["unheard_of"] == {"a": [1, None]} and row["version"] == "v1.30" and "status" not in row


@pytest.mark.parametrize("never", ["absent", "null", "zero"])
def test_never_scanned(sim: Simulator, never: str) -> None:
    sim.replace_scenario(scenario(clusters=[cluster("a", never=never)]))
    (row,) = clusters(sim)
    assert row["last_scan"] is None and scan_state(row, NOW, None) == "unscanned"


NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    "value,expected",
    [
        (1767168000000, "2025-12-31T08:00:00Z"),
        (1767168000999, "2025-12-31T08:00:00Z"),
        (1767168000, "2025-12-31T08:00:00Z"),
        (1, "1970-01-01T00:00:01Z"),
        (99_999_999_999, "5138-11-16T09:46:39Z"),
        (100_000_000_000, "1973-03-03T09:46:40Z"),
        (4071095999000, "2099-01-03T03:59:59Z"),
    ],
)
def test_times_in_seconds_and_milliseconds(sim: Simulator, value: int, expected: str) -> None:
    sim.replace_scenario(scenario(clusters=[cluster("a", fields={"last_scan_time": value})]))
    (row,) = clusters(sim)
    assert (row["last_scan"], row["last_scan_time"]) == (expected, value)


@pytest.mark.parametrize("value", [-1, True, False, 1.5, "1767168000000", "", [], {}, 10**18, 10**400], ids=repr)
def test_what_is_no_time(sim: Simulator, value: Any) -> None:
    sim.replace_scenario(scenario(clusters=[cluster("b", 60), cluster("a", fields={"last_scan_time": value})]))
    with pytest.raises(InvalidResponseError, match=f"last_scan_time of cluster {cluster_id('a')} is no time"):
        clusters(sim)


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_any_value_is_a_time_never_or_an_error(value: Any) -> None:
    try:
        found = last_scan({"cluster_id": "x", "last_scan_time": value})
    except InvalidResponseError:
        return
    assert found is None or datetime.datetime.strptime(found, "%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("age,expected", [(3599, "scanned"), (3600, "scanned"), (3601, "stale"), (10**8, "stale")])
def test_stale_is_older_than_that(age: int, expected: str) -> None:
    then = NOW - datetime.timedelta(seconds=age)
    row = {"last_scan": then.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert scan_state(row, NOW, 3600) == expected
    assert scan_state(row, NOW, None) == "scanned"


@pytest.mark.parametrize("max_age", [None, 3600, 10**9])
@pytest.mark.parametrize("ahead,future", [(0, False), (900, False), (901, True), (30 * 86400, True), (10**11, True)])
def test_a_scan_dated_in_the_future_is_never_fresh(ahead: int, future: bool, max_age: Any) -> None:
    row = {"last_scan": (NOW + datetime.timedelta(seconds=ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert is_in_future(row, NOW) is future
    assert scan_state(row, NOW, max_age) == ("stale" if future else "scanned")
    assert not is_in_future({"last_scan": None}, NOW)


@pytest.mark.parametrize(
    "wanted,max_age,expected",
    [
        ("any", None, ["scanned", "scanned", "unscanned"]),
        ("any", 60, ["scanned", "stale", "unscanned"]),
        ("scanned", None, ["scanned", "scanned"]),
        ("scanned", 60, ["scanned"]),
        ("stale", 60, ["stale"]),
        ("unscanned", None, ["unscanned"]),
    ],
)
def test_states(wanted: str, max_age: Any, expected: List[str]) -> None:
    rows = [{"last_scan": moment} for moment in ("2026-01-01T12:00:00Z", "2026-01-01T11:00:00Z", None)]
    assert [row["scan_state"] for row in by_scan_state(rows, wanted, NOW, max_age)] == expected
    assert all("scan_state" not in row for row in rows)


@pytest.mark.parametrize(
    "text,expected",
    [("7d", 604800), ("24h", 86400), ("90m", 5400), ("30s", 30), ("2w", 1209600), ("86400", 86400), (" 1D ", 86400)],
)
def test_durations(text: str, expected: int) -> None:
    assert parse_duration(text, "Option x") == expected


@pytest.mark.parametrize("text", ["", "0", "0d", "-1", "1.5h", "7 d", "d", "1y", "1h30m", "99999999999", "9999999999w"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ConfigurationError, match="Option x must be a length of time"):
        parse_duration(text, "Option x")
