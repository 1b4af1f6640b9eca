# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that a scenario begins with: of a schedule, or of somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.simulator import checking
from tests.simulator.clusters import SCAN_TYPES


@dataclass(frozen=True)
class TaskSpec:
    id: str | None
    name: str
    trigger_type: str
    scan_types: tuple[str, ...]
    clusters: tuple[str, ...]  # names or IDs; none for all
    started_ago: float

    @classmethod
    def parse(cls, data: Any, where: str) -> TaskSpec:
        item = checking.mapping(data, where, ("id", "name", "trigger_type", "scan_types", "clusters", "started_ago"))
        names = checking.sequence(item.get("clusters"), f"{where}.clusters")
        types = checking.sequence(item.get("scan_types", SCAN_TYPES), f"{where}.scan_types")
        return cls(
            id=None if item.get("id") is None else checking.text(item["id"], f"{where}.id"),
            name=checking.text(item.get("name", "scheduled scan"), f"{where}.name"),
            trigger_type=checking.choice(
                item.get("trigger_type", "schedule"), f"{where}.trigger_type", ("schedule", "manual")
            ),
            scan_types=tuple(checking.choice(value, f"{where}.scan_types", SCAN_TYPES) for value in types),
            clusters=tuple(checking.text(name, f"{where}.clusters") for name in names),
            started_ago=checking.number(item.get("started_ago", 0), f"{where}.started_ago", 0),
        )
