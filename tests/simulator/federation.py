# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: a token for the ID token of an identity provider."""

from __future__ import annotations

from tests.simulator import body
from tests.simulator.answer import Answer, Declined
from tests.simulator.cloud import Cloud
from tests.simulator.issuing import Scope
from tests.simulator.request import ReceivedRequest
from tests.simulator.scopes import requested_scope
from tests.simulator.token_answer import token_answer
from tests.simulator.tokens import DAY


def create(request: ReceivedRequest, cloud: Cloud) -> Answer:
    auth = body.mapping(body.read(request), "auth")
    id_token = body.text(body.mapping(auth, "id_token"), "id")
    name = request.headers.get("x-idp-id")
    if not name:
        raise Declined(400, "Request header X-Idp-Id is missing.", "IAM.0072")
    provider = cloud.scenario.identity_providers.get(name)
    if provider is None:
        raise Declined(404, f"Could not find identity provider: {name}.")
    if not provider.accepts(id_token):
        raise Declined(401, "The id token is invalid or has expired.")
    scope = requested_scope(auth, Scope(), provider.owner.domain_id, provider, cloud.scenario)
    token = cloud.issuer.token(
        provider, DAY, owner=provider.owner, methods=("mapped",), scope=scope, identity_provider=provider.id
    )
    return token_answer(request, token, 201)
