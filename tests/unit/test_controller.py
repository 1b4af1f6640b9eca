# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test the detection of an ended ansible-playbook, with real processes and with made-up process trees."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
from typing import Any, Dict, List, Tuple

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency import controller as controller_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.controller import Controller
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import CancelledError
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets

PLAYBOOK = ["/usr/bin/python3", "/usr/local/bin/ansible-playbook", "site.yml"]
MODULE = ["/usr/bin/python3", "/root/.ansible/tmp/ansible-tmp-1/AnsiballZ_hss_cluster_scan.py"]
SHELL = ["/bin/sh", "-c", "/usr/bin/python3 AnsiballZ_hss_cluster_scan.py"]
SUDO = ["sudo", "-H", "-S", "-n", "-u", "ansible", "/bin/sh", "-c", "ansible-playbook"]
WRAPPER = [
    "/usr/bin/python3",
    "/root/.ansible/tmp/AnsiballZ_async_wrapper.py",
    "j1",
    "60",
    "AnsiballZ_hss_cluster_scan.py",
]
INIT = ["/sbin/init"]
# From the module upwards; process number, parent, command line.
LOCAL = [(50, 40, MODULE), (40, 30, SHELL), (30, 20, PLAYBOOK), (20, 10, PLAYBOOK), (10, 1, ["bash"]), (1, 0, INIT)]
BECOME = [(50, 45, MODULE), (45, 41, SHELL), (41, 40, SUDO), (40, 30, SUDO), *LOCAL[2:]]
REMOTE = [
    (50, 40, MODULE),
    (40, 30, SHELL),
    (30, 20, ["sshd: ansible@notty"]),
    (20, 1, ["sshd: ansible"]),
    (1, 0, INIT),
]
REMOTE_BECOME = [(50, 45, MODULE), (45, 41, SHELL), (41, 40, SUDO), (40, 30, SUDO), *REMOTE[2:]]
ASYNC = [(50, 46, MODULE), (46, 45, WRAPPER), (45, 43, WRAPPER), (43, 40, WRAPPER), *LOCAL[1:]]
Tree = List[Tuple[int, int, List[str]]]


def write(folder: pathlib.Path, tree: Tree) -> str:
    for pid, parent, command in tree:
        (folder / str(pid)).mkdir(exist_ok=True)
        (folder / str(pid) / "stat").write_text(f"{pid} (a (name) 1 2) S {parent} 1 1 0 -1")
        (folder / str(pid) / "cmdline").write_text("".join(f"{word}\0" for word in command))
    return str(folder)


def remove(folder: pathlib.Path, pid: int) -> None:
    for name in ("stat", "cmdline"):
        (folder / str(pid) / name).unlink()


@pytest.mark.parametrize("tree", [LOCAL, BECOME], ids=["local", "become"])
@pytest.mark.parametrize("how", ["another parent", "the worker too"])
def test_a_playbook_that_ends(tmp_path: pathlib.Path, tree: Tree, how: str) -> None:
    controller = Controller(50, write(tmp_path, tree))
    assert not controller.has_ended()
    controller.require()
    remove(tmp_path, 20)
    if how == "another parent":
        write(tmp_path, [(30, 1, PLAYBOOK)])
    else:
        remove(tmp_path, 30)
    assert controller.has_ended()
    with pytest.raises(CancelledError, match="The ansible-playbook that runs this task has ended"):
        controller.require()


@pytest.mark.parametrize("parent", [1, 5], ids=["init", "a parent that is gone"])
def test_a_playbook_that_ended_before_the_module_started(tmp_path: pathlib.Path, parent: int) -> None:
    tree = [(50, 40, MODULE), (40, 30, SHELL), (30, parent, PLAYBOOK), (1, 0, INIT)]
    assert Controller(50, write(tmp_path, tree)).has_ended()


@pytest.mark.parametrize(
    "tree", [REMOTE, REMOTE_BECOME, ASYNC, LOCAL[:2], [(50, 0, MODULE)], []],
    ids=["ssh", "ssh and become", "async", "an unreadable ancestor", "a container", "no /proc"],
)  # fmt: skip
def test_nothing_is_assumed_elsewhere(tmp_path: pathlib.Path, tree: Tree) -> None:
    controller = Controller(50, write(tmp_path, tree))
    assert not controller.has_ended()
    for pid, _parent, _command in tree[1:]:
        remove(tmp_path, pid)
    write(tmp_path, [(50, 1, MODULE)])
    assert not controller.has_ended()


def test_what_ends_above_the_playbook_does_not_matter(tmp_path: pathlib.Path) -> None:
    controller = Controller(50, write(tmp_path, LOCAL))
    remove(tmp_path, 10)
    write(tmp_path, [(20, 1, PLAYBOOK)])
    assert not controller.has_ended()


@pytest.mark.parametrize(
    "command,expected",
    [
        (["/venv/bin/python3.12", "/venv/bin/ansible-playbook", "x.yml"], True),
        (["python", "-I", "/venv/bin/ansible", "all"], True),
        (["python3", "-m", "ansible", "playbook", "x.yml"], True),
        (["/opt/ansible-playbook"], True),
        (["ansible-console"], True),
        (["python3", "/srv/runner.py", "ansible-playbook"], False),
        (["su", "-", "ansible"], False),
        (["vim", "ansible-playbook"], False),
        (["python3"], False),
        ([""], False),
    ],
)
def test_what_counts_as_ansible(tmp_path: pathlib.Path, command: List[str], expected: bool) -> None:
    tree = [(50, 30, MODULE), (30, 20, command), (20, 1, command), (1, 0, INIT)]
    controller = Controller(50, write(tmp_path, tree))
    write(tmp_path, [(30, 1, command)])
    assert controller.has_ended() is expected


# A worker of its own, as ansible-core has it, which starts the module through a shell and outlives the playbook.
LAUNCHER = """
import os, subprocess, sys, time
if os.fork():
    time.sleep(60)
else:
    subprocess.run(["/bin/sh", "-c", "%s; true" % " ".join(sys.argv[1:])])
"""
LOOKER = """
import sys, importlib.util
sys.path.insert(0, {root!r})
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.controller import Controller
controller = Controller()
print(controller.has_ended(), flush=True)
sys.stdin.readline()
print(controller.has_ended(), flush=True)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc here")
@pytest.mark.parametrize("name,ended", [("ansible-playbook", "True"), ("something-else", "False")])
def test_a_real_playbook_that_is_killed(tmp_path: pathlib.Path, name: str, ended: str) -> None:
    root = str(pathlib.Path(controller_module.__file__).parents[6])
    (tmp_path / name).write_text(LAUNCHER)
    (tmp_path / "module.py").write_text(LOOKER.format(root=root))
    command = [sys.executable, str(tmp_path / name), sys.executable, str(tmp_path / "module.py")]
    pipes: Dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as playbook:
        assert playbook.stdin and playbook.stdout
        assert playbook.stdout.readline() == "False\n"
        playbook.send_signal(signal.SIGTERM)
        playbook.wait(30)
        playbook.stdin.write("\n")
        playbook.stdin.flush()
        assert playbook.stdout.readline() == f"{ended}\n"


def test_a_client_in_the_controllers_own_process_looks_for_none() -> None:
    """As the lookup's, which reads one scope and starts nothing."""
    params = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    params.update(auth_token="no-token-that-exists", region="cn-north-4", project_id="p")
    Client(params, {}, Secrets()).require_controller()
