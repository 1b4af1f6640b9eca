# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send an operation with the task's credential: a path and a query in, a checked JSON object out."""

from __future__ import annotations

import copy
import datetime
import json
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Set, Tuple, Union

from .._auth.chain import register_secrets, resolve
from .._auth.credentials import Project, SourceContext
from .._clock import Clock
from .._concurrency.single_flight import SingleFlight
from .._concurrency.unlimited import Unlimited
from .._errors import ConfigurationError, ConnectionFailedError, HssError, RefusedError
from .._http.json_body import json_object
from .._http.models import Operation, Request
from .._http.transport import Transport
from .._redaction import Secrets
from .._settings import Settings, endpoint_of, read_settings
from .._urls import DEFAULT_CLOUD, default_cloud, normalised, operation_url, service_url, without_version

if TYPE_CHECKING:
    from .._auth.credentials import Agency
    from .._auth.exchange import CredentialExchange
    from .._concurrency.controller import Controller
    from .._concurrency.limiter import ConcurrencyLimiter


# Metadata services of the host itself answer at once or do not exist.
MACHINE_TIMEOUT = 5.0  # seconds
MACHINE_RETRIES = 1
# Without the option: for the pages of a list.
DEFAULT_CONCURRENCY = 16


class Reply(NamedTuple):
    """A checked JSON object and the ID under which the cloud knows the request."""

    data: Dict[str, Any]
    request_id: Optional[str]


class Client:
    """Sends the operations of one task."""

    def __init__(
        self,
        params: Mapping[str, Any],
        environ: Mapping[str, str],
        secrets: Secrets,
        clock: Optional[Clock] = None,
        threads: bool = False,
        check_mode: bool = False,
        progress_file: Optional[str] = None,
    ) -> None:
        register_secrets(params, environ, secrets)
        secrets.register_url(params.get("endpoint"))
        secrets.register_url(params.get("iam_endpoint"))
        # The name of the account whose credential this is, None without several accounts.
        self.account: Optional[str] = None
        # Regions for which HSS has returned an accepted response.
        self.answered_regions: Set[Optional[str]] = set()
        # Report what would be started, and start nothing.
        self.check_mode = check_mode
        # The file to which the progress of a wait is appended, for the action plugin on the controller.
        self.progress_file = progress_file
        self.clock = clock or Clock()
        self.single_flight = SingleFlight()
        self._secrets = secrets
        self.environ = environ
        self.settings: Settings = read_settings(params, environ)
        # Only tasks with several scopes or a deadline import and start threads.
        self.queries_many_scopes = bool(params.get("all_projects")) or any(
            params.get(n) is not None
            for n in ("scopes", "deadline", "accounts", "include_projects", "exclude_projects")
        )
        self._limiter: Union[ConcurrencyLimiter, Unlimited] = Unlimited(self.clock)
        self._controller: Optional[Controller] = None
        # The region whose IAM and STS are used if the task itself names no region.
        self._first_region: Optional[str] = None
        if self.queries_many_scopes or threads or params.get("concurrency") not in (None, DEFAULT_CONCURRENCY):
            self._prepare_concurrency(params)
        self._transports: List[Transport] = []
        self._transport = self._make_transport(self.settings.request_timeout, self.settings.max_retries)
        resolved = resolve(SourceContext(params, environ, secrets, self._exchange))
        self.auth_source = resolved.source
        # An explicit project wins over the one of the credential's own source.
        self.project_id = self.settings.project_id or resolved.project_id
        self.credential = resolved.credential
        self.single_project = resolved.credential.single_project
        self.iam_endpoint = self.settings.iam_endpoint or resolved.iam_endpoint
        self._rejected_hint = resolved.hint

    def for_account(self, account: str, agency: Optional[Agency]) -> Client:
        """Return a client for another account of this task, which shares everything but the credential.

        Its credential is that of the agency, which is assumed at its first use with this client's credential, or this client's own.
        """
        client = copy.copy(self)
        client.account = account
        client.answered_regions = set()
        client.single_flight = SingleFlight()
        if agency is not None:
            from .._auth.agency import assume_agency

            client.project_id = None
            client.credential = assume_agency(self.credential, agency, self._exchange())
            client.single_project = False
        return client

    def aside(self, limiter: Unlimited) -> Client:
        """Return a client for auxiliary requests: each is sent once, and a rejected credential does not stop other requests."""
        client = copy.copy(self)
        client._transport = self._transport.aside(limiter)
        return client

    def now(self) -> datetime.datetime:
        """Return the later of the host's time and the latest answer's Date, aware, in UTC: for ages and expiries."""
        return self.clock.latest()

    @property
    def clock_skew(self) -> datetime.timedelta:
        """Return how far the cloud's clock is ahead of the host's (negative: behind), by the answers' Date; zero where unknown."""
        return self.clock.skew

    @property
    def throttled_seconds(self) -> float:
        """Return the seconds in which at least one request of this task waited for the quota of its operation."""
        return round(self._limiter.throttled_seconds(), 3)

    def close(self) -> None:
        """End all requests and waits of this task, those of other threads included, and close its connections."""
        if self._controller is not None:
            self.cancel_token.cancel()
        for transport in self._transports:
            transport.close()

    def require_controller(self) -> None:
        """Raise CancelledError if the ansible-playbook that runs this task has ended: before anything is started or written."""
        if self._controller is not None:
            self._controller.require()

    def redact(self, text: str) -> str:
        """Return the text without the secrets of this task."""
        return self._secrets.redact(text)

    def contains_secret(self, text: str) -> bool:
        """Return whether the text contains a secret of this task."""
        return self._secrets.occur_in(text)

    def call(
        self,
        operation: Operation,
        region: Optional[str],
        path: Iterable[str],
        query: Iterable[Tuple[str, str]] = (),
        *,
        project_id: str = "",
        body: Optional[Mapping[str, Any]] = None,
        base: Optional[str] = None,
    ) -> Reply:
        """Send an operation, and return its checked answer. It is a GET, or a POST of `body` as JSON.

        `path` follows /v5/{project_id} of HSS in the region, or /v3 of the IAM that knows the region's projects, or `base`, the
        address and version of another service.
        """
        is_hss = operation.service == "HSS"
        if is_hss:
            url = operation_url(self.hss_url(region), ("v5", project_id, *path), query)
        else:
            url = operation_url(base or f"{self.iam_url(region)}/v3", path, query)
        if body is None:
            request = Request("GET", url, {}, project_id=project_id or None, account=self.account)
        else:
            # An operation without parameters has no body.
            data = json.dumps(body).encode("utf-8") if body else b""
            headers = {"Content-Type": "application/json"}
            request = Request("POST", url, headers, data, project_id or None, self.account)
        try:
            response = self._transport.send(request, operation, self.credential.authorise, self.credential.renew)
        except HssError as error:
            further = self._rejected_hint if isinstance(error, RefusedError) and error.status_code == 401 else None
            for hint in filter(None, (further, self._iam_hint(error))):
                error.add_hint(hint)
            raise
        if not response.body and operation.answers_without_body:
            return Reply({}, response.request_id)
        reply = Reply(json_object(response, operation, self._secrets), response.request_id)
        if is_hss:
            self.answered_regions.add(region)
        return reply

    def project_by_name(self, name: str) -> Optional[Project]:
        """Return the project of this name if the credential itself knows it, else None: then IAM lists the projects."""
        return self.credential.project_by_name(name)

    def region(self, region: Optional[str]) -> str:
        """Return the region; raise ConfigurationError if it is not known."""
        if not region:
            raise ConfigurationError(
                "The region is not known: set option region or environment variable HW_REGION_NAME.",
                hint="It may be left out only when endpoint and a project ID are given.",
            )
        return region

    def hss_url(self, region: Optional[str]) -> str:
        """Return the URL of HSS in a region, from the option, the environment, or the vendor's pattern."""
        given = self.settings.endpoint or (endpoint_of(region, self.environ) if region else None)
        return normalised(given or service_url("hss", self.region(region), self.settings.cloud))

    @property
    def endpoints(self) -> Set[Tuple[str, str]]:
        """Return the services that requests were sent to, each with scheme, host and port."""
        return set().union(*(transport.endpoints for transport in self._transports))

    def iam_url(self, region: Optional[str] = None) -> str:
        """Return the URL of IAM, without the version: the explicit endpoint, else that of the task's or the scope's region.

        Without a region it is the global IAM, which serves each operation too.
        """
        given = self.iam_endpoint
        known = self.settings.region or region or self._first_region
        if not given and not known:  # pragma: no cover - each test has an IAM of its own
            return f"https://iam.{self.settings.cloud or DEFAULT_CLOUD}"
        return normalised(without_version(given or service_url("iam", known or "", self.settings.cloud)))

    def sts_url(self) -> Optional[str]:
        """Return the URL of STS, or None if only IAM has an explicit endpoint, since the usual STS may belong to another cloud."""
        if self.settings.sts_endpoint:
            return normalised(self.settings.sts_endpoint)
        if self.iam_endpoint:
            return None
        return normalised(
            service_url("sts", self.region(self.settings.region or self._first_region), self.settings.cloud)
        )

    def _iam_hint(self, error: HssError) -> Optional[str]:
        """Return a hint that names the endpoint of IAM or STS if it was chosen by default and did not answer."""
        if error.service == "STS" and isinstance(error, ConnectionFailedError) and not self.settings.sts_endpoint:
            return (
                "Where a region has no STS of its own, set HUAWEICLOUD_SDK_STS_ENDPOINT to that of another region of the same cloud, "
                "such as https://sts.cn-north-4.myhuaweicloud.com: it issues keys for every region."
            )
        if error.service != "IAM" or self.iam_endpoint:
            return None
        region = self.settings.region or self._first_region
        if not region:
            return "No region and no iam_endpoint is set, so the global IAM was queried: set one of them for another cloud or site."
        if not isinstance(error, ConnectionFailedError):
            return None
        cloud = self.settings.cloud or default_cloud(region)
        return f"Where a region has no IAM of its own, set iam_endpoint to the global IAM, https://iam.{cloud}."

    def _exchange(self) -> CredentialExchange:
        # Imported lazily: only a credential that has to be fetched needs it.
        from .._auth.exchange import CredentialExchange

        return CredentialExchange(
            self._transport, self._machine_transport, self._secrets, self.clock, self.iam_url, self.sts_url
        )

    def _make_transport(self, timeout: float, max_retries: int, use_proxies: bool = True) -> Transport:
        transport = Transport(
            verify=(self.settings.ca_path or True) if self.settings.validate_certs else False,
            timeout=timeout,
            max_retries=max_retries,
            environ=self.environ,
            secrets=self._secrets,
            clock=self.clock,
            use_proxies=use_proxies,
            limiter=self._limiter,
        )
        self._transports.append(transport)
        return transport

    def _prepare_concurrency(self, params: Mapping[str, Any]) -> None:
        from .._concurrency.cancellation import CancelToken
        from .._concurrency.controller import Controller
        from .._concurrency.limiter import ConcurrencyLimiter
        from .scopes import check_scope_options, first_region

        if params.get("concurrency") is not None:
            check_scope_options(params)
            self._first_region = first_region(params.get("scopes"), self.settings)
        self.cancel_token = CancelToken(self.clock, params.get("deadline"))
        self._controller = Controller()
        self._limiter = ConcurrencyLimiter(
            params.get("concurrency") or DEFAULT_CONCURRENCY, self.clock, self.cancel_token
        )

    def _machine_transport(self) -> Transport:
        timeout = min(MACHINE_TIMEOUT, self.settings.request_timeout)
        return self._make_transport(timeout, min(MACHINE_RETRIES, self.settings.max_retries), use_proxies=False)
