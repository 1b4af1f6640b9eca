# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host security service: the lists of risks and of what they concern."""

from __future__ import annotations

from tests.simulator.answer import Answer, to_json
from tests.simulator.hss_call import MAX_ID_LENGTH, HssCall, invalid, not_found
from tests.simulator.risks import CATEGORIES, LEVELS, TYPES, Risk

_MAX_NAME_LENGTH = 128


def risks(call: HssCall) -> Answer:
    type_ = call.choice("risk_type", TYPES)
    status = call.choice("risk_status", ("risky",))
    level = call.choice("risk_level", LEVELS)
    category = call.choice("risk_category", CATEGORIES)
    cluster_id, cluster_name = call.text("cluster_id", MAX_ID_LENGTH), call.text("cluster_name", _MAX_NAME_LENGTH)
    name = call.text("risk_name", _MAX_NAME_LENGTH)

    def wanted(risk: Risk) -> bool:
        return (
            not risk.hidden
            and call.sees(risk.cluster.enterprise_project_id)
            and type_ in (None, risk.type)
            and (status is None or risk.num > 0)
            and level in (None, risk.level)
            and category in (None, risk.category)
            and cluster_id in (None, risk.cluster.id)
            and (cluster_name is None or cluster_name in risk.cluster.name)
            and (name is None or name in risk.name)
        )

    key = (call.enterprise_projects, type_, status, level, category, cluster_id, cluster_name, name)
    return call.page("data_list", call.inventory.risks.select(key, wanted), Risk.json)


def affected_resources(call: HssCall) -> Answer:
    (risk_id,) = call.names
    if len(risk_id) > MAX_ID_LENGTH:
        raise invalid("risk_id")
    cluster_id, name = call.text("cluster_id", MAX_ID_LENGTH), call.text("resource_name")
    exact = {"resource_type": call.text("resource_type"), "namespace": call.text("namespace")}
    found = [
        risk
        for risk in call.inventory.risks.rows
        if risk.id == risk_id and not risk.hidden and call.sees(risk.cluster.enterprise_project_id)
    ]
    if not found:
        raise not_found("risk_id")
    resources = [
        resource
        for risk in found
        if cluster_id in (None, risk.cluster.id)
        for resource in risk.resources()
        if (name is None or name in resource["resource_name"])
        and all(value in (None, resource[key]) for key, value in exact.items())
    ]
    return call.page("data_list", resources, to_json)
