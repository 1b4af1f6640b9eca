# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query many scopes concurrently: in which order, and what happens to those that fail."""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Union

from .._concurrency.executor import run_all
from .._errors import CancelledError, ConfigurationError, HssError
from .._http.error_body import implies_authenticated, is_region_without_hss
from .._settings import region_problem
from .client import Client
from .iam import list_auth_projects, resolve_project
from .scopes import ALL_GRANTED, Scope, default_scope, read_scopes, reject_overlaps, scope_of

Record = Dict[str, Any]
# Answers about one scope, which has a project ID by then: what to add to the scope's keys.
QueryScope = Callable[[Client, Scope], Record]

# Where so many scopes in a row got no answer that says anything about the credential, the others are not asked.
MAX_INCONCLUSIVE = 4
STORAGE_PROJECT = "MOS"

_HAS_HSS = (
    "But HSS has answered for this region in the same run, so the region is not skipped. Run again; if it stays, give the request ID "
    "to support."
)
_OTHER_CREDENTIAL = "Give keys, or a user and password, which can get a token for each project."


class Outcome(NamedTuple):
    """Every scope is in one of these, in the order asked."""

    answered: List[Record]
    failed: List[Record]
    skipped: List[Record]


class _Failed(NamedTuple):
    """A scope that did not answer; its project ID is known if it was looked up."""

    scope: Scope
    error: HssError


class _QueryPlan(NamedTuple):
    """Whom to ask. `refused` could not even be asked; `accepted`: IAM has accepted the credential already."""

    scopes: List[Scope]
    skipped: List[Record]
    invalid: List[Record]
    authenticated: bool


def query_all_scopes(
    client: Client, params: Mapping[str, Any], query_scope: QueryScope, enterprise_project_id: Optional[str] = None
) -> Outcome:
    """Ask about every scope of the task. An error that every scope would meet alike, such as a refused credential, is raised.

    `enterprise_project_id` stands in where neither scope, nor task, nor environment names one; None leaves it to the cloud.
    """
    plan = _plan_queries(client, params, enterprise_project_id)
    _check_scopes(plan.scopes, client)
    results = _query_all(client, plan.scopes, query_scope, params["concurrency"], plan.authenticated)
    # Once more, now that every project has its ID.
    reject_overlaps([result.scope if isinstance(result, _Failed) else scope_of(result) for result in results])
    outcome = Outcome([], list(plan.invalid), list(plan.skipped))
    for result in results:
        if not isinstance(result, _Failed):
            outcome.answered.append(result)
        # By all_projects only: a scope that somebody named is asked for, and has to answer.
        elif params.get("all_projects") and _is_region_without_hss(client, result):
            outcome.skipped.append({**result.scope.record(), "reason": "HSS is not offered in this region (0801)"})
        else:
            outcome.failed.append(_failure_record(result))
    if not outcome.answered and not outcome.failed:
        raise ConfigurationError(
            "No project was asked: each one that this credential may enter was skipped.",
            hint="Reasons: " + "; ".join(sorted({record["reason"] for record in outcome.skipped})) + ".",
        )
    return outcome


def _plan_queries(client: Client, params: Mapping[str, Any], enterprise_project_id: Optional[str]) -> _QueryPlan:
    if params.get("all_projects"):
        if params.get("project_id") or params.get("project_name"):
            raise ConfigurationError(
                "Option all_projects asks about every project: project_id and project_name do not go with it."
            )
        if client.single_project:
            raise ConfigurationError(
                "A token is for one project, and all_projects asks about every one.", hint=_OTHER_CREDENTIAL
            )
        # In a thread, like every request of a sweep, so that the deadline and a signal are heeded.
        plan: Optional[_QueryPlan] = run_all([functools.partial(_every_project, client)], 1, client.cancel_token)[0]
        if plan is None:
            raise CancelledError(
                f"IAM did not say which projects there are: {client.cancel_token.reason()}.", service="IAM"
            )
        return _select(plan, params)
    default = default_scope(client.settings, client.project_id)
    default = default._replace(enterprise_project_id=default.enterprise_project_id or enterprise_project_id)
    given = params.get("scopes")
    return _QueryPlan([default] if given is None else read_scopes(given, default), [], [], authenticated=False)


def _select(plan: _QueryPlan, params: Mapping[str, Any]) -> _QueryPlan:
    if params.get("include_projects") is None and params.get("exclude_projects") is None:
        return plan
    from .selection import select_projects

    scopes, skipped, invalid = select_projects(params, plan.scopes, plan.skipped, plan.invalid)
    return plan._replace(scopes=scopes, skipped=skipped, invalid=invalid)


def _every_project(client: Client) -> _QueryPlan:
    """Every project that the credential may enter. A sub-project's name is REGION_NAME, a region's own project has its name."""
    scopes, skipped, invalid = [], [], []
    enterprise_project_id = client.settings.enterprise_project_id or ALL_GRANTED
    projects = list_auth_projects(client)
    if not projects:
        raise ConfigurationError("This credential may enter no project at all.", hint="Ask for permissions in IAM.")
    for project in {project.id: project for project in projects}.values():
        region = project.name.partition("_")[0]
        scope = Scope(region, project.id, project.name, enterprise_project_id)
        if project.name == STORAGE_PROJECT:
            reason = "MOS, the project of object storage, belongs to no region"
            skipped.append({**scope._replace(region=None).record(), "reason": reason})
        elif not project.enabled:
            skipped.append({**scope.record(), "reason": "the project is disabled"})
        elif region_problem(region):
            error = ConfigurationError("No region can be told from the project's name.")
            invalid.append(_failure_record(_Failed(scope._replace(region=None), error)))
        else:
            scopes.append(scope)
    return _QueryPlan(scopes, skipped, invalid, authenticated=True)


def _check_scopes(scopes: List[Scope], client: Client) -> None:
    """Raise ConfigurationError for scopes that no request could query, a region's endpoint that is no URL included."""
    if len(scopes) > 1 and client.single_project:
        raise ConfigurationError(
            f"A token is for one project, and {len(scopes)} scopes are to be asked.",
            hint=_OTHER_CREDENTIAL,
        )
    regions = {scope.region for scope in scopes}
    if client.settings.endpoint and len(regions) > 1:
        raise ConfigurationError(
            "Option endpoint is given, and scopes of several regions are to be asked: "
            f"{', '.join(sorted(region or 'the one that endpoint is for' for region in regions))}.",
            hint="A region has an endpoint of its own; leave endpoint out, or set HUAWEICLOUD_SDK_REGION_HSS_<REGION> for each.",
        )
    for region in regions:
        client.hss_url(region)


def _query_all(
    client: Client, scopes: List[Scope], query_scope: QueryScope, workers: int, authenticated: bool
) -> List[Union[Record, _Failed]]:
    tasks = [functools.partial(_query_one, client, scope, query_scope) for scope in scopes]
    results: List[Union[Record, _Failed, None]] = []
    # One at a time until HSS has accepted the credential: a wrong key must cost one refused signature, and not all five. IAM accepts
    # keys that HSS refuses, such as those of another cloud, so its word counts only where HSS says nothing.
    proven = False
    while not proven and len(results) < len(tasks) and not client.cancel_token.is_cancelled():
        if len(results) == MAX_INCONCLUSIVE:
            if not authenticated:
                results += [_Failed(scope, _not_queried()) for scope in scopes[MAX_INCONCLUSIVE:]]
            break
        first = run_all([tasks[len(results)]], 1, client.cancel_token)[0]
        if isinstance(first, _Failed) and (first.error.affects_all_scopes or first.error.status_code == 401):
            raise first.error
        proven = first is not None and (not isinstance(first, _Failed) or _was_authenticated(first.error))
        results.append(first)
    results += run_all(tasks[len(results) :], workers, client.cancel_token)
    return [result or _Failed(scope, _cancelled(client)) for scope, result in zip(scopes, results)]


def _query_one(client: Client, scope: Scope, query_scope: QueryScope) -> Union[Record, _Failed]:
    try:
        scope = resolve_project(client, scope)
        return {**scope.record(), **query_scope(client, scope)}
    except HssError as error:
        return _Failed(scope, error)


def _was_authenticated(error: HssError) -> bool:
    return not error.affects_all_scopes and implies_authenticated(error.service, error.status_code, error.error_code)


def _is_region_without_hss(client: Client, failed: _Failed) -> bool:
    """Return whether the gateway says so, and nothing contradicts it.

    If HSS has answered for any scope of the region, or with the counts of this one, the region has HSS: the answer is missing.
    """
    error = failed.error
    answered_by_hss = error.service == "HSS" and not error.affects_all_scopes
    if not answered_by_hss or not is_region_without_hss(error.status_code, error.error_code):
        return False
    if failed.scope.region in client.answered_regions:
        error.hint = _HAS_HSS
        return False
    return True


def _not_queried() -> CancelledError:
    return CancelledError(
        f"Not asked, since the first {MAX_INCONCLUSIVE} scopes got no answer that shows the credential to be good.",
        hint="See what became of those first.",
    )


def _cancelled(client: Client) -> CancelledError:
    return CancelledError(f"No answer yet when {client.cancel_token.reason()}.", service="HSS")


def failure_record(scope: Scope, error: HssError) -> Record:
    """Return the record of a scope that failed, as in failed_scopes."""
    return _failure_record(_Failed(scope, error))


def _failure_record(failed: _Failed) -> Record:
    error = failed.error
    return {
        **failed.scope.record(),
        "request_id": error.request_id,
        "msg": error.as_result()["msg"],
        "status_code": error.status_code,
        "error_code": error.error_code,
    }
