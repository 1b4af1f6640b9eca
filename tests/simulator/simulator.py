# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator: one HTTP and one HTTPS listener before the same cloud."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tests.simulator import routes
from tests.simulator.answer import Answer, Declined, declined, gateway_error, iam_error, not_published
from tests.simulator.authentication import Authenticator, Refused
from tests.simulator.certificates import certificates
from tests.simulator.cloud import Cloud
from tests.simulator.clusters import Cluster
from tests.simulator.fault import Fault, FaultList, Plan
from tests.simulator.inventory import Inventory
from tests.simulator.issuing import Issuer
from tests.simulator.lockout import Lockout
from tests.simulator.quotas import Quota, QuotaList
from tests.simulator.request import ReceivedRequest
from tests.simulator.scanning import Task
from tests.simulator.scenario import Scenario
from tests.simulator.server import Server

if TYPE_CHECKING:
    from typing import Self

_PASSWORD_LOCK_SECONDS = 15 * 60
# They would win over the key pair, or go with another one. Empty counts as not set.
_NOT_OF_THE_KEY_PAIR = (
    "HUAWEICLOUD_SDK_IDP_ID",
    "HUAWEICLOUD_SDK_ID_TOKEN_FILE",
    "HUAWEICLOUD_SDK_PROJECT_ID",
    "HUAWEICLOUD_SDK_SECURITY_TOKEN",
)


class Simulator:
    """Listens while the with block runs. errors holds the tracebacks of failures of the simulator itself."""

    def __init__(self, scenario: Mapping[str, Any], port: int = 0, tls_port: int = 0) -> None:
        self._ports = (port, tls_port)
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._servers: list[Server] = []
        self._requests: list[ReceivedRequest] = []
        self._in_flight: set[int] = set()
        self._peak = 0
        self.errors: list[str] = []
        self.http_url = ""
        self.https_url = ""
        self.ca_path = ""
        parsed = Scenario.parse(scenario)
        self.clock_offset = parsed.clock_offset
        self.latency = parsed.latency
        self._inventory = Inventory(parsed, self.now)
        self._issuer = Issuer(self.now, parsed.issued_lifetime)
        self._authenticator = Authenticator(self.now, self._issuer)
        self._passwords = Lockout(self.now, _PASSWORD_LOCK_SECONDS)
        self._faults = FaultList(parsed.seed)
        for fault in parsed.faults:
            self._faults.add(fault)
        self._quotas = QuotaList(self.now)
        for quota in parsed.quotas:
            self._quotas.add(quota)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        secrets = certificates()
        try:
            self._servers.append(Server(self, self._ports[0]))
            self._servers.append(Server(self, self._ports[1], secrets.server_context))
            handle, self.ca_path = tempfile.mkstemp(prefix="hss-simulator-ca-", suffix=".pem")
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.ca_pem)
        except BaseException:
            self.stop()
            raise
        self.http_url = f"http://127.0.0.1:{self._servers[0].port}"
        self.https_url = f"https://127.0.0.1:{self._servers[1].port}"

    def stop(self) -> None:
        self._stopping.set()
        servers, self._servers = self._servers, []
        for server in servers:
            server.stop()
        if self.ca_path:
            Path(self.ca_path).unlink(missing_ok=True)
            self.ca_path = ""

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables that redirect a playbook to this simulator, with the scenario's first permanent key pair."""
        scenario = self._inventory.scenario
        regions = sorted({project.region for project in scenario.projects.values()})
        pairs = [key for key in scenario.access_keys.values() if not key.security_token and not key.expired]
        result = {
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": self.https_url,
            "HUAWEICLOUD_SDK_STS_ENDPOINT": self.https_url,
            "REQUESTS_CA_BUNDLE": self.ca_path,
        }
        for region in regions:
            name = region.upper().replace("-", "_")
            for service in ("HSS", "CCE"):
                result[f"HUAWEICLOUD_SDK_REGION_{service}_{name}"] = f"{self.https_url}/regions/{region}"
        if pairs:
            result.update(dict.fromkeys(_NOT_OF_THE_KEY_PAIR, ""))
            result.update(HUAWEICLOUD_SDK_AK=pairs[0].access_key, HUAWEICLOUD_SDK_SK=pairs[0].secret_key)
        return result

    @property
    def requests(self) -> list[ReceivedRequest]:
        """All requests in the order of their arrival; the list is a copy."""
        with self._guard:
            return list(self._requests)

    @property
    def peak_in_flight(self) -> int:
        """The most requests that were being answered at the same time."""
        with self._guard:
            return self._peak

    @property
    def issued(self) -> list[str]:
        """Every secret value handed out: tokens, secret keys, security tokens."""
        return self._issuer.issued

    @property
    def issued_lifetime(self) -> float | None:
        """Seconds that what is issued from now on is good for, whatever was asked for; None for as asked."""
        return self._issuer.lifetime

    @issued_lifetime.setter
    def issued_lifetime(self, seconds: float | None) -> None:
        self._issuer.lifetime = seconds

    def expire_issued(self) -> None:
        """Everything issued so far has expired."""
        self._issuer.expire()

    def outdate_tokens(self) -> None:
        """Every token issued so far must be updated: HSS says so, IAM refuses it."""
        self._issuer.outdate_tokens()

    @property
    def tasks(self) -> list[Task]:
        """All scan tasks, the eldest first, as they are at this moment."""
        return self._inventory.tasks()

    def finish_tasks(self) -> None:
        """Every cluster that is being scanned is through now."""
        self._inventory.finish_tasks()

    def start_task(
        self, *clusters: str, scan_types: Iterable[str] = (), project_id: str | None = None, **others: Any
    ) -> Task:
        """As somebody else does: of clusters by name or ID (none for all), of the first project if none is named."""
        return self._inventory.start_task(clusters, scan_types, project_id, **others)

    def cluster(self, name: str, project_id: str | None = None) -> Cluster:
        """Return the first cluster of that name or ID. Raise KeyError if there is none."""
        with self._inventory.of(project_id) as inventory:
            for cluster in inventory.clusters.rows:
                if name in (cluster.name, cluster.id):
                    return cluster
        raise KeyError(name)

    def insert_clusters(self, count: int = 1, at: str = "start", project_id: str | None = None, **row: Any) -> None:
        """Insert clusters at the start or the end of the list; row has the keys of a cluster of a scenario."""
        with self._inventory.of(project_id) as inventory:
            inventory.insert_clusters(count, at, self.now(), row)

    def remove_clusters(self, *names: str, project_id: str | None = None) -> None:
        """Clusters by name or ID, and their risks."""
        with self._inventory.of(project_id) as inventory:
            inventory.remove_clusters([c for c in inventory.clusters.rows if c.name in names or c.id in names])

    def insert_risks(self, count: int = 1, at: str = "start", project_id: str | None = None, **row: Any) -> None:
        """Insert risks at the start or the end of the list; row has the keys of a risk of a scenario."""
        with self._inventory.of(project_id) as inventory:
            inventory.insert_risks(count, at, row)

    def remove_risks(self, *names: str, project_id: str | None = None) -> None:
        """Risks by name or ID."""
        with self._inventory.of(project_id) as inventory:
            inventory.remove_risks([r for r in inventory.risks.rows if r.name in names or r.id in names])

    def inject(self, fault: Mapping[str, Any]) -> Fault:
        checked = Fault.parse(fault)
        self._faults.add(checked)
        return checked

    def limit(self, calls: int, seconds: float, **others: Any) -> None:
        """Accept so many calls of each operation by each user in so many seconds; others are keys of a quota of a scenario."""
        self._quotas.add(Quota.parse({"limit": calls, "seconds": seconds, **others}))

    def reset(self) -> None:
        """Forget faults and quotas (those of the scenario too), requests, refused credentials and locks; not what was issued."""
        self._faults.clear()
        self._quotas.clear()
        self._authenticator.reset()
        self._passwords.reset()
        with self._guard:
            self._requests.clear()
            self._peak = len(self._in_flight)

    def replace_scenario(self, scenario: Mapping[str, Any]) -> None:
        """Replace projects and identities, and forget scan tasks.

        Faults, clock, latency, seed and issued credentials are kept.
        """
        self._inventory = Inventory(Scenario.parse(scenario), self.now)

    def now(self) -> float:
        return time.time() + self.clock_offset

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._stopping.wait(seconds)

    def started(self, request: ReceivedRequest) -> None:
        with self._guard:
            self._requests.append(request)
            request.received_at = self.now()
            self._in_flight.add(id(request))
            self._peak = max(self._peak, len(self._in_flight))

    def finished(self, request: ReceivedRequest, status: int | None) -> None:
        with self._guard:
            request.status = status
            self._in_flight.discard(id(request))

    def decide(self, request: ReceivedRequest) -> tuple[Answer, Plan]:
        throttled = self._quotas.refusal(request)
        if throttled is not None:
            self.sleep(self.latency)
            return throttled, Plan()
        plan = self._faults.plan(request)
        self.sleep(self.latency + plan.delay)
        for rows in plan.moving:
            self._inventory.move(request, **rows)
        answer = plan.answer(request)
        if answer is None or plan.is_carried_out:
            real = plan.alter(self._real_answer(request))
            answer = real if answer is None else answer
        return answer, plan

    def _real_answer(self, request: ReceivedRequest) -> Answer:
        route = routes.find(request)
        if route is None:
            return not_published(request)
        try:
            inventory = self._inventory  # once: another thread may replace it
            return route(
                request, Cloud(inventory.scenario, inventory, self._authenticator, self._issuer, self._passwords)
            )
        except Declined as reason:
            return declined(request, reason)
        except Refused as refusal:
            # A signature is checked by the gateway, whatever the service behind it; a token of IAM by IAM.
            if request.service == "IAM" and not refusal.signed:
                return iam_error(request, 401, "The request you have made requires authentication.")
            return gateway_error(request, 401, refusal.code, str(refusal))
