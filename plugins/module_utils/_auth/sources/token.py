# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `token`: option auth_token."""

from __future__ import annotations

from ..credentials import SourceContext, SourceResult, Token
from ..values import Values


def find(context: SourceContext) -> SourceResult:
    """Return the token of the option. Raises ConfigurationError if it is missing or malformed."""
    values = Values("Option", context.params)
    values.required("auth_token", ["auth_method"])
    return SourceResult(Token(values.header("auth_token") or ""))
