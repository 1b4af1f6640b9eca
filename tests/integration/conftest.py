# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real ansible-playbook processes against the simulator, with the collection built, installed and run from its tarball."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import struct
import subprocess
import sys
import termios
from typing import Any, Dict, List, NamedTuple, Optional

import pytest
import yaml

from tests.conftest import LOOPBACK_ONLY, RESOLVED_NAMES

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
CALLBACKS = pathlib.Path(__file__).resolve().parent / "plugins" / "callback"
BIN = pathlib.Path(sys.executable).parent


class Outcome(NamedTuple):
    """Outcome of a run: exit status, both streams, ansible's log file, and each task's result."""

    status: int
    output: str
    log: str
    raw_results: str

    @property
    def results(self) -> List[Dict[str, Any]]:
        return [json.loads(line) for line in self.raw_results.splitlines()]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Build and install the tarball; return the collections folder."""
    folder = tmp_path_factory.mktemp("installed")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_GALAXY_CACHE_DIR": str(folder),
    }
    galaxy = [str(BIN / "ansible-galaxy"), "collection"]
    subprocess.run([*galaxy, "build", "--output-path", str(folder), str(CHECKOUT)], check=True, env=environ, cwd=folder)
    tarball = next(folder.glob("huaweicloud-hss-*.tar.gz"))
    command = [*galaxy, "install", "--offline", "--no-deps", "-p", str(folder), str(tarball)]
    subprocess.run(command, check=True, env=environ, cwd=folder)
    return folder


class Output:
    """A pipe, or a terminal with that many columns, for the output of a process; `end` is the end that the process has."""

    def __init__(self, columns: Optional[int]) -> None:
        if columns is None:
            self._own, self.end = os.pipe()
        else:
            self._own, self.end = os.openpty()
            fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))

    def read(self) -> str:
        """Return all that the process prints. A terminal ends with an error in place of an empty read."""
        os.close(self.end)
        parts = []
        with os.fdopen(self._own, "rb", buffering=0) as file, contextlib.suppress(OSError):
            while part := file.read(65536):
                parts.append(part)
        return b"".join(parts).decode().replace("\r\n", "\n")


class Playbooks:
    """Runs playbooks in an environment made from nothing."""

    def __init__(self, folder: pathlib.Path, collections: pathlib.Path) -> None:
        self.folder = folder
        self.command = str(BIN / "ansible-playbook")
        self.environ = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            # No name of the network is resolved, see tests/loopback_only. A fixture of a module has no file that a test reads.
            "PYTHONPATH": str(LOOPBACK_ONLY),
            RESOLVED_NAMES: os.environ.get(RESOLVED_NAMES, str(folder / "resolved-names")),
        }

    def run(
        self,
        playbook: Any,
        *arguments: str,
        variables: Optional[Dict[str, Any]] = None,
        environ: Optional[Dict[str, str]] = None,
        columns: Optional[int] = None,
    ) -> Outcome:
        """`playbook` is a name, or the data of one. Variables travel in a file: a command line is seen by everybody.

        `columns`: run in a terminal of that width.
        """
        if not isinstance(playbook, str):
            path = self.folder / "playbook.yml"
            path.write_text(yaml.safe_dump(playbook, sort_keys=False, allow_unicode=True))
            playbook = str(path)
        given = self.folder / "variables.json"
        given.write_text(json.dumps(variables or {}))
        log = self.folder / "ansible.log"
        results = self.folder / "results.jsonl"
        for left_over in (log, results):
            left_over.unlink(missing_ok=True)
        command = [self.command, playbook, "-e", f"@{given}", *arguments]
        own = {"ANSIBLE_LOG_PATH": str(log), "HSS_TEST_RESULTS": str(results)}
        output = Output(columns)
        with subprocess.Popen(
            command,
            env={**self.environ, **own, **(environ or {})},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=output.end,
            stderr=subprocess.STDOUT,
        ) as process:
            text = output.read()
        return Outcome(process.returncode, text, *(f.read_text() if f.exists() else "" for f in (log, results)))


def gates_of(cases: List[Dict[str, Any]]) -> List[Any]:
    """Return a playbook that runs the gate once for each case, a dictionary of role variables without prefix, whatever the others do."""
    tasks = []
    for number, case in enumerate(cases):
        variables = {f"cluster_scan_gate_{name}": value for name, value in case.items()}
        role = {"ansible.builtin.include_role": {"name": "huaweicloud.hss.cluster_scan_gate"}, "vars": variables}
        passed = {"ansible.builtin.debug": {"msg": {"case": number, "passed": True, "msg": ""}}}
        said = {"case": number, "passed": False, "msg": "{{ ansible_failed_result.msg | default('') }}"}
        tasks.append({"block": [role, passed], "rescue": [{"ansible.builtin.debug": {"msg": said}}]})
    return [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": tasks,
        }
    ]


def conclusions(outcome: Outcome, number: int) -> List[Dict[str, Any]]:
    """Return what became of each case of gates_of(): `passed`, `msg` of the task that failed, and all that its tasks `said`."""
    found: List[Dict[str, Any]] = []
    said = ""
    for result in outcome.results:
        if isinstance(result.get("msg"), dict):
            found.append({**result["msg"], "said": said})
            said = ""
        else:
            said += json.dumps(result, ensure_ascii=False)
    assert [entry["case"] for entry in found] == list(range(number)), outcome.output
    return found


@pytest.fixture
def playbooks(tmp_path: pathlib.Path, installed: pathlib.Path) -> Playbooks:
    return Playbooks(tmp_path, installed)
