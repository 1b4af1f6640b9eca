# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn a failed request into the error to raise. Only a failing run imports this."""

from __future__ import annotations

import re
from typing import Union

from .._errors import ConnectionFailedError, HssError, InvalidAnswerError, RefusedError
from .._formatting import shown
from .._redaction import Secrets
from .error_body import describe_body, read_problem
from .hints import hint_for
from .models import Answer, Call, Lost, Request

OLDEST = 60.0  # seconds that an answer may have been in a cache

# RFC 9111: stale, revalidation failed, disconnected, heuristic expiration.
_STALE = re.compile(r"(?:^|,)\s*11[0-3]\b")
_NO_INSTANCE = "Does this run on an instance (ECS), or in a pod, of this cloud? Nothing else has this service."


def error_for(outcome: Union[Answer, Lost], request: Request, call: Call, tries: int, secrets: Secrets) -> HssError:
    """The error that ends the tries."""
    called = f"{call.service} {call.operation} ({request.method} {request.url.partition('?')[0]})"
    counted = f" after {tries} tries" if tries > 1 else ""
    if isinstance(outcome, Lost):
        return ConnectionFailedError(
            secrets.redact(f"{called} got no complete answer{counted}: {outcome.text}."),
            hint=_NO_INSTANCE if call.service == "metadata" else outcome.hint,
            service=call.service,
            operation=call.operation,
        )
    return refusal(outcome, call, f"{called} failed{counted}", secrets)


def refusal(answer: Answer, call: Call, what: str, secrets: Secrets) -> HssError:
    """The error that an answer stands for, whatever its status."""
    problem = read_problem(answer.body)
    if 200 < answer.status < 300:
        return InvalidAnswerError(
            f"{what}: HTTP {answer.status} instead of {call.accepted[-1]}.",
            service=call.service,
            operation=call.operation,
            status_code=answer.status,
            request_id=answer.request_id,
        )
    said = ": ".join(part for part in (problem.code, problem.text) if part)
    if not said:
        said = describe_body(answer.body, answer.headers.get("Content-Type") or "")
    said = shown(secrets.redact(said))
    code = shown(secrets.redact(problem.code)) if problem.code else None
    return RefusedError(
        f"{secrets.redact(what)}: HTTP {answer.status}, {said}{'' if said.endswith(('.', '…')) else '.'}",
        hint=hint_for(answer.status, problem, call),
        service=call.service,
        operation=call.operation,
        status_code=answer.status,
        error_code=code,
        request_id=shown(secrets.redact(answer.request_id or problem.request_id or "")) or None,
    )


def refused_before(answer: Answer, request: Request, call: Call) -> RefusedError:
    """The error of a request that is not sent, since its credential was refused in this task already."""
    problem = read_problem(answer.body)
    return RefusedError(
        f"{call.service} {call.operation} ({request.method} {request.url.partition('?')[0]}) was not sent, since the credential "
        "was refused before in this task (HTTP 401).",
        hint="Correct the credential first: five refusals in a row lock an access key.",
        service=call.service,
        operation=call.operation,
        status_code=answer.status,
        error_code=shown(problem.code) if problem.code else None,
    )


def refuse_stale(answer: Answer, call: Call) -> None:
    """Raise an InvalidAnswerError where an answer says of itself that it comes out of a cache and may be out of date."""
    age = answer.headers.get("Age") or "0"
    warning = answer.headers.get("Warning") or ""
    if _is_young(age) and not _STALE.search(warning):
        return
    said = shown(f"Age: {age}" if not _is_young(age) else f"Warning: {warning}")[:80]
    raise InvalidAnswerError(
        f"{call.service} {call.operation} was answered out of a cache ({said}), so nothing is known about the present.",
        hint="A proxy in between stores answers, though each request forbids it (Cache-Control: no-cache): exempt this host there, "
        "or set NO_PROXY.",
        service=call.service,
        operation=call.operation,
        status_code=answer.status,
        request_id=answer.request_id,
    )


def _is_young(age: str) -> bool:
    """Several caches add a value each; what is no number is not known to be young."""
    try:
        return all(float(value) <= OLDEST for value in age.split(","))
    except ValueError:
        return False
