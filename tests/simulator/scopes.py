# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scope that a token is asked for."""

from __future__ import annotations

from typing import Any

from tests.simulator import body
from tests.simulator.answer import Declined
from tests.simulator.grants import Grants
from tests.simulator.issuing import Scope
from tests.simulator.scenario import Project, Scenario


def requested_scope(auth: dict[str, Any], default: Scope, domain_id: str, grants: Grants, scenario: Scenario) -> Scope:
    """Domain_id is the account in which names are looked up."""
    if auth.get("scope") is None:
        return default
    scope = body.mapping(auth, "scope")
    if "project" in scope:  # it wins over a domain beside it
        return Scope(project=_project(body.mapping(scope, "project"), domain_id, grants, scenario))
    found = _domain(body.mapping(scope, "domain"), scenario)
    if found != domain_id:
        raise Declined(403, "The scope is not the account of the user.")
    return Scope(domain_id=found)


def _project(wanted: dict[str, Any], domain_id: str, grants: Grants, scenario: Scenario) -> Project:
    if "id" in wanted:
        project = scenario.projects.get(body.text(wanted, "id"))
    else:
        name = body.text(wanted, "name")
        home = _domain(body.mapping(wanted, "domain"), scenario) if "domain" in wanted else domain_id
        found = (p for p in scenario.projects.values() if p.name == name and p.domain_id == home)
        project = next(found, None)
    if project is None:
        raise Declined(404, "Could not find project.")
    if not grants.may_enter(project.id):
        raise Declined(403, "The user may not enter the project.")
    return project


def _domain(wanted: dict[str, Any], scenario: Scenario) -> str:
    if "id" in wanted:
        found = scenario.account(domain_id=body.text(wanted, "id"))
    else:
        found = scenario.account(name=body.text(wanted, "name"))
    if found is None:
        raise Declined(404, "Could not find domain.")
    return found
