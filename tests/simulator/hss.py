# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host security service: the statistics of cluster scans."""

from __future__ import annotations

from urllib.parse import parse_qs

from tests.simulator.answer import Answer, gateway_error, hss_access_denied, hss_error, json_answer
from tests.simulator.grants import Grants
from tests.simulator.request import ReceivedRequest
from tests.simulator.scenario import Counts, Scenario, Token

_DEFAULT_ENTERPRISE_PROJECT = "0"
_ALL_GRANTED = "all_granted_eps"


def answer(request: ReceivedRequest, grants: Grants, scenario: Scenario) -> Answer:
    if grants.region is not None and request.region not in (None, grants.region):
        return gateway_error(request, 401, "APIGW.0307", "The token must be updated")
    project = scenario.projects.get(request.statistics_of or "")
    if project is None or not grants.may_use(project.id):
        return hss_access_denied()
    if request.region is not None and request.region != project.region:
        if isinstance(grants, Token):
            return gateway_error(request, 401, "APIGW.0307", "The token must be updated")
        return hss_access_denied()
    if not project.enabled:
        return gateway_error(request, 403, "APIGW.0310", "The project is unavailable")

    values = parse_qs(request.query, keep_blank_values=True).get("enterprise_project_id", [_DEFAULT_ENTERPRISE_PROJECT])
    wanted = values[0]
    if len(values) != 1 or not 1 <= len(wanted) <= 256:
        return hss_error("HSS.0001", "参数错误 (invalid parameter: enterprise_project_id)")
    if wanted == _ALL_GRANTED:
        visible = [counts for eps, counts in project.counts.items() if grants.may_see(eps)]
        return json_answer(200, sum(visible, Counts()).as_answer())
    if not grants.may_see(wanted):
        return hss_error("HSS.0013", "权限不足 (insufficient permissions)")
    return json_answer(200, project.counts.get(wanted, Counts()).as_answer())
