# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the verdict as one HTML page: no script, and nothing fetched from elsewhere.

It is built as a tree, so that external values are text and cannot become markup.
"""

from __future__ import annotations

from typing import Any, List, Mapping, NamedTuple, Sequence
from xml.etree import ElementTree as ET

from ..._api.scopes import Scope, scope_label, scope_of
from ..._formatting import escape_unprintable
from ..wording import STATES, cluster_name, describe_scope, format_excepted
from .style import CSS

Record = Mapping[str, Any]

# Defense in depth: even if text were parsed as markup, no script runs and nothing is fetched.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
RULE_STATES = {"passed": "passed", "failed": "failed", "unknown": "not known"}


class _Figures(NamedTuple):
    """Numbers of a scope's clusters as they were judged, the worse of count and list."""

    clusters: int
    unscanned: int
    excepted: int  # of the never scanned, beside `unscanned`
    risky: int


def write(result: Record) -> str:
    """Return the report as an HTML document."""
    verdict = result["verdict"]
    title = f"Cluster scan gate: {STATES[verdict['status']]}"
    root = ET.Element("html", {"lang": "en"})
    head = _add(root, "head")
    _add(head, "meta", charset="utf-8")
    _add(head, "meta", **{"http-equiv": "Content-Security-Policy", "content": POLICY})
    _add(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    _add(head, "title", title)
    _add(head, "style", CSS)
    body = _add(root, "body")
    _add(body, "h1", title, **{"class": verdict["status"]})
    _add(body, "p", escape_unprintable(verdict["summary"][0]))
    _add(
        body,
        "p",
        f"Run {result['provenance']['run_id']}, collected at {result['collected_at'] or 'no time'}.",
        **{"class": "faint"},
    )
    failed = [f"{describe_scope(scope)}: {scope['msg']}" for scope in result["failed_scopes"]]
    _lines(body, "Could not be read", failed)
    _rules(body, verdict["rules"])
    if verdict["next_steps"]:
        _add(body, "h2", "Next")
        for step in verdict["next_steps"]:
            _add(body, "p", escape_unprintable(step["text"]))
            if step["command"]:
                _add(body, "pre", escape_unprintable(step["command"]))
    _scopes(body, result)
    for rule in verdict["rules"]:
        _offenders(body, rule)
        _lines(body, f"{rule['name']}: excepted", [format_excepted(cluster) for cluster in rule["excepted"]])
    _lines(body, "Notes", verdict["notes"])
    _lines(body, "Skipped", [f"{scope_label(scope)}: {scope['reason']}" for scope in result["skipped_scopes"]])
    return f"<!DOCTYPE html>\n{ET.tostring(root, encoding='unicode', method='html')}\n"


def _rules(body: ET.Element, rules: Sequence[Record]) -> None:
    _add(body, "h2", "Rules")
    rows = _table(body, ("Rule", "Verdict", "Found", "Limit", ""))
    for rule in rules:
        row = _add(rows, "tr")
        _add(_add(row, "td"), "code", rule["name"])
        _add(row, "td", RULE_STATES[rule["status"]], **{"class": f"state {rule['status']}"})
        for value in (rule["figure"], rule["limit"], rule["message"]):
            _add(row, "td", "not known" if value is None else escape_unprintable(str(value)))


def _scopes(body: ET.Element, result: Record) -> None:
    _add(body, "h2", "Scopes")
    legend = _add(body, "p", **{"class": "faint"})
    for name, words in (
        ("scanned", "scanned"),
        ("unscanned", "never scanned"),
        ("excepted", "excepted"),
        ("risky", "with risks"),
    ):
        key = _add(legend, "span", **{"class": f"key {name}"})
        key.tail = f"{words}   "
    parts = {rule["name"]: {scope_of(part): part for part in rule["scopes"]} for rule in result["verdict"]["rules"]}
    for scope in result["scopes"]:
        figures = _judged(parts, scope)
        box = _add(body, "section", **{"class": "scope"})
        _add(box, "h3", describe_scope(scope))
        scanned = figures.clusters - figures.unscanned - figures.excepted
        excepted = f"{figures.excepted} excepted, " if figures.excepted else ""
        numbers = f"{scanned} scanned, {figures.unscanned} never scanned, {excepted}{figures.risky} with risks"
        words = f"{numbers}, of {figures.clusters} clusters"
        bars = _add(box, "div", role="img", **{"aria-label": words})
        _bar(bars, figures.clusters, {"scanned": scanned, "unscanned": figures.unscanned, "excepted": figures.excepted})
        _bar(bars, figures.clusters, {"risky": figures.risky})
        _add(box, "p", words, **{"class": "faint"})


def _judged(parts: Mapping[str, Mapping[Scope, Record]], scope: Record) -> _Figures:
    """Return the figures of a scope. `parts` has the scopes' records of each rule, by rule name and scope."""
    key = scope_of(scope)
    unscanned = parts["max_unscanned"][key]
    # Without the rule max_risky, the number that the API counted.
    risky = parts["max_risky"][key]["figure"] if "max_risky" in parts else scope["statistics"]["risk_cluster_num"]
    return _Figures(unscanned["clusters"], unscanned["figure"], unscanned["excepted"], risky)


def _bar(parent: ET.Element, total: int, parts: Mapping[str, int]) -> None:
    track = _add(parent, "div", **{"class": "track"})
    for name, number in parts.items():
        if number:
            _add(track, "span", style=f"width:{100 * number / total:.4f}%", **{"class": name})


def _offenders(body: ET.Element, rule: Record) -> None:
    found = rule["offenders"]
    if not found:
        return
    heading = _add(body, "h2", f"{rule['name']}: {len(found)} clusters")
    if rule["passed"]:
        heading.text = f"{heading.text}, which the limit tolerates"
    rows = _table(body, ("Cluster", "Region", "Project", "Enterprise project", "Last scan", "Why"))
    for offender in found:
        row = _add(rows, "tr")
        _add(row, "td", cluster_name(offender), title=escape_unprintable(offender["cluster_id"]))
        project = offender["project_name"] or offender["project_id"]
        last = offender["last_scan"] or "never"
        for value in (offender["region"], project, offender["enterprise_project_id"], last, offender["reason"]):
            _add(row, "td", escape_unprintable(value or "unnamed"))


def _lines(body: ET.Element, heading: str, lines: List[str]) -> None:
    if not lines:
        return
    _add(body, "h2", heading)
    items = _add(body, "ul")
    for line in lines:
        _add(items, "li", escape_unprintable(line))


def _table(parent: ET.Element, head: Sequence[str]) -> ET.Element:
    """Add a table with this header; return the element for its rows."""
    table = _add(_add(parent, "div", **{"class": "wide"}), "table")
    row = _add(_add(table, "thead"), "tr")
    for cell in head:
        _add(row, "th", cell)
    return _add(table, "tbody")


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = text or None
    return element
