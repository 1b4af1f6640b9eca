# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request as it was received."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from urllib.parse import unquote

_OF_A_PROJECT = re.compile(r"/v5/([^/]+)/(.+)")
_OF_CCE = re.compile(r"/(?:api|autopilot)/v3/projects/([^/]+)/clusters")
_STATISTICS = "container/cluster/statistics"
_LISTS = {"kubernetes/clusters": "clusters", "container/cluster/risks": "risks"}
_REGION_PREFIX = re.compile(r"/regions/([^/]+)(/.*)")
SERVICES = ("HSS", "CCE", "IAM", "STS", "metadata")
# The first prefix that fits decides.
_SERVICES = (
    ("/api/v3/", "CCE"),
    ("/autopilot/v3/", "CCE"),
    ("/v3/", "IAM"),
    ("/v3.0/", "IAM"),
    ("/v5/agencies/", "STS"),
    ("/v5/caller-identity", "STS"),
    ("/v5/", "HSS"),
    ("/meta-data/", "metadata"),
    ("/openstack/", "metadata"),
    ("/pod-identity/", "metadata"),
)


@dataclass
class ReceivedRequest:
    """A request as received, and the status of its response: None before a response, and for a dropped connection."""

    scheme: str
    method: str
    path: str
    query: str
    headers: dict[str, str]  # lower-case names
    body: bytes
    status: int | None = None
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    received_at: float = 0.0  # by the clock of the simulator, in seconds since the epoch

    @property
    def region(self) -> str | None:
        """The region of a /regions/REGION prefix."""
        found = _REGION_PREFIX.fullmatch(self.path)
        return found.group(1) if found else None

    @property
    def operation(self) -> str:
        """The path without the region prefix."""
        found = _REGION_PREFIX.fullmatch(self.path)
        return found.group(2) if found else self.path

    @property
    def service(self) -> str | None:
        return next((name for prefix, name in _SERVICES if self.operation.startswith(prefix)), None)

    @property
    def project_id(self) -> str | None:
        """The project in the path of a call of HSS or CCE."""
        pattern = {"HSS": _OF_A_PROJECT, "CCE": _OF_CCE}.get(self.service or "")
        found = pattern.fullmatch(self.operation) if pattern else None
        return unquote(found.group(1)) if found else None

    @property
    def hss_path(self) -> str | None:
        """Return the part of the path after the project."""
        found = _OF_A_PROJECT.fullmatch(self.operation) if self.service == "HSS" else None
        return found.group(2) if found else None

    @property
    def asks_for_statistics(self) -> bool:
        return self.hss_path == _STATISTICS

    @property
    def moving_list(self) -> str | None:
        """The list that is read, if it is one whose rows can be moved."""
        return _LISTS.get(self.hss_path or "")

    @property
    def url(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.headers.get('host', '')}{self.path}{query}"
