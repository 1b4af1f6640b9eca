# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shipped gate on many clusters with all of its reports, beside a playbook that only pings; and beside one written by hand."""

from __future__ import annotations

from typing import NamedTuple

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


HAND_ROUNDS = 11
HAND_TARGET = 1.15


def report(playbooks: Playbooks) -> str:
    return f"{_with_reports(playbooks)}\n\n{_beside_a_play(playbooks)}"


def _beside_a_play(playbooks: Playbooks) -> str:
    """Compare the processor time of whole runs, on 20 clusters without reports."""
    clusters = [{"count": 20, "name": "cluster", "scanned": True}]
    with simulated(playbooks.folder, scenario(projects=[project(clusters=[], cluster_groups=clusters)])) as url:
        options = {"region": "cn-north-4", "endpoint": url, "iam_endpoint": url}
        count = {**options, "enterprise_project_id": "all_granted_eps"}
        that = ["hss.complete", "hss.statistics.all_cluster_num >= 1", "hss.statistics.unscan_cluster_num == 0"]
        tasks = [
            {"huaweicloud.hss.hss_cluster_statistics": count, "register": "hss"},
            {"ansible.builtin.assert": {"that": that}},
        ]
        hand = playbooks.write("gate-hand", tasks, {"ansible_python_interpreter": "{{ ansible_playbook_python }}"})
        given = [word for name, value in options.items() for word in ("-e", f"cluster_scan_gate_{name}={value}")]
        keys = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
        costs = in_turns(
            HAND_ROUNDS,
            {
                "hand": lambda: playbooks.cpu_seconds(hand, **keys),
                "gate": lambda: playbooks.cpu_seconds([playbooks.command, GATE, *given], **keys),
            },
        )
    ratio = costs["gate"] / costs["hand"]
    return (
        f"processor time of whole playbooks, median of {HAND_ROUNDS}: statistics and assert {costs['hand']:.2f} s, "
        f"gate {costs['gate']:.2f} s, {ratio:.2f}  target <= {HAND_TARGET}"
    )


def _with_reports(playbooks: Playbooks) -> str:
    good = _cost(playbooks, {"scanned": True})
    bad = _cost(playbooks, {"scanned": False, "risky": True, "app_vulnerable": True})
    lines = [
        f"{CLUSTERS} clusters at {LATENCY * 1000:.0f} ms server latency, five rules, all reports, whole playbooks, median of {ROUNDS}",
        f"{'':36} {'ping':>7} {'gate':>7} {'reports':>12} {'of the ideal':>13}",
    ]
    for name, cost in {"no cluster breaks a rule": good, "every cluster breaks four": bad}.items():
        ratio = cost.gate / (cost.ping + REQUESTS * LATENCY)
        lines.append(f"{name:36} {cost.ping:5.2f} s {cost.gate:5.2f} s {cost.size / 1024:8.0f} KiB {ratio:13.2f}")
    lines.append(f"target <= {TARGET:g}; ideal: a playbook with one ping, and {REQUESTS} requests one after another")
    return "\n".join(lines)


class _Cost(NamedTuple):
    """Seconds of whole playbooks, and the bytes of all reports."""

    ping: float
    gate: float
    size: int


def _cost(playbooks: Playbooks, cluster: dict[str, bool]) -> _Cost:
    groups = [{"count": CLUSTERS, "name": "cluster", **cluster}]
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
            # A playbook that fails would be no measure; the work is the same.
            "fail_on_violation": False,
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
        return _Cost(costs["ping"], costs["gate"], sum(path.stat().st_size for path in folder.iterdir()))
