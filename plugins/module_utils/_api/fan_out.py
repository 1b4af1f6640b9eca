# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query many scopes concurrently, the first ones alone, and collect answers and failures."""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Set, Union

from .._concurrency.executor import run_all
from .._errors import CancelledError, ConfigurationError, HssError
from .._http.error_body import implies_authenticated, is_region_without_hss
from .client import Client
from .iam import QueryPlan, every_project, resolve_project
from .scopes import (
    MAX_INCONCLUSIVE,
    Record,
    Scope,
    default_scope,
    failure_record,
    read_scopes,
    reject_overlaps,
    scope_of,
)

# Queries one scope, whose project ID is known, and returns the members to add to the scope's record.
QueryScope = Callable[[Client, Scope], Record]

UNAUTHORIZED = 401
# Of all accounts together; each has up to `concurrency` threads, which limits the number of accounts that are queried at a time.
MAX_THREADS = 256

_HAS_HSS = (
    "But HSS has answered for this region in the same run, so the region is not skipped. Run again; if it stays, give the request ID "
    "to support."
)
_OTHER_CREDENTIAL = "Give keys, or a user and password, which can get a token for each project."


class Outcome(NamedTuple):
    """The records of all scopes, in the order of the query."""

    answered: List[Record]
    failed: List[Record]
    skipped: List[Record]


class _Failed(NamedTuple):
    """A scope that did not answer; its project ID is known if it was looked up."""

    scope: Scope
    error: HssError


class _Share:
    """The scopes of one account, and their results so far. Without option accounts there is one share."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.plan: Optional[QueryPlan] = None
        self.error: Optional[HssError] = None
        # By the index of the scope in the plan. Threads add to it, even after the task has stopped waiting for them.
        self.results: Dict[int, Union[Record, _Failed]] = {}

    def scope_results(self) -> List[Union[Record, _Failed]]:
        """Return the result of each scope; of one without a result so far, that it did not answer in time."""
        if self.plan is None or self.error is not None:
            return []
        return [
            self.results.get(number) or _Failed(scope, _cancelled(self.client))
            for number, scope in enumerate(self.plan.scopes)
        ]


def query_all_scopes(
    client: Client, params: Mapping[str, Any], query_scope: QueryScope, enterprise_project_id: Optional[str] = None
) -> Outcome:
    """Query every scope of the task. Raises an error with which every scope would fail, such as that of a refused credential.

    `query_scope` is called concurrently with the client of the scope's account and the scope. `enterprise_project_id` is the default
    if neither scope, nor task, nor environment sets one; None leaves it to the cloud. An account that cannot be queried becomes
    one failed scope.
    """
    if any(params.get(name) is not None for name in ("include_projects", "exclude_projects")):
        from .selection import check_selection

        check_selection(params)
    if params.get("accounts") is None:
        share = _Share(client)
        plan = share.plan = _plan_queries(client, params, enterprise_project_id)
        if params.get("include_projects") is not None:
            from .selection import check_included

            check_included(params, plan.names)
        _check_scopes(plan.scopes, client, set())
        _query_all(share, plan, query_scope, params["concurrency"])
        return _outcome([share], params)
    return _outcome(_query_accounts(client, params, query_scope), params)


def _query_accounts(client: Client, params: Mapping[str, Any], query_scope: QueryScope) -> List[_Share]:
    """Query all accounts concurrently, each in its own threads, so that an account that waits for its quota delays no other."""
    from .accounts import CallerCheck, account_clients

    _check_all_projects(params)
    accounts = [(_Share(account.client), account.is_own) for account in account_clients(client, params)]
    shares = [share for share, _is_own in accounts]
    check = CallerCheck()
    regions: Set[Optional[str]] = set()

    def query_account(share: _Share, is_own: bool) -> None:
        try:
            plan = share.plan = check.run(lambda: _select(every_project(share.client), params), is_own)
            _check_scopes(plan.scopes, share.client, regions)
            _query_all(share, plan, query_scope, params["concurrency"])
        except HssError as error:
            share.error = error

    tasks = [functools.partial(query_account, share, is_own) for share, is_own in accounts]
    run_all(tasks, max(1, MAX_THREADS // params["concurrency"]), client.cancel_token)
    if check.refusal is not None:
        raise check.refusal
    plans = [share.plan for share in shares]
    # A pattern has to match in one of the accounts. If one of them could not be listed, that is not known.
    if params.get("include_projects") is not None and all(plans):
        from .selection import check_included

        check_included(params, [name for plan in plans if plan is not None for name in plan.names])
    return shares


def _outcome(shares: List[_Share], params: Mapping[str, Any]) -> Outcome:
    """Return the records of all scopes. Raises ConfigurationError if there was none to query."""
    results = [share.scope_results() for share in shares]
    found = [result for of_share in results for result in of_share]
    # Checked again, now that all project IDs are known.
    reject_overlaps([result.scope if isinstance(result, _Failed) else scope_of(result) for result in found])
    outcome = Outcome([], [], [])
    for share, of_share in zip(shares, results):
        part = _outcome_of(share, of_share, params)
        if not part.answered and not part.failed:
            error = share.error or _nothing_queried(share, part.skipped)
            if params.get("accounts") is None:
                raise error
            part.failed.append(failure_record(Scope(None, "", None, None, share.client.account), error))
        for records, further in zip(outcome, part):
            records.extend(further)
    return outcome


def _outcome_of(share: _Share, results: List[Union[Record, _Failed]], params: Mapping[str, Any]) -> Outcome:
    if share.plan is None or share.error is not None:
        return Outcome([], [], [])
    outcome = Outcome([], list(share.plan.invalid), list(share.plan.skipped))
    for result in results:
        if not isinstance(result, _Failed):
            outcome.answered.append(result)
        # Only with all_projects: a scope that the task names has to answer.
        elif params.get("all_projects") and _is_region_without_hss(share.client, result):
            outcome.skipped.append({**result.scope.record(), "reason": "HSS is not offered in this region (0801)"})
        else:
            outcome.failed.append(failure_record(result.scope, result.error))
    return outcome


def _nothing_queried(share: _Share, skipped: List[Record]) -> HssError:
    if share.plan is None:
        return _cancelled(share.client)
    return ConfigurationError(
        "No project was queried: each one that this credential may enter was skipped.",
        hint="Reasons: " + "; ".join(sorted({record["reason"] for record in skipped})) + ".",
    )


def _plan_queries(client: Client, params: Mapping[str, Any], enterprise_project_id: Optional[str]) -> QueryPlan:
    if params.get("all_projects"):
        _check_all_projects(params)
        if client.single_project:
            raise ConfigurationError(
                "A token is for one project, and all_projects queries every project.", hint=_OTHER_CREDENTIAL
            )
        # In a thread, like all requests of several scopes, so that a deadline or a signal ends the wait.
        plan: Optional[QueryPlan] = run_all([functools.partial(every_project, client)], 1, client.cancel_token)[0]
        if plan is None:
            raise CancelledError(f"IAM did not list the projects: {client.cancel_token.reason()}.", service="IAM")
        return _select(plan, params)
    default = default_scope(client.settings, client.project_id)
    default = default._replace(enterprise_project_id=default.enterprise_project_id or enterprise_project_id)
    given = params.get("scopes")
    return QueryPlan([default] if given is None else read_scopes(given, default), [], [], authenticated=False)


def _check_all_projects(params: Mapping[str, Any]) -> None:
    if params.get("project_id") or params.get("project_name"):
        raise ConfigurationError(
            "Option all_projects asks about every project: project_id and project_name do not go with it."
        )


def _select(plan: QueryPlan, params: Mapping[str, Any]) -> QueryPlan:
    if params.get("include_projects") is None and params.get("exclude_projects") is None:
        return plan
    from .selection import select_projects

    names = [scope.project_name or "" for scope in plan.scopes] + [str(r["project_name"]) for r in plan.invalid]
    scopes, skipped, invalid = select_projects(params, plan.scopes, plan.skipped, plan.invalid)
    return plan._replace(scopes=scopes, skipped=skipped, invalid=invalid, names=names)


def _check_scopes(scopes: List[Scope], client: Client, regions: Set[Optional[str]]) -> None:
    """Raise ConfigurationError for scopes that cannot be queried together, and for an endpoint that is not a URL.

    Their regions are added to `regions`, which has those of all accounts.
    """
    if len(scopes) > 1 and client.single_project:
        raise ConfigurationError(
            f"A token is for one project, and {len(scopes)} scopes are to be queried.",
            hint=_OTHER_CREDENTIAL,
        )
    regions.update(scope.region for scope in scopes)
    if client.settings.endpoint and len(regions) > 1:
        raise ConfigurationError(
            "Option endpoint is given, and scopes of several regions are to be queried: "
            f"{', '.join(sorted(region or 'the one that endpoint is for' for region in regions))}.",
            hint="A region has an endpoint of its own; leave endpoint out, or set HUAWEICLOUD_SDK_REGION_HSS_<REGION> for each.",
        )
    for region in {scope.region for scope in scopes}:
        client.hss_url(region)


def _query_all(share: _Share, plan: QueryPlan, query_scope: QueryScope, workers: int) -> None:
    """Query the scopes of one account, and add each result to those of the share."""
    client = share.client

    def query(number: int) -> Union[Record, _Failed]:
        result = share.results[number] = _query_one(client, plan.scopes[number], query_scope)
        return result

    tasks = [functools.partial(query, number) for number in range(len(plan.scopes))]
    # One at a time until HSS has accepted the credential, since five refused signatures lock an access key. IAM accepts keys that HSS
    # refuses, such as those of another cloud, so its acceptance counts only if HSS does not answer.
    proven, tried = False, 0
    while not proven and tried < len(tasks) and not client.cancel_token.is_cancelled():
        if tried == MAX_INCONCLUSIVE:
            if not plan.authenticated:
                rest = range(tried, len(plan.scopes))
                share.results.update({number: _Failed(plan.scopes[number], _not_queried()) for number in rest})
                return
            break
        first = run_all([tasks[tried]], 1, client.cancel_token)[0]
        if isinstance(first, _Failed) and would_fail_everywhere(first.error):
            raise first.error
        proven = first is not None and (not isinstance(first, _Failed) or was_authenticated(first.error))
        tried += 1
    run_all(tasks[tried:], workers, client.cancel_token)


def _query_one(client: Client, scope: Scope, query_scope: QueryScope) -> Union[Record, _Failed]:
    try:
        scope = resolve_project(client, scope)
        return {**scope.record(), **query_scope(client, scope)}
    except HssError as error:
        return _Failed(scope, error)


def would_fail_everywhere(error: HssError) -> bool:
    """Return whether every scope of the credential would fail with the same error, such as a refused credential."""
    return error.affects_all_scopes or error.status_code == UNAUTHORIZED


def was_authenticated(error: HssError) -> bool:
    """Return whether the error of a scope shows that the cloud has accepted the credential."""
    return not error.affects_all_scopes and implies_authenticated(error.service, error.status_code, error.error_code)


def _is_region_without_hss(client: Client, failed: _Failed) -> bool:
    """Return whether the gateway reports that HSS is not offered in the region, and HSS has not answered there in this task."""
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
        f"Not asked, since the first {MAX_INCONCLUSIVE} scopes got no answer that shows whether the credential is valid.",
        hint="See the causes of those failures first.",
    )


def _cancelled(client: Client) -> CancelledError:
    return CancelledError(f"No answer before {client.cancel_token.reason()}.", service="HSS")
