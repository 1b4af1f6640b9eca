# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and check the options of a scan."""

from __future__ import annotations

from typing import Any, List, Mapping, NamedTuple, Optional

from .._api.scan_tasks import SCAN_TYPES, check_task_id, text_option
from .._errors import ConfigurationError
from .._formatting import parse_duration
from .._settings import check_text

MAX_WAIT = 604800  # seconds: a week
MAX_INTERVAL = 3600  # seconds


class ScanRequest(NamedTuple):
    """The validated options. Times are in seconds."""

    targets: Optional[str]
    cluster_ids: List[str]
    cluster_names: List[str]
    max_age: Optional[int]
    scan_types: List[str]
    task_id: Optional[str]
    wait: bool
    timeout: int
    interval: int
    remaining_timeout: float  # seconds left of the timeout


def read_scan_request(params: Mapping[str, Any]) -> ScanRequest:
    """Return the validated options. Raises ConfigurationError."""
    targets, task_id, max_age = (text_option(params, name) for name in ("targets", "task_id", "max_scan_age"))
    listed = {name: list(params.get(name) or []) for name in ("cluster_ids", "cluster_names")}
    check_task_id(task_id)
    for name, texts in listed.items():
        for text in texts:
            check_text(text, f"Option {name}")
    if not targets and not task_id:
        raise ConfigurationError(
            "Option targets is missing: unscanned, stale, all or listed. Only with task_id it is not needed."
        )
    if targets == "listed" and not any(listed.values()):
        raise ConfigurationError("Option targets is listed, which needs cluster_ids or cluster_names.")
    if targets != "listed" and any(listed.values()):
        raise ConfigurationError("Options cluster_ids and cluster_names need targets to be listed.")
    if targets == "stale" and not max_age:
        raise ConfigurationError("Option targets is stale, which needs max_scan_age.")
    if targets != "stale" and max_age:
        raise ConfigurationError("Option max_scan_age needs targets to be stale.")
    scan_types = [name for name in SCAN_TYPES if name in (params.get("scan_types") or [])]
    if not scan_types:
        raise ConfigurationError("Option scan_types is empty: name at least one.")
    timeout = _read_bounded(params, "wait_timeout", MAX_WAIT)
    return ScanRequest(
        targets,
        listed["cluster_ids"],
        listed["cluster_names"],
        parse_duration(max_age, "Option max_scan_age") if max_age else None,
        scan_types,
        task_id,
        params["wait"],
        timeout,
        _read_bounded(params, "poll_interval", MAX_INTERVAL),
        timeout,
    )


def _read_bounded(params: Mapping[str, Any], name: str, maximum: int) -> int:
    value: int = params[name]
    if not 1 <= value <= maximum:
        raise ConfigurationError(f"Option {name} must be from 1 to {maximum} seconds.")
    return value
