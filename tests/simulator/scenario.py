# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the simulated cloud, read from a mapping or a YAML file."""

from __future__ import annotations

import calendar
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from tests.simulator import checking, timing
from tests.simulator.clusters import ClusterSpec
from tests.simulator.errors import ScenarioError
from tests.simulator.fault import Fault
from tests.simulator.grants import (
    DEFAULT_DOMAIN_ID,
    GRANT_KEYS,
    Grants,
    Owner,
    account_name,
    parse_grants,
)
from tests.simulator.identities import Agency, IdentityProvider, Metadata, Pod, User
from tests.simulator.quotas import Quota
from tests.simulator.risks import RiskSpec
from tests.simulator.scenario_tasks import TaskSpec

_CREDENTIAL_KEYS = (*GRANT_KEYS, "expired", "domain_id")


@dataclass(frozen=True)
class Project:
    id: str
    name: str
    region: str
    enabled: bool
    domain_id: str
    parent_id: str
    clusters: tuple[ClusterSpec, ...]
    risks: tuple[RiskSpec, ...]
    tasks: tuple[TaskSpec, ...]
    last_update_time: Any  # as it is sent; None for now
    sync_seconds: float  # that a synchronisation of the inventory takes
    empty_list: str  # the form of a list without rows


@dataclass(frozen=True, kw_only=True)
class Token(Grants):
    token: str
    must_update: bool
    expired: bool = False
    expires_at: float | None = None  # seconds since the epoch


@dataclass(frozen=True, kw_only=True)
class AccessKey(Grants):
    access_key: str
    secret_key: str
    security_token: str | None
    expired: bool = False
    expires_at: float | None = None  # seconds since the epoch


@dataclass(frozen=True)
class Scenario:
    projects: dict[str, Project]
    tokens: dict[str, Token]
    access_keys: dict[str, AccessKey]
    users: dict[str, User]  # by ID
    agencies: dict[tuple[str, str], Agency]  # by account and name
    identity_providers: dict[str, IdentityProvider]
    metadata: Metadata | None
    pods: dict[str, Pod]  # by token
    faults: tuple[Fault, ...]
    quotas: tuple[Quota, ...]
    clock_offset: float
    latency: float
    seed: int
    issued_lifetime: float | None
    timing: timing.TaskTiming

    @classmethod
    def parse(cls, data: Any) -> Scenario:
        lists: dict[str, Callable[[Any, str], Any]] = {
            "projects": _project,
            "tokens": _token,
            "access_keys": _access_key,
            "users": User.parse,
            "agencies": Agency.parse,
            "identity_providers": IdentityProvider.parse,
            "pods": Pod.parse,
            "faults": Fault.parse,
            "quotas": Quota.parse,
        }
        top = checking.mapping(
            data, "scenario", ("clock_offset", "latency", "seed", "issued_lifetime", "metadata", *timing.KEYS, *lists)
        )
        read = {
            key: [parse(item, f"{key}[{i}]") for i, item in enumerate(checking.sequence(top.get(key), key))]
            for key, parse in lists.items()
        }
        metadata, lifetime = top.get("metadata"), top.get("issued_lifetime")
        result = cls(
            projects=_by("id", [(p.id, p) for p in read["projects"]], "projects"),
            tokens=_by("token", [(t.token, t) for t in read["tokens"]], "tokens"),
            access_keys=_by("access_key", [(k.access_key, k) for k in read["access_keys"]], "access_keys"),
            users=_by("id", [(u.owner.id, u) for u in read["users"]], "users"),
            agencies=_by("name", [((a.domain_id, a.name), a) for a in read["agencies"]], "agencies"),
            identity_providers=_by("id", [(p.id, p) for p in read["identity_providers"]], "identity_providers"),
            metadata=None if metadata is None else Metadata.parse(metadata, "metadata"),
            pods=_by("token", [(p.token, p) for p in read["pods"]], "pods"),
            faults=tuple(read["faults"]),
            quotas=tuple(read["quotas"]),
            clock_offset=checking.number(top.get("clock_offset", 0), "clock_offset"),
            latency=checking.number(top.get("latency", 0), "latency", 0),
            seed=checking.integer(top.get("seed", 0), "seed"),
            issued_lifetime=None if lifetime is None else checking.number(lifetime, "issued_lifetime", 0),
            timing=timing.TaskTiming.parse(top),
        )
        for name in ("tokens", "access_keys", "users", "agencies", "identity_providers"):
            for i, credential in enumerate(read[name]):
                unknown = sorted((credential.projects or frozenset()) - set(result.projects))
                if unknown:
                    raise ScenarioError(f"{name}[{i}].projects: no project {unknown[0]!r} in the scenario")
        result._check_agencies(read["pods"])
        return result

    def account(self, *, domain_id: str | None = None, name: str | None = None) -> str | None:
        """Return the ID of an existing account."""
        owners = [x.owner for x in (*self.tokens.values(), *self.access_keys.values(), *self.users.values()) if x.owner]
        known = {
            *(p.domain_id for p in self.projects.values()),
            *(a.domain_id for a in self.agencies.values()),
            *(p.owner.domain_id for p in self.identity_providers.values()),
            *(owner.domain_id for owner in owners),
        }
        return next((known_id for known_id in known if known_id == domain_id or account_name(known_id) == name), None)

    def accounts_of(self, grants: Grants) -> list[str]:
        if grants.owner is not None:
            return [grants.owner.domain_id]
        return list(dict.fromkeys(p.domain_id for p in self.projects.values() if grants.may_enter(p.id)))

    def agency_named(self, name: str) -> Agency:
        """Return the first agency of this name: instances and pods are in no particular account."""
        return next(agency for agency in self.agencies.values() if agency.name == name)

    def owner_of(self, grants: Grants) -> Owner:
        if grants.owner is not None:
            return grants.owner
        return _nameless(next(iter(self.accounts_of(grants)), DEFAULT_DOMAIN_ID))

    def _check_agencies(self, pods: list[Pod]) -> None:
        named = [(f"pods[{i}]", pod.agency) for i, pod in enumerate(pods)]
        if self.metadata is not None and self.metadata.agency is not None:
            named.append(("metadata", self.metadata.agency))
        for where, agency in named:
            if agency not in {a.name for a in self.agencies.values()}:
                raise ScenarioError(f"{where}.agency: no agency {agency!r} in the scenario")


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


def _by(key: str, pairs: list[tuple[Any, Any]], where: str) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for i, (name, item) in enumerate(pairs):
        if name in result:
            raise ScenarioError(f"{where}[{i}].{key}: the same as that of an earlier one")
        result[name] = item
    return result


def _project(data: Any, where: str) -> Project:
    lists = ("clusters", "cluster_groups", "risks", "risk_groups", "tasks")
    known = (
        "id",
        "name",
        "region",
        "enabled",
        "domain_id",
        "parent_id",
        "last_update_time",
        "sync_seconds",
        "empty_list",
        *lists,
    )
    item = checking.mapping(data, where, known, ("id", "name"))
    name = checking.text(item["name"], f"{where}.name")
    domain_id = checking.text(item.get("domain_id", DEFAULT_DOMAIN_ID), f"{where}.domain_id")

    def entries(kind: str, parse: Callable[..., Any], **options: Any) -> list[Any]:
        found = checking.sequence(item.get(kind), f"{where}.{kind}")
        return [parse(entry, f"{where}.{kind}[{i}]", **options) for i, entry in enumerate(found)]

    clusters = entries("clusters", ClusterSpec.parse) + entries("cluster_groups", ClusterSpec.parse, group=True)
    risks = entries("risks", RiskSpec.parse) + entries("risk_groups", RiskSpec.parse, group=True)
    tasks = entries("tasks", TaskSpec.parse)
    _check_names(where, clusters, risks, tasks)
    return Project(
        id=checking.text(item["id"], f"{where}.id"),
        name=name,
        region=checking.text(item.get("region", name.split("_")[0]), f"{where}.region"),
        enabled=checking.flag(item.get("enabled", True), f"{where}.enabled"),
        domain_id=domain_id,
        parent_id=checking.text(item.get("parent_id", domain_id), f"{where}.parent_id"),
        clusters=tuple(clusters),
        risks=tuple(risks),
        tasks=tuple(tasks),
        last_update_time=item.get("last_update_time"),
        sync_seconds=checking.number(item.get("sync_seconds", 0), f"{where}.sync_seconds", 0),
        empty_list=checking.choice(item.get("empty_list", "list"), f"{where}.empty_list", ("list", "null", "absent")),
    )


def _check_names(where: str, clusters: list[ClusterSpec], risks: list[RiskSpec], tasks: list[TaskSpec]) -> None:
    named = {name for risk in risks for name in risk.clusters} | {name for task in tasks for name in task.clusters}
    if named:
        unknown = named - {name for spec in clusters for name in (*spec.names(), spec.id)}
        if unknown:
            raise ScenarioError(f"{where}: no cluster {min(unknown)!r} in the project")


def _token(data: Any, where: str) -> Token:
    item = checking.mapping(data, where, ("token", "must_update", *_CREDENTIAL_KEYS), ("token",))
    return Token(
        token=checking.text(item["token"], f"{where}.token"),
        must_update=checking.flag(item.get("must_update", False), f"{where}.must_update"),
        **_credential(item, where),
    )


def _access_key(data: Any, where: str) -> AccessKey:
    known = ("access_key", "secret_key", "security_token", "expires_at", *_CREDENTIAL_KEYS)
    item = checking.mapping(data, where, known, ("access_key", "secret_key"))
    token = item.get("security_token")
    return AccessKey(
        access_key=checking.text(item["access_key"], f"{where}.access_key"),
        secret_key=checking.text(item["secret_key"], f"{where}.secret_key"),
        security_token=None if token is None else checking.text(token, f"{where}.security_token"),
        expires_at=_moment(item.get("expires_at"), f"{where}.expires_at"),
        **_credential(item, where),
    )


def _credential(item: dict[str, Any], where: str) -> dict[str, Any]:
    domain_id = item.get("domain_id")
    return {
        "owner": None if domain_id is None else _nameless(checking.text(domain_id, f"{where}.domain_id")),
        "expired": checking.flag(item.get("expired", False), f"{where}.expired"),
        **parse_grants(item, where),
    }


def _nameless(domain_id: str) -> Owner:
    return Owner.user(domain_id, "user")


def _moment(value: Any, where: str) -> float | None:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = datetime.fromisoformat(value.removesuffix("Z"))
    if not isinstance(value, datetime):
        raise ScenarioError(f"{where}: expected a time such as 2026-01-02T03:19:05Z, got {value!r}")
    return calendar.timegm(value.utctimetuple())  # takes a time without a zone as UTC
