# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the event source: query, put an event if something changed, wait, repeat."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import logging
import threading
from typing import Any, Awaitable, Callable, Dict, Mapping, Optional

from ..module_utils._api.client import Client
from ..module_utils._argspec import read_given
from ..module_utils._concurrency.executor import start
from ..module_utils._errors import HostLimitError
from ..module_utils._statistics import as_facts
from ._query import BUG, CONFIGURATION, ProblemKind, QueryResult, query

Event = Dict[str, Any]

DEFAULT_INTERVAL = 300.0  # seconds
MIN_INTERVAL = 10.0
MAX_INTERVAL = 86400.0

NAME = "huaweicloud.hss.hss_cluster_statistics"
_REFUSED = "The credential was refused in a scope. {}"

logger = logging.getLogger(NAME)


class EventSourceError(Exception):
    """An error that another query cannot resolve, or could make worse. The message is redacted."""


async def watch(
    put: Callable[[Event], Awaitable[Any]],
    args: Mapping[str, Any],
    pause: Callable[[float], Awaitable[Any]] = asyncio.sleep,
) -> None:
    """Put events until cancelled. `pause` waits between two queries; tests pass one that takes no time.

    Raises EventSourceError.
    """
    options = dict(args)
    interval = _interval(options.pop("interval", None))
    changes = _ChangeDetector()
    while True:
        # Environment and files are read again for each query, since files such as identity tokens are rotated.
        event = changes.event(await _question(options))
        if event is not None:
            if "error" in event:
                # Logged too, so that it is seen without a rule for it.
                logger.warning("No count is known: %s", event["error"])
            await put(event)
        await pause(interval)


class _ChangeDetector:
    """Compare each result with the one reported last."""

    def __init__(self) -> None:
        self._last_reported: Any = None
        self._last_fact: Optional[Dict[str, Any]] = None

    def event(self, result: QueryResult) -> Optional[Event]:
        """Return the event for a result, or None if nothing has changed. Raises EventSourceError if no further query may be sent."""
        previous = self._last_fact
        if result.refused is not None:
            raise EventSourceError(
                f"{NAME}: {result.problem or _REFUSED.format(result.refused)} Nothing more is asked with this credential: correct it, "
                "then start the source again."
            ) from None
        fact: Optional[Dict[str, Any]] = None
        reported: Any
        if result.problem is None:
            fact = as_facts(result.result)
            reported = _comparable(fact)
            fact = self._last_fact = _without_none(fact)
        else:
            if _is_fatal(result.kind, answered=previous is not None):
                raise EventSourceError(f"{NAME}: {result.problem}") from None
            reported = result.kind
        if reported == self._last_reported:
            return None
        self._last_reported = reported
        return _without_none({"hss_cluster_statistics": fact, "previous": previous, "error": result.problem})


def _without_none(members: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the members without those that are None: conditions of a rulebook treat null as defined, and `not (null > 0)` as true."""
    return {name: value for name, value in members.items() if value is not None}


def _is_fatal(kind: Optional[ProblemKind], answered: bool) -> bool:
    """Return whether further queries are useless.

    That is so after a bug, and after a configuration error unless an earlier query succeeded: files are replaced, and projects
    are created and deleted.
    """
    if kind is None or kind.name == BUG:
        return True
    return kind.name == CONFIGURATION and not answered


def _comparable(fact: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the fact without what may differ between equal results: time, request IDs, error messages, and the order of scopes."""
    substance = {name: value for name, value in fact.items() if name != "collected_at"}
    for name in ("scopes", "failed_scopes", "skipped_scopes"):
        substance[name] = sorted(map(_stable_part, fact[name]))
    return substance


def _stable_part(record: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in record.items() if key not in ("request_id", "msg")}, sort_keys=True)


def _interval(value: Any) -> float:
    """Return the validated interval in seconds. Raises EventSourceError."""
    if value is None:
        return DEFAULT_INTERVAL
    _given, wrong = read_given({"interval": value}, {"interval": {"type": "float"}})
    if wrong is not None:
        raise EventSourceError(f"{NAME}: {wrong}")
    try:
        seconds = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        seconds = float("nan")
    if not MIN_INTERVAL <= seconds <= MAX_INTERVAL:
        raise EventSourceError(
            f"{NAME}: option interval must be a number of seconds, {MIN_INTERVAL:.0f} to {MAX_INTERVAL:.0f}."
        ) from None
    return seconds


class _Running:
    """The client of a query that runs in a thread, so that the event loop can close it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client: Optional[Client] = None
        self._ended = False

    def on_start(self, client: Client) -> None:
        """Keep the client; close it at once if end() was called before."""
        with self._lock:
            self._client = client
            ended = self._ended
        if ended:
            client.close()

    def end(self) -> None:
        """Close the client, now or as soon as it is created."""
        with self._lock:
            self._ended = True
            client = self._client
        if client is not None:
            client.close()


async def _question(options: Mapping[str, Any]) -> QueryResult:
    """Run one query in a thread and return its result. A cancellation closes the client, which ends the thread.

    The thread is a daemon that is never joined: unlike a thread of the event loop's executor, one that waits for a name server
    delays neither a cancellation nor the end of the process.
    """
    future: concurrent.futures.Future[QueryResult] = concurrent.futures.Future()
    # Mark the future as running: it cannot be cancelled then, so that a late result can still be set.
    future.set_running_or_notify_cancel()
    running = _Running()

    def work() -> None:
        try:
            future.set_result(query(options, running.on_start))
        except (
            BaseException
        ) as error:  # passed on to the awaiting coroutine  # pragma: no cover - query() raises nothing by itself
            future.set_exception(error)

    try:
        start(work)
    except HostLimitError as error:
        return QueryResult({}, error.as_result()["msg"], ProblemKind(type(error).__name__))
    try:
        return await asyncio.wrap_future(future)
    finally:
        running.end()
