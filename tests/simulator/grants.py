# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permissions and owner of a credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.simulator import checking

GRANT_KEYS = ("projects", "enterprise_projects", "may_list_projects", "may_list_cce_clusters")
DEFAULT_DOMAIN_ID = "d1"


def account_name(domain_id: str) -> str:
    return f"account-{domain_id}"


@dataclass(frozen=True)
class Owner:
    """The user or the session of an agency behind a credential."""

    domain_id: str
    id: str
    name: str
    urn: str

    @classmethod
    def user(cls, domain_id: str, name: str, user_id: str | None = None) -> Owner:
        return cls(domain_id, user_id or f"{name}-of-{domain_id}", name, f"iam::{domain_id}:user:{name}")

    @classmethod
    def session(cls, domain_id: str, agency: str, session: str) -> Owner:
        urn = f"sts::{domain_id}:assumed-agency:{agency}/{session}"
        return cls(domain_id, f"{agency}-of-{domain_id}:{session}", f"{account_name(domain_id)}/{agency}", urn)


@dataclass(frozen=True, kw_only=True)
class Grants:
    """Permissions of a credential. None means all; an owner of None is an unnamed user."""

    projects: frozenset[str] | None
    enterprise_projects: frozenset[str] | None
    may_list_projects: bool
    may_list_cce_clusters: bool
    owner: Owner | None

    @property
    def region(self) -> str | None:
        """The only region whose services take the credential; None for any."""
        return None

    def may_enter(self, project_id: str) -> bool:
        return self.projects is None or project_id in self.projects

    def may_use(self, project_id: str) -> bool:
        """Return whether the services of a project accept the credential; its scope does not restrict this."""
        return self.may_enter(project_id)

    def may_see(self, enterprise_project_id: str) -> bool:
        return self.enterprise_projects is None or enterprise_project_id in self.enterprise_projects


def parse_grants(item: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the members of Grants without the owner."""
    return {
        "projects": _set_or_all(item, "projects", where, checking.text),
        "enterprise_projects": _set_or_all(item, "enterprise_projects", where, enterprise_project),
        **{name: checking.flag(item.get(name, True), f"{where}.{name}") for name in GRANT_KEYS[2:]},
    }


def parse_names(item: dict[str, Any], key: str, where: str) -> frozenset[str] | None:
    """Parse a list of names; None means all."""
    return _set_or_all(item, key, where, checking.text)


def enterprise_project(value: Any, where: str) -> str:
    # YAML reads a bare 0, the default enterprise project, as a number.
    return "0" if value == 0 and not isinstance(value, bool) else checking.text(value, where)


def _set_or_all(item: dict[str, Any], key: str, where: str, read: Any) -> frozenset[str] | None:
    value = item.get(key, "all")
    if value == "all":
        return None
    values = checking.sequence(value, f"{where}.{key}")
    return frozenset(read(v, f"{where}.{key}[{i}]") for i, v in enumerate(values))
