# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's temporary access keys: of IAM and of STS."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator import (
    DEMO_AGENCY,
    DEMO_AGENCY_URN,
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_DOMAIN_ID,
    DEMO_ID_TOKEN,
    DEMO_IDP,
    DEMO_IDP_URN,
    DEMO_PROJECT_ID,
    DEMO_TOKEN,
    Simulator,
    agency,
    identity_provider,
    project,
    scenario,
)
from tests.simulator.calls import call, post, post_signed, signed

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
STATISTICS = f"/v5/{DEMO_PROJECT_ID}/container/cluster/statistics"
KEYS = "/v3.0/OS-CREDENTIAL/securitytokens"
TOKEN = {"X-Auth-Token": DEMO_TOKEN}
ROLE = {"agency_name": DEMO_AGENCY, "domain_name": DEMO_DOMAIN}


def cloud(**others: Any) -> Simulator:
    projects = [project(), project(project_id="p2", region="cn-east-3", domain_id="d2")]
    options = {"agencies": [agency()], "identity_providers": [identity_provider()], **others}
    return Simulator(scenario(projects=projects, **options))


def body(method: str, **content: Any) -> dict[str, Any]:
    return {"auth": {"identity": {"methods": [method], method: content}}}


def get_with(sim: Simulator, key: dict[str, str], path: str = STATISTICS) -> Any:
    ak, sk, token = (key[name] for name in ("access", "secret", "securitytoken"))
    url = sim.http_url + path
    return call(url, signed(url, ak=ak, sk=sk, security_token=token, when=sim.now()))


def refused(answer: Any) -> bool:
    return answer.status_code == 401 and "ak not exist" in answer.text


class TestByAgency:
    @pytest.mark.parametrize("account", [{"domain_name": DEMO_DOMAIN}, {"domain_id": DEMO_DOMAIN_ID}])
    def test_answer(self, account: dict[str, str]) -> None:
        grants = {"projects": [DEMO_PROJECT_ID], "trusts": ["d2"], "may_list_projects": False}
        with cloud(agencies=[agency(**grants)], access_key={"domain_id": "d2"}) as sim:
            content = {"agency_name": DEMO_AGENCY, **account}
            answer = post_signed(sim.http_url + KEYS, body("assume_role", **content))
            key = answer.json()["credential"]
            assert get_with(sim, key).status_code == 200
            assert get_with(sim, key, "/v3/projects").status_code == 403
            domains = get_with(sim, key, "/v3/auth/domains").json()["domains"]
            assert sim.issued == [key["secret"], key["securitytoken"]]
        assert answer.status_code == 201
        assert set(key) == {"access", "secret", "securitytoken", "expires_at"}
        assert TIME.fullmatch(key["expires_at"])
        assert [d["id"] for d in domains] == [DEMO_DOMAIN_ID]

    def test_with_a_token(self) -> None:
        with cloud() as sim:
            answer = post(sim.http_url + KEYS, body("assume_role", **ROLE), TOKEN)
            assert get_with(sim, answer.json()["credential"]).status_code == 200

    def test_needs_its_security_token(self) -> None:
        with cloud() as sim:
            key = post(sim.http_url + KEYS, body("assume_role", **ROLE), TOKEN).json()["credential"]
            url = sim.http_url + STATISTICS
            assert refused(call(url, signed(url, ak=key["access"], sk=key["secret"])))
            answer = call(url, {"X-Auth-Token": key["securitytoken"]})
            assert (answer.status_code, "decrypt token fail" in answer.text) == (401, True)

    @pytest.mark.parametrize(("requested", "lifetime"), [({}, 900), ({"duration_seconds": 86400}, 86400)])
    def test_duration(self, requested: dict[str, int], lifetime: int) -> None:
        with cloud() as sim:
            key = post(sim.http_url + KEYS, body("assume_role", **ROLE, **requested), TOKEN).json()["credential"]
            sim.clock_offset += lifetime - 100
            assert get_with(sim, key).status_code == 200
            sim.clock_offset += 100
            assert refused(get_with(sim, key))

    def test_shortened(self) -> None:
        with cloud(issued_lifetime=100) as sim:
            key = post(sim.http_url + KEYS, body("assume_role", **ROLE), TOKEN).json()["credential"]
            sim.clock_offset += 100
            assert refused(get_with(sim, key))

    def test_expire_issued(self) -> None:
        with cloud() as sim:
            key = post(sim.http_url + KEYS, body("assume_role", **ROLE), TOKEN).json()["credential"]
            sim.expire_issued()
            assert refused(get_with(sim, key))

    @pytest.mark.parametrize("duration", [899, 86401, "900", True, None])
    @pytest.mark.parametrize("method", ["assume_role", "token"])
    def test_wrong_duration(self, method: str, duration: Any) -> None:
        content = {"duration_seconds": duration, **(ROLE if method == "assume_role" else {"id": DEMO_TOKEN})}
        with cloud() as sim:
            answer = post(sim.http_url + KEYS, body(method, **content), TOKEN)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "IAM.0007")
        assert set(answer.json()) == {"error_code", "error_msg"}

    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            ({**ROLE, "agency_name": "unknown"}, 404, "IAM.0004"),
            ({**ROLE, "domain_name": "unknown"}, 404, "IAM.0004"),
            ({"agency_name": DEMO_AGENCY}, 400, "IAM.0011"),
        ],
    )
    def test_unknown(self, content: dict[str, str], status: int, code: str) -> None:
        with cloud() as sim:
            answer = post(sim.http_url + KEYS, body("assume_role", **content), TOKEN)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code)

    def test_not_trusted(self) -> None:
        with cloud(agencies=[agency(trusts=["d2"])], token={"domain_id": "d3"}) as sim:
            answer = post(sim.http_url + KEYS, body("assume_role", **ROLE), TOKEN)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "IAM.0003")

    def test_needs_a_caller(self) -> None:
        with cloud() as sim:
            answer = post(sim.http_url + KEYS, body("assume_role", **ROLE))
        assert (answer.status_code, answer.json()["error_code"]) == (401, "IAM.0001")

    def test_other_methods(self) -> None:
        with cloud() as sim:
            answer = post(sim.http_url + KEYS, body("password"), TOKEN)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "IAM.0011")


class TestByToken:
    @pytest.mark.parametrize(
        ("content", "headers"), [({"id": DEMO_TOKEN}, {}), ({}, TOKEN), ({"duration_seconds": 900}, TOKEN)]
    )
    def test_answer(self, content: dict[str, Any], headers: dict[str, str]) -> None:
        with cloud(token={"projects": ["p2"]}) as sim:
            answer = post(sim.http_url + KEYS, body("token", **content), headers)
            key = answer.json()["credential"]
            assert answer.status_code == 201
            assert get_with(sim, key).json()["error_code"] == "00000010"
            assert get_with(sim, key, "/v5/p2/container/cluster/statistics").status_code == 200

    def test_of_an_unscoped_token(self) -> None:
        with cloud() as sim:
            path = "/v3.0/OS-AUTH/id-token/tokens"
            answer = post(sim.http_url + path, {"auth": {"id_token": {"id": DEMO_ID_TOKEN}}}, {"X-Idp-Id": DEMO_IDP})
            token = answer.headers["X-Subject-Token"]
            key = post(sim.http_url + KEYS, body("token", id=token)).json()["credential"]
            assert get_with(sim, key).status_code == 200

    @pytest.mark.parametrize("content", [{}, {"id": "unknown"}])
    def test_refused(self, content: dict[str, str]) -> None:
        with cloud() as sim:
            answer = post(sim.http_url + KEYS, body("token", **content))
        assert (answer.status_code, answer.json()["error_code"]) == (401, "IAM.0001")


class TestSts:
    ASSUME = {"agency_urn": DEMO_AGENCY_URN, "agency_session_name": "ansible"}
    WITH_OIDC = {**ASSUME, "provider_urn": DEMO_IDP_URN, "id_token": DEMO_ID_TOKEN}

    @staticmethod
    def key_of(answer: Any) -> dict[str, str]:
        assert answer.status_code == 200, answer.text
        found = answer.json()["credentials"]
        assert set(found) == {"access_key_id", "secret_access_key", "security_token", "expiration"}
        assert TIME.fullmatch(found["expiration"])
        return dict(zip(("access", "secret", "securitytoken"), list(found.values())[:3], strict=True))

    @staticmethod
    def code_of(answer: Any) -> tuple[int, set[str]]:
        return answer.status_code, set(answer.json())

    def test_assume(self) -> None:
        with cloud() as sim:
            answer = post_signed(f"{sim.http_url}/v5/agencies/assume", self.ASSUME)
            assert get_with(sim, self.key_of(answer)).status_code == 200
            assert sim.requests[0].service == "STS"
            assert answer.headers["X-Request-Id"] == sim.requests[0].request_id
        assert answer.json()["source_identity"] == ""
        assert answer.json()["assumed_agency"]["urn"] == f"sts::d1:assumed-agency:{DEMO_AGENCY}/ansible"

    @pytest.mark.parametrize(("requested", "lifetime"), [({}, 3600), ({"duration_seconds": 43200}, 43200)])
    def test_duration(self, requested: dict[str, int], lifetime: int) -> None:
        with cloud() as sim:
            key = self.key_of(post_signed(f"{sim.http_url}/v5/agencies/assume", {**self.ASSUME, **requested}))
            sim.clock_offset += lifetime - 100
            assert get_with(sim, key).status_code == 200
            sim.clock_offset += 100
            assert refused(get_with(sim, key))

    def test_chained(self) -> None:
        with cloud() as sim:
            url = f"{sim.http_url}/v5/agencies/assume"
            key = self.key_of(post_signed(url, self.ASSUME))
            who = {"ak": key["access"], "sk": key["secret"], "security_token": key["securitytoken"]}
            assert get_with(sim, self.key_of(post_signed(url, self.ASSUME, **who))).status_code == 200
            assert post_signed(url, {**self.ASSUME, "duration_seconds": 3601}, **who).status_code == 400

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"agency_urn": "iam::d1:agency:unknown"}, 404),
            ({"agency_urn": None}, 400),
            ({"agency_session_name": "x"}, 400),
            ({"duration_seconds": 43201}, 400),
        ],
    )
    def test_refused(self, change: dict[str, Any], status: int) -> None:
        with cloud() as sim:
            answer = post_signed(f"{sim.http_url}/v5/agencies/assume", {**self.ASSUME, **change})
        assert self.code_of(answer) == (status, {"error_code", "error_msg", "request_id"})

    def test_not_trusted(self) -> None:
        with cloud(agencies=[agency(trusts=["d2"])]) as sim:
            assert post_signed(f"{sim.http_url}/v5/agencies/assume", self.ASSUME).status_code == 403
            assert post(f"{sim.http_url}/v5/agencies/assume-with-oidc", self.WITH_OIDC).status_code == 403

    @pytest.mark.parametrize("headers", [TOKEN, {}])
    def test_takes_signatures_only(self, headers: dict[str, str]) -> None:
        with cloud() as sim:
            for answer in (
                post(f"{sim.http_url}/v5/agencies/assume", self.ASSUME, headers),
                call(f"{sim.http_url}/v5/caller-identity", headers),
            ):
                assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0301")

    def test_caller_identity(self) -> None:
        with cloud(access_key={"domain_id": "d2"}) as sim:
            path = "/v5/caller-identity"
            own = call(sim.http_url + path, signed(sim.http_url + path)).json()
            key = self.key_of(post_signed(f"{sim.http_url}/v5/agencies/assume", self.ASSUME))
            assumed = get_with(sim, key, path).json()
        assert set(own) == {"account_id", "principal_urn", "principal_id"}
        assert (own["account_id"], own["principal_urn"]) == ("d2", "iam::d2:user:user")
        assert assumed["account_id"] == "d1"
        assert assumed["principal_urn"] == f"sts::d1:assumed-agency:{DEMO_AGENCY}/ansible"
        assert assumed["principal_id"].endswith(":ansible")

    def test_with_oidc(self) -> None:
        with cloud(agencies=[agency(trusts=[DEMO_IDP])]) as sim:
            answer = post(f"{sim.http_url}/v5/agencies/assume-with-oidc", self.WITH_OIDC)
            assert get_with(sim, self.key_of(answer)).status_code == 200
        assert answer.json()["provider"] == DEMO_IDP_URN
        assert {"audience", "subject_from_id_token", "assumed_agency"} < set(answer.json())

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"id_token": "wrong"}, 401),
            ({"id_token": "abc"}, 400),
            ({"provider_urn": "iam::d1:oidcProvider:unknown"}, 404),
            ({"agency_urn": "iam::d2:agency:" + DEMO_AGENCY}, 404),
            ({"duration_seconds": 899}, 400),
        ],
    )
    def test_with_oidc_refused(self, change: dict[str, Any], status: int) -> None:
        with cloud() as sim:
            answer = post(f"{sim.http_url}/v5/agencies/assume-with-oidc", {**self.WITH_OIDC, **change})
        assert self.code_of(answer) == (status, {"error_code", "error_msg", "request_id"})


def test_issued_values_are_no_words() -> None:
    with cloud() as sim:
        for _try in range(3):
            post(sim.http_url + KEYS, body("assume_role", **ROLE), TOKEN)
            post_signed(f"{sim.http_url}/v3/auth/tokens", body("assume_role", **ROLE))
        issued = sim.issued
    assert len(set(issued)) == len(issued) == 9
    assert all(len(value) >= 40 and value.isascii() for value in issued)
    assert DEMO_AK not in issued
