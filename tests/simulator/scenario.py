# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the simulated cloud, read from a mapping or a YAML file."""

from __future__ import annotations

import calendar
import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from tests.simulator import checking
from tests.simulator.errors import ScenarioError
from tests.simulator.fault import Fault

_FLAGS = ("scanned", "risky", "app_vulnerable")
_GRANT_KEYS = ("projects", "enterprise_projects", "expired", "may_list_projects")


@dataclass(frozen=True)
class Counts:
    """The four numbers of the statistics call."""

    risk: int = 0
    app_vul: int = 0
    unscan: int = 0
    all: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.risk + other.risk, self.app_vul + other.app_vul, self.unscan + other.unscan, self.all + other.all
        )

    def as_answer(self) -> dict[str, int]:
        return {
            "risk_cluster_num": self.risk,
            "app_vul_cluster_num": self.app_vul,
            "unscan_cluster_num": self.unscan,
            "all_cluster_num": self.all,
        }


@dataclass(frozen=True)
class Project:
    id: str
    name: str
    region: str
    enabled: bool
    domain_id: str
    parent_id: str
    counts: dict[str, Counts]  # by enterprise project


@dataclass(frozen=True)
class Grants:
    """What a credential may do. None stands for all."""

    projects: frozenset[str] | None
    enterprise_projects: frozenset[str] | None
    expired: bool
    may_list_projects: bool

    def may_enter(self, project_id: str) -> bool:
        return self.projects is None or project_id in self.projects

    def may_see(self, enterprise_project_id: str) -> bool:
        return self.enterprise_projects is None or enterprise_project_id in self.enterprise_projects


@dataclass(frozen=True)
class Token(Grants):
    token: str
    must_update: bool


@dataclass(frozen=True)
class AccessKey(Grants):
    access_key: str
    secret_key: str
    security_token: str | None
    expires_at: float | None  # seconds since the epoch


@dataclass(frozen=True)
class Scenario:
    projects: dict[str, Project]
    tokens: dict[str, Token]
    access_keys: dict[str, AccessKey]
    faults: tuple[Fault, ...]
    clock_offset: float
    latency: float
    seed: int

    @classmethod
    def parse(cls, data: Any) -> Scenario:
        known = ("clock_offset", "latency", "seed", "projects", "tokens", "access_keys", "faults")
        top = checking.mapping(data, "scenario", known)
        projects = [
            _project(item, f"projects[{i}]")
            for i, item in enumerate(checking.sequence(top.get("projects"), "projects"))
        ]
        tokens = [_token(item, f"tokens[{i}]") for i, item in enumerate(checking.sequence(top.get("tokens"), "tokens"))]
        keys = [
            _access_key(item, f"access_keys[{i}]")
            for i, item in enumerate(checking.sequence(top.get("access_keys"), "access_keys"))
        ]
        faults = [
            Fault.parse(item, f"faults[{i}]") for i, item in enumerate(checking.sequence(top.get("faults"), "faults"))
        ]
        result = cls(
            projects=_by("id", [(p.id, p) for p in projects], "projects"),
            tokens=_by("token", [(t.token, t) for t in tokens], "tokens"),
            access_keys=_by("access_key", [(k.access_key, k) for k in keys], "access_keys"),
            faults=tuple(faults),
            clock_offset=checking.number(top.get("clock_offset", 0), "clock_offset"),
            latency=checking.number(top.get("latency", 0), "latency", 0),
            seed=checking.integer(top.get("seed", 0), "seed"),
        )
        for name, credentials in (("tokens", tokens), ("access_keys", keys)):
            for i, credential in enumerate(credentials):
                strangers = sorted((credential.projects or frozenset()) - set(result.projects))
                if strangers:
                    raise ScenarioError(f"{name}[{i}].projects: no project {strangers[0]!r} in the scenario")
        return result


def load_scenario(path: str | Path) -> dict[str, Any]:
    """Read a scenario file and check it; the plain mapping comes back, so that a test can change it."""
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    try:
        Scenario.parse(data)
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from error
    return dict(data)


def _by(key: str, pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for i, (name, item) in enumerate(pairs):
        if name in result:
            raise ScenarioError(f"{where}[{i}].{key}: the same as that of an earlier one")
        result[name] = item
    return result


def _project(data: Any, where: str) -> Project:
    known = ("id", "name", "region", "enabled", "domain_id", "parent_id", "clusters", "cluster_groups")
    item = checking.mapping(data, where, known, ("id", "name"))
    name = checking.text(item["name"], f"{where}.name")
    domain_id = checking.text(item.get("domain_id", "d1"), f"{where}.domain_id")
    counts: dict[str, Counts] = {}
    for kind, minimum in (("clusters", None), ("cluster_groups", 0)):
        for i, entry in enumerate(checking.sequence(item.get(kind), f"{where}.{kind}")):
            eps, added = _clusters(entry, f"{where}.{kind}[{i}]", minimum is not None)
            counts[eps] = counts.get(eps, Counts()) + added
    return Project(
        id=checking.text(item["id"], f"{where}.id"),
        name=name,
        region=checking.text(item.get("region", name.split("_")[0]), f"{where}.region"),
        enabled=checking.flag(item.get("enabled", True), f"{where}.enabled"),
        domain_id=domain_id,
        parent_id=checking.text(item.get("parent_id", domain_id), f"{where}.parent_id"),
        counts=counts,
    )


def _clusters(data: Any, where: str, group: bool) -> tuple[str, Counts]:
    known = ("name", "enterprise_project_id", *_FLAGS) + (("count",) if group else ())
    item = checking.mapping(data, where, known, ("count",) if group else ("name",))
    if "name" in item:
        checking.text(item["name"], f"{where}.name")
    count = checking.integer(item["count"], f"{where}.count") if group else 1
    scanned = checking.flag(item.get("scanned", True), f"{where}.scanned")
    risky = checking.flag(item.get("risky", False), f"{where}.risky")
    vulnerable = checking.flag(item.get("app_vulnerable", False), f"{where}.app_vulnerable")
    eps = _enterprise_project(item.get("enterprise_project_id", "0"), f"{where}.enterprise_project_id")
    return eps, Counts(count * risky, count * vulnerable, count * (not scanned), count)


def _enterprise_project(value: Any, where: str) -> str:
    # YAML reads a bare 0, the default enterprise project, as a number.
    return "0" if value == 0 and not isinstance(value, bool) else checking.text(value, where)


def _grants(item: dict[str, Any], where: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key in ("projects", "enterprise_projects"):
        value = item.get(key, "all")
        read = _enterprise_project if key == "enterprise_projects" else checking.text
        result[key] = (
            None
            if value == "all"
            else frozenset(
                read(v, f"{where}.{key}[{i}]") for i, v in enumerate(checking.sequence(value, f"{where}.{key}"))
            )
        )
    result["expired"] = checking.flag(item.get("expired", False), f"{where}.expired")
    result["may_list_projects"] = checking.flag(item.get("may_list_projects", True), f"{where}.may_list_projects")
    return result


def _token(data: Any, where: str) -> Token:
    item = checking.mapping(data, where, ("token", "must_update", *_GRANT_KEYS), ("token",))
    return Token(
        token=checking.text(item["token"], f"{where}.token"),
        must_update=checking.flag(item.get("must_update", False), f"{where}.must_update"),
        **_grants(item, where),
    )


def _access_key(data: Any, where: str) -> AccessKey:
    known = ("access_key", "secret_key", "security_token", "expires_at", *_GRANT_KEYS)
    item = checking.mapping(data, where, known, ("access_key", "secret_key"))
    token = item.get("security_token")
    return AccessKey(
        access_key=checking.text(item["access_key"], f"{where}.access_key"),
        secret_key=checking.text(item["secret_key"], f"{where}.secret_key"),
        security_token=None if token is None else checking.text(token, f"{where}.security_token"),
        expires_at=_moment(item.get("expires_at"), f"{where}.expires_at"),
        **_grants(item, where),
    )


def _moment(value: Any, where: str) -> float | None:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = datetime.fromisoformat(value.removesuffix("Z"))
    if not isinstance(value, datetime):
        raise ScenarioError(f"{where}: expected a time such as 2026-01-02T03:19:05Z, got {value!r}")
    return calendar.timegm(value.utctimetuple())  # takes a time without a zone as UTC
