# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and check the named values of one source: options, variables, or members of a file."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .._errors import ConfigurationError

MAX_HEADER_LENGTH = 32768
MAX_NAME_LENGTH = 256

# The characters of keys and tokens. A value with any other character is checked in malformed.py.
_USUAL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/=~")
_NO_VALUES = ("none", "null", "nil", "undefined", "true", "false", "omit")
_IN_HEADER = ", which an HTTP header cannot carry"


class Values:
    """The named values of one source. Messages call a value `kind` and its name, as in "Option access_key".

    Surrounding whitespace is removed, since keys and tokens have none, while pasted values and those in files often do.
    """

    def __init__(self, kind: str, mapping: Mapping[str, Any], suffix: str = "") -> None:
        self._kind = kind
        self._mapping = mapping
        self._suffix = suffix

    def origin(self, name: str) -> str:
        """Return the name of a value in the words of a message."""
        return f"{self._kind} {name}{self._suffix}"

    def get(self, name: str) -> Optional[str]:
        """Return a value, or None if it is not set or empty. Raises ConfigurationError if it is blank or not text."""
        value = self._mapping.get(name)
        if value is not None and not isinstance(value, str):
            # Only a file can contain other types; options and variables are text.
            raise ConfigurationError(f"{self.origin(name)} is not text.")
        text = (value or "").strip()
        if value and not text:
            # Ignoring it could use another identity or query another project than intended.
            raise ConfigurationError(f"{self.origin(name)} is blank.", hint="Give it a value, or leave it out.")
        return text or None

    def given(self, *names: str) -> List[str]:
        """Return the names that are set. A blank value counts as set (and is an error later), an empty one does not."""
        return [name for name in names if self._mapping.get(name)]

    def required(self, name: str, names_set: List[str]) -> str:
        """Return the value. Raises ConfigurationError, which names `names_set`, if the source is only partially configured."""
        given = self._mapping.get(name)
        blank = isinstance(given, str) and bool(given) and not given.strip()
        value = None if blank else self.get(name)
        if value is None:
            raise ConfigurationError(
                f"{self.origin(name)} is {'blank' if blank else 'missing'}, while {_are_set(names_set)}.",
                hint="All values of a credential must come from the same source: set what is missing, or unset the rest.",
            )
        return value

    def password(self, name: str) -> str:
        """Return a password with its surrounding blanks, which may belong to it, but without a final line break.

        Raises ConfigurationError if it contains control characters.
        """
        value: str = (self._mapping.get(name) or "").rstrip("\r\n")
        if not value.isprintable():
            from .malformed import control_characters

            odd = control_characters(value)
            if odd is not None:
                raise ConfigurationError(f"{self.origin(name)} {odd}.")
        return value

    def key(self, name: str) -> Optional[str]:
        """Return a key that signs requests, or None. Raises ConfigurationError if it is malformed."""
        value = self.get(name)
        return None if value is None else key_value(value, self.origin(name))

    def header(self, name: str) -> Optional[str]:
        """Return a key or token that is sent in a header, or None. Raises ConfigurationError if it is malformed."""
        value = self.get(name)
        return None if value is None else token_value(value, self.origin(name))

    def identifier(self, name: str) -> Optional[str]:
        """Return an identifier, which is no secret, that is sent in a header, or None. Raises ConfigurationError if it is malformed."""
        value = self.get(name)
        return (
            None
            if value is None
            else header_value(_bare_value(value, self.origin(name), _IN_HEADER), self.origin(name))
        )

    def name(self, name: str, limit: int = MAX_NAME_LENGTH) -> Optional[str]:
        """Return the name of a user, account, agency or profile, or None. `limit`: in characters.

        It may contain blanks and any script. Raises ConfigurationError if it is too long or malformed.
        """
        value = self.get(name)
        problem = None
        if value is not None and len(value) > limit:
            problem = f"has {len(value)} characters; at most {limit} are allowed"
        elif value is not None and not set(value) <= _USUAL:
            from .malformed import unusable

            problem = unusable(value)
            if problem is None and not value.isprintable():
                problem = "holds a line break, another control character, or text that is not valid UTF-8"
        if problem is not None:
            raise ConfigurationError(f"{self.origin(name)} {problem}.", hint="Give the bare name.")
        return value


def key_value(value: str, origin: str, detail: str = "") -> str:
    """Return the value. Raises ConfigurationError, which never shows it, if it cannot be a key or a token.

    This is checked before anything is sent, since each rejected signature counts towards the lock of the access key.
    """
    _bare_value(value, origin, detail)
    # Keys are longer, and few begin so.
    if len(value) < 20 or value[:4].lower() in ("your", "xxxx", "****"):
        from .malformed import stand_in

        problem = stand_in(value)
        if problem is not None:
            raise _not_sent(f"{origin} {problem}.")
    return value


def stands_for_nothing(value: str) -> bool:
    """Return whether the value is a word that a template or a shell leaves where nothing was set, such as null."""
    bare = value.strip()
    return bare.lower() in _NO_VALUES or bare.startswith("__omit_place_holder__")


def _bare_value(value: str, origin: str, detail: str) -> str:
    """Return the value. Raises ConfigurationError, which never shows it, if it has characters that no key or identifier has."""
    problem = None
    if stands_for_nothing(value):
        problem = "is a word that stands for no value, as templates leave it"
    elif not set(value) <= _USUAL:
        from .malformed import odd_characters, unusable

        problem = unusable(value)
        odd = odd_characters(value)
        if problem is None and odd is not None:
            problem = f"{odd}{detail}"
    if problem is not None:
        raise _not_sent(f"{origin} {problem}.")
    return value


def _not_sent(message: str) -> ConfigurationError:
    """Return the error for a value that is refused before it is used."""
    return ConfigurationError(
        message, hint="Give the bare value. Nothing was sent, so this does not count towards a lock of the access key."
    )


def token_value(value: str, origin: str) -> str:
    """Return the value. Raises ConfigurationError if it cannot be a token or a key that is sent in a header."""
    return header_value(key_value(value, origin, _IN_HEADER), origin)


def header_value(value: str, origin: str) -> str:
    """Return the value. Raises ConfigurationError, which never shows it, if an HTTP header cannot contain it."""
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise ConfigurationError(f"{origin} holds characters that an HTTP header cannot carry.")
    if len(value) > MAX_HEADER_LENGTH:
        raise ConfigurationError(f"{origin} has {len(value)} characters; at most {MAX_HEADER_LENGTH} are allowed.")
    return value


def _are_set(names: List[str]) -> str:
    """Return the end of a sentence that says that these names are set."""
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} set"
