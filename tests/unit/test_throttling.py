# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quotas of the cloud, over real sockets with a clock that skips waits: nothing is lost, little is refused, each operation for itself."""

from __future__ import annotations

import collections
import itertools
import json
import os
from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.clusters import list_clusters
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.fan_out import query_all_scopes
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.scopes import Scope
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.statistics import show_cluster_scan_statistics
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.models import Call, Throttling
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.quota import FIRST_WAIT, MAX_WAIT
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.throttling import Quotas
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import HssError
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Response
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.retries import read_throttling
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import cluster_statistics
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator import (
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_PASSWORD,
    DEMO_PROJECT_ID,
    DEMO_SK,
    DEMO_USER,
    Simulator,
    project,
    scenario,
    user,
)
from tests.unit.conftest import SharedTime
from tests.unit.quota_model import Server
from tests.unit.quota_model import run as run_model

REGION = "cn-north-4"
NUMBER = 40
KEYS = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
USER = {"username": DEMO_USER, "password": DEMO_PASSWORD, "domain_name": DEMO_DOMAIN}
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
    """Every scope is answered once, in little more time than the quota needs, with few refusals, and max_retries is 0."""
    quota = {"calls": 5, "seconds": 6, **quota}
    sim.limit(**quota)
    client = make_client(scopes=scopes())
    start = shared_time.monotonic()
    result = sweep(client)
    took = shared_time.monotonic() - start
    counted = statuses(sim)
    assert result["complete"] and result["statistics"]["unscan_cluster_num"] == sum(range(NUMBER))
    assert counted[200] == NUMBER
    assert counted[quota.get("status", 429)] <= 0.25 * len(sim.requests)
    needed = quota["seconds"] * (NUMBER / quota["calls"] - 1)
    # Where nothing is said, the length of the window is a guess.
    assert took < needed * (1.25 if quota.get("text", True) else 1.6)
    assert 0.7 * needed < client.throttled_seconds <= took


def test_nothing_is_throttled(sim: Simulator) -> None:
    client = make_client(scopes=scopes())
    assert sweep(client)["complete"] and client.throttled_seconds == 0


def test_a_deadline_names_the_quota(sim: Simulator, shared_time: SharedTime) -> None:
    sim.limit(5, 60, text="minute")
    client = make_client(scopes=scopes(), deadline=100.0, on_scope_error="continue")
    result = sweep(client)
    assert len(result["scopes"]) == 10 and len(result["failed_scopes"]) == NUMBER - 10
    message = result["failed_scopes"][-1]["msg"]
    assert "the deadline of 100 seconds was reached" in message
    assert "the cloud throttles HSS ShowClusterScanStatistics (5 calls in 60 seconds)" in message


@pytest.mark.parametrize("many", [False, True], ids=["one scope", "many scopes"])
def test_throttling_that_does_not_end(sim: Simulator, shared_time: SharedTime, many: bool) -> None:
    sim.limit(0, 60, text="minute")
    start = shared_time.monotonic()
    options = {"scopes": scopes()} if many else {"project_id": project_id(0)}
    with pytest.raises(HssError) as caught:
        sweep(make_client(**options))
    assert 290 < shared_time.monotonic() - start < 330
    message = caught.value.as_result()["msg"]
    assert "was throttled, and no request of this task succeeded for 5 minutes" in message
    assert "HTTP 429, APIGW.0308" in message and "Run fewer of them" in message
    result = caught.value.as_result()
    assert (result["failed_scopes"][0] if many else result)["status_code"] == 429
    assert len(sim.requests) < 30


@pytest.mark.parametrize("many", [False, True], ids=["one scope", "many scopes"])
@pytest.mark.parametrize("named", [{"text": None, "retry_after": 3600}, {"text": "minute", "seconds": 3600}])
def test_a_wait_that_is_too_long_fails_at_once(
    sim: Simulator, shared_time: SharedTime, many: bool, named: Dict[str, Any]
) -> None:
    sim.limit(**{"calls": 1, "seconds": 60, **named})
    if not many:
        assert sweep(make_client(project_id=project_id(0)))["complete"]
    start = shared_time.monotonic()
    with pytest.raises(HssError) as caught:
        sweep(make_client(**({"scopes": scopes(20)} if many else {"project_id": project_id(1)})))
    assert shared_time.monotonic() - start < 30
    result = caught.value.as_result()
    failed = result["failed_scopes"][-1] if many else result
    assert "was throttled, and may be sent again only in 36" in failed["msg"]
    assert "while a task waits for at most 5 minutes" in failed["msg"] and failed["status_code"] == 429


@pytest.mark.parametrize("succeeded", [False, True])
def test_only_success_prolongs_the_waiting(succeeded: bool) -> None:
    """Another operation answers after four minutes: with a 403 the waiting ends after five, with a success it goes on."""
    quotas, throttled, other = Quotas(), Call(("HSS", "ListTasks"), 0.0), Call(("HSS", "ListClusters"), 240.0)
    for call in (throttled, other):
        quotas.window(call.key).start(call)
    quotas.throttle(throttled, 0.0, Throttling(), None)
    quotas.accept(other, succeeded)
    assert quotas.is_exhausted(300.0) is not succeeded


def test_other_operations_go_on(sim: Simulator, shared_time: SharedTime) -> None:
    """The clusters of six scopes are read while the statistics of two others wait for their quota and hold no slot."""
    sim.limit(0, 60, path=STATISTICS)
    client = make_client(scopes=scopes(8), concurrency=3, deadline=100.0)
    listed: List[float] = []

    def query(client: Client, scope: Scope) -> Dict[str, Any]:
        if scope.project_id in (project_id(1), project_id(2)):
            show_cluster_scan_statistics(client, scope.region, scope.project_id, None)
        list_clusters(client, scope)
        listed.append(shared_time.monotonic())
        return {}

    start = shared_time.monotonic()
    outcome = query_all_scopes(client, client.params, query)  # type: ignore[attr-defined]
    assert len(outcome.answered) == 6 and all(moment - start < 90 for moment in listed)
    assert statuses(sim)[200] == 0


def test_one_scope_waits_without_threads(sim: Simulator, shared_time: SharedTime) -> None:
    sim.limit(1, 60, text="minute")
    first, second = make_client(project_id=project_id(1)), make_client(project_id=project_id(2))
    assert sweep(first)["complete"] and first.throttled_seconds == 0
    assert sweep(second)["complete"] and 60 < second.throttled_seconds < 70
    assert statuses(sim) == {200: 2, 429: 1}


@pytest.mark.parametrize("many", [False, True], ids=["one scope", "many scopes"])
def test_iam_is_throttled_in_the_same_way(sim: Simulator, shared_time: SharedTime, many: bool) -> None:
    """A token for each project; a call that waited for its token does not go beyond a quota that was learnt meanwhile."""
    sim.replace_scenario({**SCENARIO, "users": [user()]})
    sim.limit(5, 60, text="minute", service="IAM")
    sim.limit(5, 60, text="minute", service="HSS")
    keys = {"access_key": None, "secret_key": None}
    options = {"scopes": scopes(12)} if many else {"project_id": project_id(0)}
    result = sweep(make_client(**{**keys, **USER, **options}))
    assert result["complete"] and statuses(sim)[200] == (12 if many else 1)
    assert len(
        [request for request in sim.requests if request.path == "/v3/auth/tokens" and request.status == 201]
    ) == len(result["scopes"])


def test_pages_are_throttled_too(sim: Simulator, shared_time: SharedTime) -> None:
    sim.replace_scenario(scenario(clusters=[], cluster_groups=[{"count": 3000}]))
    sim.limit(5, 60, text="minute")
    client = make_client(scopes=[{"project_id": DEMO_PROJECT_ID}])
    rows = list_clusters(client, Scope(REGION, DEMO_PROJECT_ID, None, None))
    assert len(rows) == 3000 and statuses(sim, "/kubernetes/clusters")[429] <= 8


@pytest.mark.parametrize(
    "text,expected",
    [
        ("policy user over ratelimit,limit:200,time:1 second", (200, 1.0)),
        ("policy ip over ratelimit, limit:5, time:1 minute", (5, 60.0)),
        ("limit:5,time:2 Minutes", (5, 120.0)),
        ("limit:0,time:1 minute", (None, None)),
        ("limit:5,time:0 second", (None, None)),
        ("limit:5", (None, None)),
        ("limit:\u0665,time:1 minute", (None, None)),
        ("limit:5,time:999999999 day", (5, 86400.0)),
    ],
)
def test_what_a_refusal_says(text: str, expected: Any) -> None:
    body = json.dumps({"error_code": "APIGW.0308", "error_msg": text}).encode()
    for header, seconds in ((None, None), ("7", 7.0), ("-1", None), ("9" * 400, 86400.0), ("soon", None)):
        headers = {} if header is None else {"Retry-After": header}
        assert read_throttling(Response(429, headers, body), Clock()) == (seconds, *expected)


SERVERS = st.builds(
    Server,
    limit=st.integers(1, 30),
    period=st.sampled_from([1.0, 6.0, 60.0, 300.0]),
    fixed=st.booleans(),
    text=st.booleans(),
    header=st.booleans(),
    phase=st.floats(0, 60),
    counts_refused=st.booleans(),
    # One that counts refused calls, and says nothing about a window that is longer than any wait without a name, accepts none of them.
).filter(lambda server: not server.counts_refused or server.period <= MAX_WAIT or server.text or server.header)


@settings(max_examples=300)
@given(
    server=SERVERS,
    calls=st.integers(1, 150),
    workers=st.sampled_from([1, 4, 16, 64]),
    latency=st.sampled_from([0.001, 0.05, 0.9]),
    seed=st.integers(0, 9),
)
def test_any_quota(server: Server, calls: int, workers: int, latency: float, seed: int) -> None:
    """Each call is accepted once; what the text names is never exceeded once it is known, nor a wait cut short."""
    done = run_model(server, calls, workers, latency, seed)
    assert sorted(call.number for call in done.sent if call.accepted) == list(range(calls))
    assert all(call.started >= call.not_before for call in done.sent), "a wait that was named or chosen is kept"
    known = [call for call in done.sent if call.started > done.first_refusal]
    if server.text:
        assert not [call for call in known if not call.accepted], "it was known"
    else:
        # A window that nobody names is found by waits that grow; where the first one was the end of a fixed window, twice.
        tries = next(
            n for n in itertools.count(1) if sum(min(MAX_WAIT, FIRST_WAIT * 2**i) for i in range(n)) >= server.period
        )
        assert len([call for call in known if not call.accepted]) <= 8 + 2 * tries + 0.25 * len(known)
