# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a verdict comes from: whose credential, which endpoints, which CI run. Over real sockets where something is asked."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api import identity
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.credentials import Caller
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.user_tokens import token_caller
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import HostLimitError
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.ci import SYSTEMS, read_ci
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.provenance import Run, caveats
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_gate

from tests.simulator import Simulator, cluster, faults, project, scenario
from tests.simulator.scenario_helpers import (
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_PASSWORD,
    DEMO_PROJECT_ID,
    DEMO_SK,
    DEMO_TOKEN,
    DEMO_USER,
)

REGION = "cn-north-4"
STS = "HUAWEICLOUD_SDK_STS_ENDPOINT"
CALLER = "/v5/caller-identity"
SECOND = "b" * 32
FINE = [cluster("a", 60)]
USER = "iam::d1:user:user"

pytestmark = pytest.mark.usefixtures("regional_endpoints", "no_requests_left")


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for system in SYSTEMS:
        monkeypatch.delenv(system.marker, raising=False)


@pytest.fixture
def sts(running: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STS, running.http_url)


@pytest.fixture
def gate(sim: Simulator, run_module: Any) -> Any:
    """Judge two projects by these options; the module's result."""

    def run(fault: Any = (), secrets: Any = (DEMO_SK,), **options: Any) -> Dict[str, Any]:
        projects = [project(clusters=FINE), project(clusters=FINE, project_id=SECOND, name=f"{REGION}_2")]
        sim.replace_scenario(
            scenario(
                projects=projects,
                access_key={"domain_id": "d1"},
                users=[{"name": DEMO_USER, "password": DEMO_PASSWORD}],
            )
        )
        for one in fault:
            sim.inject(one)
        keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
        defaults = {"region": REGION, "project_id": DEMO_PROJECT_ID, "max_retries": 0, **keys}
        given = {name: value for name, value in {**defaults, **options}.items() if value is not None}
        return dict(run_module(hss_cluster_gate, given, secrets))

    return run


def asked(sim: Simulator) -> List[str]:
    return [request.path for request in sim.requests if request.path == CALLER]


def whose(result: Dict[str, Any]) -> Any:
    provenance = result["provenance"]
    return provenance["account_id"], provenance["principal"]


@pytest.mark.usefixtures("sts")
def test_the_caller_is_asked_for_once_after_the_credential_was_accepted(gate: Any, sim: Simulator) -> None:
    result = gate(scopes=[{"project_id": DEMO_PROJECT_ID}, {"project_id": SECOND}])
    assert result["verdict"]["passed"] and len(asked(sim)) == 1
    assert sim.requests[0].path.endswith("/cluster/statistics")
    provenance = result["provenance"]
    mine = {"account_id": "d1", "principal": USER}
    assert provenance["accounts"] == [{"account": None, **mine, "auth_source": "aksk"}]
    expected = {
        **mine,
        "auth_source": "aksk",
        "collection_version": sim.requests[0].headers["user-agent"].split()[0].partition("/")[2],
        "endpoints": {"HSS": [sim.http_url], "STS": [sim.http_url]},
        "proxy": None,
        "custom_ca": False,
        "tls_verified": True,
        "simulated": True,
        "ci": None,
    }
    assert {name: provenance[name] for name in expected} == expected
    assert provenance["started_at"] <= provenance["finished_at"]
    assert all(provenance[name] for name in ("run_id", "ansible_core", "python", "host"))


NO_JSON = "<html>no</html>"
REFUSALS = {
    "401": faults.answer(401, {"error_code": "STS5.0301", "error_msg": "no"}, path=CALLER),
    "403": faults.answer(403, {"error_code": "STS5.0001", "encoded_authorization_message": "x"}, path=CALLER),
    "404": faults.answer(404, {"error_code": "APIGW.0101", "error_msg": "no"}, path=CALLER),
    "429": faults.answer(429, {"error_code": "APIGW.0308", "error_msg": "no"}, {"Retry-After": "1"}, path=CALLER),
    "500": faults.answer(500, {}, path=CALLER),
    "page": faults.html(path=CALLER),
    "dropped": faults.drop(path=CALLER),
    "redirect": faults.redirect("http://127.0.0.1:9/", path=CALLER),
    "empty": faults.answer(200, {}, path=CALLER),
    "numbers": faults.answer(200, {"account_id": 1, "principal_urn": ["x"]}, path=CALLER),
}


@pytest.mark.usefixtures("sts")
@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_costs_one_request_and_nothing_else(gate: Any, sim: Simulator, refusal: Dict[str, Any]) -> None:
    result = gate(
        [{**refusal, "times": 100}], scopes=[{"project_id": DEMO_PROJECT_ID}, {"project_id": SECOND}], max_retries=5
    )
    assert result["verdict"]["passed"] and whose(result) == (None, None)
    assert len(asked(sim)) == 1 and result["throttled_seconds"] == 0


@pytest.mark.usefixtures("sts")
@pytest.mark.parametrize("fault", [{"delay": 0.6}, {"slow_body": {"chunk": 10, "interval": 0.1}}], ids=["late", "slow"])
def test_a_slow_answer_is_not_waited_for(gate: Any, monkeypatch: pytest.MonkeyPatch, fault: Dict[str, Any]) -> None:
    assert identity.MAX_SECONDS == 5
    monkeypatch.setattr(identity, "MAX_SECONDS", 0.1)
    result = gate([{**fault, "path": CALLER}])
    assert result["verdict"]["passed"] and whose(result) == (None, None)


@pytest.mark.parametrize("deadline,longest", [(None, 5.0), (100.0, 5.0), (2.0, 2.0)])
def test_the_deadline_of_the_task_is_that_of_the_query(sim: Simulator, deadline: Any, longest: float) -> None:
    params = {name: spec.get("default") for name, spec in {**SHARED_OPTIONS, **SCOPE_OPTIONS}.items()}
    params.update(access_key=DEMO_AK, secret_key=DEMO_SK, region=REGION, deadline=deadline)
    query = identity._Query(Client(params, {}, Secrets(), threads=True), REGION)
    assert longest - 1 < (query._token.remaining() or 0) <= longest


@pytest.mark.usefixtures("sts")
def test_a_refused_permission_tells_whose_credential_it_is(gate: Any, sim: Simulator) -> None:
    result = gate([faults.answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}, path="/cluster/statistics")])
    assert result["verdict"]["status"] == "not_judged" and whose(result) == ("d1", USER)


@pytest.mark.usefixtures("sts")
def test_a_refused_credential_is_not_used_again(gate: Any, sim: Simulator) -> None:
    result = gate(secret_key="fake-secret-that-is-wrong-0000000000000")
    assert result["status_code"] == 401 and whose(result) == (None, None)
    assert len(sim.requests) == 1
    assert result["provenance"]["endpoints"] == {"HSS": [sim.http_url]}
    assert result["verdict"]["message"].startswith("The gate could NOT judge any cluster [simulated]. ")


def test_sts_is_not_asked_where_another_service_has_an_address_of_its_own(gate: Any, sim: Simulator) -> None:
    result = gate()
    assert result["verdict"]["passed"] and whose(result) == (None, None)
    assert not asked(sim)


@pytest.mark.parametrize("iam,times", [(True, 0), (False, 1)])
def test_the_ordinary_sts_of_the_region(
    gate: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch, iam: bool, times: int
) -> None:
    places = []

    def service_url(*place: Any) -> str:
        places.append(place)
        return sim.http_url

    monkeypatch.setattr(identity, "has_hss_endpoint", lambda environ: False)
    monkeypatch.setattr(identity, "service_url", service_url)
    result = gate(
        iam_endpoint=sim.http_url if iam else None, region=None, scopes=[{"region": REGION, "project_id": SECOND}]
    )
    assert result["verdict"]["passed"], result["msg"]
    assert len(asked(sim)) == times and places == [("sts", REGION, None)] * times


def test_a_password_is_described_by_the_answer_of_iam(gate: Any, sim: Simulator) -> None:
    user = {"username": DEMO_USER, "password": DEMO_PASSWORD, "domain_name": DEMO_DOMAIN}
    result = gate(iam_endpoint=sim.http_url, access_key=None, secret_key=None, secrets=[DEMO_PASSWORD], **user)
    assert whose(result) == ("d1", f"iam::d1:user:{DEMO_USER}")
    assert not asked(sim) and not [r for r in sim.requests if r.method == "GET" and r.path == "/v3/auth/tokens"]


@pytest.mark.parametrize("iam", [True, False])
def test_a_token_is_described_by_iam(gate: Any, sim: Simulator, iam: bool) -> None:
    result = gate(
        iam_endpoint=sim.http_url if iam else None,
        access_key=None,
        secret_key=None,
        auth_token=DEMO_TOKEN,
        secrets=[DEMO_TOKEN],
    )
    assert result["verdict"]["passed"]
    assert whose(result) == (("d1", USER) if iam else (None, None))
    assert len([r for r in sim.requests if r.path == "/v3/auth/tokens"]) == iam


def test_a_token_that_iam_does_not_describe(gate: Any, sim: Simulator) -> None:
    options = {"access_key": None, "secret_key": None, "auth_token": DEMO_TOKEN, "iam_endpoint": sim.http_url}
    for body in ({"token": []}, {"token": {"user": "x"}}, {"error": {"code": 400, "message": "no"}}):
        result = gate([faults.answer(200, body, path="/v3/auth/tokens")], **options)
        assert result["verdict"]["passed"] and whose(result) == (None, None)


@pytest.mark.parametrize(
    "token,caller",
    [
        ({}, Caller()),
        ({"user": {"domain": {"id": "d"}}}, Caller("d")),
        ({"user": {"name": "n", "domain": {"id": 1}}}, Caller()),
        ({"user": {"name": "n", "domain": {"id": "d"}}}, Caller("d", "iam::d:user:n")),
        ({"user": {"name": "acc/agency", "domain": {"id": "d"}}, "assumed_by": {}}, Caller("d", "acc/agency")),
    ],
)
def test_whose_a_token_is(token: Dict[str, Any], caller: Caller) -> None:
    assert token_caller(token) == caller


@pytest.mark.usefixtures("sts")
def test_a_host_without_a_thread_left_does_not_ask(gate: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(work: Any) -> None:
        raise HostLimitError("Not asked.")

    monkeypatch.setattr(identity, "start", refuse)
    result = gate()
    assert result["verdict"]["passed"] and whose(result) == (None, None) and not asked(sim)


def test_a_run_that_fails_early_has_what_is_known(gate: Any) -> None:
    provenance = gate(secret_key=None)["provenance"]
    unknown = ("auth_source", "account_id", "principal", "simulated", "tls_verified", "custom_ca", "proxy", "ci")
    assert {provenance[name] for name in unknown} == {None}
    assert provenance["accounts"] == [] and provenance["endpoints"] == {}
    assert provenance["run_id"] and provenance["finished_at"]
    late = gate(accounts=[{"name": ""}], all_projects=True, project_id=None)
    assert late["failed"] and late["provenance"]["accounts"] == []


def test_a_run_that_judges_nothing_asks_nobody(sim: Simulator) -> None:
    run = Run("2.19.0", {})
    run.on_accepted(None, None)  # type: ignore[arg-type]
    assert run.provenance(str)["accounts"] == []


def test_unverified_certificates_and_proxies(
    gate: Any, sim: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    result = gate(validate_certs=False, ca_path=str(bundle))
    assert (result["provenance"]["tls_verified"], result["provenance"]["custom_ca"]) == (False, False)
    assert " [simulated; TLS not verified]: " in result["verdict"]["summary"][0]
    assert " [simulated; TLS not verified]: " in result["verdict"]["message"]


@pytest.mark.parametrize(
    "proxy,shown",
    [
        ("http://me:pass-of-the-proxy@127.0.0.1:9/x", "http://127.0.0.1:9"),
        # Without its escapes: a usual mistake.
        ("http://me:pass-of//the-proxy@127.0.0.1:9", "http://127.0.0.1:9"),
        ("http://me:pass-of@the-proxy@127.0.0.1:9", "http://127.0.0.1:9"),
        ("me:pass-of-the-proxy@127.0.0.1:9", "127.0.0.1:9"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_the_proxy_without_its_password(gate: Any, monkeypatch: pytest.MonkeyPatch, proxy: str, shown: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4", "https://hss.example.com")
    result = gate(secrets=[DEMO_SK, "pass-of", "the-proxy"])
    assert result["provenance"]["proxy"] == shown
    assert " [outside the vendor's domains: hss.example.com]: " in result["verdict"]["message"]
    assert result["provenance"]["simulated"] is False


@pytest.mark.parametrize(
    "urls,words",
    [
        (["https://hss.cn-north-4.myhuaweicloud.com", "https://hss.eu-west-101.myhuaweicloud.eu"], ""),
        (["https://myhuaweicloud.com.example.com"], " [outside the vendor's domains: myhuaweicloud.com.example.com]"),
        (["https://notmyhuaweicloud.com:8443"], " [outside the vendor's domains: notmyhuaweicloud.com]"),
        ([f"https://{n}.a" for n in "abcde"], " [outside the vendor's domains: a.a, b.a, c.a and 2 more]"),
        (["http://127.0.0.1:1", "https://[::1]:2", "https://localhost"], ""),
    ],
)
def test_endpoints_in_the_headline(urls: List[str], words: str) -> None:
    assert caveats({"endpoints": {"HSS": urls}, "simulated": False, "tls_verified": True}) == words


CI = {
    "github-actions": (
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_RUN_ID": "7",
            "GITHUB_SHA": "abc",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "example/infra",
        },
        "https://github.com/example/infra/actions/runs/7",
    ),
    "gitlab-ci": (
        {"GITLAB_CI": "true", "CI_JOB_ID": "7", "CI_COMMIT_SHA": "abc", "CI_JOB_URL": "https://gitlab.com/a/-/jobs/7"},
        "https://gitlab.com/a/-/jobs/7",
    ),
    "jenkins": (
        {"JENKINS_URL": "https://ci/", "BUILD_NUMBER": "7", "GIT_COMMIT": "abc", "BUILD_URL": "https://ci/job/a/7/"},
        "https://ci/job/a/7/",
    ),
    "awx": (
        {"AWX_HOST": "https://awx.example.com", "JOB_ID": "7", "PROJECT_REVISION": "abc", "JENKINS_URL": "x"},
        "https://awx.example.com/#/jobs/playbook/7",
    ),
    "azure-pipelines": (
        {
            "TF_BUILD": "True",
            "BUILD_BUILDID": "7",
            "BUILD_SOURCEVERSION": "abc",
            "SYSTEM_COLLECTIONURI": "https://dev.azure.com/example/",
            "SYSTEM_TEAMPROJECT": "My shop",
        },
        "https://dev.azure.com/example/My%20shop/_build/results?buildId=7",
    ),
    "bitbucket-pipelines": (
        {
            "BITBUCKET_BUILD_NUMBER": "7",
            "BITBUCKET_COMMIT": "abc",
            "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/a/b",
        },
        "http://bitbucket.org/a/b/pipelines/results/7",
    ),
    "buildkite": (
        {
            "BUILDKITE": "true",
            "BUILDKITE_BUILD_ID": "7",
            "BUILDKITE_COMMIT": "abc",
            "BUILDKITE_BUILD_URL": "https://buildkite.com/a/7",
        },
        "https://buildkite.com/a/7",
    ),
    "circleci": (
        {
            "CIRCLECI": "true",
            "CIRCLE_BUILD_NUM": "7",
            "CIRCLE_SHA1": "abc",
            "CIRCLE_BUILD_URL": "https://circleci.com/gh/a/7",
        },
        "https://circleci.com/gh/a/7",
    ),
}


@pytest.mark.parametrize("name", CI)
def test_the_run_of_a_ci_system(name: str) -> None:
    environ, url = CI[name]
    assert read_ci(environ, str) == {"system": name, "run_id": "7", "run_url": url, "commit": "abc"}
    marker = next(system.marker for system in SYSTEMS if system.name == name)
    bare = read_ci({marker: environ[marker]}, str) or {}
    assert bare["system"] == name and (bare["run_url"], bare["commit"]) == (None, None)


def test_every_ci_system_is_tested() -> None:
    assert set(CI) == {system.name for system in SYSTEMS}
    assert read_ci({}, str) is None and read_ci({"GITHUB_ACTIONS": ""}, str) is None
    assert read_ci({"GITHUB_ACTIONS": "false", "GITHUB_RUN_ID": "7", "TF_BUILD": "False"}, str) is None


@pytest.mark.parametrize(
    "url,shown",
    [
        (
            "https://me:fake-token-in-url@ci.example.com/job/7/?token=fake-token-in-url#x",
            "https://ci.example.com/job/7/",
        ),
        ("https://fake-token-in-url@ci.example.com/job", "https://ci.example.com/job"),
        ("javascript:alert(1)", None),
        ("https://[", None),
        ("ci.example.com/job", None),
        ("https://ci/a\nb\x1b[1m::error::c", "https://ci/ab\\x1b[1m\\x3a:error::c"),
        ("https://ci/" + "x" * 300, "https://ci/" + "x" * 245),
        ("https://ci/fake-secret/" + "x" * 300, "https://ci/********/" + "x" * 236),
    ],
)
def test_the_url_of_a_run_holds_no_secret(url: str, shown: Any) -> None:
    environ = {"JENKINS_URL": "x", "BUILD_URL": url, "BUILD_NUMBER": "1" * 300}
    ci = read_ci(environ, lambda text: text.replace("fake-secret", "********")) or {}
    assert ci["run_url"] == shown and len(ci["run_id"] or "") == 256


def test_the_server_of_a_built_url_is_bare_too() -> None:
    environ = {"AWX_HOST": "https://me:fake-token@awx.example.com/?x=fake-token", "JOB_ID": "7"}
    assert (read_ci(environ, str) or {})["run_url"] == "https://awx.example.com/#/jobs/playbook/7"
    assert (read_ci({**environ, "AWX_HOST": "awx"}, str) or {})["run_url"] is None


def test_a_secret_of_the_task_in_a_ci_variable(gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JENKINS_URL", "https://ci/")
    monkeypatch.setenv("BUILD_URL", f"https://ci/{DEMO_SK}/7")
    for options in ({}, {"max_unscanned": -1}):
        result = gate(**options)
        assert result["provenance"]["ci"]["run_url"] == "https://ci/********/7"
