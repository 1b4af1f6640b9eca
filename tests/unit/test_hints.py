# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every body shape that the cloud is known to use, and a hint for each cause that people meet."""

from __future__ import annotations

import json
import re
from typing import Any, Optional

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils import _formatting
from ansible_collections.huaweicloud.hss.plugins.module_utils._http import error_body, failures, hints
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.error_body import Problem
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Operation, Response
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets


@pytest.mark.parametrize(
    "body,code,text",
    [
        ({"error_code": "HSS.1005", "error_description": "d", "error_msg": "m"}, "HSS.1005", "m"),
        ({"error_code": "00000010", "error_description": "拒绝访问"}, "00000010", "拒绝访问"),
        ({"error_msg": "m", "error_code": "APIGW.0301", "request_id": "r"}, "APIGW.0301", "m"),
        ({"error": {"message": "m", "code": 401, "title": "Unauthorized"}}, "401", "m"),
        ({"errorCode": "c", "errorMsg": "m"}, "c", "m"),
        ({"errorCode": "c", "errorMessage": "m"}, "c", "m"),
        ({"code": "c", "message": "m"}, "c", "m"),
        ({"error": {"error_code": "c", "error_msg": "m"}}, "c", "m"),
        ({"fault": {"code": "c", "message": "m"}}, "c", "m"),
        ({"error_code": "c"}, "c", None),
        ({}, None, None),
        ([], None, None),
        ("text", None, None),
        ({"error_code": True, "error_msg": None}, None, None),
    ],
)
def test_shapes(body: Any, code: Optional[str], text: Optional[str]) -> None:
    problem = error_body.read_problem(json.dumps(body).encode())
    assert (problem.code, problem.text) == (code, text)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"{", b"[" * 100000])
def test_no_json_is_no_crash(body: bytes) -> None:
    assert error_body.read_problem(body) == Problem()


def test_request_id_of_the_gateway() -> None:
    assert error_body.read_problem(b'{"error_code": "APIGW.0301", "request_id": "r-1"}').request_id == "r-1"


@pytest.mark.parametrize(
    "status,code,text,service,words",
    [
        (401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail", "HSS", "expired"),
        (401, "APIG.0301", "decrypt token fail", "HSS", "expired"),
        (401, "APIGW.0301", "verify aksk signature fail, canonicalRequest:GET|", "HSS", "secret key does not belong"),
        (401, "APIGW.0301", "AK access failed to reach the limit,forbidden", "HSS", "locked for 5 minutes"),
        (401, "APIGW.0301", "signature expired, signature time:a,server time:b", "HSS", "NTP"),
        (401, "APIGW.0303", "signature expired", "HSS", "NTP"),
        (401, "APIGW.0303", "Unauthorized", "HSS", "refused"),
        (401, "APIGW.0301", "Get secretKey failed,ak:A,err:ak not exist", "HSS", "unknown, disabled"),
        (401, "APIGW.0301", "Unauthorized", "HSS", "refused"),
        (401, "APIGW.0307", "The token must be updated", "HSS", "another region"),
        (401, "401", "The request you have made requires authentication.", "IAM", "refused"),
        (403, "APIGW.0302", "x", "HSS", "permission"),
        (400, "00000010", "拒绝访问", "HSS", "enterprise_project_id"),
        (400, "HSS.0010", "x", "HSS", "enterprise_project_id"),
        (400, "HSS.0013", "x", "HSS", "enterprise_project_id"),
        (400, "HSS.0011", "x", "HSS", "project_id"),
        (403, "403", "Forbidden", "IAM", "permission in IAM"),
        (403, "APIGW.0801", "x", "HSS", "region"),
        (403, "APIGW.0802", "x", "HSS", "region"),
        (403, "APIGW.0310", "x", "HSS", "frozen"),
        (404, "APIGW.0101", "x", "HSS", "region and endpoint"),
        (429, "APIGW.0308", "x", "HSS", "throttles"),
        (429, None, None, "HSS", "throttles"),
        (302, None, None, "HSS", "not followed"),
        (407, None, None, "HSS", "proxy"),
        (503, None, None, "HSS", "cloud's side"),
    ],
)
def test_hints(status: int, code: Optional[str], text: Optional[str], service: str, words: str) -> None:
    hint = hints.hint_for(status, Problem(code, text), Operation(service, "x"))
    assert hint and words in hint


@pytest.mark.parametrize("code", ["HSS.0009", "HSS.0015", "00000016", "HSS.0017"])
def test_codes_of_hss_with_hints_of_their_own(code: str) -> None:
    hint = hints.hint_for(500, Problem(code, "x"), Operation("HSS", "x")) or ""
    assert ("CCE" if code.endswith("16") else f"{code} is not in the published table") in hint
    assert hint != hints.hint_for(500, Problem("HSS.9999", "x"), Operation("HSS", "x"))


@pytest.mark.parametrize("operation", [Operation("STS", "AssumeAgency"), Operation("HSS", "x"), Operation("IAM", "y")])
def test_a_refusal_that_only_sts_can_decode(operation: Operation) -> None:
    blob = "AbCdEf0123456789+/" * 100
    body = {"error_code": "STS5.1001", "error_msg": f"Denied: {blob}", "encoded_authorization_message": blob}
    error = failures.error_from_response(
        Response(403, {"X-Request-Id": "r-1"}, json.dumps(body).encode()), operation, "failed", Secrets()
    )
    result = error.as_result()
    assert result["error_code"] == "STS5.1001" and result["request_id"] == "r-1"
    assert "Denied: (encoded_authorization_message)" in result["msg"]
    assert "of 1800 characters, which is not shown" in result["msg"] and "DecodeAuthorizationMessage" in result["msg"]
    assert blob[:40] not in str(result)


@pytest.mark.parametrize("outside", [True, False])
def test_an_encoded_refusal_beside_or_inside_a_nested_error(outside: bool) -> None:
    error: dict[str, Any] = {"code": "STS5.1001", "message": "Denied"}
    body: dict[str, Any] = {"error": error}
    (body if outside else error)["encoded_authorization_message"] = "abcdef"
    assert error_body.read_problem(json.dumps(body).encode()) == Problem("STS5.1001", "Denied", None, 6)


def test_a_refusal_with_no_hint_but_the_encoded_one() -> None:
    hint = hints.hint_for(400, Problem("HSS.4242", "x", encoded_length=5), Operation("HSS", "x"))
    assert hint and hint.startswith("The answer also has an encoded_authorization_message of 5 characters")


def test_an_hss_code_is_not_read_as_the_gateways() -> None:
    assert not error_body.is_throttled(400, "HSS.0308")
    assert error_body.is_throttled(400, "APIGW.0308")


def test_a_page_is_described_and_not_repeated() -> None:
    page = b"<html><body>secret</body></html>"
    assert "secret" not in error_body.describe_body(page, "text/html")
    assert "HTML page" in error_body.describe_body(page, "")
    assert error_body.describe_body(b"", "") == "an empty body"
    assert "4 bytes" in error_body.describe_body(b"oops", "text/plain")


def test_text_is_one_bounded_line() -> None:
    assert _formatting.single_line("a\x1b[31m\nb\u202e") == "a [31m b"
    assert len(_formatting.single_line("x" * 5000)) < 700


@pytest.mark.parametrize(
    "command", ["::error::x", "##[error]x", "##vso[task.complete result=Succeeded]x", "::stop-commands::x"]
)
def test_text_gives_no_command_to_a_ci_server(command: str) -> None:
    for text in (_formatting.single_line(f"a\n{command}"), _formatting.escape_unprintable(command)):
        assert not re.search(r"::[a-z-]+( |::)|##[a-z]*\[", text) and text.endswith("x")
