# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata service of an instance: its tokens, and the temporary keys of the instance's agency."""

from __future__ import annotations

from tests.simulator.answer import Answer, Declined, json_answer, text_answer
from tests.simulator.cloud import Cloud
from tests.simulator.grants import Owner
from tests.simulator.identities import Metadata
from tests.simulator.request import ReceivedRequest
from tests.simulator.temporary_keys import credential


def create_token(request: ReceivedRequest, cloud: Cloud) -> Answer:
    if _metadata(cloud).token_mode == "absent":
        raise Declined(404, "404 Not Found")
    seconds = request.headers.get("x-metadata-token-ttl-seconds", "")
    if not (seconds.isascii() and seconds.isdigit() and int(seconds) > 0):
        raise Declined(400, "400 Bad Request: X-Metadata-Token-Ttl-Seconds")
    return text_answer(200, cloud.issuer.metadata_token(int(seconds)))


def security_key(request: ReceivedRequest, cloud: Cloud) -> Answer:
    metadata = _metadata(cloud)
    sent = request.headers.get("x-metadata-token")
    checked = metadata.token_mode == "required" or (metadata.token_mode == "optional" and sent is not None)
    if checked and not cloud.issuer.accepts_metadata_token(sent or ""):
        raise Declined(401, "401 Unauthorized")
    if metadata.agency is None:
        raise Declined(401, "401 Unauthorized: Please configure Cloud Service Agency first")
    agency = cloud.scenario.agency_named(metadata.agency)
    owner = Owner.session(agency.domain_id, agency.name, "instance")
    answer = json_answer(200, credential(cloud.issuer.key(agency, owner, metadata.lifetime)))
    answer.from_cloud = False
    return answer


def _metadata(cloud: Cloud) -> Metadata:
    if cloud.scenario.metadata is None:
        raise Declined(404, "404 Not Found")
    return cloud.scenario.metadata
