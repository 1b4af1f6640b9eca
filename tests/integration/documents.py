# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples that the documentation holds, as data."""

from __future__ import annotations

import ast
import pathlib
import re
from typing import Any, Dict, List, NamedTuple, Optional

import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
MODULES = sorted((CHECKOUT / "plugins" / "modules").glob("*.py"))
LOOKUPS = sorted((CHECKOUT / "plugins" / "lookup").glob("*.py"))

_MARKER = re.compile(r"<!-- not executed: (\S.*\S) -->")
_FILE_NAME = re.compile(r"# ([a-z-]+\.yml|[a-z_]+\.py|~/[a-z./]+)")


class Block(NamedTuple):
    """A fenced block. `spared` is the reason of a marker before it: it is not executed."""

    document: str
    line: int
    language: str
    text: str
    spared: Optional[str]

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def name(self) -> str:
        """The file's name that a first line `# NAME.yml` or `# ~/PATH` gives, which commands elsewhere use."""
        found = _FILE_NAME.fullmatch(self.text.partition("\n")[0])
        return found.group(1) if found else f"{pathlib.Path(self.document).stem}-{self.line}.yml"

    @property
    def data(self) -> Any:
        return yaml.safe_load(self.text)

    @property
    def kind(self) -> str:
        """Return the kind of the block: playbook, tasks, github, gitlab, shell; a file at home; variables of the gate; or nothing.

        What test_event_driven.py executes: a rulebook, its inventory, and watch, which is the command that runs one.
        What the guide to the simulator has: a scenario, the faults of one, a program, and serve, which is the command that starts it.
        What test_report_recipes.py executes: the requirements of a project of AWX, alert rules, and a pipeline of Jenkins.
        The two halves of a credential type of AWX are data: awx-inputs, and the awx-injectors that follow.
        """
        if self.language == "ini" and self.name.startswith("~/"):
            return "file"
        if self.language == "groovy":
            return "jenkins"
        if self.language == "python" and self.name.endswith(".py"):
            return "program"
        if self.language != "yaml":
            return self._kind_of_shell if self.language == "shell" else "nothing"
        data = self.data
        if isinstance(data, list) and data and all(isinstance(item, dict) for item in data):
            if all("sources" in item for item in data):
                return "rulebook"
            plays = [any(key == "hosts" or key.endswith("import_playbook") for key in item) for item in data]
            return "playbook" if all(plays) else "tasks"
        if isinstance(data, dict) and data and all(str(key).startswith("cluster_scan_gate_") for key in data):
            return "variables"
        if isinstance(data, dict) and "projects" in data:
            return "scenario"
        if isinstance(data, dict) and set(data) == {"faults"}:
            return "faults"
        if isinstance(data, dict) and set(data) == {"all"}:
            return "inventory"
        if isinstance(data, dict) and "jobs" in data:
            return "github"
        if isinstance(data, dict) and set(data) == {"fields", "required"}:
            return "awx-inputs"
        if isinstance(data, dict) and data and set(data) <= {"env", "extra_vars", "file"}:
            return "awx-injectors"
        if isinstance(data, dict) and set(data) in ({"collections"}, {"groups"}):
            return "requirements" if "collections" in data else "alerts"
        if isinstance(data, dict) and any("script" in job for job in data.values() if isinstance(job, dict)):
            return "gitlab"
        return "nothing"

    @property
    def _kind_of_shell(self) -> str:
        # These run until they are stopped.
        if re.search(r"^make simulator", self.text, re.M):
            return "serve"
        return "watch" if self.text.startswith("ansible-rulebook ") else "shell"


class Step(NamedTuple):
    """A step of a job in CI: what its shell gets, the variables that it adds, and whether it may ask for an identity token."""

    script: str
    environ: Dict[str, str]
    may_have_identity: bool


def blocks(path: pathlib.Path) -> List[Block]:
    """Every fenced block. A fence that is not plain backticks at the start of a line is an error."""
    found: List[Block] = []
    lines = path.read_text().splitlines()
    document = str(path.relative_to(CHECKOUT))
    start = None
    for number, line in enumerate(lines):
        if not re.match(r"\s*(```|~~~)", line):
            continue
        if start is None:
            assert re.fullmatch(r"```[a-z]+", line), f"{document}:{number + 1}: a fence is ```LANGUAGE"
            start = number
        else:
            assert line == "```", f"{document}:{number + 1}: a fence ends with ```"
            marker = _MARKER.fullmatch(lines[start - 1]) if start else None
            text = "\n".join(lines[start + 1 : number]) + "\n"
            found.append(Block(document, start + 1, lines[start][3:], text, marker.group(1) if marker else None))
            start = None
    assert start is None, f"{document}: a fence is not closed"
    markers = sum("not executed" in line for line in lines)
    assert markers == sum(block.spared is not None for block in found), f"{document}: a marker stands before no block"
    return found


def steps(block: Block) -> List[Step]:
    """Return the steps of a job, without those of other actions."""
    if block.kind == "github":
        return [
            Step(
                step["run"],
                {**job.get("env", {}), **step.get("env", {})},
                job.get("permissions", block.data["permissions"]).get("id-token") == "write",
            )
            for job in block.data["jobs"].values()
            for step in job["steps"]
            if "run" in step
        ]
    return [
        Step("\n".join(job["script"]), job.get("variables", {}), bool(job.get("id_tokens")))
        for job in block.data.values()
        if "script" in job
    ]


def plugin_examples(path: pathlib.Path) -> Any:
    """Return the tasks in EXAMPLES of a module or lookup."""
    beside = path.with_suffix(".yml")
    if beside.exists():
        return yaml.safe_load(yaml.safe_load(beside.read_text())["EXAMPLES"])
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{path.name} has no EXAMPLES")
