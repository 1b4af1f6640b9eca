# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `password`: options username, password and domain_name."""

from __future__ import annotations

from ..credentials import SourceContext, SourceResult
from ..user_tokens import password_tokens
from ..values import Values


def find(context: SourceContext) -> SourceResult:
    """Return the credential, which fetches tokens at first use. Raises ConfigurationError if it is incomplete or invalid."""
    return SourceResult(
        password_tokens(Values("Option", context.params), "username", "password", "domain_name", context)
    )
