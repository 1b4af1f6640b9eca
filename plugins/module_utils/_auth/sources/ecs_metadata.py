# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `ecs_metadata`: the keys of the agency that an instance (ECS) was given. Only by auth_method.

Source: https://support.huaweicloud.com/intl/en-us/usermanual-ecs/ecs_03_0166.html
"""

from __future__ import annotations

from ..._errors import ConfigurationError, RefusedError
from ..._http.models import Operation
from ..credentials import Context, Found
from ..exchange import Network
from ..temporary_keys import Issued, TemporaryKeys, read_keys
from ..values import header_value

ADDRESS = "http://169.254.169.254"
TOKEN_LIFE = "21600"  # seconds, as the SDK asks for

_TOKEN = Operation("metadata", "CreateMetadataToken")
_KEYS = Operation("metadata", "ShowSecurityKey")


def find(context: Context) -> Found:
    network = context.network()
    return Found(TemporaryKeys(lambda: _fetch(network)))


def _fetch(network: Network) -> Issued:
    headers = {}
    token = _token(network)
    if token:
        headers["X-Metadata-Token"] = token
    answer = network.ask_machine(_KEYS, "GET", f"{ADDRESS}/openstack/latest/securitykey", headers)
    return read_keys(network.object_of(answer, _KEYS), _KEYS, network, answer.request_id)


def _token(network: Network) -> str:
    """The token of the protected variant; empty where the instance knows only the plain one."""
    try:
        answer = network.ask_machine(
            _TOKEN, "PUT", f"{ADDRESS}/meta-data/latest/api/token", {"X-Metadata-Token-Ttl-Seconds": TOKEN_LIFE}
        )
    except RefusedError as error:
        if error.status_code in (404, 405, 503):
            return ""
        raise
    token = answer.body.decode("utf-8", "replace").strip()
    network.register(token)
    try:
        return header_value(token, "metadata token")
    except ConfigurationError:
        # Whatever this is, the next request will say that it is refused.
        return ""
