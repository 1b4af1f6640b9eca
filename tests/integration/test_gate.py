# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shipped gate, by its name."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Dict, List

import pytest

from tests.integration.conftest import conclusions, gates_of
from tests.simulator import Simulator, project, scenario

GATE = "huaweicloud.hss.cluster_scan_gate"
PROJECT = "00000000000000000000000000000abc"
AK = "FAKEAK00000000GATE00"
SK = "fake-secret-of-the-gate-tests-000000"
SCANNED = {"unscanned": 0, "total": 20}


@pytest.fixture
def gate(playbooks: Any, running: Simulator) -> Any:
    """Run the gate with so many clusters and these variables; the credential is in the environment."""

    def run(clusters: Dict[str, int], variables: Dict[str, Any], *faults: Dict[str, Any], **environ: str) -> Any:
        running.reset()
        running.replace_scenario(scenario(access_key={"access_key": AK, "secret_key": SK}, **clusters))
        for fault in faults:
            running.inject(fault)
        given = {"cluster_scan_gate_region": "cn-north-4", "cluster_scan_gate_endpoint": running.http_url}
        given["cluster_scan_gate_iam_endpoint"] = running.http_url
        keys = {"HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK}
        return playbooks.run(GATE, variables={**given, **variables}, environ={**keys, **environ})

    return run


@pytest.fixture
def cases(playbooks: Any, running: Simulator) -> Any:
    """Run the gate for each of these dictionaries of variables in one playbook; return what became of each."""

    def run(projects: List[Any], given: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
        key = {"access_key": AK, "secret_key": SK, "projects": [each["id"] for each in projects]}
        running.reset()
        running.replace_scenario(scenario(access_key=key, projects=projects))
        fixed = {"region": "cn-north-4", "endpoint": running.http_url, "iam_endpoint": running.http_url}
        keys = {"HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK}
        return conclusions(playbooks.run(gates_of([{**fixed, **case} for case in given]), environ=keys), len(given))

    return run


def counted(running: Simulator) -> str:
    """Return the query string of the request for the counts."""
    (query,) = [request.query for request in running.requests if request.path.endswith("/cluster/statistics")]
    return str(query)


def test_green(gate: Any, running: Simulator) -> None:
    outcome = gate(SCANNED, {})
    assert outcome.status == 0, outcome.output
    assert counted(running) == "enterprise_project_id=all_granted_eps"


def test_red_names_the_figure_and_exits_with_2(gate: Any) -> None:
    outcome = gate({"unscanned": 10, "total": 20}, {})
    assert outcome.status == 2, outcome.output
    assert "10 of 20 clusters" in outcome.output and PROJECT in outcome.output and "cn-north-4" in outcome.output


RULES = [
    ({"unscanned": 2, "total": 20}, {"max_unscanned": 2}, True),
    ({"unscanned": 3, "total": 20}, {"max_unscanned": 2}, False),
    ({"unscanned": 0, "total": 0}, {}, False),
    ({"unscanned": 0, "total": 0}, {"min_clusters": 0}, True),
    ({**SCANNED, "risky": 1}, {}, True),
    ({**SCANNED, "risky": 1}, {"max_risky": 0}, False),
    ({**SCANNED, "app_vulnerable": 1}, {"max_app_vulnerable": 0}, False),
    ({**SCANNED, "risky": 1, "app_vulnerable": 1}, {"max_risky": "1"}, True),
]


def test_rules(cases: Any) -> None:
    ids = [f"{number:032x}" for number in range(len(RULES))]
    projects = [
        project(**clusters, project_id=own, name=f"cn-north-4_{own}") for own, (clusters, *_rest) in zip(ids, RULES)
    ]
    found = cases(
        projects, [{**variables, "project_id": own} for own, (_clusters, variables, _passed) in zip(ids, RULES)]
    )
    assert [entry["passed"] for entry in found] == [passed for *_rest, passed in RULES], found


def test_a_limit_that_is_no_number_is_never_green(cases: Any, running: Simulator) -> None:
    values = ["many", "", "-1", 1.5, True, None, [0], "0x10"]
    found = cases([project(**SCANNED)], [{"max_unscanned": value} for value in values])
    for value, entry in zip(values, found):
        assert not entry["passed"] and "cluster_scan_gate_max_unscanned" in entry["said"], (value, entry)
    assert not running.requests


@pytest.mark.parametrize(
    "fault",
    [
        {"service": "HSS", "html": True},
        {"service": "HSS", "counts_remove": ["unscan_cluster_num"]},
        {"service": "HSS", "status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "no"}},
        {"service": "IAM", "status": 403, "body": {"error": {"code": 403, "message": "no", "title": "Forbidden"}}},
    ],
    ids=str,
)
def test_no_answer_is_red(gate: Any, fault: Dict[str, Any]) -> None:
    outcome = gate(SCANNED, {"cluster_scan_gate_max_retries": 0}, fault)
    assert outcome.status == 2, outcome.output


def test_an_empty_enterprise_project_is_refused(cases: Any, running: Simulator) -> None:
    for entry in cases([project(**SCANNED)], [{"enterprise_project_id": value} for value in ("", None, " ")]):
        assert not entry["passed"] and "cluster_scan_gate_enterprise_project_id" in entry["msg"], entry
    assert not running.requests


@pytest.mark.parametrize("value", ["0", 0], ids=repr)
def test_the_default_enterprise_project_by_its_id(gate: Any, running: Simulator, value: Any) -> None:
    gate(SCANNED, {"cluster_scan_gate_enterprise_project_id": value})
    assert counted(running) == "enterprise_project_id=0"


def test_a_variable_whose_template_fails_is_never_green(cases: Any, running: Simulator) -> None:
    names = ["max_risky", "max_unscanned", "min_clusters", "project_id", "region", "enterprise_project_id"]
    for entry in cases([project(**SCANNED, risky=1)], [{name: "{{ missing_variable }}"} for name in names]):
        assert not entry["passed"] and "missing_variable" in entry["said"], entry
    assert not running.requests


def test_a_mistyped_variable_is_never_green(gate: Any, running: Simulator) -> None:
    for name in ("cluster_scan_gate_max_risk", "cluster_scan_max_risky"):
        outcome = gate({**SCANNED, "risky": 1}, {name: 0})
        words = f"Not a variable of this gate: {name} (did you mean cluster_scan_gate_max_risky?)."
        assert outcome.status == 2 and outcome.results[-1]["msg"].endswith(words), outcome.output
        assert not running.requests


def test_a_variable_of_the_wrong_type_is_told_by_the_reports(
    gate: Any, running: Simulator, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "reports"
    assert gate(SCANNED, {"cluster_scan_gate_report_dir": str(folder)}).status == 0
    assert running.requests
    wrong = {"cluster_scan_gate_report_dir": str(folder), "cluster_scan_gate_exceptions": "cluster-7"}
    outcome = gate(SCANNED, wrong)
    assert outcome.status == 2 and not running.requests, outcome.output
    verdict = json.loads((folder / "cluster-scan-gate.json").read_text())["verdict"]
    assert verdict["status"] == "not_judged" and "Option exceptions must be a list" in verdict["message"]


@pytest.mark.parametrize("name", ["scan", "fail_on_violation"])
def test_a_switch_that_is_neither_true_nor_false_is_never_green(gate: Any, running: Simulator, name: str) -> None:
    outcome = gate(SCANNED, {f"cluster_scan_gate_{name}": "maybe"})
    assert outcome.status == 2 and not running.requests, outcome.output
    assert f"Must be true or false: cluster_scan_gate_{name}." in outcome.output


def test_tags_do_not_leave_the_gate_out(gate: Any) -> None:
    outcome = gate({"unscanned": 10, "total": 20}, {}, ANSIBLE_RUN_TAGS="deploy")
    assert outcome.status == 2 and "10 of 20 clusters" in outcome.output, outcome.output


def test_the_environments_enterprise_project_is_kept(gate: Any, running: Simulator) -> None:
    gate(SCANNED, {}, HW_ENTERPRISE_PROJECT_ID="0")
    assert counted(running) == "enterprise_project_id=0"
