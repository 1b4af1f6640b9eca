# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Detect that the `ansible-playbook` that runs this module on its own host has ended.

ansible-core before 2.19 leaves a module running when it is ended by a signal. ansible-playbook (or ansible, ansible-console) forks a
worker for each task, and the worker, whose command line stays the same, starts the module. When ansible-playbook ends, the system gives
its worker another parent at once. Where there is no such worker among the module's ancestors, nothing is known and nothing is assumed: on a
remote host, in a container, under `async` (which detaches the module on purpose), and where there is no /proc.
"""

from __future__ import annotations

import os
from typing import List, NamedTuple, Optional

from .._errors import CancelledError

PROGRAMS = ("ansible", "ansible-playbook", "ansible-console")
ASYNC = "async_wrapper"


class _Process(NamedTuple):
    pid: int
    parent: int
    command: List[str]  # its command line

    @property
    def is_ansible(self) -> bool:
        """Return whether it is one of PROGRAMS, called by itself, by an interpreter, or as `python -m ansible playbook`."""
        arguments = [os.path.basename(argument) for argument in self.command]
        if arguments[0].startswith(("python", "pypy")):
            arguments = [argument for argument in arguments[1:] if not argument.startswith("-")]
        return arguments[:1] != [] and arguments[0] in PROGRAMS

    @property
    def is_async(self) -> bool:
        return any(ASYNC in os.path.basename(argument) for argument in self.command)


class Controller:
    """The process that this module reports to. Make it when the module starts: what has ended before cannot be told from nothing."""

    def __init__(self, pid: Optional[int] = None, proc: str = "/proc") -> None:
        """Find the worker. `pid`: the process whose ancestors are searched, this one by default; `proc`: the mount point of procfs."""
        self._proc = proc
        self._worker: Optional[_Process] = None
        self._orphaned = False
        self._find(os.getpid() if pid is None else pid)

    def has_ended(self) -> bool:
        """Return whether the ansible-playbook that runs this module has ended; False where that cannot be known."""
        if self._worker is None:
            return False
        if self._orphaned:
            return True
        worker = _read(self._proc, self._worker.pid)
        return worker is None or worker.parent != self._worker.parent

    def require(self) -> None:
        """Raise CancelledError if the ansible-playbook that runs this module has ended."""
        if self.has_ended():
            raise CancelledError(
                "The ansible-playbook that runs this task has ended, so the task gave up: nothing is started or written after that.",
                hint="Run the playbook again.",
            )

    def _find(self, pid: int) -> None:
        """Look for the worker among the process and its ancestors."""
        process = _read(self._proc, pid)
        while process is not None and not process.is_async:
            if process.is_ansible:
                self._worker = process
                parent = _read(self._proc, process.parent)
                # The playbook can have ended before its worker started the module.
                self._orphaned = parent is None or not parent.is_ansible
                return
            process = _read(self._proc, process.parent)


def _read(proc: str, pid: int) -> Optional[_Process]:
    """Return a process, or None where it is gone or not to be seen."""
    try:
        with open(os.path.join(proc, str(pid), "stat"), "rb") as file:
            # The second field, the name in parentheses, may hold anything.
            parent = int(file.read().rpartition(b")")[2].split()[1])
        with open(os.path.join(proc, str(pid), "cmdline"), "rb") as file:
            command = os.fsdecode(file.read()).split("\0")
    except (OSError, ValueError, IndexError):
        return None
    return _Process(pid, parent, command)
