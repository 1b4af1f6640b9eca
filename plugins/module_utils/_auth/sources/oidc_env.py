# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `oidc_env`: the environment variables HUAWEICLOUD_OIDC_* of the vendor's SDKs, an identity token for STS."""

from __future__ import annotations

from ..credentials import SourceContext, SourceResult
from ..federation import keys_of_agency
from ..registry import OIDC_IDENTITY
from ..values import Values
from .sdk_env import PROJECT


def find(context: SourceContext) -> SourceResult:
    """Return the credential, whose keys STS issues at first use. Raises ConfigurationError if it is incomplete or invalid."""
    values = Values("Environment variable", context.environ)
    credential = keys_of_agency(values, *OIDC_IDENTITY, exchange=context.exchange())
    return SourceResult(credential, values.get(PROJECT), values.origin(PROJECT))
