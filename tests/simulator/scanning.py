# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scan tasks: clusters are scanned one after another, as time passes or as the task is listed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.clusters import REMOVED, Cluster, milliseconds
from tests.simulator.timing import TaskTiming


@dataclass(eq=False)
class ClusterScan:
    """A cluster within a task."""

    cluster: Cluster
    statuses: dict[str, str]  # by scan type
    started: float
    ended: float | None = None
    reasons: dict[str, str] = field(default_factory=dict)  # of the types that failed

    @property
    def status(self) -> str:
        found = set(self.statuses.values())
        return next(status for status in ("scanning", "failed", "success") if status in found)

    def again(self, scan_types: Iterable[str], now: float) -> None:
        for scan_type in scan_types:
            self.statuses[scan_type] = "scanning"
            self.reasons.pop(scan_type, None)
        self.started, self.ended = now, None

    def finish(self, moment: float) -> None:
        scanning = [name for name, status in self.statuses.items() if status == "scanning"]
        failed = {name: reason for name in scanning if (reason := self.cluster.failure(name)) is not None}
        self.cluster.failures += bool(failed)
        self.reasons.update(failed)
        self.statuses.update({name: "failed" if name in failed else "success" for name in scanning})
        self.ended = moment
        if self.status == "success":
            self.cluster.last_scan = moment
            for risk in self.cluster.risks:
                risk.hidden = risk.hidden and risk.type not in self.statuses
        self.cluster.changed()

    def record(self) -> dict[str, Any]:
        details: list[dict[str, Any]] = [
            {
                "scan_type": name,
                "status": status,
                **({"failed_reason": self.reasons[name]} if name in self.reasons else {}),
            }
            for name, status in self.statuses.items()
        ]
        return {
            "cluster_name": self.cluster.name,
            "cluster_id": self.cluster.id,
            "cluster_type": self.cluster.spec.cluster_type,
            "cluster_version": "v1.29",
            "scan_status": self.status,
            "start_time": milliseconds(self.started),
            **({} if self.ended is None else {"end_time": milliseconds(self.ended)}),
            "scan_detail_list": details,
        }


@dataclass(eq=False)
class Task:
    id: str
    name: str
    trigger_type: str
    scan_types: list[str]
    scans: list[ClusterScan]
    created: float
    timing: TaskTiming
    ended: float | None = None
    _run: list[ClusterScan] = field(default_factory=list)
    _progress: float = 0
    _run_started: float = 0
    _done: int = 0
    _polls: int = 0
    hidden: int = 0
    clusters_hidden: int = 0

    @classmethod
    def start(
        cls, id: str, clusters: Iterable[Cluster], scan_types: list[str], now: float, timing: TaskTiming, **others: Any
    ) -> Task:
        scans = [ClusterScan(cluster, dict.fromkeys(scan_types, "scanning"), now) for cluster in clusters]
        others = {"name": f"cluster-scan-{id[:8]}", "trigger_type": "manual", **others}
        task = cls(id, scan_types=scan_types, scans=scans, created=now, timing=timing, **others)
        task.hidden, task.clusters_hidden = timing.hidden, timing.clusters_hidden
        task._begin(scans, now)
        return task

    @property
    def status(self) -> str:
        """As of the last advance."""
        if self._done == len(self._run):
            return "finished"
        return "ready" if self._progress < 0 else "running"

    @property
    def clusters(self) -> dict[str, str]:
        """The status of each cluster, by name."""
        return {scan.cluster.name: scan.status for scan in self.scans}

    def retry(self, which: dict[ClusterScan, list[str]], now: float) -> None:
        for scan, scan_types in which.items():
            scan.again(scan_types, now)
        self.ended = None
        self._begin(list(which), now)

    def listed(self) -> None:
        """Count one poll by the caller."""
        self._polls += self.status != "finished"

    def appears(self) -> bool:
        """Return whether the task is in the list of tasks that is currently read."""
        self.hidden -= 1
        return self.hidden < 0

    def shows_clusters(self) -> bool:
        """Return whether its clusters are in the list that is currently read."""
        self.clusters_hidden -= 1
        return self.clusters_hidden < 0

    def cluster_record(self, scan: ClusterScan) -> dict[str, Any]:
        return scan.record() if self.status == "finished" else merged(scan.record(), self.timing.cluster_fields)

    def advance(self, now: float) -> bool:
        """Perform the scans that are due; return whether there were any."""
        before = self._done
        self._progress = self.timing.unit(now, self._run_started, self._polls)
        due = 0
        if self._progress >= self.timing.length:
            due = len(self._run)
        elif self._progress > 0:
            due = math.floor(len(self._run) * self._progress / self.timing.length)
        while self._done < due:
            self._next(self._moment(now))
        return self._done > before

    def finish(self, now: float) -> None:
        while self._done < len(self._run):
            self._next(now)

    def record(self, now: float) -> dict[str, Any]:
        numbers = {
            name: sum(scan.status == status for scan in self.scans)
            for name, status in (
                ("scanning_cluster_num", "scanning"),
                ("success_cluster_num", "success"),
                ("failed_cluster_num", "failed"),
            )
        }
        record = {
            "task_id": self.id,
            "task_type": "cluster_scan",
            "task_name": self.name,
            "trigger_type": self.trigger_type,
            "task_status": self.status,
            "start_time": milliseconds(self.created),
            "end_time": milliseconds(self.ended),
            "estimated_time": self._minutes_left(),
            "cluster_scan_info": {"scan_type_list": self.scan_types, **numbers},
        }
        record = {name: value for name, value in record.items() if value is not None}
        return record if self.status == "finished" else merged(record, self.timing.fields)

    def _begin(self, run: list[ClusterScan], now: float) -> None:
        self._run, self._run_started, self._done, self._polls = run, now, 0, 0
        self._progress = self.timing.unit(now, now, 0)

    def _next(self, moment: float) -> None:
        self._run[self._done].finish(moment)
        self._done += 1
        if self._done == len(self._run):
            self.ended = moment

    def _moment(self, now: float) -> float:
        """When the next cluster is through: in the past, if nobody has looked since."""
        if self.timing.polls is not None:
            return now
        share = self.timing.duration * (self._done + 1) / len(self._run)
        return min(now, self._run_started + self.timing.ready + share)

    def _minutes_left(self) -> int:
        """Return the time of a poll; each counts as one minute."""
        if self.status == "finished":
            return 0
        left = self.timing.length - self._progress
        return math.ceil(left if self.timing.polls is not None else left / 60)


def merged(record: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the record with replaced fields, also within nested objects."""
    result = dict(record)
    for name, value in fields.items():
        inner = result.get(name)
        result[name] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return {name: value for name, value in result.items() if value != REMOVED}
