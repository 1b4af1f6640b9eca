# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the gate over made-up answers: nothing is asked, and the time is a constant."""

from __future__ import annotations

import datetime
import random
from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.statistics import COUNTS
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import timestamp
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConfigurationError, GateClosedError
from ansible_collections.huaweicloud.hss.plugins.module_utils._formatting import (
    MAX_DURATION,
    escape_unprintable,
    format_duration,
    parse_duration,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.rules import Limits, Verdict, judge, read_limits
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.summary import (
    describe_scope,
    require_passed,
    summarize,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 25, 1, 2, 3, tzinfo=datetime.timezone.utc)
DAY = 86400
LOOSE = Limits(max_unscanned=10**9, min_clusters=0, max_risky=None, max_app_vulnerable=None, max_scan_age=None)
RULES = ["all_scopes_answer", "min_clusters", "max_unscanned", "max_scan_age", "max_risky", "max_app_vulnerable"]
OFFENDER = {
    "cluster_name",
    "cluster_id",
    "region",
    "project_id",
    "project_name",
    "enterprise_project_id",
    "last_scan",
    "reason",
}


def ago(seconds: Optional[float]) -> Optional[str]:
    return None if seconds is None else timestamp(NOW - datetime.timedelta(seconds=seconds))


def row(name: str, seconds: Optional[float] = 60, **numbers: Any) -> Dict[str, Any]:
    known = {"risk_assess_num": 0, "sec_comp_num": 0, "app_vul_num": 0}
    return {"cluster_id": f"id-of-{name}", "cluster_name": name, "last_scan": ago(seconds), **known, **numbers}


def keys(number: int) -> Dict[str, Any]:
    return {
        "region": "cn-north-4",
        "project_id": f"p{number}",
        "project_name": None,
        "enterprise_project_id": "all_granted_eps",
        "request_id": None,
    }


def counted(rows: List[Dict[str, Any]]) -> Dict[str, int]:
    """Return counts that agree with a list."""
    return {
        "risk_cluster_num": sum(bool(r["risk_assess_num"] or r["sec_comp_num"]) for r in rows),
        "app_vul_cluster_num": sum(bool(r["app_vul_num"]) for r in rows),
        "unscan_cluster_num": sum(r["last_scan"] is None for r in rows),
        "all_cluster_num": len(rows),
    }


def answer(lists: List[List[Dict[str, Any]]], failed: int = 0, **counts: int) -> Dict[str, Any]:
    scopes = [{**keys(i), "statistics": {**counted(rows), **counts}} for i, rows in enumerate(lists)]
    failures = [{**keys(100 + i), "msg": "It is away.", "status_code": 503, "error_code": None} for i in range(failed)]
    return {"scopes": scopes, "failed_scopes": failures, "skipped_scopes": []}


def judged(lists: List[List[Dict[str, Any]]], limits: Limits = LOOSE, failed: int = 0, **counts: int) -> Verdict:
    return judge(answer(lists, failed, **counts), lists, limits, NOW)


def figures(verdict: Verdict) -> Dict[str, Optional[int]]:
    return {rule.name: rule.figure for rule in verdict.rules}


def passed(verdict: Verdict) -> Dict[str, bool]:
    return {rule.name: rule.passed for rule in verdict.rules}


def names(verdict: Verdict, rule: str) -> List[Any]:
    return [o["cluster_name"] for r in verdict.rules if r.name == rule for o in r.offenders]


ROWS = st.lists(
    st.builds(
        row,
        st.text(max_size=5),
        st.none() | st.floats(0, 100 * DAY),
        risk_assess_num=st.integers(0, 2),
        sec_comp_num=st.integers(0, 2),
        app_vul_num=st.integers(0, 2),
    ),
    max_size=6,
    unique_by=lambda r: r["cluster_id"],
)
SMALL = st.integers(0, 4)
LIMITS = st.builds(
    Limits, SMALL, SMALL, st.none() | SMALL, st.none() | SMALL, st.none() | st.integers(1, 100 * DAY)
)  # fmt: skip


@given(st.lists(ROWS, max_size=3), LIMITS, st.integers(0, 2))
def test_passed_if_and_only_if_every_rule_holds(lists: Any, limits: Limits, failed: int) -> None:
    verdict = judged(lists, limits, failed)
    every = [r for rows in lists for r in rows]
    assert verdict.complete is (bool(lists) and not failed)
    holds = verdict.complete
    holds = holds and len(every) >= limits.min_clusters
    holds = holds and sum(r["last_scan"] is None for r in every) <= limits.max_unscanned
    if limits.max_risky is not None:
        holds = holds and sum(bool(r["risk_assess_num"] or r["sec_comp_num"]) for r in every) <= limits.max_risky
    if limits.max_app_vulnerable is not None:
        holds = holds and sum(bool(r["app_vul_num"]) for r in every) <= limits.max_app_vulnerable
    if limits.max_scan_age is not None:
        oldest = timestamp(NOW - datetime.timedelta(seconds=limits.max_scan_age))
        holds = holds and all(r["last_scan"] is not None and r["last_scan"] >= oldest for r in every)
    assert verdict.passed is holds
    assert verdict.passed is all(rule.passed for rule in verdict.rules)
    absent = {n for n in ("max_risky", "max_app_vulnerable", "max_scan_age") if getattr(limits, n) is None}
    assert [rule.name for rule in verdict.rules] == [name for name in RULES if name not in absent]
    assert len(verdict.notes) == failed, "a count and a list that agree need no note"


@given(st.lists(ROWS, min_size=1, max_size=3), st.data())
def test_the_worse_of_two(lists: Any, data: Any) -> None:
    result = answer(lists)
    for scope in result["scopes"]:
        total = data.draw(st.integers(0, 8))
        scope["statistics"] = {name: data.draw(st.integers(0, total)) for name in COUNTS[:3]}
        scope["statistics"]["all_cluster_num"] = total
    verdict = judge(result, lists, LOOSE._replace(max_risky=0, max_app_vulnerable=0), NOW)
    both = [(scope["statistics"], counted(rows)) for scope, rows in zip(result["scopes"], lists)]

    def worst(name: str, worse: Any = max) -> int:
        return sum(worse(one[name], other[name]) for one, other in both)

    assert figures(verdict) == {
        "all_scopes_answer": 0,
        "min_clusters": worst("all_cluster_num", min),
        "max_unscanned": worst("unscan_cluster_num"),
        "max_risky": worst("risk_cluster_num"),
        "max_app_vulnerable": worst("app_vul_cluster_num"),
    }
    differences = sum(one[name] != other[name] for one, other in both for name in COUNTS)
    assert len(verdict.notes) == differences and all("judged by" in note for note in verdict.notes)


@given(ROWS, ROWS, st.integers())
def test_the_order_of_offenders_is_that_of_scopes_then_names(first: Any, second: Any, seed: int) -> None:
    limits = LOOSE._replace(max_scan_age=1, max_risky=0, max_app_vulnerable=0)
    shuffled = [random.Random(seed).sample(rows, len(rows)) for rows in (first, second)]
    verdict = judged([first, second], limits)
    assert judged(shuffled, limits) == verdict
    for rule in verdict.rules:
        reported = [(o["project_id"], o["cluster_name"], o["cluster_id"]) for o in rule.offenders]
        assert reported == sorted(reported)
        assert all(set(o) == OFFENDER for o in rule.offenders)


@given(st.lists(ROWS, max_size=2), st.integers(1, 3))
def test_an_incomplete_answer_has_no_figure_and_never_passes(lists: Any, failed: int) -> None:
    verdict = judged(lists, LOOSE._replace(max_risky=10**9, max_app_vulnerable=10**9, max_scan_age=10**9), failed)
    assert (verdict.passed, verdict.complete) == (False, False)
    first, *others = verdict.rules
    assert first.name == "all_scopes_answer" and first.figure == failed and not first.passed
    assert [o["project_id"] for o in first.offenders] == [f"p{100 + i}" for i in range(failed)]
    assert all(rule.figure is None and rule.passed is False for rule in others)
    assert all("an unknown number" in rule.message for rule in others)
    assert sum("did not answer: It is away." in note for note in verdict.notes) == failed


@given(st.lists(ROWS, max_size=3), LIMITS, st.integers(0, 2))
def test_what_each_rule_says_of_each_scope(lists: Any, limits: Limits, failed: int) -> None:
    for rule in judged(lists, limits, failed).rules:
        states = [part["state"] for part in rule.scopes]
        assert len(states) == len(lists) + failed
        if rule.name == "all_scopes_answer":
            assert states == ["passed"] * len(lists) + ["broken"] * failed
            continue
        # Nobody of whom nothing is known passes, and a rule that is broken is broken somewhere.
        assert states[len(lists) :] == ["unknown"] * failed
        if rule.passed:
            assert set(states) == {"passed"}
        if rule.figure is not None:
            assert sum(part["figure"] for part in rule.scopes) == rule.figure
            assert ("broken" in states) is not rule.passed or not lists
        for part in rule.scopes[: len(lists)]:
            if rule.name == "min_clusters":
                assert part["state"] != "broken" or part["figure"] < rule.limit
            else:
                assert (part["state"] == "passed") is (rule.passed or not part["figure"])
                assert part["state"] == "broken" or part["figure"] <= rule.limit or rule.passed


def test_nobody_queried_is_no_pass() -> None:
    assert judged([]).passed is False


@pytest.mark.parametrize(
    "age,breaks", [(None, True), (DAY, False), (DAY + 1, True), (0, False), (-15 * 60, False), (-15 * 60 - 1, True)]
)
def test_the_age_of_a_scan(age: Optional[float], breaks: bool) -> None:
    verdict = judged([[row("a", age)]], LOOSE._replace(max_scan_age=DAY))
    assert passed(verdict)["max_scan_age"] is not breaks
    assert names(verdict, "max_scan_age") == (["a"] if breaks else [])
    in_future = age is not None and breaks and age < 0
    assert [note for note in verdict.notes if "future" in note] == (verdict.notes if in_future else [])
    assert bool(verdict.notes) is in_future


@pytest.mark.parametrize(
    "counts,figure", [({}, 0), ({"all_cluster_num": 5}, 3), ({"unscan_cluster_num": 1, "all_cluster_num": 2}, 1)]
)
def test_the_age_of_a_cluster_that_is_only_counted_is_not_known(counts: Dict[str, int], figure: int) -> None:
    verdict = judged([[row("a"), row("b")]], LOOSE._replace(max_scan_age=DAY), **counts)
    assert figures(verdict)["max_scan_age"] == figure
    assert passed(verdict)["max_scan_age"] is (figure == 0)
    assert bool(verdict.notes) is bool(figure)


@pytest.mark.parametrize("value", [None, "3", True, -1, 1.5, [], "absent"])
def test_a_number_that_is_missing_is_no_zero_and_no_offence(value: Any) -> None:
    unclear = row("unclear", risk_assess_num=value)
    if value == "absent":
        del unclear["risk_assess_num"]
    rows = [
        unclear,
        row("risky", sec_comp_num=2),
        {**unclear, "cluster_id": "x", "cluster_name": "both", "sec_comp_num": 1},
    ]
    result = {**answer([]), "scopes": [{**keys(0), "statistics": {**dict.fromkeys(COUNTS, 0), "all_cluster_num": 3}}]}
    verdict = judge(result, [rows], LOOSE._replace(max_risky=1), NOW)
    assert names(verdict, "max_risky") == ["both", "risky"] and figures(verdict)["max_risky"] == 2
    (note,) = verdict.notes
    assert "does not say how many risks 1 clusters have" in note and "judged by 2" in note


def test_skipped_projects_are_mentioned() -> None:
    result = {**answer([[row("a")]]), "skipped_scopes": [{**keys(1), "reason": "x"}]}
    verdict = judge(result, [[row("a")]], LOOSE, NOW)
    assert verdict.passed and verdict.notes == ["1 projects were skipped and are not judged (see skipped_scopes)."]


GIVEN = {"max_unscanned": 0, "min_clusters": 1, "max_risky": None, "max_app_vulnerable": None, "max_scan_age": None}


def test_limits() -> None:
    assert read_limits(GIVEN) == Limits(0, 1, None, None, None)
    assert read_limits({**GIVEN, "max_risky": 0, "max_scan_age": "2d"}) == Limits(0, 1, 0, None, 2 * DAY)


@pytest.mark.parametrize("name", [name for name in GIVEN if name != "max_scan_age"])
@pytest.mark.parametrize("value", [-1, True, False, "1", 1.0])
def test_a_limit_that_is_no_number_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"Option {name} must be a whole number"):
        read_limits({**GIVEN, name: value})


@given(st.integers(1, MAX_DURATION))
def test_a_length_of_time_that_is_written_is_read_again(length: int) -> None:
    assert parse_duration(format_duration(length), "x") == length


def test_a_length_of_time_is_written_as_people_do() -> None:
    assert [format_duration(n) for n in (7 * DAY, DAY, 36 * 3600, 90 * 60, 61)] == ["7d", "1d", "36h", "90m", "61s"]


@pytest.mark.parametrize("value", ["0", "soon", "7 days", "-1d"])
def test_an_age_that_is_no_length_of_time_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="Option max_scan_age"):
        read_limits({**GIVEN, "max_scan_age": value})


def closed(lists: Any, limits: Limits, failed: int = 0, **counts: int) -> str:
    """Return the message of the closed gate."""
    result = answer(lists, failed, **counts)
    params = {"fail_on_violation": True, "max_scan_age": f"{limits.max_scan_age}s"}
    verdict = judge(result, lists, limits, NOW).as_result()
    result["verdict"] = {**verdict, **summarize(verdict, result, params)}
    require_passed(result, {"fail_on_violation": False})
    with pytest.raises(GateClosedError) as caught:
        require_passed(result, params)
    reported = caught.value.as_result()
    assert reported["verdict"] == result["verdict"] and reported["scopes"] == result["scopes"]
    message: str = reported["msg"]
    assert message.isprintable() and message.endswith("; then run this gate again.")
    summary = result["verdict"]["summary"]
    assert all(line.isprintable() for line in summary) and message.startswith(summary[0])
    for line in summary:
        assert line.strip().rpartition("Next: ")[2].rstrip(".") in message, line
    return message


def test_the_message_names_ten_and_how_many_more() -> None:
    message = closed([[row(f"c{i:02}", None) for i in range(13)]], LOOSE._replace(max_unscanned=2))
    assert "1 of 3 rules are broken" in message
    assert "max_unscanned: 13 of 13 clusters were never scanned (at most 2 allowed): c00 (region cn-north-4" in message
    assert "c09 (region cn-north-4, project p0, last scan never)" in message
    assert "c10" not in message and "and 3 more, see the reports" in message
    command = "-m huaweicloud.hss.hss_cluster_scan -a 'targets=unscanned region=cn-north-4 project_id=p0 enterprise_"
    assert f"Next: scan them: ansible localhost {command}" in message


def test_the_message_says_what_is_next_for_each_rule() -> None:
    rows = [row("old", 2 * DAY, sec_comp_num=3), row("new", 1, app_vul_num=1)]
    limits = LOOSE._replace(max_scan_age=DAY, max_risky=0, max_app_vulnerable=0, min_clusters=3)
    message = closed([rows], limits)
    assert f"old (region cn-north-4, project p0, last scan {ago(2 * DAY)}, last scan too long ago)" in message
    assert "risk_assess_num 0, sec_comp_num 3" in message and "app_vul_num 1" in message
    assert "max_scan_age: 1 of 2 clusters have no scan of the last 1d (at most 0 allowed)" in message
    for step in (
        "targets=stale max_scan_age=1d",
        "hss_cluster_risk_info",
        "hss_cluster_info",
        "Container Security",
    ):
        assert step in message, step
    assert "targets=unscanned" not in message and "and so in each" not in message
    assert "and so in each of the 2 projects" in closed(
        [[row("a", None)], [row("b", None)]], Limits(0, 0, None, None, None)
    )


def test_the_message_reports_of_those_that_the_list_does_not_name() -> None:
    message = closed([[row("a", None), row("b")]], Limits(0, 0, None, None, None), unscan_cluster_num=2)
    assert "2 of 2 clusters were never scanned (at most 0 allowed): a (" in message
    assert "1 that the list of clusters does not name" in message and "Note: cn-north-4/p0" in message


def test_the_message_of_an_incomplete_answer() -> None:
    message = closed([[row("a")]], LOOSE, failed=12)
    assert "all_scopes_answer: 12 of 13 scopes did not answer (each has to): region cn-north-4, project p100" in message
    assert "max_unscanned: an unknown number of clusters were never scanned" in message
    assert "And 2 more notes" in message and "fix access to each scope that did not answer" in message
    assert "Next: fix access to" in closed([], LOOSE, failed=1)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "]]>", "a\nMSG: the gate is open", "\x1b[2J", "{{ 7 * 7 }}"]
)
def test_odd_names_are_data_and_make_no_lines(name: str) -> None:
    rows = [row(name, None)]
    verdict = judged([rows], Limits(0, 0, None, None, 1))
    assert names(verdict, "max_unscanned") == [name]
    message = closed([rows], Limits(0, 0, None, None, 1))
    assert escape_unprintable(name) in message


def test_a_cluster_without_a_name_goes_by_its_id() -> None:
    for nameless in ({}, {"cluster_name": None}, {"cluster_name": ["a"]}, {"cluster_name": " "}):
        rows = [
            {
                "cluster_id": "i1",
                "last_scan": None,
                "risk_assess_num": 0,
                "sec_comp_num": 0,
                "app_vul_num": 0,
                **nameless,
            }
        ]
        assert "allowed): ID i1 (region" in closed([rows], Limits(0, 0, None, None, None))


def test_a_scope_is_described_by_what_it_has() -> None:
    scope = {"region": "r", "project_id": "id", "project_name": "r_name", "enterprise_project_id": None}
    described = describe_scope(scope)
    assert "r_name (id)" in described and "enterprise" not in described and "None" not in described
    assert describe_scope({**scope, "enterprise_project_id": "0"}) == f"{described}, enterprise project 0"
