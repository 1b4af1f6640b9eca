# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator in a process of its own, so that what measures and what answers do not wait for each other's interpreter."""

from __future__ import annotations

import contextlib
import json
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.tools.checkout import ROOT

PATIENCE = 60  # seconds


@contextlib.contextmanager
def simulated(folder: pathlib.Path, scenario: dict[str, Any]) -> Iterator[str]:
    """Yield the address (plain HTTP) while the block runs."""
    # JSON is YAML too.
    written, ready = folder / "scenario.yml", folder / "simulator.ready"
    written.write_text(json.dumps(scenario))
    command = [sys.executable, "-m", "tests.simulator", "--scenario", str(written), "--ready-file", str(ready)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > end:
                    sys.exit("The simulator did not start.")
                time.sleep(0.05)
            yield json.loads(ready.read_text())["http"]
        finally:
            process.terminate()
