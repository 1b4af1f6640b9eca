# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch tokens by user name and password, one for each project.

Source: https://support.huaweicloud.com/intl/en-us/api-iam/, KeystoneCreateUserTokenByPassword.
"""

from __future__ import annotations

import datetime
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from .._concurrency.single_flight import SingleFlight
from .._errors import ConfigurationError, InvalidResponseError, RefusedError
from .._http.models import Operation, Request, Response
from .._settings import project_id_problem
from .credentials import Caller, Credential, Project, SourceContext
from .exchange import POST_SUCCESS_STATUSES, CredentialExchange
from .temporary_keys import expires_soon, read_time
from .values import Values, header_value

OPERATION = "KeystoneCreateUserTokenByPassword"
# Idempotent: a new token does not invalidate an old one. A rejected password is never repeated.
_OPERATION = Operation("IAM", OPERATION, success_statuses=POST_SUCCESS_STATUSES)
# Statuses that concern the requested project only.
_NOT_THIS_PROJECT = (403, 404)


class _IssuedToken(NamedTuple):
    """A token, and its expiry by the clock of the host, None if it is unknown."""

    token: str
    expires_at: Optional[datetime.datetime]


class PasswordTokens(Credential):
    """The tokens of a user: one of the account for IAM, and one of each project for HSS. Thread-safe.

    Each is fetched at first use and again before it expires.
    """

    def __init__(self, username: str, password: str, domain_name: str, exchange: CredentialExchange) -> None:
        domain = {"name": domain_name}
        user = {"name": username, "password": password, "domain": domain}
        self._identity = {"methods": ["password"], "password": {"user": user}}
        self._domain = domain
        self._exchange_service = exchange
        self._tokens: Dict[Optional[str], _IssuedToken] = {}
        # Tokens of several projects are fetched concurrently, that of one project by one thread.
        self._single_flight = SingleFlight()
        self._refused: Optional[RefusedError] = None

    def authorise(self, request: Request, when: datetime.datetime) -> Dict[str, str]:
        """Return the headers with the token of the project, or of the account. Raises HssError if it cannot be fetched."""
        project_id = request.project_id
        with self._single_flight.lock_for(project_id):
            issued = self._tokens.get(project_id)
            if issued is None or expires_soon(issued.expires_at, when):
                issued = self._fetch_for(project_id)
                self._tokens[project_id] = issued
        return {**request.headers, "X-Auth-Token": issued.token}

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Discard the rejected token, so that the next request fetches a new one, and return True."""
        # If the token is absent, another request has discarded it already.
        for project_id, issued in list(self._tokens.items()):
            if issued.token == refused.get("X-Auth-Token"):
                self._tokens.pop(project_id, None)
        return True

    def project_by_name(self, name: str) -> Optional[Project]:
        """Return the project of this name, or None if IAM does not issue a token for it.

        The body of a token that is requested by the name contains the ID, so no second call is needed.
        """
        try:
            issued, project = self._fetch({"project": {"name": name, "domain": self._domain}})
        except RefusedError as error:
            if error.status_code not in _NOT_THIS_PROJECT:
                raise
            # The list of projects in IAM gives a better error message.
            return None
        if (
            project is None or project.name != name
        ):  # pragma: no cover - IAM issued it for another project; its list is used then
            return None
        self._tokens[project.id] = issued
        return project

    def _fetch_for(self, project_id: Optional[str]) -> _IssuedToken:
        """Fetch the token of a project, or that of the account if it is None. Raises HssError if that fails."""
        if not project_id:
            return self._fetch({"domain": self._domain})[0]
        try:
            issued, project = self._fetch({"project": {"id": project_id}})
        except RefusedError as error:
            error.affects_all_scopes = error.affects_all_scopes and error.status_code not in _NOT_THIS_PROJECT
            raise
        if project and project.id != project_id:
            raise _unusable("with a token of another project")
        return issued

    def _fetch(self, scope: Mapping[str, Any]) -> Tuple[_IssuedToken, Optional[Project]]:
        """Fetch a token, but raise the first rejection of the password again: repeating it would lock the user."""
        if self._refused is not None:
            raise self._refused
        try:
            return self._exchange(scope)
        except RefusedError as error:
            if error.status_code == 401:
                self._refused = error
            raise

    def _exchange(self, scope: Mapping[str, Any]) -> Tuple[_IssuedToken, Optional[Project]]:
        """Request a token from IAM; return it with the project that its body names, or None."""
        url = f"{self._exchange_service.iam_url()}/v3/auth/tokens?nocatalog=true"
        response, data = self._exchange_service.post(
            _OPERATION, url, {"auth": {"identity": self._identity, "scope": scope}}
        )
        token = subject_token(response, _OPERATION, self._exchange_service)
        body = data.get("token")
        fields = body if isinstance(body, dict) else {}
        self.caller = token_caller(fields)
        expires = fields.get("expires_at")
        expires_at = self._exchange_service.by_host_clock(read_time(expires if isinstance(expires, str) else None))
        return _IssuedToken(token, expires_at), _project(fields.get("project"))


def token_caller(token: Mapping[str, Any]) -> Caller:
    """Return the caller of a token from its description in a response of IAM.

    The principal has the form of STS. A token of an agency has no user, and IAM names it ACCOUNT/AGENCY: the name is kept then.
    """
    user = token.get("user")
    fields = user if isinstance(user, dict) else {}
    domain = fields.get("domain")
    account_id = domain.get("id") if isinstance(domain, dict) else None
    name = fields.get("name")
    if not (isinstance(account_id, str) and isinstance(name, str)):
        return Caller(account_id if isinstance(account_id, str) else None)
    return Caller(account_id, name if "assumed_by" in token else f"iam::{account_id}:user:{name}")


def subject_token(response: Response, operation: Operation, exchange: CredentialExchange) -> str:
    """Return the token in the header X-Subject-Token, registered as a secret first.

    Raises InvalidResponseError if it is missing or malformed.
    """
    token = (response.headers.get("X-Subject-Token") or "").strip()
    exchange.register(token)
    try:
        usable = header_value(token, "X-Subject-Token")
    except ConfigurationError:
        usable = ""
    if not usable:
        raise _unusable("without a usable X-Subject-Token header", operation, response.request_id)
    return usable


def password_tokens(
    values: Values, username: str, password: str, domain_name: str, context: SourceContext
) -> PasswordTokens:
    """Return the credential from the named values. Raises ConfigurationError, which names what is missing or invalid."""
    names_set = values.given(username, password, domain_name)
    for name in (username, password, domain_name):
        values.required(name, names_set)
    user, account = values.name(username) or "", values.name(domain_name) or ""
    return PasswordTokens(user, values.password(password), account, context.exchange())


def _project(data: Any) -> Optional[Project]:
    """Return the project in the body of a token, or None if it is missing or malformed."""
    if not isinstance(data, dict):
        return None
    project_id, name = data.get("id"), data.get("name")
    if not (isinstance(project_id, str) and isinstance(name, str)) or project_id_problem(
        project_id
    ):  # pragma: no cover - a token without its project; IAM's list is used then
        return None
    return Project(project_id, name)


def _unusable(
    problem: str, operation: Operation = _OPERATION, request_id: Optional[str] = None
) -> InvalidResponseError:
    """Return the error for a response without a usable token."""
    return InvalidResponseError.of(
        operation, f"answered {problem}", hint="Check iam_endpoint.", status_code=None, request_id=request_id
    )
