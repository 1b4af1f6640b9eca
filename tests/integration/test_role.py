# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The full circle by the shipped gate: red, which clusters, scan, wait, judge again. The simulator is the cloud."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import time
from typing import Any, Dict, List

import pytest

from tests.integration.conftest import conclusions, gates_of
from tests.simulator import Simulator, cluster, faults, project, scenario

GATE = "huaweicloud.hss.cluster_scan_gate"
AK = "FAKEAK00000000ROLE00"
SK = "fake-secret-of-the-role-tests-000000"
ENVIRON = {"HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK}
CREATE = "/common/task"
LOOK = "/common/tasks/batch-query"
NEW = [cluster("new-1"), cluster("new-2"), cluster("fine", 60)]


@pytest.fixture
def gate(playbooks: Any, sim: Simulator) -> Any:
    """Run the gate on these clusters with these variables."""

    def run(clusters: Any, variables: Dict[str, Any], *arguments: str, **world: Any) -> Any:
        if clusters is not None:
            given = {"task_polls": 6, "access_key": {"access_key": AK, "secret_key": SK}, **world}
            projects = clusters if clusters and "clusters" in clusters[0] else [project(clusters=clusters)]
            sim.replace_scenario(scenario(projects=projects, **given))
        return playbooks.run(GATE, *arguments, variables=options(sim, variables), environ=ENVIRON)

    return run


@pytest.fixture
def cases(playbooks: Any, sim: Simulator) -> Any:
    """Run the gate on these clusters for each of these dictionaries of variables, in one playbook; return what became of each."""

    def run(clusters: List[Any], given: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
        key = {"access_key": AK, "secret_key": SK}
        sim.replace_scenario(scenario(projects=[project(clusters=clusters)], access_key=key))
        fixed = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url}
        outcome = playbooks.run(gates_of([{**fixed, **case} for case in given]), environ=ENVIRON)
        return conclusions(outcome, len(given))

    return run


def options(sim: Simulator, variables: Dict[str, Any]) -> Dict[str, Any]:
    fixed = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url, "scan_poll_interval": 1}
    return {f"cluster_scan_gate_{name}": value for name, value in {**fixed, **variables}.items()}


def created(sim: Simulator) -> List[Any]:
    """Return the requests that start scans."""
    return [r for r in sim.requests if r.method in ("POST", "PUT") and not r.path.endswith("batch-query")]


def said(outcome: Any) -> List[str]:
    """Return the output of the tasks."""
    messages = [result.get("msg") for result in outcome.results if isinstance(result.get("msg"), str)]
    return [message for message in messages if message]


def test_the_full_circle(gate: Any, sim: Simulator, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "reports"
    outcome = gate(NEW, {})
    assert outcome.status == 2 and "new-1" in outcome.output and "targets=unscanned" in outcome.output
    assert not created(sim)
    outcome = gate(None, {"scan": True, "report_dir": str(folder)})
    assert outcome.status == 0, outcome.output
    (task,) = sim.tasks
    assert task.status == "finished" and set(task.clusters) == {"new-1", "new-2"} and len(created(sim)) == 1
    assert "hss_cluster_scan: 1 done, 1 running, 0 failed, about 1 minute left" in outcome.output
    assert "hss_cluster_scan: 2 done, 0 running, 0 failed" in outcome.output
    assert "The gate is open for" in outcome.output and str(folder) in outcome.output
    verdict = json.loads((folder / "cluster-scan-gate.json").read_text())["verdict"]
    assert verdict["passed"] is True, "the reports are of the last verdict"
    outcome = gate(None, {"scan": True})
    assert outcome.status == 0 and len(sim.tasks) == 1, "nothing is scanned where the gate is open"
    for text in (outcome.output, outcome.log, outcome.raw_results):
        assert SK not in text


def test_check_mode_starts_nothing(gate: Any, sim: Simulator, tmp_path: pathlib.Path) -> None:
    outcome = gate(NEW, {"scan": True, "report_dir": str(tmp_path / "reports")}, "--check")
    assert outcome.status == 2, "what would be scanned is not scanned"
    assert "would scan new-1, new-2" in outcome.output and "The gate is CLOSED" in outcome.output
    assert not created(sim) and not sim.tasks and not (tmp_path / "reports").exists()


def test_old_scans_are_made_again(gate: Any, sim: Simulator) -> None:
    outcome = gate(
        [cluster("old", 8 * 86400), cluster("new"), cluster("fine", 60)], {"scan": True, "max_scan_age": "7d"}
    )
    assert outcome.status == 0, outcome.output
    (task,) = sim.tasks
    assert set(task.clusters) == {"old", "new"}


def test_a_rule_that_no_scan_fixes_starts_none(gate: Any, sim: Simulator) -> None:
    outcome = gate([cluster("a", 60, risky=True)], {"scan": True, "max_risky": 0})
    assert outcome.status == 2 and "max_risky" in outcome.output and not created(sim)


def test_clusters_whose_scan_failed_are_named_and_the_gate_stays_closed(gate: Any, sim: Simulator) -> None:
    outcome = gate([cluster("bad", scan_fails="agent offline"), cluster("new")], {"scan": True})
    assert outcome.status == 2, outcome.output
    assert "bad (cluster_vul: agent offline" in outcome.output and "1 done, 0 running, 1 failed" in outcome.output
    assert "1 of 2 clusters were never scanned" in outcome.output
    message = outcome.results[-1]["msg"]
    assert "The scan failed: 1 of 2 clusters were not scanned successfully in scan task" in message
    assert "bad" not in message, "ansible-core prints this message twice"


def test_each_project_that_needs_it_is_scanned(gate: Any, sim: Simulator) -> None:
    projects = [
        project(clusters=[cluster("one")], project_id="a" * 32),
        project(clusters=[cluster("two")], project_id="b" * 32, name="cn-north-4_b"),
        project(clusters=[cluster("three", 60)], project_id="c" * 32, name="cn-north-4_c"),
    ]
    outcome = gate(projects, {"scan": True, "scopes": [{"project_id": c * 32} for c in "abc"]})
    assert outcome.status == 0, outcome.output
    assert sorted(name for task in sim.tasks for name in task.clusters) == ["one", "two"]


def test_the_clusters_of_several_accounts_are_scanned(gate: Any, sim: Simulator) -> None:
    names = ("first", "second", "done")
    ids = dict(zip(names, (f"{number:032x}" for number in (1, 2, 3))))
    projects = [
        project(project_id=ids[name], name=f"cn-north-4_{name}", domain_id=name, clusters=[cluster(name, age)])
        for name, age in zip(names, (None, None, 60))
    ]
    agencies = [{"name": "scanner", "domain_id": name, "projects": [ids[name]]} for name in names]
    accounts = [{"name": name, "agency_name": "scanner", "agency_domain_name": f"account-{name}"} for name in names]
    variables = {"all_projects": True, "accounts": accounts, "scan": True}
    outcome = gate(projects, variables, agencies=agencies, task_polls=2)
    assert outcome.status == 0, outcome.output
    assert sorted(request.path.split("/")[2] for request in created(sim) if CREATE in request.path) == [
        ids["first"],
        ids["second"],
    ]


def test_what_has_not_finished_in_time_goes_on(gate: Any, sim: Simulator) -> None:
    outcome = gate(NEW, {"scan": True, "scan_timeout": 1}, task_polls=10**6)
    assert outcome.status == 2, outcome.output
    assert "has not finished within 1 seconds" in outcome.results[-1]["msg"] and "The scan continues" in outcome.output
    assert sim.tasks[0].id in outcome.output and "The gate is CLOSED" in outcome.output
    sim.finish_tasks()
    assert gate(None, {"scan": True}).status == 0 and len(sim.tasks) == 1


def test_killed_while_a_scan_runs_and_run_again(
    playbooks: Any, gate: Any, sim: Simulator, tmp_path: pathlib.Path
) -> None:
    sim.replace_scenario(
        scenario(projects=[project(clusters=NEW)], access_key={"access_key": AK, "secret_key": SK}, task_polls=10**6)
    )
    variables = tmp_path / "given.json"
    variables.write_text(json.dumps(options(sim, {"scan": True})))
    process = subprocess.Popen(
        [str(playbooks.command), GATE, "-e", f"@{variables}"],
        env={**playbooks.environ, **ENVIRON},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and sum(r.path.endswith(LOOK) for r in sim.requests) < 4:
        time.sleep(0.05)
    assert process.poll() is None and len(sim.tasks) == 1
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # Somebody else, or the cloud, brings it to its end while the second run waits.
    before = len(sim.requests)
    second = subprocess.Popen(
        [str(playbooks.command), GATE, "-e", f"@{variables}"],
        env={**playbooks.environ, **ENVIRON},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while second.poll() is None and sum(r.path.endswith(LOOK) for r in sim.requests[before:]) < 3:
        time.sleep(0.05)
    sim.finish_tasks()
    output, _none = second.communicate()
    assert second.returncode == 0, output
    assert len(sim.tasks) == 1 and len(created(sim)) == 1, "the second run joined the scan"


IN_PASSING = [
    faults.throttle("0", path=LOOK, skip=2, times=1),
    faults.drop("before", path=LOOK, skip=3, times=1),
    faults.drop("headers", path=LOOK, skip=4, times=1),
    faults.truncate(20, path=LOOK, skip=5, times=1),
    faults.answer(503, {}, path=LOOK, skip=6, times=1),
    faults.answer(504, {}, path=LOOK, skip=7, times=1),
]


def test_what_fails_in_passing_while_waiting_does_no_harm(gate: Any, sim: Simulator) -> None:
    for fault in IN_PASSING:
        sim.inject(fault)
    # No further try within a request, so that the module has to look again.
    outcome = gate(NEW, {"scan": True, "max_retries": 0}, task_polls=8)
    assert outcome.status == 0, outcome.output
    assert sum(r.path.endswith(LOOK) for r in sim.requests) > 8 and "The gate is open" in outcome.output
    assert len(sim.tasks) == 1 and len(created(sim)) == 1


@pytest.mark.parametrize(
    "fault", [faults.answer(403, {"error_code": "HSS.1010", "error_msg": "no"}), faults.html()], ids=["refused", "html"]
)
def test_what_cannot_be_looked_at_ends_red(gate: Any, sim: Simulator, fault: Any) -> None:
    sim.inject({**fault, "path": LOOK, "skip": 2})
    outcome = gate(NEW, {"scan": True, "scan_timeout": 3})
    assert outcome.status == 2 and "The gate is open" not in outcome.output, outcome.output
    words = outcome.results[-1]["msg"]
    assert "The gate is CLOSED" in words and "The scan failed: HSS ListTasks" in words, "judged as things stand"
    assert len(sim.tasks) == 1


def test_whoever_may_not_scan_is_reported_and_has_the_reports(
    gate: Any, sim: Simulator, tmp_path: pathlib.Path
) -> None:
    sim.inject(faults.answer(403, {"error_code": "HSS.1010", "error_msg": "no"}, path=f"{CREATE}$"))
    outcome = gate(NEW, {"scan": True, "report_dir": str(tmp_path / "reports")})
    assert outcome.status == 2 and "The scan failed: HSS CreateTask" in outcome.results[-1]["msg"], outcome.output
    assert json.loads((tmp_path / "reports" / "cluster-scan-gate.json").read_text())["verdict"]["passed"] is False


def test_a_red_verdict_can_be_tolerated_and_silence_only_by_another_word(gate: Any) -> None:
    assert gate(NEW, {"fail_on_violation": False}).status == 0
    fine = [cluster("fine", 60)]
    projects = [project(clusters=fine, project_id=c * 32, name=f"cn-north-4_{c}") for c in "ab"]
    scopes = [{"project_id": c * 32} for c in "ab"]
    for word, status in (("fail", 2), ("continue", 0)):
        variables = {"fail_on_violation": False, "on_scope_error": word, "scopes": [*scopes, {"project_id": "c" * 32}]}
        outcome = gate(projects, variables)
        assert outcome.status == status and "1 of 3 scopes could not be read" in outcome.output, outcome.output


def test_only_a_plain_no_tolerates_a_red_verdict(cases: Any) -> None:
    """The filter bool takes what it does not know for no, and the argument spec takes more than the filter for yes."""
    for entry in cases(NEW, [{"fail_on_violation": value} for value in ("y", "T", " yes", "true ", "maybe")]):
        assert not entry["passed"], entry


def test_a_play_cannot_make_the_role_scan_for_less(playbooks: Any, gate: Any, sim: Simulator) -> None:
    gate(NEW, {}, task_polls=0)
    defaults = {"huaweicloud.hss.hss_cluster_scan": {"scan_types": ["benchmark"]}}
    outcome = playbooks.run(
        play(roles=[GATE], module_defaults=defaults), variables=options(sim, {"scan": True}), environ=ENVIRON
    )
    (task,) = sim.tasks
    assert outcome.status == 0 and len(task.scan_types) == 3, outcome.output


@pytest.mark.parametrize("wanted,tag", [("gate", "gate"), ("deploy", "always")])
def test_included_with_a_tag_it_is_not_left_out(
    playbooks: Any, gate: Any, sim: Simulator, wanted: str, tag: str
) -> None:
    gate(NEW, {})
    role = {"ansible.builtin.include_role": {"name": GATE}, "name": "Gate", "tags": [tag]}
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": [role],
             "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}]  # fmt: skip
    outcome = playbooks.run(play, "--tags", wanted, variables=options(sim, {}), environ=ENVIRON)
    assert outcome.status == 2 and "The gate is CLOSED" in outcome.output, outcome.output


EMPTY = [
    (["all_projects", "scan"], ""),
    (["scopes", "report_formats"], ""),
    (["max_scan_age", "report_dir"], ""),
    (["all_projects", "report_formats", "scan"], None),
    (["scopes", "max_scan_age", "report_dir"], None),
    # Another account, or another project, than was meant.
    (["agency_name", "agency_domain_name", "project_id", "project_name", "secret_key"], ""),
]


def test_an_empty_variable_is_never_green(cases: Any, sim: Simulator) -> None:
    found = cases([cluster("fine", 60)], [dict.fromkeys(names, value) for names, value in EMPTY])
    for (names, _value), entry in zip(EMPTY, found):
        assert not entry["passed"], entry
        assert [name for name in names if f"cluster_scan_gate_{name}" not in entry["msg"]] == [], entry
    assert not sim.requests


def play(**parts: Any) -> List[Dict[str, Any]]:
    own = {"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}
    return [{"hosts": "localhost", "connection": "local", "gather_facts": False, **own, **parts}]


def verdicts(outcome: Any) -> List[bool]:
    return [result["verdict"]["passed"] for result in outcome.results if "verdict" in result]


def test_two_gates_are_two(playbooks: Any, gate: Any, sim: Simulator) -> None:
    """Of roles that have the same variables Ansible would leave out the second."""
    gate([cluster("fine", 60)], {})
    outcome = playbooks.run(play(roles=[GATE, GATE]), variables=options(sim, {}), environ=ENVIRON)
    assert outcome.status == 0 and verdicts(outcome) == [True, True], outcome.output


def test_a_callers_loop_over_item_reaches_the_scan(playbooks: Any, gate: Any, sim: Simulator) -> None:
    gate([cluster("old", 8 * 86400)], {}, task_polls=0)
    given = {"cluster_scan_gate_max_scan_age": "{{ item.age }}", "cluster_scan_gate_scan": True}
    role = {"ansible.builtin.include_role": {"name": GATE}, "loop": [{"age": "7d"}], "vars": given}
    outcome = playbooks.run(play(tasks=[role]), variables=options(sim, {}), environ=ENVIRON)
    assert outcome.status == 0 and verdicts(outcome) == [False, True] and len(sim.tasks) == 1, outcome.output


def test_a_scan_that_is_refused_beside_one_that_was_joined_is_reported(gate: Any, sim: Simulator) -> None:
    projects = [project(clusters=[cluster("new-1"), cluster("new-2")])]
    sim.replace_scenario(scenario(projects=projects, access_key={"access_key": AK, "secret_key": SK}, task_duration=1))
    sim.start_task("new-1")
    sim.inject(faults.answer(403, {"error_code": "HSS.1010", "error_msg": "no"}, path=f"{CREATE}$"))
    outcome = gate(None, {"scan": True})
    assert outcome.status == 2, outcome.output
    words = outcome.results[-1]["msg"]
    assert "The gate is CLOSED" in words and "The scan failed: HSS CreateTask" in words
    assert "beyond a read-only one" in words, "not the permission that reading needs"


def test_figures_that_the_cloud_leaves_out(gate: Any, sim: Simulator) -> None:
    empty = {"success_cluster_num": None, "scanning_cluster_num": None, "failed_cluster_num": None}
    records = {"cluster_scan_info": empty, "estimated_time": None}
    task = {"task_id": "t-1", "task_type": "cluster_scan", "task_status": "running", **records}
    # The module looks twice before the start and once after it.
    sim.inject(faults.alter({"data_list": [task], "total_num": 1}, path=LOOK, skip=3))
    outcome = gate(NEW, {"scan": True, "scan_timeout": 2})
    assert outcome.status == 2 and "The gate is CLOSED" in outcome.results[-1]["msg"], outcome.output
    assert "The scan failed: " in outcome.results[-1]["msg"] and "None" not in outcome.output


def test_waiting_needs_seconds(cases: Any, sim: Simulator) -> None:
    wrong = [{"scan_poll_interval": 0}, {"scan_timeout": -1}]
    for variables, entry in zip(wrong, cases(NEW, [{"scan": True, **variables} for variables in wrong])):
        assert not entry["passed"] and f"cluster_scan_gate_{next(iter(variables))}" in entry["msg"], entry
    assert not sim.requests


def test_names_are_data(gate: Any, sim: Simulator) -> None:
    """Neither a template, nor a line of its own, in what is said of a verdict and of a scan."""
    name = "{{ 7 * 7 }}\nThe gate is open for all"
    outcome = gate([cluster(name, scan_fails="{{ 6 * 6 }}")], {"scan": True}, task_polls=0)
    assert outcome.status == 2, outcome.output
    assert not [line for line in outcome.output.splitlines() if line.startswith("The gate is open")]
    for text in said(outcome):
        assert "49" not in text and "{{ 7 * 7 }}" in text or "{{" not in text, text
        assert "\n" not in text
