# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws of the house: which room imports which, and that what is said twice is said alike."""

from __future__ import annotations

import ast
import pathlib
import sys
from typing import Any, Dict, Iterator, Set

import pytest
import yaml
from ansible_collections.huaweicloud.hss.plugins.doc_fragments.client import ModuleDocFragment
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.chain import AGENCY_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.sources import SOURCES
from ansible_collections.huaweicloud.hss.plugins.module_utils._options import (
    AUTH_METHODS,
    CREDENTIAL_OPTIONS,
    DEFAULT_RETRIES,
    ENVIRONMENT,
    SHARED_OPTIONS,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._version import VERSION

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
ROOMS = CHECKOUT / "plugins" / "module_utils"
MODULES = sorted((CHECKOUT / "plugins" / "modules").glob("*.py"))
ACTIONS = sorted((CHECKOUT / "plugins" / "action").glob("*.py"))
EVENT_SOURCES = sorted((CHECKOUT / "extensions").rglob("*.py"))
FILES = sorted(ROOMS.rglob("*.py"))

FLOORS = [
    {
        "_version",
        "_clock",
        "_once",
        "_redaction",
        "_errors",
        "_endpoints",
        "_wire",
        "_host_limits",
        "_certificates",
        "_hangup",
    },
    {"_diagnosis", "_stop", "_durations", "_bug", "_decoding", "_controller", "_paths", "_connection"},
    {"_signer", "_failures", "_options", "_auth.sources", "_auth.malformed", "_pool", "_pace", "_adapter"},
    {"_scopes", "_lost", "_given"},
    {"_http", "_answers", "_refusals"},
    {"_auth.network"},
    {"_auth.base"},
    {"_auth.values", "_auth.conflicts"},
    {"_auth.keys", "_auth.files"},
    {"_auth.temporary"},
    {"_auth.password", "_auth.agency"},
    {"_auth.federation", "_auth.pod_identity", "_auth.ecs_metadata", "_auth.token", "_auth.aksk"},
    {"_auth.sdk_env", "_auth.terraform_env", "_auth.sdk_file", "_auth.koocli_file"},
    {"_auth.chain"},
    {"_client"},
    {"_hss", "_projects", "_paging"},
    {"_clusters", "_telling", "_reports.style"},
    {"_risks", "_tasks", "_reports.html", "_reports.json", "_reports.junit", "_reports.markdown"},
    {"_sweep", "_scan_plan"},
    {"_statistics", "_gate", "_scan_wait", "_reporting"},
    {"_module", "_lookup", "_scan"},
    {"_watch"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: pathlib.Path) -> str:
    return ".".join(path.relative_to(ROOMS).with_suffix("").parts)


def imports(path: pathlib.Path) -> Iterator[str]:
    """Names imported, rooms of ours without a leading dot but with one inside brackets: `[_auth.base]`."""
    package = list(path.relative_to(ROOMS).parent.parts) if ROOMS in path.parents else []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                inner = ".".join([*base, alias.name])
                yield f"[{inner if inner in FLOOR else '.'.join(base)}]"
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", [p for p in FILES if p.name != "__init__.py"], ids=room_of)
def test_imports_run_downward(path: pathlib.Path) -> None:
    own = room_of(path)
    for name in imports(path):
        if name.startswith("["):
            assert FLOOR[name[1:-1]] < FLOOR[own], f"{own} imports {name}"


def importers(library: str) -> Set[str]:
    return {p.stem for p in FILES if any(n == library or n.startswith(library + ".") for n in imports(p))}


@pytest.mark.parametrize("library,room", [("requests", "_http"), ("time", "_clock"), ("random", "_clock")])
def test_one_importer(library: str, room: str) -> None:
    assert importers(library) == {room}


def test_ansible_is_known_to_two_rooms_only() -> None:
    assert importers("ansible") == {"_module", "_lookup"}
    assert [p.stem for p in FILES if "AnsibleModule" in p.read_text()] == ["_module"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_the_top_floor_first(path: pathlib.Path) -> None:
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
    assert len({path.read_text() for path in ACTIONS}) == 1


@pytest.mark.parametrize("path", EVENT_SOURCES, ids=lambda path: path.stem)
def test_an_event_source_imports_the_standard_library_only(path: pathlib.Path) -> None:
    """It is run by its path, by a Python that may know neither ansible nor collections: see CONTRIBUTING.md."""
    assert {name.partition(".")[0] for name in imports(path)} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", EVENT_SOURCES, ids=lambda path: path.stem)
def test_an_event_source_has_no_logic_of_its_own(path: pathlib.Path) -> None:
    tree = ast.parse(path.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.Try, ast.For, ast.While))]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert [node.name for node in tree.body if isinstance(node, functions)] == ["main", "_room"]


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
        told = {key: DOCUMENTED[name].get(key) for key in ("type", "choices", "default")}
        assert told == {key: spec.get(key) for key in ("type", "choices", "default")}, name


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
