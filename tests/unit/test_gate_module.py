# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hss_cluster_gate with the real AnsibleModule over real sockets: from a task's options to its verdict."""

from __future__ import annotations

import pathlib
import time
from typing import Any, Dict, List

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils import _module as _module_module
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_gate

from tests.simulator import Simulator, cluster, cluster_id, faults, project, scenario
from tests.simulator.scenario_helpers import DEMO_AK, DEMO_SK, DEMO_TOKEN

REGION = "cn-north-4"
OTHER = "ap-southeast-3"
PROJECT = "00000000000000000000000000000abc"
SECOND = "b" * 32
DAY = 86400
LIST = "/kubernetes/clusters"
COUNT = "/cluster/statistics"
GONE = {"error_code": "APIGW.0302", "error_msg": "no"}


pytestmark = pytest.mark.usefixtures("no_sleep", "regional_endpoints")


@pytest.fixture
def gate(sim: Simulator, run_module: Any) -> Any:
    """Judge these clusters of one project, or these projects, by these options; the module's result."""

    def run(
        clusters: Any = None, projects: Any = None, fault: Any = (), clock_offset: float = 0, **options: Any
    ) -> Dict[str, Any]:
        made = [project(clusters=clusters)] if projects is None else projects
        sim.replace_scenario(scenario(projects=made))
        sim.clock_offset = clock_offset
        for one in fault:
            sim.inject(one)
        keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
        defaults = {"region": REGION, "iam_endpoint": sim.http_url, "max_retries": 0, **keys}
        if projects is None:
            defaults["project_id"] = PROJECT
        given = {name: value for name, value in {**defaults, **options}.items() if value is not None}
        return dict(run_module(hss_cluster_gate, given, (DEMO_SK,)))

    return run


def two_projects(first: List[Any], second: List[Any]) -> List[Dict[str, Any]]:
    return [
        project(clusters=first, project_id=PROJECT, region=REGION),
        project(clusters=second, project_id=SECOND, region=OTHER),
    ]


SCOPES = [{"region": REGION}, {"region": OTHER}]
FINE = [cluster("a", 60), cluster("b", 60)]


def rule(result: Dict[str, Any], name: str) -> Dict[str, Any]:
    (found,) = [one for one in result["verdict"]["rules"] if one["name"] == name]
    return dict(found)


def broken(result: Dict[str, Any]) -> List[str]:
    return [one["name"] for one in result["verdict"]["rules"] if not one["passed"]]


def lines(result: Dict[str, Any]) -> str:
    return "\n".join(result["verdict"]["summary"])


def test_the_complete_result(gate: Any, sim: Simulator) -> None:
    result = gate([cluster("new"), cluster("old", 60)], max_unscanned=1)
    result.pop("invocation", None)  # ansible-core 2.21 adds it elsewhere
    assert result["request_id"] and result["collected_at"].endswith("Z")
    assert result.pop("provenance"), "see test_provenance.py"
    scope = {
        "account": None,
        "region": REGION,
        "project_id": PROJECT,
        "project_name": None,
        "enterprise_project_id": "all_granted_eps",
    }
    updated = result["scopes"][0]["inventory_updated_at"]
    assert updated <= result["collected_at"]
    place = {"account": None, **scope}
    counts = {"risk_cluster_num": 0, "app_vul_cluster_num": 0, "unscan_cluster_num": 1, "all_cluster_num": 2}
    offender = {"cluster_name": "new", "cluster_id": cluster_id("new"), **place, "last_scan": None}
    passed = {"status": "passed", "passed": True, "excepted": []}
    part = {**place, "clusters": 2, "excepted": 0, "status": "passed"}
    rules = [
        {"name": "all_scopes_answer", **passed, "figure": 0, "at_least": 0, "limit": 0, "offenders": [],
         "scopes": [{**part, "figure": 0}], "message": "0 of 1 scopes could not be read (each has to be)"},
        {"name": "min_clusters", **passed, "figure": 2, "at_least": 2, "limit": 1, "offenders": [],
         "scopes": [{**part, "figure": 2}], "message": "2 clusters were found (at least 1 expected)"},
        {"name": "max_unscanned", **passed, "figure": 1, "at_least": 1, "limit": 1,
         "offenders": [{**offender, "reason": "never scanned"}],
         "scopes": [{**part, "figure": 1}], "message": "1 of 2 clusters were never scanned (at most 1 allowed)"},
    ]  # fmt: skip
    where = f"region {REGION}, project {PROJECT}, enterprise project all_granted_eps"
    headline = f"The gate is open for {where} [simulated]: {rules[1]['message']}, {rules[2]['message']}; not cross-checked with CCE."
    no_address = "CCE was not queried, since HSS or IAM has an address of its own and CCE has none (HUAWEICLOUD_SDK_REGION_CCE_<REGION>)"
    not_asked = {"state": "none", "clusters": None, "reason": no_address}
    assert result == {
        "changed": False,
        "verdict": {
            "status": "passed",
            "passed": True,
            "complete": True,
            "rules": rules,
            "notes": [],
            "cross_check": {"state": "none", "reason": no_address, "scopes": [{**place, **not_asked}]},
            "message": f"{headline} More: verdict.summary and the reports.",
            "summary": [headline],
            "next_steps": [],
        },
        "changes": None,
        "reports": {},
        "complete": True,
        "statistics": counts,
        "scopes": [
            {**place, "request_id": result["request_id"], "statistics": counts, "inventory_updated_at": updated}
        ],
        "failed_scopes": [],
        "skipped_scopes": [],
        "collected_at": result["collected_at"],
        "auth_source": "aksk",
        "throttled_seconds": 0.0,
        "region": REGION,
        "project_id": PROJECT,
        "enterprise_project_id": "all_granted_eps",
        "request_id": result["request_id"],
    }
    assert [request.path.rpartition("v5")[2] for request in sim.requests] == [
        f"/{PROJECT}/container/cluster/statistics",
        f"/{PROJECT}/kubernetes/clusters",
    ]
    assert all("enterprise_project_id=all_granted_eps" in request.query for request in sim.requests)


RISKY = cluster("risky", 60, risk_assess_num=2)
COMPLIANCE = cluster("strict", 60, sec_comp_num=1)
WEAK = cluster("weak", 60, app_vul_num=3)


@pytest.mark.parametrize(
    "clusters,options,breaks,offenders",
    [
        (FINE, {}, None, []),
        ([*FINE, cluster("new")], {}, "max_unscanned", ["new"]),
        ([*FINE, cluster("new")], {"max_unscanned": 1}, None, []),
        ([cluster("y"), cluster("x")], {"max_unscanned": 1}, "max_unscanned", ["x", "y"]),
        ([], {}, "min_clusters", []),
        ([], {"min_clusters": 0}, None, []),
        (FINE, {"min_clusters": 2}, None, []),
        (FINE, {"min_clusters": 3}, "min_clusters", []),
        ([RISKY, COMPLIANCE], {}, None, []),
        ([RISKY, COMPLIANCE], {"max_risky": 2}, None, []),
        ([RISKY, COMPLIANCE, *FINE], {"max_risky": 1}, "max_risky", ["risky", "strict"]),
        ([RISKY, COMPLIANCE, WEAK], {"max_app_vulnerable": 0}, "max_app_vulnerable", ["weak"]),
        ([RISKY, COMPLIANCE, WEAK], {"max_app_vulnerable": 1}, None, []),
        ([cluster("a", 6 * DAY), cluster("b", 60)], {"max_scan_age": "7d"}, None, []),
        ([cluster("a", 8 * DAY), cluster("b", 60)], {"max_scan_age": "7d"}, "max_scan_age", ["a"]),
        ([cluster("a", 8 * DAY), cluster("b", 60)], {}, None, []),
        ([cluster("a", 100)], {"max_scan_age": "10"}, "max_scan_age", ["a"]),
    ],
)
def test_rules(gate: Any, clusters: Any, options: Any, breaks: Any, offenders: Any) -> None:
    result = gate(clusters, **options)
    assert result["verdict"]["passed"] is (breaks is None), result
    assert result.get("failed", False) is (breaks is not None)
    assert result["verdict"]["notes"] == []
    if breaks:
        assert broken(result) == [breaks]
        assert [o["cluster_name"] for o in rule(result, breaks)["offenders"]] == offenders
        assert result["msg"].startswith("The gate is CLOSED") and breaks in result["msg"]
        assert all(name in result["msg"] for name in offenders)
        assert result["msg"] == result["verdict"]["message"] and len(result["msg"]) <= 600
        assert all(step["command"].startswith("ansible") for step in result["verdict"]["next_steps"])
        assert result["auth_source"] == "aksk" and result["statistics"] and "status_code" not in result
    reported = gate(clusters, fail_on_violation=False, **options)
    assert (reported.get("failed", False), reported["changed"]) == (False, False)
    assert reported["verdict"]["passed"] is (breaks is None)
    told = [[(r["name"], r["passed"], r["message"]) for r in one["verdict"]["rules"]] for one in (result, reported)]
    assert told[0] == told[1]


@pytest.mark.parametrize("never", ["absent", "null", "zero"])
def test_never_scanned_however_it_is_written(gate: Any, never: str) -> None:
    clusters = [cluster("new", never=never), cluster("old", 60)]
    result = gate(clusters, max_unscanned=0, max_scan_age="7d")
    assert broken(result) == ["max_unscanned", "max_scan_age"]
    for name in broken(result):
        (offender,) = rule(result, name)["offenders"]
        assert (offender["cluster_name"], offender["last_scan"]) == ("new", None)
    assert "last scan never" in lines(result)
    assert broken(gate(clusters, max_unscanned=1, max_scan_age="7d")) == ["max_scan_age"], "what has no scan has no age"
    assert broken(gate(clusters, max_unscanned=1)) == []


@pytest.mark.parametrize(
    "counts,options,breaks,figure,words",
    [
        ({"unscan_cluster_num": 2}, {}, "max_unscanned", 2, "2 clusters never scanned by the count, 1 by the list"),
        ({"unscan_cluster_num": 0}, {}, "max_unscanned", 1, "0 clusters never scanned by the count, 1 by the list"),
        ({"all_cluster_num": 9}, {"min_clusters": 4, "max_unscanned": 1}, "min_clusters", 3, "9 clusters by the count, 3 by"),
        ({"all_cluster_num": 2}, {"min_clusters": 3, "max_unscanned": 1}, "min_clusters", 2, "2 clusters by the count, 3 by"),
        ({"risk_cluster_num": 0}, {"max_risky": 0, "max_unscanned": 1}, "max_risky", 1, "0 clusters with risks by the count"),
        ({"risk_cluster_num": 3}, {"max_risky": 2, "max_unscanned": 1}, "max_risky", 3, "3 clusters with risks by the count"),
        ({"app_vul_cluster_num": 1}, {"max_app_vulnerable": 0, "max_unscanned": 1}, "max_app_vulnerable", 1, "vulnerabilities by"),
        ({"all_cluster_num": 4}, {"max_scan_age": "7d", "max_unscanned": 1}, "max_scan_age", 2, "1 clusters are counted and not listed"),
    ],
)  # fmt: skip
def test_the_worse_of_count_and_list(
    gate: Any, counts: Any, options: Any, breaks: str, figure: int, words: str
) -> None:
    clusters = [cluster("new"), cluster("old", 60), RISKY]
    result = gate(clusters, fault=[faults.counts(counts, path=COUNT)], **options)
    assert result["failed"] and broken(result) == [breaks]
    assert rule(result, breaks)["figure"] == figure
    assert any(words in note and note.startswith(REGION) for note in result["verdict"]["notes"])
    assert words in lines(result), "a release manager reads it too"
    assert result["statistics"].items() >= counts.items(), "the statistics stay what the cloud said"


def test_several_scopes(gate: Any, sim: Simulator) -> None:
    many = two_projects([cluster("a"), cluster("z", 60)], [cluster("b"), cluster("c", 60)])
    result = gate(projects=many, scopes=SCOPES, max_scan_age="7d")
    assert broken(result) == ["max_unscanned", "max_scan_age"]
    reported = rule(result, "max_unscanned")
    assert reported["figure"] == 2
    assert [(o["cluster_name"], o["region"], o["project_id"], o["project_name"]) for o in reported["offenders"]] == [
        ("a", REGION, PROJECT, REGION),
        ("b", OTHER, SECOND, OTHER),
    ]
    assert f"b (region {OTHER}, project {OTHER}, last scan never)" in lines(result)
    assert "one of the 2 projects" in lines(result)
    assert [scope["region"] for scope in result["scopes"]] == [REGION, OTHER]
    assert all("clusters" not in scope for scope in result["scopes"])
    assert result["region"] is None and result["statistics"]["all_cluster_num"] == 4
    whole = gate(projects=many, all_projects=True, max_unscanned=2)
    assert whole["verdict"]["passed"] and rule(whole, "min_clusters")["figure"] == 4


def test_one_disagreement_does_not_make_up_for_another(gate: Any) -> None:
    """By the count one is unscanned in the first project, by the list one in the second: they are two."""
    fault = [
        faults.counts({"unscan_cluster_num": 1}, path=f"{PROJECT}/container"),
        faults.counts({"unscan_cluster_num": 0}, path=f"{SECOND}/container"),
    ]
    result = gate(projects=two_projects(FINE, [cluster("b")]), scopes=SCOPES, max_unscanned=1, fault=fault)
    assert rule(result, "max_unscanned")["figure"] == 2 and len(result["verdict"]["notes"]) == 2


@pytest.mark.parametrize("path", [f"{SECOND}/container", f"{SECOND}/kubernetes"], ids=["count", "list"])
def test_a_scope_that_does_not_answer(gate: Any, path: str) -> None:
    given: Dict[str, Any] = {
        "projects": two_projects(FINE, FINE),
        "scopes": SCOPES,
        "fault": [faults.answer(403, GONE, path=path)],
    }
    for options in ({}, {"fail_on_violation": False}, {"on_scope_error": "continue"}):
        result = gate(**given, **options)
        assert result["failed"] and result["msg"].startswith(
            "The gate could NOT judge 2 scopes of 2 regions (0 skipped)"
        )
        assert "access was refused in 1 of 2 scopes" in result["msg"] and "did not answer" not in str(result)
        assert (result["status_code"], result["error_code"]) == (403, "APIGW.0302")
    result = gate(**given, on_scope_error="continue", fail_on_violation=False)
    verdict = result["verdict"]
    assert not result.get("failed")
    assert (verdict["status"], verdict["passed"], verdict["complete"]) == ("not_judged", False, False)
    assert set(result["statistics"].values()) == {None} and not result["complete"]
    assert broken(result) == ["all_scopes_answer", "max_unscanned"], "one project has the one cluster that is expected"
    assert [r["figure"] for r in verdict["rules"]] == [1, None, None]
    assert [r["at_least"] for r in verdict["rules"]] == [1, 2, 0]
    assert not any(rule["offenders"] for rule in verdict["rules"])
    assert any(line.startswith(f"{OTHER}/{OTHER}") and "APIGW.0302" in line for line in verdict["summary"])
    assert [scope["region"] for scope in result["failed_scopes"]] == [OTHER]
    given["fault"] = [faults.answer(403, GONE, path="/v5/")]
    result = gate(**given, on_scope_error="continue", fail_on_violation=False)
    assert result["failed"] and "access was refused in 2 of 2 scopes" in result["msg"]


def test_a_red_project_beside_one_that_does_not_answer_is_red(gate: Any) -> None:
    """What the others have cannot change it, and the cause comes first."""
    given: Dict[str, Any] = {
        "projects": two_projects([cluster("new")], FINE),
        "scopes": SCOPES,
        "fault": [faults.delay(3, path=SECOND)],
        "deadline": 0.5,
    }
    result = gate(**given)
    assert result["failed"] and result["verdict"]["status"] == "failed"
    assert result["msg"].startswith(
        "The gate is CLOSED for 2 scopes of 2 regions (0 skipped) [simulated]: 1 of 3 rules failed; 1 of 2"
    )
    assert rule(result, "max_unscanned")["status"] == "failed" and "new" in result["msg"]
    assert not gate(**given, fail_on_violation=False).get("failed"), "a failed verdict is tolerated"


def test_a_page_that_cannot_be_read_fails_its_own_scope_only(gate: Any) -> None:
    """The second page of the first project fails while the other project is still asked."""
    many = [cluster(f"c{i}", 60) for i in range(450)]
    fault = [
        faults.delay(0.5, path=f"{SECOND}/container"),
        faults.answer(403, GONE, path=f"{PROJECT}/kubernetes", skip=1, times=1),
    ]
    third = project(clusters=FINE, project_id="c" * 32, name=f"{REGION}_x", region=REGION)
    projects = [third, *two_projects(many, FINE)]
    scopes = [{"project_name": f"{REGION}_x"}, *SCOPES]
    result = gate(projects=projects, scopes=scopes, fault=fault, on_scope_error="continue", fail_on_violation=False)
    assert [scope["project_id"] for scope in result["failed_scopes"]] == [PROJECT]
    assert "0302" in result["failed_scopes"][0]["msg"] and len(result["scopes"]) == 2


@pytest.mark.parametrize(
    "fault,words",
    [
        (faults.counts(remove=["unscan_cluster_num"], path=COUNT), "unscan_cluster_num is missing"),
        (faults.counts({"all_cluster_num": None}, path=COUNT), "all_cluster_num is not a whole number but null"),
        (faults.alter({"cluster_info_list": None}, path=LIST), "no list named cluster_info_list"),
        (faults.drift(path=LIST), "the list changed"),
        (faults.html(path=LIST), "1 of 1 scopes could not be read"),
        (faults.truncate(40, path=LIST), "1 of 1 scopes could not be read"),
        (faults.error_in_200(path=LIST), "1 of 1 scopes could not be read"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_no_pass(gate: Any, fault: Any, words: str) -> None:
    many = [cluster(f"c{i}", 60) for i in range(210)]
    result = gate(many, fault=[fault], on_scope_error="continue", fail_on_violation=False)
    assert result["failed"] and words in result["msg"], result["msg"]
    assert result["verdict"]["passed"] is False and set(result["statistics"].values()) == {None}


@pytest.mark.parametrize("value", ["soon", None, -1, True])
def test_a_time_that_is_none_is_no_pass(gate: Any, value: Any) -> None:
    """Read null as never, and reject everything else that is not a time."""
    result = gate([cluster("a", 60, fields={"last_scan_time": value})])
    assert result["failed"] and result["verdict"]["passed"] is False
    assert broken(result)[0] == ("max_unscanned" if value is None else "all_scopes_answer")


@pytest.mark.parametrize("value", ["__missing__", None])
def test_a_number_that_the_list_lacks(gate: Any, value: Any) -> None:
    clusters = [cluster("a", 60, risky=True, fields={"risk_assess_num": value})]
    result = gate(clusters, max_risky=0)
    assert broken(result) == ["max_risky"] and "1 that the list of clusters does not name" in lines(result)
    assert "the list does not say how many risks 1 clusters have" in lines(result)


NAMES = [
    "<script>alert('x')</script>",
    "]]>",
    "two\nlines",
    "\x1b[31mred",
    "{{ lookup('env', 'HOME') }}",
    "名前 é",
    '"; rm -rf "',
]


def test_odd_names_are_carried_as_data(gate: Any) -> None:
    result = gate([cluster(name) for name in NAMES])
    assert sorted(o["cluster_name"] for o in rule(result, "max_unscanned")["offenders"]) == sorted(NAMES)
    assert "\n" not in result["msg"] and "\x1b" not in result["msg"] and r"two\nlines" in lines(result)


def test_more_clusters_than_a_page(gate: Any) -> None:
    result = gate([cluster(f"c{i:03}") for i in range(405)], max_unscanned=404)
    assert rule(result, "max_unscanned")["figure"] == 405 == len(rule(result, "max_unscanned")["offenders"])
    assert "and 402 more." in result["msg"] and "and 395 more, see the reports" in lines(result)


@pytest.mark.parametrize(
    "options,environ,sent",
    [
        ({}, {}, "all_granted_eps"),
        ({}, {"HW_ENTERPRISE_PROJECT_ID": "0"}, "0"),
        ({"enterprise_project_id": "shop"}, {"HW_ENTERPRISE_PROJECT_ID": "0"}, "shop"),
        ({"enterprise_project_id": ""}, {}, "all_granted_eps"),
        ({"scopes": [{"enterprise_project_id": "shop"}]}, {}, "shop"),
        ({"scopes": [{}]}, {}, "all_granted_eps"),
    ],
)
def test_the_enterprise_project(
    gate: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch, options: Any, environ: Any, sent: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    clusters = [
        cluster("a", 60),
        cluster("b", enterprise_project_id="shop"),
        cluster("c", enterprise_project_id="other"),
    ]
    result = gate(clusters, fail_on_violation=False, **options)
    assert all(f"enterprise_project_id={sent}" in request.query for request in sim.requests)
    expected = {"all_granted_eps": ["b", "c"], "0": [], "shop": ["b"]}[sent]
    offenders = rule(result, "max_unscanned")["offenders"]
    assert [o["cluster_name"] for o in offenders] == expected
    assert {o["enterprise_project_id"] for o in offenders} <= {sent} and result["enterprise_project_id"] == sent


@pytest.mark.parametrize(
    "options,words",
    [
        ({"max_unscanned": -1}, "Option max_unscanned"),
        ({"max_risky": True}, "Option max_risky"),
        ({"min_clusters": "many"}, "min_clusters"),
        ({"max_scan_age": "soon"}, "Option max_scan_age"),
        ({"max_scan_age": "0d"}, "Option max_scan_age"),
        ({"concurrency": 0}, "concurrency"),
        ({"scopes": []}, "empty list"),
    ],
)
def test_what_is_refused_before_anything_is_sent(gate: Any, sim: Simulator, options: Any, words: str) -> None:
    result = gate(FINE, **options)
    assert result["failed"] and words in result["msg"]
    assert not sim.requests and not result.get("verdict", {}).get("passed")


SOME = [
    project(clusters=FINE, project_id=c * 32, name=name, region=REGION)
    for c, name in zip("abcd", (REGION, f"{REGION}_prod", f"{REGION}_test", f"{REGION}_Test"))
]


@pytest.mark.parametrize(
    "options,judged",
    [
        ({"include_projects": ["*_prod", "*_[tT]est"]}, "bcd"),
        ({"exclude_projects": ["*_test"]}, "abd"),
        ({"include_projects": [f"{REGION}*"], "exclude_projects": ["*_*"]}, "a"),
        ({"exclude_projects": []}, "abcd"),
    ],
    ids=str,
)
def test_a_selection_of_projects(gate: Any, options: Any, judged: str) -> None:
    """What is left out is said, with the reason and in the headline."""
    result = gate(projects=SOME, all_projects=True, **options)
    assert [scope["project_id"][0] for scope in result["scopes"]] == list(judged)
    left_out = result["skipped_scopes"]
    assert {scope["project_id"][0] for scope in left_out} == set("abcd") - set(judged)
    assert {scope["reason"] for scope in left_out} <= {"not in include_projects", "in exclude_projects"}
    if left_out:
        assert f"({4 - len(judged)} skipped)" in result["verdict"]["message"]


def test_a_project_that_belongs_to_no_region_can_be_left_out(gate: Any) -> None:
    projects = [*SOME[:1], project(clusters=FINE, project_id="e" * 32, name="Odd", region=REGION)]
    assert gate(projects=projects, all_projects=True)["verdict"]["status"] == "not_judged"
    result = gate(projects=projects, all_projects=True, exclude_projects=["Odd"])
    assert result["verdict"]["passed"] and [scope["region"] for scope in result["skipped_scopes"]] == [None]


@pytest.mark.parametrize(
    "options,words,asked",
    [
        ({"include_projects": ["*_prod", "gone*"]}, "matches no project that can be queried: gone*.", True),
        ({"exclude_projects": ["*"]}, "No project was queried", True),
        ({"include_projects": []}, "include_projects is an empty list", False),
        ({"include_projects": ["*"], "all_projects": False}, "selects from the projects of all_projects", False),
        ({"exclude_projects": ["*"], "all_projects": None}, "selects from the projects of all_projects", False),
        ({"required_projects": []}, "required_projects is an empty list", False),
        ({"include_projects": [" "]}, "empty or blank entry", False),
    ],
    ids=str,
)
def test_a_selection_that_selects_nothing_is_an_error(
    gate: Any, sim: Simulator, options: Any, words: str, asked: bool
) -> None:
    result = gate(projects=SOME, **{"all_projects": True, **options})
    assert result["failed"] and words in result["msg"], result["msg"]
    assert result["verdict"]["status"] == "not_judged"
    assert [request.path for request in sim.requests] == (["/v3/auth/projects"] if asked else [])


def test_names_of_projects_in_an_error_are_escaped_and_cut(gate: Any) -> None:
    names = [f"{REGION}_a\n::error::b", *(f"{REGION}_{n}{'x' * 40}" for n in range(11))]
    projects = [project(clusters=FINE, project_id=f"{n:032x}", name=name) for n, name in enumerate(names)]
    patterns = ["gone\n##[error]c", "y" * 999]
    msg = gate(projects=projects, all_projects=True, include_projects=patterns)["msg"]
    assert msg.isprintable() and "::error::" not in msg and "##[error]" not in msg, msg
    assert "gone\\n" in msg and "y" * 63 + "…" in msg and "and 2 more" in msg and len(msg) < 1000


def test_a_required_project_that_does_not_answer_is_no_pass(gate: Any) -> None:
    """It may have vanished from the list of IAM with the permission to enter it."""
    for options, status in (
        ({"required_projects": ["*_prod", REGION]}, "passed"),
        ({"required_projects": ["*_prod", "*_gone"]}, "not_judged"),
        ({"required_projects": ["*_prod"], "exclude_projects": ["*_prod"]}, "not_judged"),
        ({"required_projects": ["*_prod"], "fail_on_violation": False, "exclude_projects": ["*_prod"]}, "not_judged"),
    ):
        result = gate(projects=SOME, all_projects=True, **options)
        assert result["verdict"]["status"] == status and result.get("failed", False) is (status != "passed")
        assert (rule(result, "required_projects")["status"] == "passed") is (status == "passed")
        if status != "passed":
            assert "1 of " in result["msg"] and "required projects have no scope that answered" in result["msg"]
            assert "all_projects=true" in result["verdict"]["next_steps"][0]["command"]


EXCEPTION = {"cluster_name": "new", "rules": ["max_unscanned"], "reason": "retired", "expires": "2099-12-31"}


def test_an_exception(gate: Any, sim: Simulator) -> None:
    result = gate([cluster("new"), cluster("a", 60)], exceptions=[EXCEPTION])
    assert result["verdict"]["passed"] and not rule(result, "max_unscanned")["offenders"]
    (excepted,) = rule(result, "max_unscanned")["excepted"]
    assert excepted["exception"] == {"reason": "retired", "approved_by": None, "expires": "2099-12-31"}
    assert "is excepted until 2099-12-31: retired" in lines(result)
    gone = gate([cluster("new")], exceptions=[{**EXCEPTION, "expires": "2020-01-01"}])
    assert gone["failed"] and "expired (2020-01-01)" in lines(gone)
    assert gate(FINE, exceptions=[])["verdict"]["passed"], "the list may be empty"
    token = {"access_key": None, "secret_key": None, "auth_token": DEMO_TOKEN}
    late = gate([cluster("new")], clock_offset=366 * 100 * DAY, exceptions=[EXCEPTION], **token)
    assert late["failed"] and "expired" in lines(late), "by the later of the two clocks"


@pytest.mark.parametrize(
    "change,words",
    [
        ({"rules": None}, "exceptions"),
        ({"rules": ["min_clusters"]}, "min_clusters"),
        ({"rules": ["all_scopes_answer"]}, "all_scopes_answer"),
        ({"rules": ["max_unscaned"]}, "max_unscaned"),
        ({"project_id": None}, "null"),
        ({"project_id": " "}, "exceptions[0].project_id"),
        ({"clusterid": "x"}, "clusterid"),
        ({"expires": "soon"}, "exceptions[0].expires"),
        ({"reason": ""}, "exceptions[0].reason"),
    ],
    ids=str,
)
def test_a_malformed_exception_is_refused_before_anything_is_sent(
    gate: Any, sim: Simulator, change: Any, words: str
) -> None:
    result = gate(FINE, exceptions=[{**EXCEPTION, **change}])
    assert result["failed"] and words in result["msg"] and not sim.requests, result["msg"]
    for name in ("rules", "reason", "expires"):
        result = gate(FINE, exceptions=[{key: value for key, value in EXCEPTION.items() if key != name}])
        assert result["failed"] and name in result["msg"] and not sim.requests


def test_max_stale(gate: Any) -> None:
    old = [cluster("a", 8 * DAY), cluster("b", 9 * DAY), cluster("c", 60)]
    assert rule(gate(old, max_scan_age="7d", max_stale=2), "max_scan_age")["limit"] == 2
    result = gate(old, max_scan_age="7d", max_stale=1)
    assert broken(result) == ["max_scan_age"] and rule(result, "max_scan_age")["figure"] == 2
    assert "max_stale needs max_scan_age" in gate(old, max_stale=1)["msg"]


@pytest.mark.parametrize("length", [40, 400])
def test_a_name_that_holds_a_secret_is_not_cut_into_the_message(gate: Any, length: int) -> None:
    """A part of a secret would not be recognized, and not be masked."""
    result = gate([cluster("x" * length + DEMO_SK)])
    assert result["failed"] and result["verdict"]["status"] == "not_judged" and DEMO_SK[:8] not in str(result)


def test_every_failure_after_the_options_has_a_verdict(
    gate: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    results = [
        gate(FINE, secret_key=None),
        gate(FINE, secret_key="wrong-secret-key"),
        gate(FINE, max_unscanned=-1),
        gate(FINE, report_dir="a\0b"),
        gate([cluster(f"named-{DEMO_SK}")]),
    ]
    monkeypatch.setattr(hss_cluster_gate, "read_limits", None)
    results.append(gate(FINE))
    monkeypatch.setattr(_module_module, "HAS_REQUESTS", False)
    results.append(gate(FINE))
    for result in results:
        verdict = result["verdict"]
        assert result["failed"] and (verdict["status"], verdict["passed"]) == ("not_judged", False), result["msg"]
        assert verdict["message"].startswith("The gate could NOT judge") and len(verdict["message"]) <= 300
        assert verdict["next_steps"] and "None " not in verdict["message"]


def test_a_wrong_key_is_reported_as_everywhere_and_costs_one_request(gate: Any, sim: Simulator) -> None:
    result = gate(projects=two_projects(FINE, FINE), scopes=SCOPES, secret_key="wrong-secret-key", project_id=PROJECT)
    assert result["failed"] and (result["status_code"], result["error_code"]) == (401, "APIGW.0301")
    assert len(sim.requests) == 1
    verdict = result["verdict"]
    assert (verdict["status"], verdict["passed"], verdict["complete"], verdict["rules"]) == (
        "not_judged",
        False,
        False,
        [],
    )
    assert verdict["message"].startswith(
        "The gate could NOT judge any cluster [simulated]. IAM KeystoneListAuthProjects"
    )
    assert verdict["summary"][1] == result["msg"], "the whole cause"


def test_the_deadline(gate: Any) -> None:
    result = gate(FINE, fault=[faults.delay(3, path=LIST)], deadline=0.5)
    assert result["failed"] and "deadline of 0.5 seconds" in result["msg"]
    assert result["verdict"]["passed"] is False


GONE_REGION = {"error_code": "APIGW.0801", "error_msg": "The operating environment is unavailable"}


def one_region(first: List[Any], second: List[Any]) -> List[Dict[str, Any]]:
    return [
        project(clusters=first, project_id=PROJECT, region=REGION),
        project(clusters=second, project_id=SECOND, name=f"{REGION}_shop", region=REGION),
    ]


@pytest.mark.parametrize(
    "fault,failed",
    [
        (faults.answer(403, GONE_REGION, path=f"{SECOND}/kubernetes"), [SECOND]),
        (faults.answer(403, GONE_REGION, path=f"{SECOND}/kubernetes", skip=1), [SECOND]),
        (faults.answer(403, GONE_REGION, path=f"{SECOND}/container"), [SECOND]),
        (faults.answer(403, GONE_REGION, path=f"{PROJECT}/container"), [PROJECT]),
        (faults.answer(403, GONE_REGION, path="/kubernetes"), [PROJECT, SECOND]),
    ],
    ids=["after the counts", "after a page", "another scope has answered", "another scope answers later", "all lists"],
)
def test_a_region_in_which_hss_has_answered_is_not_one_without_hss(gate: Any, fault: Any, failed: List[str]) -> None:
    many = [cluster(f"c{i}", 60) for i in range(450)]
    result = gate(projects=one_region(FINE, many), fault=[fault], all_projects=True, on_scope_error="continue")
    assert result["failed"] and not result["skipped_scopes"]
    assert [scope["project_id"] for scope in result["failed_scopes"]] == failed
    assert all("HSS has answered for this region" in scope["msg"] for scope in result["failed_scopes"])
    assert not result["verdict"]["passed"] if "verdict" in result else len(failed) == 2


def test_a_region_without_hss_is_skipped(gate: Any) -> None:
    """Though HSS answers in another region."""
    fault = faults.answer(403, GONE_REGION, path=f"/regions/{OTHER}")
    result = gate(projects=two_projects(FINE, FINE), fault=[fault], all_projects=True)
    assert result["verdict"]["passed"] and [scope["region"] for scope in result["skipped_scopes"]] == [OTHER]


@pytest.mark.parametrize("days,where", [(5, "behind"), (-5, "ahead of")])
def test_the_age_of_a_scan_by_a_clock_that_is_wrong(gate: Any, days: int, where: str) -> None:
    """With a token nothing is signed, so nobody refuses. The later clock counts, whichever it is."""
    old = [{"name": "a", "last_scan_time": int((time.time() + (max(days, 0) - 8) * DAY) * 1000)}]
    token = {"access_key": None, "secret_key": None, "auth_token": DEMO_TOKEN}
    result = gate(old, clock_offset=days * DAY, max_scan_age="7d", **token)
    (offender,) = rule(result, "max_scan_age")["offenders"]
    assert broken(result) == ["max_scan_age"] and offender["reason"] == "last scan too long ago"
    (note,) = [note for note in result["verdict"]["notes"] if "clock" in note]
    assert f"The clock of the host that runs the module is 5 days {where} the cloud's" in note
    assert f"Note: {note}" in result["verdict"]["summary"]


@pytest.mark.parametrize("minutes,length", [(30, "30 minutes"), (300, "5 hours")])
def test_how_far_a_clock_is_off_is_said_in_a_fitting_unit(gate: Any, minutes: int, length: str) -> None:
    # Signatures are refused at that distance, so a token is given.
    token = {"access_key": None, "secret_key": None, "auth_token": DEMO_TOKEN}
    (note,) = gate(FINE, clock_offset=minutes * 60, max_scan_age="7d", **token)["verdict"]["notes"]
    assert f"is {length} behind the cloud's" in note


def test_clocks_that_differ_a_little_are_not_mentioned(gate: Any) -> None:
    result = gate(FINE, clock_offset=14 * 60, max_scan_age="7d")
    assert result["verdict"]["passed"] and not result["verdict"]["notes"]


def test_what_to_do_about_a_scan_in_the_future(gate: Any) -> None:
    ahead = [{"name": "a", "last_scan_time": int((time.time() + 30 * DAY) * 1000)}]
    steps = gate(ahead, max_scan_age="7d")["verdict"]["next_steps"]
    assert "cluster_scan_gate_max_scan_age=7d" in steps[0]["command"]
    assert "targets=stale max_scan_age=7d" in steps[1]["command"] and "Compare this host's clock" in steps[2]["text"]


def test_no_none_where_the_project_could_not_be_looked_up(gate: Any, tmp_path: pathlib.Path) -> None:
    refusal = faults.answer(403, {"error": {"code": 403, "message": "You are not authorized."}}, path="/v3/")
    result = gate(projects=two_projects(FINE, FINE), fault=[refusal], report_dir=str(tmp_path))
    where = f"region {REGION}, project not known, enterprise project"
    assert result["verdict"]["message"].startswith(f"The gate could NOT judge {where}")
    verdict = result["verdict"]
    steps = [str(word) for step in verdict["next_steps"] for word in step.values()]
    texts = [result["msg"], *verdict["summary"], *steps, *verdict["notes"]]
    texts += [path.read_text() for path in tmp_path.glob("*scan-gate*")]
    assert not [text for text in texts if "None" in text]


@pytest.mark.parametrize("value", ["3", True, -1, 1.5, []])
def test_figures_that_are_no_whole_numbers_are_no_pass(gate: Any, value: Any) -> None:
    result = gate([cluster("a", 60, fields={"risk_assess_num": value})], on_scope_error="continue")
    assert result["failed"] and not result["verdict"]["passed"]
    assert broken(result)[0] == "all_scopes_answer" and "risk_assess_num" in result["failed_scopes"][0]["msg"]


@pytest.mark.parametrize(
    "fault,cause",
    [
        (faults.answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}), "HTTP 403, APIGW.0302"),
        (faults.answer(401, {"error_code": "APIGW.0301", "error_msg": "no"}), "HTTP 401, APIGW.0301"),
        (faults.drop("before"), "connection was lost"),
    ],
    ids=["refused scope", "refused credential", "no answer"],
)
def test_the_message_has_the_cause_whatever_the_length_of_addresses(
    gate: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch, fault: Any, cause: str
) -> None:
    """The address of a request is as long as those of the real cloud, or longer, and stays in the summary."""
    address = f"{sim.http_url}/regions/{REGION}/{'path-of-a-gateway/' * 4}".rstrip("/")
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4", address)
    result = gate(FINE, fault=[fault])
    message, summary = result["verdict"]["message"], "\n".join(result["verdict"]["summary"])
    assert cause in message and "(GET" not in message, message
    assert cause in summary and f"(GET {address}" in summary, summary


@pytest.mark.parametrize("listed", [" {0} , {0}_prod", ["  {0}", "{0}_prod\n"]], ids=["text", "list"])
def test_blanks_around_the_entries_of_a_list(gate: Any, tmp_path: pathlib.Path, listed: Any) -> None:
    names = listed.format(REGION) if isinstance(listed, str) else [entry.format(REGION) for entry in listed]
    made = [
        project(clusters=FINE, project_id=PROJECT, name=REGION),
        project(clusters=FINE, project_id=SECOND, name=f"{REGION}_prod"),
        project(clusters=FINE, project_id="3" * 32, name=f"{REGION}_test"),
    ]
    options = {"all_projects": True, "include_projects": names, "required_projects": names}
    result = gate(projects=made, report_dir=str(tmp_path), report_formats="junit, json", **options)
    assert result["verdict"]["passed"] and set(result["reports"]) == {"junit", "json"}, result["msg"]
    assert [scope["project_id"] for scope in result["scopes"]] == [PROJECT, SECOND]


def test_a_required_project_whose_name_is_not_known(gate: Any) -> None:
    result = gate(FINE, required_projects=[REGION])
    words = f"have no scope that answered: {REGION} (the name of a project that was given by its ID is not known)"
    assert result["verdict"]["status"] == "not_judged" and words in result["msg"]


@pytest.mark.parametrize("name", ["default", "all", "Any", "All_Granted_Eps", "all-granted-eps"])
def test_the_name_of_an_enterprise_project_opens_no_gate(gate: Any, sim: Simulator, name: str) -> None:
    """HSS counts no cluster for an ID that it does not know, which is a pass where none is expected."""
    result = gate([cluster("new")], enterprise_project_id=name, min_clusters=0)
    assert result["failed"] and "0 (the one named default) or all_granted_eps" in result["msg"] and not sim.requests


def test_the_message_has_the_cause_whatever_the_length_of_names(gate: Any) -> None:
    made = [
        project(clusters=FINE, project_id=PROJECT, name=f"{REGION}_{'long-' * 11}"),
        project(clusters=FINE, project_id=SECOND, name=f"{REGION}_b"),
    ]
    accounts = [{"name": "account " * 25 + "a"}]
    keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
    result = gate(
        projects=made, all_projects=True, accounts=accounts, fault=[faults.answer(403, GONE, path="/v5/")], **keys
    )
    assert "HSS ShowClusterScanStatistics failed: HTTP 403" in result["verdict"]["message"], result["verdict"][
        "message"
    ]


def test_blanks_around_the_values_of_an_exception(gate: Any) -> None:
    exception = {
        "cluster_name": " new ",
        "region": f"{REGION} ",
        "rules": "max_unscanned, max_scan_age",
        "reason": "x",
        "expires": "2099-01-01",
    }
    result = gate([cluster("new")], exceptions=[exception])
    assert result["verdict"]["passed"] and result["verdict"]["notes"] == [], result["msg"]
