# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent that gives the pods of a node temporary keys; the shape is that of the tests of the vendor's Java SDK."""

from __future__ import annotations

from tests.simulator import body
from tests.simulator.answer import Answer, Declined, json_answer
from tests.simulator.cloud import Cloud
from tests.simulator.grants import Owner
from tests.simulator.request import ReceivedRequest
from tests.simulator.times import format_time


def credentials(request: ReceivedRequest, cloud: Cloud) -> Answer:
    pod = cloud.scenario.pods.get(request.headers.get("authorization", ""))
    if pod is None:
        raise Declined(401, "401 Unauthorized")
    body.read(request)
    agency = cloud.scenario.agency_named(pod.agency)
    owner = Owner.session(agency.domain_id, agency.name, "pod")
    key = cloud.issuer.key(agency, owner, pod.lifetime)
    answer = json_answer(
        200,
        {
            "assumedAgency": {"urn": owner.urn, "id": owner.id},
            "audience": "pod-identity",
            "credentials": {
                "accessKeyId": key.access_key,
                "secretAccessKey": key.secret_key,
                "securityToken": key.security_token,
                "expiration": format_time(key.expires_at),
            },
            "podIdentityAssociationId": "association-1",
            "subject": {"namespace": "default", "serviceAccount": "ansible"},
        },
    )
    answer.from_cloud = False
    return answer
