# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of the credential matrix by real ansible-playbook at -vvvvv: one that succeeds for each source, and exchanges that fail."""

from __future__ import annotations

import pathlib
from typing import Any, Dict, Iterator, List

import pytest

from tests import credential_matrix
from tests.credential_matrix import ROWS
from tests.simulator import Simulator

LINK_LOCAL = str(pathlib.Path(__file__).resolve().parent.parent / "link_local")
GOOD = [row for row in ROWS if row.get("end_to_end")]
# What the cloud may do to the request that fetches a credential, or to any other that is no question to HSS.
EXCHANGE_FAULTS: List[Dict[str, Any]] = [
    {"echo_secrets": True},
    {"status": 500, "body": "no"},
    {"status": 401, "body": {"error": {"message": "no", "code": 401, "title": "Unauthorized"}}},
    {"status": 201, "body": {}},
    {"html": True},
    {"truncate": 10},
    {"drop": "before"},
    {"error_in_200": True},
]


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(credential_matrix.MATRIX["cloud"]) as simulator:
        yield simulator


def run(playbooks: Any, row: Dict[str, Any], sim: Simulator, times: int = 1) -> Any:
    """Secrets of options travel as variables, as they would from a vault."""
    credential_matrix.write_files(row, sim, playbooks.folder)
    options = credential_matrix.options(row, sim, playbooks.folder)
    task = {
        "huaweicloud.hss.hss_cluster_statistics": {name: f"{{{{ given.{name} }}}}" for name in options},
        "ignore_errors": True,
    }
    return playbooks.run(
        [{"hosts": "localhost", "gather_facts": False, "tasks": [task] * times}],
        "-vvvvv",
        variables={"given": {name: unsafe(value) for name, value in options.items()}},
        environ={
            **credential_matrix.environment(row, sim, playbooks.folder),
            "PYTHONPATH": LINK_LOCAL,
            "HSS_TEST_METADATA_PORT": sim.http_url.rpartition(":")[2],
        },
    )


def unsafe(value: Any) -> Any:
    """Text in which braces are braces, as those that a vault or a lookup yields."""
    return {"__ansible_unsafe": value} if isinstance(value, str) else value


@pytest.mark.parametrize("row", GOOD, ids=[row["name"] for row in GOOD])
def test_a_source_works_and_shows_nothing(playbooks: Any, sim: Simulator, row: Dict[str, Any]) -> None:
    credential_matrix.prepare(row, sim)
    outcome = run(playbooks, row, sim)
    result = outcome.results[0]
    assert result.get("auth_source") == row["source"], outcome.output[-3000:]
    assert result["statistics"]["all_cluster_num"] == (4 if row.get("project", "").endswith("def") else 3)
    assert f'"auth_source": "{row["source"]}"' in outcome.output, "said at -v"
    assert_nothing_leaks(outcome, sim)


def assert_nothing_leaks(outcome: Any, sim: Simulator) -> None:
    for place in (outcome.output, outcome.log, outcome.raw_results):
        assert place
        assert not credential_matrix.leaked(place, sim)


EXCHANGED = [row for row in GOOD if row.get("asked")]


@pytest.mark.parametrize("row", EXCHANGED, ids=[row["name"] for row in EXCHANGED])
def test_a_failing_exchange_shows_nothing(playbooks: Any, sim: Simulator, row: Dict[str, Any]) -> None:
    credential_matrix.prepare(row, sim)
    # Each task meets the next fault, whichever of its requests that strikes; one HSS answer that repeats all ends the row.
    for fault in EXCHANGE_FAULTS:
        for service in ("IAM", "STS", "metadata"):
            sim.inject({**fault, "service": service, "path": row["asked"][0], "times": 1})
    sim.inject({"service": "HSS", "echo_secrets": True})
    outcome = run(playbooks, row, sim, times=len(EXCHANGE_FAULTS) + 1)
    assert outcome.status == 0, outcome.output[-3000:]
    results = outcome.results
    assert len(results) == len(EXCHANGE_FAULTS) + 1
    assert not [result for result in results if "statistics" in result]
    assert all(result["auth_source"] == row["source"] for result in results), results
    assert "This is a bug" not in outcome.output
    assert_nothing_leaks(outcome, sim)
