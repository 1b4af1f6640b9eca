# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Map error responses to hints for the user. Imported only by a failing run."""

from __future__ import annotations

from typing import Optional

from .error_body import Problem, code_number, is_gateway_code, is_throttled
from .models import Operation

_PERMISSION = (
    "The credential lacks a permission. Ask for a read-only HSS policy in this project; if it is granted single enterprise "
    "projects only, set enterprise_project_id to one of them (not set means the default one, 0)."
)
_WRITE_PERMISSION = (
    "Starting a scan writes, and the credential may not: ask for an HSS policy beyond a read-only one in this project; if it is "
    "granted single enterprise projects only, set enterprise_project_id to one of them."
)
_SYNC_PERMISSION = (
    "Synchronising the inventory writes, and the credential may not: ask for an HSS policy beyond a read-only one, such as HSS "
    "FullAccess, in this project; if it is granted single enterprise projects only, set enterprise_project_id to one of them."
)
_TOKEN = (
    "The token is wrong, expired or of another region (tokens live 24 hours and belong to one project). Fetch a new one for "
    "this region's project, and give the bare token, with no 'Bearer' before it."
)
_REGION = "HSS does not answer this API here: check region and endpoint, and that HSS is offered in this region."
_OTHER_REGION = "Fetch a new token for the project of this region: this one is spent, or belongs to another region."
_PROJECT = "The project is frozen or is not the one meant: check project_id and the account's state."
_ARREARS = "The calls of this account are used up or blocked: look at its quota and its balance."
_ACCESS_CONTROL = "An access control of the account refuses this host's address."
_THROTTLED = (
    "The cloud throttles these requests: other tasks or programs of the same user, or behind the same address, use up the quota. "
    "Run fewer of them at the same time, use a user of its own for this task, or try again later."
)
_LATER = "The fault is on the cloud's side. Try again later; if it stays, give the request ID to support."
_NOT_FOUND = "Not found: check project_id, region and enterprise_project_id."
_AGENCY = (
    "The credential may not assume this agency: the caller needs the Agent Operator role (sts:agencies:assume for STS), and the "
    "agency must name the caller's account."
)
_IDENTITY = (
    "The identity token is expired, or its audience, issuer or mapping is not the one that the identity provider in IAM expects. "
    "Fetch the token in the same job, just before the task."
)
_INSTANCE = "The instance has no agency, or none with permissions for HSS: set one for the ECS instance in the console."
_CCE_PERMISSION = "Grant the credential the read-only policy of CCE (cce:cluster:list) in this project."
_CCE_ABSENT = "CCE does not answer this API here: check HUAWEICLOUD_SDK_REGION_CCE_<REGION>, and that CCE is offered in this region."
_LOGIN = "The credential was refused: it is wrong, expired, disabled, or of another account or cloud. Correct it; do not just repeat it."

_EXCHANGE_HINTS = {
    ("KeystoneCreateUserTokenByPassword", 401): (
        "The user name, the password or the account name is wrong, or the user is locked, disabled, or logs in with MFA, which "
        "a task cannot. Only IAM users have a password here, HUAWEI IDs and federated users do not. Do not just repeat it: wrong "
        "passwords lock the user."
    ),
    ("KeystoneCreateUserTokenByPassword", 403): "The user may not enter this project, or may not log in by API.",
    (
        "KeystoneCreateUserTokenByPassword",
        404,
    ): "IAM knows no such account or project: check domain_name and the project.",
    ("CreateTemporaryAccessKeyByAgency", 403): _AGENCY,
    ("CreateTemporaryAccessKeyByAgency", 404): (
        "IAM knows no such agency in that account: check agency_name, and agency_domain_name or agency_domain_id."
    ),
    ("AssumeAgency", 403): f"{_AGENCY} If its trust policy asks for an external ID, set agency_external_id.",
    ("AssumeAgency", 404): "There is no such agency in that account: check agency_name and agency_domain_id.",
    ("AssumeAgencyWithOIDC", 400): _IDENTITY,
    ("AssumeAgencyWithOIDC", 401): _IDENTITY,
    ("AssumeAgencyWithOIDC", 403): (
        "The agency does not trust this identity: its trust policy must name the identity provider, and allow the subject and the "
        "audience of the token."
    ),
    ("AssumeAgencyWithOIDC", 404): (
        "There is no such identity provider or agency: check HUAWEICLOUD_OIDC_PROVIDER_URN and HUAWEICLOUD_OIDC_AGENCY_URN."
    ),
    ("CreateTokenWithIdToken", 400): _IDENTITY,
    ("CreateTokenWithIdToken", 401): _IDENTITY,
    ("CreateTokenWithIdToken", 403): _IDENTITY,
    ("CreateTokenWithIdToken", 404): "IAM knows no such identity provider: check the provider's ID.",
    (
        "CreateTemporaryAccessKeyByToken",
        403,
    ): "The user of this token may not get temporary keys: ask for the permission in IAM.",
    ("CreateMetadataToken", 401): _INSTANCE,
    ("CreateMetadataToken", 403): _INSTANCE,
    ("ShowSecurityKey", 401): _INSTANCE,
    ("ShowSecurityKey", 404): _INSTANCE,
    ("CreatePodCredentials", 401): "The pod's token was refused: is the service account bound to an agency?",
    ("CreatePodCredentials", 403): "The pod's token was refused: is the service account bound to an agency?",
}
_GATEWAY_HINTS = {
    "0101": _REGION,
    "0302": _PERMISSION,
    "0306": _PERMISSION,
    "0307": _OTHER_REGION,
    "0308": _THROTTLED,
    "0310": _PROJECT,
    "0401": _ACCESS_CONTROL,
    "0402": _ACCESS_CONTROL,
    "0501": _ARREARS,
    "0502": _ARREARS,
    "0801": "HSS is not offered in this region, or the region is not the one meant.",
    "0802": "The user may not use this region: ask the account's administrator for the region's authorization.",
}
_HSS_HINTS = {
    "0001": "A parameter was refused: check project_id and enterprise_project_id.",
    "0010": _PERMISSION,
    "0011": _NOT_FOUND,
    "0013": _PERMISSION,
    "0016": (
        "HSS could not call CCE to reach the cluster. Try again later; if it stays, check in the HSS console that HSS is authorized to "
        "access CCE, and in CCE that the cluster is available."
    ),
    # Seen, but missing in the published table of error codes: that their text says the cause is an assumption.
    **{
        code: (
            f"HSS.{code} is not in the published table of error codes: follow the text of the answer. If it names no cause, try again "
            "later, then give the request ID to support."
        )
        for code in ("0009", "0015", "0017")
    },
    **dict.fromkeys(("1004", "1006", "1008", "1017", "1019", "1021"), _LATER),
}
# The gateway's 0301, 0303 and 0305 differ only in their text. The first match wins.
_AUTHENTICATION_TEXTS = (
    (
        "reach the limit",
        "The access key is locked for 5 minutes after five refused signatures in a row. Stop everything that uses it, correct "
        "the secret key, wait 5 minutes, then try once.",
    ),
    (
        "signature expired",
        "The clock of the host that runs the module is off by more than 15 minutes: synchronise it (NTP). A clock set to "
        "local time but taken for UTC does this.",
    ),
    (
        "verify aksk signature fail",
        "The secret key does not belong to this access key. Correct it before trying again: five refusals in a row lock the "
        "access key for 5 minutes.",
    ),
    (
        "not exist",
        "The access key is unknown, disabled, or of another cloud; or it is a temporary one and its security token is missing.",
    ),
    ("decrypt token fail", _TOKEN),
    (
        "x-auth-token not found",
        "The credential did not arrive with the request: is there a proxy in between that strips headers?",
    ),
)


def hint_for(status: int, problem: Problem, operation: Operation) -> Optional[str]:
    """Return the next action for an error response, or None if no action is known."""
    hint = _hint(status, problem, operation)
    if problem.encoded_length is None:
        return hint
    encoded = (
        f"The answer also has an encoded_authorization_message of {problem.encoded_length} characters, which is not shown: it names the "
        "policy that denied the call, and STS can decode it (DecodeAuthorizationMessage)."
    )
    return f"{hint} {encoded}" if hint else encoded


def _hint(status: int, problem: Problem, operation: Operation) -> Optional[str]:
    """Return the hint for the status, the code and the text of an error response, or None."""
    service = operation.service
    text = (problem.text or "").lower()
    if 300 <= status < 400:
        return "Redirects are not followed, since the credential would travel along: check endpoint and proxy settings."
    if is_throttled(status, problem.code):
        return _THROTTLED
    # If the gateway rejected a signed exchange, its error code is more precise.
    if service == "CCE" and status in (403, 404):
        is_absent = status == 404 or code_number(problem.code) == "0801"
        return _CCE_ABSENT if is_absent else _CCE_PERMISSION
    if not is_gateway_code(problem.code) and (operation.name, status) in _EXCHANGE_HINTS:
        return _EXCHANGE_HINTS[operation.name, status]
    if is_gateway_code(problem.code):
        if code_number(problem.code) in ("0301", "0303", "0305"):
            return next((hint for part, hint in _AUTHENTICATION_TEXTS if part in text), _LOGIN)
        known = _GATEWAY_HINTS.get(code_number(problem.code))
    else:
        known = _HSS_HINTS.get(code_number(problem.code)) if service == "HSS" else None
    hint = known or _hint_for_status(status, service)
    # Operations that are not idempotent write.
    if hint is _PERMISSION and operation.name == "CreateClustersInfo":
        return _SYNC_PERMISSION
    return _WRITE_PERMISSION if hint is _PERMISSION and not operation.idempotent else hint


def _hint_for_status(status: int, service: str) -> Optional[str]:
    """Return the hint for a response whose error code is unknown, or None."""
    if status == 401:
        return _LOGIN
    if status == 403:
        return _PERMISSION if service == "HSS" else "The credential lacks a permission in IAM."
    if status == 404:
        return {"HSS": _REGION, "STS": "Check HUAWEICLOUD_SDK_STS_ENDPOINT."}.get(service, "Check iam_endpoint.")
    if status in (414, 494):
        return (
            "The headers are too long for the gateway, as with a very long token: fetch it with nocatalog, or use keys."
        )
    if status == 407:
        return "The proxy asks for a login: check the proxy variables of the host that runs the module."
    return _LATER if status >= 500 else None
