# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: temporary access keys by agency and by token."""

from __future__ import annotations

from tests.simulator import body
from tests.simulator.agencies import IAM_SESSION, assume
from tests.simulator.answer import Answer, Declined, iam_answer
from tests.simulator.cloud import Cloud
from tests.simulator.grants import Owner
from tests.simulator.issuing import IssuedKey
from tests.simulator.request import ReceivedRequest
from tests.simulator.times import format_time

_DEFAULT_DURATION = 900
_MAX_DURATION = 24 * 60 * 60


def create(request: ReceivedRequest, cloud: Cloud) -> Answer:
    identity = body.mapping(body.read(request), "auth", "identity")
    methods = identity.get("methods")
    if methods == ["assume_role"]:
        caller = cloud.scenario.owner_of(cloud.caller(request))
        role = body.mapping(identity, "assume_role")
        duration = body.duration(role, _DEFAULT_DURATION, _MAX_DURATION)
        agency = assume(role, caller, cloud.scenario)
        key = cloud.issuer.key(agency, Owner.session(agency.domain_id, agency.name, IAM_SESSION), duration)
    elif methods == ["token"]:
        given = body.mapping(identity, "token") if "token" in identity else {}
        duration = body.duration(given, _DEFAULT_DURATION, _MAX_DURATION)
        token = cloud.token(body.text(given, "id") if "id" in given else request.headers.get("x-auth-token", ""))
        key = cloud.issuer.key(token, cloud.scenario.owner_of(token), duration)
    else:
        raise Declined(400, "Request body is invalid: 'methods' must be assume_role or token.")
    return iam_answer(credential(key), 201)


def credential(key: IssuedKey) -> dict[str, dict[str, str]]:
    return {
        "credential": {
            "access": key.access_key,
            "secret": key.secret_key,
            "securitytoken": key.security_token,
            "expires_at": format_time(key.expires_at),
        }
    }
