# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many scopes in one task, over real sockets: order, sums, failures, throttling, the first request, the deadline."""

from __future__ import annotations

import pathlib
import subprocess
from typing import Any, Dict, List, Optional, Tuple

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api import fan_out
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.statistics import COUNTS
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import (
    ConfigurationError,
    HssError,
    RefusedError,
    ScopesFailedError,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import as_facts, cluster_statistics
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator import (
    DEMO_AGENCY,
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_PASSWORD,
    DEMO_SK,
    DEMO_TOKEN,
    DEMO_USER,
    Simulator,
    agency,
    project,
    scenario,
    user,
)

REGION = "cn-north-4"
OTHER = "ap-southeast-3"
NUMBER = 40
KEYS = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
USER = {"username": DEMO_USER, "password": DEMO_PASSWORD, "domain_name": DEMO_DOMAIN}

AGENCY = {"agency_name": DEMO_AGENCY, "agency_domain_name": DEMO_DOMAIN}


def project_id(number: int) -> str:
    return f"{number:032x}"


def projects() -> List[Dict[str, Any]]:
    """40 sub-projects, of which number i has i unscanned of 100 clusters; and the regions' own."""
    subs = [
        project(i, 100, project_id=project_id(i), name=f"{REGION}_sub{i}", region=REGION, clusters=[], cluster_groups=[
            {"count": i, "scanned": False}, {"count": 100 - i, "scanned": True}])
        for i in range(NUMBER)
    ]  # fmt: skip
    own = [
        project(1, 2, project_id="a" * 32, region=REGION),
        project(3, 4, project_id="b" * 32, region=OTHER),
    ]
    return [*subs, *own]


SCENARIO = scenario(projects=projects(), users=[user()])
pytestmark = pytest.mark.usefixtures("short_jitter", "regional_endpoints")


def run(sim: Simulator, scopes: Optional[List[Dict[str, Any]]] = None, **options: Any) -> Dict[str, Any]:
    import os

    specs = {**SHARED_OPTIONS, **SCOPE_OPTIONS}
    params = {name: spec.get("default") for name, spec in specs.items()}
    credential = {} if {"auth_token", "username"} & set(options) else KEYS
    params.update(
        {"iam_endpoint": sim.http_url, "region": REGION, "max_retries": 0, "scopes": scopes, **credential, **options}
    )
    return cluster_statistics(Client(params, os.environ, Secrets()), params)


def subs(*numbers: int) -> List[Dict[str, Any]]:
    return [{"project_id": project_id(number)} for number in numbers or range(NUMBER)]


def hss_requests(sim: Simulator) -> List[Any]:
    return [request for request in sim.requests if request.service == "HSS"]


@pytest.mark.parametrize("concurrency", [1, 2, 16, 64])
def test_order_and_sums(sim: Simulator, concurrency: int) -> None:
    sim.latency = 0.01
    result = run(sim, subs(), concurrency=concurrency)
    assert result["complete"] is True
    assert [scope["project_id"] for scope in result["scopes"]] == [project_id(i) for i in range(NUMBER)]
    assert [scope["statistics"]["unscan_cluster_num"] for scope in result["scopes"]] == list(range(NUMBER))
    assert result["statistics"]["unscan_cluster_num"] == sum(range(NUMBER))
    assert result["statistics"]["all_cluster_num"] == 100 * NUMBER
    assert (result["failed_scopes"], result["skipped_scopes"]) == ([], [])
    assert all(result[key] is None for key in ("region", "project_id", "enterprise_project_id", "request_id"))
    assert len(sim.requests) == NUMBER
    assert sim.peak_in_flight <= concurrency
    assert concurrency == 1 or sim.peak_in_flight > 1


def test_one_scope_is_like_none(sim: Simulator) -> None:
    one = run(sim, subs(7))
    assert one["project_id"] == project_id(7) and one["region"] == REGION and one["request_id"]
    assert as_facts(one)["unscan_cluster_num"] == 7


def test_a_scope_of_a_region_inherits_no_project(sim: Simulator) -> None:
    result = run(sim, [{"region": OTHER}, {}, {"project_name": f"{REGION}_sub3"}], project_id=project_id(9))
    assert [(s["region"], s["project_id"]) for s in result["scopes"]] == [
        (OTHER, "b" * 32),
        (REGION, project_id(9)),
        (REGION, project_id(3)),
    ]
    assert [request.path for request in sim.requests if request.service == "IAM"] == ["/v3/auth/projects"], (
        "once for all"
    )


def test_the_enterprise_project_of_the_task_is_inherited(sim: Simulator) -> None:
    run(sim, [{}, {"enterprise_project_id": "0"}], enterprise_project_id="shop", project_id=project_id(1))
    queried = sorted(request.query for request in hss_requests(sim))
    assert queried == ["enterprise_project_id=0", "enterprise_project_id=shop"]


@pytest.mark.parametrize(
    "scopes,options,words",
    [
        ([], {}, "empty list"),
        ([{"project_id": ""}], {}, r"Option scopes\[0\].project_id is empty"),
        ([{"region": REGION, "project_name": ""}], {}, r"Option scopes\[0\].project_name is empty"),
        ([{"region": REGION}, {"region": " \n"}], {}, r"Option scopes\[1\].region is blank"),
        ([{"region": REGION, "enterprise_project_id": ""}], {}, r"Option scopes\[0\].enterprise_project_id is empty"),
        ([{"region": "Not A Region"}], {}, r"Option scopes\[0\].region"),
        ([{}, {"project_id": "x" * 257}], {}, r"Option scopes\[1\].project_id"),
        ([{"enterprise_project_id": "x" * 257}], {}, r"Option scopes\[0\].enterprise_project_id"),
        ([{"project_name": "a\nb"}], {}, r"Option scopes\[0\].project_name"),
        ([{"project_id": "a"}, {"project_id": "b"}, {"project_id": "a"}], {}, "count the same clusters of project a"),
        ([{"project_id": "a"}, {"project_id": "a", "enterprise_project_id": "0"}], {}, "enterprise project 0 beside 0"),
        (
            [{"project_id": "a", "enterprise_project_id": e} for e in ("x", "all_granted_eps")],
            {},
            "all_granted_eps beside x",
        ),
        ([{}], {"concurrency": 0}, "concurrency"),
        ([{}], {"concurrency": 65}, "concurrency"),
        ([{}], {"deadline": 0}, "deadline"),
        ([{}], {"deadline": float("nan")}, "deadline"),
        ([{}], {"all_projects": True}, "all_projects"),
        (None, {"all_projects": True, "project_id": "a"}, "project_id and project_name do not go with it"),
        ([{"region": REGION}, {"region": OTHER}], {"endpoint": "https://hss.example.com"}, "endpoint is given"),
        ([{"project_id": "a"}, {"project_id": "b"}], {"auth_token": DEMO_TOKEN}, "A token is for one project"),
    ],
)
def test_what_no_request_could_make_good(sim: Simulator, scopes: Any, options: Dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        run(sim, scopes, **options)
    assert not sim.requests


def test_all_projects_with_a_token(sim: Simulator) -> None:
    with pytest.raises(ConfigurationError, match="A token is for one project"):
        run(sim, all_projects=True, auth_token=DEMO_TOKEN)
    assert not sim.requests


def test_nothing_is_counted_twice_though_it_goes_by_two_names(sim: Simulator) -> None:
    with pytest.raises(ConfigurationError, match="count the same clusters of project aaa"):
        run(sim, [{"region": REGION}, {"region": REGION, "project_id": "a" * 32}])
    result = run(sim, [{"project_id": "a" * 32, "enterprise_project_id": e} for e in ("0", "other")])
    assert result["complete"], "two enterprise projects of one project are two scopes"


@pytest.mark.parametrize("options", [KEYS, USER], ids=["keys", "user"])
def test_all_projects(sim: Simulator, options: Dict[str, str]) -> None:
    many = [
        *projects(),
        project(9, 9, project_id="c" * 32, name="MOS", region="x"),
        project(9, 9, project_id="d" * 32, name=f"{REGION}_off", region=REGION, enabled=False),
        project(9, 9, project_id="e" * 32, region="la-north-2"),
    ]
    sim.replace_scenario(scenario(projects=many, users=[user()]))
    import os

    os.environ["HUAWEICLOUD_SDK_REGION_HSS_LA_NORTH_2"] = f"{sim.http_url}/regions/la-north-2"
    gone = {"error_code": "APIGW.0801", "error_msg": "not in this region"}
    sim.inject({"path": "/regions/la-north-2/", "status": 403, "body": gone})
    try:
        result = run(sim, all_projects=True, **options)
    finally:
        del os.environ["HUAWEICLOUD_SDK_REGION_HSS_LA_NORTH_2"]
    assert result["complete"] is True
    assert len(result["scopes"]) == NUMBER + 2
    assert [scope["project_name"] for scope in result["scopes"]][-2:] == [REGION, OTHER]
    assert result["statistics"]["unscan_cluster_num"] == sum(range(NUMBER)) + 1 + 3
    assert {request.query for request in hss_requests(sim)} == {"enterprise_project_id=all_granted_eps"}
    skipped = {record["project_name"]: record for record in result["skipped_scopes"]}
    assert set(skipped) == {"MOS", f"{REGION}_off", "la-north-2"}
    assert "object storage" in skipped["MOS"]["reason"]
    assert "disabled" in skipped[f"{REGION}_off"]["reason"]
    assert "0801" in skipped["la-north-2"]["reason"]
    keys = {"account", "region", "project_id", "project_name", "enterprise_project_id", "request_id", "reason"}
    assert all(set(record) == keys for record in skipped.values())


@pytest.mark.parametrize(
    "name,fault",
    [
        ("xx-nowhere-1", None),
        ("Not a region", None),
        (OTHER, {"status": 404, "body": {"error_code": "APIGW.0101", "error_msg": "no such API"}}),
        (OTHER, {"status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "no"}}),
        (OTHER, {"status": 400, "body": {"error_code": "HSS.0801", "error_msg": "an HSS code of that number"}}),
    ],
)
def test_whatever_else_does_not_answer_is_a_failure(sim: Simulator, name: str, fault: Any) -> None:
    """An unresolved name or 0101 is never a skip: a gate would not see a region that is merely misread."""
    several = [
        project(0, 1, project_id="a" * 32, region=REGION),
        project(0, 1, project_id="f" * 32, name=name, region=name),
    ]
    sim.replace_scenario(scenario(projects=several))
    if fault:
        sim.inject({"path": f"/regions/{OTHER}/", **fault})
    with pytest.raises(ScopesFailedError) as caught:
        run(sim, all_projects=True, cloud="example.invalid")
    result = caught.value.as_result()
    assert [record["project_id"] for record in result["failed_scopes"]] == ["f" * 32]
    assert not result["skipped_scopes"] and result["complete"] is False
    assert name in result["msg"] and set(result["statistics"].values()) == {None}


def test_no_project_at_all_is_no_green_account(sim: Simulator) -> None:
    sim.replace_scenario(scenario(projects=[project(name="MOS", region="x")]))
    with pytest.raises(ConfigurationError, match="No project was queried"):
        run(sim, all_projects=True)
    sim.replace_scenario(scenario(projects=[]))
    with pytest.raises(ConfigurationError, match="no project at all"):
        run(sim, all_projects=True)


def test_a_wrong_key_costs_one_request(sim: Simulator) -> None:
    with pytest.raises(RefusedError, match="0301"):
        run(sim, subs(), secret_key="wrong-secret-key", on_scope_error="continue", max_retries=5)
    assert len(sim.requests) == 1


@pytest.mark.parametrize("options", [KEYS, USER], ids=["keys", "user"])
def test_what_iam_accepts_and_hss_refuses_costs_one_request_of_hss(sim: Simulator, options: Dict[str, str]) -> None:
    sim.inject({"service": "HSS", "status": 401, "body": {"error_code": "APIGW.0301", "error_msg": "x"}})
    with pytest.raises(RefusedError, match="0301"):
        run(sim, all_projects=True, on_scope_error="continue", **options)
    assert len(hss_requests(sim)) == 1


def test_a_region_that_says_nothing_does_not_keep_the_others_of_an_account_from_being_queried(sim: Simulator) -> None:
    """IAM has accepted the credential, so the first scopes may fail as they like."""
    sim.inject(
        {"service": "HSS", "status": 404, "body": {"error_code": "APIGW.0101"}, "times": fan_out.MAX_INCONCLUSIVE}
    )
    with pytest.raises(ScopesFailedError) as caught:
        run(sim, all_projects=True)
    assert len(caught.value.as_result()["failed_scopes"]) == fan_out.MAX_INCONCLUSIVE
    assert len(hss_requests(sim)) == NUMBER + 2


def test_the_others_start_when_the_cloud_has_accepted_the_credential(sim: Simulator) -> None:
    """The first scopes fail in ways that say nothing about the key: each goes alone. Then one is refused for its own sake."""
    for fault in ({"status": 502, "body": {}}, {"drop": "before"}, {"status": 503, "body": {}}):
        sim.inject({**fault, "service": "HSS", "times": 1})
    sim.inject({"service": "HSS", "status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "no"}, "times": 1})
    sim.latency = 0.02
    in_flight: List[int] = []
    with pytest.raises(ScopesFailedError) as caught:
        sim_started = sim.started
        sim.started = lambda request: (sim_started(request), in_flight.append(len(sim._in_flight)))[0]  # type: ignore[method-assign]
        try:
            run(sim, subs())
        finally:
            sim.started = sim_started  # type: ignore[method-assign]
    assert in_flight[:4] == [1, 1, 1, 1] and max(in_flight) > 1
    assert [r["status_code"] for r in caught.value.as_result()["failed_scopes"]] == [502, None, 503, 403]


def test_a_key_that_is_refused_later_is_not_tried_to_its_lock(sim: Simulator) -> None:
    refusal = {"status": 401, "body": {"error_code": "APIGW.0301", "error_msg": "x"}}
    sim.inject({"service": "HSS", "skip": 1, **refusal})
    with pytest.raises(ScopesFailedError) as caught:
        run(sim, subs(), concurrency=1)
    assert len(sim.requests) == 2
    result = caught.value.as_result()
    assert len(result["failed_scopes"]) == NUMBER - 1
    assert "was not sent, since the credential was refused before" in result["failed_scopes"][-1]["msg"]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404, "body": {"error_code": "APIGW.0101", "error_msg": "no such API"}},
        {"status": 403, "body": "<html>a proxy</html>"},
        {"status": 400, "body": {"error_code": "APIGW.0201", "error_msg": "bad"}},
        {"html": True},
    ],
    ids=str,
)
def test_what_says_nothing_of_the_key_does_not_let_the_others_start(sim: Simulator, fault: Dict[str, Any]) -> None:
    sim.inject({**fault, "service": "HSS", "times": 1})
    with pytest.raises(RefusedError, match="0301"):
        run(sim, subs(), secret_key="wrong-secret-key")
    assert len(sim.requests) == 2, "one that said nothing, and one that was refused"


def test_nobody_goes_on_when_nothing_says_that_the_credential_is_good(sim: Simulator) -> None:
    sim.inject({"service": "HSS", "status": 503, "body": {}})
    with pytest.raises(ScopesFailedError) as caught:
        run(sim, subs())
    assert len(sim.requests) == fan_out.MAX_INCONCLUSIVE
    assert "Not asked" in caught.value.as_result()["failed_scopes"][-1]["msg"]


@pytest.mark.parametrize("options", [USER, {**KEYS, **AGENCY}], ids=["user", "agency"])
def test_a_refused_exchange_is_not_repeated_by_those_who_waited(sim: Simulator, options: Dict[str, str]) -> None:
    everyone = scenario(projects=projects(), users=[user()], agencies=[agency()])
    sim.replace_scenario(everyone)
    path = "/v3/auth/tokens" if "username" in options else "/v3.0/OS-CREDENTIAL/securitytokens"
    refusal = {"status": 401, "body": {"error": {"code": 401, "message": "no", "title": "Unauthorized"}}}
    sim.inject({"path": path, "skip": 1, **refusal})
    # What was issued for the first is outdated at once, so that everybody needs a new one.
    sim.issued_lifetime = 1
    sim.latency = 0.02
    try:
        with pytest.raises(HssError):
            run(
                sim,
                [{"project_id": "a" * 32, "enterprise_project_id": f"e{number}"} for number in range(17)],
                **options,
            )
    finally:
        sim.issued_lifetime = None
    refused = [request for request in sim.requests if request.path == path and request.status == 401]
    assert len(refused) == 1


def test_tokens_that_must_be_updated_are_no_refusals(sim: Simulator) -> None:
    """Each project has a token of its own, and a change of permissions outdates all of them at once."""
    refusal = {"status": 401, "body": {"error_code": "APIGW.0307", "error_msg": "The token must be updated"}}
    for number in range(1, 9):
        sim.inject({"path": f"/{project_id(number)}/", "times": 1, **refusal})
    assert run(sim, subs(), **USER)["complete"]
    assert len([request for request in hss_requests(sim) if request.status == 401]) == 8


def test_a_list_that_goes_on_elsewhere_is_not_every_project(sim: Simulator) -> None:
    body = {
        "projects": [{"id": "a" * 32, "name": REGION}],
        "links": {"next": "https://iam.example.com/v3/auth/projects?marker=x"},
    }
    sim.inject({"service": "IAM", "status": 200, "body": body})
    with pytest.raises(HssError, match="goes on elsewhere"):
        run(sim, all_projects=True)


def test_a_project_that_is_listed_twice_is_queried_once(sim: Simulator) -> None:
    sim.inject({"service": "IAM", "status": 200, "body": {"projects": [{"id": "a" * 32, "name": REGION}] * 2}})
    result = run(sim, all_projects=True)
    assert result["complete"] and len(result["scopes"]) == 1


def test_0801_of_an_exchange_is_no_skip(sim: Simulator) -> None:
    gone = {"status": 403, "body": {"error_code": "APIGW.0801", "error_msg": "not here"}}
    sim.inject({"path": "/v3/auth/tokens", "skip": 2, "times": 1, **gone})
    with pytest.raises(HssError) as caught:
        run(sim, all_projects=True, concurrency=1, **USER)
    assert not caught.value.as_result().get("skipped_scopes")


def test_scopes_of_two_clouds(sim: Simulator) -> None:
    with pytest.raises(ConfigurationError, match="two clouds"):
        run(sim, [{"region": REGION}, {"region": "eu-west-101"}], region=None, iam_endpoint=None)


@pytest.mark.parametrize("value", ["<<Omit>>", "['a', 'b']", "False", "None", "a b", "../x"])
def test_no_text_that_cannot_be_an_enterprise_project_is_sent(sim: Simulator, value: str) -> None:
    """The cloud may well answer an unknown one with four zeros, and those look green."""
    for scopes, options in (
        ([{"enterprise_project_id": value}], {}),
        (None, {"enterprise_project_id": value, "deadline": 9.0}),
    ):
        with pytest.raises(ConfigurationError, match="enterprise_project_id"):
            run(sim, scopes, **options)
    assert not sim.requests


def test_fail_names_each_and_continue_lets_no_sum_be_read(sim: Simulator) -> None:
    sim.inject({"path": f"/{project_id(3)}/", "status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "no"}})
    sim.inject({"path": f"/{project_id(5)}/", "counts_remove": ["unscan_cluster_num"]})
    with pytest.raises(ScopesFailedError) as caught:
        run(sim, subs())
    result = caught.value.as_result()
    assert f"2 of {NUMBER} scopes" in result["msg"]
    for number in (3, 5):
        assert f"{REGION}/{project_id(number)}" in result["msg"]
    assert "unscan_cluster_num is missing" in result["msg"]
    assert len(result["scopes"]) == NUMBER - 2, "after all were tried"

    result = run(sim, subs(), on_scope_error="continue")
    assert result["complete"] is False
    assert result["statistics"] == dict.fromkeys(COUNTS)
    assert [record["project_id"] for record in result["failed_scopes"]] == [project_id(3), project_id(5)]
    first = result["failed_scopes"][0]
    assert (first["status_code"], first["error_code"]) == (403, "APIGW.0302") and first["request_id"]
    assert set(first) == {
        *("account", "region", "project_id", "project_name", "enterprise_project_id", "request_id"),
        *("msg", "status_code", "error_code"),
    }
    assert as_facts(result)["unscan_cluster_num"] is None


def test_continue_fails_when_all_failed(sim: Simulator) -> None:
    sim.inject({"service": "HSS", "status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "no"}})
    with pytest.raises(ScopesFailedError) as caught:
        run(sim, subs(), on_scope_error="continue")
    result = caught.value.as_result()
    assert (result["status_code"], result["error_code"]) == (403, "APIGW.0302"), "alike for all"
    assert all(f"/{project_id(number)}" in result["msg"] for number in range(NUMBER)), "all are named"


@pytest.mark.parametrize("concurrency", [1, 2, 16, 64])
@pytest.mark.usefixtures("shared_time")
def test_random_throttling_loses_nothing(sim: Simulator, concurrency: int) -> None:
    sim.inject({"service": "HSS", "throttle": {"retry_after": None}, "random": 0.25})
    result = run(sim, subs(), concurrency=concurrency)
    assert result["statistics"]["unscan_cluster_num"] == sum(range(NUMBER))
    assert [scope["project_id"] for scope in result["scopes"]] == [project_id(i) for i in range(NUMBER)]
    answered = [request for request in hss_requests(sim) if request.status == 200]
    assert len(answered) == NUMBER, "each was answered once"
    assert sim.peak_in_flight <= concurrency


OUTCOMES: Dict[str, Optional[Dict[str, Any]]] = {
    "fine": None,
    "refused": {"status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "no"}},
    "missing": {"counts_remove": ["all_cluster_num"]},
    "null": {"counts": {"unscan_cluster_num": None}},
    "too many": {"counts": {"risk_cluster_num": 1000}},
    "page": {"html": True},
    "error": {"error_in_200": True},
    "cut": {"truncate": 20},
    "lost": {"drop": "before"},
    "busy": {"status": 503, "body": {}},
    "denied": {"status": 400, "body": {"error_code": "00000010", "error_description": "x"}},
}


@settings(max_examples=60)
@given(
    outcomes=st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=1, max_size=12),
    concurrency=st.sampled_from([1, 3, 16]),
)
def test_any_assignment_of_outcomes(running: Simulator, outcomes: List[str], concurrency: int) -> None:
    running.reset()
    running.latency = 0
    for number, outcome in enumerate(outcomes):
        fault = OUTCOMES[outcome]
        if fault:
            running.inject({**fault, "path": f"/{project_id(number)}/"})
    queried = subs(*range(len(outcomes)))
    # Nobody is asked after so many answers that say nothing about the credential.
    silent = len(outcomes) > fan_out.MAX_INCONCLUSIVE and not {"fine", "refused", "denied"} & set(
        outcomes[: fan_out.MAX_INCONCLUSIVE]
    )
    good = [number for number, outcome in enumerate(outcomes) if outcome == "fine" and not silent]
    bad = [number for number in range(len(outcomes)) if number not in good]

    def attempt(on_scope_error: str) -> Tuple[bool, Dict[str, Any]]:
        place = {"endpoint": running.http_url, "concurrency": concurrency, "on_scope_error": on_scope_error}
        try:
            return True, run(running, queried, **place)
        except HssError as error:
            return False, error.as_result()

    for on_scope_error in ("fail", "continue"):
        succeeded, result = attempt(on_scope_error)
        assert succeeded is (not bad if on_scope_error == "fail" else bool(good))
        assert [scope["project_id"] for scope in result["scopes"]] == [project_id(number) for number in good]
        assert [scope["project_id"] for scope in result["failed_scopes"]] == [project_id(number) for number in bad]
        assert result["complete"] is not bool(bad)
        for name in COUNTS:
            parts = [scope["statistics"][name] for scope in result["scopes"]]
            assert result["statistics"][name] == (None if bad else sum(parts))


@pytest.mark.parametrize(
    "fault", [{"delay": 60}, {"slow_body": {"chunk": 1, "interval": 0.5}}], ids=["no answer", "slow body"]
)
def test_deadline(sim: Simulator, fault: Dict[str, Any]) -> None:
    for number in (2, 4):
        sim.inject({**fault, "path": f"/{project_id(number)}/"})
    result = run(sim, subs(*range(6)), deadline=1.0, on_scope_error="continue")
    assert [record["project_id"] for record in result["failed_scopes"]] == [project_id(2), project_id(4)]
    assert all("deadline of 1 seconds" in record["msg"] for record in result["failed_scopes"])
    assert len(result["scopes"]) == 4


def test_deadline_of_the_only_scope_and_of_the_list(sim: Simulator) -> None:
    sim.inject({"delay": 60})
    for options in ({"project_id": project_id(1)}, {"all_projects": True}):
        with pytest.raises(HssError, match="deadline of 0.3 seconds"):
            run(sim, deadline=0.3, **options)


def test_deadline_ends_waits_between_attempts(sim: Simulator) -> None:
    sim.inject({"service": "HSS", "throttle": {"retry_after": "30"}})
    with pytest.raises(HssError, match="deadline of 0.3 seconds"):
        run(sim, subs(), deadline=0.3, max_retries=5)


@pytest.mark.parametrize("by", ["path", "directory", "off", "nothing", "garbage"])
def test_tls_of_many(sim: Simulator, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """One context for all connections verifies as each of its own would."""
    bundle = tmp_path / "ca.pem"
    bundle.write_text("garbage" if by == "garbage" else pathlib.Path(sim.ca_path).read_text())
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=False, capture_output=True)
    # requests would let this variable decide in place of the option.
    monkeypatch.setenv("CURL_CA_BUNDLE", str(bundle))
    chosen: Dict[str, Any] = {
        "path": {"ca_path": str(bundle)},
        "directory": {"ca_path": str(tmp_path)},
        "off": {"validate_certs": False},
        "nothing": {},
        "garbage": {"ca_path": str(bundle)},
    }[by]
    monkeypatch.delenv("HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4")
    if by == "directory" and not list(tmp_path.glob("*.0")):
        pytest.skip("openssl is not there to make a directory of hashed certificates")
    try:
        result = run(sim, subs(*range(5)), endpoint=sim.https_url, **chosen)
    except HssError as error:
        assert by in ("nothing", "garbage"), error.message
        words = "holds no certificate" if by == "garbage" else "is not trusted"
        assert error.message.count(words) == fan_out.MAX_INCONCLUSIVE
    else:
        assert result["complete"] and by not in ("nothing", "garbage")


def test_a_user_gets_a_token_for_each_project_concurrently(sim: Simulator) -> None:
    sim.latency = 0.02
    result = run(sim, subs(), **USER)
    assert result["complete"] and sim.peak_in_flight > 1
    assert len([request for request in sim.requests if request.path == "/v3/auth/tokens"]) == NUMBER


def test_a_bug_in_a_thread_reaches_the_caller(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(fan_out, "_query_one", broken)
    with pytest.raises(ZeroDivisionError):
        run(sim, subs())


def test_an_endpoint_with_a_scope_of_another_region_is_refused_in_words(sim: Simulator, monkeypatch: Any) -> None:
    """Where endpoint and a project ID are given, the region may be left out."""
    monkeypatch.delenv("HW_REGION_NAME", raising=False)
    scopes = [{"project_id": project_id(1)}, {"project_id": project_id(2), "region": REGION}]
    with pytest.raises(ConfigurationError, match="scopes of several regions") as raised:
        run(sim, scopes, region=None, endpoint=sim.http_url)
    assert REGION in raised.value.message and "None" not in raised.value.message
