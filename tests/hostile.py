# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that misbehave on the socket: one that breaks its answers as told, and a proxy in front of it."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import struct
import threading
from typing import Any, Callable, List, Optional

Break = Callable[[socket.socket], None]


class Listener:
    """Serve each connection in a thread of its own, on loopback, over TLS with a context."""

    def __init__(self, tls: Optional[ssl.SSLContext] = None) -> None:
        self.tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.connections = 0
        self._stopping = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._socket.close()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than this server is there."""
        if self._stopping.wait(seconds):
            raise OSError("stopped")

    def serve(self, connection: Any) -> None:
        """Overridden by each kind."""

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: Any) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            connection.settimeout(30)
            if self.tls is not None:
                connection = stack.enter_context(self.tls.wrap_socket(connection, server_side=True))
            self.serve(connection)


class Origin(Listener):
    """Read a request, then do what `answer` says with the connection, which is closed afterwards."""

    def __init__(self, answer: Callable[[Origin, Any], None], tls: Optional[ssl.SSLContext] = None) -> None:
        self.answer = answer
        self.requests: List[bytes] = []
        super().__init__(tls)

    def serve(self, connection: Any) -> None:
        self.requests.append(read_request(connection))
        self.answer(self, connection)


class Proxy(Listener):
    """Pass on what comes after CONNECT to a port, whatever host it names; without a port, refuse with a status."""

    def __init__(self, port: Optional[int], tls: Optional[ssl.SSLContext] = None, status: str = "502 No") -> None:
        self._to = port
        self._status = status
        super().__init__(tls)

    def serve(self, connection: Any) -> None:
        read_request(connection)
        if self._to is None:
            connection.sendall(f"HTTP/1.1 {self._status}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        with socket.create_connection(("127.0.0.1", self._to)) as host:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            _relay(connection, host)


def _relay(client: Any, host: Any) -> None:
    """Copy both ways until one end closes, in one thread: a TLS socket is not made for two."""
    while True:
        ready = [client] if getattr(client, "pending", int)() else select.select([client, host], [], [], 30)[0]
        for source, target in ((client, host), (host, client)):
            if source in ready:
                data = source.recv(65536)
                if not data:
                    return
                target.sendall(data)


def read_request(connection: Any) -> bytes:
    """Return head and body; OSError where the connection ends before them."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _separator, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: Any) -> bytes:
    data: bytes = connection.recv(65536)
    if not data:
        raise OSError("closed")
    return data


def send_below_tls(connection: Any, data: bytes) -> None:
    """Send bytes on the plain socket: for the other end, TLS breaks."""
    with socket.socket(fileno=os.dup(connection.fileno())) as plain:
        plain.sendall(data)


def reset(connection: Any) -> None:
    """Close with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The plain socket's own: that of a TLS socket says goodbye first.
    os.close(connection.detach())
