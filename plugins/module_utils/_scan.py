# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scans: which clusters are wanted, and the way from the options to the result."""

from __future__ import annotations

from typing import Any, List, Mapping, NamedTuple, Optional

from ._client import Client
from ._clusters import STALE, UNSCANNED, list_clusters, name_of, scan_state
from ._durations import seconds
from ._errors import ConfigurationError, ScanError
from ._options import check_text
from ._paging import Row
from ._projects import task_scope
from ._scan_plan import LOOK_INTERVAL, LOOKS, Cover, Plan, make_plan, settle, start, started_meanwhile
from ._scan_wait import Names, Watch, described, outcomes, total, unscanned, with_times
from ._scopes import Scope
from ._tasks import SCAN_TYPES, find_task, list_task_clusters, list_tasks, status_of

LONGEST_WAIT = 604800  # seconds: a week
LONGEST_INTERVAL = 3600  # seconds


class Order(NamedTuple):
    """What the options ask for, checked."""

    targets: Optional[str]
    cluster_ids: List[str]
    cluster_names: List[str]
    max_age: Optional[int]
    scan_types: List[str]
    task_id: Optional[str]
    wait: bool
    timeout: int
    interval: int
    patience: float  # what is left of the timeout


def scan(client: Client, params: Mapping[str, Any]) -> Row:
    """Start what is not running yet, and wait. In check mode nothing is started, and nothing waited for."""
    order = read_order(params)
    scope = task_scope(client)
    if order.task_id:
        return _follow(client, Watch(client, scope, [_there(client, scope, order.task_id)]), order, False)
    names = {str(row["cluster_id"]): name_of(row) for row in wanted_clusters(client, scope, order)}
    if not names:
        return Watch(client, scope, []).result(False, [])
    need = {cluster_id: set(order.scan_types) for cluster_id in names}
    if client.check_mode:
        plan = make_plan(client, scope, need)
        watch = Watch(client, scope, plan.joined, plan.unclear)
        watch.look()
        starting = [unscanned(i, names[i]) for i in names if any(i in batch.cluster_ids for batch in plan.rest)]
        return watch.result(bool(plan.rest), starting)
    # Without a wait, a task that does not say what it scans is still given a moment.
    patience, interval = (order.timeout, order.interval) if order.wait else ((LOOKS - 1) * LOOK_INTERVAL, LOOK_INTERVAL)
    plan, left = settle(client, scope, need, patience, interval)
    watch = Watch(client, scope, plan.joined, plan.unclear)
    changed = _start(client, scope, watch, plan, need)
    return _follow(client, watch, order._replace(patience=left), changed, names, need)


def _start(client: Client, scope: Scope, watch: Watch, plan: Plan, need: Cover) -> bool:
    """Start what is left; return whether anything was started. Errors name what was started before them."""
    started: List[str] = []
    with watch.naming(lambda: bool(started), "Whether another scan was started is not known."):
        for batch in plan.rest:
            task_id = start(client, scope, batch, plan.known.union(started))
            # Where the cloud answers with a task that was there already, nothing was started.
            if task_id not in plan.known:
                started.append(task_id)
            watch.add(task_id)
        if started:
            watch.concurrent = started_meanwhile(client, scope, started, need, plan.known)
    return bool(started)


def scan_tasks(client: Client, params: Mapping[str, Any]) -> Row:
    """The scan tasks, one or many; of one also what became of each cluster."""
    task_id, status = _text(params, "task_id"), _text(params, "task_status")
    check_task_id(task_id)
    with_clusters = params.get("clusters")
    if with_clusters and not task_id:
        raise ConfigurationError("Option clusters needs option task_id: clusters are listed for one task.")
    scope = task_scope(client)
    tasks = [
        with_times(row)
        for row in list_tasks(client, scope, task_id, status)
        if task_id in (None, row["task_id"]) and status in (None, status_of(row))
    ]
    if not task_id or with_clusters is False:
        return {"tasks": tasks}
    return {"tasks": tasks, "clusters": list_task_clusters(client, scope, task_id) if tasks else []}


def read_order(params: Mapping[str, Any]) -> Order:
    """The options, checked before anything is sent."""
    targets, task_id, max_age = (_text(params, name) for name in ("targets", "task_id", "max_scan_age"))
    listed = {name: [text for text in params.get(name) or [] if text] for name in ("cluster_ids", "cluster_names")}
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
    timeout = _within(params, "wait_timeout", LONGEST_WAIT)
    return Order(
        targets,
        listed["cluster_ids"],
        listed["cluster_names"],
        seconds(max_age, "Option max_scan_age") if max_age else None,
        scan_types,
        task_id,
        params["wait"],
        timeout,
        _within(params, "poll_interval", LONGEST_INTERVAL),
        timeout,
    )


def check_task_id(task_id: Optional[str]) -> None:
    """It becomes a part of a path, so it must not change that path. What else it is made of is not documented."""
    check_text(task_id, "Option task_id")
    if task_id in (".", ".."):
        raise ConfigurationError("Option task_id is no ID of a task.")


def wanted_clusters(client: Client, scope: Scope, order: Order) -> List[Row]:
    """The clusters that the order is about. A ConfigurationError names those that are listed and not known."""
    rows = list_clusters(client, scope)
    if order.targets == "all":
        return rows
    if order.targets == "listed":
        return _listed(rows, order)
    # By the later of two clocks: a host whose clock is behind would take an old scan for a fresh one.
    now = client.now()
    wanted = (UNSCANNED,) if order.targets == UNSCANNED else (UNSCANNED, STALE)
    return [row for row in rows if scan_state(row, now, order.max_age) in wanted]


def _listed(rows: List[Row], order: Order) -> List[Row]:
    unknown = sorted(set(order.cluster_ids) - {row["cluster_id"] for row in rows})
    unknown += sorted(set(order.cluster_names) - {name_of(row) for row in rows})
    if unknown:
        raise ConfigurationError(
            f"HSS knows no cluster {', '.join(unknown)}. Nothing was started.",
            hint="Check cluster_ids, cluster_names, and enterprise_project_id: without it only the default enterprise project is seen.",
            service="HSS",
        )
    return [row for row in rows if row["cluster_id"] in order.cluster_ids or name_of(row) in order.cluster_names]


def _follow(
    client: Client,
    watch: Watch,
    order: Order,
    changed: bool,
    names: Optional[Names] = None,
    need: Optional[Cover] = None,
) -> Row:
    """Wait if that is wanted, then judge. `names`: the clusters that count; without it all of the tasks."""
    waits = order.wait and not client.check_mode
    with watch.naming(lambda: changed):
        finished = (waits and watch.wait(order.patience, order.interval)) or watch.look_once(at_clusters=True)
        # While a task runs it is not known what it leaves out.
        clusters = outcomes(watch, names, need if need and finished else {})
        result = watch.result(changed, clusters)
    if not finished and waits:
        raise ScanError(
            f"Scan task {watch.ids} has not finished within {order.timeout} seconds.{watch.doubt}{watch.trouble}",
            hint="It goes on: wait for it with task_id, or look with hss_scan_task_info.",
            service="HSS",
            data=result,
        )
    bad = [cluster for cluster in clusters if cluster["scan_status"] != "success"]
    if finished and bad:
        raise ScanError(
            f"{len(bad)} of {len(clusters)} clusters were not scanned successfully in task {watch.ids}: "
            f"{'; '.join(described(cluster) for cluster in bad)}.",
            service="HSS",
            data=result,
        )
    unseen = total(watch.tasks, "failed_cluster_num") if names is None and finished else 0
    if unseen:
        raise ScanError(
            f"HSS counts {unseen} clusters whose scan failed in task {watch.ids}, and lists none of them.",
            hint="Set enterprise_project_id to all_granted_eps, if they are in another enterprise project.",
            service="HSS",
            data=result,
        )
    return result


def _there(client: Client, scope: Scope, task_id: str) -> str:
    if find_task(client, scope, task_id) is None:
        raise ConfigurationError(
            f"HSS knows no scan task {task_id}.",
            hint="Check task_id, region, project and enterprise_project_id.",
            service="HSS",
        )
    return task_id


def _text(params: Mapping[str, Any], name: str) -> Optional[str]:
    return params.get(name) or None


def _within(params: Mapping[str, Any], name: str, most: int) -> int:
    value: int = params[name]
    if not 1 <= value <= most:
        raise ConfigurationError(f"Option {name} must be from 1 to {most} seconds.")
    return value
