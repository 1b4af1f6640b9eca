# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find projects by name in IAM. Imported only where no project ID is given.

Source: https://support.huaweicloud.com/intl/en-us/api-iam/, KeystoneListAuthProjects and KeystoneListProjects.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from .._auth.credentials import Project
from .._errors import ConfigurationError, InvalidResponseError, RefusedError
from .._http.models import Operation
from .._settings import ALL_GRANTED, project_id_problem, region_problem
from .client import Client, Reply
from .scopes import Scope, default_scope, failure_record

AUTH_PROJECTS = Operation("IAM", "KeystoneListAuthProjects")
PROJECTS = Operation("IAM", "KeystoneListProjects")

STORAGE_PROJECT = "MOS"
_MAX_LISTED = 20


class QueryPlan(NamedTuple):
    """The scopes to query. `invalid`: records of scopes that cannot be queried. `authenticated`: IAM has accepted the credential.

    `names` are those of the projects before include_projects and exclude_projects.
    """

    scopes: List[Scope]
    skipped: List[Dict[str, Any]]
    invalid: List[Dict[str, Any]]
    authenticated: bool
    names: Sequence[str] = ()


def list_auth_projects(client: Client, region: Optional[str] = None) -> List[Project]:
    """Return the projects that the credential may enter, by KeystoneListAuthProjects, GET /v3/auth/projects. Needs no permission."""
    return _projects(client.call(AUTH_PROJECTS, region, ("auth", "projects")), AUTH_PROJECTS)


def every_project(client: Client) -> QueryPlan:
    """Return every project that the credential may enter. A sub-project's name is REGION_NAME, a region's own project has its name."""
    scopes, skipped, invalid = [], [], []
    enterprise_project_id = client.settings.enterprise_project_id or ALL_GRANTED
    projects = list_auth_projects(client)
    if not projects:
        raise ConfigurationError("This credential may enter no project at all.", hint="Ask for permissions in IAM.")
    for project in {project.id: project for project in projects}.values():
        region = project.name.partition("_")[0]
        scope = Scope(region, project.id, project.name, enterprise_project_id, client.account)
        if project.name == STORAGE_PROJECT:
            reason = "MOS, the project of object storage, belongs to no region"
            skipped.append({**scope._replace(region=None).record(), "reason": reason})
        elif not project.enabled:
            skipped.append({**scope.record(), "reason": "the project is disabled"})
        elif region_problem(region):
            error = ConfigurationError("No region can be told from the project's name.")
            invalid.append(failure_record(scope._replace(region=None), error))
        else:
            scopes.append(scope)
    return QueryPlan(scopes, skipped, invalid, authenticated=True)


def list_projects(client: Client, region: Optional[str], name: str) -> List[Project]:
    """Return the projects of this name that the credential may list, by KeystoneListProjects, GET /v3/projects?name=."""
    return _projects(client.call(PROJECTS, region, ("projects",), [("name", name)]), PROJECTS)


def task_scope(client: Client) -> Scope:
    """Return the scope that the task's own options name, with its project ID."""
    return resolve_project(client, default_scope(client.settings, client.project_id))


def resolve_project(client: Client, scope: Scope) -> Scope:
    """Return the scope with its project ID, which is looked up by name if it is not known."""
    if scope.project_id:
        return scope
    project = find_project(client, scope.project_name or client.region(scope.region), scope.region)
    return scope._replace(project_id=project.id, project_name=project.name)


def find_project(client: Client, name: str, region: Optional[str]) -> Project:
    """Return the one project of this name; raise ConfigurationError, which lists the projects, if there are none or several."""
    known = client.project_by_name(name)
    if known is not None:
        return known
    seen: List[Project] = []
    rejection = None
    try:
        # One list for all scopes that ask the same IAM.
        seen = client.single_flight.get(
            ("projects", client.iam_url(region)), lambda: list_auth_projects(client, region)
        )
    except RefusedError as error:
        if not _allows_other_lookup(error):
            raise
        rejection = error
    found = [project for project in seen if project.name == name]
    if not found:
        try:
            found = [project for project in list_projects(client, region, name) if project.name == name]
        except RefusedError as error:
            if not _allows_other_lookup(error):
                raise
            rejection = rejection or error
    if len(found) == 1 and found[0].enabled:
        return found[0]
    hint = "Set project_id, or correct region or project_name."
    if rejection:
        hint += f" IAM also refused a look-up: {rejection.message}"
    raise ConfigurationError(
        f"{_describe_count(found, name)} Seen: {_format_projects(found or seen)}.", hint=hint, service="IAM"
    )


def _allows_other_lookup(error: RefusedError) -> bool:
    """Return whether only this lookup is unavailable, so that another one may be tried.

    A refused credential (401) is final: every further attempt counts towards the lock of the key. So is an error while the
    credential itself was fetched.
    """
    return error.status_code in (403, 404, 405) and not error.affects_all_scopes


def _describe_count(found: List[Project], name: str) -> str:
    if not found:
        return f"IAM knows no project named {name} that this credential may enter."
    if len(found) == 1:
        return f"The project named {name} is disabled."
    return f"IAM knows {len(found)} projects named {name}."


def _format_projects(projects: List[Project]) -> str:
    from .._formatting import single_line

    seen = [f"{single_line(project.name)} ({project.id})" for project in projects[:_MAX_LISTED]]
    if len(projects) > _MAX_LISTED:
        seen.append(f"and {len(projects) - _MAX_LISTED} more")
    return ", ".join(seen) or "no project at all"


def _projects(reply: Reply, operation: Operation) -> List[Project]:
    records = reply.data.get("projects")
    if not isinstance(records, list):
        raise _invalid(operation, "no list named projects", reply)
    links = reply.data.get("links")
    if isinstance(links, dict) and links.get("next"):
        # Documented as never paged. With a next page the list would be incomplete.
        raise _invalid(operation, "a list that goes on elsewhere (links.next)", reply)
    return [_project(record, operation, reply) for record in records]


def _project(record: Any, operation: Operation, reply: Reply) -> Project:
    fields: Dict[str, Any] = record if isinstance(record, dict) else {}
    project_id, name = fields.get("id"), fields.get("name")
    if not (isinstance(project_id, str) and isinstance(name, str)) or project_id_problem(project_id):
        raise _invalid(operation, "a project without a usable id and name", reply)
    # Documented as always present. A project without it is treated as enabled, and HSS decides.
    return Project(project_id, name, fields.get("enabled") is not False)


def _invalid(operation: Operation, what: str, reply: Reply) -> InvalidResponseError:
    hint = "Check iam_endpoint, or set project_id."
    return InvalidResponseError.of(operation, f"answered, but with {what}", hint=hint, request_id=reply.request_id)
