# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the verdict as one HTML page: no script, and nothing fetched from elsewhere.

It is built as a tree, so that external values are text and cannot become markup.
"""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple
from xml.etree import ElementTree as ET

from ..._api.scopes import Record, scope_label
from ..figures import scope_figures
from ..wording import STATES, describe_scope
from .html_clusters import add_changes, add_clusters, add_excepted
from .html_elements import Table, add, add_list, number, section
from .html_scopes import add_overview, total_of
from .style import CSS

# Defense in depth: even if text were parsed as markup, no script runs and nothing is fetched.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
RULE_STATES = {"passed": "passed", "failed": "failed", "unknown": "not known"}


def write(document: Record) -> str:
    """Return the report as an HTML document."""
    verdict = document["verdict"]
    title = f"Cluster scan gate: {STATES[verdict['status']]}"
    root = ET.Element("html", {"lang": "en"})
    head = add(root, "head")
    add(head, "meta", charset="utf-8")
    add(head, "meta", **{"http-equiv": "Content-Security-Policy", "content": POLICY})
    add(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    add(head, "meta", name="run-id", content=document["provenance"]["run_id"])
    add(head, "title", title)
    add(head, "style").text = CSS
    body = add(root, "body")
    _add_verdict(add(body, "header"), title, document)
    _add_details(add(body, "main"), document)
    _add_provenance(add(body, "footer"), document)
    return f"<!DOCTYPE html>\n{ET.tostring(root, encoding='unicode', method='html')}\n"


def _add_verdict(parent: ET.Element, title: str, document: Record) -> None:
    """Add the verdict, its cause and the totals."""
    verdict = document["verdict"]
    add(parent, "h1", title, verdict["status"])
    add(parent, "p", verdict["summary"][0])
    failed = [f"{rule['name']}: {rule['message']}" for rule in verdict["rules"] if rule["status"] == "failed"]
    causes = failed or ([] if verdict["rules"] else verdict["summary"][1:2])
    if causes:
        add_list(parent, causes)
    if not document["scopes"]:
        return
    total = total_of(list(scope_figures(document).values()))
    asked = len(document["scopes"]) + len(document["failed_scopes"])
    tiles: List[Tuple[str, Optional[str]]] = [("Scopes read", f"{len(document['scopes'])} of {asked}")]
    tiles += [("Clusters", str(total.clusters))]
    tiles += [("Never scanned", number(total.unscanned)), ("Stale", None if total.stale is None else str(total.stale))]
    tiles += [("Excepted", number(total.excepted)), ("Scanned", number(total.scanned))]
    tiles += [("With risks", str(total.risky)), ("Vulnerable", str(total.vulnerable))]
    _definitions(parent, tiles, "tiles")


def _add_details(parent: ET.Element, document: Record) -> None:
    verdict = document["verdict"]
    failed = [f"{describe_scope(scope)}: {scope['msg']}" for scope in document["failed_scopes"]]
    _lines(parent, "Could not be read", failed)
    if document["scopes"] or document["failed_scopes"]:
        add_overview(section(parent, "Scopes"), document)
    if verdict["next_steps"]:
        _add_steps(section(parent, "Next"), verdict["next_steps"])
    if document["changes"]:
        add_changes(parent, document["changes"])
    if verdict["rules"]:
        _add_rules(section(parent, "Rules"), verdict["rules"])
    add_clusters(parent, verdict["rules"])
    add_excepted(parent, verdict["rules"])
    _lines(parent, "Notes", verdict["notes"])
    skipped = [f"{scope_label(scope)}: {scope['reason']}" for scope in document["skipped_scopes"]]
    _lines(parent, f"Skipped: {len(skipped)}", skipped)


def _add_steps(box: ET.Element, steps: Sequence[Record]) -> None:
    for step in steps:
        add(box, "p", step["text"])
        if step["command"]:
            add(box, "pre", step["command"])


def _add_rules(box: ET.Element, rules: Sequence[Record]) -> None:
    table = Table(box, "Rules", ("Rule", "Verdict", "Found", "Limit", "In words"))
    for rule in rules:
        row = table.row(rule["name"])
        row.cell(RULE_STATES[rule["status"]], f"state {rule['status']}")
        row.cell(number(rule["figure"]), "number")
        row.cell(number(rule["limit"]), "number")
        row.cell(rule["message"])


def _add_provenance(parent: ET.Element, document: Record) -> None:
    """Add the provenance. Host and CI are in the JSON report only."""
    provenance = document["provenance"]
    add(parent, "h2", "Provenance")
    accounts = [
        " ".join(word for word in (one["account"], one["account_id"], one["principal"]) if word)
        for one in provenance["accounts"] or []
    ]
    endpoints = [url for urls in (provenance["endpoints"] or {}).values() for url in urls]
    check = document["verdict"]["cross_check"]
    pairs: List[Tuple[str, Optional[str]]] = [
        ("Run", provenance["run_id"]),
        ("Started", provenance["started_at"]),
        ("Collected", document["collected_at"]),
        ("Finished", provenance["finished_at"] or "not yet"),
        ("Accounts and callers", ", ".join(filter(None, accounts)) or "not known"),
        ("Credential from", provenance["auth_source"]),
        ("Endpoints", ", ".join(endpoints)),
        ("Proxy", provenance["proxy"]),
        ("Certificates verified", _answer(provenance["tls_verified"])),
        ("Simulated", _answer(provenance["simulated"])),
        ("Cross-check with CCE", f"{check['state']} {check['reason'] or ''}".strip()),
        ("huaweicloud.hss", provenance["collection_version"]),
        ("ansible-core", provenance["ansible_core"]),
        ("Python", provenance["python"]),
    ]
    _definitions(parent, pairs, "facts")


def _answer(value: Optional[bool]) -> Optional[str]:
    return None if value is None else "yes" if value else "no"


def _definitions(parent: ET.Element, pairs: Sequence[Tuple[str, Optional[str]]], css: str) -> None:
    """Add terms with their values, without those that have none."""
    box = add(parent, "dl", css=css)
    for term, value in pairs:
        if value:
            pair = add(box, "div")
            add(pair, "dt", term)
            add(pair, "dd", value)


def _lines(parent: ET.Element, heading: str, lines: Sequence[str]) -> None:
    if lines:
        add_list(section(parent, heading), lines)
