# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep track of the open connections of a session, so that another thread can close them."""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from typing import Any, Callable


class Connections:
    """Open connections of a session. Once closed, no new one can be opened."""

    def __init__(self) -> None:
        self._all: weakref.WeakSet[Any] = weakref.WeakSet()
        self._closed = False
        self._lock = threading.Lock()

    def close(self) -> None:
        """End every read and write that is going on, as a peer would that closes the connection."""
        with self._lock:
            self._closed = True
            connections = list(self._all)
        for connection in connections:
            _shut(connection.sock)

    def open(self, connection: Any, connect: Callable[[], Any]) -> None:
        """Note a connection of urllib3 and call its `connect`; raise ConnectionAbortedError if this was closed meanwhile."""
        with self._lock:
            # Before it is open: a handshake can hang, too.
            self._all.add(connection)
        if not self._closed:
            connect()
        # Also where it was closed in the meantime, when there was no socket yet to be shut.
        if self._closed:
            _shut(connection.sock)
            raise ConnectionAbortedError("the session is closed")


def _shut(sock: Any) -> None:
    # TLS inside of TLS, to an https proxy, is no socket itself but holds one.
    sock = getattr(sock, "socket", sock)
    if sock is None:
        return
    # It may be closed already.
    with contextlib.suppress(OSError):
        # Not SSLSocket's own: it would take the TLS state away from the thread that is reading. And not close(), which wakes nobody.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
