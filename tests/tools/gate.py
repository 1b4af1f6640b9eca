# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make gate: the shipped gate against the real cloud. Never the simulator; credentials are in the environment."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from tests.tools.checkout import BIN, build_and_install

VARIABLES = {
    "REGION": "region",
    "PROJECT_ID": "project_id",
    "ENTERPRISE_PROJECT_ID": "enterprise_project_id",
    "ALL_PROJECTS": "all_projects",
}


def main() -> int:
    names = [name for name in VARIABLES if name in os.environ.get("GATE_GIVEN", "").split()]
    for name in names:
        if not os.environ[name].strip():
            # Else another region or project would be judged: that of the environment, or of the credential.
            print(
                f"{name} is empty or blank: give it a value (make gate {name}=...), or leave it out (unset {name})",
                file=sys.stderr,
            )
            return 2
    given = {f"cluster_scan_gate_{VARIABLES[name]}": os.environ[name] for name in names}
    places = ("cluster_scan_gate_region", "cluster_scan_gate_all_projects")
    if not any(place in given for place in places) and not os.environ.get("HW_REGION_NAME", "").strip():
        print(
            "Which region? make gate REGION=cn-north-4, or ALL_PROJECTS=true (or set HW_REGION_NAME)", file=sys.stderr
        )
        return 2
    with tempfile.TemporaryDirectory() as folder:
        collections = pathlib.Path(folder) / "collections"
        build_and_install(collections)
        quiet = {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}
        environ = {**os.environ, **quiet, "ANSIBLE_COLLECTIONS_PATH": str(collections)}
        # As JSON in a file: a value is data there, whatever is in it.
        variables = pathlib.Path(folder) / "variables.json"
        variables.write_text(json.dumps({name: {"__ansible_unsafe": value} for name, value in given.items()}))
        command = [str(BIN / "ansible-playbook"), "huaweicloud.hss.cluster_scan_gate", "-e", f"@{variables}"]
        return subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
