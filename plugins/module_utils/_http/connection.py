# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record what happens on the socket of an attempt, and end a whole answer in time.

Which exception a failure becomes differs between versions of requests and urllib3, and says too little: an error of a proxy or
of TLS may come before or after the request was written. urllib3 has no limit for a whole answer. Both are had from the
connection, whose methods connect() and response_class are those of http.client, the same in each version.
"""

from __future__ import annotations

import functools
import http.client
import io
import socket
import threading
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

if TYPE_CHECKING:
    from .abort import Connections


class Attempt:
    """One attempt to send a request, in the thread that made it.

    sent: a byte of the request may have been written. to_proxy: an HTTP proxy is being connected to, or asked to connect.
    tunnelled: it has connected to the host. overdue: the answer was not whole in time. left: returns the seconds that the answer
    may still take. connections: where a new connection is noted, so that another thread can close it.
    """

    def __init__(self, left: Callable[[], float], connections: Optional[Connections] = None) -> None:
        self.sent = False
        self.to_proxy = False
        self.tunnelled = False
        self.overdue = False
        self.left = left
        self.connections = connections
        _thread.attempt = self


_thread = threading.local()


class _Reader(io.RawIOBase):
    """The bytes of an answer. Each read waits as long as the socket's time-out says, and no longer than the attempt has left."""

    def __init__(self, sock: Any, attempt: Attempt) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._patience = sock.gettimeout()
        self._attempt = attempt

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        left = self._attempt.left()
        if left <= 0:
            self._attempt.overdue = True
            raise socket.timeout("timed out")
        self._sock.settimeout(min(self._patience, left))
        try:
            return self._raw.readinto(buffer)
        except socket.timeout:
            self._attempt.overdue = self._attempt.left() <= 0
            raise

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Readable:
    """What http.client asks of a socket to read an answer from it."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, _thread.attempt))


class _Connection:
    """Mixed into a connection class of urllib3."""

    def connect(self) -> None:
        # Whatever goes wrong here, a name, a refusal, a proxy, a handshake, goes wrong before the request is written.
        attempt: Attempt = _thread.attempt
        attempt.sent = False
        attempt.to_proxy = getattr(self, "proxy", None) is not None
        connect: Callable[[], Any] = super().connect  # type: ignore[misc]
        if attempt.connections is None:
            connect()
        else:
            attempt.connections.open(self, connect)
        attempt.sent = True

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc]
        _thread.attempt.to_proxy = False
        _thread.attempt.tunnelled = True

    def response_class(self, sock: Any, *arguments: Any, **named: Any) -> http.client.HTTPResponse:
        return http.client.HTTPResponse(_Readable(sock), *arguments, **named)  # type: ignore[arg-type]


class _Pool:
    """Mixed into a class of connection pools of urllib3."""

    def urlopen(self, *arguments: Any, **named: Any) -> Any:
        # A connection that is there already does not connect, and one of another kind says nothing.
        _thread.attempt.sent = True
        return super().urlopen(*arguments, **named)  # type: ignore[misc]

    def _new_conn(self) -> Any:
        # Makes the object and checks the address; nothing goes out before connect().
        attempt: Attempt = _thread.attempt
        attempt.sent, attempt.to_proxy = False, getattr(self, "proxy", None) is not None
        connection = super()._new_conn()  # type: ignore[misc]
        attempt.sent = True
        return connection


@functools.lru_cache(maxsize=None)
def _watched_pool(pool: Any) -> Any:
    if issubclass(pool, _Pool):
        return pool
    connection = type("WatchedConnection", (_Connection, pool.ConnectionCls), {})
    return type("WatchedPool", (_Pool, pool), {"ConnectionCls": connection})


def _watch(manager: Any) -> Any:
    classes: Dict[str, Any] = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _watched_pool(pool) for scheme, pool in classes.items()}
    return manager


def watched(adapter: Any) -> Any:
    """Return a subclass of an adapter class of requests that keeps the thread's latest Attempt up to date."""

    class Watched(adapter):  # type: ignore[misc]
        def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
            super().init_poolmanager(*arguments, **named)
            _watch(self.poolmanager)

        def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
            return _watch(super().proxy_manager_for(proxy, **named))

    return Watched
