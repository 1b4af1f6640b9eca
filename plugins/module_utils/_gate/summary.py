# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Summarize a verdict: the cause first, then the offenders, the exceptions and the next steps. Pure."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from .._api.scopes import Record, scope_label
from .comparison import FAILED, NAME, cross_check_caveats
from .findings import cluster_identity
from .provenance import caveats
from .wording import (
    MAX_CAUSE,
    MAX_LINE,
    MAX_NAME,
    cluster_name,
    cut,
    describe_scope,
    format_excepted,
    format_offender,
    short_cause,
)

# Maximum entries of each list in the summary, and of offenders in the message. The verdict has all of them.
MAX_LISTED = 10
MAX_NAMED = 3
MAX_MESSAGE = 600  # characters
MAX_LABEL = 80  # characters, of the scope whose failure is the cause
HEADLINES = {
    "passed": "The gate is open for",
    "failed": "The gate is CLOSED for",
    "not_judged": "The gate could NOT judge",
}
_REFUSALS = (401, 403)
# Rules about scopes and not about clusters.
_ABOUT_SCOPES = ("all_scopes_answer", "required_projects")
# Rules without offenders: missing clusters have no names, and an inventory belongs to a scope.
_WITHOUT_OFFENDERS = ("min_clusters", "max_inventory_age")


def summarize(verdict: Mapping[str, Any], result: Mapping[str, Any], params: Mapping[str, Any]) -> Record:
    """Return `message` (one line), `summary` (lines) and `next_steps` for a verdict on a result."""
    rules = verdict["rules"]
    causes = _causes(rules, result, verdict.get("cross_check") or {"scopes": ()})
    steps: List[Record] = []
    if not verdict["passed"]:
        from .next_steps import next_steps

        steps = next_steps(verdict, result, params)
    judged = f"{_describe_scopes(result)}{caveats(result.get('provenance'))}"
    parts = [_headline_end(verdict, result), *cross_check_caveats(verdict.get("cross_check"))]
    headline = f"{HEADLINES[verdict['status']]} {judged}: {'; '.join(filter(None, parts))}."
    summary = [headline]
    if not any(rule["status"] == "failed" for rule in rules):
        summary += causes
    summary += _rule_lines(rules)
    if any(rule["status"] == "failed" for rule in rules):
        summary += causes
    summary += _excepted_lines(rules)
    summary += _limited(
        [f"Note: {note}{'' if note.endswith('.') else '.'}" for note in verdict["notes"]], "verdict.notes"
    )
    if result.get("changes"):
        from .evidence.changes import summarize_changes

        summary.append(summarize_changes(result["changes"]))
    summary += [f"Next: {step['text']}{': ' + step['command'] if step['command'] else ''}" for step in steps]
    return {
        "message": _message(headline, rules, causes, [*result["scopes"], *result["failed_scopes"]]),
        "summary": [cut(line, MAX_LINE) for line in summary],
        "next_steps": steps,
    }


def not_judged(cause: str, provenance: Optional[Mapping[str, Any]] = None) -> Record:
    """Return the verdict of a run that failed before any cluster was judged. `cause` is redacted."""
    from .next_steps import RUN_AGAIN

    headline = f"{HEADLINES['not_judged']} any cluster{caveats(provenance)}."
    return {
        "status": "not_judged",
        "passed": False,
        "complete": False,
        "rules": [],
        "notes": [],
        "cross_check": {"state": "none", "reason": "no cluster was judged", "scopes": []},
        "message": f"{headline} {short_cause(cause)}",
        "summary": [headline, cut(cause, MAX_LINE)],
        "next_steps": [RUN_AGAIN],
    }


def _headline_end(verdict: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    rules = verdict["rules"]
    if verdict["status"] == "passed":
        return ", ".join(rule["message"] for rule in rules if rule["name"] not in _ABOUT_SCOPES)
    parts = []
    if verdict["status"] == "failed":
        parts.append(f"{sum(rule['status'] == 'failed' for rule in rules)} of {len(rules)} rules failed")
    failed = result["failed_scopes"]
    if failed:
        number = f"{len(failed)} of {len(failed) + len(result['scopes'])} scopes"
        is_refusal = all(scope["status_code"] in _REFUSALS for scope in failed)
        parts.append(f"access was refused in {number}" if is_refusal else f"{number} could not be read")
    parts += [rule["message"] for rule in rules if rule["name"] == "required_projects" and not rule["passed"]]
    # Rules that are unknown for another reason, such as a figure that the cloud does not give.
    unknown = [rule["message"] for rule in rules if rule["status"] == "unknown" and rule["name"] != NAME]
    return cut("; ".join(parts or unknown), MAX_CAUSE)


def _causes(rules: Sequence[Record], result: Mapping[str, Any], cross_check: Mapping[str, Any]) -> List[str]:
    """Return a line for each scope that could not be read, and for each whose cross-check failed."""
    lines = [f"{scope_label(scope)}: {scope['msg']}" for scope in result["failed_scopes"]]
    unlisted = [
        f"{scope_label(scope)}: {scope['reason']}" for scope in cross_check["scopes"] if scope["state"] == FAILED
    ]
    unknown = [rule["name"] for rule in rules if rule["status"] == "unknown" and rule["name"] not in _ABOUT_SCOPES]
    lines = [*_limited(lines, "failed_scopes"), *_limited(unlisted, "verdict.cross_check")]
    return [*lines, *([f"Not known: {', '.join(unknown)}."] if unknown else [])]


def _rule_lines(rules: Sequence[Record]) -> List[str]:
    """Return the lines of the failed rules with their offenders. Each offender is named once, under the first rule that it breaks."""
    lines: List[str] = []
    seen: Set[Tuple[Any, ...]] = set()
    for rule in rules:
        if rule["status"] != "failed":
            continue
        lines.append(f"{rule['name']}: {rule['message']}")
        new = [offender for offender in rule["offenders"] if cluster_identity(offender) not in seen]
        seen |= {cluster_identity(offender) for offender in rule["offenders"]}
        known = len(rule["offenders"]) - len(new)
        if known:
            lines.append(f"  {known} of them named above")
        lines += [f"  {line}" for line in _limited(list(map(format_offender, new)), "the reports or verdict.rules")]
        unnamed = rule["at_least"] - len(rule["offenders"]) if rule["name"] not in _WITHOUT_OFFENDERS else 0
        if unnamed > 0:
            lines.append(f"  {unnamed} that the list of clusters does not name")
    return lines


def _excepted_lines(rules: Sequence[Record]) -> List[str]:
    """Return a line for each excepted cluster, with the rules that it may break."""
    names: Dict[str, List[str]] = {}
    for rule in rules:
        for excepted in rule["excepted"]:
            names.setdefault(format_excepted(excepted), []).append(rule["name"])
    lines = [f"{', '.join(broken)}: {line}" for line, broken in names.items()]
    return _limited(lines, "the reports or verdict.rules")


def _message(headline: str, rules: Sequence[Record], causes: Sequence[str], scopes: Sequence[Record]) -> str:
    """Return headline, cause, first offenders, number of exceptions, and where to find the rest."""
    failed = [rule for rule in rules if rule["status"] == "failed"]
    if failed or not causes:
        cause = short_cause(". ".join(f"{rule['name']}: {rule['message']}" for rule in failed))
    elif len(scopes) == 1:
        # The headline describes the only scope.
        cause = short_cause(causes[0].removeprefix(f"{scope_label(scopes[0])}: "))
    else:
        label, colon, text = causes[0].partition(": ")
        cause = f"{cut(label, MAX_LABEL)}{colon}{short_cause(text)}"
    parts = [headline, _sentence(cause), _sentence(_named(failed))]
    excepted = {cluster_identity(cluster) for rule in rules for cluster in rule["excepted"]}
    if excepted:
        parts.append(f"Excepted: {len(excepted)} cluster{'s' if len(excepted) > 1 else ''}.")
    rest = "More: verdict.summary and the reports."
    return f"{cut(' '.join(filter(None, parts)), MAX_MESSAGE - len(rest) - 1)} {rest}"


def _named(failed: Sequence[Record]) -> str:
    """Return the names of the first offenders, and how many more there are."""
    clusters = {cluster_identity(offender): offender for rule in failed for offender in rule["offenders"]}
    names = [cut(cluster_name(offender), MAX_NAME) for offender in list(clusters.values())[:MAX_NAMED]]
    more = len(clusters) - len(names)
    return f"Clusters: {', '.join(names)}{f' and {more} more' if more else ''}" if names else ""


def _sentence(text: str) -> Optional[str]:
    return (text if text.endswith((".", "…")) else f"{text}.") if text else None


def _describe_scopes(result: Mapping[str, Any]) -> str:
    scopes = [*result["scopes"], *result["failed_scopes"]]
    skipped = len(result["skipped_scopes"])
    if len(scopes) == 1:
        return cut(describe_scope(scopes[0]), MAX_CAUSE) + (f" ({skipped} skipped)" if skipped else "")
    accounts = {scope.get("account") for scope in scopes} - {None}
    regions = {scope["region"] for scope in scopes if scope["region"] or not accounts}
    places = (f"{_count(len(accounts), 'account')} and " if accounts else "") + _count(len(regions), "region")
    return f"{len(scopes)} scopes of {places} ({skipped} skipped)"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _limited(lines: Sequence[str], rest: str) -> List[str]:
    more = len(lines) - MAX_LISTED
    return [*lines[:MAX_LISTED], *([f"and {more} more, see {rest}"] if more > 0 else [])]
