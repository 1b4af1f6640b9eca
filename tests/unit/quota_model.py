# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model of a task that sends calls of one operation under a quota: no threads, no sockets, no clock."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.models import Call, Throttling
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.quota import QuotaWindow

KEY = ("HSS", "ShowClusterScanStatistics")


class Server(NamedTuple):
    """`says`: what a refusal names, `text`, `header`, both or nothing. `phase`: when a fixed window begins."""

    limit: int
    period: float
    fixed: bool = False
    text: bool = True
    header: bool = False
    phase: float = 0.0
    counts_refused: bool = False


class Sent(NamedTuple):
    number: int  # which of the calls that are to be made
    started: float
    arrived: float
    accepted: bool
    not_before: float  # as known when it was sent


class Run(NamedTuple):
    sent: List[Sent]
    end: float
    window: QuotaWindow
    first_refusal: float  # when the client knew of it

    @property
    def refused(self) -> int:
        return sum(1 for call in self.sent if not call.accepted)


def run(server: Server, calls: int, workers: int = 16, latency: float = 0.05, seed: int = 0) -> Run:
    """Make so many calls, each again until it is accepted."""
    chance = random.Random(seed)
    window = QuotaWindow()
    counted: List[float] = []
    todo = list(range(calls))[::-1]
    events: List[Tuple[float, int, int, Optional[Call], bool, Throttling]] = []
    sent: List[Sent] = []
    blocked: Dict[Call, float] = {}
    now, order, in_flight, proven, first_refusal = 0.0, itertools.count(), 0, False, math.inf
    while todo or in_flight:
        # As in a sweep: the first goes alone.
        allowed = workers if proven else 1
        delay = window.delay(now) if todo and in_flight < allowed else math.inf
        if delay <= 0:
            call = Call(KEY, now)
            window.start(call)
            in_flight += 1
            blocked[call] = window._not_before
            arrival = now + latency * chance.uniform(0.4, 0.9)
            heapq.heappush(events, (arrival, next(order), todo.pop(), call, False, Throttling()))
            continue
        wake = now + delay
        assert events or delay < math.inf, "it would wait for ever"
        if not events or wake < events[0][0]:
            now = wake
            continue
        now, _order, number, call, answered, said = heapq.heappop(events)
        assert call is not None
        if not answered:
            wait = _arrive(server, counted, now)
            call.accepted = wait == 0
            sent.append(Sent(number, call.started, now, wait == 0, blocked[call]))
            said = Throttling(
                float(math.ceil(wait)) if server.header else None,
                server.limit if server.text else None,
                server.period if server.text else None,
            )
            heapq.heappush(events, (now + latency * 0.1, next(order), number, call, True, said))
            continue
        in_flight -= 1
        if call.accepted:
            proven = True
            window.accept(call)
        else:
            first_refusal = min(first_refusal, now)
            window.throttle(call, now, said)
            todo.append(number)
        window.end(call, now)
    return Run(sent, now, window, first_refusal)


def _arrive(server: Server, counted: List[float], now: float) -> float:
    """Return 0 if the call is accepted, else the seconds until one would be."""
    start = now - server.period
    if server.fixed:
        start = math.floor((now - server.phase) / server.period) * server.period + server.phase
    recent = [moment for moment in counted if moment >= start] if server.fixed else [m for m in counted if m > start]
    refused = len(recent) >= server.limit
    if not refused or server.counts_refused:
        counted.append(now)
    if not refused:
        return 0.0
    return max(0.001, (start if server.fixed else recent[-server.limit]) + server.period - now)


def needed(server: Server, calls: int) -> float:
    """Return the seconds that the quota itself makes of so many calls."""
    return (math.ceil(calls / server.limit) - 1) * server.period
