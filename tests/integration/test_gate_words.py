# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the shipped gate prints, and its next steps: each pasted into a shell, in the situation that produced it."""

from __future__ import annotations

import json
import subprocess
from typing import Any, Dict, List, Optional

import pytest

from tests.simulator import Simulator, cluster, faults, project, scenario

GATE = "huaweicloud.hss.cluster_scan_gate"
AK = "FAKEAK00000000WORDS0"
SK = "fake-secret-of-the-words-tests-00000"
KEYS = {"HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK}
DAY = 86400


class Situation:
    """A simulated cloud that the gate judged, and its verdict."""

    def __init__(
        self,
        playbooks: Any,
        sim: Simulator,
        projects: List[Any],
        variables: Dict[str, Any],
        *found: Any,
        columns: Optional[int] = None,
    ) -> None:
        self.playbooks, self.sim, self.projects, self.faults = playbooks, sim, projects, found
        fixed = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url}
        self.variables = {f"cluster_scan_gate_{name}": value for name, value in {**fixed, **variables}.items()}
        self.restore()
        self.outcome = playbooks.run(GATE, variables=self.variables, environ=KEYS, columns=columns)
        self.verdict = next(result["verdict"] for result in self.outcome.results if "verdict" in result)

    def restore(self) -> None:
        """Bring the cloud back to the situation that was judged."""
        self.sim.reset()
        key = {"access_key": AK, "secret_key": SK}
        self.sim.replace_scenario(scenario(projects=self.projects, access_key=key, task_polls=0))
        for fault in self.faults:
            self.sim.inject(fault)

    def paste(self, command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            shell=True,
            cwd=self.playbooks.folder,
            env={**self.playbooks.environ, **KEYS},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def test_the_steps_of_a_project_with_old_scans_only_open_the_gate(playbooks: Any, sim: Simulator) -> None:
    """A scan of what was never scanned would do nothing here."""
    old = [cluster("{{ 7 * 7 }} 'old'", 8 * DAY), cluster("fine", 60)]
    situation = Situation(playbooks, sim, [project(clusters=old)], {"max_scan_age": "7d", "scan_poll_interval": 1})
    assert situation.outcome.status == 2 and situation.verdict["status"] == "failed"
    gate, scan = (step["command"] for step in situation.verdict["next_steps"])
    for command in (gate, scan):
        situation.restore()
        done = situation.paste(command)
        assert done.returncode == 0, done.stdout
        assert len(sim.tasks) == 1 and list(sim.tasks[0].clusters) == [old[0]["name"]]
    assert playbooks.run(GATE, variables=situation.variables, environ=KEYS).status == 0


def test_the_other_steps_show_what_they_promise(playbooks: Any, sim: Simulator) -> None:
    projects = [
        project(clusters=[cluster("risky", 60, risky=True, app_vul_num=1)], project_id="a" * 32),
        project(clusters=[cluster("fine", 60)], project_id="b" * 32, name="cn-north-4_b"),
    ]
    refused = faults.answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}, path=f"{'b' * 32}/container")
    limits = {"max_risky": 0, "max_app_vulnerable": 0, "scopes": [{"project_id": c * 32} for c in "ab"]}
    situation = Situation(playbooks, sim, projects, limits, refused)
    assert situation.outcome.status == 2 and situation.verdict["status"] == "failed"
    risks, vulnerabilities, access = (step["command"] for step in situation.verdict["next_steps"])
    for command in (risks, vulnerabilities):
        done = situation.paste(command)
        assert done.returncode == 0 and "risky" in done.stdout, done.stdout
    refused_again = situation.paste(access)
    assert refused_again.returncode != 0 and "APIGW.0302" in refused_again.stdout
    situation.faults = ()
    situation.restore()
    assert situation.paste(access).returncode == 0
    few = Situation(
        playbooks, sim, projects[:1], {"min_clusters": 2, "all_projects": True, "required_projects": ["*_b"]}
    )
    assert few.verdict["status"] == "failed"
    listed, answering = (few.paste(step["command"]) for step in few.verdict["next_steps"])
    assert listed.returncode == 0 and "risky" in listed.stdout
    assert answering.returncode == 0 and "cn-north-4_b" not in answering.stdout and "a" * 32 in answering.stdout


@pytest.mark.parametrize("form,columns", [("json", 80), ("yaml", 120)])
def test_a_red_gate_of_many_clusters_is_short(playbooks: Any, sim: Simulator, form: str, columns: int) -> None:
    """In a terminal, where ansible-core breaks some of its lines."""
    many = [cluster(f"cluster-{number:03}", None if number % 2 else 9 * DAY) for number in range(300)]
    playbooks.environ["ANSIBLE_CALLBACK_RESULT_FORMAT"] = form
    variables = {"max_scan_age": "7d", "max_risky": 0, "exceptions": [
        {"cluster_name": "cluster-001", "rules": ["max_unscanned"], "reason": "retired", "expires": "2099-12-31"}
    ]}  # fmt: skip
    situation = Situation(playbooks, sim, [project(clusters=many)], variables, columns=columns)
    output = situation.outcome.output
    assert situation.outcome.status == 2 and "The gate is CLOSED for" in output
    assert max(map(len, output.splitlines())) <= 1000
    counts = {name: output.count(name) for name in (one["name"] for one in many)}
    assert max(counts.values()) <= 2, counts
    assert sum(map(bool, counts.values())) >= 20, "the first of each rule are named"
    assert "is excepted until 2099-12-31: retired" in output
    assert SK not in output and json.dumps(SK) not in situation.outcome.raw_results


def test_a_red_gate_whose_scans_failed_is_short(playbooks: Any, sim: Simulator) -> None:
    many = [cluster(f"cluster-{number:03}", scan_fails="agent offline") for number in range(300)]
    variables = {"scan": True, "scan_poll_interval": 1}
    outcome = Situation(playbooks, sim, [project(clusters=many)], variables, columns=80).outcome
    assert (
        outcome.status == 2 and "The scan failed: 300 of 300 clusters were not scanned successfully" in outcome.output
    )
    assert max(map(len, outcome.output.splitlines())) <= 1000
    counts = {one["name"]: outcome.output.count(one["name"]) for one in many}
    assert 0 < max(counts.values()) <= 2, counts


def test_a_refused_credential_ends_in_the_same_words(playbooks: Any, sim: Simulator) -> None:
    sim.replace_scenario(
        scenario(projects=[project(clusters=[cluster("a", 60)])], access_key={"access_key": AK, "secret_key": SK})
    )
    given = {"cluster_scan_gate_region": "cn-north-4", "cluster_scan_gate_endpoint": sim.http_url}
    given["cluster_scan_gate_iam_endpoint"] = sim.http_url
    tolerant = {"cluster_scan_gate_fail_on_violation": False, "cluster_scan_gate_on_scope_error": "continue"}
    wrong = {**KEYS, "HUAWEICLOUD_SDK_SK": "wrong-secret-of-the-words-tests"}
    outcome = playbooks.run(GATE, variables={**given, **tolerant}, environ=wrong)
    assert outcome.status == 2 and "The gate could NOT judge any cluster [simulated]." in outcome.output, outcome.output
    assert "APIGW.0301" in outcome.output and max(map(len, outcome.output.splitlines())) <= 1000


def test_the_end_of_an_exception_as_a_yaml_date(playbooks: Any, sim: Simulator) -> None:
    """A template of ansible-core 2.16 turns a list that holds one into text."""
    sim.replace_scenario(
        scenario(projects=[project(clusters=[cluster("new")])], access_key={"access_key": AK, "secret_key": SK})
    )
    given = {"cluster_scan_gate_region": "cn-north-4", "cluster_scan_gate_endpoint": sim.http_url}
    given["cluster_scan_gate_iam_endpoint"] = sim.http_url
    entry = "- {cluster_name: new, rules: [max_unscanned], reason: é, expires: %s}"
    entries = "\n".join(entry % end for end in ("2020-01-01", "2099-12-31", "2099-12-31T10:00:00Z"))
    file = playbooks.folder / "exceptions.yml"
    file.write_text(f"cluster_scan_gate_exceptions:\n{entries}\n", encoding="utf-8")
    outcome = playbooks.run(GATE, "-e", f"@{file}", variables=given, environ=KEYS)
    assert outcome.status == 0, outcome.output
    (verdict,) = (result["verdict"] for result in outcome.results if "verdict" in result)
    (excepted,) = verdict["rules"][2]["excepted"]
    assert excepted["exception"]["expires"] == "2099-12-31" and len(verdict["notes"]) == 2
