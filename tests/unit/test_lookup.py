# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup's room: what is wrong comes back as words, and what is right as the module's result."""

from __future__ import annotations

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils import _lookup

from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, Simulator, scenario


def test_it_returns_what_the_module_does() -> None:
    with Simulator(scenario(unscanned=1, total=2)) as simulator:
        options = {"endpoint": simulator.http_url, "project_id": DEMO_PROJECT_ID}
        problem, result = _lookup.look_up([], {**options, "access_key": DEMO_AK, "secret_key": DEMO_SK})
    assert problem is None and result["complete"] and result["statistics"]["unscan_cluster_num"] == 1


def test_it_takes_no_terms() -> None:
    problem, result = _lookup.look_up(["cn-north-4"], {})
    assert problem is not None and "takes no terms" in problem and result == {}


def test_it_says_that_requests_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lookup, "HAS_REQUESTS", False)
    problem, result = _lookup.look_up([], {"region": "cn-north-4"})
    assert problem is not None and "pip install requests" in problem and result == {}
