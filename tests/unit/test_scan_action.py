# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test when the action plugin of hss_cluster_scan prints progress. Only the part of ansible-core that runs a module is replaced."""

from __future__ import annotations

import json
import pathlib
from types import SimpleNamespace
from typing import Any, Dict, List, Optional

import pytest
from ansible import constants
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import PROGRESS_FILE
from ansible_collections.huaweicloud.hss.plugins.plugin_utils import _action
from ansible_collections.huaweicloud.hss.plugins.plugin_utils._scan_action import ActionModule

ENTRY = {"success": 1, "scanning": 2, "failed": 0, "estimated_time": 3}
LINE = "1 done, 2 running, 0 failed, about 3 minutes left"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> List[Dict[str, Any]]:
    """Arguments of each module that was run. A module that is given a file for its progress appends to it."""
    seen: List[Dict[str, Any]] = []

    def execute(self: Any, module_args: Optional[Dict[str, Any]] = None, **_others: Any) -> Dict[str, Any]:
        args = self._task.args if module_args is None else module_args
        seen.append(args)
        if PROGRESS_FILE in args:
            with open(args[PROGRESS_FILE], "a", encoding="utf-8") as file:
                file.write(json.dumps(ENTRY) + "\n")
        return {"changed": True}

    monkeypatch.setattr(_action.NormalActionModule, "_execute_module", execute)
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    return seen


def run(
    args: Dict[str, Any], transport: str = "local", variables: Optional[Dict[str, Any]] = None, **task: Any
) -> Dict[str, Any]:
    known = SimpleNamespace(**{"args": args, "async_val": 0, "check_mode": False, "no_log": False, **task})
    connection = SimpleNamespace(transport=transport)
    plugin = ActionModule(known, connection, SimpleNamespace(), None, None, None)  # type: ignore[arg-type]
    return plugin._execute_module(module_name="hss_cluster_scan", task_vars=variables)


@pytest.mark.parametrize(
    "variables,label",
    [
        (None, "hss_cluster_scan"),
        ({"ansible_play_hosts_all": ["a"], "inventory_hostname": "a"}, "hss_cluster_scan"),
        ({"ansible_play_hosts_all": ["a\nb", "c"], "inventory_hostname": "a\nb"}, "hss_cluster_scan on a b"),
    ],
    ids=["unknown", "one host", "several hosts"],
)
def test_the_progress_goes_to_standard_error(
    given: List[Dict[str, Any]], capfd: pytest.CaptureFixture[str], variables: Any, label: str
) -> None:
    args = {"targets": "all"}
    assert run(args, variables=variables) == {"changed": True}
    printed = capfd.readouterr()
    assert printed.err.replace("\n", "") == f"{label}: {LINE}" and not printed.out
    assert args == {"targets": "all"}, "the module gets a copy"
    assert given[0]["targets"] == "all" and not pathlib.Path(given[0][PROGRESS_FILE]).exists()


@pytest.mark.parametrize(
    "args,others",
    [
        ({"wait": False}, {}),
        ({"wait": "no"}, {}),
        ({}, {"transport": "ssh"}),
        ({}, {"async_val": 60}),
        ({}, {"check_mode": True}),
        ({}, {"no_log": True}),
    ],
    ids=["wait: false", "wait: no", "another host", "async", "check mode", "no_log"],
)
def test_where_no_progress_is_shown(
    given: List[Dict[str, Any]], capfd: pytest.CaptureFixture[str], args: Dict[str, Any], others: Dict[str, Any]
) -> None:
    assert run(args, **others) == {"changed": True}
    assert given == [args] and not capfd.readouterr().err


def test_arguments_of_a_caller_are_kept(given: List[Dict[str, Any]], capfd: pytest.CaptureFixture[str]) -> None:
    plugin = ActionModule(
        SimpleNamespace(args={}, async_val=0, check_mode=False, no_log=False),  # type: ignore[arg-type]
        SimpleNamespace(transport="local"),  # type: ignore[arg-type]
        SimpleNamespace(),  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        None,
        None,
    )
    plugin._execute_module(module_args={"targets": "stale"})
    assert given[0]["targets"] == "stale" and LINE in capfd.readouterr().err
