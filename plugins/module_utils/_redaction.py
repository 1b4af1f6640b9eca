# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Register secrets before their first use, and mask them in any text that is shown."""

from __future__ import annotations

import base64
import json
import re
import threading
from typing import Callable, List, Optional, Set
from urllib.parse import quote, unquote

# Returns a text without secrets.
Redact = Callable[[str], str]

MASK = "********"
WITHHELD = "(a text that is not shown, since it contains a secret in another encoding)"
IMPLAUSIBLE_SECRET = (
    "The secret is too short or too common to be one: correct it, or unset the option or variable that holds it."
)
MIN_RECOGNISABLE_LENGTH = 8
MIN_TOKEN_LENGTH = 16
# Masking shorter values wherever they occur would garble the words and numbers of a message.
MIN_MASKED_LENGTH = 4


class Secrets:
    """Values that must never be shown. Thread-safe."""

    def __init__(self) -> None:
        self._values: Set[str] = set()
        self._unspaced: Set[str] = set()
        # With several scopes, several threads register secrets.
        self._lock = threading.Lock()

    def register(self, *values: Optional[str]) -> None:
        """Add values, each with the encodings in which a server or a library could repeat it. Empty values are ignored."""
        new: Set[str] = set()
        for value in values:
            if value and value.strip():
                new |= _forms(value) | _forms(value.strip())
        with self._lock:
            self._values |= new
            # Shorter values would match by chance in a text without blanks.
            self._unspaced |= {bare for bare in map(_unspaced, new) if len(bare) >= MIN_RECOGNISABLE_LENGTH}

    def register_url(self, url: Optional[str]) -> None:
        """Add the user information and the query of a URL (of a proxy; in an endpoint they are rejected).

        urlsplit() is not used: it rejects some malformed URLs, whose passwords are secrets too.
        """
        rest = (url or "").partition("//")[2] or (url or "")
        userinfo, at, host = rest.rpartition("@")
        if at:
            _user, colon, password = userinfo.partition(":")
            # A user name without a password may be a token, and tokens are longer than names.
            secret, shortest = (password, MIN_RECOGNISABLE_LENGTH) if colon else (userinfo, MIN_TOKEN_LENGTH)
            if len(secret) < shortest:
                # Part of any word or ID, so it is a secret only where it stands in a URL.
                secret = f"{userinfo}@"
            # A library may take a slash that is not escaped for the end of the host.
            parts = [part for part in re.split(r"[/?#]", secret) if len(part) >= MIN_MASKED_LENGTH]
            self.register(secret, unquote(secret), *parts)
        query = host.partition("?")[2]
        values = (pair.partition("=")[2] for pair in query.split("&"))
        self.register(query, *(value for value in values if len(value) >= MIN_MASKED_LENGTH))

    def values(self) -> List[str]:
        """Return all registered values, longest first, since a secret may be part of another one."""
        with self._lock:
            return sorted(self._values, key=len, reverse=True)

    def masked_values(self) -> List[str]:
        """Return the registered values that are masked wherever they occur, longest first."""
        return [value for value in self.values() if _is_masked_anywhere(value)]

    def occur_in(self, text: str) -> bool:
        """Return whether the text contains a secret, unchanged or in one of its registered encodings."""
        return any(value in text for value in self.values())

    def redact(self, text: str) -> str:
        """Return the text with each secret masked, or WITHHELD if a secret is still recognizable in another encoding.

        A secret shorter than MIN_MASKED_LENGTH is masked only as an entire value, after a quote or an equals sign.
        """
        for value in self.values():
            if _is_masked_anywhere(value):
                text = text.replace(value, MASK)
            else:
                text = re.sub(rf"(?<=[\"'=]){re.escape(value)}(?!\w)", MASK, text)
        plain = _decoded(text)
        with self._lock:
            is_recognizable = any(value in plain for value in self._unspaced)
        return WITHHELD if is_recognizable else text


def _is_masked_anywhere(value: str) -> bool:
    """Return whether the value is masked inside words and numbers too. No word contains a character that is not printable."""
    return len(value) >= MIN_MASKED_LENGTH or not value.isprintable()


def _forms(value: str) -> Set[str]:
    """Return the value as it is, and as JSON, repr(), percent-encoded and base64 text."""
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
    """Return the text without percent-encoding, HTML entities, JSON escapes, blanks and line breaks."""
    # Imported only by a failing run, which shows text from a server.
    import html

    text = html.unescape(unquote(unquote(text)))
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match.group(1), 16)), text)
    return _unspaced(text.replace("\\", ""))


def _unspaced(text: str) -> str:
    """Return the text without blanks and unprintable characters."""
    if text.isprintable():
        return text.replace(" ", "")
    return "".join(character for character in text if character.isprintable() and character != " ")
