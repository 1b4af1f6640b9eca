# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict for a job's summary or a comment on a merge request (GitHub, GitLab).

Whatever comes from outside stands in <code>, with every punctuation mark as a character reference: those are never markup, and
nobody is mentioned, no issue linked and no address made clickable inside of code.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence

from .._scopes import place
from .._telling import cluster_name, visible

Record = Mapping[str, Any]

# A comment on GitHub holds 65,536 characters.
MOST_OFFENDERS = 100


def write(result: Record) -> str:
    verdict = result["verdict"]
    state = "open" if verdict["passed"] else "CLOSED"
    lines = [f"## Cluster scan gate: {'✅' if verdict['passed'] else '❌'} {state}", ""]
    lines += [f"Collected at {code(result['collected_at'])}.", ""]
    lines += _table(("Rule", "Verdict", "Found"), [_rule(rule) for rule in verdict["rules"]])
    lines += _offenders(verdict["rules"])
    if len(result["scopes"]) + len(result["failed_scopes"]) > 1:
        lines += ["", "### Scopes", "", *_scopes(result)]
    if verdict["notes"]:
        lines += ["", "### Notes", "", *(f"- {code(note)}" for note in verdict["notes"][:MOST_OFFENDERS])]
    if verdict["next_steps"]:
        lines += ["", "### Next", "", *(f"- {code(step)}" for step in verdict["next_steps"])]
    return "\n".join(lines) + "\n"


def code(value: Any) -> str:
    text = visible(str(value))
    return f"<code>{''.join(c if c.isalnum() or c in ' -' or ord(c) > 127 else f'&#{ord(c)};' for c in text)}</code>"


def _rule(rule: Record) -> Sequence[str]:
    return code(rule["name"]), "holds" if rule["passed"] else "**broken**", code(rule["message"])


def _offenders(rules: Sequence[Record]) -> List[str]:
    lines: List[str] = []
    for rule in rules:
        found = [offender for offender in rule["offenders"] if offender["cluster_id"] is not None]
        if rule["passed"] or not found:
            continue
        rows = [
            (code(cluster_name(o)), code(place(o)), code(o["last_scan"] or "never"), code(o["reason"]))
            for o in found[:MOST_OFFENDERS]
        ]
        lines += ["", f"### {code(rule['name'])}", ""]
        lines += _table(("Cluster", "Scope", "Last scan", "Why"), rows)
        if len(found) > MOST_OFFENDERS:
            lines += ["", f"And {len(found) - MOST_OFFENDERS} more."]
    return lines


def _scopes(result: Record) -> List[str]:
    rows = []
    for scope in result["scopes"]:
        counts = scope["statistics"]
        names = ("all_cluster_num", "unscan_cluster_num", "risk_cluster_num", "app_vul_cluster_num")
        rows.append((code(place(scope)), *(str(counts[name]) for name in names)))
    rows += [(code(place(scope)), "no answer", "", "", "") for scope in result["failed_scopes"]]
    return _table(("Scope", "Clusters", "Never scanned", "With risks", "Vulnerable"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> List[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
