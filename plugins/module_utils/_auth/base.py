# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a credential is: an object with one job, to authorise this request.

authorise() gives all headers to send; it is called for each attempt, since a signature carries the time. renew() gets a
fresh token where that is possible, and says whether it was.
"""

from __future__ import annotations

import datetime
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Union

from .._errors import ConfigurationError
from .._wire import Request

LONGEST_TOKEN = 32768


class Credential:
    """One that cannot be renewed and adds nothing."""

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        return dict(request.headers)

    def renew(self) -> bool:
        return False


class Token(Credential):
    """An IAM token that somebody else fetched."""

    def __init__(self, token: str) -> None:
        self._token = token

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        return {**request.headers, "X-Auth-Token": self._token}


class Absent(NamedTuple):
    """A source that was not begun: what it would have needed."""

    lacks: str


class Found(NamedTuple):
    """A whole credential and the project that its source names, if any."""

    credential: Credential
    project_id: Optional[str] = None
    project_origin: str = ""


Finding = Union[Absent, Found]


class Values:
    """Named values of one source, read without blanks around them (keys and tokens have none, pasted ones often do)."""

    def __init__(self, kind: str, mapping: Mapping[str, Any]) -> None:
        self._kind = kind
        self._mapping = mapping

    def get(self, name: str) -> Optional[str]:
        return (self._mapping.get(name) or "").strip() or None

    def given(self, *names: str) -> List[str]:
        return [name for name in names if self.get(name)]

    def required(self, name: str, begun_by: List[str]) -> str:
        """The value, or the error that a source was begun and is not whole."""
        value = self.get(name)
        if value is None:
            raise ConfigurationError(
                f"{self._kind} {name} is missing, while {', '.join(begun_by)} is set.",
                hint="A credential must come whole from one source; set what is missing or unset the rest.",
            )
        return value

    def header(self, name: str) -> Optional[str]:
        """As get(), for values that travel in a header: visible ASCII only."""
        value = self.get(name)
        if value is not None and not (value.isascii() and value.isprintable() and " " not in value):
            raise ConfigurationError(
                f"{self._kind} {name} holds characters that an HTTP header cannot carry.",
                hint="Look for a line break, a blank, a quote pasted along, or a template that was not rendered.",
            )
        if value is not None and len(value) > LONGEST_TOKEN:
            raise ConfigurationError(
                f"{self._kind} {name} has {len(value)} characters; at most {LONGEST_TOKEN} are allowed."
            )
        return value
