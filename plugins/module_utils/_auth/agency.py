# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the options of an agency, and fetch its temporary keys with the credential that may assume it.

Source: https://support.huaweicloud.com/intl/en-us/api-iam/, CreateTemporaryAccessKeyByAgency; api-iam5, AssumeAgency.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from .._errors import ConfigurationError, RefusedError
from .._http.models import Operation
from .._settings import MAX_DURATION, project_id_problem
from .credentials import Agency, Credential
from .exchange import POST_SUCCESS_STATUSES, CredentialExchange
from .temporary_keys import (
    MAX_STS_DURATION,
    IssuedKeys,
    TemporaryKeys,
    read_duration,
    read_keys,
    require_sts,
)
from .values import Values

SESSION_NAME = "huaweicloud-hss"

# Idempotent: each response has keys of its own.
_BY_AGENCY = Operation("IAM", "CreateTemporaryAccessKeyByAgency", success_statuses=POST_SUCCESS_STATUSES)
_ASSUME = Operation("STS", "AssumeAgency", success_statuses=POST_SUCCESS_STATUSES)
_DOMAINS = Operation("IAM", "KeystoneListAuthDomains")


def read_agency(
    values: Values, name: str, domain_name: str, domain_id: str, duration: str, external_id: Optional[str] = None
) -> Agency:
    """Return the agency that these options or variables name, at least one of which is set.

    Raises ConfigurationError if a part is missing.
    """
    names_set = values.given(name, domain_name, domain_id, *([external_id] if external_id else []))
    values.required(name, names_set)
    if not values.given(domain_name, domain_id):
        raise ConfigurationError(
            f"{values.origin(name)} is set, but neither {domain_name} nor {domain_id} names the account that created the agency.",
            hint="Give the name or the ID of that account.",
        )
    agency = named_agency(values, name, domain_name, domain_id, read_duration(values, duration, MAX_DURATION))
    secret = values.name(external_id) if external_id else None
    if secret and not agency.domain_id:
        raise ConfigurationError(
            f"{values.origin(external_id or '')} is set, which only STS takes, and STS needs the ID of the agency's account: "
            f"{domain_id} is missing.",
            hint=f"Give {domain_id} in place of {domain_name}.",
        )
    return agency._replace(external_id=secret)


def named_agency(values: Values, name: str, domain_name: str, domain_id: str, seconds: int) -> Agency:
    """Return the agency from the named values, checked. The caller decides which of them are required. `seconds`: duration.

    Raises ConfigurationError if a value is invalid, or if the account is named twice: both may differ, and one would be ignored.
    """
    if len(values.given(domain_name, domain_id)) > 1:
        raise ConfigurationError(
            f"{values.origin(domain_name)} and {values.origin(domain_id)} are both given, and may name two accounts.",
            hint="Give one of them.",
        )
    account = values.name(domain_id)
    if account and project_id_problem(account):
        raise ConfigurationError(f"{values.origin(domain_id)} must be an account ID: letters, digits, - and _ only.")
    return Agency(values.name(name) or "", values.name(domain_name), account, seconds)


def assume_agency(caller: Credential, agency: Agency, exchange: CredentialExchange) -> TemporaryKeys:
    """Return the keys of the agency, which are fetched at first use with the credential `caller`.

    STS issues them if the ID of the account is set and the caller signs, as in Terraform, and IAM otherwise. Raises
    ConfigurationError if there is an external ID, which only STS takes, and the caller does not sign.
    """
    if agency.external_id and not caller.signs:
        raise ConfigurationError(
            "agency_external_id is set, which only STS takes, and STS takes signed requests only: the credential is a token or a "
            "password.",
            hint="Use a credential with keys, such as access_key and secret_key.",
        )

    def fetch() -> IssuedKeys:
        """Fetch the keys from STS or IAM."""
        sts = exchange.sts_url() if agency.domain_id and caller.signs else None
        if agency.external_id:
            sts = require_sts(sts, "agency_external_id is set")
        return _by_sts(caller, agency, exchange, sts) if sts else _by_iam(caller, agency, exchange)

    return TemporaryKeys(fetch)


def _by_iam(caller: Credential, agency: Agency, exchange: CredentialExchange) -> IssuedKeys:
    """Fetch the keys of the agency from IAM."""
    account = {"domain_id": agency.domain_id} if agency.domain_id else {"domain_name": agency.domain_name}
    role = {"agency_name": agency.name, **account, "duration_seconds": agency.duration}
    body = {"auth": {"identity": {"methods": ["assume_role"], "assume_role": role}}}
    headers = _caller_domain(caller, exchange) if caller.signs else {}
    url = f"{exchange.iam_url()}/v3.0/OS-CREDENTIAL/securitytokens"
    response, data = exchange.post(_BY_AGENCY, url, body, headers, caller.authorise, caller.renew)
    return read_keys(data, _BY_AGENCY, exchange, response.request_id)


def _by_sts(caller: Credential, agency: Agency, exchange: CredentialExchange, sts_url: str) -> IssuedKeys:
    """Fetch the keys of the agency from STS. Raises ConfigurationError if the duration is above MAX_STS_DURATION."""
    if agency.duration > MAX_STS_DURATION:
        raise ConfigurationError(f"agency_duration may be at most {MAX_STS_DURATION} with an account ID (STS).")
    body: Dict[str, Any] = {
        "agency_urn": f"iam::{agency.domain_id}:agency:{agency.name}",
        "agency_session_name": SESSION_NAME,
        "duration_seconds": agency.duration,
    }
    if agency.external_id:
        body["external_id"] = agency.external_id
    response, data = exchange.post(_ASSUME, f"{sts_url}/v5/agencies/assume", body, {}, caller.authorise, caller.renew)
    return read_keys(data, _ASSUME, exchange, response.request_id)


def _caller_domain(caller: Credential, exchange: CredentialExchange) -> Mapping[str, str]:
    """Return the header with the account of the caller, which signed calls of global services have.

    It is uncertain whether IAM requires it, so the header is left out if the account cannot be determined.
    """
    domains: Any = None
    try:
        domains = exchange.get(_DOMAINS, f"{exchange.iam_url()}/v3/auth/domains", caller.authorise, caller.renew)
    except RefusedError as error:
        # A rejected credential is final: each further attempt counts towards the lock of the key. An error of the caller's own
        # exchange is not an answer to this query.
        if error.operation != _DOMAINS.name or error.status_code not in (
            403,
            404,
        ):  # pragma: no branch - other errors: continue without the account
            raise
    records = domains.get("domains") if domains else None
    first: Dict[str, Any] = records[0] if isinstance(records, list) and records and isinstance(records[0], dict) else {}
    domain_id = first.get("id")
    return {"X-Domain-Id": domain_id} if isinstance(domain_id, str) and not project_id_problem(domain_id) else {}
