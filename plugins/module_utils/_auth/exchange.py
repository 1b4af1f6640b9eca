# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch credentials from IAM, STS, or a service of the machine itself."""

from __future__ import annotations

import contextlib
import datetime
import json
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Tuple

from .._clock import Clock
from .._errors import HssError
from .._http.json_body import json_object
from .._http.models import Operation, Request, Response
from .._http.transport import Authorise, Renew, Transport
from .._redaction import Secrets

POST_SUCCESS_STATUSES = (200, 201)
_JSON = "application/json;charset=utf8"


def unauthenticated(request: Request, when: datetime.datetime) -> Dict[str, str]:
    """Return the headers unchanged, for exchanges that need no credential."""
    return dict(request.headers)


def never_renew(
    refused: Mapping[str, str],
) -> bool:  # pragma: no cover - exchanges without a credential are not rejected for it
    """Return False: there is no credential to renew."""
    return False


@contextlib.contextmanager
def _mark_as_global() -> Iterator[None]:
    """Mark errors raised inside as affecting every scope, since all scopes need the credential."""
    try:
        yield
    except HssError as error:
        error.affects_all_scopes = True
        raise


class CredentialExchange:
    """Send the requests that fetch credentials. Errors raised affect all scopes.

    `iam_url` and `sts_url` are called when a credential is fetched, since its source may set the address. `machine_transport`
    creates the transport to metadata services: no proxy, short timeouts, few attempts.
    """

    def __init__(
        self,
        transport: Transport,
        machine_transport: Callable[[], Transport],
        secrets: Secrets,
        clock: Clock,
        iam_url: Callable[[], str],
        sts_url: Callable[[], Optional[str]],
    ) -> None:
        self._transport = transport
        self._machine_transport = machine_transport
        self._secrets = secrets
        self._clock = clock
        self.iam_url = iam_url
        self.sts_url = sts_url

    def post(
        self,
        operation: Operation,
        url: str,
        body: Mapping[str, Any],
        headers: Optional[Mapping[str, str]] = None,
        authorise: Authorise = unauthenticated,
        renew: Renew = never_renew,
    ) -> Tuple[Response, Dict[str, Any]]:
        """Send JSON with the headers that `authorise` adds, and return the response and its JSON object.

        Raises HssError if there is no usable response.
        """
        request = Request("POST", url, {**(headers or {}), "Content-Type": _JSON}, json.dumps(body).encode("utf-8"))
        with _mark_as_global():
            response = self._transport.send(request, operation, authorise, renew)
            return response, json_object(response, operation, self._secrets)

    def get(self, operation: Operation, url: str, authorise: Authorise, renew: Renew) -> Dict[str, Any]:
        """Return the JSON object at a URL. Raises HssError if there is no usable response."""
        with _mark_as_global():
            response = self._transport.send(Request("GET", url, {}), operation, authorise, renew)
            return json_object(response, operation, self._secrets)

    def query_machine(
        self, operation: Operation, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        """Return the response of a service of the machine itself, usually at a link-local or loopback address.

        Raises HssError if there is no usable response.
        """
        with _mark_as_global(), contextlib.closing(self._machine_transport()) as transport:
            return transport.send(Request(method, url, dict(headers), body), operation, unauthenticated, never_renew)

    def parse_json(self, response: Response, operation: Operation) -> Dict[str, Any]:
        """Return the JSON object of a response. Raises InvalidResponseError if it has none."""
        return json_object(response, operation, self._secrets)

    def by_host_clock(self, expires_at: Optional[datetime.datetime]) -> Optional[datetime.datetime]:
        """Convert an expiry of the cloud to the clock of the host, which may be behind. None remains None."""
        try:
            return expires_at and expires_at - self._clock.lead
        except OverflowError:
            return expires_at

    def register(self, *secrets: Optional[str]) -> None:
        """Register secrets for redaction, before their first use."""
        self._secrets.register(*secrets)
