# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test credentials: what they add to a request, when they are fetched and renewed, and that they hide secrets.

Which credential is taken is in test_credentials.py.
"""

from __future__ import annotations

import datetime
import json
import pathlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.iam import AUTH_PROJECTS
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.chain import register_secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.credentials import KeyPair, Token
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.temporary_keys import (
    IssuedKeys,
    TemporaryKeys,
    read_time,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import (
    HssError,
    InvalidResponseError,
    RefusedError,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Request
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import cluster_statistics

from tests.credential_matrix import pieces
from tests.simulator import (
    DEMO_AGENCY,
    DEMO_AGENCY_URN,
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_ID_TOKEN,
    DEMO_IDP_URN,
    DEMO_PASSWORD,
    DEMO_PROJECT_ID,
    DEMO_SK,
    DEMO_USER,
    Simulator,
    agency,
    identity_provider,
    scenario,
    user,
)

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
REQUEST = Request("GET", "https://hss.example.com/v5/p", {}, project_id="p")
KEYS = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
USER = {"username": DEMO_USER, "password": DEMO_PASSWORD, "domain_name": DEMO_DOMAIN}
AGENCY = {"agency_name": DEMO_AGENCY, "agency_domain_name": DEMO_DOMAIN}
TOKENS = "/v3/auth/tokens"
SECURITY_TOKENS = "/v3.0/OS-CREDENTIAL/securitytokens"
OIDC = "/v5/agencies/assume-with-oidc"


SCENARIO = scenario(users=[user()], agencies=[agency()], identity_providers=[identity_provider()])
pytestmark = pytest.mark.usefixtures("no_sleep")


def client(sim: Simulator, secrets: Secrets, **options: Any) -> Client:
    defaults = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    place = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url, "max_retries": 0}
    return Client({**defaults, **place, **options}, {}, secrets)


def oidc_client(sim: Simulator, secrets: Secrets, **environ: str) -> Client:
    defaults = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    place = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url, "max_retries": 0}
    urns = {"HUAWEICLOUD_OIDC_PROVIDER_URN": DEMO_IDP_URN, "HUAWEICLOUD_OIDC_AGENCY_URN": DEMO_AGENCY_URN}
    return Client({**defaults, **place}, {**urns, "HUAWEICLOUD_SDK_STS_ENDPOINT": sim.http_url, **environ}, secrets)


def ask(client: Client) -> Dict[str, Any]:
    return cluster_statistics(client, {})


def asked(sim: Simulator, path: str) -> int:
    return len([request for request in sim.requests if request.path == path])


def test_one_kind_of_authentication_is_sent() -> None:
    assert Token("t").authorise(REQUEST, NOW) == {"X-Auth-Token": "t"}
    signed = KeyPair("a", "s", "st").authorise(REQUEST, NOW)
    assert set(signed) == {"Host", "X-Sdk-Date", "X-Project-Id", "X-Security-Token", "Authorization"}


def test_iam_calls_carry_no_project() -> None:
    assert "X-Project-Id" not in KeyPair("a", "s").authorise(REQUEST._replace(project_id=None), NOW)


def test_every_secret_is_registered_chosen_or_not() -> None:
    options = ("auth_token", "access_key", "secret_key", "security_token", "password")
    variables = ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_AUTH_TOKEN")
    variables += ("HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN", "HW_USER_PASSWORD")
    values = {name: f"value-of-{name}" for name in (*options, *variables)}
    secrets = Secrets()
    register_secrets({name: values[name] for name in options}, {name: values[name] for name in variables}, secrets)
    shown = secrets.redact(" ".join(values.values()))
    assert "value-of" not in shown


def test_a_credential_does_not_show_its_secret(sim: Simulator) -> None:
    secrets = Secrets()
    for options in ({"auth_token": "secret-token-1"}, KEYS, USER, {**KEYS, **AGENCY}):
        made = client(sim, secrets, **options).credential
        for secret in ("secret-token-1", DEMO_SK, DEMO_PASSWORD):
            assert secret not in repr(made) + str(made)


class Fetches:
    """Hands out keys that live for an hour after NOW, and counts."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> IssuedKeys:
        self.number += 1
        return IssuedKeys(KeyPair(f"ak{self.number}", "s", "st"), NOW + datetime.timedelta(hours=self.number))


def test_keys_are_fetched_at_first_use_and_when_their_end_is_near() -> None:
    fetch = Fetches()
    keys = TemporaryKeys(fetch)
    assert fetch.number == 0
    for minutes, number in ((0, 1), (54, 1), (55, 2), (100, 2), (115, 3)):
        headers = keys.authorise(REQUEST, NOW + datetime.timedelta(minutes=minutes))
        assert f"Access=ak{number}," in headers["Authorization"], minutes


def test_many_concurrently_fetch_once() -> None:
    fetch = Fetches()
    keys = TemporaryKeys(fetch)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _number: keys.authorise(REQUEST, NOW), range(64)))
    assert fetch.number == 1


@pytest.mark.parametrize(
    "text,read",
    [
        ("2026-01-02T03:04:05.678000Z", NOW.replace(microsecond=678000)),
        ("2026-01-02T03:04:05Z", NOW),
        ("tomorrow", None),
        ("", None),
        (None, None),
    ],
)
def test_time_of_the_end(text: Any, read: Any) -> None:
    assert read_time(text) == read


def test_a_password_token_is_fetched_once_for_each_project(sim: Simulator) -> None:
    asking = client(sim, Secrets(), **USER)
    for _time in range(3):
        ask(asking)
    # The project's name is resolved anew by each query(); its token is there.
    assert len({r.headers["x-auth-token"] for r in sim.requests if r.service == "HSS"}) <= 3
    sim.reset()
    asking = client(sim, Secrets(), project_id=DEMO_PROJECT_ID, **USER)
    for _time in range(3):
        ask(asking)
    assert asked(sim, TOKENS) == 1


def test_a_token_that_must_be_updated_is_renewed_once(sim: Simulator) -> None:
    asking = client(sim, Secrets(), project_id=DEMO_PROJECT_ID, **USER)
    ask(asking)
    sim.outdate_tokens()
    assert ask(asking)["complete"]
    assert asked(sim, TOKENS) == 2
    sim.inject({"service": "HSS", "status": 401, "body": {"error_code": "APIGW.0307", "error_msg": "x"}})
    with pytest.raises(RefusedError):
        ask(asking)
    assert asked(sim, TOKENS) == 3


def test_keys_of_an_agency_are_renewed_at_their_end(sim: Simulator) -> None:
    asking = client(sim, Secrets(), **KEYS, **AGENCY)
    sim.issued_lifetime = 60  # less than what is asked for: every request finds them at their end
    ask(asking)
    assert asked(sim, SECURITY_TOKENS) == 2, "one for IAM's list of projects, one for HSS"
    sim.reset()
    sim.issued_lifetime = None
    ask(asking)
    ask(asking)
    assert asked(sim, SECURITY_TOKENS) == 1


def test_the_token_for_sts_is_read_again_at_the_end_of_its_keys(sim: Simulator, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "token"
    file.write_text(DEMO_ID_TOKEN)
    secrets = Secrets()
    asking = oidc_client(sim, secrets, HUAWEICLOUD_OIDC_TOKEN_FILE=str(file))
    sim.issued_lifetime = 60  # less than what is asked for: every request finds the keys at their end
    ask(asking)
    file.write_text("the-next-token-of-the-job")
    with pytest.raises(RefusedError) as caught:
        ask(asking)
    assert [json.loads(r.body)["id_token"] for r in sim.requests if r.path == OIDC] == [
        DEMO_ID_TOKEN,
        DEMO_ID_TOKEN,
        "the-next-token-of-the-job",
    ]
    assert caught.value.operation == "AssumeAgencyWithOIDC"
    assert secrets.redact(f"{DEMO_ID_TOKEN} the-next-token-of-the-job") == "******** ********"


def test_what_is_asked_of_sts_for_an_identity(sim: Simulator) -> None:
    narrowed = {
        "SESSION_NAME": "gate-7",
        "DURATION_SECONDS": "900",
        "POLICY": '{"Version": "5.0"}',
        "POLICY_IDS": "a, ,b",
    }
    for more, expected in (
        ({}, {"agency_session_name": "oidc-sts-session", "duration_seconds": 3600}),
        (
            {f"HUAWEICLOUD_OIDC_{name}": value for name, value in narrowed.items()},
            {
                "agency_session_name": "gate-7",
                "duration_seconds": 900,
                "policy": '{"Version": "5.0"}',
                "policy_ids": ["a", "b"],
            },
        ),
    ):
        sim.reset()
        ask(oidc_client(sim, Secrets(), HUAWEICLOUD_OIDC_ID_TOKEN=DEMO_ID_TOKEN, **more))
        request = next(request for request in sim.requests if request.path == OIDC)
        urns = {"provider_urn": DEMO_IDP_URN, "agency_urn": DEMO_AGENCY_URN}
        assert json.loads(request.body) == {**urns, "id_token": DEMO_ID_TOKEN, **expected}
        assert "authorization" not in request.headers and "x-auth-token" not in request.headers


def test_an_sts_that_nobody_chose_is_named(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing listens there: no STS answers.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    options = {
        "agency_name": DEMO_AGENCY,
        "agency_domain_id": "d1",
        "iam_endpoint": None,
        "project_id": DEMO_PROJECT_ID,
    }
    with pytest.raises(HssError) as caught:
        ask(client(sim, Secrets(), **KEYS, **options))
    assert "set HUAWEICLOUD_SDK_STS_ENDPOINT to that of another region" in str(caught.value.as_result()["msg"])
    assert caught.value.service == "STS"


def test_what_is_fetched_is_registered_before_its_use(sim: Simulator) -> None:
    for options in (USER, {**KEYS, **AGENCY}):
        secrets = Secrets()
        sim.inject({"service": "HSS", "echo_secrets": True, "times": 1})
        with pytest.raises(RefusedError) as caught:
            ask(client(sim, secrets, **options))
        assert sim.issued
        assert not [piece for piece in pieces(sim) if piece in caught.value.message]


BAD_EXCHANGES: List[Dict[str, Any]] = [
    {"status": 201, "body": {}},
    {"status": 201, "body": []},
    {"status": 201, "body": {"token": "x"}, "headers": {"X-Subject-Token": ""}},
    {"status": 201, "body": {"token": {}}, "headers": {"X-Subject-Token": "a b"}},
    {"status": 201, "body": {"credential": {"access": "a", "secret": "s"}}},
    {"status": 201, "body": {"credential": {"access": "a", "secret": "s", "securitytoken": ""}}},
    {"status": 201, "body": {"credential": {"access": "a b", "secret": "s", "securitytoken": "t"}}},
    {"status": 201, "body": {"credential": {"access": 1, "secret": "s", "securitytoken": "t"}}},
    {"status": 202, "body": {}},
    {"html": True},
    {"error_in_200": True},
    {"redirect": "https://example.com/"},
    {"truncate": 20},
]


@pytest.mark.parametrize("fault", BAD_EXCHANGES, ids=str)
@pytest.mark.parametrize(
    "options,path", [(USER, TOKENS), ({**KEYS, **AGENCY}, SECURITY_TOKENS)], ids=["user", "agency"]
)
def test_a_bad_exchange_is_an_error_that_names_it(
    sim: Simulator, options: Dict[str, str], path: str, fault: Dict[str, Any]
) -> None:
    sim.inject({**fault, "path": path})
    with pytest.raises(HssError) as caught:
        ask(client(sim, Secrets(), **options))
    result = caught.value.as_result()
    assert result["service"] == "IAM"
    assert result["operation"] in ("KeystoneCreateUserTokenByPassword", "CreateTemporaryAccessKeyByAgency")
    assert caught.value.__context__ is None
    assert not [request for request in sim.requests if request.service == "HSS"]


def test_a_token_of_another_project_is_not_used(sim: Simulator) -> None:
    body = {"token": {"project": {"id": "another", "name": "cn-north-4"}}}
    sim.inject({"path": TOKENS, "status": 201, "body": body, "headers": {"X-Subject-Token": "long-token-value"}})
    with pytest.raises(InvalidResponseError, match="another project"):
        ask(client(sim, Secrets(), project_id=DEMO_PROJECT_ID, **USER))


def test_an_exchange_that_fails_in_passing_is_tried_again(sim: Simulator) -> None:
    for fault in ({"status": 503, "body": {}}, {"throttle": {"retry_after": None}}, {"drop": "before"}):
        sim.reset()
        sim.inject({**fault, "path": TOKENS, "times": 1})
        assert ask(client(sim, Secrets(), max_retries=1, **USER))["complete"]
        assert asked(sim, TOKENS) == 2


def test_a_refused_password_is_never_repeated(sim: Simulator) -> None:
    with pytest.raises(RefusedError):
        ask(client(sim, Secrets(), max_retries=5, **{**USER, "password": "wrong-password-1"}))
    assert len(sim.requests) == 1


@pytest.mark.parametrize(
    "options,words",
    [
        ({"region": None}, "so the global IAM was queried"),
        ({"region": "eu-west-101"}, "set iam_endpoint to the global IAM, https://iam.myhuaweicloud.eu."),
        (
            {"region": "cn-north-4", "cloud": "example.com"},
            "set iam_endpoint to the global IAM, https://iam.example.com.",
        ),
    ],
)
def test_an_iam_that_nobody_chose_is_named(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, options: Dict[str, Any], words: str
) -> None:
    # Nothing listens there: no IAM answers.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    for more in (KEYS, USER):
        asking = client(sim, Secrets(), iam_endpoint=None, **{**options, **more})
        with pytest.raises(HssError) as caught:
            asking.call(AUTH_PROJECTS, options["region"], ("auth", "projects"))
        assert words in str(caught.value.as_result()["msg"])


def test_an_iam_that_was_chosen_needs_no_such_words(sim: Simulator) -> None:
    sim.inject({"service": "IAM", "status": 403, "body": {}})
    with pytest.raises(RefusedError) as caught:
        client(sim, Secrets(), region=None, **KEYS).call(AUTH_PROJECTS, None, ("auth", "projects"))
    assert "global IAM" not in caught.value.as_result()["msg"]
    asking = client(sim, Secrets(), iam_endpoint=None, **KEYS)
    assert asking._iam_hint(RefusedError("no", service="IAM")) is None
