# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route operations to services."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulator import (
    cce,
    federation,
    hss,
    iam,
    instance_metadata,
    pod_identity,
    sts,
    temporary_keys,
    tokens,
)
from tests.simulator.answer import Answer
from tests.simulator.cloud import Cloud
from tests.simulator.request import ReceivedRequest

Route = Callable[[ReceivedRequest, Cloud], Answer]


def _iam(request: ReceivedRequest, cloud: Cloud) -> Answer:
    return iam.answer(request, cloud.caller(request), cloud.scenario)


_ROUTES: dict[tuple[str, str], Route] = {
    **{("GET", path): _iam for path in iam.OPERATIONS},
    ("POST", "/v3/auth/tokens"): tokens.create,
    ("GET", "/v3/auth/tokens"): tokens.validate,
    ("POST", "/v3.0/OS-CREDENTIAL/securitytokens"): temporary_keys.create,
    ("POST", "/v3.0/OS-AUTH/id-token/tokens"): federation.create,
    ("POST", "/v5/agencies/assume"): sts.assume,
    ("POST", "/v5/agencies/assume-with-oidc"): sts.assume_with_oidc,
    ("GET", "/v5/caller-identity"): sts.caller_identity,
    ("PUT", "/meta-data/latest/api/token"): instance_metadata.create_token,
    ("GET", "/openstack/latest/securitykey"): instance_metadata.security_key,
    ("POST", "/pod-identity/credentials"): pod_identity.credentials,
}


def find(request: ReceivedRequest) -> Route | None:
    return hss.find(request) or cce.find(request) or _ROUTES.get((request.method, request.operation))
