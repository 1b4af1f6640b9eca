# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host security service: the inventory of clusters and the statistics of their scans."""

from __future__ import annotations

from tests.simulator.answer import Answer, json_answer, to_json
from tests.simulator.clusters import REMOVED, Cluster
from tests.simulator.hss_call import HssCall


def statistics(call: HssCall) -> Answer:
    clusters = _clusters(call)
    return json_answer(
        200,
        {
            "risk_cluster_num": sum(cluster.is_risky for cluster in clusters),
            "app_vul_cluster_num": sum(cluster.is_app_vulnerable for cluster in clusters),
            "unscan_cluster_num": sum(not cluster.is_scanned for cluster in clusters),
            "all_cluster_num": len(clusters),
        },
    )


def details(call: HssCall) -> Answer:
    risk_view = call.choice("scene", ("cluster_risk",)) is not None
    agents = call.flag("load_agent_info")
    moment = call.inventory.last_update_time
    updated = b"" if moment == REMOVED else b'"last_update_time":%b,' % to_json(moment)
    rows = _clusters(call, call.text("cluster_name"))
    return call.page("cluster_info_list", rows, lambda cluster: cluster.json(risk_view, agents), updated)


def synchronise(call: HssCall) -> Answer:
    """Begin to collect the clusters. The real answer has no documented field."""
    call.inventory.synchronise(call.now)
    return Answer(200)


def _clusters(call: HssCall, name: str | None = None) -> list[Cluster]:
    return call.inventory.clusters.select(
        (call.enterprise_projects, name),
        lambda cluster: (
            cluster.is_known and call.sees(cluster.enterprise_project_id) and (name is None or name in cluster.name)
        ),
    )
