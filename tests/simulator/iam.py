# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity service: projects and the account."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote

from tests.simulator.answer import Answer, iam_answer, keystone_error
from tests.simulator.grants import Grants, account_name
from tests.simulator.request import ReceivedRequest
from tests.simulator.scenario import Project, Scenario

OPERATIONS = ("/v3/projects", "/v3/auth/projects", "/v3/auth/domains")


def answer(request: ReceivedRequest, grants: Grants, scenario: Scenario) -> Answer:
    if request.operation == "/v3/auth/domains":
        return _domains(request, grants, scenario)
    if request.operation == "/v3/auth/projects":
        return _project_list(request, [p for p in scenario.projects.values() if grants.may_enter(p.id)])
    if not grants.may_list_projects:
        text = "You are not authorized to perform the requested action: identity:list_projects"
        return keystone_error(403, "Forbidden", text)
    return _projects(request, scenario)


def _projects(request: ReceivedRequest, scenario: Scenario) -> Answer:
    query = {name: values[0] for name, values in parse_qs(request.query, keep_blank_values=True).items()}
    found = list(scenario.projects.values())
    for name in ("name", "domain_id", "parent_id"):
        if name in query:
            found = [p for p in found if getattr(p, name) == query[name]]
    if "enabled" in query:
        wanted = query["enabled"].lower()
        if wanted not in ("true", "false"):
            return keystone_error(400, "Bad Request", "Request parameter 'enabled' is invalid.")
        found = [p for p in found if p.enabled == (wanted == "true")]
    if "page" in query or "per_page" in query:
        try:
            page, per_page = int(query["page"]), int(query["per_page"])
        except (KeyError, ValueError):
            return keystone_error(400, "Bad Request", "Request parameter 'page' or 'per_page' is invalid.")
        if page < 1 or not 1 <= per_page <= 5000:
            return keystone_error(400, "Bad Request", "Request parameter 'page' or 'per_page' is invalid.")
        found = found[(page - 1) * per_page : page * per_page]
    return _project_list(request, found)


def _project_list(request: ReceivedRequest, found: list[Project]) -> Answer:
    return iam_answer({"projects": [_record(request, p) for p in found], "links": _links(request)})


def _record(request: ReceivedRequest, project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "domain_id": project.domain_id,
        "parent_id": project.parent_id,
        "enabled": project.enabled,
        "is_domain": False,
        "description": "",
        "links": {"self": f"{_base(request)}/v3/projects/{quote(project.id)}"},
    }


def _domains(request: ReceivedRequest, grants: Grants, scenario: Scenario) -> Answer:
    records = [
        {
            "id": domain,
            "name": account_name(domain),
            "enabled": True,
            "description": "",
            "links": {"self": f"{_base(request)}/v3/domains/{quote(domain)}"},
        }
        for domain in scenario.accounts_of(grants)
    ]
    return iam_answer({"domains": records, "links": _links(request)})


def _base(request: ReceivedRequest) -> str:
    prefix = f"/regions/{request.region}" if request.region else ""
    return f"{request.scheme}://{request.headers.get('host', '')}{prefix}"


def _links(request: ReceivedRequest) -> dict[str, str | None]:
    return {"self": request.url, "next": None, "previous": None}
