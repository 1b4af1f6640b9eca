# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the cost of one more task on localhost: the time of a play with MANY tasks less that of a play with one, divided."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable
from typing import Any

from tests.benchmark.playbooks import Playbooks, in_turns
from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, DEMO_TOKEN, Simulator, scenario

ROUNDS = 7
MANY = 11
MODULE = "huaweicloud.hss.hss_cluster_statistics"
PATH = f"/v5/{DEMO_PROJECT_ID}/container/cluster/statistics"
ASSERT = "ansible.builtin.assert"
ASSERT_LOOKUP = "ansible.builtin.assert of the lookup"
LOOKUP = "  so the lookup itself"
TARGETS = {"hss_cluster_statistics": 0.95, LOOKUP: 0.25}


def tasks(url: str) -> dict[str, dict[str, Any]]:
    options = {"endpoint": url, "project_id": DEMO_PROJECT_ID, "auth_token": "{{ token }}"}
    uri = {"url": url + PATH, "headers": {"X-Auth-Token": "{{ token }}"}, "return_content": True}
    lookup = f"lookup('{MODULE}', endpoint='{url}', project_id='{DEMO_PROJECT_ID}', auth_token=token).complete"
    asserted = {"that": ["complete"]}
    return {
        "ansible.builtin.ping": {"ansible.builtin.ping": {}},
        "ansible.builtin.uri": {"ansible.builtin.uri": uri},
        "hss_cluster_statistics": {MODULE: options},
        ASSERT: {"ansible.builtin.assert": asserted},
        ASSERT_LOOKUP: {"ansible.builtin.assert": {"that": [lookup]}},
    }


def report(playbooks: Playbooks) -> str:
    with Simulator(scenario()) as simulator:
        measures: dict[str, Callable[[], float]] = {}
        for number, (name, task) in enumerate(tasks(simulator.http_url).items()):
            one, many = (
                playbooks.write(f"single-{number}-{n}", [task] * n, {"token": DEMO_TOKEN, "complete": True})
                for n in (1, MANY)
            )
            measures[name] = marginal(playbooks, one, many)
        script = str(pathlib.Path(__file__).parent / "sdk_script.py")
        sdk = [sys.executable, script, simulator.http_url, DEMO_PROJECT_ID]
        keys = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
        measures["vendor's SDK, a whole process"] = lambda: playbooks.seconds(sdk, **keys)
        costs = in_turns(ROUNDS, measures)
    # A lookup is no task: it is part of one that is there anyway, such as the assert that judges what uri or the module brought.
    costs[LOOKUP] = costs[ASSERT_LOOKUP] - costs[ASSERT]
    lines = [f"one more task on localhost, median of {ROUNDS} rounds", f"{'':38} {'ms':>7} {'of uri':>8}"]
    for name, seconds in costs.items():
        note = f"  target <= {TARGETS[name]}" if name in TARGETS else ""
        lines.append(f"{name:38} {seconds * 1000:7.0f} {seconds / costs['ansible.builtin.uri']:8.2f}{note}")
    return "\n".join(lines)


def marginal(playbooks: Playbooks, one: list[str], many: list[str]) -> Callable[[], float]:
    return lambda: (playbooks.seconds(many) - playbooks.seconds(one)) / (MANY - 1)
