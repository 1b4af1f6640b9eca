# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lengths, ranges and forms are checked before anything is sent, and the message names where the value came from."""

from __future__ import annotations

import os
import pathlib
from typing import Any, Dict

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.registry import (
    PATH_VARIABLES,
    SOURCES,
    TERRAFORM_AGENCY,
    UNUSED_FEDERATION,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConfigurationError
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._settings import (
    ENVIRONMENT,
    MAX_BUNDLE_BYTES,
    STS_VARIABLE,
    Settings,
    endpoint_of,
    read_settings,
)

DEFAULTS: Dict[str, Any] = {name: option.get("default") for name, option in SHARED_OPTIONS.items()}


def read(environ: Dict[str, str], **params: Any) -> Settings:
    return read_settings({**DEFAULTS, **params}, environ)


def test_defaults() -> None:
    settings = read({})
    assert settings._asdict() == {
        "region": None,
        "project_id": None,
        "project_name": None,
        "enterprise_project_id": None,
        "endpoint": None,
        "iam_endpoint": None,
        "sts_endpoint": None,
        "cloud": None,
        "validate_certs": True,
        "ca_path": None,
        "request_timeout": 30,
        "max_retries": 5,
    }


@pytest.mark.parametrize(
    "option,variable,value",
    [
        ("region", "HW_REGION_NAME", "cn-north-4"),
        ("project_name", "HW_PROJECT_NAME", "cn-north-4_sub"),
        ("enterprise_project_id", "HW_ENTERPRISE_PROJECT_ID", "all_granted_eps"),
        ("iam_endpoint", "HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://iam.example.com"),
        ("iam_endpoint", "HW_AUTH_URL", "https://iam.example.com/v3"),
        ("cloud", "HW_CLOUD", "example.com"),
        ("ca_path", "REQUESTS_CA_BUNDLE", __file__),
        ("ca_path", "SSL_CERT_FILE", __file__),
    ],
)
def test_environment_stands_in(option: str, variable: str, value: str) -> None:
    assert getattr(read({variable: value}), option) == value
    # An empty string is unset.
    assert getattr(read({variable: value}, **{option: ""}), option) == value
    assert getattr(read({variable: ""}), option) is None


def test_an_option_beats_the_environment() -> None:
    assert read({"HW_REGION_NAME": "cn-north-4"}, region="cn-east-3").region == "cn-east-3"
    assert read({"HW_MAX_RETRIES": "9"}, max_retries=0).max_retries == 0


def test_order_of_variables() -> None:
    environ = {"HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://one.example", "HW_AUTH_URL": "https://two.example"}
    assert read(environ).iam_endpoint == "https://one.example"
    environ = {"REQUESTS_CA_BUNDLE": __file__, "SSL_CERT_FILE": "/nowhere"}
    assert read(environ).ca_path == __file__


def test_endpoint_of_a_region() -> None:
    environ = {"HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4": "https://one.example, https://two.example"}
    assert endpoint_of("cn-north-4", environ) == "https://one.example"
    assert endpoint_of("cn-north-9", environ) is None


@pytest.mark.parametrize("variable", ["HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"])
def test_project_id_is_not_taken_without_its_credential(variable: str) -> None:
    assert read({variable: "abc"}).project_id is None


def test_verification_is_not_switched_off_by_a_variable() -> None:
    environ = {"HW_INSECURE": "true", "OS_INSECURE": "true", "PYTHONHTTPSVERIFY": "0", "HW_VALIDATE_CERTS": "false"}
    assert read(environ).validate_certs is True


@pytest.mark.parametrize("value", ["a", "a" * 256, "00000000000000000000000000000abc"])
def test_project_id_accepted(value: str) -> None:
    assert read({}, project_id=value).project_id == value


@pytest.mark.parametrize("option", ["project_id", "enterprise_project_id", "project_name"])
@pytest.mark.parametrize("value", ["a" * 257, "a\nb", "a\x00", "a\udc80"])
def test_text_refused(option: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Option {option}"):
        read({}, **{option: value})


@pytest.mark.parametrize("value", ["..", "a/b", "a?b", "a%2Fb", "a#b", "a b", "é"])
def test_project_id_must_not_change_the_path(value: str) -> None:
    with pytest.raises(ConfigurationError, match="project_id"):
        read({}, project_id=value)


@pytest.mark.parametrize("value", ["CN-North-4", "evil.example/", "a.b", "-a", "a-", "a b", "a" * 64, "cn-north-4\nb"])
def test_region_must_be_a_label(value: str) -> None:
    with pytest.raises(ConfigurationError, match="Environment variable HW_REGION_NAME"):
        read({"HW_REGION_NAME": value})


@pytest.mark.parametrize(
    "value", ["com", "Example.com", "example.com/x", "a..b", ".com.", "https://a.b", "-a.b", "a@b.c", f"{'a' * 64}.com"]
)
def test_cloud_must_be_a_domain(value: str) -> None:
    with pytest.raises(ConfigurationError, match="cloud"):
        read({}, cloud=value)


@pytest.mark.parametrize("option", ["endpoint", "iam_endpoint"])
@pytest.mark.parametrize("value", ["http://hss.example.com", "hss.example.com", "https://u:p@hss.example.com"])
def test_urls_are_checked(option: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Option {option}"):
        read({}, **{option: value})


def test_urls_of_the_environment_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4"):
        read({"HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4": "http://x.example"}, region="cn-north-4")
    with pytest.raises(ConfigurationError, match="HW_AUTH_URL"):
        read({"HW_AUTH_URL": "http://x.example/v3"})


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), 86401])
def test_timeout_range(value: float) -> None:
    with pytest.raises(ConfigurationError, match="request_timeout"):
        read({}, request_timeout=value)


@pytest.mark.parametrize("value", ["-1", "101", "many", "1.5", "9" * 5000, "1_0", "\u0663", "nan", "1e1", "+5"])
def test_retries_range(value: str) -> None:
    with pytest.raises(ConfigurationError, match="HW_MAX_RETRIES"):
        read({"HW_MAX_RETRIES": value})


def test_retries_of_the_environment() -> None:
    assert read({"HW_MAX_RETRIES": "0"}).max_retries == 0


def test_ca_path(tmp_path: pathlib.Path) -> None:
    assert read({}, ca_path=str(tmp_path)).ca_path == str(tmp_path), "a directory of certificates is fine"
    with pytest.raises(ConfigurationError, match="Option ca_path: the CA bundle .*missing.pem does not exist"):
        read({}, ca_path=str(tmp_path / "missing.pem"))
    with pytest.raises(ConfigurationError, match="REQUESTS_CA_BUNDLE"):
        read({"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"})


@pytest.mark.parametrize("value", [-1, 101, 10**30])
def test_retries_of_the_option(value: int) -> None:
    with pytest.raises(ConfigurationError, match="Option max_retries must be a whole number from 0 to 100"):
        read({}, max_retries=value)


@pytest.mark.parametrize("value", [-1, 0, 899, 86401, 10**30])
def test_duration_of_an_agency_is_checked_without_an_agency_too(value: int) -> None:
    with pytest.raises(ConfigurationError, match="Option agency_duration must be .* 900 to 86400"):
        read({}, agency_duration=value)


AROUND = [
    ("region", "HW_REGION_NAME", "cn-north-4"),
    ("project_name", "HW_PROJECT_NAME", "cn-north-4_sub"),
    ("enterprise_project_id", "HW_ENTERPRISE_PROJECT_ID", "all_granted_eps"),
    ("iam_endpoint", "HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://iam.example.com"),
    ("iam_endpoint", "HW_AUTH_URL", "https://iam.example.com/v3"),
    ("sts_endpoint", "HUAWEICLOUD_SDK_STS_ENDPOINT", "https://sts.example.com"),
    ("cloud", "HW_CLOUD", "example.com"),
    ("ca_path", "REQUESTS_CA_BUNDLE", __file__),
    ("ca_path", "SSL_CERT_FILE", __file__),
]


@pytest.mark.parametrize("option,variable,value", AROUND)
def test_blanks_and_line_breaks_around_a_value_are_dropped(option: str, variable: str, value: str) -> None:
    assert getattr(read({variable: f" {value}\r\n"}), option) == value
    if option in DEFAULTS:
        assert getattr(read({}, **{option: f"\t{value} \n"}), option) == value


@pytest.mark.parametrize("option,variable,value", AROUND)
def test_a_value_of_blanks_only_is_not_taken_for_absent(option: str, variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Environment variable {variable} is blank"):
        read({variable: " \n"})
    if option in DEFAULTS:
        with pytest.raises(ConfigurationError, match=f"Option {option} is blank"):
            read({variable: value}, **{option: "\t"})


def test_the_endpoint_of_a_region_is_taken_bare_and_never_left_out() -> None:
    name = "HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4"
    assert endpoint_of("cn-north-4", {name: " https://one.example \n"}) == "https://one.example"
    for value in (" ", ",https://two.example", " , "):
        with pytest.raises(ConfigurationError, match=f"{name} is blank"):
            endpoint_of("cn-north-4", {name: value})


def test_a_ca_bundle_that_never_ends_is_refused(tmp_path: pathlib.Path) -> None:
    fifo = tmp_path / "ca.pem"
    os.mkfifo(fifo)
    huge = tmp_path / "huge.pem"
    with huge.open("wb") as file:
        file.truncate(MAX_BUNDLE_BYTES + 1)
    for path, words in ((fifo, "is a FIFO"), (huge, "is longer than"), ("/dev/zero", "is a device")):
        for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            with pytest.raises(ConfigurationError, match=f"{variable}: the CA bundle .* {words}"):
                read({variable: str(path)})


def test_what_is_no_path_is_not_shown() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    with pytest.raises(
        ConfigurationError, match=r"Option ca_path must name a CA bundle, and seems to hold a JWT"
    ) as caught:
        read({}, ca_path=token)
    assert token not in str(caught.value.as_result())


def test_a_tilde_in_a_variable_is_the_home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ca.pem").write_text("x")
    assert read({"REQUESTS_CA_BUNDLE": "~/ca.pem"}).ca_path == str(tmp_path / "ca.pem")


ODD = [
    "a\0b",
    "\ud800",
    "\udce9",
    "a\nb",
    "\x1b[2J",
    "x" * 100000,
    "\U0001f600",
    "{{ x }}",
    "../..",
    "%00",
    "\u202e",
    "None",
]
KEYS = {"access_key": "FAKEAK000000000000AK", "secret_key": "fake-secret-000000000000000000000"}


@pytest.mark.parametrize("option", [name for name, spec in SHARED_OPTIONS.items() if spec["type"] in ("str", "path")])
def test_no_text_of_an_option_is_a_bug(option: str) -> None:
    """Each is either accepted, or an error whose words name the option and do not show the odd text."""
    place = {"region": "cn-north-4", "project_id": "p", "endpoint": "http://127.0.0.1:1"}
    for value in ODD:
        if option == "auth_method":
            continue
        for more in ({}, KEYS, {"username": "u", "password": "p", "domain_name": "d"}, {"agency_name": "a"}):
            params = {**DEFAULTS, **place, **more, option: value}
            try:
                Client(params, {}, Secrets())
            except ConfigurationError as error:
                message = str(error.as_result()["msg"])
                message.encode("utf-8")
                assert len(message) < 2000
                assert value.isascii() and value.isprintable() or value not in message, message


VARIABLES = sorted(
    {
        *(name for names in ENVIRONMENT.values() for name in names),
        *(name for source in SOURCES for name in (*source.variables, *source.secret_variables)),
        *(*TERRAFORM_AGENCY, *UNUSED_FEDERATION, *PATH_VARIABLES, STS_VARIABLE, "HW_PROFILE"),
        *(f"HUAWEICLOUD_OIDC_{name}" for name in ("SESSION_NAME", "DURATION_SECONDS", "POLICY", "POLICY_IDS")),
        *("HW_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID", "HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4"),
    }
)


@pytest.mark.parametrize("variable", VARIABLES)
def test_no_text_of_a_variable_is_a_bug(variable: str) -> None:
    hw = {"HW_ACCESS_KEY": "FAKEAK000000000000AK", "HW_SECRET_KEY": "fake-secret-000000000000000000000"}
    for value in ODD[1:]:
        for environ in ({}, hw, {"HW_SHARED_CONFIG_FILE": "/gone", **hw}):
            params = {**DEFAULTS, "region": "cn-north-4", "project_id": "p"}
            try:
                Client(params, {**environ, variable: value}, Secrets())
            except ConfigurationError as error:
                message = str(error.as_result()["msg"])
                message.encode("utf-8")
                assert len(message) < 2000
                assert value.isascii() and value.isprintable() or value not in message, message
