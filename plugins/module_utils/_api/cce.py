# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the clusters of CCE (Cloud Container Engine), to find those that HSS does not know. Imported only by the gate's cross-check.

Source: https://support.huaweicloud.com/intl/en-us/api-cce/, ListClusters and ListAutopilotClusters.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional

from .._errors import InvalidResponseError, RefusedError
from .._http.error_body import code_number, is_gateway_code
from .._http.models import Operation
from .._settings import endpoint_of
from .._urls import normalised, service_url
from .client import Client, Reply
from .pagination import is_id
from .scopes import Scope

CLUSTERS = Operation("CCE", "ListClusters")
AUTOPILOT_CLUSTERS = Operation("CCE", "ListAutopilotClusters")
# Codes of the gateway: the API is not published, or the service is not offered in this region.
_ABSENT_CODES = ("0101", "0801")
# Members by which IAM and Kubernetes, whose format CCE uses, announce further pages.
_CONTINUATIONS = (("links", "next"), ("metadata", "continue"), ("metadata", "remainingItemCount"))


class CceCluster(NamedTuple):
    """A cluster as CCE lists it. A member that the response lacks is None."""

    uid: str
    name: Optional[str]
    phase: Optional[str]
    enterprise_project_id: Optional[str]


def cce_url(client: Client, region: Optional[str]) -> Optional[str]:
    """Return the URL of CCE in a region, from the environment or by the vendor's pattern.

    Return None if HSS or IAM has an explicit endpoint and CCE has none, since the usual address may belong to another cloud.
    Raises ConfigurationError for a variable that is not a URL.
    """
    given = endpoint_of(region, client.environ, "cce") if region else None
    if given is not None:
        return normalised(given)
    has_own_hss = client.settings.endpoint or (endpoint_of(region, client.environ) if region else None)
    if not region or has_own_hss or client.iam_endpoint:
        return None
    return normalised(service_url("cce", region, client.settings.cloud))


def list_cce_clusters(client: Client, base: str, scope: Scope) -> List[CceCluster]:
    """Return all clusters of the project that CCE lists, of every enterprise project and including Autopilot.

    Neither list is paged. `base`: see cce_url(). Raises RefusedError, see is_not_available(), or another HssError.
    """
    clusters = _list(client, CLUSTERS, f"{base}/api/v3", scope)
    try:
        clusters += _list(client, AUTOPILOT_CLUSTERS, f"{base}/autopilot/v3", scope)
    except RefusedError as error:
        if not _is_absent(error):
            raise
    # It is not documented whether the first list contains the clusters of Autopilot too.
    return list({cluster.uid: cluster for cluster in clusters}.values())


def is_not_available(error: RefusedError) -> bool:
    """Return whether CCE is not available here, or the credential may not list its clusters."""
    return error.operation == CLUSTERS.name and (error.status_code == 403 or _is_absent(error))


def _is_absent(error: RefusedError) -> bool:
    is_code = is_gateway_code(error.error_code) and code_number(error.error_code) in _ABSENT_CODES
    return error.service == "CCE" and (error.status_code == 404 or is_code)


def _list(client: Client, operation: Operation, base: str, scope: Scope) -> List[CceCluster]:
    path = ("projects", scope.project_id, "clusters")
    reply = client.call(operation, scope.region, path, project_id=scope.project_id, base=base)
    items = reply.data.get("items")
    if not isinstance(items, list):
        raise _unusable(operation, "no list named items", reply)
    # Documented as never paged. With a next page the list would be incomplete.
    if any(_part(reply.data, name).get(key) for name, key in _CONTINUATIONS):
        raise _unusable(operation, "a list that goes on elsewhere", reply)
    clusters = [_cluster(item, operation, reply) for item in items]
    if len({cluster.uid for cluster in clusters}) < len(clusters):
        raise _unusable(operation, "the same uid twice", reply)
    return clusters


def _cluster(item: Any, operation: Operation, reply: Reply) -> CceCluster:
    metadata = _part(item, "metadata")
    uid: Any = metadata.get("uid")
    if not is_id(uid):
        raise _unusable(operation, "a cluster without a usable uid", reply)
    enterprise_project = _part(_part(item, "spec"), "extendParam").get("enterpriseProjectId")
    phase = _part(item, "status").get("phase")
    return CceCluster(uid, _text(metadata.get("name")), _text(phase), _text(enterprise_project))


def _part(value: Any, name: str) -> Dict[str, Any]:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def _text(value: Any) -> Optional[str]:
    return value if isinstance(value, str) and value else None


def _unusable(operation: Operation, what: str, reply: Reply) -> InvalidResponseError:
    return InvalidResponseError.of(operation, f"answered, but with {what}", request_id=reply.request_id)
