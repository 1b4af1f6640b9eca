# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the risks of clusters, and the resources that they affect.

Source: https://support.huaweicloud.com/intl/en-us/api-hss2.0/, ListClusterRisks and ListClusterRiskAffectResources.
"""

from __future__ import annotations

import functools
from typing import Any, Dict, List, Mapping, Optional

from .._concurrency.executor import run_all
from .._errors import CancelledError, ConfigurationError
from .._http.models import Operation
from .._settings import check_text
from .client import Client
from .clusters import check_figures
from .pagination import CONCURRENT_PAGES, Listing, ListQuery, Row, read_all
from .scopes import Scope

# The API does not say what is unique in these lists. Two catalogues can report one control for a cluster, two rules can hit one
# resource, and a resource may have no ID. So full rows are compared.
RISKS = Listing(Operation("HSS", "ListClusterRisks"), "data_list", ("risk_id", "cluster_id"), unique=False)
RESOURCES = Listing(Operation("HSS", "ListClusterRiskAffectResources"), "data_list", (), unique=False)

# The API's own, with the most characters that it allows. Whether its filters by texts are exact is not documented, so those are
# applied here too.
EXACT = {"cluster_id": 64, "cluster_name": 128, "risk_name": 128}
FILTERS = (*EXACT, "risk_type", "risk_status", "risk_level", "risk_category")


def read_filters(params: Mapping[str, Any]) -> Dict[str, Optional[str]]:
    """Read and check the options that filter, before anything is sent."""
    for name, length in EXACT.items():
        check_text(params[name], f"Option {name}", length)
    if params["affected_resources"] and not params["cluster_id"]:
        raise ConfigurationError(
            "Option affected_resources is true, and cluster_id is not given: what a risk affects is asked for one cluster."
        )
    return {name: params[name] for name in FILTERS}


def list_cluster_risks(client: Client, scope: Scope, filters: Mapping[str, Optional[str]]) -> List[Row]:
    """Return the risks of clusters, from GET /v5/{project_id}/container/cluster/risks.

    `filters` have the names of the API; None is not sent. Those of EXACT are applied to the response too.
    """
    given = [(name, value) for name, value in filters.items() if value]
    exact = [(name, filters[name]) for name in EXACT if filters.get(name)]
    rows = read_all(client, RISKS, ListQuery(scope, ("container", "cluster", "risks"), given))
    for row in rows:
        check_figures(RISKS.operation, row, ("risk_num",))
    return [row for row in rows if all(row.get(name) == value for name, value in exact)]


def list_affected_resources(client: Client, scope: Scope, risk_id: str, cluster_id: str) -> List[Row]:
    """Return what a risk affects in a cluster, from GET /v5/{project_id}/container/cluster/risk/{risk_id}/affected-resources."""
    path = ("container", "cluster", "risk", risk_id, "affected-resources")
    return read_all(client, RESOURCES, ListQuery(scope, path, [("cluster_id", cluster_id)]))


def with_affected_resources(client: Client, scope: Scope, risks: List[Row]) -> List[Row]:
    """Return the risks, each with the resources that it affects in its cluster, queried concurrently."""
    tasks = [
        functools.partial(list_affected_resources, client, scope, risk["risk_id"], risk["cluster_id"]) for risk in risks
    ]
    found: List[Optional[List[Row]]] = run_all(tasks, CONCURRENT_PAGES, client.cancel_token)
    if None in found:
        raise CancelledError(
            f"HSS {RESOURCES.operation.name} was not asked to the end: {client.cancel_token.reason()}.", service="HSS"
        )
    return [{**risk, "affected_resources": resources} for risk, resources in zip(risks, found)]
