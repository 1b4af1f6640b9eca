# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `ecs_metadata`: the keys of the agency of an ECS instance. Used only if auth_method names it.

Source: https://support.huaweicloud.com/intl/en-us/usermanual-ecs/ecs_03_0166.html
"""

from __future__ import annotations

from ..._errors import ConfigurationError, RefusedError
from ..._http.models import Operation
from ..credentials import SourceContext, SourceResult
from ..exchange import CredentialExchange
from ..temporary_keys import IssuedKeys, TemporaryKeys, read_keys
from ..values import header_value

ADDRESS = "http://169.254.169.254"
TOKEN_LIFE = "21600"  # seconds, as the SDK asks for

_TOKEN = Operation("metadata", "CreateMetadataToken")
_KEYS = Operation("metadata", "ShowSecurityKey")


def find(context: SourceContext) -> SourceResult:
    """Return the credential, whose keys the metadata service of the instance issues at first use."""
    exchange = context.exchange()
    return SourceResult(TemporaryKeys(lambda: _fetch(exchange)))


def _fetch(exchange: CredentialExchange) -> IssuedKeys:
    """Fetch the keys from the metadata service. Raises HssError if there is no usable response."""
    headers = {}
    token = _token(exchange)
    if token:
        headers["X-Metadata-Token"] = token
    response = exchange.query_machine(_KEYS, "GET", f"{ADDRESS}/openstack/latest/securitykey", headers)
    return read_keys(exchange.parse_json(response, _KEYS), _KEYS, exchange, response.request_id)


def _token(exchange: CredentialExchange) -> str:
    """Return the session token of the metadata service, or an empty string if the instance does not support tokens."""
    try:
        response = exchange.query_machine(
            _TOKEN, "PUT", f"{ADDRESS}/meta-data/latest/api/token", {"X-Metadata-Token-Ttl-Seconds": TOKEN_LIFE}
        )
    except RefusedError as error:
        if error.status_code in (404, 405, 503):
            return ""
        raise
    token = response.body.decode("utf-8", "replace").strip()
    exchange.register(token)
    try:
        return header_value(token, "metadata token")
    except ConfigurationError:
        # Without a usable token the next request is rejected with a clear message.
        return ""
