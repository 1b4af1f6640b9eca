# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the verdict as Markdown, for a job's summary or a comment on a merge request (GitHub, GitLab).

External values are put into <code>, with every punctuation mark as a character reference: they are never parsed as markup,
and inside code no user is mentioned, no issue linked and no address made clickable.
"""

from __future__ import annotations

from typing import Any, List, Sequence

from ..._api.scopes import Record, scope_label
from ..._formatting import escape_unprintable
from ..wording import STATES, cluster_name

ICONS = {"passed": "✅", "failed": "❌", "not_judged": "❓"}
RULE_STATES = {"passed": "passed", "failed": "**failed**", "unknown": "**not known**"}

# A comment on GitHub holds at most 65,536 characters; counted in bytes, since a character may need several.
MAX_BYTES = 60000
# Maximum entries of each list of clusters, scopes and notes; the next lower limit is tried if the text is too long.
LIST_LIMITS = (100, 30, 10, 3)


def write(result: Record) -> str:
    """Return the report as Markdown, with the longest lists that fit into MAX_BYTES."""
    for limit in LIST_LIMITS:  # pragma: no branch - the last is short enough unless names are extremely long
        text = _document(result, limit)
        if len(text.encode("utf-8")) <= MAX_BYTES:
            break
    return text


def _document(result: Record, limit: int) -> str:
    verdict = result["verdict"]
    lines = [f"## Cluster scan gate: {ICONS[verdict['status']]} {STATES[verdict['status']]}", ""]
    lines += [code(verdict["summary"][0]), ""]
    lines += _failed_scopes(result["failed_scopes"], limit)
    if not verdict["rules"]:
        lines += [*(code(line) for line in verdict["summary"][1:]), ""]
    else:
        lines += _table(("Rule", "Verdict", "Found"), [_rule(rule) for rule in verdict["rules"]])
    for rule in verdict["rules"]:
        lines += [*_offenders(rule, limit), *_excepted(rule, limit)]
    if len(result["scopes"]) + len(result["failed_scopes"]) > 1:
        lines += ["", "### Scopes", "", *_scopes(result, limit)]
    if verdict["notes"]:
        lines += ["", "### Notes", "", *(f"- {code(note)}" for note in verdict["notes"][:limit])]
        lines += _more(len(verdict["notes"]) - limit)
    if verdict["next_steps"]:
        lines += ["", "### Next", "", *map(_step, verdict["next_steps"])]
    return "\n".join([*lines, "", _provenance(result)]) + "\n"


def _provenance(result: Record) -> str:
    """Return the known parts of the provenance as one line."""
    provenance = result["provenance"]
    words = (
        ("Run", provenance["run_id"]),
        ("started", provenance["started_at"]),
        ("collected", result["collected_at"]),
        ("finished", provenance["finished_at"]),
        ("account", provenance["account_id"]),
        ("by", provenance["principal"]),
        ("huaweicloud.hss", provenance["collection_version"]),
    )
    return f"{', '.join(f'{word} {code(value)}' for word, value in words if value is not None)}."


def code(value: Any) -> str:
    """Return a value as escaped <code> element."""
    return f"<code>{''.join(map(_plain, escape_unprintable(str(value))))}</code>"


def _plain(character: str) -> str:
    if character.isalnum() or character in " -" or ord(character) > 127:
        return character
    # An email address would become a link in spite of the character reference, so it is split by <wbr>.
    return "&#64;<wbr>" if character == "@" else f"&#{ord(character)};"


def _step(step: Record) -> str:
    return f"- {code(step['text'])}{': ' + code(step['command']) if step['command'] else ''}"


def _rule(rule: Record) -> Sequence[str]:
    return code(rule["name"]), RULE_STATES[rule["status"]], code(rule["message"])


def _failed_scopes(scopes: Sequence[Record], limit: int) -> List[str]:
    """Return the causes of what could not be judged."""
    if not scopes:
        return []
    rows = [(code(scope_label(scope)), code(scope["msg"])) for scope in scopes[:limit]]
    return [*_table(("Could not be read", "Cause"), rows), *_more(len(scopes) - limit), ""]


def _excepted(rule: Record, limit: int) -> List[str]:
    if not rule["excepted"]:
        return []
    rows = []
    for cluster in rule["excepted"][:limit]:
        exception = cluster["exception"]
        texts = (
            cluster_name(cluster),
            scope_label(cluster),
            exception["reason"],
            exception["approved_by"],
            exception["expires"],
        )
        rows.append([code(text or "not given") for text in texts])
    table = _table(("Excepted", "Scope", "Reason", "Approved by", "Until"), rows)
    return ["", f"### {code(rule['name'])}: excepted", "", *table, *_more(len(rule["excepted"]) - limit)]


def _offenders(rule: Record, limit: int) -> List[str]:
    found = rule["offenders"]
    if rule["passed"] or not found:
        return []
    rows = [
        (code(cluster_name(o)), code(scope_label(o)), code(o["last_scan"] or "never"), code(o["reason"]))
        for o in found[:limit]
    ]
    table = _table(("Cluster", "Scope", "Last scan", "Why"), rows)
    return ["", f"### {code(rule['name'])}", "", *table, *_more(len(found) - limit)]


def _scopes(result: Record, limit: int) -> List[str]:
    rows: List[Sequence[str]] = [
        (code(scope_label(scope)), "could not be read", "", "", "") for scope in result["failed_scopes"]
    ]
    names = ("all_cluster_num", "unscan_cluster_num", "risk_cluster_num", "app_vul_cluster_num")
    for scope in result["scopes"]:
        rows.append((code(scope_label(scope)), *(str(scope["statistics"][name]) for name in names)))
    table = _table(("Scope", "Clusters", "Never scanned", "With risks", "Vulnerable"), rows[:limit])
    return [*table, *_more(len(rows) - limit)]


def _more(number: int) -> List[str]:
    return ["", f"And {number} more: see the other reports."] if number > 0 else []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> List[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
