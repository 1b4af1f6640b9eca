# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary keys for an identity token (OIDC), as the vendor's SDK gets them: no secret is stored anywhere.

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
    """Keys for the identity token in the file under this name, for the provider under the other; both are needed."""
    names_set = values.given(idp_id, token_file)
    values.required(idp_id, names_set)
    path = values.required(token_file, names_set)
    provider = values.header(idp_id) or ""
    origin = values.origin(token_file)
    exchange.register(secret_in_place_of_path(path))
    # A file that is not there is said before anything is sent; it is read again at each exchange, since CI renews it.
    _identity_token(path, origin, exchange)

    def fetch() -> IssuedKeys:
        identity = {"auth": {"id_token": {"id": _identity_token(path, origin, exchange)}}}
        url = f"{exchange.iam_url()}/v3.0/OS-AUTH/id-token/tokens"
        response, _data = exchange.post(_TOKEN, url, identity, {"X-Idp-Id": provider})
        token = subject_token(response, _TOKEN, exchange)
        # In the body, where the SDK has it too, and so not in a header as well.
        key_request = {
            "auth": {"identity": {"methods": ["token"], "token": {"id": token, "duration_seconds": DURATION}}}
        }
        response, data = exchange.post(_KEYS, f"{exchange.iam_url()}/v3.0/OS-CREDENTIAL/securitytokens", key_request)
        return read_keys(data, _KEYS, exchange, response.request_id)

    return TemporaryKeys(fetch)


def _identity_token(path: str, origin: str, exchange: CredentialExchange) -> str:
    token = read_file(path, origin).strip()
    exchange.register(token)
    return token_value(token, f"The identity token in the file that {origin} names")
