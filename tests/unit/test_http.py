# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire, over real sockets: what is retried, what never is, and that a bad answer is never a good one."""

from __future__ import annotations

import contextlib
import datetime
import pathlib
import socket
import threading
from typing import Any, Callable, Dict, List, Optional

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.cancellation import CancelToken
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.limiter import ConcurrencyLimiter
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.models import Throttling
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import (
    ConnectionFailedError,
    HssError,
    InvalidResponseError,
    RefusedError,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._http import transport
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Operation, Request, Response
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.transport import Transport
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets

from tests.simulator import Simulator, scenario

TOKEN = "simulated-token-0123456789"
PATH = "/v5/00000000000000000000000000000abc/container/cluster/statistics"


class FakeClock(Clock):
    """Time passes by sleeping only."""

    def __init__(self) -> None:
        self.slept: List[float] = []

    def monotonic(self) -> float:
        return sum(self.slept)

    def now(self) -> datetime.datetime:
        start = datetime.datetime(2026, 11, 25, tzinfo=datetime.timezone.utc)
        return start + datetime.timedelta(seconds=sum(self.slept))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def jitter(self) -> float:
        return 1.0


SCENARIO = scenario(token={"token": TOKEN})


class Wire:
    """A transport to the simulator, and one request on it."""

    def __init__(self, sim: Simulator, **settings: Any) -> None:
        self.sim = sim
        self.clock = FakeClock()
        self.secrets = Secrets()
        self.renewals = 0
        self.tokens = [TOKEN]
        defaults: Dict[str, Any] = {"verify": True, "timeout": 5.0, "max_retries": 5, "environ": {}}
        self.transport = Transport(secrets=self.secrets, clock=self.clock, **{**defaults, **settings})

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        return {"X-Auth-Token": self.tokens[-1]}

    def get(
        self, url: Optional[str] = None, renew: Callable[..., bool] = lambda refused: False, repeatable: bool = True
    ) -> Response:
        request = Request("GET", url or self.sim.http_url + PATH, {})
        return self.transport.send(
            request, Operation("HSS", "ShowClusterScanStatistics", repeatable), self.authorise, renew
        )

    def fails(self, kind: type, **arguments: Any) -> HssError:
        with pytest.raises(kind) as caught:
            self.get(**arguments)
        # ansible-core would print what hangs on to the exception.
        assert caught.value.__cause__ is None and caught.value.__context__ is None
        error: HssError = caught.value
        return error


def test_good_answer(sim: Simulator) -> None:
    answer = Wire(sim).get()
    assert answer.status == 200 and answer.request_id
    assert len(sim.requests) == 1
    assert sim.requests[0].headers["user-agent"].startswith("huaweicloud.hss/")


PASSING = [
    {"status": 500, "body": {}},
    {"status": 502, "body": "bad gateway"},
    {"status": 503, "body": ""},
    {"status": 504, "body": {}},
    {"drop": "before"},
    {"drop": "headers"},
    {"truncate": 10},
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_passing_faults_are_tried_again(sim: Simulator, fault: Dict[str, Any]) -> None:
    sim.inject({**fault, "times": 2})
    wire = Wire(sim)
    assert wire.get().status == 200
    assert len(sim.requests) == 3
    assert wire.clock.slept == [1.0, 2.0], "exponential"


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_none_is_tried_again_with_no_retries(sim: Simulator, fault: Dict[str, Any]) -> None:
    sim.inject(fault)
    Wire(sim, max_retries=0).fails(HssError)
    assert len(sim.requests) == 1


def test_the_number_of_attempts_is_kept_and_reported(sim: Simulator) -> None:
    sim.inject({"status": 503, "body": {}})
    error = Wire(sim, max_retries=3).fails(RefusedError)
    assert len(sim.requests) == 4
    assert "after 4 tries" in error.message and error.status_code == 503


@pytest.mark.parametrize(
    "retry_after,waits",
    [
        ("7", [7.0]),
        ("0", [1.0]),
        ("3600", [30.0]),
        ("-5", [1.0]),
        ("soon", [1.0]),
        ("Wed, 25 Nov 2026 00:00:12 GMT", [12.0]),
        ("Wed, 25 Nov 2020 00:00:12 GMT", [1.0]),
        ("9" * 400, [30.0]),
    ],
)
def test_retry_after(sim: Simulator, retry_after: str, waits: List[float]) -> None:
    sim.inject({"status": 503, "body": {}, "headers": {"Retry-After": retry_after}, "times": 1})
    wire = Wire(sim)
    wire.get()
    assert wire.clock.slept == waits


def test_all_waits_together_end_at_five_minutes(sim: Simulator) -> None:
    sim.inject({"status": 503, "body": {}, "headers": {"Retry-After": "30"}})
    wire = Wire(sim, max_retries=100)
    wire.fails(RefusedError)
    assert wire.clock.slept == [30.0] * 10


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 400, "body": {"error_code": "HSS.1017", "error_msg": "report query failed"}},
        {"status": 401, "body": {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}},
        {"status": 401, "body": {"error_code": "APIGW.0307", "error_msg": "The token must be updated"}},
        {"status": 403, "body": {"error_code": "APIGW.0302", "error_msg": "x"}},
        {"status": 404, "body": {"error_code": "APIGW.0101", "error_msg": "x"}},
        {"redirect": "http://127.0.0.1:1/elsewhere"},
        {"status": 301, "body": "", "headers": {"Location": "/v5/x"}},
        {"status": 304, "body": ""},
    ],
    ids=str,
)
def test_final_answers_are_not_tried_again(sim: Simulator, fault: Dict[str, Any]) -> None:
    sim.inject(fault)
    wire = Wire(sim)
    error = wire.fails(RefusedError)
    assert len(sim.requests) == 1 and not wire.clock.slept
    assert error.status_code == fault.get("status", 302)


@pytest.mark.parametrize("status", [201, 202, 206])
def test_another_success_is_no_answer(sim: Simulator, status: int) -> None:
    sim.inject({"status": status, "body": {}})
    assert "instead of 200" in Wire(sim).fails(InvalidResponseError).message


def test_a_refused_token_is_renewed_once(sim: Simulator) -> None:
    sim.inject({"status": 401, "body": {"error_code": "APIGW.0307", "error_msg": "x"}})
    renewed = []
    wire = Wire(sim)
    wire.fails(RefusedError, renew=lambda refused: not renewed.append("once"))
    assert renewed == ["once"] and len(sim.requests) == 2

    sim.reset()
    sim.inject({"status": 401, "body": {"error_code": "APIGW.0307", "error_msg": "x"}, "times": 1})
    assert wire.get(renew=lambda refused: True).status == 200


REFUSED = {"status": 401, "body": {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}}


@pytest.mark.parametrize("many", [False, True], ids=["one scope", "many scopes"])
def test_a_refused_credential_is_not_sent_again(sim: Simulator, many: bool) -> None:
    """Five refused signatures lock a key."""
    sim.inject({**REFUSED, "times": 1})
    clock = Clock()
    wire = Wire(sim, limiter=ConcurrencyLimiter(8, clock, CancelToken(clock)) if many else None)
    wire.fails(RefusedError)
    for _time in range(3):
        error = wire.fails(RefusedError)
        assert (
            "was not sent, since the credential was refused before in this task (HTTP 401, APIGW.0301)" in error.message
        )
        assert error.status_code == 401 and error.error_code == "APIGW.0301" and "lock an access key" in str(error.hint)
    assert len(sim.requests) == 1


def test_another_credential_is_queried_with(sim: Simulator) -> None:
    sim.inject({**REFUSED, "times": 1})
    wire, other = Wire(sim), Wire(sim)
    wire.fails(RefusedError)
    other.transport = wire.transport
    assert other.get().status == 200


def test_an_exchange_without_a_credential_refuses_none(sim: Simulator) -> None:
    sim.inject({**REFUSED, "times": 1})
    wire = Wire(sim)
    headers = {"X-Auth-Token": TOKEN}
    for status in (401, 200):
        request, call = Request("GET", sim.http_url + PATH, {}), Operation("HSS", "x", success_statuses=(200, 401))
        assert wire.transport.send(request, call, lambda request, when: headers, lambda refused: False).status == status


@pytest.mark.parametrize("code", ["APIGW.0307", "APIGW.0308"])
def test_what_is_no_refusal_of_the_credential(sim: Simulator, code: str) -> None:
    """A token that must be updated was good; a throttled request was not looked at."""
    sim.inject({"status": 401, "body": {"error_code": code, "error_msg": "x"}, "times": 1})
    wire = Wire(sim, max_retries=0)
    if code == "APIGW.0307":
        wire.fails(RefusedError)
    assert wire.get().status == 200


def test_what_may_have_had_an_effect_is_not_sent_twice(sim: Simulator) -> None:
    for fault in ({"drop": "before"}, {"status": 503, "body": {}}, {"truncate": 10}):
        sim.reset()
        sim.inject({**fault, "times": 1})
        Wire(sim).fails(HssError, repeatable=False)
        assert len(sim.requests) == 1
    sim.reset()
    sim.inject({"throttle": {"retry_after": None}, "times": 1})
    assert Wire(sim).get(repeatable=False).status == 200, "throttled is refused before the service"


def test_refused_connection(sim: Simulator) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        wire = Wire(sim, max_retries=2)
        error = wire.fails(ConnectionFailedError, url=f"http://127.0.0.1:{unused.getsockname()[1]}{PATH}")
    assert len(wire.clock.slept) == 2
    assert "refused the connection after 3 tries" in error.message.replace(
        "got no complete answer after 3 tries: 127.0.0.1 refused the connection", "refused the connection after 3 tries"
    )


def test_no_data_in_time(sim: Simulator) -> None:
    sim.inject({"delay": 5.0})
    error = Wire(sim, timeout=0.2, max_retries=1).fails(ConnectionFailedError)
    assert "no data came within request_timeout" in error.message
    assert len(sim.requests) == 2


def test_a_name_that_does_not_exist_is_final(sim: Simulator) -> None:
    wire = Wire(sim)
    error = wire.fails(ConnectionFailedError, url=f"https://hss.no-such-region.invalid{PATH}")
    # Without a name server the resolver says "temporary failure", which is tried again; the words are the same.
    assert "could not be resolved" in error.message and "region" in (error.hint or "")


@pytest.mark.parametrize("errno,tries", [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 3)])
def test_name_resolution(sim: Simulator, monkeypatch: pytest.MonkeyPatch, errno: int, tries: int) -> None:
    queried = []

    def resolve(*arguments: Any, **named: Any) -> None:
        queried.append(arguments)
        raise socket.gaierror(errno, "by the test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    Wire(sim, max_retries=2).fails(ConnectionFailedError, url=f"https://hss.cn-nort-4.example.com{PATH}")
    assert len(queried) == tries


def test_certificate_of_an_unknown_ca_is_final(sim: Simulator) -> None:
    wire = Wire(sim)
    error = wire.fails(ConnectionFailedError, url=sim.https_url + PATH)
    assert "not trusted" in error.message and "ca_path" in (error.hint or "")
    assert not wire.clock.slept and not sim.requests


def test_certificate_of_a_known_ca(sim: Simulator) -> None:
    assert Wire(sim, verify=str(sim.ca_path)).get(url=sim.https_url + PATH).status == 200


def test_verification_off(sim: Simulator, capfd: pytest.CaptureFixture) -> None:
    assert Wire(sim, verify=False).get(url=sim.https_url + PATH).status == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("verify", [True, False])
def test_environment_does_not_decide_on_verification(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, verify: bool
) -> None:
    """Prefer the options over REQUESTS_CA_BUNDLE, which requests would let override the session's verify."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sim.ca_path) if verify else "/nowhere")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(sim.ca_path) if verify else "/nowhere")
    wire = Wire(sim, verify=verify)
    if verify:
        wire.fails(ConnectionFailedError, url=sim.https_url + PATH)
    else:
        assert wire.get(url=sim.https_url + PATH).status == 200


def test_netrc_is_never_used(sim: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password netrc-password\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    Wire(sim).get()
    assert "authorization" not in sim.requests[0].headers


def test_a_cookie_of_one_answer_is_not_sent_with_the_next_request(sim: Simulator) -> None:
    """The requests of all accounts share the connections."""
    wire = Wire(sim)
    sim.inject({"status": 500, "body": {}, "headers": {"Set-Cookie": "session=of-another-account; Path=/"}, "times": 1})
    wire.get()
    wire.get()
    assert len(sim.requests) == 3 and not any("cookie" in request.headers for request in sim.requests)


def test_no_proxy_for_loopback(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert Wire(sim).get().status == 200


def test_proxy_is_used_and_its_password_kept(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = sim.http_url.replace("http://", "http://user:proxy-password-9@")
    monkeypatch.setenv("https_proxy", proxy)
    wire = Wire(sim, max_retries=0, environ={"https_proxy": proxy})
    # The simulator is no proxy and refuses to tunnel: that it was asked is what counts.
    error = wire.fails(ConnectionFailedError, url=f"https://hss.example.com{PATH}")
    assert "proxy" in error.message and "proxy-password-9" not in str(error.as_result())
    assert wire.secrets.redact("proxy-password-9") != "proxy-password-9"


@pytest.mark.parametrize(
    "status,words,tries",
    [
        (403, "would not connect (403)", 1),
        (407, "asked for a login", 1),
        (502, "would not connect (502)", 3),
        (503, "would not connect (503)", 3),
    ],
)
def test_what_a_proxy_says(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, status: int, words: str, tries: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        queried = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _address = proxy.accept()
                    with connection:
                        queried.append(connection.recv(1000))
                        connection.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())

        threading.Thread(target=serve, daemon=True).start()
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        error = Wire(sim, max_retries=2).fails(ConnectionFailedError, url=f"https://hss.example.com{PATH}")
    assert words in error.message and "HTTPS_PROXY" in (error.hint or "")
    assert len(queried) == tries


@pytest.mark.parametrize(
    "proxy",
    [
        "http://a..b:1",
        f"http://{'a' * 64}.b:1",
        "http://u:[pw@h",
        "http:127.0.0.1:1",
        "foo bar",
    ],
)
def test_a_proxy_address_that_makes_no_sense(sim: Simulator, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    error = Wire(sim, max_retries=0).fails(ConnectionFailedError, url=f"https://hss.example.com{PATH}")
    assert "HTTPS_PROXY" in (error.hint or ""), error.as_result()


def test_a_socks_proxy(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the library for it and without, which another one may have brought along."""
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:1")
    error = Wire(sim, max_retries=0).fails(ConnectionFailedError, url=f"https://hss.example.com{PATH}")
    assert "proxy variables" in (error.hint or "") or "needs the PySocks library" in (error.hint or ""), (
        error.as_result()
    )


def test_a_port_that_speaks_no_tls(sim: Simulator) -> None:
    error = Wire(sim, max_retries=0).fails(ConnectionFailedError, url=sim.http_url.replace("http:", "https:") + PATH)
    assert "TLS handshake" in error.message and "speak TLS" in (error.hint or "")


def test_a_proxy_whose_certificate_is_not_trusted(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", sim.https_url)
    error = Wire(sim).fails(ConnectionFailedError, url=f"https://hss.example.com{PATH}")
    assert "certificate of the proxy is not trusted" in error.message and "ca_path" in (error.hint or "")


def limiter_of(scopes: int) -> Optional[ConcurrencyLimiter]:
    """Return the limiter that so many scopes need."""
    clock = Clock()
    return ConcurrencyLimiter(scopes, clock, CancelToken(clock)) if scopes > 1 else None


@pytest.mark.parametrize("scopes", [1, 2])
def test_a_proxy_of_a_known_ca(sim: Simulator, monkeypatch: pytest.MonkeyPatch, scopes: int) -> None:
    """With the adapter of requests, and with the one that shares a context among several scopes."""
    monkeypatch.setenv("https_proxy", sim.https_url)
    error = Wire(sim, max_retries=0, verify=sim.ca_path, limiter=limiter_of(scopes)).fails(
        ConnectionFailedError, url=f"https://hss.example.com{PATH}"
    )
    # The simulator is no proxy and refuses to tunnel: that it could be asked is what counts.
    assert "would not connect" in error.message, error.message


def test_a_good_bundle_is_not_blamed(sim: Simulator) -> None:
    error = Wire(sim, max_retries=0, verify=sim.ca_path).fails(ConnectionFailedError, url=f"https://127.0.0.1:1{PATH}")
    assert "refused the connection" in error.message and "ca_path" not in str(error.as_result())


def test_a_host_that_does_not_answer_a_connection(sim: Simulator) -> None:
    """One whose queue is full is silent."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _number in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        error = Wire(sim, max_retries=0, timeout=0.5).fails(
            ConnectionFailedError, url=f"http://127.0.0.1:{server.getsockname()[1]}{PATH}"
        )
    assert "connecting to 127.0.0.1 timed out" in error.message


def test_a_proxy_that_has_no_name(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.invalid:1")
    error = Wire(sim, max_retries=0).fails(ConnectionFailedError, url=f"https://hss.example.com{PATH}")
    assert "name of the proxy could not be resolved" in error.message and "HTTPS_PROXY" in (error.hint or "")


def test_a_proxy_that_is_not_there(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    error = Wire(sim, max_retries=0).fails(ConnectionFailedError, url=f"https://hss.example.com{PATH}")
    assert "the proxy could not be used" in error.message


def test_a_body_that_is_packed_wrongly(sim: Simulator) -> None:
    sim.inject({"status": 200, "body": "no gzip", "headers": {"Content-Encoding": "gzip"}})
    error = Wire(sim).fails(ConnectionFailedError)
    assert "could not be decompressed" in error.message and len(sim.requests) == 1


@pytest.mark.parametrize("content", ["", "garbage", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
@pytest.mark.parametrize("scopes", [1, 2])
def test_a_ca_bundle_that_holds_none(sim: Simulator, tmp_path: pathlib.Path, content: str, scopes: int) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text(content)
    wire = Wire(sim, verify=str(bundle), limiter=limiter_of(scopes))
    error = wire.fails(ConnectionFailedError, url=sim.https_url + PATH)
    assert "holds no certificate" in error.message and "ca_path" in (error.hint or "")
    assert not wire.clock.slept


def test_an_answer_without_end_is_cut_off(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_BODY_BYTES", 100000)
    sim.inject({"status": 200, "body": " " * 100001})
    error = Wire(sim).fails(ConnectionFailedError)
    assert "longer than 100000 bytes" in error.message and len(sim.requests) == 1


def test_a_request_id_that_is_none_is_not_shown(sim: Simulator) -> None:
    for header in ("x" * 257, "a\x01b"):
        sim.reset()
        sim.inject({"status": 403, "body": {}, "headers": {"X-Request-Id": header}})
        assert Wire(sim).fails(RefusedError).request_id is None


def test_each_attempt_is_authorised_anew(sim: Simulator) -> None:
    sim.inject({"status": 503, "body": {}, "times": 2})
    wire = Wire(sim)
    moments: List[datetime.datetime] = []

    def authorise(request: Request, when: datetime.datetime) -> Dict[str, str]:
        moments.append(when)
        return {"X-Auth-Token": TOKEN, "X-Sdk-Date": when.isoformat()}

    wire.transport.send(
        Request("GET", sim.http_url + PATH, {}), Operation("HSS", "x"), authorise, lambda refused: False
    )
    assert len(set(moments)) == 3
    assert [request.headers["x-sdk-date"] for request in sim.requests] == [moment.isoformat() for moment in moments]


def test_an_operation_is_throttled_while_the_credential_is_fetched(sim: Simulator) -> None:
    """The request waits for its quota again, and is signed again after that."""
    clock = Clock()
    limiter = ConcurrencyLimiter(8, clock, CancelToken(clock))
    sent_at_signing: List[int] = []

    def authorise(request: Request, when: datetime.datetime) -> Dict[str, str]:
        if not sent_at_signing:
            with limiter.slot(("HSS", "x")) as other:
                limiter.on_throttled(other, Throttling(retry_after=0.01), None)
        sent_at_signing.append(len(sim.requests))
        return {"X-Auth-Token": TOKEN}

    Wire(sim, limiter=limiter).transport.send(
        Request("GET", sim.http_url + PATH, {}), Operation("HSS", "x"), authorise, lambda refused: False
    )
    assert sent_at_signing == [0, 0] and len(sim.requests) == 1
    assert limiter.throttled_seconds() > 0


def test_an_echo_is_redacted_before_it_is_cut(sim: Simulator) -> None:
    sim.inject({"status": 400, "body": {"error_code": "X", "error_msg": "y" * 580 + TOKEN}})
    wire = Wire(sim)
    wire.secrets.register(TOKEN)
    assert TOKEN[:8] not in wire.fails(RefusedError).message


@pytest.mark.parametrize("body", ["<html>page-text</html>", "", "page-text", "[1]"])
def test_a_body_that_is_no_error_object_is_not_repeated(sim: Simulator, body: str) -> None:
    sim.inject({"status": 403, "body": body})
    error = Wire(sim).fails(RefusedError)
    assert "HTTP 403" in error.message and "page-text" not in error.message
