# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what goes wrong before a request reaches its service, or with the answer on its way back."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulator import checking
from tests.simulator.answer import Answer, gateway_error, json_answer, to_json
from tests.simulator.clusters import ClusterSpec
from tests.simulator.errors import ScenarioError
from tests.simulator.request import SERVICES, ReceivedRequest
from tests.simulator.risks import RiskSpec

MISSING = "__missing__"

_MATCH = ("service", "path", "times", "skip", "random")
_ANSWERS = ("status", "body", "redirect", "html", "throttle", "error_in_200", "echo_secrets")
_TRANSPORTS = ("drop", "truncate", "slow_body")
_STATISTICS = ("counts", "counts_remove")
_ALTERATIONS = (*_STATISTICS, "alter", "drift", "moving")
_KNOWN = (*_MATCH, "delay", "headers", "lose_answer", *_ANSWERS, *_TRANSPORTS, *_ALTERATIONS)

_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Proxy login</title></head><body>Please sign in.</body></html>"
_THROTTLED = "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:1 second"


@dataclass(eq=False)
class Fault:
    """A checked fault, and how often it has matched and fired."""

    spec: dict[str, Any]
    path: re.Pattern[str] | None
    matched: int = 0
    fired: int = 0

    @classmethod
    def parse(cls, data: Any, where: str = "fault") -> Fault:
        if isinstance(data, Fault):
            return cls(data.spec, data.path)
        spec = checking.mapping(data, where, _KNOWN)
        _check_match(spec, where)
        _check_actions(spec, where)
        try:
            path = re.compile(spec["path"]) if spec.get("path") is not None else None
        except (re.error, TypeError) as error:
            raise ScenarioError(f"{where}.path: not a regular expression: {error}") from error
        return cls(spec, path)

    @property
    def is_final(self) -> bool:
        return any(key in self.spec for key in (*_ANSWERS, *_TRANSPORTS, "lose_answer"))

    def matches(self, request: ReceivedRequest) -> bool:
        if self.spec.get("service") not in (None, request.service):
            return False
        if self.path is not None and not self.path.search(request.path):
            return False
        # Changed counts and moved rows must not be used up by requests that have none.
        if "moving" in self.spec and request.moving_list is None:
            return False
        return request.asks_for_statistics or not any(key in self.spec for key in _STATISTICS)

    def fires(self, chance: random.Random) -> bool:
        self.matched += 1
        times = self.spec.get("times")
        if self.matched <= self.spec.get("skip", 0) or (times is not None and self.fired >= times):
            return False
        if "random" in self.spec and chance.random() >= self.spec["random"]:
            return False
        self.fired += 1
        return True


@dataclass
class Plan:
    """Combined effect of the faults that apply to one request."""

    delay: float = 0.0
    final: Fault | None = None
    members: dict[str, Any] = field(default_factory=dict)  # of the answer
    drift: int = 0
    moving: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_carried_out(self) -> bool:
        """Return whether the service carries out the request, even if its response is replaced."""
        return self.final is not None and "lose_answer" in self.final.spec

    @property
    def drop(self) -> str | None:
        if self.final is None:
            return None
        lost = self.is_carried_out and not any(key in self.final.spec for key in (*_ANSWERS, *_TRANSPORTS))
        return "before" if lost else self.final.spec.get("drop")

    @property
    def truncate(self) -> int | None:
        return self.final.spec.get("truncate") if self.final else None

    @property
    def slow_body(self) -> dict[str, Any] | None:
        return self.final.spec.get("slow_body") if self.final else None

    def answer(self, request: ReceivedRequest) -> Answer | None:
        """Return the response that replaces the real one, even if the connection closes before it is sent."""
        if self.final is None:
            return None
        if self.drop == "before":
            return Answer(503)
        return _answer(self.final.spec, request)

    def alter(self, answer: Answer) -> Answer:
        if not (self.members or self.drift) or answer.status != 200:
            return answer
        payload = {**json.loads(answer.body), **self.members}
        if self.drift and "total_num" in payload:
            payload["total_num"] += self.drift
        answer.body = to_json({name: value for name, value in payload.items() if value != MISSING})
        return answer


class FaultList:
    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._chance = random.Random(seed)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def plan(self, request: ReceivedRequest) -> Plan:
        """Faults are tried in the order they came; the first with an answer or a broken transport is the last."""
        plan = Plan()
        with self._lock:
            for fault in self._faults:
                if not fault.matches(request) or not fault.fires(self._chance):
                    continue
                plan.delay += fault.spec.get("delay", 0)
                plan.members.update(fault.spec.get("counts", {}))
                plan.members.update(dict.fromkeys(fault.spec.get("counts_remove", ()), MISSING))
                plan.members.update(fault.spec.get("alter", {}))
                plan.drift += fault.spec.get("drift", 0) * fault.fired
                if "moving" in fault.spec:
                    plan.moving.append(fault.spec["moving"])
                if fault.is_final:
                    plan.final = fault
                    break
        return plan


def _check_match(spec: dict[str, Any], where: str) -> None:
    if spec.get("service") not in (None, *SERVICES):
        raise ScenarioError(f"{where}.service: expected {', '.join(SERVICES)} or nothing, got {spec['service']!r}")
    if spec.get("times") is not None:
        checking.integer(spec["times"], f"{where}.times")
    checking.integer(spec.setdefault("skip", 0), f"{where}.skip")
    if "random" in spec and not 0 <= checking.number(spec["random"], f"{where}.random") <= 1:
        raise ScenarioError(f"{where}.random: expected a probability from 0 to 1, got {spec['random']!r}")


def _check_actions(spec: dict[str, Any], where: str) -> None:
    answers = {"status" if key == "body" else key for key in _ANSWERS if key in spec}
    transports = [key for key in _TRANSPORTS if key in spec]
    alterations = [key for key in _ALTERATIONS if key in spec]
    if len(answers) > 1 or len(transports) > 1 or (answers and alterations):
        raise ScenarioError(
            f"{where}: more than one action: {', '.join([*sorted(answers), *transports, *alterations])}"
        )
    if not answers and not transports and not alterations and not {"delay", "lose_answer"} & set(spec):
        raise ScenarioError(f"{where}: no action")
    if "headers" in spec:
        if answers != {"status"}:
            raise ScenarioError(f"{where}.headers: only together with status or body")
        checking.mapping(spec["headers"], f"{where}.headers", spec["headers"])
    _check_values(spec, where)


def _check_values(spec: dict[str, Any], where: str) -> None:
    if "delay" in spec:
        checking.number(spec["delay"], f"{where}.delay", 0)
    if "status" in spec and not 200 <= checking.integer(spec["status"], f"{where}.status") <= 599:
        raise ScenarioError(f"{where}.status: expected 200 to 599, got {spec['status']!r}")
    if "drop" in spec and spec["drop"] not in ("before", "headers"):
        raise ScenarioError(f"{where}.drop: expected 'before' or 'headers', got {spec['drop']!r}")
    if "truncate" in spec:
        checking.integer(spec["truncate"], f"{where}.truncate")
    if "redirect" in spec:
        checking.text(spec["redirect"], f"{where}.redirect")
    for key in ("html", "error_in_200", "echo_secrets", "lose_answer"):
        if key in spec and spec[key] is not True:
            raise ScenarioError(f"{where}.{key}: expected true, got {spec[key]!r}")
    if "throttle" in spec:
        checking.mapping(spec["throttle"], f"{where}.throttle", ("retry_after",))
    if "slow_body" in spec:
        slow = checking.mapping(spec["slow_body"], f"{where}.slow_body", ("chunk", "interval"), ("chunk", "interval"))
        checking.integer(slow["chunk"], f"{where}.slow_body.chunk", 1)
        checking.number(slow["interval"], f"{where}.slow_body.interval", 0)
    for key in ("counts", "alter"):
        if key in spec and not isinstance(spec[key], Mapping):
            raise ScenarioError(f"{where}.{key}: expected a mapping, got {spec[key]!r}")
    if "drift" in spec:
        checking.integer(spec["drift"], f"{where}.drift")
    if "moving" in spec:
        spec["moving"] = _moving(spec["moving"], f"{where}.moving")
    if "counts_remove" in spec:
        names = checking.sequence(spec["counts_remove"], f"{where}.counts_remove")
        for i, name in enumerate(names):
            checking.text(name, f"{where}.counts_remove[{i}]")


def _moving(data: Any, where: str) -> dict[str, Any]:
    item = checking.mapping(data, where, ("insert", "remove", "at", "row"))
    row = item.get("row", {})
    row = checking.mapping(row, f"{where}.row", row)
    _check_row(row, f"{where}.row")
    return {
        "insert": checking.integer(item.get("insert", 0), f"{where}.insert"),
        "remove": checking.integer(item.get("remove", 0), f"{where}.remove"),
        "at": checking.choice(item.get("at", "start"), f"{where}.at", ("start", "end")),
        "row": row,
    }


def _check_row(row: dict[str, Any], where: str) -> None:
    problems = []
    for parse in (ClusterSpec.parse, RiskSpec.parse):
        try:
            parse({**row, "count": 1}, where, group=True)
        except ScenarioError as error:
            problems.append(str(error))
    if len(problems) == 2:
        raise ScenarioError(f"{where}: neither a cluster ({problems[0]}) nor a risk ({problems[1]})")


def _answer(spec: dict[str, Any], request: ReceivedRequest) -> Answer | None:
    if "status" in spec or "body" in spec:
        return _given(spec)
    if "redirect" in spec:
        return Answer(302, b"", {"Location": spec["redirect"]}, from_cloud=False)
    if "html" in spec:
        return Answer(200, _LOGIN_PAGE, {"Content-Type": "text/html; charset=utf-8"}, from_cloud=False)
    if "throttle" in spec:
        answer = gateway_error(request, 429, "APIGW.0308", _THROTTLED)
        if spec["throttle"].get("retry_after") is not None:
            answer.headers["Retry-After"] = str(spec["throttle"]["retry_after"])
        return answer
    if "error_in_200" in spec:
        text = "策略错误 (invalid policy)"
        return json_answer(200, {"error_code": "HSS.1005", "error_description": text, "error_msg": text})
    if "echo_secrets" in spec:
        headers = "; ".join(f"{name}: {value}" for name, value in request.headers.items())
        body = request.body.decode("utf-8", "replace")
        text = f"invalid request {request.method} {request.url} with headers {headers} and body {body}"
        return json_answer(400, {"error_code": "HSS.0001", "error_description": text, "error_msg": text})
    return None


def _given(spec: dict[str, Any]) -> Answer:
    body = spec.get("body")
    headers: dict[str, str] = {}
    if body is None:
        data = b""
    elif isinstance(body, bytes):
        data, headers["Content-Type"] = body, "application/octet-stream"
    elif isinstance(body, str):
        data, headers["Content-Type"] = body.encode(), "text/plain; charset=utf-8"
    else:
        data, headers["Content-Type"] = to_json(body), "application/json"
    for name, value in spec.get("headers", {}).items():
        for present in [key for key in headers if key.lower() == name.lower()]:
            del headers[present]
        headers[name] = "" if value is None else str(value)
    return Answer(spec.get("status", 200), data, headers)
