# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An answer out of a cache says nothing about the present."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import InvalidResponseError, RefusedError
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import cluster_statistics

from tests.simulator import (
    DEMO_AGENCY,
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_DOMAIN_ID,
    DEMO_PASSWORD,
    DEMO_PROJECT_ID,
    DEMO_SK,
    DEMO_USER,
    Simulator,
    agency,
    scenario,
    user,
)

KEYS = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
USER = {"username": DEMO_USER, "password": DEMO_PASSWORD, "domain_name": DEMO_DOMAIN}


SCENARIO = scenario(users=[user()], agencies=[agency()])
pytestmark = pytest.mark.usefixtures("no_sleep")


def ask(sim: Simulator, **options: Any) -> Any:
    defaults = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    place = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url, "max_retries": 1}
    environ = {"HUAWEICLOUD_SDK_STS_ENDPOINT": sim.http_url}
    return cluster_statistics(Client({**defaults, **place, **KEYS, **options}, environ, Secrets()), {})


STALE = [
    {"Age": "86400"},
    {"Age": "61"},
    {"Age": "5, 86400"},
    {"Age": "a day"},
    {"Age": "nan"},
    {"Age": "9" * 400},
    {"Warning": '110 proxy "Response is Stale"'},
    {"Warning": '111 - "Revalidation Failed"'},
    {"Warning": '112 - "Disconnected Operation"'},
    {"Warning": '113 - "Heuristic Expiration"'},
    {"Warning": '214 proxy "Transformation Applied", 110 proxy "Response is Stale"'},
]


@pytest.mark.parametrize("headers", STALE, ids=str)
def test_a_stale_success_is_refused(sim: Simulator, headers: Any) -> None:
    sim.inject({"service": "HSS", "status": 200, "body": counts(), "headers": headers})
    with pytest.raises(InvalidResponseError) as caught:
        ask(sim, project_id=DEMO_PROJECT_ID)
    assert "out of a cache" in caught.value.message and next(iter(headers)) in caught.value.message
    assert "NO_PROXY" in str(caught.value.hint) and caught.value.service == "HSS"
    assert len(sim.requests) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Age": "0"},
        {"Age": "60"},
        {"Age": ""},
        {"Warning": '199 - "110"'},
        {"Warning": '214 - "x"'},
        {"Warning": "1100 - x"},
    ],
    ids=str,
)
def test_a_young_answer_is_taken(sim: Simulator, headers: Any) -> None:
    sim.inject({"service": "HSS", "status": 200, "body": counts(), "headers": headers})
    assert ask(sim, project_id=DEMO_PROJECT_ID)["complete"]


def test_a_stale_error_is_an_error(sim: Simulator) -> None:
    sim.inject({"service": "HSS", "status": 403, "body": {"error_code": "APIGW.0302"}, "headers": {"Age": "86400"}})
    with pytest.raises(RefusedError, match=r"APIGW\.0302"):
        ask(sim, project_id=DEMO_PROJECT_ID)


@pytest.mark.parametrize(
    "service,options",
    [
        ("IAM", KEYS),
        ("IAM", USER),
        ("IAM", {"agency_name": DEMO_AGENCY, "agency_domain_name": DEMO_DOMAIN}),
        ("STS", {"agency_name": DEMO_AGENCY, "agency_domain_id": DEMO_DOMAIN_ID}),
    ],
    ids=["projects", "token", "agency", "STS"],
)
def test_what_iam_and_sts_say_is_not_taken_from_a_cache_either(sim: Simulator, service: str, options: Any) -> None:
    none = dict.fromkeys(KEYS) if options is USER else {}
    sim.inject(
        {
            "service": service,
            "status": 201 if service == "STS" or options is USER else 200,
            "body": {},
            "headers": {"Age": "3600"},
        }
    )
    with pytest.raises(InvalidResponseError, match="out of a cache") as caught:
        ask(sim, **{**none, **options})
    assert caught.value.service == service


@pytest.mark.parametrize(
    "options", [KEYS, USER, {"agency_name": DEMO_AGENCY, "agency_domain_name": DEMO_DOMAIN}], ids=str
)
def test_every_request_queries_for_no_cache(sim: Simulator, options: Any) -> None:
    none = dict.fromkeys(KEYS) if options is USER else {}
    ask(sim, **{**none, **options})
    assert {request.headers.get("cache-control") for request in sim.requests} == {"no-cache"}


def counts(number: Optional[int] = 0) -> Any:
    names = ("risk_cluster_num", "app_vul_cluster_num", "unscan_cluster_num", "all_cluster_num")
    return dict.fromkeys(names, number)
