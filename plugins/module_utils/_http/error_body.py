# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse error bodies and classify error codes. Imported only by a failing run.

Reads all known shapes of error bodies of HSS, the API gateway and IAM. Sources: the status and error code pages of
https://support.huaweicloud.com/intl/en-us/api-hss2.0/, api-iam/ and devg-apisign/.
"""

from __future__ import annotations

import json
from typing import Any, Dict, NamedTuple, Optional

_CODES = ("error_code", "errorCode", "code")
_TEXTS = ("error_msg", "errorMsg", "errorMessage", "message", "error_description")


# What services on IAM v5 add to a missing permission: kilobytes of text that only STS can decode.
_ENCODED = "encoded_authorization_message"


class Problem(NamedTuple):
    """The content of an error body. A field is None if the body does not have it.

    `encoded_length`: length in characters of its encoded_authorization_message, which `text` does not repeat.
    """

    code: Optional[str] = None
    text: Optional[str] = None
    request_id: Optional[str] = None
    encoded_length: Optional[int] = None


def read_problem(body: bytes) -> Problem:
    """Return code, text and request ID of an error body, or an empty Problem if its shape is unknown."""
    data = _parse(body)
    if data is None:
        return Problem()
    problem = _read(data, depth=0)
    parts = [data, *(value for value in data.values() if isinstance(value, dict))]
    encoded = next(filter(None, (_first(part, (_ENCODED,)) for part in parts)), None)
    if encoded is None:
        return problem
    text = problem.text and problem.text.replace(encoded, f"({_ENCODED})")
    return problem._replace(text=text, encoded_length=len(encoded))


def describe_body(body: bytes, content_type: str) -> str:
    """Return a description of a body that is not a known JSON object, without quoting it: it may repeat what was sent."""
    if not body:
        return "an empty body"
    start = body[:512].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")) or "html" in content_type.lower():
        return "an HTML page (a proxy or a login page in between?)"
    if _parse(body) is not None:
        return f"a JSON object of {len(body)} bytes with no error code and no text that is known"
    return f"{len(body)} bytes that are not a JSON object"


def code_number(code: Optional[str]) -> str:
    """Return the last four digits of a code, by which codes are compared.

    HSS.0010 is also sent as 00000010, and APIGW.0301 as APIG.0301.
    """
    return (code or "").rpartition(".")[2][-4:]


def is_throttled(status: int, code: Optional[str]) -> bool:
    """Return whether the response says that there were too many requests."""
    return status == 429 or (is_gateway_code(code) and code_number(code) == "0308")


def is_region_without_hss(status: Optional[int], code: Optional[str]) -> bool:
    """Return whether the gateway says that HSS is not offered in the region."""
    return status == 403 and is_gateway_code(code) and code_number(code) == "0801"


def implies_authenticated(service: Optional[str], status: Optional[int], code: Optional[str]) -> bool:
    """Return whether the error shows that the credential was accepted: HSS itself answered, or the gateway knew the user.

    A path or host that is unknown to the gateway (0101), a page of a proxy, or an IAM exchange does not show it.
    """
    if service != "HSS" or not code or status in (401, 407, 429):
        return False
    if is_gateway_code(code):
        return code_number(code) in ("0302", "0306", "0801", "0802")
    return status == 400 and (code.startswith("HSS.") or (code.isdigit() and len(code) == 8))


def needs_new_token(status: int, code: Optional[str]) -> bool:
    """Return whether the gateway asks for a new token."""
    return status == 401 and code_number(code) == "0307"


def is_gateway_code(code: Optional[str]) -> bool:
    """Return whether the code is one of the API gateway."""
    # APIGW. on the shared gateway, APIG. on dedicated ones, APIC. in some services.
    return bool(code and code.startswith(("APIGW.", "APIG.", "APIC.")))


def _parse(body: bytes) -> Optional[Dict[str, Any]]:
    """Return the JSON object in the body, or None."""
    try:
        data = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _read(data: Dict[str, Any], depth: int) -> Problem:
    """Return code, text and request ID of an object, or of one nested in it, up to two levels down."""
    code = _first(data, _CODES)
    text = _first(data, _TEXTS)
    if code is None and text is None and depth < 2:
        nested = [value for value in [data.get("error"), *data.values()] if isinstance(value, dict)]
        for value in nested:
            problem = _read(value, depth + 1)
            if problem.code or problem.text:  # pragma: no branch - an unknown shape has no code
                return problem
    return Problem(code, text, _first(data, ("request_id",)))


def _first(data: Dict[str, Any], names: Any) -> Optional[str]:
    """Return the first of the named members that has a value, as text, or None."""
    for name in names:
        value = data.get(name)
        # The Keystone paths of IAM have an integer as code.
        if (isinstance(value, str) and value) or (isinstance(value, int) and not isinstance(value, bool)):
            return str(value)
    return None
