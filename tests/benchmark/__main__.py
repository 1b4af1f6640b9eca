# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make bench: what the collection costs, beside the same GETs by ansible.builtin.uri and by a script on the vendor's SDK.

All in one run, in turns, so that whatever else the machine does is shared by all. Nothing is asserted: figures and targets are printed.
"""

from __future__ import annotations

import os
import pathlib
import platform
import subprocess
import sys
import tempfile

from tests.benchmark import account, gate, inventory, lists, reports, single
from tests.benchmark.playbooks import Playbooks


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        playbooks = Playbooks(pathlib.Path(folder))
        core = subprocess.run([playbooks.command, "--version"], capture_output=True, text=True, check=True).stdout
        print(
            f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
            f"{core.partition(chr(10))[0]}, plain HTTP on loopback"
        )
        parts = {
            "single": single.report,
            "account": account.report,
            "lists": lists.report,
            "gate": gate.report,
            "reports": reports.report,
            "inventory": inventory.report,
        }
        for name in sys.argv[1:] or parts:
            print(f"\n{parts[name](playbooks)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
