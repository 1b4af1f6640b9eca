# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record what happens on the socket of an attempt, and limit the time of a complete response.

The exception of a failure differs between versions of requests and urllib3 and does not show whether the request was sent: an
error of a proxy or of TLS may occur before or after that. urllib3 has no time limit for a complete response. The connection
provides both: its connect() and response_class come from http.client and are the same in each version.
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
    """The state of one attempt to send a request. It belongs to the thread that creates it.

    sent: a byte of the request may have been written. to_proxy: the connection to an HTTP proxy, or its CONNECT, is in progress.
    tunnelled: the proxy has connected to the host. overdue: the response was not complete in time. left: returns the seconds
    that the response may still take. connections: registers new connections, so that another thread can close them.
    """

    def __init__(self, remaining: Callable[[], float], connections: Optional[Connections] = None) -> None:
        self.sent = False
        self.to_proxy = False
        self.tunnelled = False
        self.overdue = False
        self.remaining = remaining
        self.connections = connections
        _thread.attempt = self


_thread = threading.local()


class _Reader(io.RawIOBase):
    """The bytes of a response. A read waits at most the timeout of the socket and the remaining time of the attempt, in seconds."""

    def __init__(self, sock: Any, attempt: Attempt) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._timeout = sock.gettimeout()
        self._attempt = attempt

    def readable(self) -> bool:
        """Return True, as io.RawIOBase requires."""
        return True

    def readinto(self, buffer: Any) -> Any:
        """Read bytes into the buffer and return their number. Raises socket.timeout if the time is over."""
        remaining = self._attempt.remaining()
        if remaining <= 0:
            self._attempt.overdue = True
            raise socket.timeout("timed out")
        self._sock.settimeout(min(self._timeout, remaining))
        try:
            return self._raw.readinto(buffer)
        except socket.timeout:
            self._attempt.overdue = self._attempt.remaining() <= 0
            raise

    def close(self) -> None:
        """Close this reader; the socket stays open."""
        self._raw.close()
        super().close()


class _Readable:
    """The part of a socket that http.client needs to read a response."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a buffered reader that respects the time limit of the attempt."""
        return io.BufferedReader(_Reader(self._sock, _thread.attempt))


class _Connection:
    """Mixin for a connection class of urllib3."""

    def connect(self) -> None:
        """Connect, and record that no byte of the request was written before."""
        # A failure here (name, refused connection, proxy, handshake) occurs before the request is written.
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
        """Ask the proxy to connect, and record that it did."""
        super()._tunnel()  # type: ignore[misc]
        _thread.attempt.to_proxy = False
        _thread.attempt.tunnelled = True

    def response_class(self, sock: Any, *args: Any, **kwargs: Any) -> http.client.HTTPResponse:
        """Return a response that is read within the time limit of the attempt."""
        return http.client.HTTPResponse(_Readable(sock), *args, **kwargs)  # type: ignore[arg-type]


class _Pool:
    """Mixin for a connection pool class of urllib3."""

    def _get_conn(self, *args: Any, **kwargs: Any) -> Any:
        """Return a connection, and record the request as sent unless connect() says otherwise."""
        # A connection that is reused does not call connect(), and nor does one of a class without our mixin.
        _thread.attempt.sent = True
        return super()._get_conn(*args, **kwargs)  # type: ignore[misc]

    def _new_conn(self) -> Any:
        """Return a new connection object, and record that nothing was sent while it was created."""
        # This only creates the object and checks the address; nothing is sent before connect().
        attempt: Attempt = _thread.attempt
        attempt.sent, attempt.to_proxy = False, getattr(self, "proxy", None) is not None
        connection = super()._new_conn()  # type: ignore[misc]
        attempt.sent = True
        return connection


@functools.lru_cache(maxsize=None)
def _watched_pool(pool: Any) -> Any:
    """Return a subclass of a connection pool class of urllib3 that keeps the Attempt up to date."""
    if issubclass(pool, _Pool):
        return pool
    connection = type("WatchedConnection", (_Connection, pool.ConnectionCls), {})
    return type("WatchedPool", (_Pool, pool), {"ConnectionCls": connection})


def _watch(manager: Any) -> Any:
    """Make a pool manager of urllib3 use watched connection pools, and return it."""
    classes: Dict[str, Any] = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _watched_pool(pool) for scheme, pool in classes.items()}
    return manager


def watched(adapter: Any) -> Any:
    """Return a subclass of an adapter class of requests that keeps the thread's latest Attempt up to date."""

    class Watched(adapter):  # type: ignore[misc]
        """The adapter with watched connection pools."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            """Create the pool manager with watched connection pools."""
            super().init_poolmanager(*args, **kwargs)
            _watch(self.poolmanager)

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            """Return the pool manager for a proxy, with watched connection pools."""
            return _watch(super().proxy_manager_for(proxy, **kwargs))

    return Watched
