# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer must be to be trusted. A missing number is never a zero."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._hss import COUNTS, counts_problem
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
