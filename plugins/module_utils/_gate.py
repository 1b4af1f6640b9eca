# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: rules over checked data, and one verdict. Pure: nothing is asked here, and the time is an argument.

Two answers are judged, the counts and the list of clusters. Where they disagree the worse one counts, scope by scope.
What is not known never passes, and never is a zero.
"""

from __future__ import annotations

import datetime
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ._clusters import CLOCK_TOLERANCE, is_in_future, scan_state
from ._durations import seconds, shortest
from ._errors import ConfigurationError
from ._paging import Row
from ._scopes import Scope, place
from ._telling import cluster_name

Record = Dict[str, Any]

RISKS = ("risk_assess_num", "sec_comp_num")
APP_VULNERABILITIES = ("app_vul_num",)
LARGEST_LIMIT = 10**9
# What a rule says of one scope.
PASSED, BROKEN, UNKNOWN = "passed", "broken", "unknown"


class Limits(NamedTuple):
    """The rules. None: there is no such rule."""

    max_unscanned: int
    min_clusters: int
    max_risky: Optional[int]
    max_app_vulnerable: Optional[int]
    max_scan_age: Optional[int]  # seconds


class Rule(NamedTuple):
    """What was found against what is allowed. No figure: not every scope has answered, so no sum is known."""

    name: str
    passed: bool
    figure: Optional[int]
    limit: int
    message: str
    scopes: List[Record]  # each scope's part of the figure, and its state
    offenders: List[Record]


class Verdict(NamedTuple):
    passed: bool
    complete: bool
    rules: List[Rule]
    notes: List[str]

    def as_result(self) -> Record:
        return {**self._asdict(), "rules": [rule._asdict() for rule in self.rules]}


class _Finding(NamedTuple):
    """One rule in one scope."""

    figure: int
    offenders: List[Record]
    notes: List[str]


class _Answer(NamedTuple):
    """A scope's record with its statistics, and its clusters in an order of ours: the API promises none."""

    scope: Mapping[str, Any]
    clusters: List[Row]

    @property
    def total(self) -> int:
        """By the count or by the list, whichever has more."""
        return max(self.count("all_cluster_num"), len(self.clusters))

    def count(self, name: str) -> int:
        number: int = self.scope["statistics"][name]
        return number


_Look = Callable[[_Answer], _Finding]


def read_limits(params: Mapping[str, Any]) -> Limits:
    """The options of the rules, checked."""
    age = params.get("max_scan_age")
    return Limits(
        max_unscanned=_limit(params, "max_unscanned"),
        min_clusters=_limit(params, "min_clusters"),
        max_risky=None if params.get("max_risky") is None else _limit(params, "max_risky"),
        max_app_vulnerable=None if params.get("max_app_vulnerable") is None else _limit(params, "max_app_vulnerable"),
        max_scan_age=None if age is None else seconds(age, "Option max_scan_age"),
    )


def judge(
    result: Mapping[str, Any],
    clusters: Sequence[Sequence[Row]],
    limits: Limits,
    now: datetime.datetime,
    clock_skew: datetime.timedelta = datetime.timedelta(0),
) -> Verdict:
    """The verdict on a result of hss_cluster_statistics, and the clusters of each of its scopes (rows with `last_scan`).

    `now` is the later of the host's time and the cloud's; `clock_skew` is the cloud's minus the host's.
    """
    answers = [_Answer(scope, sorted(rows, key=_order)) for scope, rows in zip(result["scopes"], clusters)]
    failed = result["failed_scopes"]
    complete = bool(answers) and not failed
    notes = [f"{place(record)} did not answer: {record['msg']}" for record in failed]
    if result["skipped_scopes"]:
        notes.append(f"{len(result['skipped_scopes'])} projects were skipped and are not judged (see skipped_scopes).")
    if abs(clock_skew) > CLOCK_TOLERANCE:
        notes.append(_clocks_differ(clock_skew))
    rules = [_all_answered(answers, failed, complete)]
    total = sum(answer.total for answer in answers)

    def add(name: str, limit: Optional[int], is_minimum: bool, words: str, look: _Look) -> None:
        if limit is None:
            return
        findings = [look(answer) for answer in answers]
        notes.extend(note for finding in findings for note in finding.notes)
        figure = sum(finding.figure for finding in findings) if complete else None
        passed = figure is not None and (figure >= limit if is_minimum else figure <= limit)
        allowed = f"at least {limit} expected" if is_minimum else f"at most {limit} allowed"
        if figure is None:
            told = f"an unknown number of clusters {words} ({allowed})"
        else:
            told = f"{figure} {'' if is_minimum else f'of {total} '}clusters {words} ({allowed})"
        state = _minimum_state if is_minimum else _maximum_state
        scopes = [
            *(_part(a.scope, a.total, f.figure, state(f.figure, limit, figure)) for a, f in zip(answers, findings)),
            *(_part(record, None, None, UNKNOWN) for record in failed),
        ]
        offenders = [offender for finding in findings for offender in finding.offenders]
        rules.append(Rule(name, passed, figure, limit, told, scopes, offenders))

    add("min_clusters", limits.min_clusters, True, "were found", _found)
    add("max_unscanned", limits.max_unscanned, False, "were never scanned", _unscanned)
    if limits.max_scan_age is not None:
        words = f"have no scan of the last {shortest(limits.max_scan_age)}"
        add("max_scan_age", 0, False, words, _aged(limits.max_scan_age, now))
    add("max_risky", limits.max_risky, False, "have risks", _with_numbers("risk_cluster_num", RISKS, "risks"))
    look = _with_numbers("app_vul_cluster_num", APP_VULNERABILITIES, "application vulnerabilities")
    add("max_app_vulnerable", limits.max_app_vulnerable, False, "run vulnerable applications", look)
    return Verdict(all(rule.passed for rule in rules), complete, rules, notes)


def _limit(params: Mapping[str, Any], name: str) -> int:
    value = params.get(name)
    # bool is a subclass of int: a limit of "yes" must not become a 1.
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_LIMIT:
        raise ConfigurationError(f"Option {name} must be a whole number from 0 to {LARGEST_LIMIT}.")
    return value


def _clocks_differ(skew: datetime.timedelta) -> str:
    """Say how far the host's clock is off. Minutes are as exact as an answer's Date can be."""
    minutes = round(abs(skew).total_seconds() / 60)
    length = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
    if minutes >= 2880:
        length = f"{round(minutes / 1440)} days"
    side = "behind" if skew > datetime.timedelta(0) else "ahead of"
    return (
        f"The clock of the host that runs the module is {length} {side} the cloud's (header Date of its answers): synchronise it "
        "(NTP). Ages of scans are judged by the later of the two."
    )


def _all_answered(answers: Sequence[_Answer], failed: Sequence[Mapping[str, Any]], complete: bool) -> Rule:
    none = {"cluster_name": None, "cluster_id": None, "last_scan": None}
    scopes = [
        *(_part(answer.scope, answer.total, 0, PASSED) for answer in answers),
        *(_part(record, None, 1, BROKEN) for record in failed),
    ]
    offenders = [{**none, **_keys(record), "reason": record["msg"]} for record in failed]
    told = f"{len(failed)} of {len(scopes)} scopes did not answer (each has to)"
    return Rule("all_scopes_answer", complete, len(failed), 0, told, scopes, offenders)


def _part(scope: Mapping[str, Any], clusters: Optional[int], figure: Optional[int], state: str) -> Record:
    """A scope's part in a rule."""
    return {**_keys(scope), "clusters": clusters, "figure": figure, "state": state}


def _maximum_state(part: int, limit: int, figure: Optional[int]) -> str:
    """Who has none breaks no maximum; who has more than all may have breaks it, whatever the others have."""
    if not part:
        return PASSED
    if figure is None:
        return BROKEN if part > limit else UNKNOWN
    return PASSED if figure <= limit else BROKEN


def _minimum_state(part: int, limit: int, figure: Optional[int]) -> str:
    """Where all together are too few, each is."""
    if figure is None:
        return PASSED if part >= limit else UNKNOWN
    return PASSED if figure >= limit else BROKEN


def _found(answer: _Answer) -> _Finding:
    counted, listed = answer.count("all_cluster_num"), len(answer.clusters)
    worse = min(counted, listed)
    return _Finding(worse, [], _disagreement(answer, "clusters", counted, listed, worse))


def _unscanned(answer: _Answer) -> _Finding:
    offenders = [_offender(answer, row, "never scanned") for row in answer.clusters if row["last_scan"] is None]
    counted, listed = answer.count("unscan_cluster_num"), len(offenders)
    worse = max(counted, listed)
    return _Finding(worse, offenders, _disagreement(answer, "clusters never scanned", counted, listed, worse))


def _aged(max_age: int, now: datetime.datetime) -> _Look:
    def look(answer: _Answer) -> _Finding:
        offenders, notes = [], []
        for row in answer.clusters:
            state = scan_state(row, now, max_age)
            if state == "unscanned":
                offenders.append(_offender(answer, row, "never scanned"))
            elif is_in_future(row, now):
                offenders.append(_offender(answer, row, "last scan in the future"))
                notes.append(
                    f"{place(answer.scope)}: the last scan of cluster {cluster_name(row)} is in the future ({row['last_scan']}), "
                    "so a clock is wrong and its age is not known."
                )
            elif state == "stale":
                offenders.append(_offender(answer, row, "last scan too long ago"))
        # Of a cluster that is counted and not listed no scan is known.
        unlisted = max(0, answer.count("all_cluster_num") - len(answer.clusters))
        if unlisted:
            notes.append(
                f"{place(answer.scope)}: {unlisted} clusters are counted and not listed; they are taken for too long unscanned."
            )
        return _Finding(max(len(offenders) + unlisted, answer.count("unscan_cluster_num")), offenders, notes)

    return look


def _with_numbers(count: str, names: Tuple[str, ...], words: str) -> _Look:
    """Clusters of which one of these numbers is above 0. The list can only add to what was counted."""

    def look(answer: _Answer) -> _Finding:
        offenders, unknown = [], 0
        for row in answer.clusters:
            known = {name: row[name] for name in names if _is_number(row.get(name))}
            if any(known.values()):
                numbers = ", ".join(f"{name} {number}" for name, number in known.items())
                offenders.append(_offender(answer, row, numbers))
            elif len(known) < len(names):
                unknown += 1
        counted, listed = answer.count(count), len(offenders)
        worse = max(counted, listed)
        notes = []
        if unknown:
            notes.append(
                f"{place(answer.scope)}: the list does not say how many {words} {unknown} clusters have; "
                f"{counted} clusters with {words} by the count, {listed} by what the list says: judged by {worse}."
            )
        else:
            notes += _disagreement(answer, f"clusters with {words}", counted, listed, worse)
        return _Finding(worse, offenders, notes)

    return look


def _disagreement(answer: _Answer, words: str, counted: int, listed: int, worse: int) -> List[str]:
    if counted == listed:
        return []
    return [
        f"{place(answer.scope)}: {counted} {words} by the count, {listed} by the list of clusters: judged by {worse}."
    ]


def _offender(answer: _Answer, row: Row, reason: str) -> Record:
    name = row.get("cluster_name")
    return {
        "cluster_name": name if isinstance(name, str) else None,
        "cluster_id": row["cluster_id"],
        **_keys(answer.scope),
        "last_scan": row["last_scan"],
        "reason": reason,
    }


def _keys(scope: Mapping[str, Any]) -> Record:
    return {name: scope[name] for name in Scope._fields}


def _order(row: Row) -> Tuple[str, str]:
    return str(row.get("cluster_name") or ""), row["cluster_id"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
