# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse a response body as a JSON object that reports no error, or raise."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Tuple

from .._errors import InvalidResponseError
from .._redaction import Secrets
from .models import Operation, Response

# The members of _http/error_body.py, and a nested one. No successful response has any of them.
_ERROR_MEMBERS = (
    *("error_code", "errorCode", "code"),
    *("error_msg", "errorMsg", "errorMessage", "message", "error_description", "error"),
)
# Replaces half of a surrogate pair, which JSON can represent, but no file, terminal or URL.
UNREADABLE = "\ufffd"


class _DuplicateMember(Exception):
    """A name occurs twice in one object, so its value is ambiguous."""


def json_object(response: Response, operation: Operation, secrets: Secrets) -> Dict[str, Any]:
    """Return the body of an accepted response as an object; raise HssError for a page, a list, a cut body or an error."""
    content_type = response.headers.get("Content-Type") or ""
    data: Any = None
    has_duplicates = False
    if "html" not in content_type.lower():
        try:
            text = response.body.decode("utf-8")
            data = json.loads(text, object_pairs_hook=_without_duplicates)
            if "\\ud" in text or "\\uD" in text:
                data = _without_surrogates(data)
        except _DuplicateMember:
            has_duplicates = True
        except (ValueError, RecursionError):
            data = None
    if not isinstance(data, dict):
        from .error_body import describe_body

        description = (
            "an object that gives a member twice" if has_duplicates else describe_body(response.body, content_type)
        )
        raise InvalidResponseError.of(
            operation,
            f"answered HTTP {response.status} with {description}",
            consequence=", so nothing is known.",
            hint="Check endpoint and proxy settings.",
            status_code=response.status,
            request_id=response.request_id,
        )
    if any(data.get(member) for member in _ERROR_MEMBERS):
        from .failures import error_from_response

        raise error_from_response(response, operation, "reported an error", secrets)
    return data


def is_whole_number(value: Any) -> bool:
    """Return whether a JSON value is a whole number; true and false are not, although bool is a subclass of int."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_count(value: Any) -> bool:
    """Return whether a JSON value is a whole number, 0 or above."""
    return is_whole_number(value) and value >= 0


def _without_surrogates(value: Any) -> Any:
    """Return the same value with UNREADABLE in place of halves of a character."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(entry) for entry in value]
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(entry) for name, entry in value.items()}
    return value


def _without_duplicates(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateMember()
    return members
