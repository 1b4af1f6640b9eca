# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils import _urls


@pytest.mark.parametrize(
    "service,region,cloud,url",
    [
        ("hss", "cn-north-4", None, "https://hss.cn-north-4.myhuaweicloud.com"),
        ("iam", "cn-north-4", None, "https://iam.cn-north-4.myhuaweicloud.com"),
        ("hss", "eu-west-101", None, "https://hss.eu-west-101.myhuaweicloud.eu"),
        ("iam", "eu-west-101", None, "https://iam.eu-west-101.myhuaweicloud.eu"),
        ("hss", "eu-west-0", None, "https://hss.eu-west-0.myhuaweicloud.com"),
        ("hss", "eu-west-101", "example.org", "https://hss.eu-west-101.example.org"),
        ("hss", "xx-new-9", None, "https://hss.xx-new-9.myhuaweicloud.com"),
    ],
)
def test_service_url(service: str, region: str, cloud: Optional[str], url: str) -> None:
    assert _urls.service_url(service, region, cloud) == url


def test_region_variable() -> None:
    assert _urls.region_variable("hss", "cn-north-4") == "HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4"


@pytest.mark.parametrize(
    "url", ["https://iam.x.com", "https://iam.x.com/", "https://iam.x.com/v3", "https://iam.x.com/v3/"]
)
def test_iam_url_with_and_without_version(url: str) -> None:
    assert _urls.without_version(url) == "https://iam.x.com"


def test_a_host_may_be_called_v3() -> None:
    assert _urls.without_version("https://v3") == "https://v3"


@pytest.mark.parametrize(
    "url,expected",
    [
        ("https://HSS.Example.com:443/", "https://hss.example.com"),
        ("https://hss.example.com:8443", "https://hss.example.com:8443"),
        ("http://127.0.0.1:80/regions/x/", "http://127.0.0.1/regions/x"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_normalised(url: str, expected: str) -> None:
    assert _urls.normalised(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://hss.cn-north-4.myhuaweicloud.com",
        "https://hss.example.com:8443/prefix",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://localhost:1",
        "http://[::1]:8080",
        "http://169.254.169.254",
        "http://[fe80::1]",
    ],
)
def test_url_accepted(url: str) -> None:
    assert _urls.url_problem(url) is None


@pytest.mark.parametrize(
    "url,problem",
    [
        ("http://hss.cn-north-4.myhuaweicloud.com", "https://"),
        ("http://10.0.0.1", "https://"),
        ("http://127.0.0.1.example.com", "https://"),
        ("http://localhost.example.com", "https://"),
        ("ftp://127.0.0.1", "https://"),
        ("hss.cn-north-4.myhuaweicloud.com", "https://"),
        ("https://", "https://"),
        ("https://user:pass@hss.example.com", "user name or password"),
        ("https://token@hss.example.com", "user name or password"),
        ("https://hss.example.com/?a=b", "query"),
        ("https://hss.example.com/?", "query"),
        ("https://hss.example.com/#x", "fragment"),
        ("https://hss.example.com:99999", "not a valid URL"),
        ("https://hss.example.com:port", "not a valid URL"),
        ("https://hss.example.com/a b", "characters"),
        ("https://hss.example.com/a\nb", "characters"),
        ("https://hss.exämple.com", "xn--"),
        ("https://hss..example.com", "name a host"),
        ("https://.example.com", "name a host"),
        (f"https://{'a' * 64}.example.com", "name a host"),
        ("https://hss.example.com/../x", "characters"),
        ("https://hss.example.com/%2e", "characters"),
        ("https://[::1", "not a valid URL"),
        ("https://[::1]x", "not a valid URL"),
        ("https://[v1.a]:1", "not a valid URL"),
        ("https://hss.example.com//regions/x", "characters"),
    ],
)
def test_url_refused(url: str, problem: str) -> None:
    found = _urls.url_problem(url)
    assert found and problem in found
    assert "pass" not in found.replace("password", "")
