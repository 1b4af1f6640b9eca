# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all reports cost the process of the gate: CPU, memory and bytes, beside a run without."""

from __future__ import annotations

from typing import Any

from tests.benchmark import process
from tests.benchmark.cloud import simulated
from tests.benchmark.playbooks import Playbooks
from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, project, scenario

GOOD, BAD = 1500, 500
ROUNDS = 5
TARGETS = {"CPU": 0.5, "memory": 60.0, "HTML": 1.5}  # seconds, MiB, MB


def report(playbooks: Playbooks) -> str:
    groups = [
        {"count": GOOD, "name": "good", "scanned": True},
        {"count": BAD, "name": "bad", "scanned": False, "risky": True},
    ]
    world = scenario(projects=[project(clusters=[], cluster_groups=groups)])
    folder = playbooks.folder / "reports-alone"
    runs: dict[bool, list[process.Process]] = {False: [], True: []}
    with simulated(playbooks.folder, world) as url:
        options: dict[str, Any] = {
            "endpoint": url,
            "region": "cn-north-4",
            "project_id": DEMO_PROJECT_ID,
            "access_key": DEMO_AK,
            "secret_key": DEMO_SK,
            "max_risky": 0,
            "max_scan_age": "7d",
            "fail_on_violation": False,
        }
        # The first run has no earlier one to compare with.
        process.run(playbooks, "hss_cluster_gate", {**options, "report_dir": str(folder)})
        for _round in range(ROUNDS):
            for written in runs:
                further = {"report_dir": str(folder)} if written else {}
                runs[written].append(process.run(playbooks, "hss_cluster_gate", {**options, **further}))
    without, with_reports = (process.median(runs[written]) for written in (False, True))
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    html = sizes["cluster-scan-gate.html"] / 1e6
    lines = [
        f"all reports of {GOOD + BAD} clusters, {BAD} of which break two rules, one process, median of {ROUNDS}",
        f"CPU     {with_reports.cpu - without.cpu:6.2f} s more than {without.cpu:.2f} s, target <= {TARGETS['CPU']:g} s",
        f"memory  {with_reports.peak - without.peak:6.1f} MiB more than {without.peak:.0f} MiB, target <= {TARGETS['memory']:g} MiB",
        f"HTML    {html:6.2f} MB, target <= {TARGETS['HTML']:g} MB",
        f"all     {sum(sizes.values()) / 1e6:6.2f} MB: {', '.join(f'{name} {size / 1e6:.2f}' for name, size in sizes.items())}",
    ]
    return "\n".join(lines)
