# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test the tarball with another ansible-core. Usage. Usage: python -m tests.tools.acceptance BIN [PYTHON].

BIN is the folder of commands of an environment that holds ansible-core and requests, nothing else. The collection is
built, installed with it, and run with it against the simulator: the gate by its name, every module, the facts, ansible-doc.
With PYTHON, the interpreter of a host, only what runs on hosts is run, with that.
A warning of ansible-core is a failure, since it announces what a later one refuses.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from tests.demo.__main__ import RUNS, SCENARIO, run_gate
from tests.simulator import DEMO_AK, DEMO_SK, Simulator, load_scenario
from tests.tools.checkout import ROOT, build_and_install

PLAYBOOK = ROOT / "tests" / "tools" / "acceptance.yml"
WARNING = re.compile(r"^\[(?:DEPRECATION )?WARNING\].*", re.M)
# ansible-core 2.21 says it of a collection of its own when roles are listed.
OF_ANSIBLE = re.compile(r"^\[WARNING\]: Collection at '\S+/ansible/_protomatter' .*\n", re.M)


def main() -> int:
    binaries = pathlib.Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory(prefix="hss-acceptance-") as home:
        collections = pathlib.Path(home) / "collections"
        build_and_install(collections, binaries)
        if len(sys.argv) > 2:
            checks = [
                _modules_and_facts(binaries, collections, home, "-e", f"ansible_python_interpreter={sys.argv[2]}")
            ]
        else:
            checks = [
                *_gate(binaries, collections, home),
                _modules_and_facts(binaries, collections, home),
                _documentation(binaries, collections, home),
            ]
    for what, complaint in checks:
        print(f"{'FAILED' if complaint else 'passed'}: {what}{complaint}")
    return 1 if any(complaint for _what, complaint in checks) else 0


def _gate(binaries: pathlib.Path, collections: pathlib.Path, home: str) -> list[tuple[str, str]]:
    """Run the demonstration: closed gate, scan, open gate, with reports."""
    checks = []
    folder = pathlib.Path(home) / "reports"
    with Simulator(load_scenario(SCENARIO)) as simulator:
        for run in RUNS:
            variables = {"region": "cn-north-4", **run.variables, "report_dir": str(folder)}
            status, output = run_gate(simulator, variables, collections, binaries, show=lambda line: None)
            good = status == run.status and all(word in output for word in run.words) and not WARNING.search(output)
            good = good and (folder / "SHA256SUMS").exists()
            checks.append((f"the gate: {run.what} Exit status {status}.", "" if good else f"\n{output}"))
    return checks


def _modules_and_facts(binaries: pathlib.Path, collections: pathlib.Path, home: str, *options: str) -> tuple[str, str]:
    with Simulator(load_scenario(SCENARIO)) as simulator:
        environ = {
            "HUAWEICLOUD_SDK_AK": DEMO_AK,
            "HUAWEICLOUD_SDK_SK": DEMO_SK,
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": simulator.http_url,
            "HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4": simulator.http_url,
            "HW_REGION_NAME": "cn-north-4",
        }
        status, output = _run([binaries / "ansible-playbook", PLAYBOOK, *options], collections, home, environ)
    good = status == 0 and not WARNING.search(output)
    return "every module, the lookup and the facts", "" if good else f"\n{output}"


def _documentation(binaries: pathlib.Path, collections: pathlib.Path, home: str) -> tuple[str, str]:
    """Of each kind of plugin that there is, all are shown without a word of complaint."""
    complaints = ""
    for kind, pattern in (("module", "plugins/modules/*.py"), ("lookup", "plugins/lookup/*.py"), ("role", "roles/*")):
        plugins = sorted(f"huaweicloud.hss.{path.stem}" for path in ROOT.glob(pattern))
        if not plugins:
            continue
        status, output = _run([binaries / "ansible-doc", "--json", "-t", kind, *plugins], collections, home, {})
        try:
            shown = sorted(json.loads(OF_ANSIBLE.sub("", output)))
        except ValueError:
            shown = []
        if status != 0 or shown != plugins:
            complaints += f"\n{output}"
    return "ansible-doc", complaints


def _run(
    command: list[str | pathlib.Path], collections: pathlib.Path, home: str, environ: dict[str, str]
) -> tuple[int, str]:
    """Exit status and output, in an environment that holds nothing but what is set here."""
    base = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
    }
    done = subprocess.run(
        [str(part) for part in command],
        env={**base, **environ},
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main())
