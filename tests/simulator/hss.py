# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host security service: who may see what, and which operation answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from tests.simulator import cluster_calls, risk_calls, task_calls
from tests.simulator.access import project_of
from tests.simulator.answer import Answer, Declined
from tests.simulator.cloud import Cloud
from tests.simulator.grants import Grants
from tests.simulator.hss_call import HssCall
from tests.simulator.request import ReceivedRequest

_DEFAULT_ENTERPRISE_PROJECT = "0"
_ALL_GRANTED = "all_granted_eps"

Operation = Callable[[HssCall], Answer]
_OPERATIONS: tuple[tuple[str, re.Pattern[str], Operation], ...] = tuple(
    (method, re.compile(path), operation)
    for method, path, operation in (
        ("GET", r"container/cluster/statistics", cluster_calls.statistics),
        ("GET", r"kubernetes/clusters", cluster_calls.details),
        ("POST", r"kubernetes/save-clusters", cluster_calls.synchronise),
        ("GET", r"container/cluster/risks", risk_calls.risks),
        ("GET", r"container/cluster/risk/([^/]+)/affected-resources", risk_calls.affected_resources),
        ("POST", r"common/task", task_calls.create),
        ("POST", r"common/tasks/batch-query", task_calls.tasks),
        ("POST", r"common/tasks/([^/]+)/resources/batch-query", task_calls.resources),
        ("PUT", r"common/tasks/([^/]+)/retry", task_calls.retry),
        ("GET", r"common/task-statistics", task_calls.statistics),
    )
)


def find(request: ReceivedRequest) -> Callable[[ReceivedRequest, Cloud], Answer] | None:
    for method, path, operation in _OPERATIONS:
        found = path.fullmatch(request.hss_path or "") if method == request.method else None
        if found:
            names = tuple(map(unquote, found.groups()))
            return lambda request, cloud: _answer(request, cloud, operation, names)
    return None


def _answer(request: ReceivedRequest, cloud: Cloud, operation: Operation, names: tuple[str, ...]) -> Answer:
    grants = cloud.caller(request)
    project = project_of(request, cloud, grants)
    if isinstance(project, Answer):
        return project

    with cloud.inventory.of(project.id) as inventory:
        call = HssCall(request, inventory, None, cloud.inventory.now(), names)
        call.enterprise_projects = _enterprise_projects(call, grants)
        return operation(call)


def _enterprise_projects(call: HssCall, grants: Grants) -> frozenset[str] | None:
    wanted = call.text("enterprise_project_id") or _DEFAULT_ENTERPRISE_PROJECT
    if wanted == _ALL_GRANTED:
        return grants.enterprise_projects
    if not grants.may_see(wanted):
        raise Declined(400, "权限不足 (insufficient permissions)", "HSS.0013")
    return frozenset({wanted})
