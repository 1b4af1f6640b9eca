# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The counts as facts: after the task, and through gather_facts."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from tests.simulator import Simulator, scenario

TOKEN = "simulated-token-of-the-facts-tests"
PROJECT = "00000000000000000000000000000abc"
CHECKS = [
    "ansible_facts.hss_cluster_statistics.unscan_cluster_num == 10",
    "ansible_facts.hss_cluster_statistics.all_cluster_num == 20",
    "ansible_facts.hss_cluster_statistics.complete is true",
    "ansible_facts.hss_cluster_statistics.region == 'cn-north-4'",
    f"ansible_facts.hss_cluster_statistics.project_id == '{PROJECT}'",
]


SCENARIO = scenario(token={"token": TOKEN})


def options(sim: Simulator) -> Dict[str, Any]:
    return {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url, "auth_token": "{{ token }}"}


def play(tasks: List[Dict[str, Any]], **keywords: Any) -> List[Dict[str, Any]]:
    return [{"hosts": "localhost", "gather_facts": False, **keywords, "tasks": tasks}]


def check(*conditions: str) -> Dict[str, Any]:
    return {"ansible.builtin.assert": {"that": list(conditions)}}


@pytest.mark.parametrize("inject", ["true", "false"])
def test_fact_after_the_task(playbooks: Any, sim: Simulator, inject: str) -> None:
    conditions = [*CHECKS, "result.statistics.unscan_cluster_num == 10", "result.auth_source == 'token'"]
    if inject == "true":
        conditions.append("hss_cluster_statistics.unscan_cluster_num == 10")
    tasks = [
        {"huaweicloud.hss.hss_cluster_statistics": options(sim), "register": "result"},
        check(*conditions),
    ]
    outcome = playbooks.run(play(tasks), variables={"token": TOKEN}, environ={"ANSIBLE_INJECT_FACT_VARS": inject})
    assert outcome.status == 0, outcome.output
    assert outcome.results[0]["changed"] is False


@pytest.mark.parametrize("defaults", ["huaweicloud.hss.hss_cluster_statistics", "group/huaweicloud.hss.hss"])
@pytest.mark.parametrize("by", ["variable", "environment"])
def test_gather_facts(playbooks: Any, sim: Simulator, defaults: str, by: str) -> None:
    keywords: Dict[str, Any] = {"gather_facts": True, "module_defaults": {defaults: options(sim)}}
    environ = {}
    if by == "variable":
        modules = ["ansible.builtin.setup", "huaweicloud.hss.hss_cluster_statistics"]
        keywords["vars"] = {"ansible_facts_modules": modules, "ansible_facts_parallel": False}
    else:
        environ["ANSIBLE_FACTS_MODULES"] = "huaweicloud.hss.hss_cluster_statistics"
    outcome = playbooks.run(play([check(*CHECKS)], **keywords), variables={"token": TOKEN}, environ=environ)
    assert outcome.status == 0, outcome.output


def test_a_cloud_that_takes_its_time_is_waited_for(playbooks: Any) -> None:
    """In parallel ansible-core kills a fact module after five seconds; the documentation says how to avoid it."""
    modules = ["ansible.builtin.setup", "huaweicloud.hss.hss_cluster_statistics"]
    slow = scenario(token={"token": TOKEN}, faults=[{"path": "/v5/", "delay": 7}])
    with Simulator(slow) as simulator:
        keywords: Dict[str, Any] = {
            "gather_facts": True,
            "module_defaults": {"group/huaweicloud.hss.hss": options(simulator)},
            "vars": {"ansible_facts_modules": modules, "ansible_facts_parallel": False},
        }
        outcome = playbooks.run(play([check(*CHECKS)], **keywords), variables={"token": TOKEN})
    assert outcome.status == 0, outcome.output


def test_gathering_fails_when_the_counts_do(playbooks: Any, sim: Simulator) -> None:
    keywords = {"gather_facts": True, "module_defaults": {"group/huaweicloud.hss.hss": options(sim)}}
    outcome = playbooks.run(
        play([check("true")], **keywords),
        variables={"token": "another-token-that-is-wrong"},
        environ={"ANSIBLE_FACTS_MODULES": "huaweicloud.hss.hss_cluster_statistics"},
    )
    assert outcome.status == 2 and "HTTP 401" in outcome.output, outcome.output


def test_check_mode(playbooks: Any, sim: Simulator) -> None:
    tasks = [{"huaweicloud.hss.hss_cluster_statistics": options(sim)}]
    outcome = playbooks.run(play(tasks), "--check", variables={"token": TOKEN})
    assert outcome.status == 0 and outcome.results[0]["statistics"]["unscan_cluster_num"] == 10, outcome.output


def test_throttled_and_served(playbooks: Any, sim: Simulator) -> None:
    sim.reset()
    sim.inject({"service": "HSS", "throttle": {"retry_after": "0"}, "times": 1})
    outcome = playbooks.run(
        play([{"huaweicloud.hss.hss_cluster_statistics": options(sim)}]), variables={"token": TOKEN}
    )
    assert outcome.status == 0, outcome.output
    assert [request.status for request in sim.requests if request.service == "HSS"] == [429, 200]
