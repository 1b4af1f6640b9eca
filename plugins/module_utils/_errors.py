# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define the exceptions, one family. Each says what was called, what came back and what to do; as_result() is what a task returns.

What an error body means is in _http/error_body.py and _http/hints.py, which only a failing run imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional

if TYPE_CHECKING:
    from typing import Protocol

    class NamedOperation(Protocol):
        """The attributes that are used of an Operation, which a higher layer defines."""

        @property
        def service(self) -> str: ...

        @property
        def name(self) -> str: ...


class HssError(Exception):
    """The base class of every expected error."""

    def __init__(
        self,
        message: str,
        *,
        hint: Optional[str] = None,
        service: Optional[str] = None,
        operation: Optional[str] = None,
        status_code: Optional[int] = None,
        error_code: Optional[str] = None,
        request_id: Optional[str] = None,
        affects_all_scopes: bool = False,
        data: Optional[Mapping[str, Any]] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.service = service
        self.operation = operation
        self.status_code = status_code
        self.error_code = error_code
        self.request_id = request_id
        # Every other scope of the task would meet it too.
        self.affects_all_scopes = affects_all_scopes
        # The partial result that is returned with the failure.
        self.data = data

    def add_hint(self, text: str) -> None:
        """Add a sentence to the end of the hint."""
        self.hint = f"{self.hint} {text}" if self.hint else text

    def as_result(self) -> Dict[str, Any]:
        """Return `msg`, whichever of service, operation, status_code, error_code and request_id is known, and the data."""
        known = {
            "service": self.service,
            "operation": self.operation,
            "status_code": self.status_code,
            "error_code": self.error_code,
            "request_id": self.request_id,
        }
        result: Dict[str, Any] = dict(self.data or {})
        result.update({key: value for key, value in known.items() if value is not None})
        result["msg"] = f"{self.message} {self.hint}" if self.hint else self.message
        return result


class ConfigurationError(HssError):
    """Options, environment or files from which no request can be made; nothing was sent."""


class ConnectionFailedError(HssError):
    """No response was received, or only a part of one."""


class RefusedError(HssError):
    """The cloud, or a proxy in between, answered with an error."""


class InvalidResponseError(HssError):
    """A response that reports success but cannot be trusted."""

    @classmethod
    def of(
        cls,
        operation: NamedOperation,
        problem: str,
        *,
        consequence: str = ". The answer is not used.",
        hint: Optional[str] = "If it stays, give the request ID to support.",
        status_code: Optional[int] = 200,
        request_id: Optional[str] = None,
    ) -> InvalidResponseError:
        """Return the error about a response of an operation. `problem` begins with a verb, such as `answered`."""
        return cls(
            f"{operation.service} {operation.name} {problem}{consequence}",
            hint=hint,
            service=operation.service,
            operation=operation.name,
            status_code=status_code,
            request_id=request_id,
        )


class CancelledError(HssError):
    """The task was cancelled, by its deadline or by an interruption."""


class HostLimitError(HssError):
    """The host refused a thread, a file or memory."""


class ScopesFailedError(HssError):
    """Some of several scopes did not answer; `data` is the partial result."""


class GateClosedError(HssError):
    """The gate has failed or could not judge; `data` is the result with its verdict."""


class ScanError(HssError):
    """A scan failed, has not finished in time, or may or may not have been started."""


class ReportError(HssError):
    """The reports cannot be written; `data` is the result, if there is one."""
