# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Joins a credential to the transport: an operation's path and query go in, a JSON object comes out."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, Mapping, NamedTuple, Optional, Tuple

from ._auth.chain import register_secrets, resolve
from ._clock import Clock
from ._endpoints import normalised, service_url, without_version
from ._errors import ConfigurationError, InvalidAnswerError
from ._http import Transport
from ._options import Settings, read_settings
from ._redaction import Secrets
from ._wire import Answer, Call, Request, encode, encode_query

_ERROR_MEMBERS = ("error_code", "errorCode", "error_msg", "errorMsg", "error")


class Reply(NamedTuple):
    """A checked JSON object and the ID under which the cloud knows the request."""

    data: Dict[str, Any]
    request_id: Optional[str]


class Client:
    """What the functions of each operation call. Made once for each task."""

    def __init__(
        self, params: Mapping[str, Any], environ: Mapping[str, str], secrets: Secrets, clock: Optional[Clock] = None
    ) -> None:
        register_secrets(params, environ, secrets)
        secrets.register_url(params.get("endpoint"))
        secrets.register_url(params.get("iam_endpoint"))
        self.clock = clock or Clock()
        self._secrets = secrets
        self.settings: Settings = read_settings(params, environ)
        resolved = resolve(params, environ)
        self.auth_source = resolved.source
        # An explicit project wins over the one of the credential's own source.
        self.project_id = self.settings.project_id or resolved.project_id
        self._credential = resolved.credential
        self._transport = Transport(
            verify=(self.settings.ca_path or True) if self.settings.validate_certs else False,
            timeout=self.settings.request_timeout,
            max_retries=self.settings.max_retries,
            environ=environ,
            secrets=secrets,
            clock=self.clock,
        )

    def get_hss(self, operation: str, project_id: str, path: Iterable[str], query: Iterable[Tuple[str, str]]) -> Reply:
        """GET /v5/{project_id}/{path} of HSS."""
        url = self.settings.endpoint or service_url("hss", self.region(), self.settings.cloud)
        return self._get(Call("HSS", operation), url, ("v5", project_id, *path), query, project_id)

    def get_iam(self, operation: str, path: Iterable[str], query: Iterable[Tuple[str, str]] = ()) -> Reply:
        """GET /v3/{path} of IAM."""
        url = self.settings.iam_endpoint or service_url("iam", self.region(), self.settings.cloud)
        return self._get(Call("IAM", operation), without_version(url), ("v3", *path), query, None)

    def region(self) -> str:
        """The region, or the error that says how to give it."""
        if not self.settings.region:
            raise ConfigurationError(
                "The region is not known: set option region or environment variable HW_REGION_NAME.",
                hint="It may be left out only when endpoint and a project ID are given.",
            )
        return self.settings.region

    def _get(
        self, call: Call, base: str, path: Iterable[str], query: Iterable[Tuple[str, str]], project_id: Optional[str]
    ) -> Reply:
        url = "/".join((normalised(base), *(encode(segment) for segment in path)))
        query_string = encode_query(query)
        if query_string:
            url = f"{url}?{query_string}"
        request = Request("GET", url, {}, project_id=project_id)
        answer = self._transport.send(request, call, self._credential.authorise, self._credential.renew)
        return Reply(self._object(answer, call), answer.request_id)

    def _object(self, answer: Answer, call: Call) -> Dict[str, Any]:
        """The body of a 200, which must be a JSON object that reports no error."""
        data: Any = None
        if "html" not in (answer.headers.get("Content-Type") or "").lower():
            try:
                data = json.loads(answer.body.decode("utf-8"))
            except (ValueError, RecursionError):
                data = None
        if not isinstance(data, dict):
            from ._diagnosis import describe_body

            came = describe_body(answer.body, answer.headers.get("Content-Type") or "")
            raise InvalidAnswerError(
                f"{call.service} {call.operation} answered HTTP 200 with {came}, so nothing is known.",
                hint="Check endpoint and proxy settings.",
                service=call.service,
                operation=call.operation,
                status_code=answer.status,
                request_id=answer.request_id,
            )
        if any(data.get(member) for member in _ERROR_MEMBERS):
            from ._failures import refusal

            raise refusal(answer, call, f"{call.service} {call.operation} reported an error", self._secrets)
        return data
