# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's IAM tokens: by password, by agency, by token, by ID token."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator import (
    DEMO_AGENCY,
    DEMO_DOMAIN,
    DEMO_DOMAIN_ID,
    DEMO_ID_TOKEN,
    DEMO_IDP,
    DEMO_PASSWORD,
    DEMO_PROJECT_ID,
    DEMO_REGION,
    DEMO_TOKEN,
    DEMO_USER,
    DEMO_USER_ID,
    Simulator,
    agency,
    identity_provider,
    project,
    scenario,
    user,
)
from tests.simulator.calls import call, post, post_signed

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
HERE = {"project": {"name": DEMO_REGION}}
OTHER = "p2"
DAY = 24 * 60 * 60


def statistics(project_id: str = DEMO_PROJECT_ID) -> str:
    return f"/v5/{project_id}/container/cluster/statistics"


def cloud(**others: Any) -> Simulator:
    """Two projects of the account, one of another account; a user, an agency and an identity provider."""
    projects = [
        project(),
        project(0, 5, project_id=OTHER, region="cn-south-1"),
        project(0, 1, project_id="p3", region="cn-east-3", domain_id="d2"),
    ]
    options = {"users": [user()], "agencies": [agency()], "identity_providers": [identity_provider()], **others}
    return Simulator(scenario(projects=projects, **options))


def by_password(
    scope: Any = ..., password: str = DEMO_PASSWORD, domain: Any = None, name: str = DEMO_USER
) -> dict[str, Any]:
    who = {"name": name, "password": password, "domain": domain or {"name": DEMO_DOMAIN}}
    return auth("password", {"user": who}, HERE if scope is ... else scope)


def by_agency(scope: Any = ..., **role: Any) -> dict[str, Any]:
    return auth(
        "assume_role", role or {"agency_name": DEMO_AGENCY, "domain_name": DEMO_DOMAIN}, HERE if scope is ... else scope
    )


def auth(method: str, content: Any, scope: Any = None) -> dict[str, Any]:
    inner: dict[str, Any] = {"identity": {"methods": [method], method: content}}
    if scope is not None:
        inner["scope"] = scope
    return {"auth": inner}


def create(sim: Simulator, body: Any, query: str = "", **options: Any) -> Any:
    return post(f"{sim.http_url}/v3/auth/tokens{query}", body, **options)


def token_of(answer: Any) -> dict[str, str]:
    assert answer.status_code == 201, answer.text
    return {"X-Auth-Token": answer.headers["X-Subject-Token"]}


def at_hss(sim: Simulator, token: dict[str, str], project_id: str = DEMO_PROJECT_ID, prefix: str = "") -> Any:
    return call(sim.http_url + prefix + statistics(project_id), token)


def ids(sim: Simulator, what: str, token: dict[str, str]) -> list[str]:
    return [record["id"] for record in call(f"{sim.http_url}/v3/auth/{what}", token).json()[what]]


def error_of(answer: Any) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return answer.status_code, error["title"]


class TestByPassword:
    def test_answer(self) -> None:
        with cloud() as sim:
            answer = create(sim, by_password())
            header = answer.headers["X-Subject-Token"]
            assert "X-IAM-Trace-Id" in answer.headers
            assert sim.issued == [header]
        token = answer.json()["token"]
        assert 1000 < len(header) < 4096
        assert set(token) == {"methods", "issued_at", "expires_at", "user", "project", "roles", "catalog"}
        assert TIME.fullmatch(token["issued_at"])
        assert TIME.fullmatch(token["expires_at"])
        domain = {"id": DEMO_DOMAIN_ID, "name": DEMO_DOMAIN}
        assert token["methods"] == ["password"]
        assert token["user"] == {
            "id": DEMO_USER_ID,
            "name": DEMO_USER,
            "password_expires_at": "",
            "domain": domain,
        }
        assert token["project"] == {"id": DEMO_PROJECT_ID, "name": DEMO_REGION, "domain": domain}
        assert token["catalog"][0]["type"] == "hss"

    @pytest.mark.parametrize("who", [{"id": DEMO_USER_ID}, {"name": DEMO_USER, "domain": {"id": DEMO_DOMAIN_ID}}])
    def test_other_names_of_the_user(self, who: dict[str, Any]) -> None:
        with cloud() as sim:
            token = token_of(create(sim, auth("password", {"user": {**who, "password": DEMO_PASSWORD}}, HERE)))
            assert at_hss(sim, token).status_code == 200

    def test_no_catalog(self) -> None:
        with cloud() as sim:
            assert "catalog" not in create(sim, by_password(), "?nocatalog=true").json()["token"]
            assert "catalog" in create(sim, by_password(), "?nocatalog=").json()["token"]

    @pytest.mark.parametrize(
        "scope",
        [
            {"project": {"id": OTHER}},
            {"project": {"name": "cn-south-1"}},
            {"project": {"name": "cn-south-1", "domain": {"name": DEMO_DOMAIN}}, "domain": {"name": DEMO_DOMAIN}},
            {"project": {"name": "cn-south-1", "domain": {"id": DEMO_DOMAIN_ID}}},
        ],
    )
    def test_project_scope(self, scope: Any) -> None:
        with cloud() as sim:
            answer = create(sim, by_password(scope))
            token = token_of(answer)
            assert at_hss(sim, token, OTHER).json()["all_cluster_num"] == 5
            refused = at_hss(sim, token)
            assert (refused.status_code, refused.json()["error_code"]) == (400, "00000010")
            assert ids(sim, "projects", token) == [DEMO_PROJECT_ID, OTHER, "p3"]
            assert ids(sim, "domains", token) == [DEMO_DOMAIN_ID]
        assert answer.json()["token"]["project"]["id"] == OTHER

    @pytest.mark.parametrize("scope", [None, {"domain": {"id": DEMO_DOMAIN_ID}}, {"domain": {"name": DEMO_DOMAIN}}])
    def test_account_scope_is_none_for_hss(self, scope: Any) -> None:
        with cloud() as sim:
            answer = create(sim, by_password(scope))
            token = token_of(answer)
            assert at_hss(sim, token).json()["error_code"] == "00000010"
            assert ids(sim, "domains", token) == [DEMO_DOMAIN_ID]
        assert answer.json()["token"]["domain"] == {"id": DEMO_DOMAIN_ID, "name": DEMO_DOMAIN}
        assert "project" not in answer.json()["token"]

    def test_of_another_region(self) -> None:
        with cloud() as sim:
            token = token_of(create(sim, by_password()))
            assert at_hss(sim, token, prefix=f"/regions/{DEMO_REGION}").status_code == 200
            for wanted in (DEMO_PROJECT_ID, OTHER):
                answer = at_hss(sim, token, wanted, "/regions/cn-south-1")
                assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0307")

    def test_grants_are_those_of_the_user(self) -> None:
        grants = {"projects": [DEMO_PROJECT_ID], "enterprise_projects": ["x"], "may_list_projects": False}
        with cloud(users=[user(**grants)]) as sim:
            token = token_of(create(sim, by_password()))
            assert ids(sim, "projects", token) == [DEMO_PROJECT_ID]
            assert at_hss(sim, token).json()["error_code"] == "HSS.0013"
            assert call(f"{sim.http_url}/v3/projects", token).status_code == 403
            assert error_of(create(sim, by_password({"project": {"id": OTHER}}))) == (403, "Forbidden")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"password": "wrong"},
            {"password": "wr\udc80ng"},
            {"name": "nobody"},
            {"domain": {"name": "account-nowhere"}},
            {"domain": {"id": "nowhere"}},
            {"domain": {"name": "account-d2"}},
        ],
    )
    def test_unauthorized(self, wrong: Any) -> None:
        with cloud() as sim:
            answer = create(sim, by_password(**wrong))
        assert error_of(answer) == (401, "Unauthorized")
        assert "X-Subject-Token" not in answer.headers

    @pytest.mark.parametrize("state", ["locked", "disabled"])
    def test_locked_or_disabled(self, state: str) -> None:
        with cloud(users=[user(**{state: True})]) as sim:
            answer = create(sim, by_password())
        assert error_of(answer) == (401, "Unauthorized")
        assert state in answer.json()["error"]["message"]

    def test_locked_by_five_wrong_passwords(self) -> None:
        with cloud() as sim:
            for _try in range(5):
                assert "locked" not in create(sim, by_password(password="wrong")).text
            answer = create(sim, by_password())
            assert error_of(answer) == (401, "Unauthorized")
            assert "locked" in answer.json()["error"]["message"]
            sim.clock_offset += 15 * 60 + 1
            assert create(sim, by_password()).status_code == 201

    def test_a_right_password_forgives_the_wrong_ones(self) -> None:
        with cloud() as sim:
            for _round in range(2):
                for _try in range(4):
                    create(sim, by_password(password="wrong"))
                assert create(sim, by_password()).status_code == 201

    def test_reset_unlocks_and_keeps_tokens(self) -> None:
        with cloud() as sim:
            token = token_of(create(sim, by_password()))
            for _try in range(5):
                create(sim, by_password(password="wrong"))
            sim.reset()
            assert create(sim, by_password()).status_code == 201
            assert at_hss(sim, token).status_code == 200

    @pytest.mark.parametrize(
        ("scope", "expected"),
        [
            ({"project": {"name": "nowhere"}}, (404, "Not Found")),
            ({"project": {"id": "nowhere"}}, (404, "Not Found")),
            ({"project": {"name": "cn-east-3"}}, (404, "Not Found")),
            ({"project": {"name": DEMO_REGION, "domain": {"name": "nobody"}}}, (404, "Not Found")),
            ({"domain": {"name": "nobody"}}, (404, "Not Found")),
            ({"domain": {"id": "d2"}}, (403, "Forbidden")),
            ({}, (400, "Bad Request")),
            ({"project": {}}, (400, "Bad Request")),
            ({"project": DEMO_REGION}, (400, "Bad Request")),
        ],
    )
    def test_wrong_scope(self, scope: Any, expected: tuple[int, str]) -> None:
        with cloud() as sim:
            assert error_of(create(sim, by_password(scope))) == expected

    @pytest.mark.parametrize(
        "body",
        [
            [],
            {},
            {"auth": {"identity": {}}},
            {"auth": {"identity": {"methods": "password"}}},
            auth("totp", {}),
            auth("password", {"user": {"name": DEMO_USER, "password": DEMO_PASSWORD}}),
            auth("password", {"user": {"name": DEMO_USER, "password": 7, "domain": {"name": DEMO_DOMAIN}}}),
        ],
    )
    def test_malformed(self, body: Any) -> None:
        with cloud() as sim:
            assert error_of(create(sim, body)) == (400, "Bad Request")

    def test_no_json(self) -> None:
        with cloud() as sim:
            answer = call(f"{sim.http_url}/v3/auth/tokens", method="POST", data=b"auth=\xff")
            assert error_of(answer) == (400, "Bad Request")


class TestByAgency:
    @pytest.mark.parametrize("account", [{"domain_id": DEMO_DOMAIN_ID}, {"domain_name": DEMO_DOMAIN}])
    @pytest.mark.parametrize("key", ["agency_name", "xrole_name"])
    def test_answer(self, account: dict[str, str], key: str) -> None:
        grants = {"projects": [OTHER], "trusts": ["d2"]}
        with cloud(agencies=[agency(**grants)], access_key={"domain_id": "d2"}) as sim:
            body = by_agency({"project": {"name": "cn-south-1"}}, **{key: DEMO_AGENCY}, **account)
            answer = post_signed(f"{sim.http_url}/v3/auth/tokens", body)
            token = token_of(answer)
            assert at_hss(sim, token, OTHER).status_code == 200
            assert ids(sim, "projects", token) == [OTHER]
            assert ids(sim, "domains", token) == [DEMO_DOMAIN_ID]
        described = answer.json()["token"]
        assert described["methods"] == ["assume_role"]
        assert described["user"]["name"] == f"{DEMO_DOMAIN}/{DEMO_AGENCY}"
        assert described["assumed_by"]["user"]["domain"]["id"] == "d2"
        assert described["project"]["id"] == OTHER

    def test_with_a_token(self) -> None:
        with cloud() as sim:
            caller = token_of(create(sim, by_password()))
            assert at_hss(sim, token_of(create(sim, by_agency(), headers=caller))).status_code == 200

    @pytest.mark.parametrize(
        ("role", "expected"),
        [
            ({"agency_name": "unknown", "domain_name": DEMO_DOMAIN}, (404, "Not Found")),
            ({"agency_name": DEMO_AGENCY, "domain_name": "unknown"}, (404, "Not Found")),
            ({"agency_name": DEMO_AGENCY, "domain_id": "d2"}, (404, "Not Found")),
            ({"agency_name": DEMO_AGENCY}, (400, "Bad Request")),
            ({"domain_id": DEMO_DOMAIN_ID}, (400, "Bad Request")),
        ],
    )
    def test_refused(self, role: dict[str, str], expected: tuple[int, str]) -> None:
        with cloud() as sim:
            assert error_of(create(sim, by_agency(**role), headers={"X-Auth-Token": DEMO_TOKEN})) == expected

    def test_not_trusted(self) -> None:
        with cloud(agencies=[agency(trusts=["d2"])]) as sim:
            answer = create(sim, by_agency(), headers={"X-Auth-Token": DEMO_TOKEN})
        assert error_of(answer) == (403, "Forbidden")

    def test_needs_a_caller(self) -> None:
        with cloud() as sim:
            assert error_of(create(sim, by_agency())) == (401, "Unauthorized")
            assert error_of(create(sim, by_agency(), headers={"X-Auth-Token": "x"})) == (401, "Unauthorized")
            answer = post_signed(f"{sim.http_url}/v3/auth/tokens", by_agency(), sk="wrong")
        assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0301")


class TestByToken:
    def test_another_scope(self) -> None:
        with cloud() as sim:
            first = token_of(create(sim, by_password()))
            answer = create(sim, auth("token", {"id": first["X-Auth-Token"]}, {"project": {"id": OTHER}}))
            assert at_hss(sim, token_of(answer), OTHER).status_code == 200
            assert at_hss(sim, first).status_code == 200
        assert answer.json()["token"]["methods"] == ["token"]

    def test_does_not_outlive_the_first(self) -> None:
        with cloud() as sim:
            first = create(sim, by_password())
            sim.clock_offset += 1000
            second = create(sim, auth("token", {"id": token_of(first)["X-Auth-Token"]}, HERE))
        assert second.json()["token"]["expires_at"] == first.json()["token"]["expires_at"]

    def test_of_the_scenario(self) -> None:
        with cloud() as sim:
            assert at_hss(sim, token_of(create(sim, auth("token", {"id": DEMO_TOKEN}, HERE)))).status_code == 200

    def test_unknown(self) -> None:
        with cloud() as sim:
            assert error_of(create(sim, auth("token", {"id": "unknown"}, HERE))) == (401, "Unauthorized")


class TestValidation:
    def validate(self, sim: Simulator, token: str, subject: str | None, query: str = "") -> Any:
        headers = {"X-Auth-Token": token}
        if subject is not None:
            headers["X-Subject-Token"] = subject
        return call(f"{sim.http_url}/v3/auth/tokens{query}", headers)

    def test_same_body(self) -> None:
        with cloud() as sim:
            created = create(sim, by_password())
            token = created.headers["X-Subject-Token"]
            answer = self.validate(sim, token, token)
            without = self.validate(sim, token, token, "?nocatalog=1")
        assert (answer.status_code, answer.json()) == (200, created.json())
        assert answer.headers["X-Subject-Token"] == token
        assert "catalog" not in without.json()["token"]

    @pytest.mark.parametrize("subject", [None, "unknown"])
    def test_wrong_subject(self, subject: str | None) -> None:
        with cloud() as sim:
            assert error_of(self.validate(sim, DEMO_TOKEN, subject)) == (400, "Bad Request")
            assert error_of(self.validate(sim, "unknown", DEMO_TOKEN)) == (401, "Unauthorized")

    def test_token_of_the_scenario(self) -> None:
        with cloud() as sim:
            assert "domain" in self.validate(sim, DEMO_TOKEN, DEMO_TOKEN).json()["token"]
        with cloud(token={"projects": [OTHER]}) as sim:
            described = self.validate(sim, DEMO_TOKEN, DEMO_TOKEN).json()["token"]
            assert sim.issued == []
        assert described["project"]["id"] == OTHER


class TestByIdToken:
    def create(self, sim: Simulator, id_token: str = DEMO_ID_TOKEN, idp: str | None = DEMO_IDP, **auth: Any) -> Any:
        body = {"auth": {"id_token": {"id": id_token}, **auth}}
        return post(f"{sim.http_url}/v3.0/OS-AUTH/id-token/tokens", body, {} if idp is None else {"X-Idp-Id": idp})

    def test_unscoped(self) -> None:
        with cloud() as sim:
            answer = self.create(sim)
            token = token_of(answer)
            assert at_hss(sim, token).json()["error_code"] == "00000010"
            assert ids(sim, "projects", token) == [DEMO_PROJECT_ID, OTHER, "p3"]
            assert ids(sim, "domains", token) == [DEMO_DOMAIN_ID]
            scoped = create(sim, auth("token", {"id": token["X-Auth-Token"]}, HERE))
            assert at_hss(sim, token_of(scoped)).status_code == 200
        described = answer.json()["token"]
        assert described["methods"] == ["mapped"]
        assert described["user"]["OS-FEDERATION"]["identity_provider"] == {"id": DEMO_IDP}
        assert not {"project", "domain", "roles", "catalog"} & set(described)

    def test_scoped(self) -> None:
        with cloud() as sim:
            assert at_hss(sim, token_of(self.create(sim, scope=HERE))).status_code == 200

    @pytest.mark.parametrize(
        ("options", "status", "code"),
        [
            ({"id_token": "wrong"}, 401, "IAM.0001"),
            ({"id_token": "old"}, 401, "IAM.0001"),
            ({"idp": "unknown"}, 404, "IAM.0004"),
            ({"idp": None}, 400, "IAM.0072"),
            ({"id_token": ""}, 400, "IAM.0011"),
            ({"scope": {"project": {"name": "nowhere"}}}, 404, "IAM.0004"),
        ],
    )
    def test_refused(self, options: Any, status: int, code: str) -> None:
        id_tokens = [{"id_token": DEMO_ID_TOKEN}, {"id_token": "old", "expired": True}]
        with cloud(identity_providers=[identity_provider(id_tokens=id_tokens)]) as sim:
            answer = self.create(sim, **options)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code)
        assert set(answer.json()) == {"error_code", "error_msg"}


class TestLifetime:
    def test_a_day(self) -> None:
        with cloud() as sim:
            token = token_of(create(sim, by_password()))
            sim.clock_offset += DAY - 100
            assert at_hss(sim, token).status_code == 200
            sim.clock_offset += 100
            answer = at_hss(sim, token)
            assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0301")
            assert "decrypt token fail" in answer.text
            assert error_of(call(f"{sim.http_url}/v3/auth/projects", token)) == (401, "Unauthorized")

    def test_shortened_by_the_scenario(self) -> None:
        with cloud(issued_lifetime=100) as sim:
            token = token_of(create(sim, by_password()))
            sim.clock_offset += 100
            assert at_hss(sim, token).status_code == 401
            sim.issued_lifetime = None
            token = token_of(create(sim, by_password()))
            sim.clock_offset += DAY - 100
            assert at_hss(sim, token).status_code == 200

    def test_expire_issued(self) -> None:
        with cloud() as sim:
            token = token_of(create(sim, by_password()))
            sim.expire_issued()
            assert "decrypt token fail" in at_hss(sim, token).text
            assert at_hss(sim, token_of(create(sim, by_password()))).status_code == 200
            assert at_hss(sim, {"X-Auth-Token": DEMO_TOKEN}).status_code == 200
            assert len(set(sim.issued)) == 2

    def test_must_be_updated(self) -> None:
        with cloud() as sim:
            token = token_of(create(sim, by_password()))
            sim.outdate_tokens()
            answer = at_hss(sim, token)
            assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0307")
            assert "must be updated" in answer.json()["error_msg"]
            assert error_of(call(f"{sim.http_url}/v3/auth/projects", token)) == (401, "Unauthorized")
            assert at_hss(sim, token_of(create(sim, by_password()))).status_code == 200
