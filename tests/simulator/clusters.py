# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters: as a scenario writes them, and as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulator import checking
from tests.simulator.answer import to_json
from tests.simulator.errors import ScenarioError
from tests.simulator.grants import enterprise_project

if TYPE_CHECKING:
    from tests.simulator.risks import Risk

SCAN_TYPES = ("cluster_vul", "risk_assessment", "benchmark")
CLUSTER_TYPES = ("k8s", "cce", "ali", "tencent", "azure", "aws", "self_built_hw", "self_built_idc")
NUMBERS = ("sys_vul_num", "app_vul_num", "emg_vul_num", "risk_assess_num", "sec_comp_num")
REMOVED = "__missing__"
_NEVER = ("absent", "null", "zero")
AGENTS = {"installed": "agent_installed_num", "failed": "agent_install_failed_num", "missing": "agent_not_install_num"}
_DAY = 86400
_USUAL_NODES = 3
_USUAL_AGE = 3600
_USUAL_REASON = "集群连接失败 (the cluster cannot be reached)"
_KNOWN = (
    "name",
    "id",
    "enterprise_project_id",
    "scanned",
    "scanned_ago",
    "last_scan_time",
    "never",
    "risky",
    "app_vulnerable",
    "cluster_type",
    "status",
    "nodes",
    "agents",
    "hss",
    "autopilot",
    "phase",
    "scannable",
    "scan_fails",
    "scan_fails_times",
    *NUMBERS,
    "fields",
)


@dataclass(frozen=True)
class ClusterSpec:
    """An entry of a scenario: one cluster, or a group of alike ones."""

    name: str
    count: int | None  # of a group
    id: str | None
    enterprise_project_id: str
    scanned: bool
    scanned_ago: float
    last_scan_time: int | None  # milliseconds; goes before scanned_ago
    never: str
    risky: bool | None  # None: as its risks say
    app_vulnerable: bool | None  # None: as its numbers say
    cluster_type: str
    status: str
    nodes: int
    agents: dict[str, int]  # nodes by the state of their agent
    hss: bool | str  # whether HSS knows it: true, false, or after_sync
    autopilot: bool
    phase: str  # in CCE
    scannable: bool
    scan_fails: dict[str, str]  # reasons by scan type
    scan_fails_times: int | None
    numbers: dict[str, int]
    fields: dict[str, Any]

    @classmethod
    def parse(cls, data: Any, where: str, group: bool = False) -> ClusterSpec:
        item = checking.mapping(
            data, where, (*_KNOWN, "count") if group else _KNOWN, ("count",) if group else ("name",)
        )
        ago, moment = item.get("scanned_ago"), item.get("last_scan_time")
        scanned = checking.flag(item.get("scanned", True), f"{where}.scanned")
        if not scanned and (ago is not None or moment is not None):
            raise ScenarioError(f"{where}: a time of the last scan, and scanned is false")
        times, id_ = item.get("scan_fails_times"), item.get("id")
        if group and id_ is not None:
            raise ScenarioError(f"{where}.id: not for a group")
        return cls(
            name=checking.text(item.get("name", "cluster"), f"{where}.name"),
            count=checking.integer(item["count"], f"{where}.count") if group else None,
            id=None if id_ is None else checking.text(id_, f"{where}.id"),
            enterprise_project_id=enterprise_project(
                item.get("enterprise_project_id", "0"), f"{where}.enterprise_project_id"
            ),
            scanned=scanned,
            scanned_ago=checking.number(_USUAL_AGE if ago is None else ago, f"{where}.scanned_ago"),
            last_scan_time=None if moment is None else checking.integer(moment, f"{where}.last_scan_time"),
            never=checking.choice(item.get("never", "absent"), f"{where}.never", _NEVER),
            risky=_optional_flag(item, "risky", where),
            app_vulnerable=_optional_flag(item, "app_vulnerable", where),
            cluster_type=checking.choice(item.get("cluster_type", "cce"), f"{where}.cluster_type", CLUSTER_TYPES),
            status=checking.text(item.get("status", "Available"), f"{where}.status"),
            nodes=(nodes := checking.integer(item.get("nodes", _USUAL_NODES), f"{where}.nodes")),
            agents=_agents(item.get("agents"), nodes, f"{where}.agents"),
            hss=_known(item.get("hss", True), f"{where}.hss"),
            autopilot=checking.flag(item.get("autopilot", False), f"{where}.autopilot"),
            phase=checking.text(item.get("phase", item.get("status", "Available")), f"{where}.phase"),
            scannable=checking.flag(item.get("scannable", True), f"{where}.scannable"),
            scan_fails=_reasons(item.get("scan_fails"), f"{where}.scan_fails"),
            scan_fails_times=None if times is None else checking.integer(times, f"{where}.scan_fails_times"),
            numbers={name: checking.integer(item[name], f"{where}.{name}") for name in NUMBERS if name in item},
            fields=checking.mapping(item.get("fields", {}), f"{where}.fields", item.get("fields", {})),
        )

    def names(self) -> list[str]:
        if self.count is None:
            return [self.name]
        return [f"{self.name}-{i + 1}" for i in range(self.count)]


@dataclass(eq=False)
class Cluster:
    spec: ClusterSpec
    name: str
    id: str
    last_scan: float | None  # seconds since the epoch
    created: float
    risks: list[Risk] = field(default_factory=list)
    failures: int = 0  # scans of it that have failed
    is_synchronised: bool = False
    _json: dict[tuple[bool, bool], bytes] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: ClusterSpec, name: str, id: str, now: float) -> Cluster:
        last: float | None = None
        if spec.last_scan_time is not None:
            last = spec.last_scan_time / 1000
        elif spec.scanned:
            last = now - spec.scanned_ago
        return cls(spec, name, id, last, created=now - 100 * _DAY)

    @property
    def enterprise_project_id(self) -> str:
        return self.spec.enterprise_project_id

    @property
    def is_known(self) -> bool:
        """Return whether it is in the inventory of HSS."""
        return self.spec.hss is True or (self.spec.hss == "after_sync" and self.is_synchronised)

    @property
    def is_scanned(self) -> bool:
        return bool(self.last_scan)

    @property
    def is_risky(self) -> bool:
        if self.spec.risky is not None:
            return self.spec.risky
        numbers = self.numbers()
        return bool(numbers["risk_assess_num"] or numbers["sec_comp_num"])

    @property
    def is_app_vulnerable(self) -> bool:
        if self.spec.app_vulnerable is not None:
            return self.spec.app_vulnerable
        return self.spec.numbers.get("app_vul_num", 0) > 0

    def numbers(self) -> dict[str, int]:
        if not self._numbers:
            self._numbers = {**self._counted(), **self.spec.numbers}
        return self._numbers

    def _counted(self) -> dict[str, int]:
        found = dict.fromkeys(NUMBERS, 0)
        found["app_vul_num"] = int(bool(self.spec.app_vulnerable))
        for risk in self.risks:
            if not risk.hidden:
                found["risk_assess_num" if risk.type == "risk_assessment" else "sec_comp_num"] += risk.num
        return found

    @property
    def is_scannable(self) -> bool:
        """Return whether a scan reaches it: HSS scans by its agents."""
        return self.spec.scannable and self.spec.agents["installed"] > 0

    def failure(self, scan_type: str) -> str | None:
        """Why a scan of the type fails now."""
        times = self.spec.scan_fails_times
        return self.spec.scan_fails.get(scan_type) if times is None or self.failures < times else None

    def changed(self) -> None:
        self._json.clear()
        self._numbers = {}
        for risk in self.risks:
            risk.changed()

    def json(self, risk_view: bool, agents: bool) -> bytes:
        key = (risk_view, agents)
        if key not in self._json:
            self._json[key] = to_json(self._record(risk_view, agents))
        return self._json[key]

    def _record(self, risk_view: bool, agents: bool) -> dict[str, Any]:
        record: dict[str, Any] = {
            "id": self.id[::-1],  # not the cluster's ID, and nothing that a client may use
            "cluster_name": self.name,
            "cluster_id": self.id,
            "cluster_type": self.spec.cluster_type,
            "status": self.spec.status,
            "version": "v1.29",
            "total_nodes_number": self.spec.nodes,
            "active_nodes_number": self.spec.nodes if self.spec.status == "Available" else 0,
            "creation_timestamp": milliseconds(self.created),
        }
        if agents:
            record.update(
                {field: self.spec.agents[name] for name, field in AGENTS.items()},
                agent_ds_install_status="Installed" if self.spec.agents["installed"] else "NotInstall",
                agent_ds_failed_reason="",
                last_operate_timestamp=milliseconds(self.created),
            )
        if risk_view:
            if self.is_scanned:
                record["last_scan_time"] = milliseconds(self.last_scan)
            elif self.spec.never != "absent":
                record["last_scan_time"] = None if self.spec.never == "null" else 0
            record.update(self.numbers())
        record.update(self.spec.fields)
        return {name: value for name, value in record.items() if value != REMOVED}


def milliseconds(moment: float | None) -> int | None:
    return None if moment is None else round(moment * 1000)


def _optional_flag(item: dict[str, Any], key: str, where: str) -> bool | None:
    return None if item.get(key) is None else checking.flag(item[key], f"{where}.{key}")


def _known(value: Any, where: str) -> bool | str:
    return value if value == "after_sync" else checking.flag(value, where)


def _agents(value: Any, nodes: int, where: str) -> dict[str, int]:
    """Parse the nodes by the state of their agent; all have one unless a scenario says otherwise."""
    given = checking.mapping({"installed": nodes} if value is None else value, where, AGENTS)
    return {name: checking.integer(given.get(name, 0), f"{where}.{name}") for name in AGENTS}


def _reasons(value: Any, where: str) -> dict[str, str]:
    """Parse failures of scans by type; true or a text applies to every type."""
    if value is None or value is False:
        return {}
    if value is True:
        value = _USUAL_REASON
    if isinstance(value, Mapping):
        reasons = checking.mapping(value, where, SCAN_TYPES)
        return {
            scan_type: _USUAL_REASON if reason is True else checking.text(reason, f"{where}.{scan_type}")
            for scan_type, reason in reasons.items()
        }
    return dict.fromkeys(SCAN_TYPES, checking.text(value, where))
