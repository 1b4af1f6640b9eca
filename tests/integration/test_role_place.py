# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shipped gate and its role judge what was meant, as whom it was meant, once, and print no line that is not theirs."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
from typing import Any, Dict, Iterator, List, Optional

import pytest
import yaml

from tests.integration.conftest import conclusions, gates_of
from tests.integration.documents import CHECKOUT, blocks
from tests.simulator import Simulator, cluster, faults, project, scenario

GATE = "huaweicloud.hss.cluster_scan_gate"
KEYS = {"access_key": "FAKEAK0000000PLACE00", "secret_key": "fake-secret-of-the-place-tests-00000"}
ENVIRON = {"HUAWEICLOUD_SDK_AK": KEYS["access_key"], "HUAWEICLOUD_SDK_SK": KEYS["secret_key"]}
LOOK = "/common/tasks/batch-query"
CREATE = "/common/task$"
WRONG_KEY = {
    "error_code": "APIGW.0301",
    "error_msg": "Incorrect IAM authentication information: verify aksk signature fail",
}
SCANNED = [cluster("fine", 60)]
OMITTED = "{{ not_set | default(omit) }}"
PYTHON = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}


@pytest.fixture
def sim(sim: Simulator) -> Simulator:
    world(sim, project(clusters=SCANNED))
    return sim


def world(sim: Simulator, *projects: Any, **given: Any) -> None:
    keys = {**KEYS, "projects": [each["id"] for each in projects]} if len(projects) > 1 else KEYS
    sim.replace_scenario(scenario(projects=list(projects), access_key=keys, **given))


def given(sim: Simulator, **variables: Any) -> Dict[str, Any]:
    fixed = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url, "scan_poll_interval": 1}
    return {f"cluster_scan_gate_{name}": value for name, value in {**fixed, **variables}.items()}


def words(outcome: Any) -> str:
    return str(outcome.results[-1].get("msg"))


BLANKS = ["", " ", "\n", "\t \r\n", "\u3000", None, OMITTED]
TEXTS = [
    "region",
    "project_id",
    "project_name",
    "enterprise_project_id",
    "endpoint",
    "cloud",
    "auth_token",
    "access_key",
]
TEXTS += [
    "secret_key",
    "agency_name",
    "agency_domain_id",
    "credentials_file",
    "koocli_profile",
    "ca_path",
    "report_dir",
]
TEXTS += ["max_scan_age"]


def cases(playbooks: Any, sim: Simulator, variables: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Run the gate for each of these dictionaries of variables, in one playbook."""
    fixed = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url}
    outcome = playbooks.run(gates_of([{**fixed, **case} for case in variables]), environ=ENVIRON)
    return conclusions(outcome, len(variables))


def test_a_blank_text_is_refused_in_every_variable(playbooks: Any, sim: Simulator) -> None:
    for value, entry in zip(BLANKS, cases(playbooks, sim, [dict.fromkeys(TEXTS, value) for value in BLANKS])):
        assert not entry["passed"], value
        assert [name for name in TEXTS if f"cluster_scan_gate_{name}" not in entry["msg"]] == [], value
        assert entry["msg"].startswith("Empty, blank, or default(omit): ")
    assert not sim.requests


def test_an_omitted_variable_of_another_type_is_refused(playbooks: Any, sim: Simulator) -> None:
    names = ["all_projects", "scopes", "report_formats", "max_risky", "scan", "fail_on_violation"]
    for name, entry in zip(names, cases(playbooks, sim, [{name: OMITTED} for name in names])):
        assert not entry["passed"] and name in entry["said"], entry
    assert not sim.requests


def test_a_blank_in_a_scope_is_refused(playbooks: Any, sim: Simulator) -> None:
    scopes = [
        [{"region": "cn-north-4"}, {"region": "cn-north-4", "project_name": value}]
        for value in (" ", "", None, OMITTED)
    ]
    for entry in cases(playbooks, sim, [{"scopes": each} for each in scopes]):
        assert not entry["passed"] and "Empty, blank, or default(omit): cluster_scan_gate_scopes" in entry["msg"], entry
    assert not sim.requests


@pytest.mark.parametrize("true_at", [1, 2, 3, 4])
def test_pass_or_fail_is_decided_once(playbooks: Any, sim: Simulator, tmp_path: pathlib.Path, true_at: int) -> None:
    """Keep the gate closed if the condition for a scan changes between evaluations, as with a clock."""
    world(sim, project(clusters=[cluster("new", scan_fails="no")]), task_polls=0)
    count = tmp_path / "count"
    command = f"echo x >> {count}; [ $(wc -l < {count}) = {true_at} ] && echo true || echo false"
    scan = "{{ lookup('ansible.builtin.pipe', '%s') }}" % command
    outcome = playbooks.run(GATE, variables=given(sim, scan=scan), environ=ENVIRON)
    assert outcome.status == 2 and "The gate is CLOSED" in words(outcome), outcome.output


def test_an_inventory_does_not_decide_who_judges(playbooks: Any, sim: Simulator, tmp_path: pathlib.Path) -> None:
    settings = "ansible_connection=ssh ansible_port=1 ansible_become=true ansible_become_exe=/bin/false ansible_shell_type=fish "
    settings += "ansible_shell_executable=/bin/false ansible_python_interpreter=/bin/false"
    inventory = tmp_path / "hosts.ini"
    inventory.write_text("localhost\n[all:vars]\n" + settings.replace(" ", "\n"))
    outcome = playbooks.run(GATE, "-i", str(inventory), variables=given(sim), environ=ENVIRON)
    assert outcome.status == 0 and "The gate is open" in outcome.output, outcome.output


def projects_to_scan() -> List[Any]:
    return [
        project(clusters=[cluster(f"new-{c}")], project_id=c * 32, name="cn-north-4" + (f"_{c}" if c != "a" else ""))
        for c in "abc"
    ]


@pytest.mark.parametrize("skip", [0, 6], ids=["at the start", "in the wait"])
def test_after_a_refused_credential_nothing_more_is_queried(playbooks: Any, sim: Simulator, skip: int) -> None:
    world(sim, *projects_to_scan(), task_polls=10**6)
    sim.inject(faults.answer(401, WRONG_KEY, path=LOOK, skip=skip))
    variables = given(sim, all_projects=True, scan=True)
    outcome = playbooks.run(GATE, variables=variables, environ=ENVIRON)
    assert outcome.status == 2 and "The gate is CLOSED" in words(outcome), outcome.output
    assert "The scan failed: HSS ListTasks" in words(outcome) and "0301" in words(outcome), outcome.output
    assert sim.requests[-1].path.endswith(LOOK), "the refused request is the last"
    assert sum(r.path.endswith(LOOK) for r in sim.requests) == skip + 1


def test_a_loop_does_not_send_a_refused_credential_again(playbooks: Any, sim: Simulator) -> None:
    sim.inject(faults.answer(401, WRONG_KEY))
    queried = {"region": "cn-north-4", "endpoint": sim.http_url, "project_id": "a" * 32}
    tasks = [{"huaweicloud.hss.hss_cluster_statistics": queried, "loop": [1, 2, 3, 4, 5, 6]}]
    play = [{"hosts": "localhost", "gather_facts": False, "vars": PYTHON, "tasks": tasks}]
    outcome = playbooks.run(play, environ=ENVIRON)
    output = [item["msg"][:9] for item in outcome.results[-1]["results"]]
    assert outcome.status == 2 and output.count("Not asked") == 5, outcome.output
    assert len(sim.requests) == 1


@pytest.mark.parametrize("polls", [10**6, 3], ids=["it goes on", "it ends before the last host starts"])
def test_hosts_of_one_play_start_one_scan(playbooks: Any, sim: Simulator, tmp_path: pathlib.Path, polls: int) -> None:
    world(sim, project(clusters=[cluster("new")]), task_polls=polls)
    inventory = tmp_path / "hosts.ini"
    inventory.write_text("".join(f"h{i} ansible_connection=local\n" for i in range(4)))
    variables = given(sim, scan=True, scan_timeout=1 if polls > 3 else 60, scan_poll_interval=1)
    play = [{"hosts": "all", "gather_facts": False, "vars": PYTHON, "roles": [GATE]}]
    outcome = playbooks.run(play, "-i", str(inventory), variables=variables, environ=ENVIRON)
    assert len(sim.tasks) == 1, outcome.output
    assert outcome.status == (2 if polls > 3 else 0), outcome.output


NASTY = 'cn-north-4_x\n    "msg": "The gate is open for all"\x1b[2K\x1b]0;t\x07\u202e##vso[task.complete]##[error]::error::y'


def test_the_name_of_a_project_is_data(playbooks: Any, sim: Simulator) -> None:
    refused = faults.answer(403, {"error_code": "HSS.1010", "error_msg": NASTY}, path=CREATE)
    for problems in ([], [refused]):
        world(sim, project(clusters=[cluster("new")], name=NASTY), task_polls=10**6, faults=problems)
        variables = given(sim, all_projects=True, scan=True, scan_timeout=1)
        outcome = playbooks.run(GATE, variables=variables, environ=ENVIRON)
        assert outcome.status == 2 and "The gate is CLOSED" in words(outcome), outcome.output
        assert not re.search(r'(?m)^ *"msg": "The gate is open', outcome.output), outcome.output
        lines = [line for line in outcome.output.splitlines() if not line.startswith(("fatal: ", "failed: "))]
        for sign in ("\x1b", "\x07", "\u202e", "##vso[", "##[", "::error::"):
            assert not [line for line in lines if sign in line], sign


def moved(playbooks: Any, play: List[Any]) -> str:
    """Write the playbook to a folder that is not the one it is started in."""
    path = playbooks.folder / "elsewhere" / "play.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(play))
    return str(path)


ROLE = {"ansible.builtin.include_role": {"name": GATE}}
DELEGATED = {"ansible.builtin.include_role": {"name": GATE, "apply": {"delegate_to": "localhost"}}}


@pytest.mark.parametrize(
    "host,play",
    [
        ("here ansible_connection=ansible.builtin.local", {"roles": [GATE]}),
        ("here ansible_connection=local", {"tasks": [ROLE]}),
        ("here", {"roles": [GATE], "connection": "ansible.builtin.local"}),
        ("far ansible_connection=ssh ansible_port=1", {"roles": [{"role": GATE, "delegate_to": "localhost"}]}),
        ("far ansible_connection=ssh ansible_port=1", {"tasks": [DELEGATED]}),
    ],
    ids=["fqcn", "included", "keyword", "delegated", "delegated and included"],
)
def test_relative_paths_count_from_where_it_was_started(
    playbooks: Any, sim: Simulator, host: str, play: Dict[str, Any]
) -> None:
    (playbooks.folder / "hosts.ini").write_text(f"{host} ansible_python_interpreter={sys.executable}\n")
    (playbooks.folder / "creds").write_text(f"[basic]\nak = {KEYS['access_key']}\nsk = {KEYS['secret_key']}\n")
    variables = given(sim, report_dir="reports", credentials_file="creds")
    whole = [{"hosts": host.partition(" ")[0], "gather_facts": False, **play}]
    outcome = playbooks.run(moved(playbooks, whole), "-i", "hosts.ini", variables=variables)
    assert outcome.status == 0, outcome.output
    assert (playbooks.folder / "reports" / "cluster-scan-gate.xml").exists()
    assert str(playbooks.folder / "reports" / "cluster-scan-gate.xml") in outcome.output


def test_a_message_shows_the_absolute_path(playbooks: Any, sim: Simulator) -> None:
    outcome = playbooks.run(GATE, variables=given(sim, credentials_file="no/such.ini"), environ={})
    assert outcome.status == 2 and f"{playbooks.folder}/no/such.ini" in words(outcome)


def documented_check() -> str:
    """Return the last command of the block in docs/gating.md that checks the report."""
    found = [b for b in blocks(CHECKOUT / "docs" / "gating.md") if b.language == "shell" and "verdict" in b.text]
    assert len(found) == 1
    return found[0].text.splitlines()[-1]


@pytest.mark.parametrize(
    "clusters,arguments,environ,status",
    [
        (SCANNED, [], {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml", "ANSIBLE_FORCE_COLOR": "1"}, 0),
        ([cluster("The gate is open for all")], [], {}, 1),
        (SCANNED, ["--list-tasks"], {}, 1),
        (SCANNED, ["--skip-tags", "always"], {}, 1),
    ],
    ids=["open", "closed", "listed", "left out"],
)
def test_the_documented_check_of_the_report(
    playbooks: Any, sim: Simulator, clusters: Any, arguments: List[str], environ: Dict[str, str], status: int
) -> None:
    world(sim, project(clusters=clusters))
    playbooks.run(GATE, *arguments, variables=given(sim, report_dir="reports"), environ={**ENVIRON, **environ})
    checked = subprocess.run(
        ["bash", "-c", documented_check()],
        cwd=playbooks.folder,
        env=playbooks.environ,
        capture_output=True,
        check=False,
    )
    assert checked.returncode == status, checked.stderr


def plays() -> Iterator[Any]:
    for name in ("docs/gating.md", "docs/whole-account.md"):
        for block in blocks(CHECKOUT / name):
            if block.kind == "playbook":
                yield from ((block.place, play) for play in block.data if "hosts" in play)
    shipped = CHECKOUT / "playbooks" / "cluster_scan_gate.yml"
    yield from ((shipped.name, play) for play in yaml.safe_load(shipped.read_text()))


PINNED: Dict[str, Optional[Any]] = {
    "ansible_connection": "local",
    "ansible_become": False,
    "ansible_shell_type": "sh",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}


def test_each_play_pins_what_an_inventory_could_change() -> None:
    found = list(plays())
    assert len(found) > 6
    for place, play in found:
        assert {name: play["vars"].get(name) for name in PINNED} == PINNED, place
