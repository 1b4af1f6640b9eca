# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hss_cluster_gate by real ansible-playbook runs."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List

import pytest

from tests.simulator import Simulator, cluster, project, scenario

AK = "FAKEAK00000000GATE00"
SK = "fake-secret-of-the-gate-tests-000000"
CLUSTERS = [cluster("<script>"), cluster("old", 8 * 86400), cluster("new", 60)]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    made = scenario(projects=[project(clusters=CLUSTERS)], access_key={"access_key": AK, "secret_key": SK})
    with Simulator(made) as running:
        yield running


def play(simulator: Simulator, options: Dict[str, Any], *after: Dict[str, Any]) -> List[Dict[str, Any]]:
    gate = {"name": "Judge", "huaweicloud.hss.hss_cluster_gate": options, "register": "gate"}
    defaults = {"region": "cn-north-4", "endpoint": simulator.http_url, "iam_endpoint": simulator.http_url}
    return [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "module_defaults": {"group/huaweicloud.hss.hss": defaults},
            "tasks": [gate, *after],
        }
    ]


ENVIRON = {"HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK}


def test_a_closed_gate_ends_the_play_with_2_and_says_why(playbooks: Any, simulator: Simulator) -> None:
    outcome = playbooks.run(play(simulator, {"max_scan_age": "7d"}), "-vvv", environ=ENVIRON)
    assert outcome.status == 2, outcome.output
    (result,) = outcome.results
    broken = [rule for rule in result["verdict"]["rules"] if not rule["passed"]]
    assert [rule["name"] for rule in broken] == ["max_unscanned", "max_scan_age"]
    assert [o["cluster_name"] for o in broken[1]["offenders"]] == ["<script>", "old"]
    assert (
        "The gate is CLOSED for region cn-north-4" in result["msg"]
        and "2 of 4 rules failed; not cross-checked" in result["msg"]
    )
    gate, scan = (step["command"] for step in result["verdict"]["next_steps"])
    assert "cluster_scan_gate_scan=true" in gate and "targets=stale max_scan_age=7d region=cn-north-4" in scan
    for text in (outcome.output, outcome.log, outcome.raw_results):
        assert SK not in text and "Traceback" not in text


def test_a_verdict_is_there_to_read_in_check_mode_too(playbooks: Any, simulator: Simulator) -> None:
    shown = {
        "ansible.builtin.assert": {
            "that": [
                "gate is not changed",
                "not gate.verdict.passed",
                "gate.verdict.complete",
                "gate.verdict.rules | rejectattr('passed') | map(attribute='name') | list == ['max_scan_age']",
            ]
        }
    }
    options = {"max_unscanned": 1, "max_scan_age": "7d", "fail_on_violation": False}
    outcome = playbooks.run(play(simulator, options, shown), "--check", environ=ENVIRON)
    assert outcome.status == 0, outcome.output
