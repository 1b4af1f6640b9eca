# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `token`: option auth_token."""

from __future__ import annotations

from typing import Any, Mapping

from .base import Absent, Finding, Found, Token, Values

OPTIONS = ("auth_token",)
SECRET_OPTIONS = OPTIONS
SECRET_VARIABLES = ()


def find(params: Mapping[str, Any], environ: Mapping[str, str]) -> Finding:
    token = Values("Option", params).header("auth_token")
    return Found(Token(token)) if token else Absent("option auth_token")
