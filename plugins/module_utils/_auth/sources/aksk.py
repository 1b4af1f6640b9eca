# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `aksk`: options access_key, secret_key and security_token."""

from __future__ import annotations

from ..credentials import SourceContext, SourceResult, key_pair
from ..values import Values


def find(context: SourceContext) -> SourceResult:
    """Return the key pair of the options. Raises ConfigurationError if it is incomplete or invalid."""
    return SourceResult(key_pair(Values("Option", context.params), "access_key", "secret_key", "security_token"))
