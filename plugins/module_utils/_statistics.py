# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of hss_cluster_statistics, of one shape whatever the number of scopes."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from ._client import Client
from ._clock import timestamp
from ._hss import COUNTS, show_cluster_scan_statistics

Record = Dict[str, Any]
# Of failed scopes that the message tells about; all are named.
MOST_TOLD = 10


def cluster_statistics(client: Client, params: Mapping[str, Any]) -> Record:
    """The result, without `changed` and `ansible_facts`."""
    if not client.sweeps:
        return _result([_of_one_project(client)], [], [], client)
    from ._scopes import Scope
    from ._sweep import sweep

    def ask(client: Client, scope: Scope) -> Record:
        return _counts(client, scope.region, scope.project_id or "", scope.enterprise_project_id)

    outcome = sweep(client, params, ask)
    result = _result(*outcome, client)
    if outcome.failed and (params["on_scope_error"] == "fail" or not outcome.answered):
        raise _failed(outcome.failed, result)
    return result


def as_facts(outcome: Record) -> Record:
    """The counts at the top, then provenance, so that a cached fact shows its age and place."""
    provenance = ("complete", "collected_at", "region", "project_id", "enterprise_project_id")
    lists = ("scopes", "failed_scopes", "skipped_scopes")
    return {**outcome["statistics"], **{key: outcome[key] for key in (*provenance, *lists)}}


def _of_one_project(client: Client) -> Record:
    """The scope that the task's own options name, asked in this very thread: nothing is paid for those that ask about many."""
    settings = client.settings
    project_id, project_name = client.project_id, settings.project_name
    if not project_id:
        from ._projects import task_scope

        scope = task_scope(client)
        project_id, project_name = scope.project_id or "", scope.project_name
    return {
        "region": settings.region,
        "project_id": project_id,
        "project_name": project_name,
        "enterprise_project_id": settings.enterprise_project_id,
        **_counts(client, settings.region, project_id, settings.enterprise_project_id),
    }


def _counts(client: Client, region: Any, project_id: str, enterprise_project_id: Any) -> Record:
    answer = show_cluster_scan_statistics(client, region, project_id, enterprise_project_id)
    return {"request_id": answer.request_id, "statistics": answer.counts}


def _result(answered: List[Record], failed: List[Record], skipped: List[Record], client: Client) -> Record:
    """Sums, provenance and completeness. No incomplete answer carries a number where a sum stands."""
    complete = bool(answered) and not failed
    statistics = {name: sum(scope["statistics"][name] for scope in answered) if complete else None for name in COUNTS}
    asked = answered + failed
    only = asked[0] if len(asked) == 1 else {}
    return {
        "complete": complete,
        "statistics": statistics,
        "scopes": answered,
        "failed_scopes": failed,
        "skipped_scopes": skipped,
        "collected_at": timestamp(client.clock.now()),
        "auth_source": client.auth_source,
        "region": only.get("region"),
        "project_id": only.get("project_id"),
        "enterprise_project_id": only.get("enterprise_project_id"),
        "request_id": only.get("request_id"),
    }


def _failed(failed: List[Record], result: Record) -> Exception:
    """The error that names each scope that did not answer, and carries what the others said."""
    from ._errors import ScopesFailedError

    told = [f"{_place(record)}: {record['msg']}" for record in failed[:MOST_TOLD]]
    others = [_place(record) for record in failed[MOST_TOLD:]]
    if others:
        told.append(f"And {', '.join(others)}: see failed_scopes.")
    asked = len(failed) + len(result["scopes"])
    alike = {key: {record[key] for record in failed} for key in ("status_code", "error_code")}
    common = {key: values.pop() for key, values in alike.items() if len(values) == 1}
    message = f"{len(failed)} of {asked} scopes did not answer, so no sum is known. {' '.join(told)}"
    return ScopesFailedError(message, data=result, **common)


def _place(record: Record) -> str:
    names = (record["region"], record["project_name"] or record["project_id"], record["enterprise_project_id"])
    from ._diagnosis import shown

    return "/".join(shown(name) for name in names if name)
