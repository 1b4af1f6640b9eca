# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway in front of a project of a region: who gets in, and how the others are refused."""

from __future__ import annotations

from tests.simulator.answer import Answer, Declined, gateway_error, hss_access_denied
from tests.simulator.cloud import Cloud
from tests.simulator.grants import Grants
from tests.simulator.request import ReceivedRequest
from tests.simulator.scenario import Project, Token


def project_of(request: ReceivedRequest, cloud: Cloud, grants: Grants) -> Project | Answer:
    """Return the project of a request, or the refusal."""
    if grants.region is not None and request.region not in (None, grants.region):
        return gateway_error(request, 401, "APIGW.0307", "The token must be updated")
    project = cloud.scenario.projects.get(request.project_id or "")
    if project is None or not grants.may_use(project.id):
        return _denied(request)
    if request.region is not None and request.region != project.region:
        if isinstance(grants, Token):
            return gateway_error(request, 401, "APIGW.0307", "The token must be updated")
        return _denied(request)
    if not project.enabled:
        return gateway_error(request, 403, "APIGW.0310", "The project is unavailable")
    return project


def _denied(request: ReceivedRequest) -> Answer:
    if request.service == "CCE":
        raise Declined(403, "Forbidden: the project is not one of the caller's.")
    return hss_access_denied()
