# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role says what the module says: no variable without an option, no option without a variable."""

from __future__ import annotations

import pathlib
from typing import Any, Dict

import yaml
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_gate

ROLE = pathlib.Path(__file__).resolve().parent.parent.parent / "roles" / "cluster_scan_gate"
PREFIX = "cluster_scan_gate_"
OWN = {
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
    known = read("vars/main.yml")
    assert known["__cluster_scan_gate_connection_options"] == list(SHARED_OPTIONS)
    own = set(known["__cluster_scan_gate_role_options"])
    assert own == {"fail_on_violation", "on_scope_error", "report_dir", "exceptions", *OWN}
    assert set(known["__cluster_scan_gate_gate_options"]) == set(hss_cluster_gate.OPTIONS) - own


def test_defaults_are_those_of_the_module() -> None:
    options = {**hss_cluster_gate.OPTIONS, **OWN}
    for name, value in read("defaults/main.yml").items():
        assert options[name.removeprefix(PREFIX)]["default"] == value, name


def test_the_shipped_playbook_pins_what_an_inventory_could_change() -> None:
    (play,) = yaml.safe_load((ROLE.parent.parent / "playbooks" / "cluster_scan_gate.yml").read_text())
    pinned = {"ansible_connection": "local", "ansible_become": False, "ansible_shell_type": "sh"}
    assert {name: play["vars"].get(name) for name in pinned} == pinned


def test_no_task_on_the_way_to_the_verdict_has_a_condition() -> None:
    """Each would be evaluated at its own moment, and the verdict could be skipped."""
    (block,) = read("tasks/main.yml")
    assert not [task for task in block["block"] if "when" in task]
    assert "when" not in read("tasks/scan.yml")[-1] and "when" not in read("tasks/conclude.yml")[-1]


def test_hosts_take_turns_at_the_start_alone() -> None:
    throttled = [
        task["name"] for part in read("tasks/scan.yml") for task in part.get("block", [part]) if "throttle" in task
    ]
    assert throttled == ["Start scans, or join running ones"]
