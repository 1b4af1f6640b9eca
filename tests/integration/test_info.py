# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List clusters and risks by name with real ansible-playbook."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from tests.simulator import DEMO_AK, DEMO_SK, Simulator, cluster, faults, risk, scenario

CLUSTERS = "huaweicloud.hss.hss_cluster_info"
RISKS = "huaweicloud.hss.hss_cluster_risk_info"


SCENARIO = scenario(
    clusters=[cluster("fresh", 60), cluster("old", 10 * 86400), cluster("never")],
    cluster_groups=[{"count": 500, "name": "batch"}],
    risks=[risk("fresh", "Open port", num=2), risk("old", "Open port"), risk("fresh", "Old version", level="low")],
)


def play(sim: Simulator, *tasks: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Return a play that sets the shared options by the action group."""
    shared = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url}
    keys = {"access_key": "{{ ak }}", "secret_key": "{{ sk }}"}
    defaults = {"group/huaweicloud.hss.hss": {**shared, **keys}}
    return [{"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": list(tasks)}]


def tasks() -> List[Dict[str, Any]]:
    conditions = [
        "every.clusters | length == 503",
        "unscanned.clusters | map(attribute='cluster_name') | list == ['never']",
        "unscanned.clusters[0].last_scan is none",
        "stale.clusters | map(attribute='cluster_name') | list == ['old']",
        "(stale.clusters[0].last_scan | to_datetime('%Y-%m-%dT%H:%M:%SZ')).year > 2000",
        "stale.clusters[0].scan_state == 'stale'",
        "risks.risks | map(attribute='risk_name') | list == ['Open port', 'Old version']",
        "risks.risks[0].affected_resources | map(attribute='resource_name') | list == ['pod-1', 'pod-2']",
        "every is not changed and risks is not changed",
        "every.auth_source == 'aksk' and every.region == 'cn-north-4'",
    ]
    return [
        {CLUSTERS: {}, "register": "every"},
        {CLUSTERS: {"scan_state": "unscanned"}, "register": "unscanned"},
        {CLUSTERS: {"scan_state": "stale", "max_scan_age": "7d"}, "register": "stale"},
        {CLUSTERS: {"cluster_name": "fresh"}, "register": "one"},
        {
            RISKS: {"cluster_id": "{{ one.clusters[0].cluster_id }}", "affected_resources": True},
            "register": "risks",
        },
        {"ansible.builtin.assert": {"that": conditions}},
    ]


@pytest.mark.parametrize("mode", [(), ("--check", "--diff")], ids=["run", "check"])
def test_clusters_and_risks_by_name(playbooks: Any, sim: Simulator, mode: Any) -> None:
    outcome = playbooks.run(play(sim, *tasks()), *mode, variables={"ak": DEMO_AK, "sk": DEMO_SK})
    assert outcome.status == 0, outcome.output
    assert not any(result.get("changed") or "ansible_facts" in result for result in outcome.results)
    assert DEMO_SK not in outcome.output + outcome.log + outcome.raw_results
    assert {request.method for request in sim.requests} == {"GET"}


def test_a_list_that_never_settles_fails_the_play(playbooks: Any, sim: Simulator) -> None:
    sim.inject(faults.drift(path="kubernetes/clusters"))
    todo = [{CLUSTERS: {}}, {"ansible.builtin.debug": {"msg": "went on"}}]
    outcome = playbooks.run(play(sim, *todo), "-vvv", variables={"ak": DEMO_AK, "sk": DEMO_SK})
    assert outcome.status == 2 and "the list changed during each of 5 readings" in outcome.output, outcome.output
    assert "went on" not in outcome.output and "Traceback" not in outcome.output
    assert DEMO_SK not in outcome.output + outcome.log + outcome.raw_results
