# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's metadata service and pod identity, and faults of all the services that give credentials."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import (
    DEMO_PASSWORD,
    DEMO_POD_TOKEN,
    DEMO_PROJECT_ID,
    DEMO_USER,
    Scenario,
    ScenarioError,
    Simulator,
    agency,
    faults,
    identity_provider,
    metadata,
    pod,
    scenario,
    user,
)
from tests.simulator.calls import call, post, signed

TOKENS = "/meta-data/latest/api/token"
KEY = "/openstack/latest/securitykey"
POD = "/pod-identity/credentials"
STATISTICS = f"/v5/{DEMO_PROJECT_ID}/container/cluster/statistics"
NO_AGENCY = "Please configure Cloud Service Agency first"


def instance(**options: Any) -> Simulator:
    return Simulator(scenario(agencies=[agency()], metadata=metadata(**options)))


def token(sim: Simulator, ttl: str = "21600") -> dict[str, str]:
    answer = call(sim.http_url + TOKENS, {"X-Metadata-Token-Ttl-Seconds": ttl}, "PUT")
    assert answer.status_code == 200
    return {"X-Metadata-Token": answer.text}


class TestMetadata:
    def test_keys(self) -> None:
        with instance(lifetime=5000) as sim:
            headers = token(sim)
            answer = call(sim.http_url + KEY, headers)
            key = answer.json()["credential"]
            url = sim.http_url + STATISTICS
            names = {"ak": key["access"], "sk": key["secret"], "security_token": key["securitytoken"]}
            assert call(url, signed(url, **names)).status_code == 200
            assert sim.issued == [headers["X-Metadata-Token"], key["secret"], key["securitytoken"]]
            assert [r.service for r in sim.requests] == ["metadata", "metadata", "HSS"]
            sim.clock_offset += 5000
            assert "ak not exist" in call(url, signed(url, **names, when=sim.now())).text
        assert set(key) == {"access", "secret", "securitytoken", "expires_at"}
        assert "X-Request-Id" not in answer.headers

    @pytest.mark.parametrize(
        ("mode", "without", "wrong", "right"), [("required", 401, 401, 200), ("optional", 200, 401, 200)]
    )
    def test_modes(self, mode: str, without: int, wrong: int, right: int) -> None:
        with instance(token=mode) as sim:
            assert call(sim.http_url + KEY).status_code == without
            stale = call(sim.http_url + KEY, {"X-Metadata-Token": "wrong"})
            assert (stale.status_code, NO_AGENCY in stale.text) == (wrong, False)
            assert call(sim.http_url + KEY, token(sim)).status_code == right

    def test_without_tokens(self) -> None:
        with instance(token="absent") as sim:
            assert call(sim.http_url + TOKENS, {"X-Metadata-Token-Ttl-Seconds": "60"}, "PUT").status_code == 404
            assert call(sim.http_url + KEY).status_code == 200

    def test_tokens_expire(self) -> None:
        with instance() as sim:
            headers = token(sim, "60")
            sim.clock_offset += 60
            assert call(sim.http_url + KEY, headers).status_code == 401
            headers = token(sim)
            sim.expire_issued()
            assert call(sim.http_url + KEY, headers).status_code == 401

    @pytest.mark.parametrize("headers", [{}, {"X-Metadata-Token-Ttl-Seconds": "0"}])
    def test_time_to_live_is_needed(self, headers: dict[str, str]) -> None:
        with instance() as sim:
            assert call(sim.http_url + TOKENS, headers, "PUT").status_code == 400

    def test_no_agency(self) -> None:
        with instance(agency=None) as sim:
            answer = call(sim.http_url + KEY)
        assert (answer.status_code, NO_AGENCY in answer.text) == (401, True)

    def test_no_instance(self) -> None:
        with Simulator(scenario()) as sim:
            assert call(sim.http_url + KEY).status_code == 404
            assert call(sim.http_url + TOKENS, {}, "PUT").status_code == 404


class TestPodIdentity:
    def test_keys(self) -> None:
        with Simulator(scenario(agencies=[agency()], pods=[pod()])) as sim:
            answer = post(sim.http_url + POD, {}, {"Authorization": DEMO_POD_TOKEN})
            key = answer.json()["credentials"]
            url = sim.http_url + STATISTICS
            names = {"ak": key["accessKeyId"], "sk": key["secretAccessKey"], "security_token": key["securityToken"]}
            assert call(url, signed(url, **names)).status_code == 200
            sim.clock_offset += 3600
            assert "ak not exist" in call(url, signed(url, **names, when=sim.now())).text
            assert sim.requests[0].service == "metadata"

    @pytest.mark.parametrize("header", [{}, {"Authorization": f"Bearer {DEMO_POD_TOKEN}"}, {"Authorization": "x"}])
    def test_refused(self, header: dict[str, str]) -> None:
        with Simulator(scenario(agencies=[agency()], pods=[pod()])) as sim:
            assert post(sim.http_url + POD, {}, header).status_code == 401

    def test_wants_json(self) -> None:
        with Simulator(scenario(agencies=[agency()], pods=[pod()])) as sim:
            assert call(sim.http_url + POD, {"Authorization": DEMO_POD_TOKEN}, "POST").status_code == 400


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("IAM", "POST", "/v3/auth/tokens"),
        ("IAM", "GET", "/v3/auth/tokens"),
        ("IAM", "POST", "/v3.0/OS-CREDENTIAL/securitytokens"),
        ("IAM", "POST", "/v3.0/OS-AUTH/id-token/tokens"),
        ("STS", "POST", "/v5/agencies/assume"),
        ("STS", "POST", "/v5/agencies/assume-with-oidc"),
        ("STS", "GET", "/v5/caller-identity"),
        ("STS", "GET", "/regions/cn-north-4/v5/caller-identity"),
        ("metadata", "PUT", TOKENS),
        ("metadata", "GET", KEY),
        ("metadata", "POST", POD),
        ("HSS", "GET", STATISTICS),
    ],
)
def test_faults_by_service(service: str, method: str, path: str) -> None:
    with Simulator(scenario()) as sim:
        for name in ("HSS", "IAM", "STS", "metadata"):
            fault = sim.inject(faults.answer(503, {"from": name}, service=name))
            assert (call(sim.http_url + path, method=method).text == f'{{"from": "{name}"}}') == (name == service)
            assert fault.fired == (name == service)
            sim.reset()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"users": [{"name": "u"}]}, r"users\[0\]: 'password' is required"),
        ({"users": [user(expired=True)]}, r"users\[0\]: unknown key 'expired'"),
        ({"users": [user(locked="no")]}, r"users\[0\].locked: expected true or false"),
        ({"users": [user(), user()]}, r"users\[1\].id: the same"),
        ({"users": [user(projects=["x"])]}, r"users\[0\].projects: no project 'x'"),
        ({"agencies": [{}]}, r"agencies\[0\]: 'name' is required"),
        ({"agencies": [agency(trusts="d2")]}, r"agencies\[0\].trusts: expected a list"),
        ({"agencies": [agency(projects=["x"])]}, r"agencies\[0\].projects: no project 'x'"),
        ({"identity_providers": [identity_provider(id_tokens=["x"])]}, r"id_tokens\[0\]: expected a mapping"),
        ({"identity_providers": [identity_provider(domain_id=7)]}, r"identity_providers\[0\].domain_id: expected text"),
        ({"metadata": metadata(token="maybe")}, r"metadata.token: expected one of required"),
        ({"metadata": metadata()}, r"metadata.agency: no agency 'agency-of-the-demo'"),
        ({"metadata": metadata(agency=None, lifetime=-1)}, r"metadata.lifetime: must be at least 0"),
        ({"pods": [pod()]}, r"pods\[0\].agency: no agency"),
        ({"pods": [{"token": "t"}]}, r"pods\[0\]: 'agency' is required"),
        ({"issued_lifetime": "short"}, r"issued_lifetime: expected a number"),
    ],
)
def test_errors_of_a_scenario_name_the_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Scenario.parse({**scenario(), **change})


def test_a_user_may_have_no_id() -> None:
    users = [{"name": DEMO_USER, "password": DEMO_PASSWORD}, user(id=None, domain_id="d2")]
    assert len(Scenario.parse(scenario(users=users)).users) == 2
