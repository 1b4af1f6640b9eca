# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas of the API gateway: so many calls of one operation by one user in a window of any length."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulator import checking
from tests.simulator.answer import Answer, gateway_error
from tests.simulator.errors import ScenarioError
from tests.simulator.request import SERVICES, ReceivedRequest

_KNOWN = ("service", "path", "limit", "seconds", "window", "retry_after", "text", "status", "counts_refused")
_TEXT = "The throttling threshold has been reached: policy user over ratelimit"
_UNITS = {"second": 1, "minute": 60}
# What differs between calls of one operation.
_IDS = re.compile(r"(?<=/v5/)[^/]+|(?<=/risk/)[^/]+|(?<=/tasks/)[^/]+(?=/)")


@dataclass(eq=False)
class Quota:
    """A checked quota, and the moments of the calls that count. `text`: the unit that the message names, None for no window."""

    limit: int
    seconds: float
    service: str | None = None
    path: re.Pattern[str] | None = None
    window: str = "sliding"
    retry_after: float | bool = False  # true: the seconds until a call is accepted; a number: always this one
    text: str | None = "second"
    status: int = 429
    counts_refused: bool = False
    calls: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: Any, where: str = "quota") -> Quota:
        item = checking.mapping(data, where, _KNOWN, ("limit", "seconds"))
        if item.get("service") not in (None, *SERVICES):
            raise ScenarioError(f"{where}.service: expected {', '.join(SERVICES)} or nothing, got {item['service']!r}")
        text = item.get("text", "second")
        if text is not None:
            checking.choice(text, f"{where}.text", tuple(_UNITS))
        retry_after = item.get("retry_after", False)
        if not isinstance(retry_after, bool):
            checking.number(retry_after, f"{where}.retry_after", 0)
        path = item.get("path")
        return cls(
            limit=checking.integer(item["limit"], f"{where}.limit"),
            seconds=checking.number(item["seconds"], f"{where}.seconds", 0),
            service=item.get("service"),
            path=None if path is None else re.compile(checking.text(path, f"{where}.path")),
            window=checking.choice(item.get("window", "sliding"), f"{where}.window", ("sliding", "fixed")),
            retry_after=retry_after,
            text=text,
            status=checking.integer(item.get("status", 429), f"{where}.status"),
            counts_refused=checking.flag(item.get("counts_refused", False), f"{where}.counts_refused"),
        )

    def applies_to(self, request: ReceivedRequest) -> bool:
        if self.service not in (None, request.service):
            return False
        return self.path is None or bool(self.path.search(request.path))

    def wait(self, request: ReceivedRequest, now: float) -> float:
        """Count a call; return 0 if it is accepted, else the seconds until one will be."""
        key = (_user(request), f"{request.method} {_IDS.sub('*', request.operation)}")
        start = math.floor(now / self.seconds) * self.seconds if self.window == "fixed" else now - self.seconds
        calls = self.calls[key] = [moment for moment in self.calls.get(key, []) if moment > start]
        refused = len(calls) >= self.limit
        if self.window == "fixed":
            end = start + self.seconds
        else:
            end = (calls[-self.limit] if refused and self.limit else now) + self.seconds
        if not refused or self.counts_refused:
            calls.append(now)
        return max(end - now, 0.001) if refused else 0

    def answer(self, request: ReceivedRequest, wait: float) -> Answer:
        text = _TEXT
        if self.text is not None:
            number = self.seconds / _UNITS[self.text]
            text += f",limit:{self.limit},time:{number:g} {self.text}"
        answer = gateway_error(request, self.status, "APIGW.0308", text)
        if self.retry_after is not False:
            seconds = wait if self.retry_after is True else self.retry_after
            answer.headers["Retry-After"] = str(math.ceil(seconds))
        return answer


class QuotaList:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._guard = threading.Lock()
        self._quotas: list[Quota] = []

    def add(self, quota: Quota) -> None:
        with self._guard:
            self._quotas.append(quota)

    def clear(self) -> None:
        with self._guard:
            self._quotas.clear()

    def refusal(self, request: ReceivedRequest) -> Answer | None:
        """Count a call with each quota that applies to it, up to the one that refuses it; return the refusal or None."""
        with self._guard:
            for quota in self._quotas:
                wait = quota.wait(request, self._now()) if quota.applies_to(request) else 0
                if wait:
                    return quota.answer(request, wait)
        return None


def _user(request: ReceivedRequest) -> str:
    """Return who calls: an access key, else a token, else nobody. Tokens of one user count as several users."""
    found = re.search(r"Access=([^,\s]+)", request.headers.get("authorization", ""))
    return found.group(1) if found else request.headers.get("x-auth-token", "")
