# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scans: which clusters are wanted, what running tasks cover, what is left to start, and the wait.

A scan is counted by pairs of a cluster and a scan type: those that a running task has are not started again.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set

from ._client import Client
from ._clock import timestamp
from ._clusters import STALE, UNSCANNED, iso_time, list_clusters, scan_state
from ._durations import seconds
from ._errors import (
    ConfigurationError,
    ConnectionFailedError,
    GaveUpError,
    HssError,
    InvalidAnswerError,
    RefusedError,
    ScanError,
)
from ._options import check_text
from ._paging import Row
from ._projects import task_scope
from ._scopes import Scope
from ._tasks import (
    CREATE,
    FINISHED,
    READY,
    RUNNING,
    SCAN_TYPES,
    create_scan,
    list_task_clusters,
    list_tasks,
)

LONGEST_WAIT = 604800  # seconds: a week
LONGEST_INTERVAL = 3600  # seconds
# The list of tasks is looked at so often for a scan whose answer was lost, with this wait between.
LOOKS = 5
LOOK_INTERVAL = 3.0  # seconds

LEFT_OUT = "no task scans it"

# Scan types by the ID of a cluster.
Cover = Dict[str, Set[str]]


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


class Batch(NamedTuple):
    """What one request starts: clusters that lack the same scan types."""

    cluster_ids: List[str]
    scan_types: List[str]


class Standing(NamedTuple):
    """Running tasks that are joined, and what no task scans yet."""

    joined: List[str]
    rest: List[Batch]
    known: Set[str]  # IDs of all tasks, finished ones too


def scan(client: Client, params: Mapping[str, Any]) -> Row:
    """Start what is not running yet, and wait. In check mode nothing is started, and nothing waited for."""
    order = read_order(params)
    scope = task_scope(client)
    if order.task_id:
        return _follow(client, Watch(client, scope, [_there(client, scope, order.task_id)]), order, False)
    names = {str(row["cluster_id"]): row.get("cluster_name") for row in wanted_clusters(client, scope, order)}
    if not names:
        return _result(Watch(client, scope, []), False, [])
    need = {cluster_id: set(order.scan_types) for cluster_id in names}
    standing = look_around(client, scope, need)
    if client.check_mode:
        watch = Watch(client, scope, standing.joined)
        watch.look()
        starting = [_unscanned(i, names[i]) for i in names if any(i in batch.cluster_ids for batch in standing.rest)]
        return _result(watch, bool(standing.rest), starting)
    watch = Watch(client, scope, standing.joined)
    changed = False
    for batch in standing.rest:
        try:
            task_id = start(client, scope, batch, standing.known)
        except HssError as error:
            raise watch.named(error, changed) from None
        # Where the cloud answers with a task that was there already, nothing was started.
        changed = changed or task_id not in standing.known
        standing.known.add(task_id)
        watch.add(task_id)
    return _follow(client, watch, order, changed, names, need)


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
        if task_id in (None, row["task_id"]) and status in (None, row.get("task_status"))
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
    return Order(
        targets,
        listed["cluster_ids"],
        listed["cluster_names"],
        seconds(max_age, "Option max_scan_age") if max_age else None,
        scan_types,
        task_id,
        params["wait"],
        _within(params, "wait_timeout", LONGEST_WAIT),
        _within(params, "poll_interval", LONGEST_INTERVAL),
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
    unknown += sorted(set(order.cluster_names) - {row.get("cluster_name") for row in rows})
    if unknown:
        raise ConfigurationError(
            f"HSS knows no cluster {', '.join(unknown)}. Nothing was started.",
            hint="Check cluster_ids, cluster_names, and enterprise_project_id: without it only the default enterprise project is seen.",
            service="HSS",
        )
    return [
        row for row in rows if row["cluster_id"] in order.cluster_ids or row.get("cluster_name") in order.cluster_names
    ]


def look_around(client: Client, scope: Scope, need: Cover) -> Standing:
    """What running tasks have of what is needed, and what is left to start."""
    tasks = list_tasks(client, scope)
    left = {cluster_id: set(types) for cluster_id, types in need.items()}
    joined = []
    for task in tasks:
        if task.get("task_status") not in (READY, RUNNING) or not any(left.values()):
            continue
        cover = cover_of(task, list_task_clusters(client, scope, task["task_id"]))
        if any(left[cluster_id] & cover.get(cluster_id, set()) for cluster_id in left):
            joined.append(str(task["task_id"]))
            left = {cluster_id: types - cover.get(cluster_id, set()) for cluster_id, types in left.items()}
    return Standing(joined, batches(left), {str(task["task_id"]) for task in tasks})


def cover_of(task: Row, rows: Iterable[Row], default: Iterable[str] = ()) -> Cover:
    """What a task scans. `default`: the types of a cluster for which neither its record nor the task's names any."""
    types = _info(task).get("scan_type_list") or default
    return {
        str(row["cluster_id"]): {str(detail.get("scan_type")) for detail in _details(row)} or set(types) for row in rows
    }


def batches(left: Cover) -> List[Batch]:
    """Clusters that lack the same types go together."""
    together: Dict[Sequence[str], List[str]] = {}
    for cluster_id, types in left.items():
        if types:
            together.setdefault(tuple(name for name in SCAN_TYPES if name in types), []).append(cluster_id)
    return [Batch(cluster_ids, list(types)) for types, cluster_ids in together.items()]


def start(client: Client, scope: Scope, batch: Batch, known: Set[str]) -> str:
    """Start one scan; its task's ID. It is asked for once: where the answer is lost, the list of tasks tells."""
    try:
        return create_scan(client, scope, batch.cluster_ids, batch.scan_types)
    except HssError as error:
        if not _in_doubt(error):
            raise
        lost = error
    found = _find_started(client, scope, batch, known)
    if found:
        return found
    raise ScanError(
        f"{lost.message} Whether a scan was started is not known: {LOOKS} looks at the list of tasks found no new one that "
        f"scans {len(batch.cluster_ids)} clusters.",
        hint="Look with hss_scan_task_info before starting another, or run this again later: it joins a scan that runs.",
        service=lost.service,
        operation=lost.operation,
        status_code=lost.status_code,
        error_code=lost.error_code,
        request_id=lost.request_id,
    )


def _in_doubt(error: HssError) -> bool:
    """Whether the scan may have been started all the same. Not where something went wrong before it was asked for."""
    if error.operation != CREATE:
        return False
    return isinstance(error, (ConnectionFailedError, InvalidAnswerError)) or (error.status_code or 0) >= 500


def _find_started(client: Client, scope: Scope, batch: Batch, known: Set[str]) -> Optional[str]:
    need = {cluster_id: set(batch.scan_types) for cluster_id in batch.cluster_ids}
    for look in range(LOOKS):
        if look:
            client.stop.wait(LOOK_INTERVAL)
        try:
            for task in list_tasks(client, scope):
                if task["task_id"] in known:
                    continue
                cover = cover_of(task, list_task_clusters(client, scope, task["task_id"]))
                if all(types <= cover.get(cluster_id, set()) for cluster_id, types in need.items()):
                    return str(task["task_id"])
        except HssError:
            # The next look may do better; after the last one the error is that of the lost answer.
            continue
    return None


class Watch:
    """Tasks that are waited for, and what was seen of them."""

    def __init__(self, client: Client, scope: Scope, task_ids: Iterable[str]) -> None:
        self._client = client
        self._scope = scope
        self._tasks: Dict[str, Row] = {task_id: {"task_id": task_id} for task_id in task_ids}
        self.clusters: Dict[str, List[Row]] = {}
        self.history: List[Row] = []
        self.trouble = ""

    @property
    def tasks(self) -> List[Row]:
        return list(self._tasks.values())

    @property
    def ids(self) -> str:
        return ", ".join(self._tasks)

    def add(self, task_id: str) -> None:
        """One that was started: it comes first."""
        self._tasks = {task_id: {"task_id": task_id}, **self._tasks}

    def look(self) -> bool:
        """Whether all tasks have finished. One that was just started may not be listed yet."""
        for task_id, seen in self._tasks.items():
            if seen.get("task_status") != FINISHED:
                self._tasks[task_id] = find_task(self._client, self._scope, task_id) or seen
        self._note()
        return all(task.get("task_status") == FINISHED for task in self.tasks)

    def look_once(self, at_clusters: bool = False) -> bool:
        """Whether all tasks have finished and what became of the clusters is known. What fails in passing is for the next look
        to make good. `at_clusters`: also while the tasks run."""
        self.trouble = ""
        try:
            finished = self.look()
            if finished or at_clusters:
                self.clusters = {
                    task_id: list_task_clusters(self._client, self._scope, task_id) for task_id in self._tasks
                }
        except HssError as error:
            if self._client.stop.is_set() or not in_passing(error):
                raise
            self.trouble = f" The last look failed: {error.message}"
            return False
        return finished

    def wait(self, timeout: float, interval: float) -> bool:
        """Whether all have finished before the time was over."""
        end = self._client.clock.monotonic() + timeout
        while not self.look_once():
            left = end - self._client.clock.monotonic()
            if left <= 0:
                return False
            self._client.stop.wait(min(interval, left))
        return True

    def named(self, error: HssError, changed: bool) -> HssError:
        """The error, with the tasks that go on all the same."""
        if self._tasks:
            hint = f"Not concluded: scan task {self.ids}. Pick it up with task_id, or look with hss_scan_task_info."
            error.hint = f"{error.hint} {hint}" if error.hint else hint
            error.data = {**_result(self, changed, []), **(error.data or {})}
        return error

    def _note(self) -> None:
        """An entry of the history, where it says something new. Figures are sums over the tasks."""
        listed = [task for task in self.tasks if "task_status" in task]
        if not listed:
            return
        entry = {
            "task_status": min((task["task_status"] for task in listed), key=_rank),
            "scanning": _sum(listed, "scanning_cluster_num"),
            "success": _sum(listed, "success_cluster_num"),
            "failed": _sum(listed, "failed_cluster_num"),
            "estimated_time": max(_whole(task.get("estimated_time")) for task in listed),
        }
        if not self.history or {**self.history[-1], **entry} != self.history[-1]:
            self.history.append({"at": timestamp(self._client.clock.now()), **entry})


def in_passing(error: HssError) -> bool:
    """Whether the same question may be answered later."""
    if isinstance(error, ConnectionFailedError):
        return True
    status = error.status_code or 0
    if not isinstance(error, RefusedError):
        return False
    from ._diagnosis import is_throttled

    return status >= 500 or is_throttled(status, error.error_code)


def _follow(
    client: Client,
    watch: Watch,
    order: Order,
    changed: bool,
    names: Optional[Dict[str, Any]] = None,
    need: Optional[Cover] = None,
) -> Row:
    """Wait if that is wanted, then judge. `names`: the clusters that count; without it all of the tasks."""
    waits = order.wait and not client.check_mode
    try:
        finished = (waits and watch.wait(order.timeout, order.interval)) or watch.look_once(at_clusters=True)
    except HssError as error:
        raise watch.named(error, changed) from None
    except KeyboardInterrupt:
        raise watch.named(GaveUpError("Interrupted.", service="HSS"), changed) from None
    clusters = outcomes(watch, names, need or {})
    result = _result(watch, changed, clusters)
    if not finished and waits:
        raise ScanError(
            f"Scan task {watch.ids} has not finished within {order.timeout} seconds.{watch.trouble}",
            hint="It goes on: wait for it with task_id, or look with hss_scan_task_info.",
            service="HSS",
            data=result,
        )
    bad = [cluster for cluster in clusters if cluster["scan_status"] != "success"]
    if finished and bad:
        raise ScanError(
            f"{len(bad)} of {len(clusters)} clusters were not scanned successfully in task {watch.ids}: "
            f"{'; '.join(_described(cluster) for cluster in bad)}.",
            service="HSS",
            data=result,
        )
    unseen = _sum(watch.tasks, "failed_cluster_num") if names is None and finished else 0
    if unseen:
        raise ScanError(
            f"HSS counts {unseen} clusters whose scan failed in task {watch.ids}, and lists none of them.",
            hint="Set enterprise_project_id to all_granted_eps, if they are in another enterprise project.",
            service="HSS",
            data=result,
        )
    return result


def outcomes(watch: Watch, names: Optional[Dict[str, Any]], need: Cover) -> List[Row]:
    """What became of each cluster, over all tasks: the worst counts, and a type that no task has is not a success."""
    found: Dict[str, List[Row]] = {}
    cover: Cover = {}
    for task in watch.tasks:
        rows = watch.clusters.get(task["task_id"], [])
        for cluster_id, types in cover_of(task, rows, SCAN_TYPES).items():
            cover.setdefault(cluster_id, set()).update(types)
        for row in rows:
            found.setdefault(str(row["cluster_id"]), []).append(row)
    if names is None:
        names = {cluster_id: rows[0].get("cluster_name") for cluster_id, rows in found.items()}
    # Where the clusters could not be read, nothing is said of them.
    looked = bool(watch.clusters)
    return [
        _outcome(
            cluster_id, name, found.get(cluster_id, []), need.get(cluster_id, set()) - cover.get(cluster_id, set())
        )
        if looked
        else _unscanned(cluster_id, name)
        for cluster_id, name in names.items()
    ]


def _outcome(cluster_id: str, name: Any, rows: List[Row], missing: Set[str]) -> Row:
    details = [detail for row in rows for detail in _details(row)]
    reasons = {
        str(detail.get("scan_type")): str(detail.get("failed_reason") or "no reason given")
        for detail in details
        if detail.get("status") == "failed"
    }
    statuses = {row.get("scan_status") for row in rows} | {detail.get("status") for detail in details} - {None}
    status = next((known for known in ("failed", "scanning") if known in statuses), None)
    if status is None and statuses == {"success"} and not missing:
        status = "success"
    reasons.update({scan_type: LEFT_OUT for scan_type in SCAN_TYPES if scan_type in missing})
    return {**_unscanned(cluster_id, name), "scan_status": status, "reasons": reasons}


def _unscanned(cluster_id: str, name: Any) -> Row:
    return {"cluster_id": cluster_id, "cluster_name": name, "scan_status": None, "reasons": {}}


def _described(cluster: Row) -> str:
    from ._diagnosis import shown

    reasons = [f"{scan_type}: {reason}" for scan_type, reason in cluster["reasons"].items()]
    said = ", ".join(reasons) or f"the task has finished, and its scan status is {cluster['scan_status']}"
    return f"{shown(str(cluster['cluster_name'] or cluster['cluster_id']))} ({shown(said)})"


def find_task(client: Client, scope: Scope, task_id: str) -> Optional[Row]:
    return next((row for row in list_tasks(client, scope, task_id) if row["task_id"] == task_id), None)


def _there(client: Client, scope: Scope, task_id: str) -> str:
    if find_task(client, scope, task_id) is None:
        raise ConfigurationError(
            f"HSS knows no scan task {task_id}.",
            hint="Check task_id, region, project and enterprise_project_id.",
            service="HSS",
        )
    return task_id


def with_times(task: Row) -> Row:
    """The API's own fields, and beside them started_at and ended_at: None where there is no time."""
    return {**task, "started_at": _iso(task.get("start_time")), "ended_at": _iso(task.get("end_time"))}


def _iso(value: Any) -> Optional[str]:
    try:
        return iso_time(value)
    except ValueError:
        return None


def _result(watch: Watch, changed: bool, clusters: List[Row]) -> Row:
    tasks = [with_times(task) for task in watch.tasks]
    return {
        "changed": changed,
        "task": tasks[0] if tasks else None,
        "tasks": tasks,
        "clusters": clusters,
        "history": watch.history,
    }


def _rank(status: Any) -> int:
    """What is furthest from the end speaks for all."""
    return (RUNNING, READY, FINISHED).index(status) if status in (RUNNING, READY, FINISHED) else -1


def _info(task: Row) -> Row:
    info = task.get("cluster_scan_info")
    return info if isinstance(info, dict) else {}


def _details(row: Row) -> List[Row]:
    return [detail for detail in row.get("scan_detail_list") or [] if isinstance(detail, dict)]


def _sum(tasks: List[Row], member: str) -> int:
    return sum(_whole(_info(task).get(member)) for task in tasks)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _text(params: Mapping[str, Any], name: str) -> Optional[str]:
    return params.get(name) or None


def _within(params: Mapping[str, Any], name: str, most: int) -> int:
    value: int = params[name]
    if not 1 <= value <= most:
        raise ConfigurationError(f"Option {name} must be from 1 to {most} seconds.")
    return value
