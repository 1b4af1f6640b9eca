# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Golden vectors, made with the vendor's signer, and the same signer asked about random requests."""

from __future__ import annotations

import datetime
import hashlib
from typing import Dict, List, Tuple

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth import signer
from ansible_collections.huaweicloud.hss.plugins.module_utils._urls import encode, encode_query
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import example, given, settings
from hypothesis import strategies as st

AK = "FAKEAK00000000EXAMPLE"
SK = "fake/Secret+Key=0000000000000000EXAMPLE"
DATE = "20260102T030405Z"
HOST = "hss.cn-north-4.myhuaweicloud.com"
BASE = f"https://{HOST}"
PROJECT = "/v5/00000000000000000000000000000abc"
STATISTICS = f"{BASE}{PROJECT}/container/cluster/statistics"

QUERY_B = [
    ("scene", "cluster_risk"),
    ("limit", "200"),
    ("offset", "0"),
    ("cluster_name", "prod cluster~1+1=2/测试&é"),
    ("enterprise_project_id", "all_granted_eps"),
    ("Zeta", ""),
    ("a*b", "(x)"),
]
BODY_C = (
    b'{"task_type":"cluster_scan","cluster_scan_info":{"scan_type_list":["cluster_vul","risk_assessment","benchmark"],'
    b'"range_type":"specific_cluster","cluster_id_list":["11111111-2222-3333-4444-555555555555"]}}'
)
SENT = {"Host": HOST, "X-Sdk-Date": DATE}

# name, method, URL, headers, body, hash of the canonical request, signature
VECTORS = [
    ("A", "GET", STATISTICS, SENT, b"",
     "c1dc857481ca691d56ee014122879aac0ecc1f570cbac894ddc66a56a57bb25c",
     "e2fd894377720a1b36c61090413270d868d98f8d613c02a6560bfb008d30c21b"),
    ("B", "GET", f"{BASE}{PROJECT}/kubernetes/clusters?{encode_query(QUERY_B)}", SENT, b"",
     "96feba64b5378b75fad76513b041eb047578cd734844afbe6bdf6a553744a64f",
     "7c2db522ed844ed05d61c42cec5c49ec048bfa8fece9c6629967a782859625f4"),
    ("C", "POST", f"{BASE}{PROJECT}/common/task?enterprise_project_id=0",
     {**SENT, "Content-Type": "application/json"}, BODY_C,
     "e29d20702343e55daf189d31b37e4e9179ef7183b16acd0813c06dc82d2cac8d",
     "48effaa8be00c46f2bdc14fce686e9502f9acc504114ac6c6bff59bce161edb3"),
    ("D", "GET", f"{STATISTICS}?enterprise_project_id=all_granted_eps",
     {**SENT, "Content-Type": "application/json", "User-Agent": "example-client/1.0",
      "X-Project-Id": "00000000000000000000000000000abc", "X-Security-Token": "ZmFrZS1zZWN1cml0eS10b2tlbg=="}, b"",
     "2141c9a52aceff6197a77bad8e47873e6c8dfa2cd34ddab776cd12ddb439473f",
     "3f7b093906d12db3854229409d36907c11935e1f8e8e5d6b0b56bee9f1e46a50"),
    ("E", "GET", f"http://127.0.0.1:8080{PROJECT}/container/cluster/statistics",
     {"Host": "127.0.0.1:8080", "X-Project-Id": "00000000000000000000000000000abc", "X-Sdk-Date": DATE}, b"",
     "a6c1aeb8b128b1f08bce436e875b10693a9387e6fb47a51044510ab1ed86fe33",
     "360de0eac1f13cc1891f11716f8556f14b319e26c25dc024c7b53a9f0ff51586"),
    ("F", "PUT", f"{BASE}{PROJECT}/common/tasks/task%20id~(1)/retry",
     {**SENT, "Content-Type": "application/json;charset=UTF-8", "X-Custom": "  padded value  "},
     '{"task_type":"测试"}'.encode(),
     "d4612d35fef308859f8c75e69711dde143aed13d14a03c1a64c7ff0dac7b7f9a",
     "9d24e6573932fc7c77ffde613793f69f14abd263607f940ee91f7ed336530f14"),
    ("H", "GET", f"{STATISTICS}?enterprise_project_id=0",
     {"Accept": "application/json", "User-Agent": "example-client/1.0", "X-Sdk-Date": DATE}, b"",
     "2ad545b8a80049e28af0cd76cf4fc8a1bb753fe983748c03711b6aee7f3248b1",
     "eeb1f95b047a51a030b569a97de4e1513f552ac6197d9acd6858ffb3c68126f3"),
]  # fmt: skip


@pytest.mark.parametrize("name,method,url,headers,body,digest,signature", VECTORS, ids=[v[0] for v in VECTORS])
def test_vector(
    name: str, method: str, url: str, headers: Dict[str, str], body: bytes, digest: str, signature: str
) -> None:
    canonical = signer.canonical_request(method, url, headers, body)
    assert hashlib.sha256(canonical.encode()).hexdigest() == digest
    names = ";".join(sorted(h.lower() for h in headers))
    expected = f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders={names}, Signature={signature}"
    assert signer.authorization(method, url, headers, body, AK, SK) == expected


def test_canonical_request_of_vector_b_to_the_letter() -> None:
    assert signer.canonical_request(*VECTORS[1][1:5]).split("\n") == [
        "GET",
        f"{PROJECT}/kubernetes/clusters/",
        "Zeta=&a%2Ab=%28x%29&cluster_name=prod%20cluster~1%2B1%3D2%2F%E6%B5%8B%E8%AF%95%26%C3%A9"
        "&enterprise_project_id=all_granted_eps&limit=200&offset=0&scene=cluster_risk",
        f"host:{HOST}",
        f"x-sdk-date:{DATE}",
        "",
        "host;x-sdk-date",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ]


def test_signed_headers_adds_host_date_and_authorization() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=8))
    when = datetime.datetime(2026, 1, 2, 11, 4, 5, tzinfo=zone)
    headers = signer.signed_headers("GET", STATISTICS, {}, b"", AK, SK, when)
    assert headers["X-Sdk-Date"] == DATE, "local time must not be sent as if it were UTC"
    assert headers["Host"] == HOST
    assert headers["Authorization"].endswith(VECTORS[0][6])


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SEGMENTS = st.lists(TEXT.filter(lambda s: s not in ("", ".", "..")), min_size=1, max_size=4)
PAIRS = st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=5, unique_by=lambda pair: pair[0])
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
NAMES = st.from_regex(r"\AX-[A-Z][A-Za-z0-9-]{0,10}\Z")
HEADERS = st.dictionaries(NAMES, VALUES, max_size=4).filter(
    lambda headers: (
        len({name.lower() for name in headers}) == len(headers)
        and not {name.lower() for name in headers} & {"x-sdk-date", "x-sdk-content-sha256"}
    )
)


@settings(max_examples=300)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=SEGMENTS,
    pairs=PAIRS,
    headers=HEADERS,
    body=st.one_of(st.just(b""), TEXT.map(str.encode)),
    secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
)
@example("GET", ["a/b", "c%2F"], [("k+", "~ *")], {"X-A": "  v  "}, b"", "schlüssel%{$\"'")
def test_agrees_with_the_vendor(
    method: str,
    segments: List[str],
    pairs: List[Tuple[str, str]],
    headers: Dict[str, str],
    body: bytes,
    secret: str,
) -> None:
    """The URL is made as _api/client.py makes it; the vendor gets the decoded parts, as its own client gives them."""
    path = "/" + "/".join(encode(segment) for segment in segments)
    query = encode_query(pairs)
    sent = {**headers, "Host": HOST, "X-Sdk-Date": DATE}
    url = f"{BASE}{path}" + (f"?{query}" if query else "")

    request = SdkRequest(
        method=method, schema="https", host=HOST, resource_path=path, query_params=list(pairs),
        header_params=dict(sent), body=body.decode(),
    )  # fmt: skip
    signed = Signer(BasicCredentials(AK, secret, "p")).sign(request)

    assert signer.authorization(method, url, sent, body, AK, secret) == signed.header_params["Authorization"]
    assert signed.uri == path + (f"?{query}" if query else ""), "what is sent is what the vendor would send"
