# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the architecture: which module imports which, and that duplicated facts agree."""

from __future__ import annotations

import ast
import pathlib
import sys
from typing import Any, Dict, Iterator, Set

import pytest
import yaml
from ansible_collections.huaweicloud.hss.plugins.doc_fragments.client import ModuleDocFragment
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import (
    AUTH_METHODS,
    CREDENTIAL_OPTIONS,
    SHARED_OPTIONS,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.registry import AGENCY_OPTIONS, SOURCES
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.version import VERSION
from ansible_collections.huaweicloud.hss.plugins.module_utils._settings import DEFAULT_RETRIES, ENVIRONMENT

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
PLUGINS = CHECKOUT / "plugins"
SHARED = PLUGINS / "module_utils"
MODULES = sorted((CHECKOUT / "plugins" / "modules").glob("*.py"))
ACTIONS = sorted((CHECKOUT / "plugins" / "action").glob("*.py"))
EVENT_SOURCES = sorted((CHECKOUT / "extensions").rglob("*.py"))
FILES = sorted([*SHARED.rglob("*.py"), *(PLUGINS / "plugin_utils").rglob("*.py")])

# From the top down. A file imports from lower layers, and from its own folder; the last line is one layer of single files.
LAYERS = [
    ["plugin_utils"],
    ["_module", "_statistics"],
    ["_gate", "_scan"],
    ["_api"],
    ["_auth"],
    ["_http"],
    ["_concurrency"],
    ["_argspec", "_settings", "_paths", "_urls", "_errors", "_redaction", "_formatting", "_clock"],
]
LAYER = {unit: number for number, units in enumerate(reversed(LAYERS)) for unit in units}


def module_of(path: pathlib.Path) -> str:
    """Return a file's dotted name below module_utils, or below plugins for those of plugin_utils."""
    base = SHARED if SHARED in path.parents else PLUGINS
    return ".".join(path.relative_to(base).with_suffix("").parts)


def unit_of(module: str) -> str:
    """Return the folder that a module is in, or the module itself at the root of module_utils."""
    return module.partition(".")[0]


MODULES_OF_OURS = {module_of(path) for path in FILES if path.name != "__init__.py"}


def imports(path: pathlib.Path) -> Iterator[str]:
    """Yield the names imported anywhere in a file; our own modules by their dotted name in brackets: `[_auth.chain]`."""
    package = list(path.relative_to(PLUGINS).parent.parts) if PLUGINS in path.parents else []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                inner, outer = (
                    ".".join(parts).replace("module_utils.", "", 1) for parts in ([*base, alias.name], base)
                )
                yield f"[{inner if inner in MODULES_OF_OURS else outer}]"
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def own_imports(path: pathlib.Path) -> Set[str]:
    """Return the modules of ours that a file imports."""
    return {name[1:-1] for name in imports(path) if name.startswith("[")}


@pytest.mark.parametrize("path", [p for p in FILES if p.name != "__init__.py"], ids=module_of)
def test_imports_run_downward(path: pathlib.Path) -> None:
    own = unit_of(module_of(path))
    for name in own_imports(path):
        other = unit_of(name)
        inside = own == other or {own, other} <= set(LAYERS[-1])
        assert inside or LAYER[other] < LAYER[own], f"{module_of(path)} imports {name}"


def test_no_import_cycle() -> None:
    waiting = {module_of(path): own_imports(path) for path in FILES if path.name != "__init__.py"}
    while waiting:
        free = {name for name, needed in waiting.items() if not needed & set(waiting)}
        assert free, f"import each other: {sorted(waiting)}"
        waiting = {name: needed for name, needed in waiting.items() if name not in free}


def test_folders_and_files_stay_small() -> None:
    """At most 10 files at the root of module_utils, 14 in any folder, 300 lines in a file."""
    folders = {path.parent for path in FILES}
    for folder in folders:
        files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(files) <= (10 if folder == SHARED else 14), folder
    assert not [path for path in FILES if len(path.read_text().splitlines()) > 300]


def test_functions_stay_short() -> None:
    """At most 50 lines, the documentation included."""
    for path in PLUGINS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert (node.end_lineno or 0) - node.lineno < 50, f"{path.name}: {node.name}"


def importers(library: str) -> Set[str]:
    return {p.stem for p in FILES if any(n == library or n.startswith(library + ".") for n in imports(p))}


@pytest.mark.parametrize("library,module", [("requests", "transport"), ("time", "_clock"), ("random", "_clock")])
def test_one_importer(library: str, module: str) -> None:
    assert importers(library) == {module}


def test_few_modules_import_ansible() -> None:
    assert importers("ansible") == {"_module", "_query", "_action", "_scan_action"}
    assert [p.stem for p in FILES if "AnsibleModule" in p.read_text()] == ["_module"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_module_first(path: pathlib.Path) -> None:
    """It lets the collector rest while the others are imported."""
    assert next(name for name in imports(path) if "huaweicloud" in name).endswith("._module")


def test_the_wall_clock_is_read_in_one_place() -> None:
    assert [p.stem for p in FILES if ".now(" in p.read_text().replace("clock.now(", "").replace("client.now(", "")] == [
        "_clock"
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_has_no_logic_of_its_own(path: pathlib.Path) -> None:
    tree = ast.parse(path.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Try)]
    assert {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} == {"collect", "main"}


def test_every_module_has_the_same_action() -> None:
    """One that had none would send a refused credential again for each item of a loop."""
    assert [path.name for path in ACTIONS] == [path.name for path in MODULES]
    # That of hss_cluster_scan prints the progress too.
    assert len({path.read_text().replace("_scan_action", "_action") for path in ACTIONS}) == 1


@pytest.mark.parametrize("path", EVENT_SOURCES, ids=lambda path: path.stem)
def test_an_event_source_imports_the_standard_library_only(path: pathlib.Path) -> None:
    """It is run by its path, by a Python that may know neither ansible nor collections: see CONTRIBUTING.md."""
    assert {name.partition(".")[0] for name in imports(path)} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", EVENT_SOURCES, ids=lambda path: path.stem)
def test_an_event_source_has_no_logic_of_its_own(path: pathlib.Path) -> None:
    tree = ast.parse(path.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.Try, ast.For, ast.While))]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert [node.name for node in tree.body if isinstance(node, functions)] == ["main", "_load", "_room"]


def test_the_folders_of_extensions_are_listed() -> None:
    listed = yaml.safe_load((CHECKOUT / "meta" / "extensions.yml").read_text())["extensions"]
    folders = {str(path.parent.relative_to(CHECKOUT / "extensions")) for path in EVENT_SOURCES}
    assert [entry["args"]["ext_dir"] for entry in listed] == sorted(folders) == ["eda/plugins/event_source"]


def test_version_is_that_of_galaxy_yml() -> None:
    assert yaml.safe_load((CHECKOUT / "galaxy.yml").read_text())["version"] == VERSION


def test_action_group_holds_every_module() -> None:
    runtime = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text())
    assert sorted(runtime["action_groups"]["hss"]) == [path.stem for path in MODULES]
    assert runtime["requires_ansible"] == ">=2.16.0"


DOCUMENTED: Dict[str, Any] = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]


def test_documentation_is_the_argument_spec() -> None:
    assert list(DOCUMENTED) == list(SHARED_OPTIONS)
    for name, spec in SHARED_OPTIONS.items():
        reported = {key: DOCUMENTED[name].get(key) for key in ("type", "choices", "default")}
        assert reported == {key: spec.get(key) for key in ("type", "choices", "default")}, name


def test_the_default_behind_the_environment_is_documented() -> None:
    """A default in the spec would hide HW_MAX_RETRIES, so the words have to give it."""
    assert f"V({DEFAULT_RETRIES}) is the default" in str(DOCUMENTED["max_retries"]["description"])


def test_every_variable_is_documented_with_its_option() -> None:
    for option, variables in ENVIRONMENT.items():
        text = str(DOCUMENTED[option]["description"])
        places = [text.find(f"E({variable})") for variable in variables]
        assert -1 not in places and places == sorted(places), f"{option}: {variables}"


def test_every_source_is_documented_in_order() -> None:
    assert ["auto", *(source.name for source in SOURCES)] == DOCUMENTED["auth_method"]["choices"] == AUTH_METHODS
    text = str(DOCUMENTED["auth_method"]["description"])
    everything = str(DOCUMENTED)
    for source in SOURCES:
        assert f"V({source.name})" in text
        for name in source.options:
            assert f"O({name})" in text
        for name in (*source.variables, *source.secret_variables):
            assert f"E({name})" in everything, name


def test_credentials_have_no_fallback_and_secrets_are_no_log() -> None:
    """A value of the environment must never mix with one that was given as an option."""
    secret = {name for source in SOURCES for name in source.secret_options}
    assert {name for name, spec in SHARED_OPTIONS.items() if spec.get("no_log")} == secret
    assert not [name for name, spec in SHARED_OPTIONS.items() if "fallback" in spec]


def test_every_option_belongs_to_the_connection_a_source_or_the_agency() -> None:
    of_sources = [name for source in SOURCES for name in source.options]
    assert sorted([*of_sources, *AGENCY_OPTIONS, "auth_method"]) == sorted(CREDENTIAL_OPTIONS)
