# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listener on the loopback address, with or without TLS, one thread for each connection."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from tests.simulator.handler import Handler

if TYPE_CHECKING:
    from tests.simulator.simulator import Simulator

_HANDSHAKE_TIMEOUT = 30


# Not http.server's own: that looks up the host's name, which may take seconds.
class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, simulator: Simulator, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.simulator = simulator
        self.tls = tls
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)
        # A short interval: stopping waits for one.
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        # The handshake belongs here: in the accepting thread one slow client would hold up all.
        if self.tls is not None:
            try:
                request.settimeout(_HANDSHAKE_TIMEOUT)
                request = self.tls.wrap_socket(request, server_side=True)
                request.settimeout(None)
            except OSError:
                request.close()
                return
        with self._guard:
            self._connections.add(request)
        super().process_request_thread(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients that go away are part of the tests.
        if not isinstance(sys.exc_info()[1], OSError):
            self.simulator.errors.append(traceback.format_exc())

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        with self._guard:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    # The plain socket's own: that of a TLS socket disturbs the thread that reads from it.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
