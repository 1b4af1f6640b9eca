# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `pod_identity`: the keys that a container cluster provides to a pod.

Source: the vendor's SDK, huaweicloudsdkcore, PodIdentityCredentialProvider.
"""

from __future__ import annotations

from ..._errors import ConfigurationError
from ..._http.models import Operation
from ..._urls import address_problem
from ..credentials import SourceContext, SourceResult
from ..exchange import CredentialExchange
from ..files import read_file
from ..temporary_keys import IssuedKeys, TemporaryKeys, read_keys
from ..values import Values, token_value

URI = "HC_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN_FILE = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"
_OPERATION = Operation("metadata", "CreatePodCredentials", success_statuses=(200, 201))


def find(context: SourceContext) -> SourceResult:
    """Return the credential, whose keys are fetched at first use. Raises ConfigurationError if it is incomplete or invalid."""
    values = Values("Environment variable", context.environ)
    names_set = values.given(URI, TOKEN_FILE)
    uri = values.required(URI, names_set)
    path = values.required(TOKEN_FILE, names_set)
    problem = address_problem(uri)
    if problem:
        raise ConfigurationError(f"{values.origin(URI)} {problem}.")
    exchange = context.exchange()
    _pod_token(path, exchange)
    return SourceResult(TemporaryKeys(lambda: _fetch(uri, path, exchange)))


def _fetch(uri: str, path: str, exchange: CredentialExchange) -> IssuedKeys:
    """Exchange the token of the pod for keys. Raises HssError if there is no usable response."""
    # The cluster renews the token in the file, so it is read each time. It is sent without Bearer.
    headers = {"Authorization": _pod_token(path, exchange), "Content-Type": "application/json"}
    response = exchange.query_machine(_OPERATION, "POST", uri, headers, b"{}")
    return read_keys(exchange.parse_json(response, _OPERATION), _OPERATION, exchange, response.request_id)


def _pod_token(path: str, exchange: CredentialExchange) -> str:
    """Return the token of the pod, registered as a secret. Raises ConfigurationError if the file or the token is unusable."""
    origin = f"Environment variable {TOKEN_FILE}"
    token = read_file(path, origin).strip()
    exchange.register(token)
    return token_value(token, f"The token in the file that {origin} names")
