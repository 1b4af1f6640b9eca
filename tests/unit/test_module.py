# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real AnsibleModule, the real signer and the real sockets: from a task's options to its result."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any, Dict, List

import pytest
import requests
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.huaweicloud.hss.plugins.module_utils import _module as _module_module
from ansible_collections.huaweicloud.hss.plugins.modules import (
    hss_cluster_info,
    hss_cluster_risk_info,
    hss_cluster_statistics,
    hss_scan_task_info,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator import Simulator, scenario

PROJECT = "00000000000000000000000000000abc"
TOKEN = "simulated-token-0123456789"
AK = "FAKEAK00000000UNIT00"
SK = "fake-secret-of-the-unit-tests-%{x}$\"'&<e"
STS = "fake-security-token-of-the-unit-tests=="
COUNTS = {"risk_cluster_num": 5, "app_vul_cluster_num": 1, "unscan_cluster_num": 10, "all_cluster_num": 20}


pytestmark = pytest.mark.usefixtures("no_sleep")


def make_scenario() -> Dict[str, Any]:
    made = scenario(unscanned=10, total=20, risky=5, app_vulnerable=1, token={"token": TOKEN}, project_id=PROJECT)
    everything = {"projects": "all", "enterprise_projects": "all"}
    made["access_keys"] = [
        {"access_key": AK, "secret_key": SK, **everything},
        {"access_key": "TMPAK00000000UNIT000", "secret_key": SK, "security_token": STS, **everything},
    ]
    return made


SCENARIO = make_scenario()


@pytest.fixture
def run(sim: Simulator, run_module: Any) -> Any:
    """Run the module with these options; its result. Options default to the simulator's endpoints and project."""

    def run(**options: Any) -> Dict[str, Any]:
        defaults = {
            "region": "cn-north-4",
            "endpoint": sim.http_url,
            "iam_endpoint": sim.http_url,
            "project_id": PROJECT,
        }
        given = {name: value for name, value in {**defaults, **options}.items() if value is not None}
        return dict(run_module(hss_cluster_statistics, given, (TOKEN, SK, STS)))

    return run


def test_the_complete_result(run: Any, sim: Simulator) -> None:
    result = run(auth_token=TOKEN)
    result.pop("invocation", None)  # ansible-core 2.21 adds it elsewhere
    request_id = result["request_id"]
    assert request_id
    scope = {
        "account": None,
        "region": "cn-north-4",
        "project_id": PROJECT,
        "project_name": None,
        "enterprise_project_id": None,
        "request_id": request_id,
        "statistics": COUNTS,
    }
    collected_at = result["collected_at"]
    assert len(collected_at) == 20 and collected_at.endswith("Z")
    facts = {
        **COUNTS,
        "complete": True,
        "collected_at": collected_at,
        "region": "cn-north-4",
        "project_id": PROJECT,
        "enterprise_project_id": None,
        "scopes": [scope],
        "failed_scopes": [],
        "skipped_scopes": [],
    }
    assert result == {
        "changed": False,
        "complete": True,
        "statistics": COUNTS,
        "scopes": [scope],
        "failed_scopes": [],
        "skipped_scopes": [],
        "collected_at": collected_at,
        "auth_source": "token",
        "throttled_seconds": 0.0,
        "region": "cn-north-4",
        "project_id": PROJECT,
        "enterprise_project_id": None,
        "request_id": request_id,
        "ansible_facts": {"hss_cluster_statistics": facts},
    }
    assert [(r.method, r.path, r.query) for r in sim.requests] == [
        ("GET", f"/v5/{PROJECT}/container/cluster/statistics", "")
    ]


@pytest.mark.parametrize(
    "environ,options,source",
    [
        ({}, {"auth_token": TOKEN}, "token"),
        ({}, {"access_key": AK, "secret_key": SK}, "aksk"),
        ({}, {"access_key": "TMPAK00000000UNIT000", "secret_key": SK, "security_token": STS}, "aksk"),
        ({"HUAWEICLOUD_SDK_AK": AK, "HUAWEICLOUD_SDK_SK": SK}, {}, "sdk_env"),
        ({"HUAWEICLOUD_SDK_AK": "TMPAK00000000UNIT000", "HUAWEICLOUD_SDK_SK": SK, "HUAWEICLOUD_SDK_SECURITY_TOKEN": STS},
         {}, "sdk_env"),
        ({"HW_AUTH_TOKEN": TOKEN}, {}, "terraform_env"),
        ({"HW_ACCESS_KEY": AK, "HW_SECRET_KEY": SK}, {}, "terraform_env"),
        ({"HW_ACCESS_KEY": "TMPAK00000000UNIT000", "HW_SECRET_KEY": SK, "HW_SECURITY_TOKEN": STS}, {}, "terraform_env"),
    ],
)  # fmt: skip
def test_every_source_is_accepted_by_the_cloud(
    run: Any, monkeypatch: pytest.MonkeyPatch, environ: Dict[str, str], options: Dict[str, str], source: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    result = run(enterprise_project_id="all_granted_eps", **options)
    assert result.get("statistics") == COUNTS, result
    assert result["auth_source"] == source
    assert result["enterprise_project_id"] == "all_granted_eps"


@pytest.mark.parametrize("options", [{"auth_token": TOKEN}, {"access_key": AK, "secret_key": SK}])
def test_project_from_iam(run: Any, sim: Simulator, options: Dict[str, str]) -> None:
    result = run(project_id=None, **options)
    assert (result["project_id"], result["scopes"][0]["project_name"]) == (PROJECT, "cn-north-4")
    assert [r.path for r in sim.requests] == ["/v3/auth/projects", f"/v5/{PROJECT}/container/cluster/statistics"]


def test_project_from_the_credentials_source(run: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HW_ACCESS_KEY", AK)
    monkeypatch.setenv("HW_SECRET_KEY", SK)
    monkeypatch.setenv("HW_PROJECT_ID", PROJECT)
    assert run(project_id=None)["project_id"] == PROJECT
    assert len(sim.requests) == 1


def test_project_that_is_not_there(run: Any, sim: Simulator) -> None:
    result = run(project_id=None, auth_token=TOKEN, region="cn-east-3")
    assert result["failed"] and "cn-east-3" in result["msg"]
    assert f"cn-north-4 ({PROJECT})" in result["msg"], "what was seen is listed"
    assert [r.path for r in sim.requests] == ["/v3/auth/projects", "/v3/projects"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"projects": None},
        {"projects": ["x"]},
        {"projects": [{"name": "cn-north-4"}]},
        {"projects": [{"id": 5, "name": "cn-north-4"}]},
        {"projects": [{"id": "../..", "name": "cn-north-4"}]},
        {"projects": [{"id": PROJECT, "name": "cn-north-4"}, {"id": "b", "name": "cn-north-4"}]},
        {"projects": [{"id": PROJECT, "name": "cn-north-4", "enabled": False}]},
    ],
    ids=str,
)
def test_projects_that_cannot_be_trusted(run: Any, sim: Simulator, body: Any) -> None:
    sim.inject({"service": "IAM", "status": 200, "body": body})
    result = run(project_id=None, auth_token=TOKEN)
    assert result["failed"] and result["service"] == "IAM"
    assert not [r for r in sim.requests if r.service == "HSS"]


def test_second_lookup_where_the_first_is_forbidden(run: Any, sim: Simulator) -> None:
    sim.inject(
        {
            "service": "IAM",
            "path": "/v3/auth/projects",
            "status": 403,
            "body": {"error": {"code": 403, "message": "no"}},
        }
    )
    assert run(project_id=None, auth_token=TOKEN)["project_id"] == PROJECT


def test_a_refused_key_costs_one_request(run: Any, sim: Simulator) -> None:
    result = run(project_id=None, access_key=AK, secret_key="wrong-secret-key-0000")
    assert result["failed"] and len(sim.requests) == 1
    assert (result["status_code"], result["error_code"], result["service"]) == (401, "APIGW.0301", "IAM")
    assert "secret key does not belong" in result["msg"]


def test_region_may_be_left_out_with_endpoint_and_project(run: Any) -> None:
    assert run(region=None, auth_token=TOKEN)["region"] is None
    missing = run(region=None, project_id=None, auth_token=TOKEN)
    assert missing["failed"] and "HW_REGION_NAME" in missing["msg"]
    missing = run(region=None, endpoint=None, auth_token=TOKEN)
    assert missing["failed"] and "HW_REGION_NAME" in missing["msg"]


BAD_ANSWERS = [
    ({"counts_remove": ["unscan_cluster_num"]}, "unscan_cluster_num is missing"),
    ({"counts": {"unscan_cluster_num": None}}, "unscan_cluster_num is not a whole number but null"),
    ({"counts": {"risk_cluster_num": True}}, "risk_cluster_num is not a whole number but a boolean"),
    ({"counts": {"app_vul_cluster_num": 1.0}}, "app_vul_cluster_num is not a whole number but a float"),
    ({"counts": {"all_cluster_num": "20"}}, "all_cluster_num is not a whole number but a string"),
    ({"counts": {"unscan_cluster_num": -1}}, "unscan_cluster_num is negative"),
    ({"counts": {"unscan_cluster_num": 21}}, "unscan_cluster_num (21) is above all_cluster_num (20)"),
    ({"status": 200, "body": []}, "not a JSON object"),
    ({"status": 200, "body": "null"}, "not a JSON object"),
    ({"status": 200, "body": ""}, "an empty body"),
    ({"status": 200, "body": '{"unscan_cluster_num": 0'}, "not a JSON object"),
    ({"status": 200, "body": {}}, "risk_cluster_num is missing"),
    ({"status": 200, "body": dict.fromkeys(COUNTS, 0), "headers": {"Content-Type": "text/html"}}, "HTML page"),
    ({"status": 200, "body": {**COUNTS, "error_code": "HSS.1005", "error_msg": "invalid"}}, "HSS.1005"),
    ({"status": 204, "body": ""}, "HTTP 204 instead of 200"),
    ({"status": 200, "body": json.dumps(COUNTS)[:-1] + ', "unscan_cluster_num": 0}'}, "gives a member twice"),
    *(
        ({"status": 200, "body": {**COUNTS, member: "x"}}, "reported an error")
        for member in ("error_description", "errorMessage", "errorCode", "code", "message", "error_code", "error")
    ),
    ({"html": True}, "HTML page"),
    ({"error_in_200": True}, "HSS.1005"),
    ({"truncate": 12}, "connection"),
    ({"redirect": "https://example.com/"}, "Redirects are not followed"),
    ({"drop": "before"}, "connection was lost"),
    ({"echo_secrets": True}, "HTTP 400"),
]


@pytest.mark.parametrize("fault,words", BAD_ANSWERS, ids=[words for _fault, words in BAD_ANSWERS])
def test_it_fails_closed(run: Any, sim: Simulator, fault: Dict[str, Any], words: str) -> None:
    sim.inject(fault)
    result = run(auth_token=TOKEN, max_retries=1)
    assert result["failed"] and words in result["msg"], result["msg"]
    assert "statistics" not in result and "ansible_facts" not in result
    assert (result["service"], result["operation"]) == ("HSS", "ShowClusterScanStatistics")
    assert result["auth_source"] == "token"


@pytest.mark.parametrize(
    "options,words",
    [
        ({"project_id": "x" * 257}, "at most 256"),
        ({"enterprise_project_id": "x" * 257}, "at most 256"),
        ({"endpoint": "http://hss.example.com"}, "must start with https://"),
        ({"max_retries": -1}, "max_retries"),
        ({"request_timeout": 0}, "request_timeout"),
        ({"request_timeout": "nan"}, "request_timeout"),
        ({"ca_path": "/nowhere"}, "ca_path"),
        ({"auth_method": "token", "access_key": AK, "secret_key": SK, "auth_token": None}, "auth_method=token"),
        ({"access_key": AK, "secret_key": SK}, "one source only"),
    ],
)
def test_bad_options_send_nothing(run: Any, sim: Simulator, options: Dict[str, Any], words: str) -> None:
    result = run(**{"auth_token": TOKEN, **options})
    assert result["failed"] and words in result["msg"]
    assert not sim.requests


@pytest.mark.parametrize("others", [{}, {"max_retries": "abc"}, {"auth_method": "abc"}], ids=str)
def test_password_in_an_endpoint_is_masked_in_the_invocation_too(run: Any, others: Dict[str, Any]) -> None:
    result = run(auth_token=TOKEN, endpoint="https://user:endpoint-password-1@hss.example.com", **others)
    assert result["failed"] and "endpoint-password-1" not in json.dumps(result)


@pytest.mark.parametrize("name", ["secret_kye", "sk", "passwort", "token"])
def test_the_value_of_a_mistyped_option_is_masked_in_the_invocation_too(run: Any, sim: Simulator, name: str) -> None:
    """ansible-core prints the invocation of a failed module at -vvv."""
    result = run(access_key=AK, **{name: "secret-of-a-mistyped-option-90c1"}, other="short")
    assert result["failed"] and name in result["msg"] and "Supported parameters include" in result["msg"]
    assert "secret-of-a-mistyped-option" not in json.dumps(result)
    assert not sim.requests


HIDDEN = "secret-of-an-entry-90c1"


@pytest.mark.parametrize(
    "options",
    [
        {"accounts": [{"name": "a", "access_key": AK, "secret_key": HIDDEN}]},
        {"accounts": {"name": "a", "secret_key": HIDDEN}},
        {"accounts": f"name=a secret_key={HIDDEN}"},
        {"accounts": json.dumps([{"name": "a", "secret_key": HIDDEN}])},
        {"scopes": [{"project_id": "x", "auth_token": HIDDEN}]},
        {"scopes": [{"project_id": "x", "keys": {"secret": [HIDDEN]}}]},
        {"secret_keys": [HIDDEN]},
        {"credentials": {"secret_key": HIDDEN}},
    ],
    ids=lambda options: str(options)[:40],
)
def test_a_secret_in_an_entry_that_takes_none(run: Any, sim: Simulator, options: Dict[str, Any]) -> None:
    result = run(access_key=AK, secret_key="x" * 40, **options)
    assert result["failed"] and HIDDEN not in json.dumps(result) and not sim.requests


def test_an_empty_string_is_not_given_whatever_the_type(run: Any, sim: Simulator) -> None:
    empty = dict.fromkeys(("max_retries", "request_timeout", "validate_certs", "auth_method", "agency_duration"), "")
    assert run(auth_token=TOKEN, **empty)["statistics"] == COUNTS


def test_a_secret_that_would_mask_a_count_fails_the_task(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HW_USER_PASSWORD", "10")
    result = run(auth_token=TOKEN)
    assert result["failed"] and "too short" in result["msg"]
    assert "given as a secret (environment variable HW_USER_PASSWORD), so it cannot be shown" in result["msg"]
    assert "statistics" not in result and "ansible_facts" not in result


@pytest.mark.parametrize(
    "variables",
    [
        {"https_proxy": "http://ci@proxy.example.com"},
        {"http_proxy": "http://statistics@proxy.example.com:3128", "no_proxy": "*"},
        {"all_proxy": "http://svc:10@proxy.example.com"},
        {"HTTPS_PROXY": "http://user:project@proxy.example.com"},
        # No proxies of requests.
        {"SSH_PROXY": "http://user:statistics@proxy.example.com", "npm_config_https_proxy": "http://user:10@x"},
        # What is left where nothing was set.
        {"HW_SECURITY_TOKEN": "none", "HW_SECRET_KEY": "true", "HW_AUTH_TOKEN": "false", "HW_USER_PASSWORD": "null"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_variables_that_are_no_secret_close_nothing(
    run: Any, monkeypatch: pytest.MonkeyPatch, variables: Dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert run(auth_token=TOKEN)["statistics"] == COUNTS


def test_a_short_secret_garbles_neither_message_nor_invocation(run: Any, sim: Simulator) -> None:
    result = run(username="alice", password="e", domain_name="account-d1", region="Not one", project_id=None)
    assert result["failed"] and result["msg"].startswith("Option region must be a region ID such as cn-north-4"), result
    # Newer versions of ansible-core add the invocation elsewhere.
    assert '"password": "e"' not in json.dumps(result)
    assert not sim.requests
    result = run(access_key=AK, secret_key="sk")
    assert result["failed"] and result["msg"].startswith("Option secret_key has 2 characters, too few"), result


LEAVES = st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none())
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(VALUES, st.lists(st.text(min_size=1), max_size=2), st.data())
def test_a_secret_is_found_wherever_ansible_would_mask_it(value: Any, secrets: List[str], data: st.DataObject) -> None:
    text = str(data.draw(LEAVES))
    start = data.draw(st.integers(0, max(len(text) - 1, 0)))
    given = {*secrets, *filter(None, [text[start : start + 3]])}
    result = {"value": value, "text": data.draw(st.sampled_from([text, "", f"x{text}x"]))}
    assert _module_module._contains_secret(result, given) == (remove_values(result, given) != result)


@pytest.mark.parametrize(
    "secret", ['"', "\\", "é", "\x00", "\u2028", "\U0001f600", "\ud83d", "/", "a\nb", "nan", "inf", "-7", "1e+22"]
)
def test_a_secret_is_found_in_each_writing(secret: str) -> None:
    numbers = {"nan": float("nan"), "inf": float("-inf"), "-7": -7, "1e+22": 1e22}
    rows = {"risks": [{"n": 1}, {"value": numbers.get(secret, f"x{secret}y")}]}
    assert _module_module._contains_secret(rows, ["something else", secret])
    assert not _module_module._contains_secret({"risks": [{secret: 1}]}, [secret])


def test_check_mode(run: Any) -> None:
    assert run(auth_token=TOKEN, _ansible_check_mode=True)["statistics"] == COUNTS


def test_enterprise_project_zero_given_as_a_number(run: Any, sim: Simulator) -> None:
    assert run(auth_token=TOKEN, enterprise_project_id=0)["enterprise_project_id"] == "0"
    assert sim.requests[0].query == "enterprise_project_id=0"


def test_https_with_the_ca_of_the_environment(run: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not trusted" in run(auth_token=TOKEN, endpoint=sim.https_url)["msg"]
    assert run(auth_token=TOKEN, endpoint=sim.https_url, validate_certs=False)["statistics"] == COUNTS
    monkeypatch.setenv("SSL_CERT_FILE", str(sim.ca_path))
    assert run(auth_token=TOKEN, endpoint=sim.https_url)["statistics"] == COUNTS


def test_requests_missing(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_module_module, "HAS_REQUESTS", False)
    result = run(auth_token=TOKEN)
    assert result["failed"] and "requests" in result["msg"] and "Python" in result["msg"]


def test_a_bug_is_called_one_and_shows_no_secret(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(client: Any, params: Any) -> None:
        raise ZeroDivisionError(f"with {SK} in it")

    monkeypatch.setattr(hss_cluster_statistics, "cluster_statistics", broken)
    result = run(access_key=AK, secret_key=SK)
    assert result["failed"] and "This is a bug in huaweicloud.hss: ZeroDivisionError" in result["msg"]
    assert "test_module.py" in result["msg"], "where it happened"


def test_netrc_and_home_are_not_read(
    run: Any, sim: Simulator, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home" / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    assert run(access_key=AK, secret_key=SK)["statistics"] == COUNTS


def test_both_lookups_of_a_project_are_refused(run: Any, sim: Simulator) -> None:
    sim.inject(
        {"service": "IAM", "status": 403, "body": {"error": {"code": 403, "message": "no", "title": "Forbidden"}}}
    )
    result = run(auth_token=TOKEN, project_id=None)
    assert "IAM also refused a look-up" in result["msg"] and "set project_id" in result["msg"].lower()


def test_of_many_projects_some_are_reported(run: Any, sim: Simulator) -> None:
    names = [{"id": f"{n:032x}", "name": f"other-{n}"} for n in range(40)]
    sim.inject({"service": "IAM", "status": 200, "body": {"projects": names}})
    result = run(auth_token=TOKEN, project_id=None)
    assert "no project named cn-north-4" in result["msg"] and " more" in result["msg"]


def test_a_token_that_is_too_long(run: Any, sim: Simulator) -> None:
    result = run(auth_token="t" * 40000)
    assert "has 40000 characters" in result["msg"] and not sim.requests


def test_a_ca_bundle_by_a_name_that_is_none(run: Any, sim: Simulator) -> None:
    result = run(auth_token=TOKEN, ca_path="a\0b")
    assert "is not a path" in result["msg"] and "Option ca_path" in result["msg"] and not sim.requests


def test_a_lookup_that_fails_for_another_reason_is_reported_unchanged(run: Any, sim: Simulator) -> None:
    sim.inject({"service": "IAM", "path": "/v3/auth/projects", "status": 403, "body": {}})
    sim.inject(
        {"service": "IAM", "path": "/v3/projects", "status": 400, "body": {"error_code": "X.1", "error_msg": "odd"}}
    )
    result = run(auth_token=TOKEN, project_id=None)
    assert result["status_code"] == 400 and "odd" in result["msg"]


def test_headers_that_are_too_long_for_the_gateway(run: Any, sim: Simulator) -> None:
    sim.inject({"service": "HSS", "status": 494, "body": ""})
    assert "fetch it with nocatalog" in run(auth_token=TOKEN)["msg"]


def test_a_file_of_credentials_that_is_none_by_its_length(run: Any, sim: Simulator, tmp_path: pathlib.Path) -> None:
    (tmp_path / "long").write_bytes(b"#" * 2**21)
    result = run(credentials_file=str(tmp_path / "long"))
    assert "is longer than" in result["msg"] and not sim.requests


@pytest.mark.parametrize(
    "module", [hss_cluster_statistics, hss_cluster_info, hss_cluster_risk_info, hss_scan_task_info]
)
def test_few_frames_lie_between_the_module_and_the_library(
    sim: Simulator, run_module: Any, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most nine own frames from the module's function to the call into requests."""
    stacks: List[List[str]] = []
    send = requests.Session.send

    def counted(*arguments: Any, **named: Any) -> Any:
        names: List[str] = []
        frame = sys._getframe(1)
        while frame is not None:
            if "/plugins/" in frame.f_code.co_filename and "/hss/" in frame.f_code.co_filename:
                names.insert(0, frame.f_code.co_name)
            frame = frame.f_back
        stacks.append(names[names.index("collect") :])
        return send(*arguments, **named)

    monkeypatch.setattr(requests.Session, "send", counted)
    place = {"region": "cn-north-4", "endpoint": sim.http_url, "project_id": PROJECT}
    assert "failed" not in run_module(module, {**place, "auth_token": TOKEN}, (TOKEN,))
    assert len(stacks) == 1 and len(stacks[0]) <= 9, stacks
