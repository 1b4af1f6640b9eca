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
        """What is read of an Operation, which is defined in a higher layer."""

        @property
        def service(self) -> str: ...

        @property
        def name(self) -> str: ...


class HssError(Exception):
    """Whatever can be foreseen to go wrong."""

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
        # What there is of a result all the same.
        self.data = data

    def as_result(self) -> Dict[str, Any]:
        """msg, whichever of service, operation, status_code, error_code and request_id is known, and the data."""
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
    """Options, environment or files do not make a request; nothing was sent."""


class ConnectionFailedError(HssError):
    """No answer came back, or only a part of one."""


class RefusedError(HssError):
    """The cloud, or something on the way to it, answered with an error."""


class InvalidResponseError(HssError):
    """A response that reports success and cannot be trusted."""

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
    """The word to stop came first: a deadline or an interruption."""


class HostLimitError(HssError):
    """The host refused a thread, a file or memory."""


class ScopesFailedError(HssError):
    """Some of several scopes did not answer; `data` is the result as far as it goes."""


class GateClosedError(HssError):
    """Rules of the gate are broken; `data` is the result with its verdict."""


class ScanError(HssError):
    """A scan that failed, that was not waited for to its end, or of which nobody knows whether it was started."""


class ReportError(HssError):
    """Reports that cannot be written; `data` is the result, if there is one."""
