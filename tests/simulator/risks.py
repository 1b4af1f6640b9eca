# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Risks of clusters: as a scenario writes them, and as they are now."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulator import checking
from tests.simulator.clusters import REMOVED, Cluster, milliseconds
from tests.simulator.errors import ScenarioError

TYPES = ("risk_assessment", "benchmark")
LEVELS = ("high", "medium", "low", "tips")
CATEGORIES = ("control_plane", "access_control", "network", "workload", "secrets", "node_escape")
_NAME = "Privileged container"
# About as long as those of the real cloud seem to be: a record has some 600 bytes.
_DESCRIPTION = "容器以特权模式运行 (a container runs in privileged mode and may take over the node that it runs on, and all other nodes)"
_REMEDIATION = (
    "关闭特权模式 (set securityContext.privileged to false, and grant the few capabilities that the workload needs)"
)
_KNOWN = (
    "name",
    "id",
    "type",
    "level",
    "category",
    "num",
    "description",
    "remediation",
    "resources",
    "found_by_scan",
    "fields",
)
_RESOURCE = ("name", "id", "type", "namespace", "hit_rule", "hit_paths")


@dataclass(frozen=True)
class RiskSpec:
    """An entry of a scenario: one risk, or a group; the members of a group take the values of lists in turn."""

    name: str
    count: int | None  # of a group
    id: str | None
    clusters: tuple[str, ...]  # names or IDs; none for all
    types: tuple[str, ...]
    levels: tuple[str, ...]
    categories: tuple[str, ...]
    num: int
    description: str
    remediation: str
    resources: tuple[dict[str, Any], ...] | None
    found_by_scan: bool
    fields: dict[str, Any]

    @classmethod
    def parse(cls, data: Any, where: str, group: bool = False) -> RiskSpec:
        known = (*_KNOWN, "count", "clusters") if group else (*_KNOWN, "cluster")
        item = checking.mapping(data, where, known, ("count",) if group else ("cluster",))
        id_, resources = item.get("id"), item.get("resources")
        names = checking.sequence(item.get("clusters"), f"{where}.clusters") if group else [item["cluster"]]

        def values(key: str, known: tuple[str, ...]) -> tuple[str, ...]:
            given = item.get(key, known[0])
            several = given if group and isinstance(given, list) else [given]
            if not several:
                raise ScenarioError(f"{where}.{key}: expected at least one")
            return tuple(checking.choice(value, f"{where}.{key}", known) for value in several)

        return cls(
            name=checking.text(item.get("name", _NAME), f"{where}.name"),
            count=checking.integer(item["count"], f"{where}.count") if group else None,
            id=None if id_ is None else checking.text(id_, f"{where}.id"),
            clusters=tuple(checking.text(name, f"{where}.cluster") for name in names),
            types=values("type", TYPES),
            levels=values("level", LEVELS),
            categories=values("category", ("workload", *CATEGORIES)),
            num=checking.integer(item.get("num", 1), f"{where}.num"),
            description=str(item.get("description", _DESCRIPTION)),
            remediation=str(item.get("remediation", _REMEDIATION)),
            resources=None
            if resources is None
            else tuple(
                checking.mapping(entry, f"{where}.resources[{i}]", _RESOURCE, ("name",))
                for i, entry in enumerate(checking.sequence(resources, f"{where}.resources"))
            ),
            found_by_scan=checking.flag(item.get("found_by_scan", False), f"{where}.found_by_scan"),
            fields=checking.mapping(item.get("fields", {}), f"{where}.fields", item.get("fields", {})),
        )


# What a cluster has that is said to be risky and no more.
UNNAMED = RiskSpec.parse({"cluster": "any"}, "risk")


@dataclass(eq=False)
class Risk:
    spec: RiskSpec
    id: str
    name: str
    cluster: Cluster
    type: str
    level: str
    category: str
    hidden: bool  # until a scan finds it
    _json: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, spec: RiskSpec, number: int, cluster: Cluster) -> Risk:
        return cls(
            spec,
            spec.id or "",
            spec.name if spec.count is None else f"{spec.name}-{number + 1}",
            cluster,
            spec.types[number % len(spec.types)],
            spec.levels[number % len(spec.levels)],
            spec.categories[number % len(spec.categories)],
            spec.found_by_scan,
        )

    @property
    def num(self) -> int:
        return self.spec.num

    def changed(self) -> None:
        self._json = None

    def json(self) -> bytes:
        if self._json is None:
            record = {
                "risk_id": self.id,
                "risk_name": self.name,
                "cluster_id": self.cluster.id,
                "cluster_name": self.cluster.name,
                "risk_level": self.level,
                "risk_category": self.category,
                "risk_num": self.num,
                "last_scan_time": milliseconds(self.cluster.last_scan),
                "description": self.spec.description,
                "remediation": self.spec.remediation,
                **self.spec.fields,
            }
            record = {name: value for name, value in record.items() if value != REMOVED}
            self._json = json.dumps(record, ensure_ascii=False).encode()
        return self._json

    def resources(self) -> list[dict[str, Any]]:
        """Return the given resources, or one for each finding."""
        given = self.spec.resources
        if given is None:
            given = tuple({"name": f"pod-{i + 1}"} for i in range(self.num))
        return [self._resource(entry) for entry in given]

    def _resource(self, entry: dict[str, Any]) -> dict[str, Any]:
        record = {
            "resource_name": entry["name"],
            "resource_id": entry.get("id", f"{self.cluster.id}/{entry['name']}"),
            "resource_type": entry.get("type", "Pod"),
            "namespace": entry.get("namespace", "default"),
            "hit_rule": entry.get("hit_rule", self.name),
            "hit_path_list": list(entry.get("hit_paths", ["spec.containers[0].securityContext.privileged"])),
            "first_scan_time": milliseconds(self.cluster.last_scan),
            "last_scan_time": milliseconds(self.cluster.last_scan),
        }
        return {name: value for name, value in record.items() if value != REMOVED}
