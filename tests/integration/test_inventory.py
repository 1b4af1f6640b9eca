# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every cluster that exists, as a user sees it: one project and twenty, the cross-check with CCE, and the synchronisation."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from tests.simulator import DEMO_PROJECT_ID, Simulator, cluster, faults, project, scenario

REGION = "cn-north-4"
NUMBER = 20
CCE = "/api/v3/"
HIDDEN = [cluster("a", 60), cluster("new", 60, hss="after_sync")]
ABSENT = {"error_code": "APIGW.0101", "error_msg": "not published"}


def account(number: int = NUMBER, **others: Any) -> Dict[str, Any]:
    """Describe an account whose last project has a cluster that only CCE knows."""
    ids = [DEMO_PROJECT_ID] if number == 1 else [f"{n:032x}" for n in range(number)]
    return scenario(
        projects=[
            project(
                project_id=own,
                name=REGION if number == 1 else f"{REGION}_{n}",
                clusters=HIDDEN if n == number - 1 else HIDDEN[:1],
                sync_seconds=1,
                **others,
            )
            for n, own in enumerate(ids)
        ]
    )


def gate(mode: str, place: Dict[str, Any]) -> Dict[str, Any]:
    return {"huaweicloud.hss.hss_cluster_gate": {**place, "cce_check": mode}, "ignore_errors": True}


def play(*tasks: Dict[str, Any]) -> List[Dict[str, Any]]:
    here = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    return [{"hosts": "localhost", "gather_facts": False, "vars": here, "tasks": list(tasks)}]


@pytest.mark.parametrize("number", [1, NUMBER])
def test_a_cluster_that_hss_does_not_know(playbooks: Any, number: int) -> None:
    """Red, synchronised, green; without the comparison green from the beginning, and the headline says so."""
    place = {"region": REGION} if number == 1 else {"all_projects": True}
    with Simulator(account(number)) as sim:
        sync = {"huaweicloud.hss.hss_cluster_sync": {**place, "poll_interval": 1}}
        outcome = playbooks.run(
            play(gate("off", place), gate("auto", place), sync, gate("required", place)), environ=sim.environ
        )
        assert not sim.errors
    off, red, synchronised, green = outcome.results
    assert off["verdict"]["passed"] and off["verdict"]["summary"][0].endswith("; not cross-checked with CCE.")
    assert red["msg"].startswith("The gate is CLOSED for") and "1 clusters of CCE are not known to HSS" in red["msg"]
    (offender,) = red["verdict"]["rules"][-1]["offenders"]
    assert (offender["cluster_name"], offender["region"]) == ("new", REGION)
    assert synchronised["changed"] and len(synchronised["scopes"]) == number
    assert green["verdict"]["passed"] and green["verdict"]["cross_check"]["state"] == "complete"
    assert outcome.status == 0, outcome.output


@pytest.mark.parametrize(
    "fault,states",
    [
        ({"status": 403, "body": {"errorCode": "CCE.01403001", "errorMessage": "no"}}, ["passed", "not_judged"]),
        ({"status": 404, "body": ABSENT}, ["passed", "not_judged"]),
        ({"status": 500}, ["not_judged", "not_judged"]),
        (faults.answer(200, {"items": None}), ["not_judged", "not_judged"]),
    ],
    ids=["refused", "absent", "failing", "nonsense"],
)
def test_what_cce_answers(playbooks: Any, fault: Dict[str, Any], states: List[str]) -> None:
    place = {"all_projects": True, "max_retries": 0}
    with Simulator({**account(), "faults": [{**fault, "path": CCE}]}) as sim:
        outcome = playbooks.run(play(*(gate(mode, place) for mode in ("auto", "required", "off"))), environ=sim.environ)
    verdicts = [result["verdict"] for result in outcome.results]
    assert [verdict["status"] for verdict in verdicts] == [*states, "passed"]
    for verdict in verdicts:
        assert "not cross-checked with CCE" in verdict["summary"][0] or "cce_check=off" in verdict["message"]


def test_the_shipped_gate_synchronises_first(playbooks: Any) -> None:
    """A refused synchronisation ends the play with the permission that is missing, and nothing is judged."""
    given = [
        "-e",
        f"cluster_scan_gate_region={REGION}",
        "-e",
        "cluster_scan_gate_sync=true",
        "-e",
        "cluster_scan_gate_cce_check=required",
    ]
    with Simulator(account(1)) as sim:
        outcome = playbooks.run("huaweicloud.hss.cluster_scan_gate", *given, environ=sim.environ)
        assert outcome.status == 0, outcome.output
        assert "0 clusters of CCE are not known to HSS" in outcome.output
        denied = {"error_code": "HSS.0013", "error_description": "no", "error_msg": "no"}
        sim.inject(faults.answer(400, denied, path="/save-clusters"))
        outcome = playbooks.run("huaweicloud.hss.cluster_scan_gate", *given, environ=sim.environ)
        assert outcome.status == 2 and "Synchronising the inventory writes" in outcome.output
        assert "The gate is" not in outcome.output
