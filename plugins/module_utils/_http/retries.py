# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide whether a request is sent again, and when. Imported only by a failing run."""

from __future__ import annotations

import re
from typing import Optional, Union

from .._clock import Clock
from .._concurrency.models import Throttling
from .error_body import is_throttled, needs_new_token, read_problem
from .models import Operation, Response, TransportFailure

RETRIED_STATUSES = (500, 502, 503, 504)
MAX_WAIT = 30.0  # seconds, for each wait
MAX_RETRY_AFTER = 86400.0  # seconds; what is longer is of no use, and may be too much for the system's clock
_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_QUOTA = re.compile(r"limit:\s*(\d{1,9})\s*,\s*time:\s*(\d{1,9})\s*(second|minute|hour|day)", re.IGNORECASE | re.ASCII)


def wait_before_retry(
    outcome: Union[Response, TransportFailure], operation: Operation, attempts: int, max_retries: int, clock: Clock
) -> Optional[float]:
    """Return the seconds to wait before the next attempt, or None for no further attempt.

    All retries are decided here, except of throttled requests, which wait for their window. `attempts` were made so far. A request
    that is not idempotent is repeated only if it was certainly not sent.
    """
    if attempts > max_retries:
        return None
    retry_after = None
    if isinstance(outcome, TransportFailure):
        if not outcome.retryable or (outcome.may_have_been_sent and not operation.idempotent):
            return None
    else:
        if outcome.status not in RETRIED_STATUSES or not operation.idempotent:
            return None
        retry_after = _retry_after(outcome.headers.get("Retry-After"), clock)
    backoff = min(MAX_WAIT, 2.0 ** (attempts - 1)) * clock.jitter()
    return min(MAX_WAIT, max(backoff, retry_after or 0.0))


def _retry_after(value: Optional[str], clock: Clock) -> Optional[float]:
    """Return the seconds that a Retry-After header names, as a number or as an HTTP date, or None if it is invalid."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        return (parsedate_to_datetime(value) - clock.now()).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None


def is_throttling(outcome: Union[Response, TransportFailure]) -> bool:
    """Return whether the outcome is a response that says that there were too many requests."""
    return isinstance(outcome, Response) and is_throttled(outcome.status, read_problem(outcome.body).code)


def read_throttling(response: Response, clock: Clock) -> Throttling:
    """Return what a throttled response says about the quota.

    The text of the gateway may be `The throttling threshold has been reached: policy user over ratelimit,limit:5,time:1 minute`.
    """
    retry_after = _retry_after(response.headers.get("Retry-After"), clock)
    if retry_after is not None:
        retry_after = min(max(retry_after, 0.0), MAX_RETRY_AFTER)
    found = _QUOTA.search(read_problem(response.body).text or "")
    if found is None:
        return Throttling(retry_after)
    limit, number = int(found.group(1)), int(found.group(2))
    period = min(number * _UNITS[found.group(3).lower()], MAX_RETRY_AFTER)
    return Throttling(retry_after, limit, period) if limit and period else Throttling(retry_after)


def wants_new_token(outcome: Union[Response, TransportFailure]) -> bool:
    """Return whether the outcome is a response that asks for a new token."""
    if isinstance(outcome, TransportFailure) or outcome.status != 401:
        return False
    return needs_new_token(outcome.status, read_problem(outcome.body).code)
