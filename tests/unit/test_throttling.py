# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quotas of the cloud, over real sockets with a clock that skips waits: nothing is lost, little is refused, each operation for itself."""

from __future__ import annotations

import collections
import os
from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import cluster_statistics

from tests.simulator import DEMO_AK, DEMO_SK, Simulator, project, scenario
from tests.unit.conftest import SharedTime

REGION = "cn-north-4"
NUMBER = 40
KEYS = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
STATISTICS = "/container/cluster/statistics"


def project_id(number: int) -> str:
    return f"{number:032x}"


SCENARIO = scenario(
    projects=[
        project(i, 100, project_id=project_id(i), name=f"{REGION}_sub{i}", region=REGION, clusters=[], cluster_groups=[
            {"count": i, "scanned": False}, {"count": 100 - i, "scanned": True}])
        for i in range(NUMBER)
    ]
)  # fmt: skip
pytestmark = pytest.mark.usefixtures("regional_endpoints", "iam_endpoint")


def make_client(**options: Any) -> Client:
    specs = {**SHARED_OPTIONS, **SCOPE_OPTIONS}
    params = {name: spec.get("default") for name, spec in specs.items()}
    params.update({"region": REGION, "max_retries": 0, **KEYS, **options})
    client = Client(params, os.environ, Secrets())
    client.params = params  # type: ignore[attr-defined]
    return client


def sweep(client: Client) -> Dict[str, Any]:
    return cluster_statistics(client, client.params)  # type: ignore[attr-defined]


def scopes(number: int = NUMBER) -> List[Dict[str, Any]]:
    return [{"project_id": project_id(i)} for i in range(number)]


def statuses(sim: Simulator, path: str = STATISTICS) -> Dict[Optional[int], int]:
    return collections.Counter(request.status for request in sim.requests if path in request.path)


QUOTAS = {
    "text": {},
    "text in minutes": {"seconds": 60, "text": "minute"},
    "Retry-After": {"text": None, "retry_after": True},
    "both": {"retry_after": True},
    "neither": {"text": None},
    "fixed": {"window": "fixed", "text": None, "retry_after": True},
    "fixed, text": {"window": "fixed"},
    "fixed, neither": {"window": "fixed", "text": None},
    "Retry-After too short": {"text": None, "retry_after": 1, "seconds": 60},
    "refused calls count": {"counts_refused": True},
    "not 429": {"status": 403},
}


@pytest.mark.parametrize("quota", QUOTAS.values(), ids=list(QUOTAS))
def test_a_sweep_under_a_quota_is_complete(sim: Simulator, shared_time: SharedTime, quota: Dict[str, Any]) -> None:
    sim.latency = 0.002
    quota = {"calls": 5, "seconds": 6, **quota}
    sim.limit(**quota)
    client = make_client(scopes=scopes())
    start = shared_time.monotonic()
    result = sweep(client)
    took = shared_time.monotonic() - start
    counted = statuses(sim)
    print(took, took / (quota["seconds"] * 7), counted, client.throttled_seconds)
    assert result["complete"] and result["statistics"]["unscan_cluster_num"] == sum(range(NUMBER))
    assert counted[200] == NUMBER
