# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure a module's process alone, without ansible-playbook around it. Imports are not counted."""

from __future__ import annotations

import json
import statistics
import subprocess
from typing import Any, NamedTuple

from tests.benchmark.playbooks import Playbooks

# Prints the most memory, in MiB, that a process has had. Not getrusage(): that remembers what the parent had before it started this one.
PEAK = """
import re, sys
with open("/proc/self/status") as status:
    print(int(re.search("VmHWM: *([0-9]+) kB", status.read().expandtabs(1)).group(1)) / 1024, file=sys.stderr)
"""
# Runs the module as Ansible's wrapper does, and says on standard error what the process took.
CODE = """
import importlib, sys, time
from ansible.module_utils import basic
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.stdin.buffer.read(), "legacy"
module = importlib.import_module(sys.argv[1])
collect, collected = module.collect, []
def timed(*given):
    start = time.perf_counter()
    try:
        return collect(*given)
    finally:
        collected.append(time.perf_counter() - start)
module.collect = timed
wall, cpu = time.perf_counter(), time.process_time()
try:
    module.main()
except SystemExit as end:
    assert not end.code
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(wall, cpu, *collected, file=sys.stderr)
"""


class Process(NamedTuple):
    """`collect`: the seconds of the module's own function, which asks the cloud; the rest is options, masking and printing."""

    seconds: float
    cpu: float
    collect: float
    peak: float  # MiB


def run(playbooks: Playbooks, name: str, options: dict[str, Any]) -> Process:
    """One run of a module of the collection."""
    done = subprocess.run(
        [playbooks.python, "-c", CODE + PEAK, f"ansible_collections.huaweicloud.hss.plugins.modules.{name}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode(),
        env={**playbooks.environ, "PYTHONPATH": str(playbooks.collections)},
        capture_output=True,
        check=True,
    )
    return Process(*map(float, done.stderr.split()))


def median(runs: list[Process]) -> Process:
    """Each figure's own."""
    return Process(*(statistics.median(column) for column in zip(*runs, strict=True)))
