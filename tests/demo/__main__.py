# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make demo: the shipped gate, run by its name with real ansible-playbook, against a cloud that is simulated here."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile

from tests.simulator import DEMO_AK, DEMO_SK, Simulator, load_scenario
from tests.tools.checkout import BIN, ROOT, build_and_install

SCENARIOS = ROOT / "tests" / "simulator" / "scenarios"
GATE = "huaweicloud.hss.cluster_scan_gate"


def run_gate(scenario: str, collections: pathlib.Path, home: str, binaries: pathlib.Path = BIN) -> tuple[int, str]:
    """The gate's exit status and output, in an environment that holds nothing but what is set here."""
    with Simulator(load_scenario(SCENARIOS / scenario)) as simulator:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "HUAWEICLOUD_SDK_AK": DEMO_AK,
            "HUAWEICLOUD_SDK_SK": DEMO_SK,
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": simulator.https_url,
            "HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4": simulator.https_url,
            "REQUESTS_CA_BUNDLE": str(simulator.ca_path),
        }
        command = [str(binaries / "ansible-playbook"), GATE, "-e", "cluster_scan_gate_region=cn-north-4"]
        done = subprocess.run(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


def main() -> int:
    print(
        "The cloud in this demo is SIMULATED: a server on this machine plays IAM and HSS. No real account is asked.\n"
    )
    behaved = True
    runs = [
        ("Every cluster is scanned, so the gate must pass.", "all_scanned.yml", 0, "0 of 20 clusters"),
        ("10 of 20 clusters are not, so it must fail.", "ten_unscanned.yml", 2, "10 of 20 clusters"),
    ]
    with tempfile.TemporaryDirectory() as home:
        collections = pathlib.Path(home) / "collections"
        build_and_install(collections)
        print(f"Built the collection and installed it from its tarball. The gate is: ansible-playbook {GATE}\n")
        for number, (what, scenario, status, figure) in enumerate(runs, 1):
            print(f"--- Run {number} of {len(runs)}. {what}\n", flush=True)
            found, output = run_gate(scenario, collections, home)
            print(output)
            good = found == status and figure in output
            behaved = behaved and good
            print(f"{'As expected' if good else 'NOT AS EXPECTED'}: exit status {found}, expected {status}.\n")
    print("Both runs behaved (simulated cloud)." if behaved else "The demo did NOT behave as described.")
    return 0 if behaved else 1


if __name__ == "__main__":
    sys.exit(main())
