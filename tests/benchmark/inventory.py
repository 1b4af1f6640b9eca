# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shipped gate over a whole account with all of its reports, with and without the cross-check with CCE."""

from __future__ import annotations

import math

from tests.benchmark.cloud import simulated
from tests.benchmark.playbooks import Playbooks, in_turns
from tests.simulator import DEMO_AK, DEMO_SK, project, scenario

GATE = "huaweicloud.hss.cluster_scan_gate"
PROJECTS = 100
CLUSTERS = 20  # in each project
CONCURRENCY = 16
LATENCY = 0.05  # seconds
# Of each project: the counts and the list of HSS, and the two lists of CCE. Before them IAM lists the projects.
REQUESTS = {"auto": 4, "off": 2}
ROUNDS = 5
TARGET = 1.5


def report(playbooks: Playbooks) -> str:
    groups = [{"count": CLUSTERS, "name": "cluster"}]
    projects = [
        project(project_id=f"{n:032x}", name=f"cn-north-4_{n}", clusters=[], cluster_groups=groups)
        for n in range(PROJECTS)
    ]
    with simulated(playbooks.folder, scenario(projects=projects, latency=LATENCY)) as url:
        variables = {"all_projects": True, "report_dir": str(playbooks.folder / "reports"), "concurrency": CONCURRENCY}
        given = [word for name, value in variables.items() for word in ("-e", f"cluster_scan_gate_{name}={value}")]
        environ = {
            "HUAWEICLOUD_SDK_AK": DEMO_AK,
            "HUAWEICLOUD_SDK_SK": DEMO_SK,
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": url,
            **{f"HUAWEICLOUD_SDK_REGION_{service}_CN_NORTH_4": url for service in ("HSS", "CCE")},
        }
        command = [playbooks.command, GATE, *given, "-e"]
        ping = playbooks.write("inventory-ping", [{"ansible.builtin.ping": {}}], {})
        measures = {
            mode: lambda mode=mode: playbooks.seconds([*command, f"cluster_scan_gate_cce_check={mode}"], **environ)
            for mode in REQUESTS
        }
        costs = in_turns(ROUNDS, {"ping": lambda: playbooks.seconds(ping), **measures})
    lines = [
        f"{PROJECTS} projects of {CLUSTERS} clusters at {LATENCY * 1000:.0f} ms server latency, {CONCURRENCY} at once, all reports, whole "
        f"playbooks, median of {ROUNDS}"
    ]
    for mode, requests in REQUESTS.items():
        ideal = costs["ping"] + LATENCY * (1 + math.ceil(PROJECTS * requests / CONCURRENCY))
        lines.append(f"cce_check {mode:6} {costs[mode]:5.2f} s, {costs[mode] / ideal:.2f} of the ideal ({ideal:.2f} s)")
    lines.append(
        f"target <= {TARGET:g}; ideal: a playbook with one ping ({costs['ping']:.2f} s), and all requests {CONCURRENCY} at once"
    )
    return "\n".join(lines)
