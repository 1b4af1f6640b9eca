# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call of the host security service: whose things it is about, its parameters, its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from tests.simulator import body
from tests.simulator.answer import Answer, Declined
from tests.simulator.inventory import ProjectInventory
from tests.simulator.request import ReceivedRequest

_MAX_OFFSET = 2_000_000
MAX_ID_LENGTH = 64


@dataclass
class HssCall:
    request: ReceivedRequest
    inventory: ProjectInventory
    enterprise_projects: frozenset[str] | None  # those asked for that the caller may see; None for all
    now: float
    names: tuple[str, ...] = ()  # of the path, behind the project

    def sees(self, enterprise_project_id: str) -> bool:
        return self.enterprise_projects is None or enterprise_project_id in self.enterprise_projects

    @cached_property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.request.query, keep_blank_values=True)

    def text(self, name: str, max_length: int = 256) -> str | None:
        value = parameter(self.query, name)
        if value is not None and len(value) > max_length:
            raise invalid(name)
        return value

    def choice(self, name: str, known: Sequence[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in known:
            raise invalid(name)
        return value

    def flag(self, name: str) -> bool:
        return self.choice(name, ("true", "false")) == "true"

    def integer(self, name: str, default: int, minimum: int, maximum: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit()) or not minimum <= int(value) <= maximum:
            raise invalid(name)
        return int(value)

    def page(self, name: str, pieces: Sequence[Any], to_json: Any, before: bytes = b"") -> Answer:
        """Return one page of the rows under the given name, and the total number."""
        offset = self.integer("offset", 0, 0, _MAX_OFFSET)
        limit = self.integer("limit", 10, 10, 200)
        rows = b",".join(to_json(piece) for piece in pieces[offset : offset + limit])
        shape = self.inventory.project.empty_list
        if not pieces and shape != "list":
            part = b',"%b":null' % name.encode() if shape == "null" else b""
            data = b'{%b"total_num":0%b}' % (before, part)
        else:
            data = b'{%b"total_num":%d,"%b":[%b]}' % (before, len(pieces), name.encode(), rows)
        return Answer(200, data, {"Content-Type": "application/json"})

    @cached_property
    def body(self) -> dict[str, Any]:
        try:
            return body.read(self.request)
        except Declined as reason:
            raise Declined(400, str(reason), "HSS.0002") from None


def parameter(query: dict[str, list[str]], name: str) -> str | None:
    values = query.get(name)
    if values is None:
        return None
    if len(values) != 1 or not 1 <= len(values[0]) <= 256:
        raise invalid(name)
    return values[0]


def invalid(name: str) -> Declined:
    return Declined(400, f"参数错误 (invalid parameter: {name})", "HSS.0001")


def not_found(name: str) -> Declined:
    return Declined(400, f"资源不存在 (not found: {name})", "HSS.0011")


def member(data: dict[str, Any], name: str, known: Sequence[str] | None = None, required: bool = False) -> str | None:
    """Return a text of a body."""
    value = data.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not value or (known is not None and value not in known):
        raise invalid(name)
    return value


def moment(data: dict[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise invalid(name)
    return value


def members(
    data: dict[str, Any],
    name: str,
    known: Sequence[str] | None = None,
    required: bool = False,
    most: int | None = None,
) -> list[str]:
    """Return a list of texts of a body without duplicates; `most`: the entries that it may have."""
    values = data.get(name)
    if values is None and not required:
        return []
    if not isinstance(values, list) or (required and not values) or (most is not None and len(values) > most):
        raise invalid(name)
    for value in values:
        if not isinstance(value, str) or not value or (known is not None and value not in known):
            raise invalid(name)
    return list(dict.fromkeys(values))


def part(data: dict[str, Any], name: str, required: bool = False) -> dict[str, Any]:
    """Return an object of a body."""
    value = data.get(name)
    if value is None and not required:
        return {}
    if not isinstance(value, dict):
        raise invalid(name)
    return value
