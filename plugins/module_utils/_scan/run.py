# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a scan: plan, start, wait, and judge the outcome."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .._api.client import Client
from .._api.clusters import name_of
from .._api.iam import task_scope
from .._api.pagination import Row
from .._api.scan_tasks import find_task
from .._api.scopes import Scope
from .._errors import ConfigurationError, ScanError
from .outcome import described, outcomes, unscanned
from .plan import LOOK_INTERVAL, LOOKS, Cover, Plan, make_plan, settle, start, started_meanwhile, wanted_clusters
from .request import Order, read_order
from .waiter import Names, Watch, total


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
