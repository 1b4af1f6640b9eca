# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loop by real ansible-playbook: clusters are unscanned, they are scanned, none is left."""

from __future__ import annotations

from typing import Any, Dict, List

from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, Simulator, cluster, scenario

STATISTICS = "huaweicloud.hss.hss_cluster_statistics"
SCAN = "huaweicloud.hss.hss_cluster_scan"
TASKS = "huaweicloud.hss.hss_scan_task_info"
ALL_SCANNED = {"that": ["counts.statistics.unscan_cluster_num == 0"]}


SCENARIO = scenario(
    clusters=[
        cluster("a"),
        cluster("b"),
        cluster("broken", 60, scan_fails={"benchmark": "no agent"}),
        cluster("c", 60),
    ],
    task_polls=2,
)


def play(sim: Simulator, tasks: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    place = {"region": "cn-north-4", "project_id": DEMO_PROJECT_ID, "endpoint": sim.http_url}
    defaults = {"group/huaweicloud.hss.hss": {**place, "access_key": "{{ ak }}", "secret_key": "{{ sk }}"}}
    return [{"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}]


def run(playbooks: Any, sim: Simulator, tasks: List[Dict[str, Any]], *arguments: str) -> Any:
    outcome = playbooks.run(play(sim, tasks), *arguments, variables={"ak": DEMO_AK, "sk": DEMO_SK})
    assert DEMO_SK not in outcome.output + outcome.log + outcome.raw_results
    return outcome


def test_red_scan_green(playbooks: Any, sim: Simulator) -> None:
    tasks = [
        {STATISTICS: {}, "register": "counts"},
        {"ansible.builtin.assert": {"that": ["counts.statistics.unscan_cluster_num == 2"]}},
        {SCAN: {"targets": "unscanned", "wait": False}, "register": "scan"},
        {
            TASKS: {"task_id": "{{ scan.task.task_id }}"},
            "register": "seen",
            "until": "seen.tasks | length > 0 and seen.tasks[0].task_status == 'finished'",
            "retries": 10,
            "delay": 0,
        },
        {SCAN: {"task_id": "{{ scan.task.task_id }}", "poll_interval": 1}, "register": "waited"},
        {STATISTICS: {}, "register": "counts"},
        {"ansible.builtin.assert": ALL_SCANNED},
        {SCAN: {"targets": "unscanned"}, "register": "again"},
        {
            "ansible.builtin.assert": {
                "that": [
                    "scan is changed and waited is not changed and again is not changed",
                    "seen.clusters | map(attribute='scan_status') | unique == ['success']",
                    "waited.clusters | map(attribute='cluster_name') | sort == ['a', 'b']",
                    "waited.task.ended_at is not none and again.task is none",
                ]
            }
        },
    ]
    outcome = run(playbooks, sim, tasks)
    assert outcome.status == 0, outcome.output
    assert [sorted(task.clusters) for task in sim.tasks] == [["a", "b"]]


def test_check_mode_starts_nothing(playbooks: Any, sim: Simulator) -> None:
    tasks = [
        {SCAN: {"targets": "unscanned"}, "register": "scan"},
        {
            "ansible.builtin.assert": {
                "that": ["scan is changed", "scan.clusters | map(attribute='cluster_name') | sort == ['a', 'b']"]
            }
        },
    ]
    outcome = run(playbooks, sim, tasks, "--check")
    assert outcome.status == 0, outcome.output
    assert not sim.tasks and not [r for r in sim.requests if r.path.endswith("/common/task")]


def test_a_failed_cluster_fails_the_play(playbooks: Any, sim: Simulator) -> None:
    outcome = run(playbooks, sim, [{SCAN: {"targets": "all", "poll_interval": 1}}], "-vvv")
    assert outcome.status == 2
    (result,) = outcome.results
    assert "broken (benchmark: no agent)" in result["msg"] and result["changed"] is True
    assert {entry["cluster_name"]: entry["scan_status"] for entry in result["clusters"]} == {
        "a": "success", "b": "success", "c": "success", "broken": "failed"
    }  # fmt: skip
    assert "Traceback" not in outcome.output
