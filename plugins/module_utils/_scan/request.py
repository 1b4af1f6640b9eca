# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and check the options of a scan."""

from __future__ import annotations

from typing import Any, Collection, List, Mapping, NamedTuple, Optional, Tuple

from .._api.scan_tasks import MAX_ID_LENGTH, SCAN_TYPES, check_task_id, text_option
from .._errors import ConfigurationError
from .._formatting import parse_duration
from .._settings import check_text

MAX_WAIT = 604800  # seconds: a week
MAX_INTERVAL = 3600  # seconds
# Number of reads of the list of tasks, and seconds between them: to find a scan whose response was lost or that was just started,
# and, without `wait`, to learn what a running task scans.
MAX_LOOKUPS = 5
LOOKUP_INTERVAL = 3.0


class ScanRequest(NamedTuple):
    """The validated options. Times are in seconds."""

    targets: Optional[str]
    cluster_ids: List[str]
    cluster_names: List[str]
    max_age: Optional[int]
    scan_types: List[str]
    task_ids: List[str]
    wait: bool
    timeout: int
    interval: int
    remaining_timeout: float  # seconds left of the timeout

    def settling(self) -> Tuple[float, float]:
        """Return timeout and interval, in seconds, for polling tasks that do not say yet what they scan.

        Without `wait` they are polled a few times too.
        """
        return (self.timeout, self.interval) if self.wait else ((MAX_LOOKUPS - 1) * LOOKUP_INTERVAL, LOOKUP_INTERVAL)


def read_scan_request(params: Mapping[str, Any]) -> ScanRequest:
    """Return the validated options. Raises ConfigurationError."""
    targets, max_age = (text_option(params, name) for name in ("targets", "max_scan_age"))
    listed = {name: list(params.get(name) or []) for name in ("cluster_ids", "cluster_names")}
    task_ids = _read_task_ids(params)
    for text in listed["cluster_ids"]:
        check_text(text, "Option cluster_ids", MAX_ID_LENGTH)
    for text in listed["cluster_names"]:
        check_text(text, "Option cluster_names")
    if not targets and not task_ids:
        raise ConfigurationError(
            "Option targets is missing: unscanned, stale, all or listed. Only with task_ids it is not needed."
        )
    if targets == "listed" and not any(listed.values()):
        raise ConfigurationError("Option targets is listed, which needs cluster_ids or cluster_names.")
    if targets in (None, "all") and any(listed.values()):
        raise ConfigurationError("Options cluster_ids and cluster_names need targets to be listed, unscanned or stale.")
    if targets == "stale" and not max_age:
        raise ConfigurationError("Option targets is stale, which needs max_scan_age.")
    if targets != "stale" and max_age:
        raise ConfigurationError("Option max_scan_age needs targets to be stale.")
    scan_types = [name for name in SCAN_TYPES if name in (params.get("scan_types") or [])]
    if not scan_types:
        raise ConfigurationError("Option scan_types is empty: name at least one.")
    timeout = read_bounded(params, "wait_timeout", MAX_WAIT)
    return ScanRequest(
        targets,
        listed["cluster_ids"],
        listed["cluster_names"],
        parse_duration(max_age, "Option max_scan_age") if max_age else None,
        scan_types,
        task_ids,
        params["wait"],
        timeout,
        read_bounded(params, "poll_interval", MAX_INTERVAL),
        timeout,
    )


def require_tasks(task_ids: Collection[str], found: Collection[str]) -> None:
    """Raise ConfigurationError if one of the tasks was not found."""
    unknown = [task_id for task_id in task_ids if task_id not in found]
    if unknown:
        raise ConfigurationError(
            f"HSS knows no scan task {', '.join(unknown)}.",
            hint="Check task_ids, region, project and enterprise_project_id.",
            service="HSS",
        )


def _read_task_ids(params: Mapping[str, Any]) -> List[str]:
    """Return the IDs of `task_ids`, or the one of `task_id`, each once. Raises ConfigurationError."""
    task_id, task_ids = text_option(params, "task_id"), params.get("task_ids")
    if task_ids is None:
        check_task_id(task_id)
        return [task_id] if task_id else []
    if task_id:
        raise ConfigurationError("Options task_id and task_ids are given: put all IDs into task_ids.")
    if not task_ids:
        raise ConfigurationError("Option task_ids is an empty list: give an ID, or leave it out.")
    for entry in task_ids:
        check_task_id(entry, "task_ids")
    return list(dict.fromkeys(task_ids))


def read_bounded(params: Mapping[str, Any], name: str, maximum: int) -> int:
    """Return an option in seconds, from 1 to `maximum`. Raises ConfigurationError."""
    value: int = params[name]
    if not 1 <= value <= maximum:
        raise ConfigurationError(f"Option {name} must be from 1 to {maximum} seconds.")
    return value
