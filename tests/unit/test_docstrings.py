# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check what ruff's rules do not: docstrings of functions in plugins/ exist and do not begin with a relative clause."""

from __future__ import annotations

import ast
import pathlib
from typing import Iterator, Tuple, Union

PLUGINS = pathlib.Path(__file__).resolve().parent.parent.parent / "plugins"
OPENINGS = ("What ", "Which ", "Who ", "Whom ", "Whose ", "Whether ", "How ", "Where ", "The same ")
Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


def functions() -> Iterator[Tuple[str, Function]]:
    """Yield each function of plugins/ with its location."""
    for path in sorted(PLUGINS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield f"{path.relative_to(PLUGINS)}:{node.lineno} {node.name}", node


def public_functions() -> Iterator[Tuple[str, Function]]:
    """Yield the public functions at module level; Ansible itself calls main() of modules, and documents them."""
    for path in sorted(PLUGINS.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            is_public = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_")
            if is_public and (node.name != "main" or path.parent.name != "modules"):
                yield f"{path.relative_to(PLUGINS)}:{node.lineno} {node.name}", node


def test_no_docstring_begins_with_a_relative_clause() -> None:
    assert [place for place, node in functions() if (ast.get_docstring(node) or "").startswith(OPENINGS)] == []


def test_every_public_function_has_a_docstring() -> None:
    assert [place for place, node in public_functions() if not ast.get_docstring(node)] == []
