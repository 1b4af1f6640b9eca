# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator against the vendor's own client and signer, so that tests against it prove something."""

from __future__ import annotations

import http.client
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from huaweicloudsdkcore.auth.credentials import BasicCredentials, Credentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, SdkException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.region.region import Region

from tests import vendor_sdk
from tests.simulator import (
    DEMO_AK,
    DEMO_PROJECT_ID,
    DEMO_REGION,
    DEMO_SK,
    DEMO_TOKEN,
    MISSING,
    Scenario,
    ScenarioError,
    Simulator,
    faults,
    load_scenario,
    project,
    scenario,
)
from tests.simulator.calls import call as get
from tests.simulator.calls import signed
from tests.simulator.request import ReceivedRequest
from tests.simulator.signature import Authorization, Verifier, format_date, parse_date

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "tests" / "simulator" / "scenarios"
STATISTICS = f"/v5/{DEMO_PROJECT_ID}/container/cluster/statistics"
SHOP = "11111111-2222-3333-4444-555555555555"
TOKEN = {"X-Auth-Token": DEMO_TOKEN}
ANSWER = {"risk_cluster_num": 0, "app_vul_cluster_num": 0, "unscan_cluster_num": 10, "all_cluster_num": 20}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("HUAWEICLOUD_") or name.endswith("CA_BUNDLE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))  # no ~/.netrc, no ~/.huaweicloud
    monkeypatch.setattr(Credentials, "_CACHE", {})


def get_signed(url: str, **options: Any) -> Any:
    return get(url, signed(url, **options))


def text_of(answer: Any) -> str:
    return str(answer.json()["error_msg"])


def client_for(
    url: str, *, sk: str = DEMO_SK, security_token: str | None = None, config: HttpConfig | None = None
) -> Any:
    credentials = BasicCredentials(DEMO_AK, sk, DEMO_PROJECT_ID)
    if security_token is not None:
        credentials.with_security_token(security_token)
    builder = vendor_sdk.HssClient.new_builder().with_credentials(credentials).with_endpoint(url)
    return builder.with_http_config(config or HttpConfig.get_default_config()).build()


def show(client: Any, eps: str | None = None) -> dict[str, Any]:
    answer = client.show_cluster_scan_statistics(vendor_sdk.ShowClusterScanStatisticsRequest(enterprise_project_id=eps))
    return dict(answer.to_json_object())


class TestVendorClient:
    def test_over_http(self) -> None:
        with Simulator(scenario()) as sim:
            client = client_for(sim.http_url)
            assert show(client) == ANSWER
            assert show(client, "all_granted_eps") == ANSWER
            first, second = sim.requests
        assert (first.service, first.path, first.query, first.status) == ("HSS", STATISTICS, "", 200)
        assert second.query == "enterprise_project_id=all_granted_eps"
        assert first.headers["x-project-id"] == DEMO_PROJECT_ID

    def test_over_https(self) -> None:
        with Simulator(scenario()) as sim:
            config = HttpConfig.get_default_config()
            config.ssl_ca_cert = sim.ca_path
            assert show(client_for(sim.https_url, config=config)) == ANSWER

    def test_with_a_security_token(self) -> None:
        with Simulator(scenario(security_token="fake-security-token==")) as sim:
            assert show(client_for(sim.http_url, security_token="fake-security-token==")) == ANSWER

    @pytest.mark.parametrize("sent", [None, "another"])
    def test_without_the_right_security_token(self, sent: str | None) -> None:
        with (
            Simulator(scenario(security_token="fake-security-token==")) as sim,
            pytest.raises(ClientRequestException) as caught,
        ):
            show(client_for(sim.http_url, security_token=sent))
        assert caught.value.status_code == 401
        assert f"Get secretKey failed,ak:{DEMO_AK},err:ak not exist" in caught.value.error_msg

    def test_finds_its_project(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Simulator(scenario()) as sim:
            monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", sim.http_url)
            region = Region(DEMO_REGION, sim.http_url)
            builder = vendor_sdk.HssClient.new_builder().with_credentials(BasicCredentials(DEMO_AK, DEMO_SK))
            assert show(builder.with_region(region).build()) == ANSWER
            queried = [(r.service, r.path, r.query, r.status) for r in sim.requests]
        assert queried == [("IAM", "/v3/projects", f"name={DEMO_REGION}", 200), ("HSS", STATISTICS, "", 200)]

    def test_may_not_list_projects(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Simulator(scenario(access_key={"may_list_projects": False})) as sim:
            monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", sim.http_url)
            builder = vendor_sdk.HssClient.new_builder().with_credentials(BasicCredentials(DEMO_AK, DEMO_SK))
            with pytest.raises(SdkException, match="403"):
                builder.with_region(Region(DEMO_REGION, sim.http_url)).build()

    def test_wrong_secret_key(self) -> None:
        with Simulator(scenario()) as sim:
            with pytest.raises(ClientRequestException) as caught:
                show(client_for(sim.http_url, sk="wrong"))
            request = sim.requests[0]
        error = caught.value
        assert (error.status_code, error.error_code) == (401, "APIGW.0301")
        assert f"verify aksk signature fail, canonicalRequest:GET|{STATISTICS}/||" in error.error_msg
        assert error.request_id == request.request_id

    def test_many_concurrently(self, monkeypatch: pytest.MonkeyPatch) -> None:
        everybody = threading.Barrier(20)
        monkeypatch.setattr(Simulator, "sleep", lambda _self, _seconds: everybody.wait(60))
        with Simulator(scenario()) as sim:
            client = client_for(sim.http_url)
            with ThreadPoolExecutor(20) as pool:
                answers = list(pool.map(lambda _number: show(client), range(60)))
            assert sim.peak_in_flight == 20
            assert len(sim.requests) == 60
            assert len({r.request_id for r in sim.requests}) == 60
            assert not sim.errors
        assert answers == [ANSWER] * 60


# Request, body, and the signature that a client must come to: the published steps worked out by hand for
# access key FAKEAK00000000EXAMPLE at 20260102T030405Z.
VECTORS = {
    "escaped query": (
        "GET",
        "/v5/00000000000000000000000000000abc/kubernetes/clusters",
        (
            "Zeta=&a%2Ab=%28x%29&cluster_name=prod%20cluster~1%2B1%3D2%2F%E6%B5%8B%E8%AF%95%26%C3%A9"
            "&enterprise_project_id=all_granted_eps&limit=200&offset=0&scene=cluster_risk"
        ),
        {},
        "",
        "host;x-sdk-date",
        "7c2db522ed844ed05d61c42cec5c49ec048bfa8fece9c6629967a782859625f4",
    ),
    "escaped path and a body": (
        "PUT",
        "/v5/00000000000000000000000000000abc/common/tasks/task%20id~(1)/retry",
        "",
        {"content-type": "application/json;charset=UTF-8", "x-custom": "  padded value  "},
        '{"task_type":"测试"}',
        "content-type;host;x-custom;x-sdk-date",
        "9d24e6573932fc7c77ffde613793f69f14abd263607f940ee91f7ed336530f14",
    ),
    "host not signed": (
        "GET",
        "/v5/00000000000000000000000000000abc/container/cluster/statistics",
        "enterprise_project_id=0",
        {"accept": "application/json", "user-agent": "example-client/1.0", "x-project-id": "unsigned"},
        "",
        "accept;user-agent;x-sdk-date",
        "eeb1f95b047a51a030b569a97de4e1513f552ac6197d9acd6858ffb3c68126f3",
    ),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
def test_known_signatures(vector: Any) -> None:
    method, path, query, headers, body, names, signature = vector
    headers = {"host": "hss.cn-north-4.myhuaweicloud.com", "x-sdk-date": "20260102T030405Z", **headers}
    request = ReceivedRequest("https", method, path, query, headers, body.encode())
    verifier = Verifier("FAKEAK00000000EXAMPLE", "fake/Secret+Key=0000000000000000EXAMPLE")
    canonical = verifier.canonical_request(request, names.split(";"))
    date = parse_date("20260102T030405Z")
    assert date is not None
    assert verifier.matches(canonical, date, signature)
    assert not verifier.matches(canonical, date, signature[::-1])


def test_authorization_header_is_read_strictly() -> None:
    good = "SDK-HMAC-SHA256 Access=A, SignedHeaders=host;x-sdk-date, Signature=0f"
    assert Authorization.parse(good) == Authorization("A", ["host", "x-sdk-date"], "0f")
    assert Authorization.parse(good.replace(", ", ",")) is None
    assert Authorization.parse(good.replace("SHA256 ", "SHA256, ")) is None


class TestAuthentication:
    def test_token(self) -> None:
        with Simulator(scenario()) as sim:
            answer = get(sim.http_url + STATISTICS, TOKEN)
            assert (answer.status_code, answer.json()) == (200, ANSWER)
            assert answer.headers["X-Request-Id"] == sim.requests[0].request_id

    @pytest.mark.parametrize(
        ("options", "headers", "code", "text"),
        [
            ({}, {"X-Auth-Token": "unknown"}, "APIGW.0301", "decrypt token fail"),
            ({"token": {"expired": True}}, TOKEN, "APIGW.0301", "decrypt token fail"),
            ({"token": {"must_update": True}}, TOKEN, "APIGW.0307", "The token must be updated"),
            ({}, {}, "APIGW.0301", "x-auth-token not found"),
            ({}, {**TOKEN, "Authorization": "any"}, "APIGW.0301", "both a token and a signature were sent"),
            ({}, {"Authorization": "Basic ZmFrZTpmYWtl"}, "APIGW.0301", "Unauthorized"),
        ],
    )
    def test_refused_by_the_gateway(self, options: Any, headers: dict[str, str], code: str, text: str) -> None:
        with Simulator(scenario(**options)) as sim:
            answer = get(sim.http_url + STATISTICS, headers)
        assert answer.status_code == 401
        assert answer.json()["error_code"] == code
        assert text in text_of(answer)
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]

    def test_iam_refuses_tokens_in_its_own_shape(self) -> None:
        with Simulator(scenario()) as sim:
            answer = get(sim.http_url + "/v3/auth/projects", {"X-Auth-Token": "unknown"})
        assert answer.status_code == 401
        error = answer.json()["error"]
        assert (error["code"], error["title"]) == (401, "Unauthorized")
        assert "X-IAM-Trace-Id" in answer.headers
        assert "X-Request-Id" not in answer.headers

    def test_unknown_access_key(self) -> None:
        with Simulator(scenario()) as sim:
            answer = get_signed(sim.http_url + STATISTICS, ak="FAKEAK00000000000000")
        assert "Get secretKey failed,ak:FAKEAK00000000000000,err:ak not exist" in text_of(answer)

    @pytest.mark.parametrize("key", [{"expired": True}, {"expires_at": "2026-01-02T03:19:05.678000Z"}])
    def test_expired_access_key(self, key: dict[str, Any]) -> None:
        with Simulator(scenario(access_key=key)) as sim:
            sim.clock_offset = 1_767_324_000 + 86_400 - time.time()  # a day later
            answer = get_signed(sim.http_url + STATISTICS, when=sim.now())
        assert "ak not exist" in text_of(answer)

    def test_temporary_key_before_its_end(self) -> None:
        with Simulator(scenario(access_key={"expires_at": "2026-01-02T03:19:05Z"})) as sim:
            sim.clock_offset = 1_767_323_000 - time.time()  # 2026-01-02T03:03:20Z
            assert get_signed(sim.http_url + STATISTICS, when=sim.now()).status_code == 200

    def test_only_named_headers_count(self) -> None:
        with Simulator(scenario()) as sim:
            url = f"{sim.http_url}{STATISTICS}?enterprise_project_id=0"
            headers = signed(url, headers={"X-Project-Id": DEMO_PROJECT_ID})
            assert get(url, {**headers, "User-Agent": "changed on the way"}).status_code == 200
            assert "verify aksk signature fail" in text_of(get(url, {**headers, "X-Project-Id": "changed"}))

    def test_the_query_is_covered(self) -> None:
        with Simulator(scenario()) as sim:
            url = f"{sim.http_url}{STATISTICS}?enterprise_project_id="
            assert "verify aksk signature fail" in text_of(get(url + "all_granted_eps", signed(url + "0")))

    def test_named_header_missing(self) -> None:
        with Simulator(scenario()) as sim:
            headers = signed(sim.http_url + STATISTICS, headers={"X-Project-Id": "1"})
            del headers["X-Project-Id"]
            answer = get(sim.http_url + STATISTICS, headers)
        assert "x-project-id not found" in text_of(answer)

    def test_date_not_signed(self) -> None:
        with Simulator(scenario()) as sim:
            headers = signed(sim.http_url + STATISTICS)
            headers["Authorization"] = headers["Authorization"].replace("host;x-sdk-date", "host")
            answer = get(sim.http_url + STATISTICS, headers)
        assert "x-sdk-date is not among the signed headers" in text_of(answer)

    @pytest.mark.parametrize("offset", [-16 * 60, 16 * 60])
    def test_skew(self, offset: int) -> None:
        with Simulator(scenario(clock_offset=offset)) as sim:
            when = time.time()
            answer = get_signed(sim.http_url + STATISTICS, when=when)
            assert f"signature expired, signature time:{format_date(when)},server time:" in text_of(answer)
            assert get_signed(sim.http_url + STATISTICS, when=when + offset).status_code == 200

    def test_skew_within_the_limit(self) -> None:
        with Simulator(scenario(clock_offset=14 * 60)) as sim:
            assert get_signed(sim.http_url + STATISTICS).status_code == 200

    def test_lock_after_five(self) -> None:
        with Simulator(scenario()) as sim:
            url = sim.http_url + STATISTICS
            for _try in range(5):
                assert "verify aksk signature fail" in text_of(get_signed(url, sk="wrong"))
            assert "AK access failed to reach the limit,forbidden" in text_of(get_signed(url))
            sim.clock_offset += 5 * 60 + 1
            assert get_signed(url).status_code == 200

    def test_four_do_not_lock(self) -> None:
        with Simulator(scenario()) as sim:
            url = sim.http_url + STATISTICS
            for _round in range(2):
                for _try in range(4):
                    get_signed(url, sk="wrong")
                assert get_signed(url).status_code == 200

    def test_reset_unlocks(self) -> None:
        with Simulator(scenario()) as sim:
            url = sim.http_url + STATISTICS
            for _try in range(5):
                get_signed(url, sk="wrong")
            sim.inject(faults.html())
            sim.reset()
            assert get_signed(url).json() == ANSWER
            assert len(sim.requests) == 1
            assert sim.peak_in_flight == 1


class TestServices:
    def projects(self) -> list[dict[str, Any]]:
        return [
            project(),
            project(0, 5, project_id="p2", name="cn-north-4_team"),
            project(1, 3, project_id="p3", region="eu-west-101", domain_id="d2"),
            project(0, 0, project_id="p4", name="cn-south-1", region="cn-south-1", enabled=False),
        ]

    @pytest.mark.parametrize(
        ("query", "ids"),
        [
            ("", [DEMO_PROJECT_ID, "p2", "p3", "p4"]),
            ("?name=cn-north-4", [DEMO_PROJECT_ID]),
            ("?name=none", []),
            ("?domain_id=d2", ["p3"]),
            ("?enabled=false", ["p4"]),
            ("?page=2&per_page=3", ["p4"]),
        ],
    )
    def test_projects(self, query: str, ids: list[str]) -> None:
        with Simulator(scenario(projects=self.projects())) as sim:
            answer = get(f"{sim.http_url}/v3/projects{query}", TOKEN).json()
        assert [p["id"] for p in answer["projects"]] == ids
        assert answer["links"] == {"self": f"{sim.http_url}/v3/projects{query}", "next": None, "previous": None}

    def test_own_projects_need_no_permission(self) -> None:
        token = {"projects": ["p2", "p3"], "may_list_projects": False}
        with Simulator(scenario(projects=self.projects(), token=token)) as sim:
            own = get(f"{sim.http_url}/v3/auth/projects", TOKEN).json()["projects"]
            domains = get(f"{sim.http_url}/v3/auth/domains", TOKEN).json()["domains"]
            refused = get(f"{sim.http_url}/v3/projects", TOKEN)
        assert [(p["id"], p["domain_id"], p["parent_id"], p["enabled"]) for p in own] == [
            ("p2", "d1", "d1", True),
            ("p3", "d2", "d2", True),
        ]
        assert [d["id"] for d in domains] == ["d1", "d2"]
        assert (refused.status_code, refused.json()["error"]["title"]) == (403, "Forbidden")

    @pytest.mark.parametrize("project_id", ["p2", "unknown"])
    def test_project_not_granted(self, project_id: str) -> None:
        with Simulator(scenario(projects=self.projects(), token={"projects": ["p3"]})) as sim:
            answer = get(f"{sim.http_url}/v5/{project_id}/container/cluster/statistics", TOKEN)
        assert answer.status_code == 400
        assert answer.json() == {"error_code": "00000010", "error_description": "拒绝访问"}

    def test_disabled_project(self) -> None:
        with Simulator(scenario(projects=self.projects())) as sim:
            answer = get(f"{sim.http_url}/v5/p4/container/cluster/statistics", TOKEN)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "APIGW.0310")

    @pytest.mark.parametrize(
        ("query", "total"), [("", 12), ("?enterprise_project_id=0", 12), (f"?enterprise_project_id={SHOP}", 8),
                             ("?enterprise_project_id=all_granted_eps", 20)]
    )  # fmt: skip
    def test_enterprise_projects(self, query: str, total: int) -> None:
        with Simulator(load_scenario(SCENARIOS / "ten_unscanned.yml")) as sim:
            answer = get_signed(f"{sim.http_url}{STATISTICS}{query}").json()
        assert answer["all_cluster_num"] == total

    def test_enterprise_project_not_granted(self) -> None:
        data = load_scenario(SCENARIOS / "ten_unscanned.yml")
        data["tokens"][0]["enterprise_projects"] = [SHOP]
        with Simulator(data) as sim:
            refused = get(sim.http_url + STATISTICS, TOKEN)
            granted = get(f"{sim.http_url}{STATISTICS}?enterprise_project_id=all_granted_eps", TOKEN)
        assert (refused.status_code, refused.json()["error_code"]) == (400, "HSS.0013")
        assert set(refused.json()) == {"error_code", "error_description", "error_msg"}
        assert granted.json()["all_cluster_num"] == 8

    def test_region_prefix(self) -> None:
        with Simulator(scenario(projects=self.projects())) as sim:
            right = f"{sim.http_url}/regions/cn-north-4{STATISTICS}"
            wrong = f"{sim.http_url}/regions/eu-west-101{STATISTICS}"
            assert get(right, TOKEN).json() == ANSWER
            assert get_signed(right).json() == ANSWER
            assert get(wrong, TOKEN).json()["error_code"] == "APIGW.0307"
            assert get_signed(wrong).json()["error_code"] == "00000010"
            assert sim.requests[0].service == "HSS"
            assert get(f"{sim.http_url}/regions/any/v3/auth/projects", TOKEN).status_code == 200

    @pytest.mark.parametrize(("method", "path"), [("GET", "/v5/x"), ("GET", STATISTICS + "/"), ("POST", STATISTICS)])
    def test_unknown_operations(self, method: str, path: str) -> None:
        with Simulator(scenario()) as sim:
            answer = get(sim.http_url + path, TOKEN, method)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "APIGW.0101")

    def test_scenario_can_change_while_running(self) -> None:
        with Simulator(scenario()) as sim:
            sim.replace_scenario(scenario(unscanned=0))
            assert get(sim.http_url + STATISTICS, TOKEN).json()["unscan_cluster_num"] == 0


class TestFaults:
    def fetch(self, *injected: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        with Simulator(scenario()) as sim:
            for fault in injected:
                sim.inject(fault)
            answer = get(sim.http_url + STATISTICS, TOKEN if headers is None else headers)
            assert sim.requests[-1].status == answer.status_code
            return answer

    @pytest.mark.parametrize(
        ("body", "content_type", "content"),
        [
            ({"error_code": "X"}, "application/json", b'{"error_code": "X"}'),
            ([1], "application/json", b"[1]"),
            ("busy", "text/plain; charset=utf-8", b"busy"),
            (b"\xff\x00", "application/octet-stream", b"\xff\x00"),
            (None, None, b""),
        ],
    )
    def test_answer(self, body: Any, content_type: str | None, content: bytes) -> None:
        answer = self.fetch(faults.answer(502, body, {"X-Extra": "1"}), headers={})
        assert (answer.status_code, answer.content) == (502, content)
        assert answer.headers.get("Content-Type") == content_type
        assert answer.headers["X-Extra"] == "1"

    def test_answer_headers_win(self) -> None:
        answer = self.fetch(faults.answer(200, "{}", {"content-type": "application/json", "x-request-id": "mine"}))
        assert (answer.headers["Content-Type"], answer.headers["X-Request-Id"]) == ("application/json", "mine")

    @pytest.mark.parametrize("spec", [{"times": 2}, {"skip": 1, "times": 1}, {"service": "IAM"}, {"path": "nothing"}])
    def test_matching(self, spec: dict[str, Any]) -> None:
        with Simulator(scenario()) as sim:
            fault = sim.inject(faults.answer(503, **spec))
            statuses = [get(sim.http_url + STATISTICS, TOKEN).status_code for _try in range(4)]
            statuses.append(get(sim.http_url + "/v3/auth/projects", TOKEN).status_code)
        assert (
            statuses
            == {
                "times": [503, 503, 200, 200, 200],
                "skip": [200, 503, 200, 200, 200],
                "service": [200, 200, 200, 200, 503],
                "path": [200] * 5,
            }[next(iter(spec))]
        )
        assert fault.fired == statuses.count(503)

    def test_random_is_repeatable(self) -> None:
        def play(seed: int) -> list[int]:
            with Simulator(scenario(seed=seed, faults=[faults.answer(503, random=0.5)])) as sim:
                return [get(sim.http_url + STATISTICS, TOKEN).status_code for _try in range(20)]

        first = play(1)
        assert first == play(1)
        assert first != play(2)
        assert set(first) == {200, 503}

    def test_delay_goes_with_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []
        monkeypatch.setattr(Simulator, "sleep", lambda _self, seconds: slept.append(seconds))
        with Simulator(scenario(latency=1)) as sim:
            sim.inject(faults.delay(2))
            sim.inject(faults.answer(500, delay=4))
            assert get(sim.http_url + STATISTICS, TOKEN).status_code == 500
        assert slept == [7]

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_drop_before(self, scheme: str) -> None:
        with Simulator(scenario()) as sim:
            sim.inject(faults.drop("before"))
            with pytest.raises(requests.ConnectionError):
                get(getattr(sim, f"{scheme}_url") + STATISTICS, TOKEN, verify=sim.ca_path)
            assert [r.status for r in sim.requests] == [None]

    def test_drop_headers(self) -> None:
        with Simulator(scenario()) as sim:
            sim.inject(faults.drop("headers"))
            with socket.create_connection(("127.0.0.1", urlsplit(sim.http_url).port)) as connection:
                connection.sendall(
                    f"GET {STATISTICS} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {DEMO_TOKEN}\r\n\r\n".encode()
                )
                with connection.makefile("rb") as file:
                    received = file.read()
        assert received.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\n\r\n" not in received
        assert b"Content-Length" not in received

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_truncate(self, scheme: str) -> None:
        with Simulator(scenario()) as sim:
            sim.inject(faults.truncate(7))
            answer = get(getattr(sim, f"{scheme}_url") + STATISTICS, TOKEN, verify=sim.ca_path, stream=True)
            assert int(answer.headers["Content-Length"]) > 7
            with pytest.raises(requests.RequestException):
                answer.raw.enforce_content_length = True
                len(answer.content)

    def test_truncate_a_given_body(self) -> None:
        with Simulator(scenario()) as sim:
            sim.inject({"status": 200, "body": "0123456789", "truncate": 4})
            connection = http.client.HTTPConnection("127.0.0.1", urlsplit(sim.http_url).port)
            connection.request("GET", STATISTICS)
            with pytest.raises(http.client.IncompleteRead) as caught:
                connection.getresponse().read()
            connection.close()
        assert caught.value.partial == b"0123"

    def test_redirect(self) -> None:
        answer = self.fetch(faults.redirect("http://127.0.0.1:1/elsewhere"))
        assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:1/elsewhere")
        assert "X-Request-Id" not in answer.headers

    def test_html(self) -> None:
        answer = self.fetch(faults.html())
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "Proxy login" in answer.text

    def test_counts(self) -> None:
        values = {"unscan_cluster_num": "10", "all_cluster_num": None, "risk_cluster_num": MISSING}
        answer = self.fetch(faults.counts(values, remove=["app_vul_cluster_num"]))
        assert answer.json() == {"unscan_cluster_num": "10", "all_cluster_num": None}

    def test_counts_leave_other_requests_alone(self) -> None:
        with Simulator(scenario(faults=[faults.counts({"all_cluster_num": 1}, times=1)])) as sim:
            assert "projects" in get(sim.http_url + "/v3/auth/projects", TOKEN).json()
            assert get(sim.http_url + STATISTICS, TOKEN).json()["all_cluster_num"] == 1
            assert get(sim.http_url + STATISTICS, TOKEN).json() == ANSWER

    @pytest.mark.parametrize("retry_after", ["1", None])
    def test_throttle(self, retry_after: str | None) -> None:
        answer = self.fetch(faults.throttle(retry_after))
        assert (answer.status_code, answer.json()["error_code"]) == (429, "APIGW.0308")
        assert text_of(answer).startswith("The throttling threshold has been reached: policy user over ratelimit")
        assert answer.headers.get("Retry-After") == retry_after

    def test_slow_body(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []
        monkeypatch.setattr(Simulator, "sleep", lambda _self, seconds: slept.append(seconds))
        answer = self.fetch(faults.slow_body(30, 5))
        assert answer.json() == ANSWER
        assert slept == [0, *[5] * ((len(answer.content) - 1) // 30)]

    def test_error_in_200(self) -> None:
        answer = self.fetch(faults.error_in_200())
        assert (answer.status_code, answer.json()["error_code"]) == (200, "HSS.1005")

    def test_echo_secrets(self) -> None:
        answer = self.fetch(faults.echo_secrets())
        assert answer.status_code == 400
        assert DEMO_TOKEN in text_of(answer)
        assert STATISTICS in text_of(answer)

    def test_echo_secrets_of_a_body(self) -> None:
        with Simulator(scenario(faults=[faults.echo_secrets()])) as sim:
            answer = get(f"{sim.http_url}/v3/auth/tokens", method="POST", data=b"fake-password")
        assert "fake-password" in text_of(answer)

    def test_stop_interrupts_waiting(self) -> None:
        with Simulator(scenario(latency=3600)) as sim:
            connection = http.client.HTTPConnection("127.0.0.1", urlsplit(sim.http_url).port)
            connection.request("GET", STATISTICS)
            while not sim.requests:
                time.sleep(0.001)
        connection.close()


class TestScenario:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ([], "scenario: expected a mapping"),
            ({"project": []}, "scenario: unknown key 'project'"),
            ({"projects": [{"id": "p"}]}, r"projects\[0\]: 'name' is required"),
            ({"projects": [{"id": 7, "name": "x"}]}, r"projects\[0\].id: expected text"),
            (
                {"projects": [{"id": "p", "name": "x", "clusters": [{"name": "c", "scaned": True}]}]},
                r"projects\[0\].clusters\[0\]: unknown key 'scaned'",
            ),
            ({"projects": [{"id": "p", "name": "x", "cluster_groups": [{"count": -1}]}]}, "count: must be at least 0"),
            ({"projects": [{"id": "p", "name": "x"}] * 2}, r"projects\[1\].id: the same"),
            ({"tokens": [{"token": "t", "projects": ["p"]}]}, r"tokens\[0\].projects: no project 'p'"),
            ({"access_keys": [{"access_key": "a"}]}, r"access_keys\[0\]: 'secret_key' is required"),
            ({"access_keys": [{"access_key": "a", "secret_key": "s", "expires_at": "soon"}]}, "expected a time"),
            ({"faults": [{}]}, r"faults\[0\]: no action"),
            ({"faults": [{"html": True, "status": 200}]}, r"faults\[0\]: more than one action"),
            ({"faults": [{"html": True, "path": "("}]}, r"faults\[0\].path: not a regular expression"),
            ({"faults": [{"html": True, "service": "ECS"}]}, r"faults\[0\].service"),
            ({"faults": [{"drop": "after"}]}, r"faults\[0\].drop"),
        ],
    )
    def test_errors_name_the_place(self, data: Any, message: str) -> None:
        with pytest.raises(ScenarioError, match=message):
            Scenario.parse(data)

    def test_file_errors_name_the_file(self, tmp_path: Path) -> None:
        with pytest.raises(ScenarioError, match=r"absent\.yml"):
            load_scenario(tmp_path / "absent.yml")
        broken = tmp_path / "broken.yml"
        broken.write_text("a: [")
        with pytest.raises(ScenarioError, match=r"broken\.yml"):
            load_scenario(broken)

    def test_a_bare_zero_is_the_default_enterprise_project(self) -> None:
        text = "projects: [{id: p, name: x, clusters: [{name: c, enterprise_project_id: 0}]}]"
        (cluster,) = Scenario.parse(yaml.safe_load(text)).projects["p"].clusters
        assert cluster.enterprise_project_id == "0"

    @pytest.mark.parametrize(("name", "expected"), [("all_scanned", [0, 0, 0, 20]), ("ten_unscanned", [5, 1, 10, 20])])
    def test_stored_scenarios(self, name: str, expected: list[int]) -> None:
        with Simulator(load_scenario(SCENARIOS / f"{name}.yml")) as sim:
            answer = get_signed(f"{sim.http_url}{STATISTICS}?enterprise_project_id=all_granted_eps").json()
        assert list(answer.values()) == expected


class TestCommandLine:
    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.simulator", *arguments]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_runs_until_a_signal(self, tmp_path: Path, number: signal.Signals) -> None:
        ready = tmp_path / "ready.json"
        process = self.start("--scenario", str(SCENARIOS / "all_scanned.yml"), "--ready-file", str(ready))
        try:
            assert process.stdout is not None
            where = json.loads(process.stdout.readline())
            assert json.loads(ready.read_text()) == where
            assert set(where) == {"http", "https", "ca_path"}
            answer = get(where["https"] + STATISTICS, TOKEN, verify=where["ca_path"])
            assert answer.json()["all_cluster_num"] == 14
            process.send_signal(number)
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
        assert (process.returncode, output, errors) == (0, "", "")
        assert not Path(where["ca_path"]).exists()
        assert list(tmp_path.iterdir()) == []

    def test_ends_though_reported_so_twice(self) -> None:
        """As below make, which hands on the signal that its children have too."""
        for _attempt in range(5):
            process = self.start("--scenario", str(SCENARIOS / "all_scanned.yml"))
            try:
                assert process.stdout is not None and process.stdout.readline()
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGINT)
                assert process.wait(timeout=60) == 0
            finally:
                process.kill()
                process.communicate()

    def test_says_what_to_paste(self) -> None:
        process = self.start("--scenario", str(SCENARIOS / "all_scanned.yml"))
        try:
            assert process.stdout is not None
            where = json.loads(process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
        assert (process.returncode, output) == (0, "")
        words = [shlex.split(line) for line in errors.splitlines() if not line.startswith("#")]
        assert {word for word, *_others in words} == {"export"}
        exported = dict(word.split("=", 1) for _export, word in words)
        assert exported["HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4"] == f"{where['https']}/regions/cn-north-4"
        assert exported["REQUESTS_CA_BUNDLE"] == where["ca_path"]
        assert (exported["HUAWEICLOUD_SDK_AK"], exported["HUAWEICLOUD_SDK_SK"]) == (DEMO_AK, DEMO_SK)

    def test_runs_for_a_command(self) -> None:
        reported = "import os; print(os.environ['HUAWEICLOUD_SDK_AK'], os.path.exists(os.environ['REQUESTS_CA_BUNDLE'])); exit(7)"
        process = self.start("--scenario", str(SCENARIOS / "all_scanned.yml"), "--", sys.executable, "-c", reported)
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output, errors) == (7, f"{DEMO_AK} True\n", "")

    def test_ends_the_command_when_it_is_ended(self) -> None:
        reported = "import time; print('here', flush=True); time.sleep(600)"
        process = self.start("--scenario", str(SCENARIOS / "all_scanned.yml"), "--", sys.executable, "-c", reported)
        try:
            assert process.stdout is not None and process.stdout.readline() == "here\n"
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 128 + signal.SIGTERM
        finally:
            process.kill()
            process.communicate()

    def test_a_command_that_is_not_there(self) -> None:
        process = self.start("--scenario", str(SCENARIOS / "all_scanned.yml"), "--", "/no/such/command")
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output) == (127, "")
        assert errors.startswith("[Errno 2]") and "/no/such/command" in errors

    def test_wrong_scenario(self, tmp_path: Path) -> None:
        broken = tmp_path / "broken.yml"
        broken.write_text("colour: blue")
        process = self.start("--scenario", str(broken))
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output) == (2, "")
        assert "unknown key 'colour'" in errors
