# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the scopes as one table of the page: subtotals of accounts and regions, the worst first."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple
from xml.etree import ElementTree as ET

from ..._api.scopes import Record, scope_of
from ..figures import Figures, scope_figures
from .html_elements import Row, Table, add, number

SEGMENTS = (("unscanned", "never scanned"), ("stale", "stale"), ("excepted", "excepted"), ("scanned", "scanned"))


class _Entry(NamedTuple):
    """A scope with its figures, None if it could not be read."""

    record: Record
    figures: Optional[Figures]


def total_of(figures: Sequence[Figures]) -> Figures:
    """Return the sums of figures. A sum with an unknown part is unknown."""
    columns = zip(*figures) if figures else [[0]] * len(Figures._fields)
    return Figures(*(None if None in column else sum(column) for column in map(list, columns)))  # type: ignore[arg-type]


def add_overview(parent: ET.Element, document: Record) -> None:
    """Add the table of the scopes."""
    figures = scope_figures(document)
    entries = [_Entry(scope, figures[scope_of(scope)]) for scope in document["scopes"]]
    entries += [_Entry(scope, None) for scope in document["failed_scopes"]]
    has_age = any(entry.figures is not None and entry.figures.stale is not None for entry in entries)
    legend = add(parent, "p", css="faint")
    for name, words in SEGMENTS:
        if has_age or name != "stale":
            add(legend, "span", css=f"key {name}").tail = f"{words}   "
    names = ["Scope", "State", "Clusters", "Never scanned", *(["Stale"] if has_age else []), "Excepted", "Scanned"]
    table = Table(parent, "Scopes, the worst first", [*names, "With risks", "Vulnerable"])
    accounts = _grouped(entries, "account")
    for account, of_account in accounts:
        if len(accounts) > 1:
            _add_total(table, f"Account {account or 'not known'}", of_account, has_age)
        regions = _grouped(of_account, "region")
        for region, of_region in regions:
            if len(regions) > 1 and len(of_region) > 1:
                _add_total(table, f"Region {region or 'not named'}", of_region, has_age)
            for entry in of_region:
                _add_scope(table, entry, has_age)


def _grouped(entries: Sequence[_Entry], key: str) -> List[Tuple[Optional[str], List[_Entry]]]:
    """Return the entries by the value of a key, the worst group and in it the worst entry first."""
    groups: Dict[Optional[str], List[_Entry]] = {}
    for entry in sorted(entries, key=lambda entry: _badness([entry]), reverse=True):
        groups.setdefault(entry.record.get(key), []).append(entry)
    return sorted(groups.items(), key=lambda group: _badness(group[1]), reverse=True)


def _badness(entries: Sequence[_Entry]) -> Tuple[int, int, int]:
    """Return the sort key: scopes that could not be read, clusters without a current scan, clusters with risks."""
    figures = [entry.figures for entry in entries if entry.figures is not None]
    outdated = sum((one.unscanned or 0) + (one.stale or 0) for one in figures)
    return len(entries) - len(figures), outdated, sum(one.risky + one.vulnerable for one in figures)


def _add_total(table: Table, name: str, entries: Sequence[_Entry], has_age: bool) -> None:
    unread = sum(entry.figures is None for entry in entries)
    row = table.row(name, "total")
    add(row.heading, "span", f"{len(entries)} scopes{f', {unread} could not be read' if unread else ''}", "faint")
    known = [entry.figures for entry in entries if entry.figures is not None]
    if known:
        _add_figures(row, total_of(known), has_age)
    else:
        row.rest("nothing could be read", "unknown")


def _add_scope(table: Table, entry: _Entry, has_age: bool) -> None:
    scope = entry.record
    row = table.row(scope["project_name"] or scope["project_id"] or scope["account"] or "Project", "scope")
    words = [scope["region"], scope["enterprise_project_id"]]
    add(row.heading, "span", " · ".join(word for word in words if word), "faint")
    if scope["project_name"] is not None and scope["project_id"]:
        add(row.heading, "code", scope["project_id"], "faint")
    if entry.figures is None:
        row.rest("could not be read", "unknown")
    else:
        _add_figures(row, entry.figures, has_age)


def _add_figures(row: Row, figures: Figures, has_age: bool) -> None:
    _add_bar(row.cell(css="bar"), figures)
    stale = [figures.stale] if has_age else []
    for value in (figures.clusters, figures.unscanned, *stale, figures.excepted, figures.scanned, figures.risky):
        row.cell(number(value), "number")
    row.cell(number(figures.vulnerable), "number")


def _add_bar(cell: ET.Element, figures: Figures) -> None:
    """Add a bar whose segments are all clusters. The numbers are in the cells beside it."""
    track = add(cell, "div", css="track", **{"aria-hidden": "true"})
    for name, _words in SEGMENTS:
        part = getattr(figures, name)
        if part:
            add(track, "span", css=name, style=f"width:{100 * part / max(figures.clusters, part):.3f}%")
