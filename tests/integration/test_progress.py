# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress of hss_cluster_scan on standard error, with all that a playbook can ask of a task; the role as AWX runs it."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
from typing import Any, Dict, List, Set

import ansible_runner
import pytest
import yaml

from tests.simulator import Simulator, cluster, project, scenario

SCAN = "huaweicloud.hss.hss_cluster_scan"
GATE = "huaweicloud.hss.cluster_scan_gate"
AK = "FAKEAK0000PROGRESS00"
SK = "fake-secret-of-the-progress-tests-00"
KEYS = {"HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK}
PYTHON = {"ansible_python_interpreter": sys.executable}
# As sudo would: the command follows the options.
SUDO = '#!/bin/sh\nwhile [ "$1" != -u ]; do shift; done\nshift 2\nexec "$@"\n'
CONNECTION = """
from ansible.plugins.connection.local import Connection as Local
DOCUMENTATION = "{name: elsewhere, short_description: This machine as another, description: [x], author: [x], options: {}}"
class Connection(Local):
    transport = "elsewhere"
"""
PROGRESS = re.compile(r"hss_cluster_scan(?: on \S+)?: \d+ done, \d+ running, \d+ failed(?:, about \d+ minutes? left)?")


@pytest.fixture
def tasks(sim: Simulator) -> Any:
    """Start a scan that needs a few queries for each task of a playbook; return the options that wait for it."""
    clusters = [cluster(f"c{number}") for number in range(10)]
    key = {"access_key": AK, "secret_key": SK}
    sim.replace_scenario(scenario(projects=[project(clusters=clusters)], access_key=key, task_polls=2))

    def wait(name: str, number: int, options: Dict[str, Any], **keywords: Any) -> Dict[str, Any]:
        started = [sim.start_task(f"c{number}").id] if not options.get("task_ids") else []
        return {"name": name, SCAN: {"poll_interval": 1, "task_ids": started, **options}, **keywords}

    return wait


def run(playbooks: Any, plays: List[Any], **environ: str) -> "subprocess.CompletedProcess[str]":
    folder = playbooks.folder
    (folder / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False))
    inventory = "far ansible_connection=ssh ansible_port=1\nnear ansible_connection=local\n"
    (folder / "hosts.ini").write_text(f"{inventory}[all:vars]\nansible_python_interpreter={sys.executable}\n")
    return subprocess.run(
        [playbooks.command, "play.yml", "-i", "hosts.ini"],
        cwd=folder,
        env={**playbooks.environ, "HSS_TEST_RESULTS": "/dev/null", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_progress_with_all_that_a_task_can_have(playbooks: Any, sim: Simulator, tasks: Any) -> None:
    folder = playbooks.folder
    (folder / "connection_plugins").mkdir()
    (folder / "connection_plugins" / "elsewhere.py").write_text(CONNECTION)
    (folder / "sudo").write_text(SUDO)
    (folder / "sudo").chmod(0o755)
    become = {"become": True, "become_user": "root", "vars": {"ansible_become_exe": str(folder / "sudo")}}
    looped = [sim.start_task(name).id for name in ("c0", "c1")]
    shown = [
        tasks("delegated", 2, {}, delegate_to="localhost", vars=PYTHON),
        tasks("become", 3, {}, delegate_to="near", **become),
        tasks("loop", 4, {"task_ids": ["{{ item }}"]}, loop=looped, delegate_to="near"),
    ]
    silent = [
        tasks("async", 5, {}, delegate_to="near", **{"async": 60, "poll": 1}),
        tasks("check mode", 6, {}, delegate_to="near", check_mode=True),
        tasks("no_log", 7, {}, delegate_to="near", no_log=True),
        tasks("elsewhere", 8, {}, delegate_to="near", vars={"ansible_connection": "elsewhere"}),
    ]
    group = {
        "group/huaweicloud.hss.hss": {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url}
    }
    play = {"hosts": "far", "gather_facts": False, "module_defaults": group}
    play.update(environment=KEYS, vars={"ansible_async_dir": str(folder / "async")})
    done = run(playbooks, [{**play, "tasks": [*shown, *silent]}])
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if "hss_cluster_scan" in line]
    assert all(PROGRESS.fullmatch(line) for line in lines), lines
    assert "done, " not in done.stdout and SK not in done.stdout + done.stderr
    # Each of the four waits ends with one line, and says nothing twice.
    assert sum(line == "hss_cluster_scan: 1 done, 0 running, 0 failed" for line in lines) == 4, done.stderr
    assert all(first != second for first, second in zip(lines, lines[1:])), lines
    assert not list((folder / ".ansible" / "tmp").rglob("hss-progress-*")), "the file is removed"


def test_progress_of_several_hosts_names_each(playbooks: Any, sim: Simulator, tasks: Any) -> None:
    """And the standard output of a callback that prints JSON stays JSON."""
    where = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url}
    task = tasks("wait", 9, where, environment=KEYS, delegate_to="near")
    play = {"hosts": "all", "gather_facts": False, "tasks": [task]}
    done = run(playbooks, [play], ANSIBLE_STDOUT_CALLBACK="whole_json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [len(result["task_ids"]) for result in json.loads(done.stdout)] == [1, 1]
    named: Set[str] = {line.split(":")[0] for line in done.stderr.splitlines() if PROGRESS.fullmatch(line)}
    assert named == {"hss_cluster_scan on far", "hss_cluster_scan on near"}, done.stderr


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_by_ansible_runner(
    playbooks: Any, sim: Simulator, installed: pathlib.Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As AWX runs the gate: the events have the verdict and the progress, and none a secret."""
    key = {"access_key": AK, "secret_key": SK}
    sim.replace_scenario(scenario(projects=[project(clusters=[cluster("new")])], access_key=key, task_polls=5))
    given = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url, "scan_poll_interval": 1}
    for name in playbooks.environ.keys() & {"ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_CALLBACKS_ENABLED"}:
        del playbooks.environ[name]
    (playbooks.folder / "runner").mkdir()
    monkeypatch.setenv("PATH", playbooks.environ["PATH"])
    ran = ansible_runner.run(
        private_data_dir=str(playbooks.folder / "runner"),
        playbook=GATE,
        extravars={f"cluster_scan_gate_{name}": value for name, value in {**given, "scan": form == "json"}.items()},
        envvars={**playbooks.environ, **KEYS, "ANSIBLE_CALLBACK_RESULT_FORMAT": form},
        quiet=True,
    )
    events = list(ran.events)
    said = "".join(event["stdout"] for event in events)
    assert ran.rc == (0 if form == "json" else 2), said
    headline = "The gate is open for" if form == "json" else "The gate is CLOSED for"
    assert headline in said and (PROGRESS.search(said) is not None) is (form == "json"), said
    assert SK not in json.dumps([event.get("event_data") for event in events]) + said
