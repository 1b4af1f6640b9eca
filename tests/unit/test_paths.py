# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A value that should name a file: what of it is shown, and that no file can hang the task."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import socket
from random import Random
from typing import Any, Dict

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConfigurationError
from ansible_collections.huaweicloud.hss.plugins.module_utils._paths import (
    looks_like_path,
    path_error,
    read_bytes,
    secret_in_place_of_path,
    seems_to_hold,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import MASK, Secrets

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwcm9qZWN0X3BhdGg6eCJ9.c2lnbmF0dXJlLXNlY3JldA"
PEM = "-----BEGIN CERTIFICATE-----\nMIIDFTCCAf2gAwIBAgIUS\n-----END CERTIFICATE-----\n"
PEM_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIDFTCCAf2gAwIBAgIUS\n-----END RSA PRIVATE KEY-----\n"
INI = "[basic]\nak = LEAKAK0000\nsk = leak-sk-0123456789abcdef\n"
JSON = json.dumps({"profiles": [{"secretAccessKey": "leak-sk-0123456789abcdef"}]})
KEY = "h7Gq2Zr9Xk4Lm1Np8Ts3Vw6Yb5Cd0Ef2Aj4Hu7Ki"

RECOGNISED = [
    (JWT, "a JWT"),
    (f" {JWT}\n", "a JWT"),
    (f"/builds/group/project/{JWT}", "a JWT"),
    (PEM, "a PEM certificate"),
    (PEM_KEY, "a private key in PEM"),
    (INI, "the content of an INI file"),
    (JSON, "JSON text"),
    ("a\nb", "a text of several lines"),
    (f"Bearer {JWT}", "a token"),
    ("https://user:password@host/ca.pem", "a URL"),
    (KEY, "a key or a token"),
    (f"/builds/{KEY}", "a key or a token"),
    (f"{KEY[:19]}/{KEY[19:]}", "a key or a token"),
    # Base64 that begins with a slash, and that ends with one digit behind it.
    (f"/{KEY}/{KEY[:9]}", "a key or a token"),
    (f"{KEY}/7", "a key or a token"),
    ("FAKEAK00000000DEMO00", "a key or a token"),
]
PATHS = [
    "/etc/hss/credentials",
    "~/.huaweicloud/credentials",
    "~root/token",
    "./token",
    "../token",
    "creds.ini",
    "certs/ca-bundle.pem",
    "/nix/store/0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p-nss-cacert-3.92/etc/ssl/certs/ca-bundle.crt",
    "/builds/3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a/project.tmp/HSS_ID_TOKEN",
    "/home/runner/work/_temp/hss-id-token",
    "/srv/größe/token",
    # As mkdtemp() names folders, and as jobs name them after commits and projects.
    "/tmp/tmpa30sh9l4/reports",
    "/builds/a1b2c3d4/0/e5f6/reports",
    "./a1b2c3d4e5f6/a1b2c3d4e5f6",
    "/reports/3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a",
    "/reports/0a1b2c3d4e5f60718293a4b5c6d7e8f9/gate",
    "/var/folders/hq/6b1h6w7x0pd5f4y3qr7xk2pw0000gn/T/reports",
    "/reports/01JDQ8Z7M3K5T9V2X4B6N8P0R1",
    "/reports/3F2504E04F8911D39A0C0305E82C3301",
    "/reports/run20261127T153913Z0001a",
    "/srv/Ab1Cd2Ef3/Gh4Ij5Kl6/Mn7",
    "./build7/reports/eu1/az2/stage3/job4",
]


@pytest.mark.parametrize("value,words", RECOGNISED, ids=[words for _value, words in RECOGNISED])
def test_what_a_value_holds_is_said_and_not_shown(value: str, words: str) -> None:
    message = path_error("Option x", "file", value, "does not exist").as_result()["msg"]
    assert words in message and "must name a file" in message
    assert value.strip() not in message and "leak-sk" not in message
    assert secret_in_place_of_path(value) == value


@pytest.mark.parametrize("value", PATHS)
def test_a_path_is_shown_whole(value: str) -> None:
    assert looks_like_path(value) and seems_to_hold(value) is None and secret_in_place_of_path(value) is None
    message = path_error("Option x", "file", value, "does not exist").as_result()["msg"]
    assert f"the file {os.path.abspath(os.path.expanduser(value))} does not exist" in message
    assert ("A relative path counts from" in message) is (value[0] not in "/~")


@pytest.mark.parametrize(
    "value", ["hunter2", "leak-sk-0123456789abcdef", "/" + "a" * 255, "/a\x1b[2Jb", "a\0b", "/\udce9"]
)
def test_what_does_not_look_like_a_path_is_not_shown(value: str) -> None:
    message = path_error("Option x", "file", value, "does not exist").as_result()["msg"]
    assert value not in message and f"{len(value)} characters" in message and "does not exist" in message
    assert os.getcwd() in message
    # It may well be the name of a file: to mask it would hide parts of the result.
    assert secret_in_place_of_path(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "reports/3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a",
        "reports/01JDQ8Z7M3K5T9V2X4B6N8P0R1",
        "build7/eu1/az2/stage3/job4/run20261127",
    ],
)
def test_a_relative_path_is_no_secret(value: str) -> None:
    assert seems_to_hold(value) is None and secret_in_place_of_path(value) is None


def test_what_exists_of_a_path_is_no_secret(tmp_path: pathlib.Path) -> None:
    (tmp_path / KEY).mkdir()
    assert secret_in_place_of_path(str(tmp_path / KEY / "reports")) is None
    assert secret_in_place_of_path(str(tmp_path / KEY / KEY)) == str(tmp_path / KEY / KEY)
    # A slash in Base64 makes two names of it.
    split = str(tmp_path / KEY[:19] / KEY[19:])
    assert secret_in_place_of_path(split) == split


def test_base64_is_rarely_taken_for_a_path() -> None:
    random = Random(7)
    tokens = [base64.b64encode(random.randbytes(96)).decode() for _number in range(10_000)]
    assert sum(seems_to_hold(token) is None for token in tokens) <= 2


def test_a_file_that_is_called_like_a_token_is_none(tmp_path: pathlib.Path) -> None:
    (tmp_path / KEY).write_text("x")
    assert secret_in_place_of_path(str(tmp_path / KEY)) is None
    assert secret_in_place_of_path(None) is None


def test_a_file_that_lies_where_the_user_is_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "creds.ini").write_text("x")
    monkeypatch.setenv("PWD", str(tmp_path))
    message = path_error("Option x", "file", "creds.ini", "does not exist").as_result()["msg"]
    assert f"There is {tmp_path}/creds.ini: give this path." in message


def test_no_file_makes_a_task_wait(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "socket"))
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1025)
    found = {
        name: read_bytes(str(tmp_path / name) if "/" not in name else name, 1024)
        for name in ("fifo", "socket", "huge", "/dev/zero", "/dev/tty", "/proc/self/status", ".", "gone", "a\0b")
    }
    listening.close()
    problems = {name: problem for name, (_data, problem) in found.items()}
    assert problems.pop("a\0b", "").startswith("has a name that is not a path")  # type: ignore[union-attr]
    assert problems == {
        "fifo": "is a FIFO, not a regular file",
        "socket": "is a socket, not a regular file",
        "huge": "is longer than 1024 bytes",
        "/dev/zero": "is a device, not a regular file",
        "/dev/tty": "is a device, not a regular file",
        # Its size is said to be 0.
        "/proc/self/status": "is longer than 1024 bytes",
        ".": "is a directory",
        "gone": "does not exist",
    }


def test_a_file_that_cannot_be_opened_is_said(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")

    def refuse(*_arguments: Any) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", refuse)
    assert read_bytes(str(tmp_path / "file"), 10) == (b"", "cannot be read (Too many open files)")


KEYS = {"HUAWEICLOUD_SDK_AK": "FAKEAK000000000000AK", "HUAWEICLOUD_SDK_SK": "fake-secret-000000000000000000000"}
WAYS = [
    ("ca_path", "", KEYS),
    ("credentials_file", "", {}),
    ("koocli_config", "", {}),
    ("", "REQUESTS_CA_BUNDLE", KEYS),
    ("", "SSL_CERT_FILE", KEYS),
    ("", "HUAWEICLOUD_SDK_CREDENTIALS_FILE", {}),
    ("", "HW_SHARED_CONFIG_FILE", {}),
    ("", "HUAWEICLOUD_SDK_ID_TOKEN_FILE", {"HUAWEICLOUD_SDK_IDP_ID": "gitlab"}),
    ("", "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", {"HC_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"}),
]


@pytest.mark.parametrize("option,variable,environ", WAYS, ids=[way[0] or way[1] for way in WAYS])
def test_each_option_and_variable_that_names_a_file(
    option: str, variable: str, environ: Dict[str, str], tmp_path: pathlib.Path
) -> None:
    os.mkfifo(tmp_path / "fifo")
    origin = f"Option {option}" if option else f"Environment variable {variable}"
    defaults = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    secrets = Secrets()
    for value in [value for value, _words in RECOGNISED] + [str(tmp_path / "fifo"), "/dev/zero"]:
        params = {**defaults, "region": "cn-north-4", **({option: value} if option else {})}
        with pytest.raises(ConfigurationError) as caught:
            Client(params, {**environ, **({variable: value} if variable else {})}, secrets)
        message = caught.value.as_result()["msg"]
        assert message.startswith(origin), message
        if value.startswith("/dev/") or value.endswith("fifo"):
            assert f"{value} is a " in message
        else:
            assert value not in message and "seems to hold" in message
            assert value.strip() not in secrets.redact(f"a text with {value} in it")
    assert MASK in secrets.redact(JWT)


def test_the_identity_token_that_the_credentials_file_should_only_name(tmp_path: pathlib.Path) -> None:
    (tmp_path / "creds").write_text(f"[basic]\nidp_id = gitlab\nid_token_file = {JWT}\n")
    defaults = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    secrets = Secrets()
    with pytest.raises(ConfigurationError, match="Key id_token_file .* seems to hold a JWT") as caught:
        Client({**defaults, "credentials_file": str(tmp_path / "creds")}, {}, secrets)
    assert JWT not in caught.value.as_result()["msg"] and secrets.redact(JWT) == MASK
