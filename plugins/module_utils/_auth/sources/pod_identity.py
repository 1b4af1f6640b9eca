# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `pod_identity`: the keys that a container cluster gives a pod.

Source: the vendor's SDK, huaweicloudsdkcore, PodIdentityCredentialProvider.
"""

from __future__ import annotations

from ..._errors import ConfigurationError
from ..._http.models import Operation
from ..._urls import address_problem
from ..credentials import Context, Found
from ..exchange import Network
from ..files import read_file
from ..temporary_keys import Issued, TemporaryKeys, read_keys
from ..values import Values, token_value

URI = "HC_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN_FILE = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"
_CALL = Operation("metadata", "CreatePodCredentials", success_statuses=(200, 201))


def find(context: Context) -> Found:
    values = Values("Environment variable", context.environ)
    begun_by = values.given(URI, TOKEN_FILE)
    uri = values.required(URI, begun_by)
    path = values.required(TOKEN_FILE, begun_by)
    problem = address_problem(uri)
    if problem:
        raise ConfigurationError(f"{values.origin(URI)} {problem}.")
    network = context.network()
    _pod_token(path, network)
    return Found(TemporaryKeys(lambda: _fetch(uri, path, network)))


def _fetch(uri: str, path: str, network: Network) -> Issued:
    # The token is renewed in place by the cluster, so it is read each time. It goes without a Bearer before it.
    headers = {"Authorization": _pod_token(path, network), "Content-Type": "application/json"}
    answer = network.ask_machine(_CALL, "POST", uri, headers, b"{}")
    return read_keys(network.object_of(answer, _CALL), _CALL, network, answer.request_id)


def _pod_token(path: str, network: Network) -> str:
    origin = f"Environment variable {TOKEN_FILE}"
    token = read_file(path, origin).strip()
    network.register(token)
    return token_value(token, f"The token in the file that {origin} names")
