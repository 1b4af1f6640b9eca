# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shipped gate on many clusters with all of its reports, beside a playbook that only pings."""

from __future__ import annotations

from tests.benchmark.cloud import simulated
from tests.benchmark.playbooks import Playbooks, in_turns
from tests.simulator import DEMO_AK, DEMO_SK, project, scenario

GATE = "huaweicloud.hss.cluster_scan_gate"
CLUSTERS = 2000
LATENCY = 0.05  # seconds
# One after another: the project, the counts, the first page of the list, and the other pages, all at once.
REQUESTS = 4
ROUNDS = 5
TARGET = 2.0


def report(playbooks: Playbooks) -> str:
    groups = [{"count": CLUSTERS, "name": "cluster", "scanned": True}]
    world = scenario(projects=[project(clusters=[], cluster_groups=groups)], latency=LATENCY)
    folder = playbooks.folder / "reports"
    with simulated(playbooks.folder, world) as url:
        variables = {
            "region": "cn-north-4",
            "endpoint": url,
            "iam_endpoint": url,
            "max_scan_age": "7d",
            "max_risky": 0,
            "max_app_vulnerable": 0,
            "report_dir": str(folder),
        }
        given = [word for name, value in variables.items() for word in ("-e", f"cluster_scan_gate_{name}={value}")]
        keys = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
        ping = playbooks.write("gate-ping", [{"ansible.builtin.ping": {}}], {})
        costs = in_turns(
            ROUNDS,
            {
                "ping": lambda: playbooks.seconds(ping),
                "gate": lambda: playbooks.seconds([playbooks.command, GATE, *given], **keys),
            },
        )
        size = sum(path.stat().st_size for path in folder.iterdir())
    ideal = costs["ping"] + REQUESTS * LATENCY
    lines = [
        f"{CLUSTERS} clusters at {LATENCY * 1000:.0f} ms server latency, five rules, all four reports, whole playbooks, median of {ROUNDS}",
        f"{'a playbook with one ping':36} {costs['ping']:7.2f} s",
        f"{f'the gate ({size / 1024:.0f} KiB of reports)':36} {costs['gate']:7.2f} s",
        f"{'of the ideal':36} {costs['gate'] / ideal:7.2f}    target <= {TARGET:g}"
        f" (ping + {REQUESTS} requests one after another = {ideal:.2f} s)",
    ]
    return "\n".join(lines)
