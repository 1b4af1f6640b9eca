# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are registered here before their first use; whatever is shown afterwards passes through redact()."""

from __future__ import annotations

import json
import re
from typing import Callable, Optional, Set
from urllib.parse import quote, unquote

MASK = "********"


class Secrets:
    """The values that must never be shown."""

    def __init__(self, on_register: Optional[Callable[[Set[str]], None]] = None) -> None:
        self._values: Set[str] = set()
        self._on_register = on_register

    def register(self, *values: Optional[str]) -> None:
        """Add values, each with the forms in which a server or a library could echo it. Empty ones are no secrets."""
        fresh: Set[str] = set()
        for value in values:
            if value and value.strip():
                fresh |= _forms(value) | _forms(value.strip())
        self._values |= fresh
        if self._on_register:
            self._on_register(fresh)

    def register_url(self, url: Optional[str]) -> None:
        """Add the user information that a URL carries (proxy URLs do; an endpoint with one is refused)."""
        userinfo, at, _host = _authority(url or "").rpartition("@")
        if at:
            _user, colon, password = userinfo.partition(":")
            # A lone name before the @ may well be a token.
            secret = password if colon else userinfo
            self.register(secret, unquote(secret))

    def redact(self, text: str) -> str:
        # Longest first: a secret may be part of another one.
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text


def _forms(value: str) -> Set[str]:
    escaped = json.dumps(value)[1:-1]
    encoded = value.encode("utf-8", "surrogateescape")
    return {value, escaped, repr(value)[1:-1], quote(encoded, safe=""), quote(encoded)}


def _authority(url: str) -> str:
    # Not urlsplit(): it refuses some of what a user may write, and the password in that is a secret too.
    rest = url.partition("//")[2] or url
    return re.split("[/?#]", rest, maxsplit=1)[0]
