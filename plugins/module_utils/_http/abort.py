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
    """The open connections of a session. After close(), no connection can be opened. Thread-safe."""

    def __init__(self) -> None:
        self._all: weakref.WeakSet[Any] = weakref.WeakSet()
        self._closed = False
        self._lock = threading.Lock()

    def close(self) -> None:
        """End all reads and writes in progress, as if the peer had closed the connections."""
        with self._lock:
            self._closed = True
            connections = list(self._all)
        for connection in connections:
            _shut_down(connection.sock)

    def open(self, connection: Any, connect: Callable[[], Any]) -> None:
        """Register a connection of urllib3 and call its `connect`. Raises ConnectionAbortedError after close()."""
        with self._lock:
            # Registered before it is open, since a handshake can hang, too.
            self._all.add(connection)
        if not self._closed:
            connect()
        # Checked again: close() may have been called before there was a socket to shut down.
        if self._closed:
            _shut_down(connection.sock)
            raise ConnectionAbortedError("the session is closed")


def _shut_down(sock: Any) -> None:
    """Shut a socket down in both directions; None is ignored."""
    # With TLS inside TLS, to an https proxy, the object is not a socket but contains one.
    sock = getattr(sock, "socket", sock)
    if sock is None:
        return
    # The socket may be closed already.
    with contextlib.suppress(OSError):
        # Not SSLSocket.shutdown(): it would remove the TLS state that another thread reads with. Not close(): it wakes no thread.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
