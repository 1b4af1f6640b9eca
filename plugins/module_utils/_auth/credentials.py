# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define credentials: objects with one job, to authorise a request.

authorise() returns all headers to send; it is called for each attempt, since a signature carries the time. renew() gets
the headers that were refused, replaces the credential where that is possible, and returns whether it did.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, NamedTuple, Optional

from .._http.models import Request
from .._redaction import Secrets
from .signer import signed_headers
from .values import Values

if TYPE_CHECKING:
    from .exchange import CredentialExchange


class Project(NamedTuple):
    """A project as IAM names it."""

    id: str
    name: str
    enabled: bool = True


class Credential:
    """One that cannot be renewed and adds nothing.

    `signs`: by a signature rather than by a token. `single_project`: it is good for no other.
    """

    signs = False
    single_project = False

    def authorise(
        self, request: Request, when: datetime.datetime
    ) -> Dict[str, str]:  # pragma: no cover - each credential has its own
        return dict(request.headers)

    def renew(self, refused: Mapping[str, str]) -> bool:
        return False

    def project_by_name(self, name: str) -> Optional[Project]:
        """The project of this name, where getting the credential for it tells; None leaves IAM to be asked."""
        return None


class Token(Credential):
    """An IAM token that somebody else fetched."""

    single_project = True

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


class SourceResult(NamedTuple):
    """A whole credential, and what else its source says. `hint` is added where the credential is refused."""

    credential: Credential
    project_id: Optional[str] = None
    project_origin: str = ""
    iam_endpoint: Optional[str] = None
    iam_endpoint_origin: str = ""
    agency: Optional[Agency] = None
    hint: Optional[str] = None


class SourceContext(NamedTuple):
    """All that a source may look at. `network` makes the way to fetch a credential later, at its use: finding one sends nothing."""

    params: Mapping[str, Any]
    environ: Mapping[str, str]
    secrets: Secrets
    exchange: Callable[[], CredentialExchange]


class KeyPair(Credential):
    """An access key with its secret key, and a security token where the pair is temporary."""

    signs = True

    def __init__(self, access_key: str, secret_key: str, security_token: Optional[str] = None) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._security_token = security_token

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        headers = dict(request.headers)
        if request.project_id:
            headers["X-Project-Id"] = request.project_id
        if self._security_token:
            headers["X-Security-Token"] = self._security_token
        return signed_headers(
            request.method, request.url, headers, request.body, self._access_key, self._secret_key, when
        )


def key_pair(values: Values, access_key: str, secret_key: str, security_token: str) -> KeyPair:
    """The pair under these names, or the error that says which part of it is missing."""
    names_set = values.given(access_key, secret_key, security_token)
    values.required(access_key, names_set)
    values.required(secret_key, names_set)
    return KeyPair(values.header(access_key) or "", values.key(secret_key) or "", values.header(security_token))
