# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exchange an identity token (OIDC) for temporary keys, as the vendor's SDK does. No secret needs to be stored.

IAM gives keys of a federated user, STS those of an agency. Sources: https://support.huaweicloud.com/intl/en-us/api-iam/,
CreateTokenWithIdToken and CreateTemporaryAccessKeyByToken; api-iam5, AssumeAgencyWithOIDC.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Tuple

from .._errors import ConfigurationError
from .._http.models import Operation
from .._paths import secret_in_place_of_path
from .exchange import POST_SUCCESS_STATUSES, CredentialExchange
from .files import read_file
from .temporary_keys import MAX_STS_DURATION, IssuedKeys, TemporaryKeys, read_duration, read_keys, require_sts
from .user_tokens import subject_token
from .values import Values, token_value

DURATION = 21600  # seconds, as the SDK asks for
_TOKEN = Operation("IAM", "CreateTokenWithIdToken", success_statuses=POST_SUCCESS_STATUSES)
_KEYS = Operation("IAM", "CreateTemporaryAccessKeyByToken", success_statuses=POST_SUCCESS_STATUSES)
_ASSUME = Operation("STS", "AssumeAgencyWithOIDC", success_statuses=POST_SUCCESS_STATUSES)

SESSION_NAME = "oidc-sts-session"  # as in the SDK
SESSION_NAME_VARIABLE = "HUAWEICLOUD_OIDC_SESSION_NAME"
DURATION_VARIABLE = "HUAWEICLOUD_OIDC_DURATION_SECONDS"
POLICY_VARIABLE = "HUAWEICLOUD_OIDC_POLICY"
POLICY_IDS_VARIABLE = "HUAWEICLOUD_OIDC_POLICY_IDS"
MAX_URN_LENGTH = 1500  # characters
_SESSION_NAME_FORM = re.compile(r"[A-Za-z0-9_+=,.@-]{2,128}")
MAX_TOKEN_LENGTH = 20000  # characters that STS takes


def federated_keys(values: Values, idp_id: str, token_file: str, exchange: CredentialExchange) -> TemporaryKeys:
    """Return the keys for an identity token, fetched at first use.

    `idp_id` and `token_file` are the names of the values for the identity provider and for the file with the token. Raises
    ConfigurationError if one is missing or the file is unusable.
    """
    names_set = values.given(idp_id, token_file)
    values.required(idp_id, names_set)
    path = values.required(token_file, names_set)
    provider = values.identifier(idp_id) or ""
    origin = values.origin(token_file)
    exchange.register(secret_in_place_of_path(path))
    # Read now to report an unusable file before anything is sent, and again at each exchange, since CI renews it.
    _identity_token(path, origin, exchange)

    def fetch() -> IssuedKeys:
        """Exchange the identity token for a token of IAM, and that for keys."""
        identity = {"auth": {"id_token": {"id": _identity_token(path, origin, exchange)}}}
        url = f"{exchange.iam_url()}/v3.0/OS-AUTH/id-token/tokens"
        response, _data = exchange.post(_TOKEN, url, identity, {"X-Idp-Id": provider})
        token = subject_token(response, _TOKEN, exchange)
        # The token is sent in the body, as the SDK does, and therefore not in a header.
        key_request = {
            "auth": {"identity": {"methods": ["token"], "token": {"id": token, "duration_seconds": DURATION}}}
        }
        response, data = exchange.post(_KEYS, f"{exchange.iam_url()}/v3.0/OS-CREDENTIAL/securitytokens", key_request)
        return read_keys(data, _KEYS, exchange, response.request_id)

    return TemporaryKeys(fetch)


def keys_of_agency(
    values: Values, provider: str, agency: str, id_token: str, token_file: str, exchange: CredentialExchange
) -> TemporaryKeys:
    """Return the keys of an agency that STS issues for an identity token, fetched at first use.

    The arguments are the names of the values for the URNs of the identity provider and of the agency, and for the token or its
    file; the token wins, as in the SDK. Raises ConfigurationError, which names all that is missing, or the first invalid value.
    """
    _require_complete(values, (provider, agency), id_token, token_file)
    request = {
        "provider_urn": values.name(provider, MAX_URN_LENGTH),
        "agency_urn": values.name(agency, MAX_URN_LENGTH),
        "agency_session_name": _session_name(values),
        "duration_seconds": read_duration(values, DURATION_VARIABLE, MAX_STS_DURATION),
        **_session_policies(values),
    }
    token = values.header(id_token)
    if token and token.startswith(("/", "./", "~/")):
        raise ConfigurationError(
            f"{values.origin(id_token)} must hold the identity token itself, and seems to name a file.",
            hint=f"Set {token_file} to the path, and unset {id_token}.",
        )
    path = None if token else values.get(token_file)
    origin = values.origin(token_file)
    if path is not None:
        exchange.register(secret_in_place_of_path(path))

    def identity_token() -> str:
        """Return the identity token: that of the variable, or the present content of the file, since CI renews it."""
        current = token if path is None else _identity_token(path, origin, exchange)
        return _for_sts(current or "", values.origin(id_token) if path is None else f"The identity token of {origin}")

    # Read now to report an unusable file before anything is sent.
    identity_token()

    def fetch() -> IssuedKeys:
        """Exchange the identity token for keys of the agency."""
        url = require_sts(exchange.sts_url(), f"{values.origin(provider)} is set")
        body = {**request, "id_token": identity_token()}
        response, data = exchange.post(_ASSUME, f"{url}/v5/agencies/assume-with-oidc", body)
        return read_keys(data, _ASSUME, exchange, response.request_id)

    return TemporaryKeys(fetch)


def _require_complete(values: Values, urns: Tuple[str, str], id_token: str, token_file: str) -> None:
    """Raise ConfigurationError, which names all that is missing, unless both URNs and a token or its file are set."""
    names_set = values.given(*urns, id_token, token_file)
    missing = [name for name in urns if not values.get(name)]
    if not (values.get(id_token) or values.get(token_file)):
        missing.append(f"{token_file} (or {id_token})")
    if missing:
        raise ConfigurationError(
            f"Source oidc_env is incomplete: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing, while "
            f"{', '.join(names_set)} {'is' if len(names_set) == 1 else 'are'} set.",
            hint="Set what is missing, or unset the rest.",
        )


def _identity_token(path: str, origin: str, exchange: CredentialExchange) -> str:
    """Return the identity token in a file, registered as a secret. Raises ConfigurationError if it is unusable."""
    token = read_file(path, origin).strip()
    exchange.register(token)
    return token_value(token, f"The identity token in the file that {origin} names")


def _for_sts(token: str, origin: str) -> str:
    """Return the identity token. Raises ConfigurationError if it is longer than STS takes."""
    if len(token) > MAX_TOKEN_LENGTH:
        raise ConfigurationError(f"{origin} has {len(token)} characters; STS takes at most {MAX_TOKEN_LENGTH}.")
    return token


def _session_name(values: Values) -> str:
    """Return the name of the session, as audit logs show it. Raises ConfigurationError if STS does not take it."""
    name = values.get(SESSION_NAME_VARIABLE) or SESSION_NAME
    if not _SESSION_NAME_FORM.fullmatch(name):
        raise ConfigurationError(
            f"{values.origin(SESSION_NAME_VARIABLE)} must have 2 to 128 characters: letters, digits and _+=,.@- only."
        )
    return name


def _session_policies(values: Values) -> Dict[str, Any]:
    """Return the members that restrict the keys. Ignoring these variables would give the keys more rights than was asked for."""
    policy = values.get(POLICY_VARIABLE)
    ids = [part.strip() for part in (values.get(POLICY_IDS_VARIABLE) or "").split(",")]
    return {
        **({"policy": policy} if policy else {}),
        **({"policy_ids": [part for part in ids if part]} if any(ids) else {}),
    }
