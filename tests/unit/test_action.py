# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test what action plugins add to modules. Only the part of ansible-core that runs a module on a host is replaced."""

from __future__ import annotations

import datetime
import os
import pathlib
from types import SimpleNamespace
from typing import Any, Dict, List, Optional

import pytest
from ansible.module_utils.parsing import convert_bool
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.huaweicloud.hss.plugins.action import (
    hss_cluster_gate,
    hss_cluster_info,
    hss_cluster_risk_info,
    hss_cluster_scan,
    hss_cluster_statistics,
    hss_cluster_sync,
    hss_scan_task_info,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.summary import not_judged
from ansible_collections.huaweicloud.hss.plugins.module_utils._paths import path_error
from ansible_collections.huaweicloud.hss.plugins.plugin_utils import _action, _role_variables

PLUGINS = (
    hss_cluster_gate,
    hss_cluster_info,
    hss_cluster_risk_info,
    hss_cluster_scan,
    hss_cluster_statistics,
    hss_cluster_sync,
    hss_scan_task_info,
)
REFUSED = {"failed": True, "status_code": 401, "error_code": "APIGW.0301", "service": "HSS", "msg": "no", "scopes": []}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> List[Dict[str, Any]]:
    """Arguments of each module that was run. Those with the access key `bad` are refused."""
    seen: List[Dict[str, Any]] = []

    def run(self: Any, tmp: Any, task_vars: Any) -> Dict[str, Any]:
        seen.append(self._task.args)
        return dict(REFUSED) if self._task.args.get("access_key") == "bad" else {"changed": False}

    monkeypatch.setattr(_action.NormalActionModule, "run", run)
    monkeypatch.setattr(_action, "_refused", {})
    return seen


def trusted(value: Any) -> Any:
    """Return a value as ansible-core gets it from a playbook: since 2.19 only such texts are templates."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return value
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, list):
        return [{k: trusted(v) for k, v in e.items()} if isinstance(e, dict) else trusted(e) for e in value]
    return value


def run(
    args: Dict[str, Any],
    role: Optional[str] = None,
    transport: str = "local",
    task_vars: Optional[Dict[str, Any]] = None,
    **task: Any,
) -> Dict[str, Any]:
    """Run an item of a task."""
    own = None if role is None else SimpleNamespace(get_name=lambda: role)
    known = SimpleNamespace(
        **{"args": args, "environment": [], "delegate_to": None, "_role": own, "async_val": 0, "action": "x", **task}
    )
    context = SimpleNamespace(become_user=None)
    plugin = _action.ActionModule(
        task=known,
        connection=SimpleNamespace(transport=transport),
        play_context=context,
        loader=None,
        templar=Templar(loader=DataLoader(), variables={}),
        shared_loader_obj=None,
    )
    result: Dict[str, Any] = plugin.run(None, task_vars)
    return result


def test_every_module_has_it() -> None:
    assert all(issubclass(plugin.ActionModule, _action.ActionModule) for plugin in PLUGINS)


def test_a_refused_credential_is_not_sent_again(ran: List[Dict[str, Any]]) -> None:
    assert run({"access_key": "bad", "region": "a"}) == REFUSED
    second = run({"access_key": "bad", "region": "b", "agency_name": "other"})
    assert len(ran) == 1 and second["failed"] and second["status_code"] == 401 and "Not asked" in second["msg"]
    assert second["error_code"] == "APIGW.0301" and "scopes" not in second


def test_another_credential_is_queried(ran: List[Dict[str, Any]]) -> None:
    run({"access_key": "bad"})
    run({"access_key": "good"})
    run({"access_key": "bad"}, environment=[{"HW_ACCESS_KEY": "x"}])
    run({"access_key": "bad"}, delegate_to="elsewhere")
    assert len(ran) == 4


def test_the_roles_relative_paths_count_from_here(
    ran: List[Dict[str, Any]], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "creds").write_text("")
    args = {"credentials_file": "creds", "ca_path": "no/ca.pem", "report_dir": "reports", "region": "x.y"}
    run(args, role=_action.GATE_ROLE)
    here = os.getcwd()
    assert ran == [
        {
            "credentials_file": f"{here}/creds",
            "ca_path": f"{here}/no/ca.pem",
            "report_dir": f"{here}/reports",
            "region": "x.y",
        }
    ]
    assert args["report_dir"] == "reports", "a copy is changed"


@pytest.mark.parametrize("role,transport", [(None, "local"), ("a.b.other", "local"), (_action.GATE_ROLE, "ssh")])
def test_other_paths_are_left_alone(ran: List[Dict[str, Any]], role: Any, transport: str) -> None:
    run({"report_dir": "reports"}, role=role, transport=transport)
    assert ran == [{"report_dir": "reports"}]


@pytest.mark.parametrize(
    "value",
    ["/a/b", "~/a", "$HOME/a", "", None, 3, "a-secret-without-the-form-of-a-path", "x" * 256 + ".pem", "a\nb.pem"],
)
def test_what_is_no_relative_path_is_left_alone(value: Any) -> None:
    assert _action.with_absolute_paths({"ca_path": value}) == {"ca_path": value}


@pytest.mark.parametrize("value,name", [(20261127, "20261127"), (datetime.date(2026, 11, 27), "2026-11-27")])
def test_a_folder_that_yaml_takes_for_a_number_or_a_date(value: Any, name: str) -> None:
    assert _action.with_absolute_paths({"report_dir": value}) == {"report_dir": os.path.abspath(name)}


@pytest.mark.parametrize("value", ["gQpXn4hdVdGb3k1FjW0t/9sKx2LmPq7=", True, ["a"], None, "~/a", "$HOME/a"])
def test_a_folder_that_the_module_has_to_judge(value: Any) -> None:
    assert _action.with_absolute_paths({"report_dir": value}) == {"report_dir": value}


@pytest.mark.parametrize("transport,told", [("local", True), ("ssh", False)])
def test_a_message_about_a_relative_path_names_where_the_user_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, transport: str, told: bool
) -> None:
    """A variable of the environment, too, which no argument shows."""
    message = path_error("Environment variable X", "file", "creds.ini", "does not exist").as_result()["msg"]
    monkeypatch.setattr(_action.NormalActionModule, "run", lambda *_: {"failed": True, "msg": message})
    monkeypatch.chdir(tmp_path)
    shown = run({}, transport=transport)["msg"]
    assert (f"ansible-playbook was started in {os.getcwd()}." in shown) is told


def test_a_verdict_about_a_relative_path_names_where_the_user_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """Also where the path is so long that the message of the verdict ends before its last sentence."""
    cause = path_error("Environment variable X", "file", f"{'a' * 200}/creds.ini", "does not exist").as_result()["msg"]
    verdict = not_judged(cause)
    failure = {"failed": True, "msg": verdict["message"], "verdict": verdict}
    monkeypatch.setattr(_action.NormalActionModule, "run", lambda *_: failure)
    monkeypatch.chdir(tmp_path)
    result = run({})
    started = f"ansible-playbook was started in {os.getcwd()}."
    for text in (result["msg"], result["verdict"]["message"], result["verdict"]["summary"][1]):
        assert text.count(started) == 1
    assert started not in result["verdict"]["summary"][0]


@pytest.mark.parametrize(
    "name,suggestion",
    [
        ("cluster_scan_gate_max_unscaned", "cluster_scan_gate_max_unscanned"),
        ("cluster_scan_gate_xyz", None),
        ("cluster_scan_max_unscanned", "cluster_scan_gate_max_unscanned"),
        ("cluster_scan_max_unscaned", "cluster_scan_gate_max_unscanned"),
        ("cluster_scan_scan", "cluster_scan_gate_scan"),
    ],
)
def test_a_mistyped_variable_of_the_role_is_found(ran: List[Any], name: str, suggestion: Optional[str]) -> None:
    variables = {"cluster_scan_gate_region": "r", name: 0}
    result = run({}, _action.GATE_ROLE, task_vars=variables)
    hint = f" (did you mean {suggestion}?)" if suggestion else ""
    assert result["failed"] and result["msg"] == f"Not a variable of this gate: {name}{hint}." and not ran
    assert "verdict" not in result, "the role's first task fails"


@pytest.mark.parametrize(
    "variables",
    [
        {"cluster_scan_gate_result": {}, "cluster_scan_gate_max_risky": 0},
        # Of the play itself.
        {"cluster_scan_result": {}, "cluster_scan_report": 1, "cluster_scan_day": 1, "cluster_scan_": 1},
        {"cluster_scan_region": "r", "cluster_scan_gate_region": "{{ cluster_scan_region }}"},
    ],
    ids=str,
)
def test_other_variables_are_none_of_the_roles_business(ran: List[Any], variables: Dict[str, Any]) -> None:
    assert not run({}, _action.GATE_ROLE, task_vars=variables).get("failed")
    assert not run({}, task_vars={"cluster_scan_gate_xyz": 1}).get("failed"), "outside of the role"
    assert len(ran) == 2


def test_the_roles_variables_become_arguments(ran: List[Any]) -> None:
    variables = {"cluster_scan_gate_region": "r", "cluster_scan_gate_max_risky": 3, "cluster_scan_gate_scan": True}
    run({"region": "own"}, _action.GATE_ROLE, task_vars=variables, action="huaweicloud.hss.hss_cluster_gate")
    run({"targets": "all"}, _action.GATE_ROLE, task_vars=variables, action="huaweicloud.hss.hss_cluster_scan")
    assert ran == [{"region": "own", "max_risky": 3}, {"region": "r", "targets": "all"}]


@pytest.mark.parametrize(
    "name,value",
    [
        *(("region", value) for value in ("", " \u3000", None, "{{ not_set | default(omit) }}")),
        *(("scopes", value) for value in ([], [{"region": ""}], [{"region": "{{ not_set | default(omit) }}"}])),
        ("report_formats", ["json", None]),
    ],
    ids=repr,
)
def test_a_variable_without_a_value_is_rejected(ran: List[Any], name: str, value: Any) -> None:
    result = run({}, _action.GATE_ROLE, task_vars={f"cluster_scan_gate_{name}": trusted(value)})
    words = f"Empty, blank, or default(omit): cluster_scan_gate_{name}. Give a value, or leave it out."
    assert result["failed"] and result["msg"] == words and not ran


@pytest.mark.parametrize("value", ["many", -1, 1.5, True, [0], "0x10", 10**9, "\u0663"], ids=repr)
def test_a_limit_that_is_no_number_is_rejected(ran: List[Any], value: Any) -> None:
    result = run({}, _action.GATE_ROLE, task_vars={"cluster_scan_gate_max_risky": value})
    assert result["msg"] == "Must be a whole number from 0 to 999999999: cluster_scan_gate_max_risky." and not ran


@pytest.mark.parametrize("name", ["fail_on_violation", "sync", "scan"])
@pytest.mark.parametrize("value", ["maybe", 2, [], {}, "0.5", "yes please"], ids=repr)
def test_a_switch_that_is_neither_true_nor_false_is_rejected(ran: List[Any], name: str, value: Any) -> None:
    result = run({}, _action.GATE_ROLE, task_vars={f"cluster_scan_gate_{name}": value})
    assert result["failed"] and f"cluster_scan_gate_{name}" in result["msg"] and not ran
    for good in (True, False, "Yes", " off ", 0, "1", 1.0):
        assert not run({}, _action.GATE_ROLE, task_vars={f"cluster_scan_gate_{name}": good}).get("failed"), good


def test_switches_are_what_ansible_core_takes_for_true_or_false() -> None:
    assert {str(value).lower() for value in convert_bool.BOOLEANS} | {"1.0", "0.0"} == _role_variables.BOOLEANS


@pytest.mark.parametrize("value", ["contine", True, 1], ids=repr)
def test_an_unknown_choice_for_scope_errors_is_rejected(ran: List[Any], value: Any) -> None:
    result = run({}, _action.GATE_ROLE, task_vars={"cluster_scan_gate_on_scope_error": value})
    assert result["msg"] == "Must be fail or continue: cluster_scan_gate_on_scope_error." and not ran


def test_all_wrong_values_are_named_at_once(ran: List[Any]) -> None:
    wrong = {"region": "", "max_risky": "x", "scan_timeout": 604801, "scan_poll_interval": 0}
    result = run({}, _action.GATE_ROLE, task_vars={f"cluster_scan_gate_{k}": v for k, v in wrong.items()})
    assert all(f"cluster_scan_gate_{name}" in result["msg"] for name in wrong) and not ran
    good = {"exceptions": [], "scan_timeout": "604800", "scan_poll_interval": 1, "max_risky": "0"}
    run({}, _action.GATE_ROLE, task_vars={f"cluster_scan_gate_{k}": v for k, v in good.items()})
    assert len(ran) == 1
