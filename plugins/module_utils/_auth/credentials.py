# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define credentials: objects whose only job is to authorise a request.

authorise() returns all headers to send. It is called for each attempt, since a signature contains the time. renew() receives
the rejected headers, replaces the credential if possible, and returns whether it did.
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
    """A project of IAM."""

    id: str
    name: str
    enabled: bool = True


class Caller(NamedTuple):
    """The caller: the ID of the account, and the URN of the user or of the session of an agency. None if unknown."""

    account_id: Optional[str] = None
    principal: Optional[str] = None


class Credential:
    """Base class: a credential that cannot be renewed and adds no headers.

    `signs`: it signs requests rather than sending a token. `single_project`: it is valid for one project only. `caller`: the caller by
    the response that issued the credential, None if that response does not contain it.
    """

    signs = False
    single_project = False
    caller: Optional[Caller] = None

    def authorise(
        self, request: Request, when: datetime.datetime
    ) -> Dict[str, str]:  # pragma: no cover - each credential has its own
        """Return all headers to send, with those that authorise the request. `when`: the current time, aware."""
        return dict(request.headers)

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Replace the credential whose headers were rejected, and return whether that was possible."""
        return False

    def project_by_name(self, name: str) -> Optional[Project]:
        """Return the project of this name if fetching the credential provides it, or None, so that IAM is queried."""
        return None


class Token(Credential):
    """An IAM token that was provided by the user."""

    single_project = True

    def __init__(self, token: str) -> None:
        self._token = token

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        """Return the headers with the token."""
        return {**request.headers, "X-Auth-Token": self._token}


class Agency(NamedTuple):
    """An agency to assume, by its name and the name or ID of its account. `duration`: validity of the keys in seconds.

    `external_id`: the value that the agency's trust policy asks for, which only STS takes.
    """

    name: str
    domain_name: Optional[str]
    domain_id: Optional[str]
    duration: int
    external_id: Optional[str] = None


class SourceResult(NamedTuple):
    """A complete credential and further values of its source. `hint` is added to the message if the credential is rejected."""

    credential: Credential
    project_id: Optional[str] = None
    project_origin: str = ""
    iam_endpoint: Optional[str] = None
    iam_endpoint_origin: str = ""
    agency: Optional[Agency] = None
    hint: Optional[str] = None


class SourceContext(NamedTuple):
    """The input of a source. `exchange` creates the service that fetches a credential at its first use: a source sends nothing."""

    params: Mapping[str, Any]
    environ: Mapping[str, str]
    secrets: Secrets
    exchange: Callable[[], CredentialExchange]


class KeyPair(Credential):
    """An access key with its secret key, and a security token if the pair is temporary."""

    signs = True

    def __init__(self, access_key: str, secret_key: str, security_token: Optional[str] = None) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._security_token = security_token

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        """Return the headers with the project, the security token and the signature."""
        headers = dict(request.headers)
        if request.project_id:
            headers["X-Project-Id"] = request.project_id
        if self._security_token:
            headers["X-Security-Token"] = self._security_token
        return signed_headers(
            request.method, request.url, headers, request.body, self._access_key, self._secret_key, when
        )


def key_pair(values: Values, access_key: str, secret_key: str, security_token: str) -> KeyPair:
    """Return the key pair from the named values. Raises ConfigurationError, which names what is missing or invalid."""
    names_set = values.given(access_key, secret_key, security_token)
    values.required(access_key, names_set)
    values.required(secret_key, names_set)
    return KeyPair(values.header(access_key) or "", values.key(secret_key) or "", values.header(security_token))
