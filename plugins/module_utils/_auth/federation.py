# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exchange an identity token (OIDC) for temporary keys, as the vendor's SDK does. No secret needs to be stored.

Source: https://support.huaweicloud.com/intl/en-us/api-iam/, CreateTokenWithIdToken and CreateTemporaryAccessKeyByToken.
"""

from __future__ import annotations

from .._http.models import Operation
from .._paths import secret_in_place_of_path
from .exchange import POST_SUCCESS_STATUSES, CredentialExchange
from .files import read_file
from .temporary_keys import IssuedKeys, TemporaryKeys, read_keys
from .user_tokens import subject_token
from .values import Values, token_value

DURATION = 21600  # seconds, as the SDK asks for
_TOKEN = Operation("IAM", "CreateTokenWithIdToken", success_statuses=POST_SUCCESS_STATUSES)
_KEYS = Operation("IAM", "CreateTemporaryAccessKeyByToken", success_statuses=POST_SUCCESS_STATUSES)


def federated_keys(values: Values, idp_id: str, token_file: str, exchange: CredentialExchange) -> TemporaryKeys:
    """Return the keys for an identity token, fetched at first use.

    `idp_id` and `token_file` are the names of the values for the identity provider and for the file with the token. Raises
    ConfigurationError if one is missing or the file is unusable.
    """
    names_set = values.given(idp_id, token_file)
    values.required(idp_id, names_set)
    path = values.required(token_file, names_set)
    provider = values.header(idp_id) or ""
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


def _identity_token(path: str, origin: str, exchange: CredentialExchange) -> str:
    """Return the identity token in a file, registered as a secret. Raises ConfigurationError if it is unusable."""
    token = read_file(path, origin).strip()
    exchange.register(token)
    return token_value(token, f"The identity token in the file that {origin} names")
