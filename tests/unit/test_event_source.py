# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source over real sockets: what is news, what ends it, and what a cancellation does."""

from __future__ import annotations

import ast
import asyncio
import errno
import json
import logging
import runpy
import subprocess
import sys
import threading
import time
from typing import Any, Awaitable, Callable, Dict, List

import pytest
import yaml
from ansible_collections.huaweicloud.hss.plugins.doc_fragments import client, scopes
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.statistics import COUNTS
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.plugin_utils import _query
from ansible_collections.huaweicloud.hss.plugins.plugin_utils._event_source import (
    DEFAULT_INTERVAL,
    EventSourceError,
    watch,
)

from tests.simulator import DEMO_AK, DEMO_ID_TOKEN, DEMO_SK, Simulator, identity_provider, project, scenario
from tests.unit.test_architecture import CHECKOUT

SOURCE = CHECKOUT / "extensions" / "eda" / "plugins" / "event_source" / "hss_cluster_statistics.py"
REGION = "cn-north-4"
OTHER = "ap-southeast-3"
KEYS = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
# Far more than an idle machine needs; a test that runs into it hangs.
PATIENCE = 60
Event = Dict[str, Any]
Step = Callable[[], Any]


def two_projects(unscanned: int) -> Dict[str, Any]:
    regions = enumerate((REGION, OTHER))
    return scenario(
        projects=[project(unscanned, 20, region=name, project_id=f"{number:032x}") for number, name in regions],
        identity_providers=[identity_provider()],
    )


SCENARIO = two_projects(0)
pytestmark = pytest.mark.usefixtures("regional_endpoints", "iam_endpoint")


class Enough(Exception):
    """A test has seen all that it wanted to see."""


def events(args: Dict[str, Any], *steps: Step, pauses: List[float] | None = None) -> List[List[Event]]:
    """Return the events of the first poll, and of one poll after each step."""
    polls: List[List[Event]] = [[]]
    todo = list(steps)

    async def put(event: Event) -> None:
        # As it travels.
        polls[-1].append(json.loads(json.dumps(event)))

    async def pause(seconds: float) -> None:
        if pauses is not None:
            pauses.append(seconds)
        if not todo:
            raise Enough
        todo.pop(0)()
        polls.append([])

    async def run() -> None:
        with pytest.raises(Enough):
            await asyncio.wait_for(watch(put, {"max_retries": 0, **args}, pause), PATIENCE)

    asyncio.run(run())
    return polls


def nothing() -> None:
    pass


def counts(event: Event) -> List[Any]:
    return [event["hss_cluster_statistics"].get(name) for name in COUNTS]


ONE = {"region": REGION, **KEYS}
BOTH = {"scopes": [{"region": REGION}, {"region": OTHER}], **KEYS}


def test_the_first_answer_is_reported_and_then_only_what_changed(sim: Simulator) -> None:
    first, same, red, still, green = events(
        ONE,
        nothing,
        lambda: sim.replace_scenario(two_projects(3)),
        nothing,
        lambda: sim.replace_scenario(two_projects(0)),
    )
    assert [len(poll) for poll in (first, same, red, still, green)] == [1, 0, 1, 0, 1]
    assert "previous" not in first[0] and "error" not in first[0]
    assert counts(first[0]) == [0, 0, 0, 20]
    assert counts(red[0]) == [0, 0, 3, 20]
    assert red[0]["previous"]["unscan_cluster_num"] == 0
    assert counts(green[0]) == [0, 0, 0, 20] and green[0]["previous"]["unscan_cluster_num"] == 3


def test_the_moment_and_the_ids_of_requests_are_no_change(sim: Simulator) -> None:
    # Moments are told by the second.
    first, same = events(BOTH, lambda: time.sleep(1.1))
    assert [len(first), len(same)] == [1, 0]


def test_an_answer_is_the_fact_of_the_module(sim: Simulator) -> None:
    ((event,),) = events(ONE)
    fact = event["hss_cluster_statistics"]
    assert set(fact) == {
        *(*COUNTS, "complete", "collected_at", "region", "project_id"),
        *("scopes", "failed_scopes", "skipped_scopes"),
    }
    assert fact["complete"] is True and fact["region"] == REGION and fact["project_id"] == f"{0:032x}"


def test_a_change_of_one_scope_is_a_change_though_the_sums_stay(sim: Simulator) -> None:
    sim.replace_scenario(
        scenario(projects=[project(*counts, **place) for counts, place in zip(((1, 9), (0, 9)), PLACES)])
    )
    moved = scenario(projects=[project(*counts, **place) for counts, place in zip(((0, 9), (1, 9)), PLACES)])
    first, second = events(BOTH, lambda: sim.replace_scenario(moved))
    assert counts(first[0]) == counts(second[0]) == [0, 0, 1, 18]


PLACES = [{"region": name, "project_id": f"{number:032x}"} for number, name in enumerate((REGION, OTHER))]


def test_the_order_of_the_list_of_projects_is_no_change(sim: Simulator) -> None:
    turned = scenario(projects=list(reversed(two_projects(0)["projects"])))
    first, second = events({"all_projects": True, **KEYS}, lambda: sim.replace_scenario(turned))
    assert [len(first), len(second)] == [1, 0]


def test_a_scope_that_fails_takes_the_counts_out_of_the_answer(sim: Simulator) -> None:
    """With on_scope_error=continue; no rule that reads a count may fire."""
    down = {"path": f"/regions/{OTHER}/", "status": 500, "body": {"error_code": "HSS.1004", "error_msg": "a"}}
    other_words = {**down, "body": {"error_code": "HSS.1004", "error_msg": "b"}}
    other_cause = {**down, "status": 503}
    whole, partial, same, another, recovered = events(
        {**BOTH, "on_scope_error": "continue"},
        lambda: sim.inject(down),
        lambda: (sim.reset(), sim.inject(other_words)),
        lambda: (sim.reset(), sim.inject(other_cause)),
        sim.reset,
    )
    assert [len(poll) for poll in (whole, partial, same, another, recovered)] == [1, 1, 0, 1, 1]
    fact = partial[0]["hss_cluster_statistics"]
    assert fact["complete"] is False and not set(COUNTS) & set(fact)
    assert [scope["region"] for scope in fact["failed_scopes"]] == [OTHER]
    assert counts(recovered[0]) == [0, 0, 0, 40]


PASSING = {
    "throttled": {"status": 429, "body": {"error_code": "APIGW.0308", "error_msg": "slow down"}},
    "server": {"status": 503, "body": {"error_code": "HSS.1004", "error_msg": "no"}},
    "lost": {"drop": "before"},
    "no permission": {"status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "no"}},
    "no number": {"counts_remove": ["unscan_cluster_num"]},
    "page": {"html": True},
}


@pytest.mark.usefixtures("shared_time")
@pytest.mark.parametrize("args", [ONE, BOTH], ids=["one", "two"])
@pytest.mark.parametrize("fault", PASSING.values(), ids=list(PASSING))
def test_what_fails_in_passing_is_reported_once_and_so_is_its_end(
    sim: Simulator, fault: Dict[str, Any], args: Dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    first, failed, still, recovered = events(
        args, lambda: sim.inject({"path": f"/regions/{REGION}/", **fault}), nothing, sim.reset
    )
    assert [len(poll) for poll in (first, failed, still, recovered)] == [1, 1, 0, 1]
    assert set(failed[0]) == {"error", "previous"} and failed[0]["error"]
    assert failed[0]["previous"] == first[0]["hss_cluster_statistics"]
    # The same answer as before the error, and news all the same.
    assert counts(recovered[0]) == counts(first[0]) and "error" not in recovered[0]
    (warning,) = (record.getMessage() for record in caplog.records if record.levelno == logging.WARNING)
    assert failed[0]["error"] in warning


def test_an_error_of_another_cause_is_reported_and_other_words_are_not(sim: Simulator) -> None:
    def fault(status: int, text: str) -> Step:
        body = {"error_code": "HSS.1004", "error_msg": text}
        return lambda: (sim.reset(), sim.inject({"service": "HSS", "status": status, "body": body}))

    fault(500, "request 1")()
    polls = events(ONE, fault(500, "request 2"), fault(502, "request 3"))
    assert [len(poll) for poll in polls] == [1, 0, 1]
    assert "HTTP 500" in polls[0][0]["error"] and "HTTP 502" in polls[2][0]["error"]
    assert "previous" not in polls[0][0]


def test_another_scope_that_fails_is_another_cause(sim: Simulator) -> None:
    def down(region: str) -> Step:
        return lambda: (sim.reset(), sim.inject({"path": f"/regions/{region}/", "status": 500}))

    down(REGION)()
    polls = events(BOTH, down(OTHER), nothing)
    assert [len(poll) for poll in polls] == [1, 1, 0]
    assert REGION in polls[0][0]["error"] and OTHER in polls[1][0]["error"]


def two_accounts(unscanned: int = 0, *refusing: str) -> Dict[str, Any]:
    names = ("first", "second")
    return scenario(
        projects=[
            project(unscanned, 20, region=REGION, name=f"{REGION}_{name}", project_id=f"{n:032x}", domain_id=name)
            for n, name in enumerate(names)
        ],
        agencies=[
            {
                "name": "reader",
                "domain_id": name,
                "projects": [f"{n:032x}"],
                "trusts": [] if name in refusing else "all",
            }
            for n, name in enumerate(names)
        ],
    )


def test_several_accounts(sim: Simulator) -> None:
    def replace(unscanned: int, *refusing: str) -> Step:
        return lambda: sim.replace_scenario(two_accounts(unscanned, *refusing))

    accounts = [{"agency_name": "reader", "agency_domain_name": f"account-{name}"} for name in ("first", "second")]
    args = {"region": REGION, "all_projects": True, "accounts": accounts, **KEYS}
    replace(0)()
    first, red, lost, same, other = events(args, replace(3), replace(3, "first"), nothing, replace(3, "second"))
    assert [len(poll) for poll in (first, red, lost, same, other)] == [1, 1, 1, 0, 1]
    assert counts(first[0]) == [0, 0, 0, 40] and counts(red[0]) == [0, 0, 6, 40]
    scopes = red[0]["hss_cluster_statistics"]["scopes"]
    assert [scope["account"] for scope in scopes] == ["account-first", "account-second"]
    assert "account-first" in lost[0]["error"] and "account-second" in other[0]["error"], (
        "another account is another cause"
    )


@pytest.mark.parametrize(
    "args,words,requests",
    [
        ({"region": REGION}, "No credentials found", 0),
        ({"region": REGION, "access_key": DEMO_AK}, "secret_key is missing", 0),
        ({**ONE, "no_such_option": 1}, "no_such_option", 0),
        ({**ONE, "max_retries": "many"}, "max_retries", 0),
        ({**ONE, "region": "Not one"}, "region", 0),
        ({**ONE, "secret_key": "wrong-secret-key-of-a-rulebook"}, "secret key does not belong", 1),
        ({**BOTH, "secret_key": "wrong-secret-key-of-a-rulebook"}, "secret key does not belong", 1),
        ({"region": REGION, "auth_token": "wrong-token-of-a-rulebook"}, "token is wrong", 1),
        ({**ONE, "auth_method": DEMO_SK}, "auth_method", 0),
        ({**ONE, "interval": 9.9}, "interval must be", 0),
        ({**ONE, "interval": "often"}, "interval must be", 0),
        ({**ONE, "interval": "nan"}, "interval must be", 0),
        ({**ONE, "interval": True}, "interval must be", 0),
        ({**ONE, "interval": [300]}, "interval must be", 0),
        ({**ONE, "interval": ""}, "Option interval is empty or blank", 0),
        ({**ONE, "interval": " \n"}, "Option interval is empty or blank", 0),
        ({**ONE, "deadline": ""}, "option deadline is empty or blank", 0),
        ({**ONE, "all_projects": " "}, "option all_projects is empty or blank", 0),
        ({**ONE, "enterprise_project_id": "\n"}, "option enterprise_project_id is empty or blank", 0),
        ({**ONE, "security_token": " "}, "option security_token is empty or blank", 0),
        ({**ONE, "region": threading}, "option region holds something that is not plain data", 0),
    ],
    ids=str,
)
def test_what_can_never_succeed_ends_it_and_shows_nothing(
    sim: Simulator, args: Dict[str, Any], words: str, requests: int
) -> None:
    with pytest.raises(EventSourceError) as caught:
        events({"project_id": f"{0:032x}", **args} if "scopes" not in args else args, nothing)
    message = str(caught.value)
    assert words in message and message.startswith("huaweicloud.hss.hss_cluster_statistics: ")
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    assert not [secret for secret in (DEMO_SK, "wrong-secret-key", "wrong-token") if secret in message]
    # Five refused signatures lock a key.
    assert len(sim.requests) == requests


def test_a_credential_that_is_refused_later_ends_it(sim: Simulator) -> None:
    refused = {"service": "HSS", "status": 401, "body": {"error_code": "APIGW.0301", "error_msg": "no"}}
    with pytest.raises(EventSourceError, match="HTTP 401"):
        events(ONE, lambda: sim.inject(refused), nothing)
    assert [request.status for request in sim.requests if request.service == "HSS"] == [200, 401]


REFUSED = {
    "service": "HSS",
    "status": 401,
    "body": {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"},
}


@pytest.mark.parametrize("mode", ["fail", "continue"])
@pytest.mark.parametrize("other", [None, {"status": 400}, {"status": 403}], ids=["accepted", "400", "403"])
def test_a_credential_that_one_scope_of_several_refuses_ends_it(
    sim: Simulator, mode: str, other: Dict[str, Any] | None
) -> None:
    """Five refused signatures lock an access key, whatever the other scopes answer."""
    sim.replace_scenario(three_projects())
    sim.inject({"path": f"/{1:032x}/", **REFUSED})
    if other:
        sim.inject({"path": f"/{2:032x}/", **other, "body": {"error_code": "HSS.1001", "error_msg": "no"}})
    scopes = [{"region": REGION, "project_id": f"{number:032x}"} for number in range(3)]
    with pytest.raises(EventSourceError, match="Nothing more is asked with this credential") as caught:
        events({"scopes": scopes, "on_scope_error": mode, **KEYS}, nothing, nothing)
    message = str(caught.value)
    assert f"{1:032x}" in message and "HTTP 401" in message and "None" not in message
    assert [request.status for request in sim.requests].count(401) == 1


def test_a_token_that_is_to_be_renewed_in_one_scope_is_no_end(sim: Simulator) -> None:
    """0307 says nothing about the credential that fetched the token, and locks nothing."""
    spent = {**REFUSED, "body": {"error_code": "APIGW.0307", "error_msg": "the token must be updated"}}
    sim.inject({"path": f"/regions/{OTHER}/", **spent})
    polls = events(BOTH, nothing, sim.reset)
    assert [len(poll) for poll in polls] == [1, 0, 1]
    assert "HTTP 401" in polls[0][0]["error"] and counts(polls[2][0]) == [0, 0, 0, 40]


def three_projects() -> Dict[str, Any]:
    return scenario(
        projects=[project(0, 20, region=REGION, name=f"{REGION}_{n}", project_id=f"{n:032x}") for n in range(3)]
    )


def test_files_are_read_anew_and_one_that_is_missing_for_a_while_is_no_end(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    token = tmp_path / "token"
    token.write_text(DEMO_ID_TOKEN)
    monkeypatch.setenv("HUAWEICLOUD_SDK_IDP_ID", "idp-of-the-demo")
    monkeypatch.setenv("HUAWEICLOUD_SDK_ID_TOKEN_FILE", str(token))
    monkeypatch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", f"{0:032x}")
    polls = events({"region": REGION}, token.unlink, nothing, lambda: token.write_text(DEMO_ID_TOKEN))
    assert [len(poll) for poll in polls] == [1, 1, 0, 1]
    assert str(token) in polls[1][0]["error"] and counts(polls[3][0]) == [0, 0, 0, 20]
    assert DEMO_ID_TOKEN not in json.dumps(polls)


def test_a_file_that_was_never_there_is_the_end(sim: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_IDP_ID", "idp-of-the-demo")
    monkeypatch.setenv("HUAWEICLOUD_SDK_ID_TOKEN_FILE", str(tmp_path / "nothing"))
    with pytest.raises(EventSourceError, match="nothing"):
        events({"region": REGION, "project_id": f"{0:032x}"})


def test_an_answer_that_repeats_a_secret_is_not_reported(sim: Simulator) -> None:
    echo = {"service": "HSS", "headers": {"X-Request-Id": DEMO_SK}}
    body = dict.fromkeys(COUNTS, 0)
    sim.inject({**echo, "status": 200, "body": body})
    with pytest.raises(EventSourceError, match="given as a secret") as caught:
        events(ONE)
    assert DEMO_SK not in str(caught.value)


def test_it_waits_for_the_interval(sim: Simulator) -> None:
    pauses: List[float] = []
    events(ONE, nothing, pauses=pauses)
    events({**ONE, "interval": "10"}, nothing, pauses=pauses)
    events({**ONE, "interval": None}, pauses=pauses)
    assert pauses == [DEFAULT_INTERVAL, DEFAULT_INTERVAL, 10, 10, DEFAULT_INTERVAL]


def test_a_bug_is_the_end(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(_query, "cluster_statistics", fail)
    with pytest.raises(EventSourceError, match="This is a bug in huaweicloud.hss: ZeroDivisionError"):
        events(ONE, nothing)


def load() -> Dict[str, Any]:
    """As ansible-rulebook does."""
    return runpy.run_path(str(SOURCE))


@pytest.mark.parametrize("args", [ONE, {**BOTH, "deadline": 600}], ids=["one", "two"])
def test_a_cancellation_does_not_wait_for_a_request(sim: Simulator, args: Dict[str, Any]) -> None:
    """The request would take ten minutes, and asyncio.run() joins the threads of its own executor."""
    sim.inject({"service": "HSS", "delay": 600})
    queried = threading.Event()

    async def run() -> None:
        task = asyncio.create_task(load()["main"](asyncio.Queue(), dict(args)))
        while not sim.requests and not task.done():
            await asyncio.sleep(0.01)
        queried.set()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, PATIENCE)

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert queried.is_set() and not thread.is_alive()


def own_threads() -> List[threading.Thread]:
    return [thread for thread in threading.enumerate() if "work" in thread.name]


def ended(threads: List[threading.Thread]) -> bool:
    for thread in threads:
        thread.join(PATIENCE)
    return not [thread for thread in threads if thread.is_alive()]


@pytest.mark.parametrize("args", [ONE, {**ONE, "deadline": 600}, BOTH], ids=["one", "deadline", "two"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_cancellation_ends_what_it_waits_for(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, args: Dict[str, Any], scheme: str
) -> None:
    """The answer would take ten minutes, and another try or another scope would follow."""
    uncaught: List[Any] = []
    monkeypatch.setattr(threading, "excepthook", uncaught.append)
    if scheme == "https":
        for name in (REGION, OTHER):
            variable = f"HUAWEICLOUD_SDK_REGION_HSS_{name.upper().replace('-', '_')}"
            monkeypatch.setenv(variable, f"{sim.https_url}/regions/{name}")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sim.ca_path))
    sim.inject({"service": "HSS", "delay": 600})
    asking: List[threading.Thread] = []

    async def run() -> None:
        task = asyncio.create_task(watch(asyncio.Queue().put, {"max_retries": 3, **args}))
        while not [request for request in sim.requests if request.service == "HSS"]:
            assert not task.done()
            await asyncio.sleep(0.01)
        asking.extend(own_threads())
        task.cancel()

    asyncio.run(run())
    assert asking
    assert not [thread for thread in asking if not ended([thread])]
    assert not uncaught
    assert len([request for request in sim.requests if request.service == "HSS"]) == 1


def test_a_question_that_was_given_up_leaves_no_thread(sim: Simulator) -> None:
    """At its deadline; the answers would come ten minutes later."""
    sim.inject({"service": "HSS", "delay": 600})
    left: List[threading.Thread] = []
    polls = events({**BOTH, "deadline": 0.3}, lambda: left.extend(own_threads()), lambda: left.extend(own_threads()))
    assert "the deadline of 0.3 seconds" in polls[0][0]["error"]
    assert ended(left)


def test_a_cancellation_before_the_first_request_sends_none(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it wait for the thread, which hangs here as it would in a name server. Requests of earlier tests may still arrive."""
    made = threading.Event()
    go_on = threading.Event()
    in_time: List[bool] = []
    client_of = _query.Client
    project_id = "f" * 32

    def late(*arguments: Any, **named: Any) -> Any:
        made.set()
        in_time.append(go_on.wait(PATIENCE))
        return client_of(*arguments, **named)

    monkeypatch.setattr(_query, "Client", late)
    asking: List[threading.Thread] = []

    async def run() -> None:
        task = asyncio.create_task(watch(asyncio.Queue().put, {**ONE, "project_id": project_id}))
        while not made.is_set():
            await asyncio.sleep(0.01)
        asking.extend(own_threads())
        task.cancel()

    asyncio.run(run())
    go_on.set()
    assert asking and ended(asking) and in_time == [True]
    assert not [request for request in sim.requests if project_id in request.path]


def test_a_host_that_allows_no_thread_is_reported_and_queried_again(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if "work" in thread.name:
            raise RuntimeError("can't start new thread")
        start(thread)

    def as_before() -> None:
        monkeypatch.setattr(threading.Thread, "start", start)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    first, still, recovered = events(ONE, nothing, as_before)
    assert [len(first), len(still), len(recovered)] == [1, 0, 1]
    assert "cannot start a new thread" in first[0]["error"] and counts(recovered[0]) == [0, 0, 0, 20]


@pytest.mark.parametrize(
    "error,words",
    [
        (MemoryError(), "no memory left"),
        (OSError(errno.EMFILE, "Too many open files"), "too many open files"),
        (OSError(errno.ENFILE, "Too many open files in system"), "too many open files"),
    ],
    ids=["memory", "files", "files of the host"],
)
def test_a_limit_of_the_host_is_no_bug_and_no_end(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    ask = _query.cluster_statistics

    def fail(*_arguments: Any) -> Any:
        raise error

    monkeypatch.setattr(_query, "cluster_statistics", fail)
    first, still, recovered = events(ONE, nothing, lambda: monkeypatch.setattr(_query, "cluster_statistics", ask))
    assert [len(first), len(still), len(recovered)] == [1, 0, 1]
    assert words in first[0]["error"] and "bug" not in first[0]["error"]


def first_event(main: Callable[..., Awaitable[None]], args: Dict[str, Any]) -> Event:
    async def run() -> Event:
        queue: asyncio.Queue[Event] = asyncio.Queue(1)
        task = asyncio.create_task(main(queue, args))
        got = asyncio.create_task(queue.get())
        await asyncio.wait({task, got}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
        task.cancel()
        return got.result()

    return asyncio.run(run())


def strings() -> Dict[str, Any]:
    """Return the parsed documentation of the event source."""
    return {
        node.targets[0].id: yaml.safe_load(ast.literal_eval(node.value))
        for node in ast.parse(SOURCE.read_text()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("DOCUMENTATION", "EXAMPLES", "RETURN")
    }


@pytest.mark.parametrize("example", strings()["EXAMPLES"], ids=lambda example: example["name"])
def test_examples(sim: Simulator, monkeypatch: pytest.MonkeyPatch, example: Dict[str, Any]) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", DEMO_AK)
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", DEMO_SK)
    event = first_event(load()["main"], example["huaweicloud.hss.hss_cluster_statistics"])
    assert event["hss_cluster_statistics"]["complete"] is True
    assert set(event) <= set(strings()["RETURN"])


def test_documentation_is_what_it_takes() -> None:
    documentation = strings()["DOCUMENTATION"]
    assert documentation["extends_documentation_fragment"] == ["huaweicloud.hss.client", "huaweicloud.hss.scopes"]
    fragments = [yaml.safe_load(part.ModuleDocFragment.DOCUMENTATION)["options"] for part in (client, scopes)]
    assert {name for options in fragments for name in options} == {*SHARED_OPTIONS, *SCOPE_OPTIONS}
    assert set(documentation["options"]) == {"interval"}
    assert documentation["options"]["interval"]["default"] == DEFAULT_INTERVAL


def test_it_needs_no_collections_on_the_path(sim: Simulator, tmp_path: Any) -> None:
    """Run in a process of its own, whose Python knows no ansible_collections."""
    code = (
        "import asyncio, runpy, sys\n"
        "async def run():\n"
        "    queue = asyncio.Queue(1)\n"
        f"    task = asyncio.create_task(runpy.run_path({str(SOURCE)!r})['main'](queue, {ONE!r}))\n"
        "    print(await queue.get())\n"
        "    task.cancel()\n"
        "asyncio.run(run())\n"
        "assert not [name for name in sys.modules if name.startswith('ansible_collections')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "unscan_cluster_num" in done.stdout, done.stderr


def test_without_ansible_core_it_says_so(tmp_path: Any) -> None:
    code = f"import asyncio, runpy; asyncio.run(runpy.run_path({str(SOURCE)!r})['main'](asyncio.Queue(), {{}}))"
    # -S: nothing that was installed.
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ansible-core is missing for the Python that runs ansible-rulebook" in done.stderr
