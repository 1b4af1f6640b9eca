# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content of the projects: clusters, risks and tasks; the single state behind all responses of HSS."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.simulator.clusters import SCAN_TYPES, Cluster, ClusterSpec, milliseconds
from tests.simulator.names import cluster_id, derived_id
from tests.simulator.request import ReceivedRequest
from tests.simulator.risks import UNNAMED, Risk, RiskSpec
from tests.simulator.scanning import Task
from tests.simulator.scenario import Project, Scenario
from tests.simulator.table import Table
from tests.simulator.timing import TaskTiming


class ProjectInventory:
    """The things of one project."""

    def __init__(self, project: Project, timing: TaskTiming, now: float) -> None:
        self.project = project
        self.timing = timing
        self._names: Counter[str] = Counter()
        self._controls: dict[str, str] = {}
        self.clusters = Table(cluster for spec in project.clusters for cluster in self._new_clusters(spec, now))
        self.risks: Table[Risk] = Table()
        for spec in project.risks:
            self.risks.rows.extend(self._new_risks(spec, self._clusters_of(spec)))
        for cluster in self.clusters.rows:
            self._explain(cluster)
        # As it is sent, and the end of the synchronisation that is going on.
        self.last_update_time = milliseconds(now) if project.last_update_time is None else project.last_update_time
        self._synchronised_at: float | None = None
        self.tasks: list[Task] = []
        for item in project.tasks:
            named = set(item.clusters)
            rows = [c for c in self.clusters.rows if not named or c.name in named or c.id in named]
            task = Task.start(
                item.id or derived_id(project.id, "task", len(self.tasks)),
                rows,
                list(item.scan_types),
                now - item.started_ago,
                timing,
                name=item.name,
                trigger_type=item.trigger_type,
            )
            self.tasks.append(task)

    def advance(self, now: float) -> None:
        if sum(task.advance(now) for task in self.tasks):
            self.changed()
        if self._synchronised_at is not None and self._synchronised_at <= now:
            self.last_update_time = milliseconds(self._synchronised_at)
            self._synchronised_at = None
            for cluster in self.clusters.rows:
                cluster.is_synchronised = True
            self.changed()

    def synchronise(self, now: float) -> None:
        """Collect the clusters anew, which takes a while."""
        self._synchronised_at = now + self.project.sync_seconds

    def changed(self) -> None:
        self.clusters.changed()
        self.risks.changed()

    def start(self, clusters: Iterable[Cluster], scan_types: Iterable[str], now: float, **others: Any) -> Task:
        task = Task.start(str(uuid.uuid4()), clusters, list(scan_types), now, self.timing, **others)
        self.tasks.append(task)
        task.advance(now)
        self.changed()
        return task

    def finish_tasks(self, now: float) -> None:
        for task in self.tasks:
            task.finish(now)
        self.changed()

    def insert_clusters(self, count: int, at: str, now: float, row: dict[str, Any]) -> list[Cluster]:
        spec = ClusterSpec.parse({"name": "inserted", **row, "count": count}, "row", group=True)
        added = self._new_clusters(spec, now)
        self.clusters.insert(added, at)
        for cluster in added:
            self._explain(cluster)
        self.risks.changed()
        return added

    def remove_clusters(self, gone: list[Cluster]) -> None:
        self.clusters.remove(gone)
        self.risks.remove([risk for cluster in gone for risk in cluster.risks])

    def insert_risks(self, count: int, at: str, row: dict[str, Any]) -> list[Risk]:
        spec = RiskSpec.parse({"name": "inserted", **row, "count": count}, "row", group=True)
        added = self._new_risks(spec, self._clusters_of(spec))
        self.risks.insert(added, at)
        self.changed()
        return added

    def remove_risks(self, gone: list[Risk]) -> None:
        for risk in gone:
            risk.cluster.risks.remove(risk)
            risk.cluster.changed()
        self.risks.remove(gone)
        self.clusters.changed()

    def move(self, which: str, insert: int, remove: int, at: str, row: dict[str, Any], now: float) -> None:
        """Rows of one list come and go."""
        table: Table[Any] = self.clusters if which == "clusters" else self.risks
        gone = table.rows[:remove] if at == "start" else table.rows[len(table.rows) - remove :]
        if which == "clusters":
            self.remove_clusters(gone if remove else [])
            self.insert_clusters(insert, at, now, row)
        else:
            self.remove_risks(gone if remove else [])
            self.insert_risks(insert, at, row)

    def _new_clusters(self, spec: ClusterSpec, now: float) -> list[Cluster]:
        made = []
        for name in spec.names():
            self._names[name] += 1
            made.append(Cluster.of(spec, name, spec.id or cluster_id(name, self.project.id, self._names[name]), now))
        return made

    def _clusters_of(self, spec: RiskSpec) -> list[Cluster]:
        if not spec.clusters:
            return self.clusters.rows
        wanted = set(spec.clusters)
        return [cluster for cluster in self.clusters.rows if cluster.name in wanted or cluster.id in wanted]

    def _new_risks(self, spec: RiskSpec, clusters: list[Cluster]) -> list[Risk]:
        made = []
        for number in range(0 if not clusters else 1 if spec.count is None else spec.count):
            cluster = clusters[number % len(clusters)]
            risk = Risk.of(spec, number, cluster)
            risk.id = spec.id or self._control_id(risk.name)
            cluster.risks.append(risk)
            made.append(risk)
        for cluster in clusters[: len(made)]:
            cluster.changed()
        return made

    def _control_id(self, name: str) -> str:
        """Return an ID as those of public catalogues of controls, which clusters share: C-0001 for the first name."""
        return self._controls.setdefault(name, f"C-{len(self._controls) + 1:04d}")

    def _explain(self, cluster: Cluster) -> None:
        """Add a risk to each risky cluster without one, so that lists and statistics agree."""
        numbers = cluster.spec.numbers
        if cluster.spec.risky and not cluster.risks and not {"risk_assess_num", "sec_comp_num"} & set(numbers):
            self.risks.rows.extend(self._new_risks(UNNAMED, [cluster]))


class Inventory:
    def __init__(self, scenario: Scenario, now: Callable[[], float]) -> None:
        self._guard = threading.RLock()
        self.scenario = scenario
        self.now = now
        self._holdings = {
            project.id: ProjectInventory(project, scenario.timing, now()) for project in scenario.projects.values()
        }

    @contextlib.contextmanager
    def of(self, project_id: str | None = None) -> Iterator[ProjectInventory]:
        """Lock and yield the current content of a project (by default the first)."""
        with self._guard:
            inventory = self._holdings[project_id or list(self._holdings)[0]]
            inventory.advance(self.now())
            yield inventory

    def move(self, request: ReceivedRequest, **rows: Any) -> None:
        """Rows of the list that is read come and go."""
        which, project_id = request.moving_list, request.project_id
        if which is not None and project_id in self._holdings:
            with self.of(project_id) as inventory:
                inventory.move(which, now=self.now(), **rows)

    def tasks(self) -> list[Task]:
        """Of all projects, in the order of their creation."""
        with self._guard:
            for inventory in self._holdings.values():
                inventory.advance(self.now())
            return sorted((t for h in self._holdings.values() for t in h.tasks), key=lambda task: task.created)

    def finish_tasks(self) -> None:
        with self._guard:
            for inventory in self._holdings.values():
                inventory.advance(self.now())
                inventory.finish_tasks(self.now())

    def start_task(
        self, names: Iterable[str], scan_types: Iterable[str], project_id: str | None, **others: Any
    ) -> Task:
        wanted = set(names)
        with self.of(project_id) as inventory:
            rows = [c for c in inventory.clusters.rows if not wanted or c.name in wanted or c.id in wanted]
            return inventory.start(rows, scan_types or SCAN_TYPES, self.now(), **others)
