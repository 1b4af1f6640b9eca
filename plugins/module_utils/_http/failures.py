# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn a failed request into the error to raise. Only a failing run imports this."""

from __future__ import annotations

import re
from typing import Union

from .._concurrency.quota import QuotaWindow
from .._concurrency.throttling import PATIENCE
from .._errors import ConnectionFailedError, HssError, InvalidResponseError, RefusedError
from .._formatting import single_line
from .._redaction import Secrets
from .error_body import describe_body, is_gateway_code, read_problem
from .hints import hint_for
from .models import Operation, Request, Response, TransportFailure

MAX_AGE = 60.0  # seconds that an answer may have been in a cache

# RFC 9111: stale, revalidation failed, disconnected, heuristic expiration.
_STALE = re.compile(r"(?:^|,)\s*11[0-3]\b")
_NO_INSTANCE = "Does this run on an instance (ECS), or in a pod, of this cloud? Nothing else has this service."


def error_for(
    outcome: Union[Response, TransportFailure], request: Request, operation: Operation, attempts: int, secrets: Secrets
) -> HssError:
    """Return the error to raise after the last attempt."""
    called = f"({request.method} {request.url.partition('?')[0]})"
    counted = f" after {attempts} tries" if attempts > 1 else ""
    if isinstance(outcome, TransportFailure):
        return ConnectionFailedError(
            secrets.redact(
                f"{operation.service} {operation.name} {called} got no complete answer{counted}: {outcome.message}."
            ),
            hint=_NO_INSTANCE if operation.service == "metadata" else outcome.hint,
            service=operation.service,
            operation=operation.name,
        )
    return error_from_response(outcome, operation, f"{called} failed{counted}", secrets)


def error_for_throttled(
    response: Response, request: Request, operation: Operation, window: QuotaWindow, secrets: Secrets
) -> HssError:
    """Return the error of a request that was throttled for too long. `window`: what was learnt about the quota of the operation."""
    patience = f"{PATIENCE / 60:.0f} minutes"
    cause = f"no request of this task succeeded for {patience}"
    if window.excessive_wait:
        cause = (
            f"may be sent again only in {window.excessive_wait:.0f} seconds, while a task waits for at most {patience}"
        )
    problem = f"({request.method} {request.url.partition('?')[0]}) was throttled, and {cause}"
    quota = window.describe()
    error = error_from_response(response, operation, problem, secrets)
    learnt = f"The quota seems to be {quota} for this operation." if quota else "The quota is not known."
    error.hint = f"{learnt} {error.hint}"
    return error


def error_from_response(response: Response, operation: Operation, problem: str, secrets: Secrets) -> HssError:
    """Return the error that a response stands for, whatever its status. `problem` begins with a verb or a parenthesis."""
    if 200 < response.status < 300:
        return InvalidResponseError.of(
            operation,
            problem,
            consequence=f": HTTP {response.status} instead of {operation.success_statuses[-1]}.",
            hint=None,
            status_code=response.status,
            request_id=response.request_id,
        )
    reported = read_problem(response.body)
    description = ": ".join(part for part in (reported.code, reported.text) if part)
    if not description:
        description = describe_body(response.body, response.headers.get("Content-Type") or "")
    description = single_line(secrets.redact(description))
    summary = secrets.redact(f"{operation.service} {operation.name} {problem}")
    code = single_line(secrets.redact(reported.code)) if reported.code else None
    return RefusedError(
        f"{summary}: HTTP {response.status}, {description}{'' if description.endswith(('.', '…')) else '.'}",
        hint=hint_for(response.status, reported, operation),
        service=operation.service,
        operation=operation.name,
        status_code=response.status,
        error_code=code,
        request_id=single_line(secrets.redact(response.request_id or reported.request_id or "")) or None,
    )


def error_for_rejected_credential(response: Response, request: Request, operation: Operation) -> RefusedError:
    """Return the error of a request that is not sent, since its credential was refused in this task already."""
    reported = read_problem(response.body).code
    code = single_line(reported) if reported else None
    # With the code, since the thread that the cloud refused may report after this one.
    refusal = f"HTTP 401, {code}" if is_gateway_code(code) else "HTTP 401"
    return RefusedError(
        f"{operation.service} {operation.name} ({request.method} {request.url.partition('?')[0]}): it was not sent, since the credential "
        f"was refused before in this task ({refusal}).",
        hint="Correct the credential first: five refusals in a row lock an access key.",
        service=operation.service,
        operation=operation.name,
        status_code=response.status,
        error_code=code,
    )


def reject_stale(response: Response, operation: Operation) -> None:
    """Raise InvalidResponseError if a response comes from a cache and may be out of date, by its own headers."""
    age = response.headers.get("Age") or "0"
    warning = response.headers.get("Warning") or ""
    if _is_fresh(age) and not _STALE.search(warning):
        return
    reason = single_line(f"Age: {age}" if not _is_fresh(age) else f"Warning: {warning}")[:80]
    raise InvalidResponseError.of(
        operation,
        f"was answered out of a cache ({reason})",
        consequence=", so nothing is known about the present.",
        hint="A proxy in between stores answers, though each request forbids it (Cache-Control: no-cache): exempt this host there, "
        "or set NO_PROXY.",
        status_code=response.status,
        request_id=response.request_id,
    )


def _is_fresh(age: str) -> bool:
    """Return whether each value of an Age header is a number of at most OLDEST seconds. Several caches add a value each."""
    try:
        return all(float(value) <= MAX_AGE for value in age.split(","))
    except ValueError:
        return False
