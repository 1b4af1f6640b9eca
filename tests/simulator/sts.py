# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The security token service: sessions of agencies, and who a caller is."""

from __future__ import annotations

import re
from typing import Any

from tests.simulator import body
from tests.simulator.answer import Answer, Declined, json_answer
from tests.simulator.authentication import Refused
from tests.simulator.cloud import Cloud
from tests.simulator.grants import Owner
from tests.simulator.identities import Agency
from tests.simulator.issuing import IssuedKey
from tests.simulator.request import ReceivedRequest
from tests.simulator.scenario import AccessKey, Scenario
from tests.simulator.times import format_time

_DEFAULT_DURATION = 60 * 60
_MAX_DURATION = 12 * 60 * 60
_MAX_CHAINED_DURATION = 60 * 60


def assume(request: ReceivedRequest, cloud: Cloud) -> Answer:
    caller = _signed_caller(request, cloud)
    data = body.read(request)
    maximum = _MAX_DURATION if caller.security_token is None else _MAX_CHAINED_DURATION
    duration = body.duration(data, _DEFAULT_DURATION, maximum)
    session = _session_name(data)
    agency = _agency(data, cloud.scenario)
    if not agency.trusts(cloud.scenario.owner_of(caller).domain_id) or agency.external_id != data.get("external_id"):
        raise Declined(403, "Access denied: sts:agencies:assume is not allowed.")
    return json_answer(200, _session(agency, session, duration, cloud))


def assume_with_oidc(request: ReceivedRequest, cloud: Cloud) -> Answer:
    data = body.read(request)
    duration = body.duration(data, _DEFAULT_DURATION, _MAX_DURATION)
    session, id_token = _session_name(data), body.text(data, "id_token")
    if not 4 <= len(id_token) <= 20000:
        raise Declined(400, "Invalid parameter: id_token must have 4 to 20000 characters.")
    urn = body.text(data, "provider_urn")
    provider = next((p for p in cloud.scenario.identity_providers.values() if p.urn == urn), None)
    if provider is None:
        raise Declined(404, f"Could not find identity provider: {urn}.")
    agency = _agency(data, cloud.scenario)
    if not provider.accepts(id_token):
        raise Declined(401, "The id token is invalid or has expired.")
    if not agency.trusts(provider.id):
        raise Declined(403, "Access denied: the agency does not trust the identity provider.")
    answer = _session(agency, session, duration, cloud)
    answer.update(audience="audience", provider=provider.urn, subject_from_id_token=provider.owner.name)
    return json_answer(200, answer)


def caller_identity(request: ReceivedRequest, cloud: Cloud) -> Answer:
    owner = cloud.scenario.owner_of(_signed_caller(request, cloud))
    return json_answer(200, {"account_id": owner.domain_id, "principal_urn": owner.urn, "principal_id": owner.id})


def _signed_caller(request: ReceivedRequest, cloud: Cloud) -> AccessKey:
    caller = cloud.caller(request)
    if not isinstance(caller, AccessKey):
        raise Refused("Unauthorized")
    return caller


def _session_name(data: dict[str, Any]) -> str:
    name = body.text(data, "agency_session_name")
    if not re.fullmatch(r"[\w+=,.@-]{2,128}", name, re.ASCII):
        raise Declined(400, "Invalid parameter: agency_session_name must have 2 to 128 characters of [\\w+=,.@-].")
    return name


def _agency(data: dict[str, Any], scenario: Scenario) -> Agency:
    urn = body.text(data, "agency_urn")
    agency = next((a for a in scenario.agencies.values() if a.urn == urn), None)
    if agency is None:
        raise Declined(404, f"Could not find agency: {urn}.")
    return agency


def _session(agency: Agency, name: str, duration: int, cloud: Cloud) -> dict[str, Any]:
    owner = Owner.session(agency.domain_id, agency.name, name)
    return {
        "source_identity": "",
        "assumed_agency": {"urn": owner.urn, "id": owner.id},
        "credentials": _credentials(cloud.issuer.key(agency, owner, duration)),
    }


def _credentials(key: IssuedKey) -> dict[str, str]:
    return {
        "access_key_id": key.access_key,
        "secret_access_key": key.secret_key,
        "security_token": key.security_token,
        "expiration": format_time(key.expires_at),
    }
