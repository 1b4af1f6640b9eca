# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup and the query behind it: a problem is returned as text, a success as the result of the module."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Tuple

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.plugin_utils import _query

from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, Simulator, project, scenario


def test_it_returns_what_the_module_does() -> None:
    with Simulator(scenario(unscanned=1, total=2)) as simulator:
        options = {"endpoint": simulator.http_url, "project_id": DEMO_PROJECT_ID}
        problem, result = _query.look_up([], {**options, "access_key": DEMO_AK, "secret_key": DEMO_SK})
    assert problem is None and result["complete"] and result["statistics"]["unscan_cluster_num"] == 1


def test_it_takes_no_terms() -> None:
    problem, result = _query.look_up(["cn-north-4"], {})
    assert problem is not None and "takes no terms" in problem and result == {}


def test_it_says_that_requests_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_query, "HAS_REQUESTS", False)
    problem, result = _query.look_up([], {"region": "cn-north-4"})
    assert problem is not None and "pip install requests" in problem and result == {}


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tuple[Simulator, Dict[str, Any]]]:
    # As in a process of its own.
    monkeypatch.setattr(_query, "_refused", {})
    with Simulator(scenario(unscanned=1, total=2)) as simulator:
        yield (
            simulator,
            {
                "endpoint": simulator.http_url,
                "project_id": DEMO_PROJECT_ID,
                "max_retries": 0,
                "access_key": DEMO_AK,
                "secret_key": DEMO_SK,
            },
        )


@pytest.mark.parametrize("name", SCOPE_OPTIONS)
@pytest.mark.parametrize("value", ["", " \n"], ids=["empty", "blank"])
def test_its_own_options_are_not_given_empty(options: Tuple[Simulator, Dict[str, Any]], name: str, value: str) -> None:
    problem, result = _query.look_up([], {**options[1], name: value})
    assert problem is not None and f"option {name} is empty or blank" in problem and result == {}
    assert not options[0].requests


@pytest.mark.parametrize("name", [name for name, spec in SHARED_OPTIONS.items() if spec["type"] in ("str", "path")])
def test_a_blank_shared_option_is_refused_and_an_empty_one_is_unset(
    options: Tuple[Simulator, Dict[str, Any]], name: str
) -> None:
    problem, _result = _query.look_up([], {**options[1], name: "\t "})
    assert problem is not None and f"option {name} is empty or blank" in problem
    assert not options[0].requests
    if name not in ("endpoint", "project_id", "access_key", "secret_key"):
        problem, result = _query.look_up([], {**options[1], name: ""})
        assert problem is None and result["complete"]


def test_a_refused_credential_is_not_sent_again(options: Tuple[Simulator, Dict[str, Any]]) -> None:
    """A loop, or `until`, templates the expression again, and the fifth refused signature locks the key."""
    simulator, right = options
    wrong = {**right, "secret_key": "wrong-secret-key-of-a-lookup-5c11"}
    first, _nothing = _query.look_up([], wrong)
    assert first is not None and "HTTP 401" in first and len(simulator.requests) == 1
    for again in (wrong, {**wrong, "project_id": "0" * 32}, {**wrong, "scopes": [{"project_id": "1" * 32}]}):
        problem, result = _query.look_up([], again)
        assert problem is not None and result == {}
        assert "was refused before in the same process" in problem and first in problem
        assert "wrong-secret-key" not in problem
    assert len(simulator.requests) == 1
    # Another key is another credential.
    problem, result = _query.look_up([], right)
    assert problem is None and result["complete"] and len(simulator.requests) == 2


def test_a_credential_that_one_scope_refused_is_not_sent_again(options: Tuple[Simulator, Dict[str, Any]]) -> None:
    simulator, given = options
    simulator.replace_scenario(
        scenario(
            projects=[
                project(0, 1, region="cn-north-4", name=f"cn-north-4_{n}", project_id=f"{n:032x}") for n in (0, 1)
            ]
        )
    )
    body = {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}
    simulator.inject({"path": f"/{1:032x}/", "status": 401, "body": body})
    several = {
        **{name: value for name, value in given.items() if name != "project_id"},
        "scopes": [{"region": "cn-north-4", "project_id": f"{n:032x}"} for n in (0, 1)],
        "on_scope_error": "continue",
    }
    problem, result = _query.look_up([], several)
    assert problem is None and not result["complete"] and len(result["failed_scopes"]) == 1
    queried = len(simulator.requests)
    problem, _result = _query.look_up([], several)
    assert problem is not None and "refused before" in problem and len(simulator.requests) == queried
