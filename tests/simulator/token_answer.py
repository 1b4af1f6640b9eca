# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body that describes a token."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from tests.simulator.answer import Answer, iam_answer
from tests.simulator.grants import Owner, account_name
from tests.simulator.issuing import IssuedToken, Scope
from tests.simulator.request import ReceivedRequest
from tests.simulator.times import format_time


def token_answer(request: ReceivedRequest, token: IssuedToken, status: int) -> Answer:
    answer = iam_answer({"token": _described(token, with_catalog=not _wants_no_catalog(request))}, status)
    answer.headers["X-Subject-Token"] = token.token
    return answer


def _wants_no_catalog(request: ReceivedRequest) -> bool:
    return bool(parse_qs(request.query).get("nocatalog"))


def _described(token: IssuedToken, with_catalog: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "methods": list(token.methods),
        "issued_at": format_time(token.issued_at),
        "expires_at": format_time(token.expires_at),
        "user": _user(token.owner),
    }
    if token.identity_provider is not None:
        result["user"]["OS-FEDERATION"] = {
            "identity_provider": {"id": token.identity_provider},
            "protocol": {"id": "oidc"},
            "groups": [],
        }
    if token.assumed_by is not None:
        result["assumed_by"] = {"user": _user(token.assumed_by)}
    project = token.scope.project
    if project is not None:
        result["project"] = {"id": project.id, "name": project.name, "domain": _domain(project.domain_id)}
    elif token.scope.domain_id is not None:
        result["domain"] = _domain(token.scope.domain_id)
    if token.scope != Scope():
        result["roles"] = [{"id": "0", "name": "te_admin"}]
        if with_catalog:
            result["catalog"] = _catalog(token.scope)
    return result


def _user(owner: Owner) -> dict[str, Any]:
    return {"id": owner.id, "name": owner.name, "password_expires_at": "", "domain": _domain(owner.domain_id)}


def _domain(domain_id: str) -> dict[str, str]:
    return {"id": domain_id, "name": account_name(domain_id)}


def _catalog(scope: Scope) -> list[dict[str, Any]]:
    project = scope.project
    if project is None:
        return [_service("iam", "*", "https://iam.myhuaweicloud.com/v3")]
    url = f"https://hss.{project.region}.myhuaweicloud.com/v5/{project.id}"
    return [_service("hss", project.region, url)]


def _service(name: str, region: str, url: str) -> dict[str, Any]:
    endpoint = {"id": f"endpoint-{name}", "interface": "public", "region": region, "region_id": region, "url": url}
    return {"type": name, "id": f"service-{name}", "name": name, "endpoints": [endpoint]}
