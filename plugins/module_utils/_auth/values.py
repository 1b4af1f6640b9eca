# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and check the named values of one source: options, variables, or the members of a file."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .._errors import ConfigurationError

MAX_HEADER_LENGTH = 32768
LONGEST_NAME = 256

# What keys and tokens are made of. Any other character is looked at more closely.
_USUAL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/=~")
_NO_VALUES = ("none", "null", "nil", "undefined", "true", "false", "omit")
_IN_HEADER = ", which an HTTP header cannot carry"


class Values:
    """`kind` and a name make the words by which a message calls a value, as in "Option access_key".

    Read without blanks around them: keys and tokens have none, pasted ones and those from files often do.
    """

    def __init__(self, kind: str, mapping: Mapping[str, Any], suffix: str = "") -> None:
        self._kind = kind
        self._mapping = mapping
        self._suffix = suffix

    def origin(self, name: str) -> str:
        return f"{self._kind} {name}{self._suffix}"

    def get(self, name: str) -> Optional[str]:
        value = self._mapping.get(name)
        if value is not None and not isinstance(value, str):
            # A file may hold anything; options and variables are text already.
            raise ConfigurationError(f"{self.origin(name)} is not text.")
        text = (value or "").strip()
        if value and not text:
            # To go on without it could ask as somebody else, or about something else.
            raise ConfigurationError(f"{self.origin(name)} is blank.", hint="Give it a value, or leave it out.")
        return text or None

    def given(self, *names: str) -> List[str]:
        """Those that are set. A blank is: it begins the source and is no value for it; only an empty string is unset."""
        return [name for name in names if self._mapping.get(name)]

    def required(self, name: str, names_set: List[str]) -> str:
        """The value, or the error that a source was begun and is not whole."""
        given = self._mapping.get(name)
        blank = isinstance(given, str) and bool(given) and not given.strip()
        value = None if blank else self.get(name)
        if value is None:
            raise ConfigurationError(
                f"{self.origin(name)} is {'blank' if blank else 'missing'}, while {_are_set(names_set)}.",
                hint="A credential must come whole from one source; set what is missing or unset the rest.",
            )
        return value

    def password(self, name: str) -> str:
        """With the blanks around it, which may be a part of it; the line break at the end of a file is none."""
        value: str = (self._mapping.get(name) or "").rstrip("\r\n")
        if not value.isprintable():
            from .malformed import control_characters

            odd = control_characters(value)
            if odd is not None:
                raise ConfigurationError(f"{self.origin(name)} {odd}.")
        return value

    def key(self, name: str) -> Optional[str]:
        """As get(), for keys that requests are signed with."""
        value = self.get(name)
        return None if value is None else key_value(value, self.origin(name))

    def header(self, name: str) -> Optional[str]:
        """As get(), for keys and tokens that travel in a header."""
        value = self.get(name)
        return None if value is None else token_value(value, self.origin(name))

    def name(self, name: str) -> Optional[str]:
        """As get(), for names of users, accounts, agencies and identity providers: blanks and any script, but on one line."""
        value = self.get(name)
        problem = None
        if value is not None and len(value) > LONGEST_NAME:
            problem = f"has {len(value)} characters; at most {LONGEST_NAME} are allowed"
        elif value is not None and not set(value) <= _USUAL:
            from .malformed import unusable

            problem = unusable(value)
            if problem is None and not value.isprintable():
                problem = "holds a line break, another control character, or text that is not valid UTF-8"
        if problem is not None:
            raise ConfigurationError(f"{self.origin(name)} {problem}.", hint="Give the bare name.")
        return value


def key_value(value: str, origin: str, detail: str = "") -> str:
    """Return the value, or raise an error that says why it cannot be a key or a token. The value is never shown.

    Each refused signature counts towards the lock of the access key, so this is found out before anything is sent.
    """
    problem = None
    if value.lower() in _NO_VALUES or value.startswith("__omit_place_holder__"):
        problem = "is a word that stands for no value, as templates leave it"
    elif not set(value) <= _USUAL:
        from .malformed import odd_characters, unusable

        problem = unusable(value)
        odd = odd_characters(value)
        if problem is None and odd is not None:
            problem = f"{odd}{detail}"
    if problem is not None:
        raise ConfigurationError(
            f"{origin} {problem}.",
            hint="Give the bare value. Nothing was sent, so no try counts towards a lock of the key.",
        )
    return value


def token_value(value: str, origin: str) -> str:
    """Return the value, or raise an error that says why it cannot be a token or another key that travels in a header."""
    return header_value(key_value(value, origin, _IN_HEADER), origin)


def header_value(value: str, origin: str) -> str:
    """The value, or the error that it cannot travel in a header. It is never shown."""
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise ConfigurationError(f"{origin} holds characters that an HTTP header cannot carry.")
    if len(value) > MAX_HEADER_LENGTH:
        raise ConfigurationError(f"{origin} has {len(value)} characters; at most {MAX_HEADER_LENGTH} are allowed.")
    return value


def _are_set(names: List[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} set"
