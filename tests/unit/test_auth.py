# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which source is taken, that it is whole, and what a credential adds to a request."""

from __future__ import annotations

import datetime
from typing import Any, Dict, Optional

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.chain import Resolved, register_secrets, resolve
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConfigurationError
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._wire import Request

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
REQUEST = Request("GET", "https://hss.example.com/v5/p", {}, project_id="p")

TOKEN = {"auth_token": "opt-token"}
KEYS = {"access_key": "opt-ak", "secret_key": "opt-sk"}
TEMPORARY = {**KEYS, "security_token": "opt-st"}
SDK = {"HUAWEICLOUD_SDK_AK": "sdk-ak", "HUAWEICLOUD_SDK_SK": "sdk-sk"}
HW = {"HW_ACCESS_KEY": "hw-ak", "HW_SECRET_KEY": "hw-sk"}


def find(options: Dict[str, str], environ: Dict[str, str], method: str = "auto") -> Resolved:
    params: Dict[str, Any] = dict.fromkeys(("auth_token", "access_key", "secret_key", "security_token"))
    return resolve({**params, "auth_method": method, **options}, environ)


def sent(resolved: Resolved) -> Dict[str, str]:
    return resolved.credential.authorise(REQUEST, NOW)


@pytest.mark.parametrize(
    "options,environ,method,source,credential,security_token,project_id",
    [
        (TOKEN, {}, "auto", "token", "opt-token", None, None),
        ({"auth_token": " opt-token\n"}, {}, "auto", "token", "opt-token", None, None),
        (TOKEN, {**SDK, **HW}, "auto", "token", "opt-token", None, None),
        (TOKEN, {}, "token", "token", "opt-token", None, None),
        (KEYS, {}, "auto", "aksk", "opt-ak", None, None),
        (TEMPORARY, {}, "auto", "aksk", "opt-ak", "opt-st", None),
        (KEYS, {}, "aksk", "aksk", "opt-ak", None, None),
        # A security token left in the environment never joins keys given as options; nor does a project.
        (KEYS, {"HUAWEICLOUD_SDK_SECURITY_TOKEN": "stale", "HW_SECURITY_TOKEN": "stale", "HW_PROJECT_ID": "p1"},
         "auto", "aksk", "opt-ak", None, None),
        (KEYS, {**SDK, "HUAWEICLOUD_SDK_PROJECT_ID": "p1"}, "auto", "aksk", "opt-ak", None, None),
        ({}, SDK, "auto", "sdk_env", "sdk-ak", None, None),
        ({}, {**SDK, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "sdk-st"}, "auto", "sdk_env", "sdk-ak", "sdk-st", None),
        ({}, {**SDK, "HUAWEICLOUD_SDK_PROJECT_ID": "p1", "HW_PROJECT_ID": "p2"}, "auto", "sdk_env", "sdk-ak", None, "p1"),
        ({}, {**SDK, **HW, "HW_PROJECT_ID": "p2"}, "auto", "sdk_env", "sdk-ak", None, None),
        ({}, {**SDK, **HW, "HW_PROJECT_ID": "p2"}, "terraform_env", "terraform_env", "hw-ak", None, "p2"),
        ({}, {"HUAWEICLOUD_SDK_PROJECT_ID": "p1", **HW}, "auto", "terraform_env", "hw-ak", None, None),
        ({}, {**HW, "HW_SECURITY_TOKEN": "hw-st"}, "auto", "terraform_env", "hw-ak", "hw-st", None),
        ({}, {"HW_AUTH_TOKEN": "hw-token", **HW}, "auto", "terraform_env", "hw-token", None, None),
        ({}, {"HW_AUTH_TOKEN": "", **HW}, "auto", "terraform_env", "hw-ak", None, None),
        ({"auth_token": ""}, HW, "auto", "terraform_env", "hw-ak", None, None),
    ],
)  # fmt: skip
def test_source(
    options: Dict[str, str],
    environ: Dict[str, str],
    method: str,
    source: str,
    credential: str,
    security_token: Optional[str],
    project_id: Optional[str],
) -> None:
    resolved = find(options, environ, method)
    headers = sent(resolved)
    assert (resolved.source, resolved.project_id) == (source, project_id)
    if credential.endswith("token"):
        assert headers == {"X-Auth-Token": credential}, "exactly one kind of authentication is sent"
    else:
        assert f"Access={credential}," in headers["Authorization"]
        assert headers.get("X-Security-Token") == security_token
        assert headers["X-Project-Id"] == "p"
        assert "X-Auth-Token" not in headers


@pytest.mark.parametrize(
    "options,environ,method,words",
    [
        ({"access_key": "a"}, SDK, "auto", ["secret_key is missing", "access_key is set"]),
        ({"secret_key": "a"}, {}, "auto", ["access_key is missing"]),
        ({"security_token": "a"}, SDK, "auto", ["access_key is missing", "security_token is set"]),
        ({"access_key": "a", "secret_key": "  "}, {}, "auto", ["secret_key is missing"]),
        ({}, {"HUAWEICLOUD_SDK_AK": "a", **HW}, "auto", ["HUAWEICLOUD_SDK_SK is missing"]),
        ({}, {"HUAWEICLOUD_SDK_SECURITY_TOKEN": "a", **HW}, "auto", ["HUAWEICLOUD_SDK_AK is missing"]),
        ({}, {"HW_ACCESS_KEY": "a"}, "auto", ["HW_SECRET_KEY is missing"]),
        ({}, {"HW_SECURITY_TOKEN": "a"}, "auto", ["HW_ACCESS_KEY is missing"]),
        ({**TOKEN, **KEYS}, {}, "auto", ["auth_token, access_key, secret_key", "one source only"]),
        (TOKEN, SDK, "sdk_env", ["auth_token", "auth_method=sdk_env"]),
        (KEYS, {}, "token", ["access_key", "auth_method=token"]),
        ({}, SDK, "aksk", ["No credentials found", "aksk (not set"]),
        ({}, SDK, "terraform_env", ["No credentials found", "HW_AUTH_TOKEN"]),
        ({}, {}, "auto", ["No credentials found", "token (", "aksk (", "sdk_env (", "terraform_env (", "host that runs"]),
        ({}, {"HW_PROJECT_ID": "p", "HW_REGION_NAME": "r", "HW_DOMAIN_NAME": "d"}, "auto", ["No credentials found"]),
        ({}, {"OS_ACCESS_KEY": "a", "OS_SECRET_KEY": "b"}, "auto", ["OS_ACCESS_KEY, OS_SECRET_KEY", "not read"]),
        ({}, {**SDK, "HUAWEICLOUD_SDK_IDP_ID": "i"}, "auto", ["HUAWEICLOUD_SDK_IDP_ID is set"]),
        ({}, {"HW_USER_NAME": "u", "HW_USER_PASSWORD": "x"}, "auto", ["HW_USER_NAME", "password"]),
        ({}, {**HW, "HW_ASSUME_ROLE_AGENCY_NAME": "a"}, "auto", ["HW_ASSUME_ROLE_AGENCY_NAME", "agency"]),
        ({}, {**SDK, "HUAWEICLOUD_SDK_PROJECT_ID": "a/b"}, "auto", ["HUAWEICLOUD_SDK_PROJECT_ID"]),
        ({"auth_token": "line\nbreak"}, {}, "auto", ["auth_token", "header cannot carry"]),
        ({"auth_token": "Bearer abc"}, {}, "auto", ["auth_token", "header cannot carry"]),
        ({"auth_token": "é"}, {}, "auto", ["auth_token", "header cannot carry"]),
        ({"auth_token": "x" * 32769}, {}, "auto", ["auth_token", "32768"]),
        ({**KEYS, "access_key": "a\rb"}, {}, "auto", ["access_key", "header cannot carry"]),
        ({**KEYS, "security_token": "a\x00b"}, {}, "auto", ["security_token", "header cannot carry"]),
        ({}, {**SDK, "HUAWEICLOUD_SDK_SK": "a\udc80b"}, "auto", ["HUAWEICLOUD_SDK_SK", "UTF-8"]),
    ],
)  # fmt: skip
def test_refused(options: Dict[str, str], environ: Dict[str, str], method: str, words: list) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find(options, environ, method)
    message = caught.value.as_result()["msg"]
    for word in words:
        assert word in message


def test_a_secret_key_may_hold_anything() -> None:
    assert "Signature=" in sent(find({**KEYS, "secret_key": "schlüssel %{{ $x }}\"'"}, {}))["Authorization"]


def test_iam_calls_carry_no_project() -> None:
    headers = find(KEYS, {}).credential.authorise(REQUEST._replace(project_id=None), NOW)
    assert "X-Project-Id" not in headers


def test_every_secret_is_registered_chosen_or_not() -> None:
    values = [
        *("opt-token-1", "opt-ak-1", "opt-sk-1", "opt-st-1"),
        *("sdk-ak-1", "sdk-sk-1", "sdk-st-1", "hw-token-1", "hw-ak-1", "hw-sk-1", "hw-st-1", "hw-password-1"),
    ]
    options = dict(zip(("auth_token", "access_key", "secret_key", "security_token"), values))
    names = ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_AUTH_TOKEN")
    names += ("HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN", "HW_USER_PASSWORD")
    secrets = Secrets()
    register_secrets(options, dict(zip(names, values[4:])), secrets)
    shown = secrets.redact(" ".join(values))
    assert not [value for value in values if value in shown]


def test_a_credential_does_not_show_its_secret() -> None:
    for options in (TOKEN, TEMPORARY):
        credential = find(options, {}).credential
        assert "opt-" not in repr(credential) + str(credential)
