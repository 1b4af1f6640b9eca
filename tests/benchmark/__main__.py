# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make bench: what one more task costs, beside the same GET by ansible.builtin.uri and by a script on the vendor's SDK.

All in one run, in turns, so that whatever else the machine does is shared by all. Nothing is asserted: ratios are printed.
The cost of one more task is the time of a play with MANY tasks less that of a play with one, divided; the median of ROUNDS.
"""

from __future__ import annotations

import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from typing import Any

import yaml

from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, DEMO_TOKEN, Simulator, scenario
from tests.tools.checkout import BIN, CACHE, ROOT, build_and_install

ROUNDS = 7
MANY = 11
TARGET = 0.95
PATH = f"/v5/{DEMO_PROJECT_ID}/container/cluster/statistics"


def tasks(url: str) -> dict[str, dict[str, Any]]:
    statistics_task = {"endpoint": url, "project_id": DEMO_PROJECT_ID, "auth_token": "{{ token }}"}
    uri_task = {"url": url + PATH, "headers": {"X-Auth-Token": "{{ token }}"}, "return_content": True}
    return {
        "ansible.builtin.ping": {"ansible.builtin.ping": {}},
        "ansible.builtin.uri": {"ansible.builtin.uri": uri_task},
        "hss_cluster_statistics": {"huaweicloud.hss.hss_cluster_statistics": statistics_task},
    }


def timed(command: list[str], environ: dict[str, str], folder: pathlib.Path) -> float:
    """Seconds that a whole process took."""
    start = time.perf_counter()
    done = subprocess.run(command, env=environ, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    took = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout.decode()}{done.stderr.decode()}")
    return took


def write_playbook(folder: pathlib.Path, name: str, task: dict[str, Any], times: int) -> str:
    play = {"hosts": "localhost", "gather_facts": False, "vars": {"token": DEMO_TOKEN}, "tasks": [task] * times}
    path = folder / f"{name}-{times}.yml"
    path.write_text(yaml.dump([play], Dumper=WithoutAliases))
    return str(path)


def install_what_users_have() -> str:
    """ansible-playbook in an environment with ansible-core and requests alone: test libraries slow the import of requests."""
    place = CACHE / "bench-venv"
    if not (place / "bin" / "ansible-playbook").exists():
        venv.create(place, with_pip=True, clear=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(ROOT / "tests" / "requirements" / "gate.txt")], check=True)
    return str(place / "bin" / "ansible-playbook")


class WithoutAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def measure(folder: pathlib.Path) -> dict[str, float]:
    """Seconds, by name."""
    collections = folder / "collections"
    build_and_install(collections)
    ansible_playbook = install_what_users_have()
    environ = {
        "PATH": f"{pathlib.Path(ansible_playbook).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_LOCALHOST_WARNING": "false",
    }
    found: dict[str, list[float]] = {}
    with Simulator(scenario()) as simulator:
        commands = {
            name: [[ansible_playbook, write_playbook(folder, name, task, n)] for n in (1, MANY)]
            for name, task in tasks(simulator.http_url).items()
        }
        keys = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
        script = [
            sys.executable,
            str(pathlib.Path(__file__).parent / "sdk_script.py"),
            simulator.http_url,
            DEMO_PROJECT_ID,
        ]
        for number in range(ROUNDS + 1):
            for name, (one, many) in commands.items():
                cost = -timed(one, environ, folder) + timed(many, environ, folder)
                found.setdefault(name, []).append(cost / (MANY - 1))
            found.setdefault("vendor's SDK, a whole process", []).append(timed(script, {**environ, **keys}, folder))
            print(f"\rround {number} of {ROUNDS}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    # The first round warms caches.
    return {name: statistics.median(costs[1:]) for name, costs in found.items()}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        costs = measure(pathlib.Path(folder))
    ansible = subprocess.run([str(BIN / "ansible"), "--version"], capture_output=True, text=True, check=True).stdout
    core = ansible.partition("\n")[0]
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {core}, plain HTTP on loopback"
    )
    print(f"one more task on localhost, median of {ROUNDS} rounds\n")
    print(f"{'':32} {'ms':>7} {'of uri':>8}")
    for name, seconds in costs.items():
        note = f"  target <= {TARGET}" if name == "hss_cluster_statistics" else ""
        print(f"{name:32} {seconds * 1000:7.0f} {seconds / costs['ansible.builtin.uri']:8.2f}{note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
