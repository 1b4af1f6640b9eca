# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare results with the module's RETURN section: every result in a unit test goes through check()."""

from __future__ import annotations

import ast
import functools
import pathlib
from typing import Any, Dict, Mapping

import yaml

MODULES = pathlib.Path(__file__).resolve().parent.parent / "plugins" / "modules"
TYPES = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict, "float": (int, float)}
# What Ansible adds to any result, or means by itself.
OF_ANSIBLE = {"changed", "failed", "msg", "invocation", "warnings", "deprecations", "exception", "_ansible_no_log"}
# Records of the API: its own fields are passed on, whichever there are.
OF_THE_API = {
    "hss_cluster_info.clusters",
    "hss_cluster_risk_info.risks",
    "hss_cluster_risk_info.risks.affected_resources",
    "hss_cluster_scan.task",
    "hss_cluster_scan.tasks",
    "hss_scan_task_info.tasks",
    "hss_scan_task_info.clusters",
}
# What the module itself checks or adds in records whose other values are passed on as the API gives them, of whatever type.
CHECKED = {
    "hss_scan_task_info.tasks": {"task_id", "task_status", "started_at", "ended_at"},
    "hss_scan_task_info.clusters": {"cluster_id"},
}


@functools.lru_cache(maxsize=None)
def described(module: str) -> Mapping[str, Any]:
    for node in ast.parse((MODULES / f"{module}.py").read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "RETURN":
            found: Dict[str, Any] = yaml.safe_load(ast.literal_eval(node.value))
            return found
    raise AssertionError(f"{module} has no RETURN")


def check(module: str, result: Mapping[str, Any]) -> None:
    """Nothing that is not described, everything of the type that it is said to be, and what is always there is there."""
    given = {name: value for name, value in result.items() if name not in OF_ANSIBLE}
    _check_members(module, given, described(module), succeeded=not result.get("failed"), top=True)


def _check_members(
    place: str,
    given: Mapping[str, Any],
    spec: Mapping[str, Any],
    succeeded: bool,
    top: bool = False,
    all_null: bool = False,
) -> None:
    for name, value in given.items():
        where = f"{place}.{name}"
        assert name in spec or place in OF_THE_API, f"{where} is returned and not described"
        passed_on = name not in CHECKED.get(place, {name})
        if name in spec and not passed_on and not (value is None and all_null):
            _check(where, value, spec[name], succeeded)
    for name, entry in spec.items():
        always = entry["returned"] == "always" or (
            entry["returned"].startswith("success") and "," not in entry["returned"]
        )
        if always and (succeeded or not top):
            assert name in given, f"{place}.{name} is said to be returned ({entry['returned']}) and is not there"


def _check(place: str, value: Any, spec: Mapping[str, Any], succeeded: bool) -> None:
    if value is None:
        assert "V(null)" in str(spec["description"]), (
            f"{place} is null, and its description does not say that it can be"
        )
        return
    kind = TYPES[spec["type"]]
    right = isinstance(value, kind) and (spec["type"] == "bool" or not isinstance(value, bool))  # type: ignore[arg-type]
    assert right, f"{place} is said to be {spec['type']} and is {value!r}"
    entries = value if spec["type"] == "list" else [value]
    for entry in entries:
        if spec["type"] == "list" and "elements" in spec:
            assert isinstance(entry, TYPES[spec["elements"]]), f"{place} is said to hold {spec['elements']}: {entry!r}"  # type: ignore[arg-type]
        if "contains" in spec:
            _check_members(
                place, entry, spec["contains"], succeeded, all_null="Each is V(null)" in str(spec["description"])
            )
