# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Those who can get credentials of the simulated cloud: users, agencies, federated users, instances and pods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.simulator import checking
from tests.simulator.errors import ScenarioError
from tests.simulator.grants import DEFAULT_DOMAIN_ID, GRANT_KEYS, Grants, Owner, parse_grants, parse_names

_TOKEN_MODES = ("required", "optional", "absent")


@dataclass(frozen=True, kw_only=True)
class User(Grants):
    owner: Owner
    password: str
    locked: bool
    disabled: bool

    @classmethod
    def parse(cls, data: Any, where: str) -> User:
        known = ("name", "id", "password", "domain_id", "locked", "disabled", *GRANT_KEYS)
        item = checking.mapping(data, where, known, ("name", "password"))
        user_id = item.get("id")
        return cls(
            owner=Owner.user(
                _domain_id(item, where),
                checking.text(item["name"], f"{where}.name"),
                None if user_id is None else checking.text(user_id, f"{where}.id"),
            ),
            password=checking.text(item["password"], f"{where}.password"),
            locked=checking.flag(item.get("locked", False), f"{where}.locked"),
            disabled=checking.flag(item.get("disabled", False), f"{where}.disabled"),
            **parse_grants(item, where),
        )


@dataclass(frozen=True, kw_only=True)
class Agency(Grants):
    name: str
    domain_id: str
    trusted: frozenset[str] | None  # accounts and identity providers; None stands for all
    external_id: str | None  # what the caller of STS must know

    def trusts(self, domain_or_provider: str) -> bool:
        return self.trusted is None or domain_or_provider in self.trusted

    @property
    def urn(self) -> str:
        return f"iam::{self.domain_id}:agency:{self.name}"

    @classmethod
    def parse(cls, data: Any, where: str) -> Agency:
        item = checking.mapping(data, where, ("name", "domain_id", "trusts", "external_id", *GRANT_KEYS), ("name",))
        external_id = item.get("external_id")
        return cls(
            external_id=None if external_id is None else checking.text(external_id, f"{where}.external_id"),
            owner=None,  # a session has one, the agency does not
            name=checking.text(item["name"], f"{where}.name"),
            domain_id=_domain_id(item, where),
            trusted=parse_names(item, "trusts", where),
            **parse_grants(item, where),
        )


@dataclass(frozen=True, kw_only=True)
class IdentityProvider(Grants):
    owner: Owner
    id: str
    id_tokens: dict[str, bool]  # whether it has expired

    @property
    def urn(self) -> str:
        return f"iam::{self.owner.domain_id}:oidcProvider:{self.id}"

    def accepts(self, id_token: str) -> bool:
        return self.id_tokens.get(id_token) is False

    @classmethod
    def parse(cls, data: Any, where: str) -> IdentityProvider:
        item = checking.mapping(data, where, ("id", "domain_id", "id_tokens", *GRANT_KEYS), ("id",))
        name = checking.text(item["id"], f"{where}.id")
        return cls(
            owner=Owner.user(_domain_id(item, where), f"user-of-{name}"),
            id=name,
            id_tokens=dict(
                _id_token(entry, f"{where}.id_tokens[{i}]")
                for i, entry in enumerate(checking.sequence(item.get("id_tokens"), f"{where}.id_tokens"))
            ),
            **parse_grants(item, where),
        )


@dataclass(frozen=True)
class Metadata:
    token_mode: str
    agency: str | None
    lifetime: float

    @classmethod
    def parse(cls, data: Any, where: str) -> Metadata:
        item = checking.mapping(data, where, ("token", "agency", "lifetime"))
        mode = item.get("token", "optional")
        if mode not in _TOKEN_MODES:
            raise ScenarioError(f"{where}.token: expected one of {', '.join(_TOKEN_MODES)}, got {mode!r}")
        agency = item.get("agency")
        return cls(
            token_mode=mode,
            agency=None if agency is None else checking.text(agency, f"{where}.agency"),
            lifetime=checking.number(item.get("lifetime", 86400), f"{where}.lifetime", 0),
        )


@dataclass(frozen=True)
class Pod:
    token: str
    agency: str
    lifetime: float

    @classmethod
    def parse(cls, data: Any, where: str) -> Pod:
        item = checking.mapping(data, where, ("token", "agency", "lifetime"), ("token", "agency"))
        return cls(
            token=checking.text(item["token"], f"{where}.token"),
            agency=checking.text(item["agency"], f"{where}.agency"),
            lifetime=checking.number(item.get("lifetime", 3600), f"{where}.lifetime", 0),
        )


def _domain_id(item: dict[str, Any], where: str) -> str:
    return checking.text(item.get("domain_id", DEFAULT_DOMAIN_ID), f"{where}.domain_id")


def _id_token(data: Any, where: str) -> tuple[str, bool]:
    item = checking.mapping(data, where, ("id_token", "expired"), ("id_token",))
    return (
        checking.text(item["id_token"], f"{where}.id_token"),
        checking.flag(item.get("expired", False), f"{where}.expired"),
    )
