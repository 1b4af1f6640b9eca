# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the result of hss_cluster_statistics, of the same shape for any number of scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, Mapping, Tuple

from ._api.client import Client
from ._api.statistics import COUNTS, ClusterStatistics, show_cluster_scan_statistics
from ._clock import timestamp
from ._errors import HssError, ScopesFailedError

if TYPE_CHECKING:
    from ._api.scopes import Record, Scope

    QueryScope = Callable[[Client, Scope], Record]

# Maximum number of failed scopes whose cause is in the message; all are named.
MAX_LISTED = 10


def cluster_statistics(client: Client, params: Mapping[str, Any]) -> Record:
    """Return the result, without `changed` and `ansible_facts`."""
    if not client.queries_many_scopes:
        return _result([_of_one_project(client)], [], [], client)
    from ._api.fan_out import query_all_scopes

    result = _result(*query_all_scopes(client, params, _counts_of), client)
    require_answers(result, params)
    return result


def statistics_and_clusters(
    client: Client,
    params: Mapping[str, Any],
    on_accepted: Callable[[Client, Scope], None],
    beside: Callable[[QueryScope], QueryScope],
) -> Tuple[Record, List[List[Record]]]:
    """Return the result, complete or not, and the list of clusters of each of its scopes.

    Without an enterprise project all of them are queried, since the default of the cloud would leave out clusters. `on_accepted` is
    called in the thread of each scope, once the cloud has accepted the credential of its account. `beside` wraps the function that
    queries a scope, for further queries of the same scope.
    """
    from ._api.clusters import list_inventory
    from ._api.fan_out import query_all_scopes, was_authenticated
    from ._api.scopes import check_scope_options
    from ._settings import ALL_GRANTED

    def query_scope(client: Client, scope: Scope) -> Record:
        try:
            counts = _counts_of(client, scope)
        except HssError as error:
            if was_authenticated(error):
                on_accepted(client, scope)
            raise
        on_accepted(client, scope)
        inventory = list_inventory(client, scope, agent_info=True)
        return {**counts, "inventory_updated_at": inventory.updated_at, "clusters": inventory.clusters}

    check_scope_options(params)
    outcome = query_all_scopes(client, params, beside(query_scope), ALL_GRANTED)
    clusters = [scope.pop("clusters") for scope in outcome.answered]
    return _result(*outcome, client), clusters


def require_answers(result: Record, params: Mapping[str, Any]) -> None:
    """Raise ScopesFailedError, which carries `result`, if scopes failed, unless on_scope_error allows it."""
    if result["failed_scopes"] and (params["on_scope_error"] == "fail" or not result["scopes"]):
        raise _scopes_failed_error(result["failed_scopes"], result)


def as_facts(outcome: Record) -> Record:
    """Return the fact: the counts, and its provenance, so that a cached fact shows its age and scope."""
    provenance = ("complete", "collected_at", "region", "project_id", "enterprise_project_id")
    lists = ("scopes", "failed_scopes", "skipped_scopes")
    return {**outcome["statistics"], **{key: outcome[key] for key in (*provenance, *lists)}}


def _of_one_project(client: Client) -> Record:
    """Query the scope that the task's own options name, in this thread, without importing what many scopes need."""
    settings = client.settings
    project_id, project_name = client.project_id, settings.project_name
    if not project_id:
        from ._api.iam import task_scope

        scope = task_scope(client)
        project_id, project_name = scope.project_id, scope.project_name
    return {
        "account": None,
        "region": settings.region,
        "project_id": project_id,
        "project_name": project_name,
        "enterprise_project_id": settings.enterprise_project_id,
        **_counts(show_cluster_scan_statistics(client, settings.region, project_id, settings.enterprise_project_id)),
    }


def _counts_of(client: Client, scope: Scope) -> Record:
    return _counts(show_cluster_scan_statistics(client, scope.region, scope.project_id, scope.enterprise_project_id))


def _counts(response: ClusterStatistics) -> Record:
    return {"request_id": response.request_id, "statistics": response.counts}


def _result(answered: List[Record], failed: List[Record], skipped: List[Record], client: Client) -> Record:
    """Return sums, provenance and completeness; every sum is None if the result is not complete."""
    complete = bool(answered) and not failed
    statistics = {name: sum(scope["statistics"][name] for scope in answered) if complete else None for name in COUNTS}
    queried = answered + failed
    only = queried[0] if len(queried) == 1 else {}
    return {
        "complete": complete,
        "statistics": statistics,
        "scopes": answered,
        "failed_scopes": failed,
        "skipped_scopes": skipped,
        "collected_at": timestamp(client.clock.now()),
        "auth_source": client.auth_source,
        "region": only.get("region"),
        "project_id": only.get("project_id"),
        "enterprise_project_id": only.get("enterprise_project_id"),
        "request_id": only.get("request_id"),
    }


def _scopes_failed_error(failed: List[Record], result: Record) -> Exception:
    """Return the error that names each failed scope and carries the result of the others."""
    from ._api.scopes import common_codes, scope_label

    descriptions = [f"{scope_label(record)}: {record['msg']}" for record in failed[:MAX_LISTED]]
    others = [scope_label(record) for record in failed[MAX_LISTED:]]
    if others:
        descriptions.append(f"And {', '.join(others)}: see failed_scopes.")
    queried = len(failed) + len(result["scopes"])
    message = f"{len(failed)} of {queried} scopes did not answer, so no sum is known. {' '.join(descriptions)}"
    return ScopesFailedError(message, data=result, **common_codes(failed))
