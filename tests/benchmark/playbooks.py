# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks run and timed, with the collection installed from its tarball, in an environment as users have it."""

from __future__ import annotations

import os
import pathlib
import statistics
import subprocess
import sys
import time
import venv
from typing import Any

import yaml

from tests.tools.checkout import CACHE, ROOT, build_and_install

Task = dict[str, Any]


class Playbooks:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.collections = folder / "collections"
        build_and_install(self.collections)
        place = _what_users_have()
        self.command = str(place / "bin" / "ansible-playbook")
        self.python = str(place / "bin" / "python")
        self.environ = {
            "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_LOCALHOST_WARNING": "false",
        }

    def write(self, name: str, tasks: list[Task], variables: dict[str, Any]) -> list[str]:
        """Return the command that runs these tasks."""
        play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}
        path = self.folder / f"{name}.yml"
        path.write_text(yaml.dump([play], Dumper=_WithoutAliases))
        return [self.command, str(path)]

    def seconds(self, command: list[str], **environ: str) -> float:
        """Return the duration of a complete process."""
        start = time.perf_counter()
        self._run(command, environ)
        return time.perf_counter() - start

    def cpu_seconds(self, command: list[str], **environ: str) -> float:
        """Return the processor time of a complete process and its children."""
        before = os.times()
        self._run(command, environ)
        after = os.times()
        return after.children_user - before.children_user + after.children_system - before.children_system

    def _run(self, command: list[str], environ: dict[str, str]) -> None:
        done = subprocess.run(
            command,
            env={**self.environ, **environ},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{command} failed:\n{done.stdout.decode()}{done.stderr.decode()}")


def in_turns(rounds: int, measures: dict[str, Any]) -> dict[str, float]:
    """Return the median of each measure, taken in turns. The first round warms caches and does not count."""
    found: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        for name, measure in measures.items():
            found.setdefault(name, []).append(measure())
        print(f"\rround {number} of {rounds} ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {name: statistics.median(values[1:]) for name, values in found.items()}


def _what_users_have() -> pathlib.Path:
    """Create an environment with only ansible-core and requests: test libraries slow the import of requests."""
    place = CACHE / "bench-venv"
    if not (place / "bin" / "ansible-playbook").exists():
        venv.create(place, with_pip=True, clear=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(ROOT / "tests" / "requirements" / "gate.txt")], check=True)
    return place


class _WithoutAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True
