# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request is never sent twice where it may have had an effect, whichever way its answer breaks, on each way to the cloud.

The nox session `old-libraries` runs this with the oldest requests and urllib3 that are supported.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import gzip
import pathlib
import socket
import ssl
from typing import Any, Callable, Dict, Iterator, Tuple

import pytest
import trustme
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.cancellation import CancelToken
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.limiter import ConcurrencyLimiter
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConnectionFailedError, HssError
from ansible_collections.huaweicloud.hss.plugins.module_utils._http import transport as transport_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Operation, Request, Response
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.transport import Transport
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets

from tests.hostile import Listener, Origin, Proxy, reset, send_below_tls

HOST = "hss.example.test"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SHORT, LONG = 1.0, 20.0  # seconds; what is waited for, and what is not to happen on a busy machine either
TRIES = 3
# Each: how the request goes to the server.
WAYS = ["http", "https", "http, http proxy", "http, https proxy", "https, http proxy", "https, https proxy"]
TUNNELS = WAYS[4:]
SILENT = [WAYS[0], WAYS[4]]


class Impatient(Clock):
    def sleep(self, seconds: float) -> None:
        pass


@functools.lru_cache(maxsize=None)
def certificates() -> Tuple[trustme.CA, ssl.SSLContext]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "127.0.0.1").configure_cert(context)
    return authority, context


@pytest.fixture
def ca_path(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "ca.pem"
    certificates()[0].cert_pem.write_to_path(str(path))
    return str(path)


class Sender:
    """Send one request, alone or as one of `many` scopes, which share an adapter of their own."""

    def __init__(self, ca_path: str) -> None:
        self.ca_path = ca_path

    def __call__(self, url: str, method: str = "POST", timeout: float = LONG, many: bool = False) -> Response:
        clock = Impatient()
        limiter = ConcurrencyLimiter(2, clock, CancelToken(clock)) if many else None
        if limiter is not None:
            limiter.pause = lambda seconds: None  # type: ignore[method-assign]
        transport = Transport(
            verify=self.ca_path,
            timeout=timeout,
            max_retries=TRIES - 1,
            environ={},
            secrets=Secrets(),
            clock=clock,
            limiter=limiter,
        )
        body = b'{"a": 1}' if method == "POST" else b""
        call = Operation("HSS", "CreateTask", method == "GET")
        with contextlib.closing(transport):
            return transport.send(Request(method, url, {}, body), call, authorise, lambda refused: False)


@pytest.fixture
def send(ca_path: str) -> Sender:
    return Sender(ca_path)


def authorise(request: Request, when: datetime.datetime) -> Dict[str, str]:
    return {}


@contextlib.contextmanager
def reached(way: str, answer: Callable[[Origin, Any], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Start a server; yield it and its URL."""
    scheme, _separator, proxy = way.partition(", ")
    tls = certificates()[1]
    with contextlib.ExitStack() as stack:
        # An http URL is not tunnelled: the proxy gets the request itself.
        origin = stack.enter_context(
            Origin(answer, tls if "https" in (scheme, proxy[:5]) and way not in ("http",) else None)
        )
        if not proxy:
            yield origin, f"{scheme}://127.0.0.1:{origin.port}/x"
            return
        front: Listener = origin
        if scheme == "https":
            front = stack.enter_context(Proxy(origin.port, tls if proxy.startswith("https") else None))
        monkeypatch.setenv(f"{scheme}_proxy", f"{proxy.split()[0]}://127.0.0.1:{front.port}")
        yield origin, f"{scheme}://{HOST}/x"


def raw(*pieces: bytes) -> Callable[[Origin, Any], None]:
    def answer(server: Origin, connection: Any) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return answer


def dripping(start: bytes, drop: bytes) -> Callable[[Origin, Any], None]:
    """Keep the connection busy without ever ending the answer."""

    def answer(server: Origin, connection: Any) -> None:
        connection.sendall(start)
        while True:
            server.pause(0.05)
            connection.sendall(drop)

    return answer


def broken_tls(start: bytes) -> Callable[[Origin, Any], None]:
    def answer(server: Origin, connection: Any) -> None:
        if start:
            connection.sendall(start)
            server.pause(0.1)
        send_below_tls(connection, b"\x15\x03\x03\x00\x02\x02\x50")

    return answer


# What becomes of the answer, and whether a request that may be repeated is sent again.
BREAKS: Dict[str, Tuple[Callable[[Origin, Any], None], bool]] = {
    "closed": (raw(), True),
    "reset": (lambda server, connection: reset(connection), True),
    "TLS broken": (broken_tls(b""), True),
    "TLS broken in the body": (broken_tls(OK + b"Content-Length: 100\r\n\r\n{"), True),
    "garbage": (raw(b"\x00\xff" * 40 + b"\r\n\r\n"), True),
    "half a status line": (raw(b"HTTP/1.1 2"), True),
    "half a body": (raw(OK + b"Content-Length: 100\r\n\r\n{"), True),
    "half a chunk": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{"), True),
    "no chunk's length": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{"), True),
    "silence": (lambda server, connection: server.pause(20), True),
    "silence in the body": (
        lambda server, connection: raw(OK + b"Content-Length: 9\r\n\r\n{")(server, connection) or server.pause(20),
        True,
    ),
    "two lengths": (raw(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), False),
    "no gzip": (raw(OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), False),
    "half a gzip": (
        raw(OK + b"Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + gzip.compress(b"{}" * 99)[:20]),
        False,
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", BREAKS)
def test_an_answer_that_breaks_repeats_only_what_may_be_repeated(
    name: str, way: str, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.startswith("silence") and way not in SILENT:
        pytest.skip("each waits for seconds")
    answer, passing = BREAKS[name]
    timeout = SHORT if name.startswith("silence") else LONG
    with reached(way, answer, monkeypatch) as (origin, url):
        for many in (False, True):
            before = len(origin.requests)
            with pytest.raises(HssError):
                send(url, timeout=timeout, many=many)
            assert len(origin.requests) == before + 1, "it may have had an effect"
        with pytest.raises(HssError) as caught:
            send(url, "GET", timeout=timeout)
        assert len(origin.requests) == 2 + (TRIES if passing else 1), caught.value.message


@pytest.mark.parametrize("way", [way for way in WAYS if way.startswith("https")])
@pytest.mark.parametrize("name", ["TLS broken", "TLS broken in the body"])
def test_tls_that_breaks_is_named(name: str, way: str, send: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        reached(way, BREAKS[name][0], monkeypatch) as (_origin, url),
        pytest.raises(ConnectionFailedError, match="the TLS connection to .* broke before the answer was whole"),
    ):
        send(url)


DRIPS = {
    "body": dripping(OK + b"Content-Length: 100000\r\n\r\n", b" "),
    "chunks": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "headers": dripping(OK, b"X-Filler: 1\r\n"),
    "one header": dripping(OK + b"X: ", b"x"),
    "status line": dripping(b"HTTP/1.1 200 ", b"x"),
    "100 Continue": dripping(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "until closed": dripping(OK + b"Connection: close\r\n\r\n", b" "),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", DRIPS)
def test_an_answer_that_drips_has_an_end(name: str, way: str, send: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "RESPONSE_TIME_FACTOR", 0.3 / LONG)
    with reached(way, DRIPS[name], monkeypatch) as (origin, url):
        with pytest.raises(ConnectionFailedError) as caught:
            send(url, "GET")
        assert "not whole within 0.3 seconds" in caught.value.message and "request_timeout" in str(caught.value.hint)
        # A busy machine may not even have connected in that time.
        assert len(origin.requests) <= 1


def test_a_proxy_that_drips_has_an_end(send: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "RESPONSE_TIME_FACTOR", 0.3 / LONG)
    with Origin(dripping(b"HTTP/1.1 200 ", b"x")) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ConnectionFailedError) as caught:
            send(f"https://{HOST}/x")
        assert "not whole within" in caught.value.message


@pytest.mark.parametrize("way", WAYS)
def test_a_good_answer_of_each_form(way: str, send: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b"{}")
    twice = gzip.compress(packed)
    for answer in (
        OK + b"Content-Length: 2\r\n\r\n{}",
        OK + b"Connection: close\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\n{}",
        OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed,
        OK + b"Content-Encoding: gzip, GZIP\r\nContent-Length: %d\r\n\r\n" % len(twice) + twice,
    ):
        with reached(way, raw(answer), monkeypatch) as (_origin, url):
            assert send(url).body == b"{}"


def refused(monkeypatch: pytest.MonkeyPatch, way: str, front: Listener, scheme: str = "https") -> str:
    """Yield the URL of a server that accepts no request."""
    if "proxy" not in way:
        return f"{scheme}://127.0.0.1:{front.port}/x"
    monkeypatch.setenv("https_proxy", f"{'https' if 'https proxy' in way else 'http'}://127.0.0.1:{front.port}")
    return f"https://{HOST}/x"


class Slammed(Listener):
    """Close each connection before anything was said."""


@pytest.mark.parametrize("way", ["https", "https, http proxy", "https, https proxy"])
def test_what_breaks_before_the_request_was_written_is_sent_again(
    way: str, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Slammed() as server:
        with pytest.raises(ConnectionFailedError):
            send(refused(monkeypatch, way, server))
        assert server.connections == TRIES


class Reset(Listener):
    """Reset each connection before anything was said."""

    def serve(self, connection: Any) -> None:
        connection.recv(1)
        reset(connection)


def test_a_handshake_that_is_reset_is_made_again(send: Sender) -> None:
    with Reset() as server:
        with pytest.raises(ConnectionFailedError, match="the connection was lost"):
            send(f"https://127.0.0.1:{server.port}/x")
        assert server.connections == TRIES


def test_an_address_that_makes_no_sense(send: Sender) -> None:
    with pytest.raises(ConnectionFailedError, match="the request could not be made") as caught:
        send("https://a..b/x")
    assert "Check endpoint" in str(caught.value.hint)


@pytest.mark.parametrize("way", TUNNELS)
def test_a_handshake_that_fails_behind_a_proxy_is_made_again(
    way: str, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = certificates()[1] if "https proxy" in way else None
    with Slammed() as server, Proxy(server.port, tls) as proxy:
        with pytest.raises(ConnectionFailedError) as caught:
            send(refused(monkeypatch, way, proxy))
        assert server.connections == TRIES
        assert f"the TLS handshake with {HOST} failed" in caught.value.message


@pytest.mark.parametrize("way", TUNNELS)
@pytest.mark.parametrize("status,tries", [("502 No", TRIES), ("403 No", 1)])
def test_a_proxy_that_does_not_connect(
    way: str, status: str, tries: int, send: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(None, certificates()[1] if "https proxy" in way else None, status) as proxy:
        with pytest.raises(ConnectionFailedError) as caught:
            send(refused(monkeypatch, way, proxy))
        assert proxy.connections == tries and "the proxy would not connect" in caught.value.message


@pytest.mark.parametrize("way", ["http", "https", *TUNNELS])
def test_a_refused_connection_is_made_again(way: str, send: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    queried = []
    connect = socket.socket.connect

    def count(self: socket.socket, address: Any) -> None:
        queried.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", count)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        front: Any = type("Front", (), {"port": unused.getsockname()[1]})
        with pytest.raises(ConnectionFailedError):
            send(refused(monkeypatch, way, front, way.partition(",")[0]))
    assert len(queried) == TRIES


def test_a_connection_that_is_kept_and_breaks_is_not_used_twice(ca_path: str) -> None:
    """The second request goes over a connection that is there already."""
    answers = [OK + b"Content-Length: 2\r\n\r\n{}", b""]

    def answer(server: Origin, connection: Any) -> None:
        connection.sendall(answers[0])
        server.serve_next(connection)  # type: ignore[attr-defined]

    class Kept(Origin):
        def serve_next(self, connection: Any) -> None:
            from tests.hostile import read_request

            self.requests.append(read_request(connection))

    with Kept(answer) as origin:
        transport = Transport(verify=True, timeout=5.0, max_retries=2, environ={}, secrets=Secrets(), clock=Impatient())
        request = Request("POST", f"http://127.0.0.1:{origin.port}/x", {}, b"{}")
        with contextlib.closing(transport):
            assert transport.send(request, Operation("HSS", "x", False), authorise, lambda refused: False).status == 200
            with pytest.raises(ConnectionFailedError):
                transport.send(request, Operation("HSS", "x", False), authorise, lambda refused: False)
        assert len(origin.requests) == 2
