# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads members of JSON request bodies; what is not there or of another type is a bad request."""

from __future__ import annotations

import json
from typing import Any

from tests.simulator.answer import Declined
from tests.simulator.request import ReceivedRequest


def read(request: ReceivedRequest) -> dict[str, Any]:
    try:
        data = json.loads(request.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Declined(400, "Request body is invalid.")
    return data


def mapping(data: dict[str, Any], *path: str) -> dict[str, Any]:
    for name in path:
        data = data.get(name)  # type: ignore[assignment]
        if not isinstance(data, dict):
            raise Declined(400, f"Request body is invalid: {name!r} must be an object.")
    return data


def text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Declined(400, f"Request body is invalid: {name!r} must be a text.")
    return value


def duration(data: dict[str, Any], default: int, maximum: int) -> int:
    value = data.get("duration_seconds", default)
    if isinstance(value, bool) or not isinstance(value, int) or not 900 <= value <= maximum:
        raise Declined(400, "Request parameter duration_seconds is invalid.", "IAM.0007")
    return value
