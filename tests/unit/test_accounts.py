# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several accounts in one task, over real sockets: credentials apart, failures apart, nothing counted twice."""

from __future__ import annotations

import os
import shlex
from typing import Any, Dict, List

import hypothesis
import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import (
    ConfigurationError,
    RefusedError,
    ScopesFailedError,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import cluster_statistics
from ansible_collections.huaweicloud.hss.plugins.modules import (
    hss_cluster_gate,
    hss_cluster_statistics,
    hss_cluster_sync,
)
from ansible_collections.huaweicloud.hss.plugins.plugin_utils import _query
from hypothesis import strategies as st

from tests.simulator import DEMO_AK, DEMO_SK, Simulator, cluster, faults, project, scenario

REGION = "cn-north-4"
NUMBER = 3
NAMES = ("first", "second", "third")
ACCOUNTS = [{"name": name, "agency_name": f"agency-{name}", "agency_domain_name": f"account-{name}"} for name in NAMES]
KEYS = {"access_key": DEMO_AK, "secret_key": DEMO_SK}

pytestmark = pytest.mark.usefixtures("short_jitter", "regional_endpoints")


def ids(account: int) -> List[str]:
    return [f"{account}{number}".rjust(32, "a") for number in range(NUMBER)]


def cloud(own: bool = False, **changes: Dict[str, Any]) -> Dict[str, Any]:
    """Three accounts with three projects each; `changes` to the agency of an account."""
    projects, agencies = [], []
    for number, name in enumerate(NAMES):
        projects += [
            project(number, 10, project_id=key, name=f"{REGION}_{name}{i}", region=REGION, domain_id=name)
            for i, key in enumerate(ids(number))
        ]
        agencies.append({"name": f"agency-{name}", "domain_id": name, "projects": ids(number), **changes.get(name, {})})
    mine = project(5, 10, project_id="f" * 32, name=REGION, region=REGION)
    return scenario(
        projects=[*projects, mine], agencies=agencies, access_key={"domain_id": "d1", "projects": ["f" * 32]}
    )


def run(sim: Simulator, accounts: Any, **options: Any) -> Dict[str, Any]:
    params = {name: spec.get("default") for name, spec in {**SHARED_OPTIONS, **SCOPE_OPTIONS}.items()}
    params.update({"iam_endpoint": sim.http_url, "region": REGION, "max_retries": 0, **KEYS, "all_projects": True})
    params.update({"accounts": accounts, **options})
    return cluster_statistics(Client(params, os.environ, Secrets()), params)


def partial(sim: Simulator, accounts: Any, **options: Any) -> Dict[str, Any]:
    return run(sim, accounts, on_scope_error="continue", **options)


@pytest.mark.parametrize("concurrency", [1, 16, 64])
def test_all_accounts_in_order(sim: Simulator, concurrency: int) -> None:
    sim.replace_scenario(cloud())
    result = run(sim, [*ACCOUNTS, {"name": "mine"}], concurrency=concurrency)
    assert result["complete"]
    assert [(s["account"], s["project_id"]) for s in result["scopes"]] == [
        *((name, key) for number, name in enumerate(NAMES) for key in ids(number)),
        ("mine", "f" * 32),
    ]
    assert result["statistics"]["unscan_cluster_num"] == 3 * (0 + 1 + 2) + 5
    assert sim.peak_in_flight <= concurrency


@pytest.mark.parametrize(
    "entry,name",
    [
        ({"name": "shop"}, "shop"),
        ({"agency_name": "agency-first", "agency_domain_name": "account-first"}, "account-first"),
        ({"agency_name": "agency-first", "agency_domain_id": "first"}, "first"),
    ],
)
def test_the_name_of_an_account(sim: Simulator, entry: Dict[str, str], name: str) -> None:
    sim.replace_scenario(cloud())
    assert {scope["account"] for scope in run(sim, [entry])["scopes"]} == {name}


def test_an_account_that_refuses_fails_alone(sim: Simulator) -> None:
    sim.replace_scenario(cloud(first={"trusts": []}))
    result = partial(sim, ACCOUNTS)
    assert [scope["account"] for scope in result["scopes"]] == ["second"] * 3 + ["third"] * 3
    (failed,) = result["failed_scopes"]
    assert (failed["account"], failed["region"], failed["project_id"]) == ("first", None, None)
    assert failed["status_code"] == 403
    assert not result["complete"] and result["statistics"]["unscan_cluster_num"] is None
    with pytest.raises(ScopesFailedError, match="first"):
        run(sim, ACCOUNTS)


def test_five_accounts_that_refuse_do_not_stop_the_next(sim: Simulator) -> None:
    sim.replace_scenario(cloud())
    unknown = [{"agency_name": "none", "agency_domain_name": f"account-{n}"} for n in range(5)]
    result = partial(sim, [*unknown, *ACCOUNTS])
    assert len(result["failed_scopes"]) == 5 and len(result["scopes"]) == 9


def test_keys_of_an_account_that_are_refused_spend_no_try_of_another(sim: Simulator) -> None:
    sim.replace_scenario(cloud())
    sim.inject({"path": ids(0)[0], "status": 401, "body": {"error_code": "APIGW.0301", "error_msg": "refused"}})
    result = partial(sim, ACCOUNTS)
    assert [scope["account"] for scope in result["scopes"]] == ["second"] * 3 + ["third"] * 3
    assert [(scope["account"], scope["status_code"]) for scope in result["failed_scopes"]] == [("first", 401)]
    asked = [request for request in sim.requests if any(key in request.path for key in ids(0))]
    assert len(asked) == 1, "the first request of an account goes alone"


def test_a_refused_credential_of_the_task_is_used_once(sim: Simulator) -> None:
    sim.replace_scenario(cloud())
    with pytest.raises(RefusedError):
        partial(sim, [*ACCOUNTS, {"name": "mine"}], secret_key="fake-secret-that-is-wrong-0000000000000")
    assert len(sim.requests) == 1


def test_the_first_four_accounts_without_an_answer_end_it(sim: Simulator) -> None:
    sim.replace_scenario(cloud())
    sim.inject({"path": "/OS-CREDENTIAL/", "status": 503, "body": {}, "times": 100})
    many = [{"agency_name": "a", "agency_domain_name": f"account-{n}"} for n in range(6)]
    with pytest.raises(ScopesFailedError) as caught:
        partial(sim, many)
    causes = [scope["msg"] for scope in (caught.value.data or {})["failed_scopes"]]
    assert sorted(cause.startswith("Not asked") for cause in causes) == [False] * 4 + [True] * 2, (
        "whichever begin first"
    )


def test_nothing_left_to_query_is_a_failed_scope(sim: Simulator) -> None:
    sim.replace_scenario(cloud(second={"projects": []}))
    result = partial(sim, ACCOUNTS, exclude_projects=["*third*"])
    assert [(s["account"], s["project_id"]) for s in result["failed_scopes"]] == [("second", None), ("third", None)]
    assert {scope["account"] for scope in result["skipped_scopes"]} == {"third"}


def test_a_pattern_has_to_match_in_one_account(sim: Simulator) -> None:
    sim.replace_scenario(cloud())
    result = partial(sim, ACCOUNTS, include_projects=["*first0", "*second*"])
    assert [scope["account"] for scope in result["scopes"]] == ["first"] + ["second"] * 3
    assert [scope["account"] for scope in result["failed_scopes"]] == ["third"]
    with pytest.raises(ConfigurationError, match=r"matches no project that can be queried: \*fourth"):
        partial(sim, ACCOUNTS, include_projects=["*first*", "*fourth"])


def test_one_account_by_two_ways_is_an_error(sim: Simulator) -> None:
    sim.replace_scenario(cloud())
    both = [ACCOUNTS[0], {"name": "again", "agency_name": "agency-first", "agency_domain_id": "first"}]
    with pytest.raises(ConfigurationError, match="count the same clusters"):
        run(sim, both)


def test_accounts_whose_projects_are_not_listed_in_time(sim: Simulator) -> None:
    """Each of them is a failed scope of its own: it is not known which projects it has."""
    sim.replace_scenario(cloud())
    sim.inject(faults.delay(2, path="/v3/auth/projects"))
    with pytest.raises(ScopesFailedError) as caught:
        run(sim, ACCOUNTS, deadline=0.5)
    failed = caught.value.as_result()["failed_scopes"]
    assert [(scope["account"], scope["project_id"]) for scope in failed] == [(name, None) for name in NAMES]
    assert all("the deadline of 0.5 seconds" in scope["msg"] for scope in failed)


def test_the_deadline_leaves_what_answered(sim: Simulator) -> None:
    sim.replace_scenario(cloud())
    sim.inject({"path": ids(2)[1], "delay": 30})
    result = partial(sim, ACCOUNTS, deadline=2)
    assert [scope["account"] for scope in result["failed_scopes"]] == ["third"]
    assert len(result["scopes"]) == 8 and "deadline" in result["failed_scopes"][0]["msg"]


A = {"agency_name": "a", "agency_domain_name": "x"}


@pytest.mark.parametrize(
    "accounts,options,words",
    [
        ([], {}, "empty list"),
        ([None], {}, r"accounts\[0\] names no account"),
        ([{"name": ""}], {}, r"accounts\[0\].name is empty"),
        ([A, {"name": " "}], {}, r"accounts\[1\].name is blank"),
        ([{"name": "a\nb"}], {}, r"accounts\[0\].name"),
        ([{"name": "a", "agency_name": "b"}], {}, "neither agency_domain_name nor agency_domain_id"),
        ([{"agency_domain_id": "b"}], {}, "agency_name is missing"),
        ([{**A, "agency_domain_id": "b"}], {}, "both given"),
        ([A, {"name": "x", "agency_name": "b", "agency_domain_name": "y"}], {}, "have the same name"),
        ([A, {**A, "name": "other"}], {}, "have the same account"),
        ([{"name": "a"}, {"name": "b"}], {}, "have the same account"),
        ([A], {"all_projects": False}, "needs all_projects"),
        ([A], {"enterprise_project_id": "e1"}, "belongs to one account"),
        ([A], {"project_id": "p"}, "project_id and project_name"),
        ([A], {"agency_name": "b", "agency_domain_name": "c"}, "agency_name, agency_domain_name are set"),
        ([{"name": "a"}], {"auth_token": "fake-token", "access_key": None, "secret_key": None}, "one project"),
    ],
)
def test_invalid_options_send_nothing(sim: Simulator, accounts: Any, options: Dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        run(sim, accounts, **options)
    assert not sim.requests


def test_an_agency_of_the_environment_is_an_error(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HW_ASSUME_ROLE_AGENCY_NAME", "other")
    with pytest.raises(ConfigurationError, match="HW_ASSUME_ROLE_AGENCY_NAME is set"):
        run(sim, ACCOUNTS)


def test_an_endpoint_is_for_one_region_of_all_accounts(sim: Simulator) -> None:
    changed = cloud()
    changed["projects"][0].update(name="ap-southeast-3", region="ap-southeast-3")
    sim.replace_scenario(changed)
    result = partial(sim, ACCOUNTS, endpoint=sim.http_url, exclude_projects=[f"{REGION}_first*"])
    assert any("several regions" in scope["msg"] for scope in result["failed_scopes"])


def test_the_gate_names_the_account(sim: Simulator, run_module: Any) -> None:
    sim.replace_scenario(cloud(third={"trusts": []}))
    options = {"iam_endpoint": sim.http_url, "region": REGION, "all_projects": True, "accounts": ACCOUNTS, **KEYS}
    result = run_module(hss_cluster_gate, options, [DEMO_SK])
    verdict = result["verdict"]
    assert verdict["status"] == "failed"
    assert "7 scopes of 3 accounts and 1 region" in verdict["message"]
    offenders = [offender for rule in verdict["rules"] for offender in rule["offenders"]]
    assert {offender["account"] for offender in offenders} == {"second"}
    assert any("account second, region cn-north-4" in line for line in verdict["summary"])
    commands = " ".join(step["command"] or "" for step in verdict["next_steps"])
    assert "agency_name=agency-second agency_domain_name=account-second" in commands
    assert "agency_name=agency-third" in commands


def test_the_command_for_an_account_that_was_refused_shows_its_refusal(sim: Simulator, run_module: Any) -> None:
    """It works without the region and the project, which nobody knows of such an account."""
    sim.replace_scenario(cloud(third={"trusts": []}))
    options = {"iam_endpoint": sim.http_url, "region": REGION, "all_projects": True, "accounts": ACCOUNTS, **KEYS}
    steps = run_module(hss_cluster_gate, options, [DEMO_SK])["verdict"]["next_steps"]
    (command,) = [step["command"] for step in steps if "Fix access to account third" in step["text"]]
    given = dict(word.split("=", 1) for word in shlex.split(shlex.split(command)[-1]))
    assert given["region"] == REGION and given["agency_name"] == "agency-third"
    result = run_module(hss_cluster_statistics, {**given, **KEYS}, [DEMO_SK])
    assert result["failed"] and "CreateTemporaryAccessKeyByAgency" in result["msg"], result["msg"]
    sim.replace_scenario(cloud())
    assert not run_module(hss_cluster_statistics, {**given, **KEYS}, [DEMO_SK]).get("failed"), (
        "it shows the access, too"
    )


def test_the_gate_knows_the_caller_of_each_account(
    sim: Simulator, run_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_STS_ENDPOINT", sim.http_url)
    sim.replace_scenario(cloud(third={"trusts": []}))
    accounts = [*ACCOUNTS, {"name": "mine"}]
    options = {"iam_endpoint": sim.http_url, "region": REGION, "all_projects": True, "accounts": accounts, **KEYS}
    provenance = run_module(hss_cluster_gate, options, [DEMO_SK])["provenance"]
    asked = [request for request in sim.requests if request.path == "/v5/caller-identity"]
    assert len(asked) == 3, "once for each account that the cloud has accepted"
    assert [(one["account"], one["account_id"]) for one in provenance["accounts"]] == [
        ("first", "first"),
        ("second", "second"),
        ("third", None),
        ("mine", "d1"),
    ]
    assert provenance["accounts"][1]["principal"].startswith("sts::second:assumed-agency:agency-second/")
    assert provenance["accounts"][3]["principal"] == "iam::d1:user:user"
    assert (provenance["account_id"], provenance["principal"]) == (None, None)


def test_agencies_of_two_accounts_may_have_one_name(sim: Simulator) -> None:
    sim.replace_scenario(cloud(**{name: {"name": "hss-reader"} for name in NAMES}))
    result = run(sim, [{**account, "agency_name": "hss-reader"} for account in ACCOUNTS])
    assert [scope["account"] for scope in result["scopes"]] == [name for name in NAMES for _id in range(NUMBER)]


def test_an_agency_that_sts_refuses(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_STS_ENDPOINT", sim.http_url)
    sim.replace_scenario(cloud(second={"trusts": []}))
    accounts = [
        {"agency_name": f"agency-{name}", "agency_domain_id": domain}
        for name, domain in (("first", "first"), ("second", "second"), ("unknown", "third"))
    ]
    result = partial(sim, accounts)
    assert [scope["account"] for scope in result["scopes"]] == ["first"] * NUMBER
    assert [(scope["account"], scope["status_code"]) for scope in result["failed_scopes"]] == [
        ("second", 403),
        ("third", 404),
    ]
    assert len([request for request in sim.requests if request.path == "/v5/agencies/assume"]) == 3


UNAUTHORIZED = {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}
# What becomes of an account: the change of its agency, or the response of HSS to its requests.
STATES: Dict[str, Dict[str, Any]] = {
    "answers": {},
    "does not trust": {"trusts": []},
    "has another agency": {"name": "another"},
    "has no project": {"projects": []},
    "refuses the keys": {"status": 401, "body": UNAUTHORIZED},
    "grants nothing": {"status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "no"}},
    "fails": {"status": 500, "body": {}},
}


@hypothesis.settings(max_examples=25, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(
    states=st.fixed_dictionaries({name: st.sampled_from(sorted(STATES)) for name in NAMES}),
    order=st.permutations([*ACCOUNTS, {"name": "mine"}]),
    concurrency=st.sampled_from([1, 4, 64]),
)
def test_no_account_spends_the_tries_of_another(
    sim: Simulator, states: Dict[str, str], order: List[Dict[str, str]], concurrency: int
) -> None:
    sim.reset()
    sim.replace_scenario(
        cloud(**{name: {} if "status" in STATES[state] else STATES[state] for name, state in states.items()})
    )
    for number, name in enumerate(NAMES):
        if "status" in STATES[states[name]]:
            sim.inject({**STATES[states[name]], "path": f"/({'|'.join(ids(number))})/", "times": 100})
    result = partial(sim, order, concurrency=concurrency)
    fine = {"mine", *(name for name, state in states.items() if state == "answers")}
    answered = [scope["account"] for scope in result["scopes"]]
    assert {name: answered.count(name) for name in fine} == {name: 1 if name == "mine" else NUMBER for name in fine}
    assert {scope["account"] for scope in result["failed_scopes"]} == {*NAMES, "mine"} - fine
    assert set(answered) == fine and result["complete"] is (len(fine) == 4)
    refused = [request for request in sim.requests if request.status == 401]
    keys = [request.headers["authorization"].split("Access=")[1].split(",")[0] for request in refused]
    assert len(set(keys)) == len(keys), "each key was refused at most once"
    assert DEMO_AK not in keys
    assumed = [request for request in sim.requests if request.path.endswith("/securitytokens")]
    assert len(assumed) == len(NAMES)


def test_a_throttled_account_holds_up_no_other(sim: Simulator, shared_time: Any) -> None:
    many = [project(0, 1, project_id=f"{n:032x}", name=f"{REGION}_{n}", region=REGION) for n in range(8)]
    changed = cloud(first={"projects": [one["id"] for one in many]})
    changed["projects"] += many
    sim.replace_scenario(changed)
    sim.limit(5, 60, path="/container/cluster/statistics")
    # The others of its account go on once this one has proven the keys: the first account is throttled by then.
    sim.inject({"path": ids(1)[0], "delay": 0.3})
    start = sim.now()
    result = run(sim, ACCOUNTS[:2])
    assert result["complete"]
    moments = {request.project_id: request.received_at - start for request in sim.requests if request.service == "HSS"}
    assert max(moments[own] for own in ids(1)) < 30 < 50 < max(moments[one["id"]] for one in many)


def test_the_lookup(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_query, "_refused", {})
    sim.replace_scenario(cloud(second={"trusts": []}))
    options = {"iam_endpoint": sim.http_url, "region": REGION, "all_projects": True, "accounts": ACCOUNTS, **KEYS}
    problem, result = _query.look_up([], {**options, "on_scope_error": "continue"})
    assert problem is None and not result["complete"]
    assert [scope["account"] for scope in result["scopes"]] == ["first"] * 3 + ["third"] * 3
    assert [scope["account"] for scope in result["failed_scopes"]] == ["second"]
    problem, result = _query.look_up([], options)
    assert problem is not None and "1 of 7 scopes did not answer" in problem and "second: " in problem
    problem, result = _query.look_up([], {**options, "accounts": [ACCOUNTS[0]]})
    assert problem is None and result["complete"], "a refused agency is no refused credential"


def test_each_account_is_compared_with_its_own_cce_and_synchronised(
    sim: Simulator, run_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_CCE_CN_NORTH_4", f"{sim.http_url}/regions/{REGION}")
    world = cloud(second={"may_list_cce_clusters": False})
    world["projects"][0]["clusters"].append(cluster("new", 60, hss="after_sync"))
    sim.replace_scenario(world)
    given = {
        "accounts": ACCOUNTS,
        "all_projects": True,
        "iam_endpoint": sim.http_url,
        "region": REGION,
        "max_unscanned": 99,
        **KEYS,
    }
    verdict = run_module(hss_cluster_gate, given, (DEMO_SK,))["verdict"]
    (offender,) = verdict["rules"][-1]["offenders"]
    assert (offender["account"], offender["cluster_name"]) == ("first", "new")
    states = {(scope["account"], scope["state"]) for scope in verdict["cross_check"]["scopes"]}
    assert states == {("first", "complete"), ("second", "none"), ("third", "complete")}
    assert "not cross-checked with CCE in 3 of 9 projects" in verdict["message"]
    del given["max_unscanned"]
    result = run_module(hss_cluster_sync, {**given, "poll_interval": 1}, (DEMO_SK,))
    assert [scope["account"] for scope in result["scopes"]] == [name for name in NAMES for _number in range(NUMBER)]
    verdict = run_module(hss_cluster_gate, {**given, "max_unscanned": 99}, (DEMO_SK,))["verdict"]
    assert verdict["passed"] and verdict["cross_check"]["state"] == "partial"
