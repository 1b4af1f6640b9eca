# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `sdk_env`: the environment variables of the vendor's SDKs."""

from __future__ import annotations

from ..credentials import Credential, SourceContext, SourceResult, key_pair
from ..registry import SDK_FEDERATION, SDK_KEYS
from ..values import Values

PROJECT = "HUAWEICLOUD_SDK_PROJECT_ID"


def find(context: SourceContext) -> SourceResult:
    """Return the credential of the variables. Raises ConfigurationError if it is incomplete or invalid."""
    values = Values("Environment variable", context.environ)
    credential: Credential
    if values.given(*SDK_FEDERATION):
        # An identity token precedes keys, as in the SDK: the keys could belong to another identity.
        from ..federation import federated_keys

        credential = federated_keys(values, *SDK_FEDERATION, exchange=context.exchange())
    else:
        credential = key_pair(values, *SDK_KEYS)
    return SourceResult(credential, values.get(PROJECT), values.origin(PROJECT))
