# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quotas beside other failures, over real sockets with a clock that skips waits: each scope ends once, and no scan starts twice."""

from __future__ import annotations

import collections
from typing import Any, Dict, List

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_scan, hss_cluster_statistics
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulator import DEMO_AK, DEMO_SK, ReceivedRequest, Simulator, cluster, faults, project, scenario

REGION = "cn-north-4"
IDS = [f"{number:032x}" for number in range(1, 13)]
# The fault of a scope's request, the requests that it takes without the throttled ones, and whether the scope answers. One retry is allowed.
READS: Dict[str, Any] = {
    "answers": (None, 1, True),
    "fails once": (faults.answer(500, {}, times=1), 2, True),
    "is lost once": (faults.lose_answer(times=1), 2, True),
    "fails": (faults.answer(503, {}), 2, False),
    "is refused": (faults.answer(403, {"error_code": "HSS.1010", "error_msg": "no"}), 1, False),
    "answers nonsense": (faults.answer(200, []), 1, False),
}
# The fault of the request that starts a scan, and whether a scan runs afterwards.
STARTS: Dict[str, Any] = {
    "answers": (None, True),
    "is lost": (faults.lose_answer(times=1), True),
    "is lost in a 500": (faults.lose_answer(times=1, status=500, body={}), True),
    "is refused": (faults.answer(403, {"error_code": "HSS.1010", "error_msg": "no"}), False),
}
QUOTAS = st.fixed_dictionaries(
    {
        "calls": st.integers(1, 6),
        "seconds": st.sampled_from([1.0, 6.0]),
        "window": st.sampled_from(["sliding", "fixed"]),
        "text": st.sampled_from(["second", None]),
        "retry_after": st.booleans(),
        "counts_refused": st.booleans(),
    }
)
some = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def sim(sim: Simulator, shared_time: Any, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    monkeypatch.setattr(Clock, "jitter", lambda self: 0.5)
    return sim


def prepare(sim: Simulator, quota: Dict[str, Any], chosen: List[str], outcomes: Dict[str, Any], path: str) -> None:
    """Give each project one cluster, and the requests of `path` its faults and the quota."""
    sim.reset()
    projects = [
        project(project_id=own, name=f"{REGION}_p{number}", region=REGION, clusters=[cluster(f"c{number}")])
        for number, own in enumerate(IDS)
    ]
    sim.replace_scenario(scenario(projects=projects, task_polls=2))
    for own, name in zip(IDS, chosen):
        if outcomes[name][0] is not None:
            sim.inject({**outcomes[name][0], "path": f"{own}/{path}"})
    sim.limit(
        quota["calls"], quota["seconds"], **{k: v for k, v in quota.items() if k not in ("calls", "seconds")}, path=path
    )


def options(sim: Simulator, number: int, **others: Any) -> Dict[str, Any]:
    scopes = [{"region": REGION, "project_id": own} for own in IDS[:number]]
    keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
    return {"endpoint": sim.http_url, "iam_endpoint": sim.http_url, "scopes": scopes, **keys, **others}


def requests_of(sim: Simulator, path: str) -> List[ReceivedRequest]:
    return [request for request in sim.requests if request.path.endswith(path)]


@some
@given(quota=QUOTAS, chosen=st.lists(st.sampled_from(list(READS)), max_size=11))
def test_each_scope_is_answered_or_fails_once(
    sim: Simulator, run_module: Any, quota: Dict[str, Any], chosen: List[str]
) -> None:
    chosen = ["answers", *chosen]
    path = "container/cluster/statistics"
    prepare(sim, quota, chosen, READS, path)
    given = options(sim, len(chosen), max_retries=1, on_scope_error="continue")
    result = run_module(hss_cluster_statistics, given, (DEMO_SK,))
    expected = {own: READS[name] for own, name in zip(IDS, chosen)}
    assert [scope["project_id"] for scope in result["scopes"]] == [own for own in expected if expected[own][2]]
    assert [scope["project_id"] for scope in result["failed_scopes"]] == [
        own for own in expected if not expected[own][2]
    ]
    received = requests_of(sim, path)
    spent = collections.Counter(request.path.split("/")[2] for request in received if request.status != 429)
    assert spent == {own: requests for own, (_fault, requests, _answers) in expected.items()}
    refused = [request.received_at for request in received if request.status == 429]
    # The first calls go before anything is known; what is learnt from them holds for the others.
    assert len(refused) <= 8 + 0.25 * len(received)
    if quota["text"]:
        assert all(moment < refused[0] + quota["seconds"] / 2 for moment in refused), (
            "the first refusal names the window"
        )


@some
@given(quota=QUOTAS, chosen=st.lists(st.sampled_from(list(STARTS)), min_size=1, max_size=6))
def test_no_scan_is_started_twice(sim: Simulator, run_module: Any, quota: Dict[str, Any], chosen: List[str]) -> None:
    prepare(sim, quota, chosen, STARTS, "common/task$")
    given = options(sim, len(chosen), max_retries=1, targets="unscanned", poll_interval=1)
    result = run_module(hss_cluster_scan, given, (DEMO_SK,))
    started = {own: STARTS[name][1] for own, name in zip(IDS, chosen)}
    sent = collections.Counter(
        request.path.split("/")[2] for request in requests_of(sim, "common/task") if request.status != 429
    )
    assert sent == dict.fromkeys(started, 1)
    assert {task["project_id"] for task in result["tasks"]} == {own for own in started if started[own]}
    assert len(result["task_ids"]) == sum(started.values())
    assert [scope["project_id"] for scope in result["failed_scopes"]] == [own for own in started if not started[own]]
