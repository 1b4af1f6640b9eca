# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scopes (a project of a region, with an enterprise project) and one result of the same shape however many there are."""

from __future__ import annotations

from typing import Any, Dict, List

from ._client import Client
from ._clock import timestamp
from ._hss import COUNTS, show_cluster_scan_statistics

Record = Dict[str, Any]


def cluster_statistics(client: Client) -> Record:
    """The result of hss_cluster_statistics, without `changed` and `ansible_facts`."""
    return result([scope_statistics(client)], [], [], client)


def scope_statistics(client: Client) -> Record:
    """Ask about the scope that the options name: its keys as in `scopes`."""
    settings = client.settings
    project_id, project_name = client.project_id, None
    if not project_id:
        from ._projects import find_project

        project = find_project(client, settings.project_name or client.region())
        project_id, project_name = project.id, project.name
    answer = show_cluster_scan_statistics(client, project_id, settings.enterprise_project_id)
    return {
        "region": settings.region,
        "project_id": project_id,
        "project_name": project_name,
        "enterprise_project_id": settings.enterprise_project_id,
        "request_id": answer.request_id,
        "statistics": answer.counts,
    }


def result(answered: List[Record], failed: List[Record], skipped: List[Record], client: Client) -> Record:
    """Sums, provenance and completeness. No incomplete answer carries a number where a sum stands."""
    complete = bool(answered) and not failed
    statistics = {name: sum(scope["statistics"][name] for scope in answered) if complete else None for name in COUNTS}
    only = answered[0] if len(answered) == 1 and not failed else {}
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


def as_facts(outcome: Record) -> Record:
    """The counts at the top, then provenance, so that a cached fact shows its age and place."""
    provenance = ("complete", "collected_at", "region", "project_id", "enterprise_project_id")
    lists = ("scopes", "failed_scopes", "skipped_scopes")
    return {**outcome["statistics"], **{key: outcome[key] for key in (*provenance, *lists)}}
