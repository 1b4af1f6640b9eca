# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole account by real ansible-playbook: the module, the facts, the gate, the lookup; and what a signal does."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Any, Dict, List

import pytest

from tests.simulator import DEMO_AK, DEMO_SK, Simulator, project, scenario

REGIONS = ("cn-north-4", "ap-southeast-3", "eu-west-101")
SK = DEMO_SK
MODULE = "huaweicloud.hss.hss_cluster_statistics"
KEYS = {"access_key": "{{ ak }}", "secret_key": "{{ sk }}"}
VARIABLES = {"ak": DEMO_AK, "sk": SK}


def projects(unscanned: int) -> List[Dict[str, Any]]:
    own = [project(unscanned, 10, region=name, project_id=f"{number:032x}") for number, name in enumerate(REGIONS)]
    sub = project(0, 5, region=REGIONS[0], name=f"{REGIONS[0]}_shop", project_id="5" * 32)
    mos = project(9, 9, region="x", name="MOS", project_id="6" * 32)
    return [*own, sub, mos]


SCENARIO = scenario(projects=projects(2))


def redirected(sim: Simulator) -> Dict[str, str]:
    """Each region at an address of its own, as HUAWEICLOUD_SDK_REGION_HSS_<REGION> says."""
    hss = {f"HUAWEICLOUD_SDK_REGION_HSS_{name.upper().replace('-', '_')}": name for name in REGIONS}
    return {
        **{variable: f"{sim.http_url}/regions/{name}" for variable, name in hss.items()},
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": sim.http_url,
    }


def play(tasks: List[Dict[str, Any]], **keywords: Any) -> List[Dict[str, Any]]:
    return [{"hosts": "localhost", "gather_facts": False, **keywords, "tasks": tasks}]


def check(*conditions: str) -> Dict[str, Any]:
    return {"ansible.builtin.assert": {"that": list(conditions)}}


def test_all_projects_and_its_facts(playbooks: Any, sim: Simulator) -> None:
    tasks = [
        {MODULE: {"all_projects": True, **KEYS}, "register": "hss"},
        check(
            "hss.complete",
            "hss.statistics.unscan_cluster_num == 6",
            "hss.statistics.all_cluster_num == 35",
            "hss.scopes | map(attribute='region') | list == ['cn-north-4', 'ap-southeast-3', 'eu-west-101', 'cn-north-4']",
            "hss.skipped_scopes | map(attribute='project_name') | list == ['MOS']",
            "hss.region is none and hss.project_id is none",
            "ansible_facts.hss_cluster_statistics.unscan_cluster_num == 6",
            "ansible_facts.hss_cluster_statistics.scopes | length == 4",
        ),
    ]
    outcome = playbooks.run(play(tasks), variables=VARIABLES, environ=redirected(sim))
    assert outcome.status == 0, outcome.output


def test_scopes_with_one_out_of_reach(playbooks: Any, sim: Simulator) -> None:
    sim.inject(
        {"path": "/regions/ap-southeast-3/", "status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "no"}}
    )
    queried = {"scopes": [{"region": name} for name in REGIONS], **KEYS}
    tasks = [
        {MODULE: {**queried, "on_scope_error": "continue"}, "register": "hss"},
        check(
            "not hss.complete",
            "hss.statistics.unscan_cluster_num is none",
            "ansible_facts.hss_cluster_statistics.unscan_cluster_num is none",
            "hss.failed_scopes | map(attribute='region') | list == ['ap-southeast-3']",
        ),
        {MODULE: queried},
    ]
    outcome = playbooks.run(play(tasks), variables=VARIABLES, environ=redirected(sim))
    assert outcome.status == 2, outcome.output
    result = outcome.results[-1]
    assert "1 of 3 scopes did not answer" in result["msg"] and "ap-southeast-3/ap-southeast-3" in result["msg"]
    assert result["error_code"] == "APIGW.0302" and len(result["scopes"]) == 2
    assert "ansible_facts" not in result


@pytest.mark.parametrize("unscanned,status", [(0, 0), (2, 2)])
def test_the_gate_for_the_whole_account(playbooks: Any, sim: Simulator, unscanned: int, status: int) -> None:
    sim.replace_scenario(scenario(projects=projects(unscanned)))
    keys = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": SK}
    outcome = playbooks.run(
        "huaweicloud.hss.cluster_scan_gate",
        variables={"cluster_scan_gate_all_projects": True},
        environ={**keys, **redirected(sim)},
    )
    assert outcome.status == status, outcome.output
    (printed,) = [result["msg"] for result in outcome.results if isinstance(result.get("msg"), list)]
    message = "\n".join(printed)
    assert message.startswith("The gate is") and "4 scopes of 3 regions (1 skipped)" in printed[0]
    if unscanned:
        assert "6 of 35 clusters were never scanned (at most 0 allowed)" in message
        for region in REGIONS:
            assert f"region {region}, project {region}, last scan never" in message


def lookup(**options: str) -> str:
    given = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"lookup('{MODULE}', {given})"


def test_the_lookup_returns_what_the_module_does(playbooks: Any, sim: Simulator) -> None:
    expression = lookup(all_projects="true", access_key="ak", secret_key="sk")
    # Not the moment and the IDs of the requests.
    alike = "['complete', 'statistics', 'failed_scopes', 'auth_source', 'region', 'project_id']"
    tasks = [
        {MODULE: {"all_projects": True, **KEYS}, "register": "hss"},
        {"ansible.builtin.set_fact": {"seen": "{{ " + expression + " }}"}},
        check(
            "seen.keys() | sort == hss.keys() | difference(['changed', 'failed', 'ansible_facts']) | sort",
            f"{alike} | map('extract', seen) | list == {alike} | map('extract', hss) | list",
            "seen.scopes | map(attribute='statistics') | list == hss.scopes | map(attribute='statistics') | list",
        ),
    ]
    outcome = playbooks.run(play(tasks), "-v", variables=VARIABLES, environ=redirected(sim))
    assert outcome.status == 0, outcome.output
    assert "huaweicloud.hss: the credential comes from aksk" in outcome.output


@pytest.mark.parametrize(
    "options,words",
    [
        ({"region": "'cn-north-4'"}, "No credentials found"),
        ({"region": "'cn-north-4'", "max_retries": "'many'"}, "max_retries"),
        ({"region": "'cn-north-4'", "no_such_option": "1"}, "no_such_option"),
        ({"region": "'cn-north-4'", "access_key": "ak", "secret_key": "wrong"}, "secret key does not belong"),
        ({"region": "'cn-north-4'", "access_key": "ak"}, "secret_key is missing"),
        (
            {
                "region": "'cn-north-4'",
                "access_key": "ak",
                "secret_key": "wrong",
                "endpoint": "echo",
                "project_id": "'p'",
            },
            "HTTP 400",
        ),
        ({"scopes": "[{'region': 'Not one'}]", "access_key": "ak", "secret_key": "sk"}, "scopes[0].region"),
    ],
    ids=str,
)
def test_the_lookup_fails_well_and_shows_nothing(
    playbooks: Any, sim: Simulator, options: Dict[str, str], words: str
) -> None:
    wrong = "wrong-secret-key-of-the-lookup-41c7"
    sim.inject({"path": "/regions/echo/", "echo_secrets": True})
    tasks = [check(f"{lookup(**options)}.complete")]
    variables = {**VARIABLES, "wrong": wrong, "echo": f"{sim.http_url}/regions/echo"}
    outcome = playbooks.run(play(tasks), "-vvvvv", variables=variables, environ=redirected(sim))
    assert outcome.status == 2 and words in outcome.output, outcome.output
    assert "This is a bug" not in outcome.output
    for place in (outcome.output, outcome.log, outcome.raw_results):
        assert SK not in place and wrong not in place and DEMO_AK not in place


@pytest.mark.parametrize("scoped", [False, True])
def test_an_omitted_option_of_the_lookup_is_not_given(playbooks: Any, sim: Simulator, scoped: bool) -> None:
    """ansible-core leaves an object there, and its text would be sent as the name of an enterprise project."""
    given = "enterprise_project_id=nothing | default(omit)"
    if scoped:
        given = "scopes=[{'region': 'cn-north-4', 'enterprise_project_id': nothing | default(omit)}]"
    expression = f"lookup('{MODULE}', region='cn-north-4', access_key=ak, secret_key=sk, {given})"
    tasks = [check(f"({expression}).statistics.unscan_cluster_num == 2")]
    outcome = playbooks.run(play(tasks), variables=VARIABLES, environ=redirected(sim))
    assert outcome.status == 0, outcome.output
    assert {request.query for request in sim.requests if request.service == "HSS"} == {""}


def test_the_lookup_takes_no_terms(playbooks: Any, sim: Simulator) -> None:
    outcome = playbooks.run(play([check(f"lookup('{MODULE}', 'cn-north-4').complete")]), environ=redirected(sim))
    assert outcome.status == 2 and "takes no terms" in outcome.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "fault", [{"delay": 600}, {"slow_body": {"chunk": 1, "interval": 0.2}}], ids=["silent", "slow"]
)
def test_an_interrupted_module_ends_immediately(
    sim: Simulator, installed: pathlib.Path, number: signal.Signals, fault: Dict[str, Any]
) -> None:
    """As a process of its own, which is what Ansible makes of it. The requests would take ten minutes."""
    sim.inject({"service": "HSS", "skip": 1, **fault})
    scopes = [{"project_id": f"{index:032x}", "region": name} for index, name in enumerate(REGIONS)]
    options = {"scopes": scopes, "access_key": DEMO_AK, "secret_key": SK}
    name = "ansible_collections.huaweicloud.hss.plugins.modules.hss_cluster_statistics"
    code = (
        "import sys; from ansible.module_utils import basic; basic._ANSIBLE_ARGS = sys.stdin.buffer.read(); "
        f"basic._ANSIBLE_PROFILE = 'legacy'; import {name} as m; m.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **redirected(sim), "PYTHONPATH": str(installed)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode())
    process.stdin.close()
    while len([request for request in sim.requests if request.service == "HSS"]) < len(REGIONS):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    # Far less than the requests take, far more than an idle machine needs.
    status = process.wait(timeout=30)
    assert process.stdout and process.stderr
    if number == signal.SIGTERM:
        assert status == -signal.SIGTERM
    else:
        result = json.loads(process.stdout.read())
        assert result["failed"] and "Interrupted" in result["msg"] and process.stderr.read() == b""
    process.stdout.close()
    process.stderr.close()
