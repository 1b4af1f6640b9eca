# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host security service: scan tasks."""

from __future__ import annotations

from typing import Any

from tests.simulator.answer import Answer, Declined, json_answer, to_json
from tests.simulator.clusters import CLUSTER_TYPES, SCAN_TYPES, Cluster, milliseconds
from tests.simulator.hss_call import MAX_ID_LENGTH, HssCall, invalid, member, members, moment, not_found, part
from tests.simulator.scanning import ClusterScan, Task

_TASK_TYPES = ("cluster_scan", "iac_scan")
_MAX_CLUSTERS = 200  # in one task
_SCAN_STATUSES = ("scanning", "success", "failed")


def create(call: HssCall) -> Answer:
    member(call.body, "task_type", ("cluster_scan",), required=True)  # files are not simulated
    info = part(call.body, "cluster_scan_info", required=True)
    scan_types = members(info, "scan_type_list", SCAN_TYPES, required=True, most=3)
    clusters = _clusters_to_scan(call, info)
    running = [task for task in call.inventory.tasks if task.status != "finished"]
    second = call.inventory.timing.second_task
    if running and second == "join":
        return json_answer(200, {"task_id": running[-1].id})
    if running and second == "refuse":
        # The real code is not known; no client may match this one.
        raise Declined(400, "任务正在运行 (a task is running)", "HSS.0001")
    return json_answer(200, {"task_id": call.inventory.start(clusters, scan_types, call.now).id})


def tasks(call: HssCall) -> Answer:
    body = call.body
    task_type = member(body, "task_type", _TASK_TYPES, required=True)
    task_id, name = member(body, "task_id"), member(body, "task_name")
    trigger = member(body, "trigger_type", ("manual", "schedule"))
    status = member(body, "task_status", ("ready", "running", "finished"))
    scan_types = members(part(body, "cluster_scan_info"), "scan_type_list", SCAN_TYPES)
    first, last = moment(body, "start_create_time"), moment(body, "end_create_time")
    sort_key, direction = member(body, "sort_key", ("start_time",)), member(body, "sort_dir", ("desc", "asc"))

    def wanted(task: Task) -> bool:
        created = milliseconds(task.created) or 0
        return (
            task_id in (None, task.id)
            and (name is None or name in task.name)
            and trigger in (None, task.trigger_type)
            and status in (None, task.status)
            and set(scan_types) <= set(task.scan_types)
            and (first is None or first <= created)
            and (last is None or created <= last)
        )

    shown = [task for task in _tasks(call) if task.appears()]
    found = [task for task in shown if wanted(task)] if task_type == "cluster_scan" else []
    if sort_key is not None:
        found.sort(key=lambda task: task.created, reverse=direction != "asc")

    def show(task: Task) -> bytes:
        data = to_json(task.record(call.now))
        task.listed()
        return data

    return call.page("data_list", found, show)


def resources(call: HssCall) -> Answer:
    task = _task(call)
    member(call.body, "task_type", ("cluster_scan",), required=True)
    info = part(call.body, "cluster_scan_info")
    status, name = member(info, "scan_status", _SCAN_STATUSES), member(info, "cluster_name")
    cluster_id, cluster_type = member(info, "cluster_id"), member(info, "cluster_type", CLUSTER_TYPES)

    def wanted(scan: ClusterScan) -> bool:
        return (
            call.sees(scan.cluster.enterprise_project_id)
            and status in (None, scan.status)
            and (name is None or name in scan.cluster.name)
            and cluster_id in (None, scan.cluster.id)
            and cluster_type in (None, scan.cluster.spec.cluster_type)
        )

    found = [scan for scan in task.scans if wanted(scan)] if task.shows_clusters() else []
    return call.page("cluster_scan_data_list", found, lambda scan: to_json(task.cluster_record(scan)))


def retry(call: HssCall) -> Answer:
    task = _task(call)
    member(call.body, "task_type", ("cluster_scan",), required=True)
    info = part(call.body, "cluster_scan_info", required=True)
    range_type = member(info, "range_type", ("all_failed_cluster", "specific_cluster"), required=True)
    failed = {
        scan.cluster.id: scan
        for scan in task.scans
        if scan.status == "failed" and call.sees(scan.cluster.enterprise_project_id)
    }
    if range_type == "all_failed_cluster":
        which = {scan: list(scan.reasons) for scan in failed.values()}
    else:
        which = dict(_named(item, failed) for item in _items(info))
    # What the real cloud answers to these two is not known.
    if task.status != "finished":
        raise Declined(400, "任务正在运行 (the task is running)", "HSS.0001")
    if not which:
        raise Declined(400, "没有失败的集群 (no cluster has failed)", "HSS.0001")
    task.retry(which, call.now)
    task.advance(call.now)
    call.inventory.changed()
    return Answer(200)


def statistics(call: HssCall) -> Answer:
    task_type = call.choice("task_type", _TASK_TYPES)
    if task_type is None:
        raise invalid("task_type")
    found = _tasks(call) if task_type == "cluster_scan" else []
    answer = {"total_num": len(found), "running_num": sum(task.status == "running" for task in found)}
    if found:
        answer["last_task_start_time"] = milliseconds(max(task.created for task in found)) or 0
    return json_answer(200, answer)


def _tasks(call: HssCall) -> list[Task]:
    """Those that scan a cluster the caller sees."""
    return [
        task
        for task in call.inventory.tasks
        if any(call.sees(scan.cluster.enterprise_project_id) for scan in task.scans)
    ]


def _task(call: HssCall) -> Task:
    (task_id,) = call.names
    if len(task_id) > MAX_ID_LENGTH:
        raise invalid("task_id")
    found = [task for task in _tasks(call) if task.id == task_id]
    if not found:
        raise not_found("task_id")
    return found[0]


def _clusters_to_scan(call: HssCall, info: dict[str, Any]) -> list[Cluster]:
    range_type = member(info, "range_type", ("all_cluster", "specific_cluster"), required=True)
    visible = {c.id: c for c in call.inventory.clusters.rows if call.sees(c.enterprise_project_id)}
    if range_type == "specific_cluster":
        wanted = members(info, "cluster_id_list", required=True, most=_MAX_CLUSTERS)
        if any(len(id_) > MAX_ID_LENGTH for id_ in wanted):
            raise invalid("cluster_id_list")
        if call.inventory.timing.unknown_cluster == "refuse" and not set(wanted) <= set(visible):
            raise not_found("cluster_id_list")
        visible = {id_: visible[id_] for id_ in wanted if id_ in visible}
    found = [cluster for cluster in visible.values() if cluster.is_scannable]
    if not found:
        raise not_found("no cluster can be scanned")
    return found


def _items(info: dict[str, Any]) -> list[Any]:
    items = info.get("cluster_info_list")
    if not isinstance(items, list) or not 1 <= len(items) <= _MAX_CLUSTERS:
        raise invalid("cluster_info_list")
    return items


def _named(item: Any, failed: dict[str, ClusterScan]) -> tuple[ClusterScan, list[str]]:
    if not isinstance(item, dict):
        raise invalid("cluster_info_list")
    scan = failed.get(member(item, "cluster_id", required=True) or "")
    types = members(item, "scan_type_list", SCAN_TYPES)
    if scan is None or not set(types) <= set(scan.reasons):
        raise invalid("cluster_info_list")
    return scan, types or list(scan.reasons)
