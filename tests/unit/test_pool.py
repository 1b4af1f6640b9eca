# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of the host, and the end of what waits: over real threads and sockets."""

from __future__ import annotations

import socket
import threading
from typing import Any, Callable, List

import pytest
import requests
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.cancellation import CancelToken
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.executor import run_all
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.limiter import ConcurrencyLimiter
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.models import Throttling
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import HostLimitError
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.abort import Connections
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.connection import Attempt, watched

# Far more than an idle machine needs; a test that runs into it hangs.
PATIENCE = 60
KEY = ("HSS", "ListTasks")
START = threading.Thread.start


def allow(number: int, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the host refuse every thread after so many."""
    started: List[threading.Thread] = []

    def refuse(thread: threading.Thread) -> None:
        if len(started) == number:
            raise error
        started.append(thread)
        START(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)


REFUSED = {"start a new thread": RuntimeError("can't start new thread"), "no memory": MemoryError()}


@pytest.mark.parametrize("error", REFUSED.values(), ids=list(REFUSED))
@pytest.mark.parametrize("number", [1, 3])
def test_a_pool_goes_on_with_the_threads_that_it_got(
    monkeypatch: pytest.MonkeyPatch, number: int, error: Exception
) -> None:
    allow(number, monkeypatch, error)
    tasks: List[Callable[[], Any]] = [lambda n=n: n for n in range(20)]  # type: ignore[misc]
    assert run_all(tasks, 16, CancelToken(Clock())) == list(range(20))


@pytest.mark.parametrize("words,error", REFUSED.items(), ids=list(REFUSED))
def test_a_pool_without_a_thread_names_the_limit(monkeypatch: pytest.MonkeyPatch, words: str, error: Exception) -> None:
    allow(0, monkeypatch, error)
    with pytest.raises(HostLimitError, match=words) as caught:
        run_all([lambda: 1], 16, CancelToken(Clock()))
    assert caught.value.__context__ is None
    assert run_all([], 16, CancelToken(Clock())) == []


def test_a_stop_wakes_what_waits_for_a_turn_or_for_tasks() -> None:
    stop = CancelToken(Clock())
    limiter = ConcurrencyLimiter(1, Clock(), stop)
    with limiter.slot(KEY) as call:
        limiter.on_throttled(call, Throttling(retry_after=3600.0), None)
    hangs = threading.Event()
    ended: List[str] = []

    def turn() -> None:
        with limiter.slot(KEY):
            ended.append("turn")

    def pause() -> None:
        limiter.pause(3600.0)
        ended.append("pause")

    def tasks() -> None:
        assert run_all([hangs.wait], 1, stop) == [None]
        ended.append("tasks")

    threads = [threading.Thread(target=waits, daemon=True) for waits in (turn, pause, tasks)]
    for thread in threads:
        thread.start()
    stop.cancel()
    for thread in threads:
        thread.join(PATIENCE)
    hangs.set()
    assert sorted(ended) == ["pause", "tasks", "turn"]


def test_connections_that_are_closed_end_a_read_and_open_no_other() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    connections = Connections()
    session = requests.Session()
    session.mount("http://", watched(requests.adapters.HTTPAdapter)())
    url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    ended: List[Exception] = []

    def ask() -> None:
        Attempt(lambda: PATIENCE, connections)
        try:
            session.get(url, timeout=PATIENCE)
        except requests.exceptions.RequestException as error:
            ended.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    peer, _address = server.accept()
    # The request is there: it waits for the answer.
    assert peer.recv(1)
    connections.close()
    thread.join(PATIENCE)
    assert len(ended) == 1
    ask()
    assert len(ended) == 2 and "the session is closed" in str(ended[1])
    # Once more does no harm.
    connections.close()
    session.close()
    peer.close()
    server.close()


def test_a_slot_within_a_slot_is_the_same_one() -> None:
    """A credential that is fetched on the way must not wait for the request that waits for it."""
    limiter = ConcurrencyLimiter(1, Clock(), CancelToken(Clock()))
    got = threading.Event()

    def another() -> None:
        with limiter.slot(KEY):
            got.set()

    with limiter.slot(KEY):
        with limiter.slot(("IAM", "CreateToken")):
            pass
        thread = threading.Thread(target=another, daemon=True)
        thread.start()
        assert not got.wait(0.1)
    thread.join(PATIENCE)
    assert got.is_set()
