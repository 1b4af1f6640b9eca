# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge results by the gate's rules. Pure: nothing is queried here, and the time is an argument.

Two responses are judged, the counts and the list of clusters. If they disagree, the worse one counts, scope by scope.
An unknown number never passes and is never replaced by zero.
"""

from __future__ import annotations

import datetime
from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .._api.clusters import CLOCK_TOLERANCE
from .._api.pagination import Row
from .._api.scopes import scope_label
from .._errors import ConfigurationError
from .._formatting import format_duration, parse_duration
from .findings import (
    APP_VULNERABILITIES,
    RISKS,
    Evaluate,
    Record,
    ScopeData,
    find_clusters,
    find_outdated,
    find_unscanned,
    find_with_numbers,
    scope_keys,
)

LARGEST_LIMIT = 10**9
# States of a rule in one scope.
PASSED, BROKEN, UNKNOWN = "passed", "broken", "unknown"


class Limits(NamedTuple):
    """The limits of the rules. A rule with limit None is not applied."""

    max_unscanned: int
    min_clusters: int
    max_risky: Optional[int]
    max_app_vulnerable: Optional[int]
    max_scan_age: Optional[int]  # seconds


class Rule(NamedTuple):
    """The figure that was found and the limit. The figure is None if a scope did not answer, since the sum is unknown then."""

    name: str
    passed: bool
    figure: Optional[int]
    limit: int
    message: str
    scopes: List[Record]  # each scope's part of the figure, and its state
    offenders: List[Record]


class Verdict(NamedTuple):
    """The verdict of all rules. `complete`: every scope has answered."""

    passed: bool
    complete: bool
    rules: List[Rule]
    notes: List[str]

    def as_result(self) -> Record:
        """Return the verdict as plain data for the module's result."""
        return {**self._asdict(), "rules": [rule._asdict() for rule in self.rules]}


def read_limits(params: Mapping[str, Any]) -> Limits:
    """Return the validated limits. Raises ConfigurationError."""
    age = params.get("max_scan_age")
    return Limits(
        max_unscanned=_limit(params, "max_unscanned"),
        min_clusters=_limit(params, "min_clusters"),
        max_risky=None if params.get("max_risky") is None else _limit(params, "max_risky"),
        max_app_vulnerable=None if params.get("max_app_vulnerable") is None else _limit(params, "max_app_vulnerable"),
        max_scan_age=None if age is None else parse_duration(age, "Option max_scan_age"),
    )


def judge(
    result: Mapping[str, Any],
    clusters: Sequence[Sequence[Row]],
    limits: Limits,
    now: datetime.datetime,
    clock_skew: datetime.timedelta = datetime.timedelta(0),
) -> Verdict:
    """Return the verdict on a result of hss_cluster_statistics.

    `clusters` has the clusters of each scope of the result, in the same order, as rows with `last_scan`.
    `now` is the later of the host's time and the cloud's; `clock_skew` is the cloud's minus the host's.
    """
    answers = [ScopeData(scope, sorted(rows, key=_sort_key)) for scope, rows in zip(result["scopes"], clusters)]
    failed = result["failed_scopes"]
    complete = bool(answers) and not failed
    notes = _notes(result, clock_skew)
    rules = [_all_answered(answers, failed, complete)]
    total = sum(answer.total for answer in answers)

    def add(name: str, limit: Optional[int], is_minimum: bool, words: str, evaluate: Evaluate) -> None:
        if limit is None:
            return
        findings = [evaluate(answer) for answer in answers]
        notes.extend(note for finding in findings for note in finding.notes)
        figure = sum(finding.figure for finding in findings) if complete else None
        passed = figure is not None and (figure >= limit if is_minimum else figure <= limit)
        allowed = f"at least {limit} expected" if is_minimum else f"at most {limit} allowed"
        if figure is None:
            message = f"an unknown number of clusters {words} ({allowed})"
        else:
            message = f"{figure} {'' if is_minimum else f'of {total} '}clusters {words} ({allowed})"
        state = _minimum_state if is_minimum else _maximum_state
        pairs = zip(answers, findings)
        scopes = [_scope_part(a.scope, a.total, f.figure, state(f.figure, limit, figure)) for a, f in pairs]
        scopes += [_scope_part(record, None, None, UNKNOWN) for record in failed]
        offenders = [offender for finding in findings for offender in finding.offenders]
        rules.append(Rule(name, passed, figure, limit, message, scopes, offenders))

    add("min_clusters", limits.min_clusters, True, "were found", find_clusters)
    add("max_unscanned", limits.max_unscanned, False, "were never scanned", find_unscanned)
    if limits.max_scan_age is not None:
        words = f"have no scan of the last {format_duration(limits.max_scan_age)}"
        add("max_scan_age", 0, False, words, find_outdated(limits.max_scan_age, now))
    add("max_risky", limits.max_risky, False, "have risks", find_with_numbers("risk_cluster_num", RISKS, "risks"))
    evaluate = find_with_numbers("app_vul_cluster_num", APP_VULNERABILITIES, "application vulnerabilities")
    add("max_app_vulnerable", limits.max_app_vulnerable, False, "run vulnerable applications", evaluate)
    return Verdict(all(rule.passed for rule in rules), complete, rules, notes)


def _notes(result: Mapping[str, Any], clock_skew: datetime.timedelta) -> List[str]:
    """Return what a verdict says beside its rules: scopes without an answer, skipped projects, and clocks that differ."""
    notes = [f"{scope_label(record)} did not answer: {record['msg']}" for record in result["failed_scopes"]]
    if result["skipped_scopes"]:
        notes.append(f"{len(result['skipped_scopes'])} projects were skipped and are not judged (see skipped_scopes).")
    if abs(clock_skew) > CLOCK_TOLERANCE:
        notes.append(_clocks_differ(clock_skew))
    return notes


def _limit(params: Mapping[str, Any], name: str) -> int:
    value = params.get(name)
    # bool is a subclass of int: a limit of "yes" must not become a 1.
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_LIMIT:
        raise ConfigurationError(f"Option {name} must be a whole number from 0 to {LARGEST_LIMIT}.")
    return value


def _clocks_differ(skew: datetime.timedelta) -> str:
    """Return the note on the difference of the clocks, in minutes, hours or days."""
    minutes = round(abs(skew).total_seconds() / 60)
    length = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
    if minutes >= 2880:
        length = f"{round(minutes / 1440)} days"
    side = "behind" if skew > datetime.timedelta(0) else "ahead of"
    return (
        f"The clock of the host that runs the module is {length} {side} the cloud's (header Date of its answers): synchronise it "
        "(NTP). Ages of scans are judged by the later of the two."
    )


def _all_answered(answers: Sequence[ScopeData], failed: Sequence[Mapping[str, Any]], complete: bool) -> Rule:
    """Return the rule that every scope must answer, whose offenders are the failed scopes."""
    none = {"cluster_name": None, "cluster_id": None, "last_scan": None}
    scopes = [
        *(_scope_part(answer.scope, answer.total, 0, PASSED) for answer in answers),
        *(_scope_part(record, None, 1, BROKEN) for record in failed),
    ]
    offenders = [{**none, **scope_keys(record), "reason": record["msg"]} for record in failed]
    message = f"{len(failed)} of {len(scopes)} scopes did not answer (each has to)"
    return Rule("all_scopes_answer", complete, len(failed), 0, message, scopes, offenders)


def _scope_part(scope: Mapping[str, Any], clusters: Optional[int], figure: Optional[int], state: str) -> Record:
    """Return the record of one scope in a rule."""
    return {**scope_keys(scope), "clusters": clusters, "figure": figure, "state": state}


def _maximum_state(part: int, limit: int, figure: Optional[int]) -> str:
    """Return the state of a scope under a maximum on the sum over all scopes.

    A scope with none passes. If the sum is unknown, a scope that alone exceeds the limit is broken. If the sum exceeds the
    limit, each scope that adds to it is broken.
    """
    if not part:
        return PASSED
    if figure is None:
        return BROKEN if part > limit else UNKNOWN
    return PASSED if figure <= limit else BROKEN


def _minimum_state(part: int, limit: int, figure: Optional[int]) -> str:
    """Return the state of a scope under a minimum on the sum over all scopes.

    If the sum is unknown, a scope that alone reaches the limit passes. If the sum is too low, every scope is broken.
    """
    if figure is None:
        return PASSED if part >= limit else UNKNOWN
    return PASSED if figure >= limit else BROKEN


def _sort_key(row: Row) -> Tuple[str, str]:
    return str(row.get("cluster_name") or ""), row["cluster_id"]
