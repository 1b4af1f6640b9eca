# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: tokens by password, by agency, by token; validation of a token."""

from __future__ import annotations

import hmac
from typing import Any

from tests.simulator import body
from tests.simulator.agencies import IAM_SESSION, assume
from tests.simulator.answer import Answer, Declined
from tests.simulator.authentication import Refused
from tests.simulator.cloud import Cloud
from tests.simulator.grants import Owner
from tests.simulator.identities import User
from tests.simulator.issuing import IssuedToken, Scope
from tests.simulator.request import ReceivedRequest
from tests.simulator.scenario import Scenario, Token
from tests.simulator.scopes import requested_scope
from tests.simulator.token_answer import token_answer

DAY = 24 * 60 * 60


def create(request: ReceivedRequest, cloud: Cloud) -> Answer:
    auth = body.mapping(body.read(request), "auth")
    identity = body.mapping(auth, "identity")
    methods = identity.get("methods")
    if methods == ["password"]:
        token = _by_password(auth, identity, cloud)
    elif methods == ["assume_role"]:
        token = _by_agency(auth, identity, cloud, cloud.scenario.owner_of(cloud.caller(request)))
    elif methods == ["token"]:
        token = _by_token(auth, identity, cloud)
    else:
        raise Declined(400, "Request body is invalid: 'methods' must be one of password, assume_role, token.")
    return token_answer(request, token, 201)


def validate(request: ReceivedRequest, cloud: Cloud) -> Answer:
    cloud.caller(request)
    try:
        token = cloud.token(request.headers.get("x-subject-token", ""))
    except Refused as refusal:
        raise Declined(400, "X-Subject-Token is invalid in the request.", "IAM.0009") from refusal
    return token_answer(request, token if isinstance(token, IssuedToken) else _as_issued(token, cloud), 200)


def _by_password(auth: dict[str, Any], identity: dict[str, Any], cloud: Cloud) -> IssuedToken:
    given = body.mapping(identity, "password", "user")
    password = body.text(given, "password")
    user = _find_user(given, cloud.scenario)
    wrong = Declined(401, "The username or password is wrong.")
    if user is None:
        raise wrong
    if user.locked or cloud.passwords.is_locked(user.owner.id):
        raise Declined(401, "The user is locked: too many wrong passwords.")
    if not hmac.compare_digest(user.password.encode(), password.encode("utf-8", "surrogatepass")):
        cloud.passwords.failed(user.owner.id)
        raise wrong
    if user.disabled:
        raise Declined(401, "The user is disabled.")
    cloud.passwords.succeeded(user.owner.id)
    account = user.owner.domain_id
    scope = requested_scope(auth, Scope(domain_id=account), account, user, cloud.scenario)
    return cloud.issuer.token(user, DAY, owner=user.owner, methods=("password",), scope=scope)


def _find_user(given: dict[str, Any], scenario: Scenario) -> User | None:
    if "id" in given:
        return scenario.users.get(body.text(given, "id"))
    name, domain = body.text(given, "name"), body.mapping(given, "domain")
    if "id" in domain:
        account = scenario.account(domain_id=body.text(domain, "id"))
    else:
        account = scenario.account(name=body.text(domain, "name"))
    return next((u for u in scenario.users.values() if (u.owner.domain_id, u.owner.name) == (account, name)), None)


def _by_agency(auth: dict[str, Any], identity: dict[str, Any], cloud: Cloud, caller: Owner) -> IssuedToken:
    agency = assume(body.mapping(identity, "assume_role"), caller, cloud.scenario)
    scope = requested_scope(auth, Scope(domain_id=agency.domain_id), agency.domain_id, agency, cloud.scenario)
    owner = Owner.session(agency.domain_id, agency.name, IAM_SESSION)
    return cloud.issuer.token(agency, DAY, owner=owner, methods=("assume_role",), scope=scope, assumed_by=caller)


def _by_token(auth: dict[str, Any], identity: dict[str, Any], cloud: Cloud) -> IssuedToken:
    given = cloud.token(body.text(body.mapping(identity, "token"), "id"))
    owner = cloud.scenario.owner_of(given)
    scope = requested_scope(auth, Scope(domain_id=owner.domain_id), owner.domain_id, given, cloud.scenario)
    details: dict[str, Any] = {}
    if isinstance(given, IssuedToken):
        # A token does not outlive the one that it was made of, else it could be renewed for ever.
        details = {
            "latest": given.expires_at,
            "assumed_by": given.assumed_by,
            "identity_provider": given.identity_provider,
        }
    return cloud.issuer.token(given, DAY, owner=owner, methods=("token",), scope=scope, **details)


def _as_issued(token: Token, cloud: Cloud) -> IssuedToken:
    """Parse a token of the scenario; its scope defaults to its only project."""
    owner = cloud.scenario.owner_of(token)
    projects = [p for p in cloud.scenario.projects.values() if token.may_enter(p.id)]
    scope = Scope(project=projects[0]) if len(projects) == 1 else Scope(domain_id=owner.domain_id)
    return cloud.issuer.described(token, token.token, DAY, owner=owner, methods=("password",), scope=scope)
