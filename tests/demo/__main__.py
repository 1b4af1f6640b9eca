# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make demo: the full circle by the shipped gate, run by its name with real ansible-playbook, on a cloud that is simulated here."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import NamedTuple

from tests.simulator import Simulator, load_scenario
from tests.tools.checkout import BIN, CACHE, ROOT, build_and_install

SCENARIO = ROOT / "tests" / "simulator" / "scenarios" / "ten_unscanned.yml"
GATE = "huaweicloud.hss.cluster_scan_gate"
REPORTS = CACHE / "demo" / "reports"


class Run(NamedTuple):
    """A run of the gate, and what it must come to."""

    what: str
    variables: dict[str, str]
    status: int
    words: tuple[str, ...]


RUNS = [
    Run(
        "10 of 20 clusters were never scanned, so the gate must be closed, and name them.",
        {"report_dir": str(REPORTS / "red")},
        2,
        ("The gate is CLOSED", "10 of 20 clusters were never scanned", "shop-new-4", "hss_cluster_scan"),
    ),
    Run(
        "Told to scan, it starts a scan, waits, judges again, and must be open.",
        {"scan": "true", "scan_poll_interval": "2", "report_dir": str(REPORTS / "green")},
        0,
        ("10 done, 0 running, 0 failed", "The gate is open", "0 of 20 clusters were never scanned"),
    ),
]


def run_gate(
    simulator: Simulator,
    variables: dict[str, str],
    collections: pathlib.Path,
    binaries: pathlib.Path = BIN,
    show: Callable[[str], None] = lambda line: print(line, end="", flush=True),
) -> tuple[int, str]:
    """Run the gate in a clean environment, print its output as it comes, and return exit status and output."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(collections.parent),
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        **simulator.environ,
    }
    given = [word for name, text in variables.items() for word in ("-e", f"cluster_scan_gate_{name}={text}")]
    show(f"$ ansible-playbook {GATE} {' '.join(given)}\n")
    lines = []
    with subprocess.Popen(
        [str(binaries / "ansible-playbook"), GATE, *given],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            show(line)
            lines.append(line)
    return process.returncode, "".join(lines)


def main() -> int:
    print(
        "The cloud in this demo is SIMULATED: a server on this machine plays IAM and HSS. No real account is asked.\n"
    )
    behaved = True
    shutil.rmtree(REPORTS, ignore_errors=True)
    with tempfile.TemporaryDirectory() as home, Simulator(load_scenario(SCENARIO)) as simulator:
        collections = pathlib.Path(home) / "collections"
        build_and_install(collections)
        print("Built the collection and installed it from its tarball.\n")
        for number, run in enumerate(RUNS, 1):
            print(f"--- Run {number} of {len(RUNS)}. {run.what}\n")
            variables = {"region": "cn-north-4", **run.variables}
            status, output = run_gate(simulator, variables, collections)
            good = status == run.status and all(word in output for word in run.words)
            behaved = behaved and good
            print(f"{'As expected' if good else 'NOT AS EXPECTED'}: exit status {status}, expected {run.status}.\n")
        behaved = behaved and len(simulator.tasks) == 1
    if behaved:
        print("Full circle (simulated cloud). Open the reports in a browser:")
        for name in ("red", "green"):
            print(f"  {name}: {REPORTS / name / 'cluster-scan-gate.html'}")
    else:
        print("The demo did NOT behave as described.")
    return 0 if behaved else 1


if __name__ == "__main__":
    sys.exit(main())
