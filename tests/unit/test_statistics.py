# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test which responses are accepted. A missing number is never zero."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.statistics import COUNTS, counts_problem
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConfigurationError, RefusedError
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.error_body import implies_authenticated
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.failures import error_from_response
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.json_body import json_object
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Operation, Response
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.retries import is_throttling, wants_new_token
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._urls import operation_url
from hypothesis import given
from hypothesis import strategies as st

GOOD = {"risk_cluster_num": 5, "app_vul_cluster_num": 1, "unscan_cluster_num": 10, "all_cluster_num": 20}


@pytest.mark.parametrize("counts", [GOOD, dict.fromkeys(COUNTS, 0), dict.fromkeys(COUNTS, 20), {**GOOD, "new": "x"}])
def test_good(counts: Any) -> None:
    assert counts_problem(counts) is None


@pytest.mark.parametrize("field", COUNTS)
@pytest.mark.parametrize("value", [None, True, False, 5.0, 0.5, "5", "", [], [5], {}, -1])
def test_anything_but_a_count_names_the_field(field: str, value: Any) -> None:
    problem = counts_problem({**GOOD, field: value})
    assert problem and problem.startswith(field)


@pytest.mark.parametrize("field", COUNTS)
def test_missing_field_is_named(field: str) -> None:
    assert counts_problem({name: value for name, value in GOOD.items() if name != field}) == f"{field} is missing"


@pytest.mark.parametrize("field", COUNTS[:3])
def test_no_part_is_larger_than_the_whole(field: str) -> None:
    problem = counts_problem({**GOOD, field: 21})
    assert problem and field in problem and "21" in problem and "20" in problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=3
)


@given(st.dictionaries(st.sampled_from([*COUNTS, "other"]), JSON))
def test_accepted_means_four_whole_numbers_that_fit(data: Any) -> None:
    if counts_problem(data) is None:
        total = data["all_cluster_num"]
        assert all(isinstance(data[name], int) and 0 <= data[name] <= total for name in COUNTS)
        assert not any(isinstance(data[name], bool) for name in COUNTS)


def test_json_numbers_with_a_fraction_are_floats() -> None:
    assert counts_problem(json.loads(json.dumps(GOOD).replace("10", "10.0"))) is not None


@pytest.mark.parametrize(
    "text,read",
    [
        ('"a\\ud800b"', "a\ufffdb"),
        ('"\\uDFFF"', "\ufffd"),
        ('["\\ud800", {"\\udc00": 1}]', ["\ufffd", {"\ufffd": 1}]),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"\\\\ud800"', "\\ud800"),
        ('"\\u0000"', "\0"),
    ],
)
def test_half_a_character_in_an_answer(text: str, read: Any) -> None:
    """JSON can write it; no file, terminal or URL can."""
    answer = Response(200, {}, f'{{"name": {text}}}'.encode())
    assert json_object(answer, Operation("HSS", "x"), Secrets())["name"] == read


@pytest.mark.parametrize("path,query", [(["\udcff"], []), (["x"], [("name", "\ud800")])])
def test_half_a_character_in_an_option(path: Any, query: Any) -> None:
    with pytest.raises(ConfigurationError, match="no URL can carry"):
        operation_url("https://hss.example.com", path, query)


@pytest.mark.parametrize(
    "body",
    [
        {"error_code": ["x"], "error_msg": {"a": 1}},
        {"error_code": 1.5, "error_msg": None},
        {"error": [1, 2]},
        {"error": {"code": [], "message": 7}},
        {"code": True, "message": "\ud800\0"},
        {"request_id": {"x": 1}, "error_code": "\ud800", "error_msg": "\udfff"},
        {"error_code": 10**400},
    ],
    ids=str,
)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
def test_an_error_body_of_any_types_is_a_sentence(status: int, body: Any) -> None:
    answer = Response(status, {}, json.dumps(body).encode())
    call = Operation("HSS", "x")
    error = error_from_response(answer, call, "HSS x failed", Secrets())
    text = error.as_result()["msg"]
    assert f"HTTP {status}" in text and text.isprintable() and "None" not in text
    assert implies_authenticated("HSS", status, error.error_code) in (True, False)
    is_throttling(answer)
    wants_new_token(answer)
    if status == 200 and any(body.get(name) for name in ("error", "error_code", "code")):
        with pytest.raises(RefusedError):
            json_object(answer, call, Secrets())
