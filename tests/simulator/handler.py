# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wire: reads requests and writes answers, whole or broken as the plan says."""

from __future__ import annotations

from email.utils import formatdate
from http.client import responses
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.simulator.answer import Answer
from tests.simulator.fault import Plan
from tests.simulator.request import ReceivedRequest

if TYPE_CHECKING:
    from tests.simulator.server import Server
    from tests.simulator.simulator import Simulator


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    @property
    def simulator(self) -> Simulator:
        return self.server.simulator

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the requests are kept by the simulator."""

    def _serve(self) -> None:
        request = self._receive()
        if request is None:
            return
        self.simulator.started(request)
        status: int | None = None
        try:
            answer, plan = self.simulator.decide(request)
            if plan.drop is None:
                status = answer.status
            head, body = self._head(request, answer), b"" if self.command == "HEAD" else answer.body
            if plan.slow_body is not None:
                last = self._send_slowly(head, body, **plan.slow_body)
            else:
                last = self._broken(head, body, plan)
            # Before the last byte, so that a client that has its answer finds everything recorded.
            self.simulator.finished(request, status)
            if last:
                self.wfile.write(last)
        except OSError:
            self.close_connection = True  # the client went away
        finally:
            self.simulator.finished(request, status)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def _receive(self) -> ReceivedRequest | None:
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
            self.send_error(400, "Bad Request")
            self.close_connection = True
            return None
        body = self.rfile.read(int(length))
        target = urlsplit(self.path)
        scheme = "https" if self.server.tls else "http"
        return ReceivedRequest(scheme, self.command, target.path, target.query, headers, body)

    def _head(self, request: ReceivedRequest, answer: Answer) -> bytes:
        headers = {"Date": formatdate(self.simulator.now(), usegmt=True), **answer.headers}
        present = {name.lower() for name in headers}
        id_name, id_value = "X-Request-Id", request.request_id
        if request.service == "IAM":
            id_name, id_value = "X-IAM-Trace-Id", f"token_null_{request.request_id}"
        if answer.from_cloud and id_name.lower() not in present:
            headers[id_name] = id_value
        if "content-length" not in present:
            headers["Content-Length"] = str(len(answer.body))
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")

    def _broken(self, head: bytes, body: bytes, plan: Plan) -> bytes:
        """Return the bytes to send. Head and body are sent at once: two writes would wait for each other."""
        if plan.drop is None and plan.truncate is None:
            return head + body
        self.close_connection = True
        if plan.drop == "before":
            return b""
        if plan.drop == "headers":
            return head[: len(head) // 2]
        return head + body[: plan.truncate]

    def _send_slowly(self, head: bytes, body: bytes, chunk: int, interval: float) -> bytes:
        pieces = [body[i : i + chunk] for i in range(0, len(body), chunk)]
        self.wfile.write(head)
        for piece in pieces[:-1]:
            self.wfile.write(piece)
            self.simulator.sleep(interval)
        return pieces[-1] if pieces else b""
