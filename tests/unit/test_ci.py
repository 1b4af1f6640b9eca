# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that supported versions agree with noxfile.py everywhere, and that no check passes without running."""

from __future__ import annotations

import ast
import pathlib
import re
from typing import Any, Dict, Tuple

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))


def supported() -> Dict[str, Tuple[str, ...]]:
    for node in ast.parse((CHECKOUT / "noxfile.py").read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "SUPPORTED":
            return dict(ast.literal_eval(node.value))
    raise AssertionError("noxfile.py has no SUPPORTED")


def workflow(name: str) -> Any:
    return yaml.safe_load((CHECKOUT / ".github" / "workflows" / name).read_text())


def test_ci_runs_every_supported_ansible_core() -> None:
    assert workflow("test.yml")["jobs"]["matrix"]["strategy"]["matrix"]["core"] == list(supported())


def test_the_oldest_is_the_one_that_the_collection_requires() -> None:
    required = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text())["requires_ansible"]
    assert required == f">={next(iter(supported()))}.0"


def test_the_documentation_says_what_is_supported() -> None:
    installation = (CHECKOUT / "docs" / "installation.md").read_text()
    rows = re.findall(r"^\| (2\.\d+) \| ([\d., ]+) \|", installation, re.M)
    assert {core: tuple(pythons.split(", ")) for core, pythons in rows} == supported()
    oldest, *_others, newest = supported()
    assert f"ansible-core {oldest} to {newest}" in (CHECKOUT / "README.md").read_text()


def test_the_readme_is_short() -> None:
    assert len((CHECKOUT / "README.md").read_text().split()) <= 1300


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_little_and_ends(path: pathlib.Path) -> None:
    data = workflow(path.name)
    assert data["permissions"] == {}
    for job in data["jobs"].values():
        assert job["timeout-minutes"] <= 60
        assert job.get("permissions", {}) in ({}, {"contents": "read"})
        for step in job["steps"]:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/none@v0"))


def test_one_job_stands_for_all_others() -> None:
    jobs = workflow("test.yml")["jobs"]
    last = jobs["all"]
    assert sorted(last["needs"]) == sorted(set(jobs) - {"all"})
    assert last["if"] == "always()"
    (step,) = last["steps"]
    assert sorted(step["env"].values()) == sorted(f"${{{{ needs.{name}.result }}}}" for name in last["needs"])
    wanted = " ".join(["success"] * len(last["needs"]))
    queried = " ".join(f"${{{name}}}" for name in step["env"])
    assert step["run"] == f'test "{queried}" = "{wanted}"'
