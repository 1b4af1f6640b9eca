# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of scan tasks, and assumed responses where the real ones are not known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.simulator import checking

_SECOND_TASK = ("accept", "refuse", "join")
_UNKNOWN_CLUSTER = ("refuse", "ignore")
KEYS = (
    "task_duration",
    "task_polls",
    "task_ready",
    "second_task",
    "unknown_cluster",
    "task_hidden",
    "task_clusters_hidden",
    "task_fields",
    "task_cluster_fields",
)


@dataclass(frozen=True)
class TaskTiming:
    duration: float = 0.3  # seconds that all clusters of a task take
    polls: int | None = None  # in place of it: how often a task is listed as not finished yet
    ready: float = 0  # the seconds or polls before it begins
    second_task: str = "accept"
    unknown_cluster: str = "refuse"
    hidden: int = 0  # how often the list of tasks is read without a new task
    clusters_hidden: int = 0  # how often the clusters of a task are read as none
    fields: dict[str, Any] = field(default_factory=dict)  # of a task that has not finished
    cluster_fields: dict[str, Any] = field(default_factory=dict)  # of a cluster in such a task

    @classmethod
    def parse(cls, top: dict[str, Any]) -> TaskTiming:
        polls = top.get("task_polls")
        return cls(
            duration=checking.number(top.get("task_duration", 0.3), "task_duration", 0),
            polls=None if polls is None else checking.integer(polls, "task_polls"),
            ready=checking.number(top.get("task_ready", 0), "task_ready", 0),
            second_task=checking.choice(top.get("second_task", "accept"), "second_task", _SECOND_TASK),
            unknown_cluster=checking.choice(top.get("unknown_cluster", "refuse"), "unknown_cluster", _UNKNOWN_CLUSTER),
            hidden=checking.integer(top.get("task_hidden", 0), "task_hidden"),
            clusters_hidden=checking.integer(top.get("task_clusters_hidden", 0), "task_clusters_hidden"),
            fields=_any_fields(top, "task_fields"),
            cluster_fields=_any_fields(top, "task_cluster_fields"),
        )

    def unit(self, now: float, started: float, polls: int) -> float:
        """Return the progress of a run, in seconds or polls, without the wait before it."""
        return (now - started if self.polls is None else polls) - self.ready

    @property
    def length(self) -> float:
        return self.duration if self.polls is None else self.polls


def _any_fields(top: dict[str, Any], key: str) -> dict[str, Any]:
    return checking.mapping(top.get(key, {}), key, top.get(key, {}))
