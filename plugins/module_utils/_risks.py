# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The risks of clusters, and what they affect.

Source: https://support.huaweicloud.com/intl/en-us/api-hss2.0/, ListClusterRisks and ListClusterRiskAffectResources.
"""

from __future__ import annotations

from typing import List, Mapping, Optional, Tuple

from ._client import Client, Reply
from ._clusters import scope_query
from ._paging import Listing, Row, read_all
from ._scopes import Scope

# That risk_id alone is unique is not stated.
RISKS = Listing("ListClusterRisks", "data_list", ("risk_id", "cluster_id"))
RESOURCES = Listing("ListClusterRiskAffectResources", "data_list", ("resource_id",))


def list_cluster_risks(client: Client, scope: Scope, filters: Mapping[str, Optional[str]]) -> List[Row]:
    """GET /v5/{project_id}/container/cluster/risks, with the API's own filters under the API's names; None is not sent."""
    query = [*scope_query(scope), *_given(filters)]

    def fetch(page: List[Tuple[str, str]]) -> Reply:
        path = ("container", "cluster", "risks")
        return client.get_hss(RISKS.operation, scope.region, scope.project_id or "", path, [*query, *page])

    return read_all(client, RISKS, fetch)


def list_affected_resources(client: Client, scope: Scope, risk_id: str, cluster_id: str) -> List[Row]:
    """GET /v5/{project_id}/container/cluster/risk/{risk_id}/affected-resources of one cluster."""
    query = [*scope_query(scope), ("cluster_id", cluster_id)]

    def fetch(page: List[Tuple[str, str]]) -> Reply:
        path = ("container", "cluster", "risk", risk_id, "affected-resources")
        return client.get_hss(RESOURCES.operation, scope.region, scope.project_id or "", path, [*query, *page])

    return read_all(client, RESOURCES, fetch)


def _given(filters: Mapping[str, Optional[str]]) -> List[Tuple[str, str]]:
    return [(name, value) for name, value in filters.items() if value]
