# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the clusters of the page: those that break a rule, those that a limit tolerates, and those that are excepted."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Set, Tuple
from xml.etree import ElementTree as ET

from ..._api.scopes import Record
from ..findings import cluster_identity
from ..wording import cluster_name
from .html_elements import Row, Table, add, section

_Key = Tuple[Any, ...]


def add_clusters(parent: ET.Element, rules: Sequence[Record]) -> None:
    """Add the clusters, each of them once with all that it breaks."""
    broken: Dict[_Key, List[Tuple[str, Record]]] = {}
    failed: Set[_Key] = set()
    for rule in rules:
        for offender in rule["offenders"]:
            broken.setdefault(cluster_identity(offender), []).append((rule["name"], offender))
            if rule["status"] == "failed":
                failed.add(cluster_identity(offender))
    _add_offenders(parent, "Clusters that break a rule", [rows for key, rows in broken.items() if key in failed])
    tolerated = [rows for key, rows in broken.items() if key not in failed]
    _add_offenders(parent, "Clusters that the limits tolerate", tolerated)


def add_excepted(parent: ET.Element, rules: Sequence[Record]) -> None:
    """Add the clusters that are excepted, each of them once for each exception."""
    found: Dict[_Key, Tuple[Record, List[str]]] = {}
    for rule in rules:
        for cluster in rule["excepted"]:
            key = (*cluster_identity(cluster), *cluster["exception"].values())
            found.setdefault(key, (cluster, []))[1].append(rule["name"])
    if not found:
        return
    heading = f"Exceptions: {len(found)}"
    table = Table(
        section(parent, heading), heading, ("Cluster", "Scope", "May break", "Reason", "Approved by", "Until")
    )
    for cluster, names in found.values():
        row = _cluster_row(table, cluster)
        exception = cluster["exception"]
        row.cell(", ".join(names))
        row.cell(exception["reason"])
        row.cell(exception["approved_by"] or "not given")
        row.cell(exception["expires"])


def add_changes(parent: ET.Element, changes: Record) -> None:
    """Add what has changed since the last run that judged."""
    box = section(parent, f"Changes since {changes['since']}")
    rows = [("new", entry) for entry in changes["new"]]
    rows += [("resolved" if entry["listed"] else "no longer listed", entry) for entry in changes["resolved"]]
    scopes = [("no longer judged", scope) for scope in changes["scopes_gone"]]
    scopes += [("without clusters now", scope) for scope in changes["emptied"]]
    if not (rows or scopes):
        add(box, "p", "None.")
    if rows:
        merged: Dict[_Key, Tuple[Record, str, List[str]]] = {}
        for state, entry in rows:
            merged.setdefault((*cluster_identity(entry), state), (entry, state, []))[2].append(entry["rule"])
        table = Table(box, "Changes of clusters", ("Cluster", "Scope", "Change", "Rules"))
        for entry, state, names in merged.values():
            row = _cluster_row(table, entry)
            row.cell(state, "failed" if state == "new" else "")
            row.cell(", ".join(names))
    if scopes:
        table = Table(box, "Changes of scopes", ("Scope", "Change"))
        for state, scope in scopes:
            table.row(_place(scope)).cell(state, "unknown")


def _add_offenders(parent: ET.Element, heading: str, clusters: Sequence[List[Tuple[str, Record]]]) -> None:
    if not clusters:
        return
    heading = f"{heading}: {len(clusters)}"
    table = Table(section(parent, heading), heading, ("Cluster", "Scope", "Last scan", "Breaks"))
    for rows in clusters:
        offender = rows[0][1]
        row = _cluster_row(table, offender)
        row.cell(offender["last_scan"] or "never", "time")
        row.cell("; ".join(f"{name}: {broken['reason']}" for name, broken in rows))


def _cluster_row(table: Table, cluster: Record) -> Row:
    row = table.row(cluster_name(cluster))
    add(row.heading, "code", cluster["cluster_id"], "faint")
    row.cell(_place(cluster))
    return row


def _place(scope: Record) -> str:
    names = (scope["account"], scope["region"], scope["project_name"] or scope["project_id"])
    return " · ".join(name for name in names if name) or "not known"
