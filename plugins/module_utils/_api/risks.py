# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the risks of clusters, and the resources that they affect.

Source: https://support.huaweicloud.com/intl/en-us/api-hss2.0/, ListClusterRisks and ListClusterRiskAffectResources.
"""

from __future__ import annotations

import functools
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .._concurrency.executor import run_all
from .._errors import CancelledError, ConfigurationError
from .._http.models import Operation
from .._settings import check_text
from .client import Client, Reply
from .clusters import check_figures
from .pagination import CONCURRENT_PAGES, Listing, Row, read_all
from .scopes import Scope, scope_query

# That risk_id alone is unique is not stated.
RISKS = Listing(Operation("HSS", "ListClusterRisks"), "data_list", ("risk_id", "cluster_id"))
RESOURCES = Listing(Operation("HSS", "ListClusterRiskAffectResources"), "data_list", ("resource_id",))

# The API's own. Whether its filters by texts are exact is not documented, so those are applied here too.
EXACT = ("cluster_id", "cluster_name", "risk_name")
FILTERS = (*EXACT, "risk_type", "risk_status", "risk_level", "risk_category")


def read_filters(params: Mapping[str, Any]) -> Dict[str, Optional[str]]:
    """Read and check the options that filter, before anything is sent."""
    for name in EXACT:
        check_text(params[name], f"Option {name}")
    if params["affected_resources"] and not params["cluster_id"]:
        raise ConfigurationError(
            "Option affected_resources is true, and cluster_id is not given: what a risk affects is asked for one cluster."
        )
    return {name: params[name] for name in FILTERS}


def list_cluster_risks(client: Client, scope: Scope, filters: Mapping[str, Optional[str]]) -> List[Row]:
    """GET /v5/{project_id}/container/cluster/risks, with the API's own filters under the API's names; None is not sent.

    Those of EXACT are applied to the answer too.
    """
    query = [*scope_query(scope), *_given(filters)]

    def fetch(page: List[Tuple[str, str]]) -> Reply:
        path = ("container", "cluster", "risks")
        return client.call(RISKS.operation, scope.region, path, [*query, *page], project_id=scope.project_id)

    exact = [(name, filters[name]) for name in EXACT if filters.get(name)]
    rows = read_all(client, RISKS, fetch)
    for row in rows:
        check_figures(RISKS.operation, row, ("risk_num",))
    return [row for row in rows if all(row.get(name) == value for name, value in exact)]


def list_affected_resources(client: Client, scope: Scope, risk_id: str, cluster_id: str) -> List[Row]:
    """GET /v5/{project_id}/container/cluster/risk/{risk_id}/affected-resources of one cluster."""
    query = [*scope_query(scope), ("cluster_id", cluster_id)]

    def fetch(page: List[Tuple[str, str]]) -> Reply:
        path = ("container", "cluster", "risk", risk_id, "affected-resources")
        return client.call(RESOURCES.operation, scope.region, path, [*query, *page], project_id=scope.project_id)

    return read_all(client, RESOURCES, fetch)


def with_affected_resources(client: Client, scope: Scope, risks: List[Row]) -> List[Row]:
    """Each risk with what it affects in its cluster, many asked for at once."""
    tasks = [
        functools.partial(list_affected_resources, client, scope, risk["risk_id"], risk["cluster_id"]) for risk in risks
    ]
    found: List[Optional[List[Row]]] = run_all(tasks, CONCURRENT_PAGES, client.cancel_token)
    if None in found:
        raise CancelledError(
            f"HSS {RESOURCES.operation.name} was not asked to the end: {client.cancel_token.reason()}.", service="HSS"
        )
    return [{**risk, "affected_resources": resources} for risk, resources in zip(risks, found)]


def _given(filters: Mapping[str, Optional[str]]) -> List[Tuple[str, str]]:
    return [(name, value) for name, value in filters.items() if value]
