# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every secret, every source, every fault, at -vvvvv: in no stream, no log file, no result."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, Iterator, List, Tuple
from urllib.parse import quote

import pytest

from tests.simulator import Simulator, scenario

TOKEN = "leak-test-token-4f1c7e90"
AK = "LEAKAK4F1C7E90000000"
SK = "leak-test-secret-key-%{4f1c}-$&<\"'7e90"
STS = "leak-test-security-token-4f1c7e90=="
PROXY_PASSWORD = "leak-test-proxy-password"
ENDPOINT_PASSWORD = "leak-test-endpoint-password"
# What would show a part of the secret key too: its plain beginning and its end.
SECRETS = [TOKEN, AK, SK, STS, PROXY_PASSWORD, ENDPOINT_PASSWORD, "leak-test-secret-key", "'7e90"]


def faults(echo: str) -> List[Dict[str, Any]]:
    """Whatever the simulator can do to an answer; `echo` are the secrets that the task has, as a server may repeat them."""
    return [
        {"echo_secrets": True},
        {"status": 200, "body": {"error_code": "X.1", "error_msg": echo}},
        {"status": 400, "body": {"error_code": echo, "error_msg": "x" * 590 + echo}},
        {"status": 401, "body": {"error": {"message": echo, "code": 401, "title": "Unauthorized"}}},
        {"status": 403, "body": f"<html>{echo}</html>"},
        {"status": 500, "body": f"plain {echo}"},
        {"status": 204, "body": ""},
        {"html": True},
        {"error_in_200": True},
        {"truncate": 10},
        {"drop": "before"},
        {"drop": "headers"},
        {"redirect": "https://example.com/?echo=" + quote(echo)},
        {"throttle": {"retry_after": "3600"}},
        {"counts": {"unscan_cluster_num": echo}},
        {"counts_remove": ["unscan_cluster_num"]},
        {"delay": 2.0},
        {},
    ]


ENVIRONMENTS: List[Tuple[str, Dict[str, str]]] = [
    ("sdk_env", {"HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK, "HUAWEICLOUD_SDK_SECURITY_TOKEN": STS}),
    ("terraform_env", {"HW_ACCESS_KEY": AK, "HW_SECRET_KEY": SK, "HW_SECURITY_TOKEN": STS}),
    ("terraform_env", {"HW_AUTH_TOKEN": TOKEN}),
]
OPTIONS: List[Tuple[str, Dict[str, str]]] = [
    ("token", {"auth_token": "{{ given.token }}"}),
    ("aksk", {"access_key": "{{ given.ak }}", "secret_key": "{{ given.sk }}", "security_token": "{{ given.sts }}"}),
]


@contextlib.contextmanager
def simulator(echo: str) -> Iterator[Simulator]:
    key = {"access_key": AK, "secret_key": SK, "security_token": STS}
    with Simulator(scenario(token={"token": TOKEN}, access_key=key)) as running:
        for number, fault in enumerate(faults(echo)):
            if fault:
                running.inject({"path": f"/regions/fault-{number}/", **fault})
        yield running
        assert not running.errors


def tasks(sim: Simulator, credential: Dict[str, str]) -> List[Dict[str, Any]]:
    """One task for each fault, and those that fail before or beside a request."""
    shared = {"project_id": "00000000000000000000000000000abc", "max_retries": 0, "request_timeout": 1, **credential}
    variations: List[Dict[str, Any]] = [
        {"endpoint": f"{sim.http_url}/regions/{f'fault-{number}' if fault else 'cn-north-4'}"}
        for number, fault in enumerate(faults(""))
    ]
    variations += [
        {"endpoint": sim.https_url},
        {"endpoint": "http://127.0.0.1:1"},
        {"endpoint": "https://hss.example.invalid"},
        {"endpoint": "{{ given.endpoint }}"},
        {"endpoint": sim.http_url, "project_id": "another-project"},
        {"endpoint": sim.http_url, "project_id": "not/an/id"},
    ]
    return [
        {"huaweicloud.hss.hss_cluster_statistics": {**shared, **variation}, "ignore_errors": True}
        for variation in variations
    ]


GIVEN = {
    "token": TOKEN,
    "ak": AK,
    "sk": SK,
    "sts": STS,
    "endpoint": f"https://user:{ENDPOINT_PASSWORD}@hss.example.com",
}
CASES = [(source, {}, options) for source, options in OPTIONS] + [(s, environ, {}) for s, environ in ENVIRONMENTS]


@pytest.mark.parametrize("source,environ,options", CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_no_secret_is_shown(playbooks: Any, source: str, environ: Dict[str, str], options: Dict[str, str]) -> None:
    proxy = f"http://user:{PROXY_PASSWORD}@127.0.0.1:1"
    echo = TOKEN if "HW_AUTH_TOKEN" in environ or "auth_token" in options else f"{AK} {SK} {STS}"
    with simulator(echo) as sim:
        todo = tasks(sim, options)
        outcome = playbooks.run(
            [{"hosts": "localhost", "gather_facts": False, "tasks": todo}],
            "-vvvvv",
            variables={"given": GIVEN},
            environ={**environ, "https_proxy": proxy, "no_proxy": "localhost"},
        )
    assert outcome.status == 0, outcome.output[-3000:]
    results = outcome.results
    assert len(results) == len(todo)
    answered = [number for number, result in enumerate(results) if "statistics" in result]
    assert answered == [len(faults("")) - 1]
    assert all(result.get("auth_source", source) == source for result in results)
    for place in (outcome.output, outcome.log, outcome.raw_results):
        assert place
        # As it is written, and as JSON writes it.
        assert not [s for s in SECRETS if s in place or s.encode("unicode_escape").decode() in place]


OTHERS: Dict[str, Dict[str, Any]] = {
    "hss_cluster_info": {},
    "hss_cluster_risk_info": {},
    "hss_cluster_scan": {"targets": "all"},
    "hss_cluster_sync": {"wait_timeout": 1},
    "hss_scan_task_info": {},
    "hss_cluster_gate": {},
}


def test_no_other_module_shows_a_secret(playbooks: Any) -> None:
    echo = f"{AK} {SK} {STS}"
    credential = OPTIONS[1][1]
    shared = {"project_id": "00000000000000000000000000000abc", "max_retries": 0, "request_timeout": 1, **credential}
    # Counts are in one answer only.
    spared = {"delay", "counts", "counts_remove"}
    chosen = [number for number, fault in enumerate(faults(echo)) if fault and not spared & set(fault)]
    with simulator(echo) as sim:
        todo = [
            {
                f"huaweicloud.hss.{name}": {**shared, **options, "endpoint": f"{sim.http_url}/regions/fault-{number}"},
                "ignore_errors": True,
            }
            for name, options in OTHERS.items()
            # Each fault by one module, and the echo by all.
            for number in {0, *chosen[list(OTHERS).index(name) :: len(OTHERS)]}
        ]
        outcome = playbooks.run(
            [{"hosts": "localhost", "gather_facts": False, "tasks": todo}], "-vvvvv", variables={"given": GIVEN}
        )
    assert outcome.status == 0, outcome.output[-3000:]
    results = outcome.results
    assert len(results) == len(todo) and all(result.get("msg") for result in results)
    assert not [result["msg"] for result in results if "This is a bug" in result["msg"]]
    for place in (outcome.output, outcome.log, outcome.raw_results):
        assert not [s for s in SECRETS if s in place or s.encode("unicode_escape").decode() in place]


def test_the_role_and_its_reports_show_no_secret(playbooks: Any) -> None:
    """With the keys as variables of the role, from a refused request, from one that echoes them, and from a scan to its end."""
    credential = {"access_key": "{{ given.ak }}", "secret_key": "{{ given.sk }}", "security_token": "{{ given.sts }}"}
    chosen = [0, 2, 3, 4, len(faults("")) - 1]
    folder = playbooks.folder / "reports"
    with simulator(f"{AK} {SK} {STS}") as sim:
        todo = []
        for number in chosen:
            place = f"fault-{number}" if faults("")[number] else "cn-north-4"
            variables = {
                **{f"cluster_scan_gate_{name}": value for name, value in credential.items()},
                "cluster_scan_gate_endpoint": f"{sim.http_url}/regions/{place}",
                "cluster_scan_gate_project_id": "00000000000000000000000000000abc",
                "cluster_scan_gate_max_retries": 0,
                "cluster_scan_gate_scan": True,
                "cluster_scan_gate_scan_poll_interval": 1,
                "cluster_scan_gate_report_dir": str(folder),
            }
            role = {"ansible.builtin.include_role": {"name": "huaweicloud.hss.cluster_scan_gate"}, "vars": variables}
            todo.append({"block": [role], "rescue": [{"ansible.builtin.debug": {"msg": "closed"}}]})
        outcome = playbooks.run(
            [{"hosts": "localhost", "gather_facts": False, "tasks": todo}], "-vvvvv", variables={"given": GIVEN}
        )
        assert len(sim.tasks) == 1 and outcome.status == 0, outcome.output[-3000:]
    assert outcome.output.count("The gate is open for") >= 1
    reports = [path.read_text() for path in folder.iterdir()]
    assert len(reports) >= 6, "five formats and their checksums"
    for place in (outcome.output, outcome.log, outcome.raw_results, *reports):
        assert place and not [s for s in SECRETS if s in place or s.encode("unicode_escape").decode() in place]
