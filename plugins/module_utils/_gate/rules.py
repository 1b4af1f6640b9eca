# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge results by the gate's rules. Pure: nothing is queried here, and the time is an argument.

Two responses are judged, the counts and the list of clusters. If they disagree, the worse one counts, scope by scope.
An unknown number never passes and is never replaced by zero. The part that is known may suffice to exceed a maximum or reach a minimum.
"""

from __future__ import annotations

import datetime
from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .._api.clusters import CLOCK_TOLERANCE
from .._api.pagination import Row
from .._api.scopes import Record, Scope, scope_keys, scope_of
from .._api.selection import listed_names, missing_projects
from .comparison import ScopeCheck, compare, phases_of
from .exceptions import ClusterException, Exceptions
from .findings import Finding, ScopeData, cluster_keys
from .limits import Limits
from .specs import FAILED, PASSED, UNKNOWN, RuleSpec, make_specs

# The state of a verdict with an unknown rule and none that failed.
NOT_JUDGED = "not_judged"


class Rule(NamedTuple):
    """The result of one rule. `figure`: what was found, None if unknown. `at_least`: the part that is known."""

    name: str
    status: str
    passed: bool
    figure: Optional[int]
    at_least: int
    limit: int
    message: str
    scopes: List[Record]  # each scope's part of the figure, and its status
    offenders: List[Record]
    excepted: List[Record]


class Verdict(NamedTuple):
    """The verdict of all rules. `complete`: every scope has answered."""

    status: str
    passed: bool
    complete: bool
    rules: List[Rule]
    notes: List[str]

    def as_result(self) -> Record:
        """Return the verdict as plain data for the module's result."""
        return {**self._asdict(), "rules": [rule._asdict() for rule in self.rules]}

    def with_notes(self, notes: Sequence[str]) -> Verdict:
        """Return the verdict with further notes."""
        return self._replace(notes=[*self.notes, *notes])


class _Part(NamedTuple):
    """What a scope adds to a rule. `exact`: whether the figure is complete; otherwise there may be more."""

    figure: int
    excepted: int
    exact: bool


_NO_PART = _Part(0, 0, exact=False)


def judge(
    result: Mapping[str, Any],
    clusters: Sequence[Sequence[Row]],
    limits: Limits,
    now: datetime.datetime,
    clock_skew: datetime.timedelta = datetime.timedelta(0),
    exceptions: Sequence[ClusterException] = (),
    required_projects: Optional[Sequence[str]] = None,
    checks: Optional[Mapping[Scope, ScopeCheck]] = None,
) -> Verdict:
    """Return the verdict on a result of hss_cluster_statistics.

    `clusters` has the clusters of each scope of the result, in the same order, as rows with `last_scan`.
    `now` is the later of the host's time and the cloud's; `clock_skew` is the cloud's minus the host's. `checks` has the clusters of CCE.
    """
    answers = [
        ScopeData(scope, sorted(rows, key=_sort_key), phases_of(checks.get(scope_of(scope)) if checks else None))
        for scope, rows in zip(result["scopes"], clusters)
    ]
    failed = result["failed_scopes"]
    complete = bool(answers) and not failed
    notes = _notes(result, clock_skew)
    rules = [_all_answered(answers, failed, complete)]
    if required_projects is not None:
        rules.append(_required_answered(required_projects, [answer.scope for answer in answers]))
    evaluated = [(spec, answers, [spec.evaluate(a) for a in answers]) for spec in make_specs(limits, now)]
    if checks:
        compared, spec = compare(answers, result["skipped_scopes"], checks)
        evaluated += [(spec, compared, [spec.evaluate(a) for a in compared])] if compared else []
    found = [finding for _spec, _answers, findings in evaluated for finding in findings]
    judged = [cluster_keys(answer, row) for answer in answers for row in answer.clusters] if exceptions else []
    # Clusters that HSS does not know are in no list of HSS.
    judged += [offender for finding in found for offender in finding.offenders] if exceptions else []
    applied = Exceptions(exceptions, judged, now)
    notes.extend(note for finding in found for note in finding.notes)
    rules.extend(_apply(spec, scopes, findings, failed, applied) for spec, scopes, findings in evaluated)
    notes.extend(applied.notes())
    statuses = {rule.status for rule in rules}
    status = FAILED if FAILED in statuses else NOT_JUDGED if UNKNOWN in statuses else PASSED
    return Verdict(status, status == PASSED, complete, rules, notes)


def _apply(
    spec: RuleSpec,
    answers: Sequence[ScopeData],
    findings: Sequence[Finding],
    failed: Sequence[Mapping[str, Any]],
    exceptions: Exceptions,
) -> Rule:
    """Return the result of a rule over the findings of its scopes, without the clusters that are excepted."""
    offenders, excepted, parts = [], [], []
    for finding in findings:
        left, excused = exceptions.split(spec.name, finding.offenders)
        offenders += left
        excepted += excused
        parts.append(_Part(finding.figure - len(excused), len(excused), finding.exact))
    at_least = spec.kind.combine(part.figure for part in parts)
    known = bool(answers) and not failed and all(part.exact for part in parts)
    status = _status(spec, at_least, known)
    if status == UNKNOWN:
        offenders, excepted = [], []
    scopes = [
        _scope_part(answer.scope, answer.total, part, _part_status(spec, part, status))
        for answer, part in zip(answers, parts)
    ]
    scopes += [_scope_part(record, None, _NO_PART, UNKNOWN) for record in failed]
    message = _message(spec, at_least, sum(map(spec.kind.total_of, answers)), known, len(excepted))
    figure = at_least if known else None
    return Rule(spec.name, status, status == PASSED, figure, at_least, spec.limit, message, scopes, offenders, excepted)


def _status(spec: RuleSpec, at_least: int, known: bool) -> str:
    if spec.kind.decides(at_least, spec.limit):
        return spec.kind.decided
    return spec.kind.otherwise if known else UNKNOWN


def _part_status(spec: RuleSpec, part: _Part, status: str) -> str:
    """Return the status of a scope. The limit applies to the sum: if that is too large, each scope that adds to it has failed."""
    if part.exact and spec.kind.part_passes(part.figure, spec.limit):
        return PASSED
    return status if part.exact or status != PASSED else UNKNOWN


def _message(spec: RuleSpec, at_least: int, total: int, known: bool, excepted: int) -> str:
    found = f"{spec.kind.found.format(figure=at_least, total=total)} {spec.words}"
    allowed = spec.kind.allowed.format(limit=spec.limit) + (f"; {excepted} more excepted" if excepted else "")
    return f"{found} ({allowed})" if known else f"at least {found}, the rest is not known ({allowed})"


def _all_answered(answers: Sequence[ScopeData], failed: Sequence[Mapping[str, Any]], complete: bool) -> Rule:
    """Return the rule that every scope must answer. It passes or is unknown; failed_scopes has the causes."""
    scopes = [
        *(_scope_part(answer.scope, answer.total, _Part(0, 0, exact=True), PASSED) for answer in answers),
        *(_scope_part(record, None, _NO_PART, UNKNOWN) for record in failed),
    ]
    message = f"{len(failed)} of {len(scopes)} scopes could not be read (each has to be)"
    return _presence("all_scopes_answer", complete, len(failed), message, scopes)


def _required_answered(patterns: Sequence[str], scopes: Sequence[Mapping[str, Any]]) -> Rule:
    """Return the rule that each required project must have answered. It passes or is unknown."""
    missing = missing_projects(patterns, scopes)
    message = f"{len(missing)} of {len(patterns)} required projects have no scope that answered"
    if missing:
        message += f": {listed_names(missing)}"
        if not all(scope["project_name"] for scope in scopes):
            message += " (the name of a project that was given by its ID is not known)"
    return _presence("required_projects", not missing, len(missing), message, [])


def _presence(name: str, passed: bool, missing: int, message: str, scopes: List[Record]) -> Rule:
    return Rule(name, PASSED if passed else UNKNOWN, passed, missing, missing, 0, message, scopes, [], [])


def _scope_part(scope: Mapping[str, Any], clusters: Optional[int], part: _Part, status: str) -> Record:
    """Return the record of one scope in a rule."""
    figure = part.figure if part.exact else None
    return {**scope_keys(scope), "clusters": clusters, "figure": figure, "excepted": part.excepted, "status": status}


def _notes(result: Mapping[str, Any], clock_skew: datetime.timedelta) -> List[str]:
    """Return the notes on skipped projects and on differing clocks."""
    notes = []
    if result["skipped_scopes"]:
        notes.append(f"{len(result['skipped_scopes'])} projects were skipped and are not judged (see skipped_scopes).")
    if abs(clock_skew) > CLOCK_TOLERANCE:
        notes.append(_clocks_differ(clock_skew))
    return notes


def _clocks_differ(skew: datetime.timedelta) -> str:
    """Return the note on the clock skew, in minutes, hours or days."""
    minutes = round(abs(skew).total_seconds() / 60)
    length = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
    if minutes >= 2880:
        length = f"{round(minutes / 1440)} days"
    side = "behind" if skew > datetime.timedelta(0) else "ahead of"
    return (
        f"The clock of the host that runs the module is {length} {side} the cloud's (header Date of its answers): synchronise it "
        "(NTP). Ages of scans are judged by the later of the two."
    )


def _sort_key(row: Row) -> Tuple[str, str]:
    return str(row.get("cluster_name") or ""), row["cluster_id"]
