# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers, and the error bodies of those who give them: the gateway, IAM, HSS."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.request import ReceivedRequest


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    from_cloud: bool = True  # else from something on the way, which knows no request IDs


def to_json(payload: Any) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")


def json_answer(status: int, payload: Any, content_type: str = "application/json") -> Answer:
    return Answer(status, to_json(payload), {"Content-Type": content_type})


def gateway_error(request: ReceivedRequest, status: int, code: str, text: str) -> Answer:
    return json_answer(status, {"error_msg": text, "error_code": code, "request_id": request.request_id})


def not_published(request: ReceivedRequest) -> Answer:
    text = "The API does not exist or has not been published in the environment"
    return gateway_error(request, 404, "APIGW.0101", text)


def keystone_error(status: int, title: str, message: str) -> Answer:
    return iam_answer({"error": {"message": message, "code": status, "title": title}}, status)


def iam_answer(payload: Any, status: int = 200) -> Answer:
    return json_answer(status, payload, "application/json; charset=UTF-8")


def hss_error(code: str, text: str) -> Answer:
    return json_answer(400, {"error_code": code, "error_description": text, "error_msg": text})


def hss_access_denied() -> Answer:
    # HSS is seen to answer so: no prefix, no error_msg.
    return json_answer(400, {"error_code": "00000010", "error_description": "拒绝访问"})
