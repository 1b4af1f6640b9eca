# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections of one session, so that another thread can end what waits for them."""

from __future__ import annotations

import contextlib
import socket
import weakref
from typing import Any, Dict


class Connections:
    """Open connections of urllib3's pools. A closed one makes no new connection."""

    def __init__(self) -> None:
        self._all: weakref.WeakSet[Any] = weakref.WeakSet()
        self._closed = False

    def watch(self, manager: Any) -> Any:
        """Note each connection that a PoolManager (or ProxyManager) makes from now on; return the manager."""
        pools: Dict[str, Any] = dict(manager.pool_classes_by_scheme)
        manager.pool_classes_by_scheme = {scheme: self._watched(pool) for scheme, pool in pools.items()}
        return manager

    def close(self) -> None:
        """End every read and write that is going on, as a peer would that closes the connection."""
        self._closed = True
        for connection in list(self._all):
            _shut(connection.sock)

    def _watched(self, pool: Any) -> Any:
        connections = self

        class Connection(pool.ConnectionCls):  # type: ignore[misc]
            def connect(self) -> Any:
                # Before it is open: a handshake can hang, too.
                connections._all.add(self)
                if connections._closed:
                    raise ConnectionAbortedError("the session is closed")
                return super().connect()

        class Pool(pool):  # type: ignore[misc]
            ConnectionCls = Connection

        return Pool


def _shut(sock: Any) -> None:
    # TLS inside of TLS, to an https proxy, is no socket itself but holds one.
    sock = getattr(sock, "socket", sock)
    if sock is None:
        return
    # It may be closed already.
    with contextlib.suppress(OSError):
        # Not SSLSocket's own: it would take the TLS state away from the thread that is reading. And not close(), which wakes nobody.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
