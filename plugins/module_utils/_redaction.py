# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Register secrets before their first use, and mask them in any text that is shown."""

from __future__ import annotations

import base64
import json
import re
import threading
from typing import List, Optional, Set
from urllib.parse import quote, unquote

MASK = "********"
WITHHELD = "(a text that is withheld, since it repeats a secret in another writing)"
MIN_RECOGNISABLE_LENGTH = 8


class Secrets:
    """The values that must never be shown."""

    def __init__(self) -> None:
        self._values: Set[str] = set()
        self._unspaced: Set[str] = set()
        # Threads of several scopes register what they fetch.
        self._lock = threading.Lock()

    def register(self, *values: Optional[str]) -> None:
        """Add values, each with the forms in which a server or a library could echo it. Empty ones are no secrets."""
        fresh: Set[str] = set()
        for value in values:
            if value and value.strip():
                fresh |= _forms(value) | _forms(value.strip())
        with self._lock:
            self._values |= fresh
            # Less than so many characters are found by chance once blanks are dropped.
            self._unspaced |= {bare for bare in map(_unspaced, fresh) if len(bare) >= MIN_RECOGNISABLE_LENGTH}

    def register_url(self, url: Optional[str]) -> None:
        """Add the user information and the query that a URL carries (proxy URLs do; an endpoint with one is refused).

        Not by urlsplit(): it refuses some of what a user may write, and the password in that is a secret too.
        """
        rest = (url or "").partition("//")[2] or (url or "")
        userinfo, at, host = rest.rpartition("@")
        if at:
            _user, colon, password = userinfo.partition(":")
            # A lone name before the @ may well be a token.
            secret = password if colon else userinfo
            self.register(secret, unquote(secret))
        query = host.partition("?")[2]
        self.register(query, *(pair.partition("=")[2] for pair in query.split("&")))

    def values(self) -> List[str]:
        """Longest first: a secret may be part of another one."""
        with self._lock:
            return sorted(self._values, key=len, reverse=True)

    def occur_in(self, text: str) -> bool:
        """Whether one of them does, as it is or in one of its writings."""
        return any(value in text for value in self.values())

    def redact(self, text: str) -> str:
        """The text with each secret masked; withheld as a whole where one shows through in another writing."""
        values = self.values()
        for value in values:
            text = text.replace(value, MASK)
        plain = _decoded(text)
        with self._lock:
            shows = any(value in plain for value in self._unspaced)
        if shows:
            return WITHHELD
        return text


def _forms(value: str) -> Set[str]:
    escaped = json.dumps(value)[1:-1]
    encoded = value.encode("utf-8", "surrogatepass")
    return {
        value,
        escaped,
        escaped.replace("/", "\\/"),
        repr(value)[1:-1],
        quote(encoded, safe=""),
        quote(encoded),
        base64.b64encode(encoded).decode("ascii").rstrip("="),
    }


def _decoded(text: str) -> str:
    """The text behind the writings in which a server may repeat what it got: percent signs, HTML, JSON in JSON, line breaks."""
    # Only a failing run shows texts of others.
    import html

    text = html.unescape(unquote(unquote(text)))
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found.group(1), 16)), text)
    return _unspaced(text.replace("\\", ""))


def _unspaced(text: str) -> str:
    if text.isprintable():
        return text.replace(" ", "")
    return "".join(character for character in text if character.isprintable() and character != " ")
