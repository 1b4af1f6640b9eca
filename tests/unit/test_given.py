# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options as they were given: what is empty, blank, or of a type or size that ansible-core would convert in silence or trip over."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Dict, List, Tuple

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS, read_given
from ansible_collections.huaweicloud.hss.plugins.modules import (
    hss_cluster_gate,
    hss_cluster_info,
    hss_cluster_risk_info,
    hss_cluster_scan,
    hss_cluster_statistics,
    hss_cluster_sync,
    hss_scan_task_info,
)
from ansible_collections.huaweicloud.hss.plugins.plugin_utils import _query

from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, Simulator, scenario

BLANKS = [None, "", " ", "\n", "\t \r\n", "\u00a0"]
MODULES = (
    (hss_cluster_gate, hss_cluster_gate.OPTIONS),
    (hss_cluster_info, hss_cluster_info.OPTIONS),
    (hss_cluster_risk_info, hss_cluster_risk_info.OPTIONS),
    (hss_cluster_scan, hss_cluster_scan.OPTIONS),
    (hss_cluster_statistics, SCOPE_OPTIONS),
    (hss_cluster_sync, hss_cluster_sync.OPTIONS),
    (hss_scan_task_info, hss_scan_task_info.OPTIONS),
)
OWN: List[Tuple[Any, str]] = [(module, name) for module, options in MODULES for name in options]


SCENARIO = scenario(unscanned=1, total=2)


@pytest.fixture
def run(sim: Simulator, run_module: Any) -> Any:
    """Run a module with these options, and a key pair; its result."""

    def run(module: Any, **options: Any) -> Dict[str, Any]:
        defaults = {"region": "cn-north-4", "endpoint": sim.http_url, "project_id": DEMO_PROJECT_ID}
        given = {**defaults, "access_key": DEMO_AK, "secret_key": DEMO_SK, **options}
        return dict(run_module(module, given, (DEMO_SK,), documented=False))

    return run


@pytest.mark.parametrize("module,name", OWN, ids=lambda value: getattr(value, "__name__", value).rpartition(".")[2])
def test_no_option_of_a_modules_own_may_be_blank(run: Any, sim: Simulator, module: Any, name: str) -> None:
    for value in BLANKS:
        result = run(module, **{name: value})
        assert result["failed"] and result["msg"].startswith(f"Option {name} is empty or blank"), result["msg"]
    assert not sim.requests


@pytest.mark.parametrize("name", SHARED_OPTIONS)
def test_a_shared_option_may_be_empty_but_not_blank(run: Any, sim: Simulator, name: str) -> None:
    """Empty is unset, as a variable of the environment is. A blank one was given, and would be dropped: another account is judged."""
    assert read_given({name: ""}, SHARED_OPTIONS) == ({}, None)
    for value in BLANKS[2:]:
        result = run(hss_cluster_statistics, **{name: value})
        assert result["failed"] and result["msg"].startswith(f"Option {name} is empty or blank"), result["msg"]
    assert not sim.requests


def test_the_lookup_has_the_same_rule(sim: Simulator) -> None:
    keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
    options = {"endpoint": sim.http_url, "project_id": DEMO_PROJECT_ID, "region": "", **keys}
    for name in (*SCOPE_OPTIONS, "region"):
        problem, _result = _query.look_up([], {**options, name: " "})
        assert problem is not None and problem.startswith(f"option {name} is empty or blank"), problem
    assert not sim.requests
    assert _query.look_up([], options)[0] is None


@pytest.mark.parametrize("module,name", OWN, ids=lambda value: getattr(value, "__name__", value).rpartition(".")[2])
@pytest.mark.parametrize("value", [["a"], {"a": 1}, True, 10**400, -(10**400), "1e999", "-1", float("inf"), 1.5, "1e99999999"],
                         ids=lambda value: str(value)[:9] if not isinstance(value, int) else f"{len(str(value))} digits")  # fmt: skip
def test_an_odd_value_of_any_option_is_no_bug(
    run: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any
) -> None:
    """It is taken as what it says, or refused by its name; none ends in a traceback, and none becomes a text of Python's."""
    monkeypatch.chdir(tmp_path)
    needed = {"targets": "unscanned"} if module is hss_cluster_scan and name != "targets" else {}
    result = run(module, **{"wait": False, **needed, name: value} if needed else {name: value})
    assert "bug" not in str(result.get("msg", "")) and "Traceback" not in json.dumps(result)
    spec = dict(MODULES)[module][name]
    if spec["type"] in ("int", "float") and value != 1.5:
        assert result["failed"] and name in result["msg"], result["msg"]
    if spec["type"] in ("str", "path") and isinstance(value, (list, dict, bool)):
        assert result["failed"] and f"Option {name} must be text" in result["msg"]


@pytest.mark.parametrize("name", ["max_unscanned", "min_clusters", "max_risky", "max_app_vulnerable"])
@pytest.mark.parametrize("value", [-1, 10**30, "1e30", 10**9 + 1, "0x10", "1.5"])
def test_a_limit_out_of_range(run: Any, sim: Simulator, name: str, value: Any) -> None:
    result = run(hss_cluster_gate, **{name: value})
    assert result["failed"] and name in result["msg"] and not sim.requests


def test_a_list_of_something_else_than_scopes_shows_no_secret(run: Any, sim: Simulator) -> None:
    """ansible-core has not collected the secrets when it finds out; `run` looks for them."""
    for value in ("a", ["a"], [1], [["a"]], ["{"], ["a=b", "{"]):
        result = run(hss_cluster_gate, scopes=value)
        assert result["failed"] and not sim.requests


@pytest.mark.parametrize("value", ["a\ud800", "/tmp/\udcff", "\udfff"])
def test_a_lone_surrogate_is_refused(run: Any, sim: Simulator, value: str) -> None:
    for name in ("project_name", "ca_path", "report_dir", "max_scan_age", "password", "scopes"):
        result = run(hss_cluster_gate, **{name: value})
        assert result["failed"] and f"Option {name} holds a character" in result["msg"]
    assert not sim.requests


def test_an_unknown_option_is_left_to_ansible(run: Any) -> None:
    assert "Unsupported parameters" in run(hss_cluster_gate, max_riskyy="")["msg"]


@pytest.mark.parametrize(
    "entry", [{"region": None}, '{"region": null}', "{'region': None}"], ids=["dict", "JSON", "Python"]
)
def test_a_null_in_an_entry_is_refused(run: Any, sim: Simulator, entry: Any) -> None:
    """ansible-core would drop the key, and the scope or the exception would be wider than intended."""
    for name in ("scopes", "exceptions", "accounts"):
        result = run(hss_cluster_gate, **{name: [entry]})
        assert result["failed"] and f"Option {name} holds an entry with a value that is null" in result["msg"], result
    assert not sim.requests


def test_null_is_empty(run: Any) -> None:
    """ansible-core 2.19 makes null of `default(none)`, and older ones an empty string."""
    assert run(hss_cluster_statistics, region=None, validate_certs=None, max_retries=None)["statistics"]
