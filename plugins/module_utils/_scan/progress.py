# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record the progress of a scan, and append it to a file that the action plugin on the controller reads."""

from __future__ import annotations

import json
import os
from typing import Any, List, Optional, Sequence

from .._api.pagination import Row
from .._api.scan_tasks import FINISHED, READY, RUNNING, cluster_count, int_or_zero, status_of
from .._clock import Clock, timestamp


class ProgressLog:
    """The history of the progress, without repeated entries. `path`: the file to append them to."""

    def __init__(self, clock: Clock, path: Optional[str] = None) -> None:
        self.entries: List[Row] = []
        self._clock = clock
        self._path = path

    def record(self, tasks: Sequence[Row]) -> None:
        """Append an entry if the progress has changed. Figures are sums over the tasks."""
        listed = [task for task in tasks if status_of(task) is not None]
        if not listed:
            return
        entry = {
            "task_status": min((status_of(task) for task in listed), key=_progress_rank),
            "scanning": sum_of(listed, "scanning_cluster_num"),
            "success": sum_of(listed, "success_cluster_num"),
            "failed": sum_of(listed, "failed_cluster_num"),
            "estimated_time": max(int_or_zero(task.get("estimated_time")) for task in listed),
        }
        if not self.entries or {**self.entries[-1], **entry} != self.entries[-1]:
            self.entries.append({"at": timestamp(self._clock.now()), **entry})
            if self._path:
                _append(self._path, entry)


def sum_of(tasks: Sequence[Row], member: str) -> int:
    """Return the sum of one count over the tasks."""
    return sum(cluster_count(task, member) for task in tasks)


def _append(path: str, entry: Row) -> None:
    """Append an entry to the file, which is never created. Errors are ignored, since a scan does not depend on its display."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    except OSError:
        return


def _progress_rank(status: Any) -> int:
    """Return the sort key of a status: an unknown one first, then running, ready, finished."""
    return (RUNNING, READY, FINISHED).index(status) if status in (RUNNING, READY, FINISHED) else -1
