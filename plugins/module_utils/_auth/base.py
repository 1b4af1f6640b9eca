# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a credential is: an object with one job, to authorise this request.

authorise() gives all headers to send; it is called for each attempt, since a signature carries the time. renew() is told
the headers that were refused, gets a fresh credential where that is possible, and says whether it did.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, NamedTuple, Optional

from .._redaction import Secrets
from .._wire import Request

if TYPE_CHECKING:
    from .network import Network


class Project(NamedTuple):
    """A project as IAM names it."""

    id: str
    name: str


class Credential:
    """One that cannot be renewed and adds nothing.

    `signs`: by a signature rather than by a token. `for_one_project`: it is good for no other.
    """

    signs = False
    for_one_project = False

    def authorise(
        self, request: Request, when: datetime.datetime
    ) -> Dict[str, str]:  # pragma: no cover - each credential has its own
        return dict(request.headers)

    def renew(self, refused: Mapping[str, str]) -> bool:
        return False

    def project_named(self, name: str) -> Optional[Project]:
        """The project of this name, where getting the credential for it tells; None leaves IAM to be asked."""
        return None


class Token(Credential):
    """An IAM token that somebody else fetched."""

    for_one_project = True

    def __init__(self, token: str) -> None:
        self._token = token

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        return {**request.headers, "X-Auth-Token": self._token}


class Agency(NamedTuple):
    """An agency to assume: by name, in the account that has this name or this ID. `duration` in seconds."""

    name: str
    domain_name: Optional[str]
    domain_id: Optional[str]
    duration: int


class Found(NamedTuple):
    """A whole credential, and what else its source says. `hint` is added where the credential is refused."""

    credential: Credential
    project_id: Optional[str] = None
    project_origin: str = ""
    iam_endpoint: Optional[str] = None
    iam_endpoint_origin: str = ""
    agency: Optional[Agency] = None
    hint: Optional[str] = None


class Context(NamedTuple):
    """All that a source may look at. `network` makes the way to fetch a credential later, at its use: finding one sends nothing."""

    params: Mapping[str, Any]
    environ: Mapping[str, str]
    secrets: Secrets
    network: Callable[[], Network]
