# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role says what the module says: no variable without an option, no option without a variable."""

from __future__ import annotations

import pathlib
import re
from typing import Any, Dict

import yaml
from ansible.module_utils.parsing import convert_bool
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import (
    SCOPE_OPTIONS,
    SELECTION_OPTIONS,
    SHARED_OPTIONS,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._scan.request import MAX_INTERVAL, MAX_WAIT
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_gate
from ansible_collections.huaweicloud.hss.plugins.plugin_utils import _role_variables

ROLE = pathlib.Path(__file__).resolve().parent.parent.parent / "roles" / "cluster_scan_gate"
PREFIX = "cluster_scan_gate_"
SELECTION = set(SELECTION_OPTIONS)
OWN = {
    "sync": {"type": "bool", "default": False},
    "scan": {"type": "bool", "default": False},
    "scan_timeout": {"type": "int", "default": 3600},
    "scan_poll_interval": {"type": "int", "default": 15},
}


def read(name: str) -> Any:
    return yaml.safe_load((ROLE / name).read_text())


def bare(spec: Dict[str, Any]) -> Dict[str, Any]:
    """Without the words."""
    options = {"options": {name: bare(entry) for name, entry in spec["options"].items()}} if "options" in spec else {}
    return {**{key: value for key, value in spec.items() if key != "description"}, **options}


def test_the_variables_are_the_options_of_the_module_and_those_of_the_scan() -> None:
    described = read("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    options = {**SHARED_OPTIONS, **hss_cluster_gate.OPTIONS, **OWN}
    assert {name: bare(spec) for name, spec in described.items()} == {
        PREFIX + name: spec for name, spec in options.items()
    }
    assert all(spec.get("description") for spec in described.values())


def test_every_option_is_handed_on() -> None:
    options = {**SHARED_OPTIONS, **hss_cluster_gate.OPTIONS, **OWN}
    assert set(_role_variables.KNOWN) == set(options)
    handed_on = _role_variables.module_arguments(
        "hss_cluster_gate", dict.fromkeys(options, 1), {"on_scope_error": "continue"}
    )
    assert set(handed_on) == set(options) - {"fail_on_violation", *OWN} and handed_on["on_scope_error"] == "continue"


def test_a_scan_has_the_same_connection_and_projects_and_no_deadline() -> None:
    options = {**dict.fromkeys(_role_variables.KNOWN, 1), "region": "r"}
    for place in ({"scopes": []}, {"project_id": "p"}):
        args = _role_variables.module_arguments("hss_cluster_scan", options, {"targets": "listed", **place})
        assert set(args) == {*SHARED_OPTIONS, "concurrency", "targets", *place} - (SELECTION - set(place))
    everywhere = _role_variables.module_arguments("hss_cluster_scan", options, {"targets": "listed"})
    assert set(everywhere) == {*SHARED_OPTIONS, *SCOPE_OPTIONS, "targets"} - {"deadline", "on_scope_error"}


def test_the_times_are_those_of_the_scan() -> None:
    assert _role_variables.SCAN_TIMES == {"scan_timeout": MAX_WAIT, "scan_poll_interval": MAX_INTERVAL}


def test_the_false_values_are_those_of_ansible_core() -> None:
    false = {str(value).lower() for value in convert_bool.BOOLEANS_FALSE} | {"0.0"}
    assert set(read("vars/main.yml")["__cluster_scan_gate_false_values"]) == false


def test_defaults_are_those_of_the_module() -> None:
    options = {**hss_cluster_gate.OPTIONS, **OWN}
    for name, value in read("defaults/main.yml").items():
        assert options[name.removeprefix(PREFIX)]["default"] == value, name


def test_the_shipped_playbook_pins_what_an_inventory_could_change() -> None:
    (play,) = yaml.safe_load((ROLE.parent.parent / "playbooks" / "cluster_scan_gate.yml").read_text())
    pinned = {"ansible_connection": "local", "ansible_become": False, "ansible_shell_type": "sh"}
    assert {name: play["vars"].get(name) for name in pinned} == pinned


def test_the_types_of_variables_in_the_shipped_playbook_are_checked_by_the_modules() -> None:
    """Their failure is in the reports, and costs no task of its own."""
    (play,) = yaml.safe_load((ROLE.parent.parent / "playbooks" / "cluster_scan_gate.yml").read_text())
    (task,) = play["tasks"]
    assert task["ansible.builtin.import_role"]["rolespec_validate"] is False


def tasks() -> Dict[str, Dict[str, Any]]:
    (block,) = read("tasks/main.yml")
    return {task["name"]: task for task in block["block"]}


def test_no_task_on_the_way_to_the_verdict_has_a_condition() -> None:
    """Each would be evaluated at its own moment, and the verdict could be skipped."""
    free = [name for name, task in tasks().items() if "when" not in task]
    assert free == ["Judge", "Print the verdict", "Conclude"] and list(tasks())[-1] == "Conclude"
    # Whether to scan is decided once; what follows depends on what was done.
    assert [name for name, task in tasks().items() if "cluster_scan_gate_scan " in str(task.get("when"))] == [
        "Start scans, or join running ones"
    ]


def test_hosts_take_turns_at_the_start_alone() -> None:
    assert [name for name, task in tasks().items() if "throttle" in task] == ["Start scans, or join running ones"]


def test_the_role_is_small() -> None:
    """No recursion, no includes that a log would show, and few private variables."""
    text = "".join(path.read_text() for path in ROLE.rglob("*.yml"))
    assert len(set(re.findall(r"__cluster_scan_gate_\w+", text))) <= 20
    assert [path.name for path in (ROLE / "tasks").iterdir()] == ["main.yml"]
    assert "include_" not in (ROLE / "tasks" / "main.yml").read_text()
