# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Named values of one source: options, variables, or the members of a file. A credential comes whole from one source."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .._errors import ConfigurationError

LONGEST_TOKEN = 32768


class Values:
    """`kind` and a name make the words by which a message calls a value, as in "Option access_key".

    Read without blanks around them: keys and tokens have none, pasted ones and those from files often do.
    """

    def __init__(self, kind: str, mapping: Mapping[str, Any], place: str = "") -> None:
        self._kind = kind
        self._mapping = mapping
        self._place = place

    def origin(self, name: str) -> str:
        return f"{self._kind} {name}{self._place}"

    def get(self, name: str) -> Optional[str]:
        value = self._mapping.get(name)
        if value is not None and not isinstance(value, str):
            # A file may hold anything; options and variables are text already.
            raise ConfigurationError(f"{self.origin(name)} is not text.")
        return (value or "").strip() or None

    def given(self, *names: str) -> List[str]:
        """Those that are set. A blank is: it begins the source and is no value for it; only an empty string is unset."""
        return [name for name in names if self._mapping.get(name)]

    def required(self, name: str, begun_by: List[str]) -> str:
        """The value, or the error that a source was begun and is not whole."""
        value = self.get(name)
        if value is None:
            raise ConfigurationError(
                f"{self.origin(name)} is {'blank' if self._mapping.get(name) else 'missing'}, while {_are_set(begun_by)}.",
                hint="A credential must come whole from one source; set what is missing or unset the rest.",
            )
        return value

    def raw(self, name: str) -> str:
        """With the blanks around it."""
        return self._mapping.get(name) or ""

    def text(self, name: str) -> Optional[str]:
        """As get(), for secrets that are signed or sent with: any character of one line."""
        value = self.get(name)
        if value and any("\ud800" <= character <= "\udfff" for character in value):
            raise ConfigurationError(f"{self.origin(name)} is not valid UTF-8 text.")
        if value and any(character < " " or character == "\x7f" for character in value):
            raise ConfigurationError(f"{self.origin(name)} holds a line break or another control character.")
        return value

    def header(self, name: str) -> Optional[str]:
        """As get(), for values that travel in a header: visible ASCII only."""
        value = self.get(name)
        return None if value is None else header_value(value, self.origin(name))


def header_value(value: str, origin: str) -> str:
    """The value, or the error that it cannot travel in a header. It is never shown."""
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise ConfigurationError(
            f"{origin} holds characters that an HTTP header cannot carry.",
            hint="Look for a line break, a blank, a quote pasted along, or a template that was not rendered.",
        )
    if len(value) > LONGEST_TOKEN:
        raise ConfigurationError(f"{origin} has {len(value)} characters; at most {LONGEST_TOKEN} are allowed.")
    return value


def _are_set(names: List[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} set"
