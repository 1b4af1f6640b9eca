# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers, and the error bodies of those who give them: the gateway, IAM, STS, HSS, the metadata service."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.request import ReceivedRequest

_IAM_ERRORS = {
    400: ("Bad Request", "IAM.0011"),
    401: ("Unauthorized", "IAM.0001"),
    403: ("Forbidden", "IAM.0003"),
    404: ("Not Found", "IAM.0004"),
}


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    from_cloud: bool = True  # else from something nearer, which knows no request IDs


class Declined(Exception):
    """Ends the handling of a request; each service has its own shape for it."""

    def __init__(self, status: int, text: str, code: str | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


def to_json(payload: Any) -> bytes:
    try:
        return json.dumps(payload, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        # Half of a surrogate pair: JSON has it as an escape sequence only.
        return json.dumps(payload).encode("ascii")


def json_answer(status: int, payload: Any, content_type: str = "application/json") -> Answer:
    return Answer(status, to_json(payload), {"Content-Type": content_type})


def gateway_error(request: ReceivedRequest, status: int, code: str, text: str) -> Answer:
    return json_answer(status, {"error_msg": text, "error_code": code, "request_id": request.request_id})


def not_published(request: ReceivedRequest) -> Answer:
    text = "The API does not exist or has not been published in the environment"
    return gateway_error(request, 404, "APIGW.0101", text)


def declined(request: ReceivedRequest, reason: Declined) -> Answer:
    if request.service == "IAM":
        return iam_error(request, reason.status, str(reason), reason.code)
    if request.service == "HSS":
        return hss_error(reason.code or "HSS.0001", str(reason))
    if request.service == "CCE":
        return cce_error(reason.status, str(reason))
    if request.service == "STS":
        return sts_error(request, reason.status, str(reason))
    return text_answer(reason.status, str(reason))


def sts_error(request: ReceivedRequest, status: int, text: str) -> Answer:
    # The form of the codes is documented, the codes are not known; no client may match these.
    payload = {"error_msg": text, "error_code": f"STS5.0{status}", "request_id": request.request_id}
    if status == 403:
        payload["encoded_authorization_message"] = encoded_authorization_message(request)
    return json_answer(status, payload)


def encoded_authorization_message(request: ReceivedRequest) -> str:
    """Return the text of some kilobytes that only STS could decode."""
    return base64.b64encode(f"{request.operation} {request.request_id} ".encode() * 30).decode("ascii")


def text_answer(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8"}, from_cloud=False)


def iam_error(request: ReceivedRequest, status: int, text: str, code: str | None = None) -> Answer:
    title, usual_code = _IAM_ERRORS[status]
    if request.operation.startswith("/v3.0/"):
        return iam_answer({"error_msg": text, "error_code": code or usual_code}, status)
    return keystone_error(status, title, text)


def keystone_error(status: int, title: str, message: str) -> Answer:
    return iam_answer({"error": {"message": message, "code": status, "title": title}}, status)


def iam_answer(payload: Any, status: int = 200) -> Answer:
    return json_answer(status, payload, "application/json; charset=UTF-8")


def cce_error(status: int, text: str) -> Answer:
    # The members come in varying subsets.
    code = f"CCE.01{status}001"
    return json_answer(
        status, {"errorCode": code, "errorMessage": text, "error_code": code, "error_msg": text, "code": status}
    )


def hss_error(code: str, text: str) -> Answer:
    return json_answer(400, {"error_code": code, "error_description": text, "error_msg": text})


def hss_access_denied() -> Answer:
    # HSS is seen to answer so: no prefix, no error_msg.
    return json_answer(400, {"error_code": "00000010", "error_description": "拒绝访问"})
