# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shipped gate, by its name."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from tests.simulator import Simulator, scenario

GATE = "huaweicloud.hss.cluster_scan_gate"
PROJECT = "00000000000000000000000000000abc"
AK = "FAKEAK00000000GATE00"
SK = "fake-secret-of-the-gate-tests-000000"


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


def counted(running: Simulator) -> str:
    """Return the query string of the request for the counts."""
    (query,) = [request.query for request in running.requests if request.path.endswith("/cluster/statistics")]
    return str(query)


SCANNED = {"unscanned": 0, "total": 20}


def test_green(gate: Any, running: Simulator) -> None:
    outcome = gate(SCANNED, {})
    assert outcome.status == 0, outcome.output
    assert counted(running) == "enterprise_project_id=all_granted_eps"


def test_red_names_the_figure_and_exits_with_2(gate: Any) -> None:
    outcome = gate({"unscanned": 10, "total": 20}, {})
    assert outcome.status == 2, outcome.output
    assert "10 of 20 clusters" in outcome.output and PROJECT in outcome.output and "cn-north-4" in outcome.output


@pytest.mark.parametrize(
    "clusters,variables,status",
    [
        ({"unscanned": 2, "total": 20}, {"cluster_scan_gate_max_unscanned": 2}, 0),
        ({"unscanned": 3, "total": 20}, {"cluster_scan_gate_max_unscanned": 2}, 2),
        ({"unscanned": 0, "total": 0}, {}, 2),
        ({"unscanned": 0, "total": 0}, {"cluster_scan_gate_min_clusters": 0}, 0),
        ({**SCANNED, "risky": 1}, {}, 0),
        ({**SCANNED, "risky": 1}, {"cluster_scan_gate_max_risky": 0}, 2),
        ({**SCANNED, "app_vulnerable": 1}, {"cluster_scan_gate_max_app_vulnerable": 0}, 2),
        ({**SCANNED, "risky": 1, "app_vulnerable": 1}, {"cluster_scan_gate_max_risky": "1"}, 0),
    ],
    ids=str,
)
def test_rules(gate: Any, clusters: Dict[str, int], variables: Dict[str, Any], status: int) -> None:
    outcome = gate(clusters, variables)
    assert outcome.status == status, outcome.output


@pytest.mark.parametrize("value", ["many", "", "-1", 1.5, True, None, [0], "0x10"], ids=repr)
def test_a_limit_that_is_no_number_is_never_green(gate: Any, running: Simulator, value: Any) -> None:
    outcome = gate(SCANNED, {"cluster_scan_gate_max_unscanned": value})
    assert outcome.status == 2 and "cluster_scan_gate_max_unscanned" in outcome.output, outcome.output
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


@pytest.mark.parametrize("value", ["", None, " "], ids=repr)
def test_an_empty_enterprise_project_is_refused(gate: Any, running: Simulator, value: Any) -> None:
    outcome = gate(SCANNED, {"cluster_scan_gate_enterprise_project_id": value})
    assert outcome.status == 2 and not running.requests, outcome.output
    assert "cluster_scan_gate_enterprise_project_id" in outcome.results[-1]["msg"]


@pytest.mark.parametrize("value", ["0", 0], ids=repr)
def test_the_default_enterprise_project_by_its_id(gate: Any, running: Simulator, value: Any) -> None:
    gate(SCANNED, {"cluster_scan_gate_enterprise_project_id": value})
    assert counted(running) == "enterprise_project_id=0"


@pytest.mark.parametrize(
    "name", ["max_risky", "max_unscanned", "min_clusters", "project_id", "region", "enterprise_project_id"]
)
def test_a_variable_whose_template_fails_is_never_green(gate: Any, running: Simulator, name: str) -> None:
    outcome = gate({**SCANNED, "risky": 1}, {f"cluster_scan_gate_{name}": "{{ missing_variable }}"})
    assert outcome.status == 2 and "missing_variable" in outcome.output, outcome.output
    assert not running.requests


def test_a_mistyped_variable_is_never_green(gate: Any, running: Simulator) -> None:
    for name in ("cluster_scan_gate_max_risk", "cluster_scan_max_risky"):
        outcome = gate({**SCANNED, "risky": 1}, {name: 0})
        words = f"Not a variable of this gate: {name} (did you mean cluster_scan_gate_max_risky?)."
        assert outcome.status == 2 and outcome.results[-1]["msg"].endswith(words), outcome.output
        assert not running.requests


def test_tags_do_not_leave_the_gate_out(gate: Any) -> None:
    outcome = gate({"unscanned": 10, "total": 20}, {}, ANSIBLE_RUN_TAGS="deploy")
    assert outcome.status == 2 and "10 of 20 clusters" in outcome.output, outcome.output


def test_the_environments_enterprise_project_is_kept(gate: Any, running: Simulator) -> None:
    gate(SCANNED, {}, HW_ENTERPRISE_PROJECT_ID="0")
    assert counted(running) == "enterprise_project_id=0"
