# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define requests, responses and failures of the transport, as data."""

from __future__ import annotations

from typing import Callable, Dict, Mapping, NamedTuple, Optional, Tuple

MAX_REQUEST_ID_LENGTH = 256


class Request(NamedTuple):
    """A request before it is signed. `project_id`: for a regional service, None for IAM.

    `account`: whose quota the call counts against, None for that of the task's own credential.
    """

    method: str
    url: str
    headers: Dict[str, str]
    body: bytes = b""
    project_id: Optional[str] = None
    account: Optional[str] = None


class Operation(NamedTuple):
    """An operation, by its name in the API reference. `idempotent`: it is safe to send it twice.

    `success_statuses`: those of an accepted response. `check` is called right before each attempt, which is not sent if it raises.
    """

    service: str
    name: str
    idempotent: bool = True
    success_statuses: Tuple[int, ...] = (200,)
    check: Optional[Callable[[], None]] = None
    # Whether an accepted answer may have no body.
    answers_without_body: bool = False


class Response(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> Optional[str]:
        """Return the request ID (X-Request-Id, or IAM's X-IAM-Trace-Id), or None if it is malformed."""
        value = self.headers.get("X-Request-Id") or self.headers.get("X-IAM-Trace-Id") or ""
        return value if 0 < len(value) <= MAX_REQUEST_ID_LENGTH and value.isascii() and value.isprintable() else None


class TransportFailure(NamedTuple):
    """No answer. `passing`: another try may succeed. `sent`: the request may have reached the cloud."""

    message: str
    hint: Optional[str]
    retryable: bool
    may_have_been_sent: bool = True
