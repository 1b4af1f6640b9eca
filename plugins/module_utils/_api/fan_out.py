# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query many scopes concurrently: in which order, and what happens to those that fail."""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Set, Union

from .._concurrency.executor import run_all
from .._errors import CancelledError, ConfigurationError, HssError
from .._http.error_body import implies_authenticated, is_region_without_hss
from .client import Client
from .iam import QueryPlan, every_project, resolve_project
from .scopes import Record, Scope, default_scope, failure_record, read_scopes, reject_overlaps, scope_of

# Answers about one scope, which has a project ID by then: what to add to the scope's keys.
QueryScope = Callable[[Client, Scope], Record]

UNAUTHORIZED = 401
# Where so many scopes in a row got no answer that says anything about the credential, the others are not asked.
MAX_INCONCLUSIVE = 4
# Of all accounts together: as many accounts at a time as have `concurrency` threads each.
MAX_THREADS = 256

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


class _Share:
    """The share of one account in a task: whom to query, and what came back so far. Without accounts there is one."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.plan: Optional[QueryPlan] = None
        self.error: Optional[HssError] = None
        # By the number of the scope in the plan. Threads add to it, also one that was given up.
        self.results: Dict[int, Union[Record, _Failed]] = {}

    def scope_results(self) -> List[Union[Record, _Failed]]:
        """Return what came back from each scope, so far."""
        if self.plan is None or self.error is not None:
            return []
        return [
            self.results.get(number) or _Failed(scope, _cancelled(self.client))
            for number, scope in enumerate(self.plan.scopes)
        ]


def query_all_scopes(
    client: Client, params: Mapping[str, Any], query_scope: QueryScope, enterprise_project_id: Optional[str] = None
) -> Outcome:
    """Query every scope of the task. An error that every scope would meet alike, such as a refused credential, is raised.

    `query_scope` is called concurrently with the client of the scope's account and the scope. `enterprise_project_id` stands in
    where neither scope, nor task, nor environment names one; None leaves it to the cloud. With accounts, one that cannot be
    queried is a failed scope of its own.
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
    """Query all accounts concurrently, each in threads of its own: one that waits for its quota holds up no other."""
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
    # A pattern has to match in one of the accounts; where one of them cannot be listed, nobody knows.
    if params.get("include_projects") is not None and all(plans):
        from .selection import check_included

        check_included(params, [name for plan in plans if plan is not None for name in plan.names])
    return shares


def _outcome(shares: List[_Share], params: Mapping[str, Any]) -> Outcome:
    """Return what became of every scope. Raises ConfigurationError if none was left to query."""
    results = [share.scope_results() for share in shares]
    found = [result for of_share in results for result in of_share]
    # Once more, now that every project has its ID.
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
        # By all_projects only: a scope that somebody named is asked for, and has to answer.
        elif params.get("all_projects") and _is_region_without_hss(share.client, result):
            outcome.skipped.append({**result.scope.record(), "reason": "HSS is not offered in this region (0801)"})
        else:
            outcome.failed.append(failure_record(result.scope, result.error))
    return outcome


def _nothing_queried(share: _Share, skipped: List[Record]) -> HssError:
    if share.plan is None:
        return _cancelled(share.client)
    return ConfigurationError(
        "No project was asked: each one that this credential may enter was skipped.",
        hint="Reasons: " + "; ".join(sorted({record["reason"] for record in skipped})) + ".",
    )


def _plan_queries(client: Client, params: Mapping[str, Any], enterprise_project_id: Optional[str]) -> QueryPlan:
    if params.get("all_projects"):
        _check_all_projects(params)
        if client.single_project:
            raise ConfigurationError(
                "A token is for one project, and all_projects asks about every one.", hint=_OTHER_CREDENTIAL
            )
        # In a thread, like every request of a sweep, so that the deadline and a signal are heeded.
        plan: Optional[QueryPlan] = run_all([functools.partial(every_project, client)], 1, client.cancel_token)[0]
        if plan is None:
            raise CancelledError(
                f"IAM did not say which projects there are: {client.cancel_token.reason()}.", service="IAM"
            )
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
    """Raise ConfigurationError for scopes that no request could query, a region's endpoint that is no URL included.

    Their regions are added to `regions`, those of all accounts.
    """
    if len(scopes) > 1 and client.single_project:
        raise ConfigurationError(
            f"A token is for one project, and {len(scopes)} scopes are to be asked.",
            hint=_OTHER_CREDENTIAL,
        )
    regions.update(scope.region for scope in scopes)
    if client.settings.endpoint and len(regions) > 1:
        raise ConfigurationError(
            "Option endpoint is given, and scopes of several regions are to be asked: "
            f"{', '.join(sorted(region or 'the one that endpoint is for' for region in regions))}.",
            hint="A region has an endpoint of its own; leave endpoint out, or set HUAWEICLOUD_SDK_REGION_HSS_<REGION> for each.",
        )
    for region in {scope.region for scope in scopes}:
        client.hss_url(region)


def _query_all(share: _Share, plan: QueryPlan, query_scope: QueryScope, workers: int) -> None:
    """Query the scopes of one credential, and add what comes back to the share's results."""
    client = share.client

    def query(number: int) -> Union[Record, _Failed]:
        result = share.results[number] = _query_one(client, plan.scopes[number], query_scope)
        return result

    tasks = [functools.partial(query, number) for number in range(len(plan.scopes))]
    # One at a time until HSS has accepted the credential: a wrong key must cost one refused signature, and not all five. IAM accepts
    # keys that HSS refuses, such as those of another cloud, so its word counts only where HSS says nothing.
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
