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
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.conclusion import require_passed
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.limits import Limits, read_limits
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.rules import Verdict, judge
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.summary import summarize
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.wording import describe_scope
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 25, 1, 2, 3, tzinfo=datetime.timezone.utc)
DAY = 86400
LOOSE = Limits(max_unscanned=10**9, min_clusters=0, max_risky=None, max_app_vulnerable=None, max_scan_age=None)
RULES = ["all_scopes_answer", "min_clusters", "max_unscanned", "max_scan_age", "max_risky", "max_app_vulnerable"]
OFFENDER = {
    "account",
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
    scopes = [
        {**keys(i), "statistics": {**counted(rows), **counts}, "inventory_updated_at": ago(60)}
        for i, rows in enumerate(lists)
    ]
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
    Limits, SMALL, SMALL, st.none() | SMALL, st.none() | SMALL, st.none() | st.integers(1, 100 * DAY), SMALL,
    # Rules of the inventory: see test_inventory.py.
    st.none(), st.none(),
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
        stale = sum(r["last_scan"] is None or r["last_scan"] < oldest for r in every)
        holds = holds and stale <= limits.max_stale
    assert verdict.passed is holds
    assert verdict.passed is all(rule.passed for rule in verdict.rules)
    absent = {n for n in ("max_risky", "max_app_vulnerable", "max_scan_age") if getattr(limits, n) is None}
    assert [rule.name for rule in verdict.rules] == [name for name in RULES if name not in absent]
    assert not verdict.notes, "a count and a list that agree need no note"


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
    limits = Limits(10**9, 10**9, max_risky=10**9, max_app_vulnerable=10**9, max_scan_age=1, max_stale=10**9)
    verdict = judged(lists, limits, failed)
    assert (verdict.status, verdict.passed, verdict.complete) == ("not_judged", False, False)
    first, *others = verdict.rules
    assert first.name == "all_scopes_answer" and first.figure == first.at_least == failed
    assert not any(rule.offenders or rule.excepted for rule in verdict.rules)
    assert all((rule.status, rule.figure, rule.passed) == ("unknown", None, False) for rule in others)
    assert all("the rest is not known" in rule.message for rule in others)


@given(st.lists(ROWS, max_size=3), LIMITS, st.integers(0, 2))
def test_what_each_rule_says_of_each_scope(lists: Any, limits: Limits, failed: int) -> None:
    for rule in judged(lists, limits, failed).rules:
        states = [part["status"] for part in rule.scopes]
        assert len(states) == len(lists) + failed
        # Nobody of whom nothing is known passes, and a rule that has failed has failed somewhere.
        assert states[len(lists) :] == ["unknown"] * failed
        assert all(part["figure"] is None for part in rule.scopes[len(lists) :])
        if rule.name == "all_scopes_answer":
            assert states == ["passed"] * len(lists) + ["unknown"] * failed
            assert rule.status == ("passed" if lists and not failed else "unknown")
            continue
        if rule.passed:
            assert set(states[: len(lists)]) <= {"passed"}
        assert sum(part["figure"] or 0 for part in rule.scopes) == rule.at_least
        assert rule.figure == (None if failed or not lists else rule.at_least)
        assert ("failed" in states) is (rule.status == "failed")
        for part in rule.scopes[: len(lists)]:
            if rule.name == "min_clusters":
                assert part["status"] != "failed" or part["figure"] < rule.limit
            else:
                assert (part["status"] == "passed") is (rule.passed or not part["figure"])


@pytest.mark.parametrize("failed", [0, 1])
def test_what_is_known_for_sure_may_suffice(failed: int) -> None:
    """A maximum that is exceeded stays so, and a minimum that is reached, whatever the others answer."""
    lists = [[row("a", None), row("b", None), row("c")]]
    statuses = {rule.name: rule.status for rule in judged(lists, Limits(1, 3, 0, None, None), failed).rules}
    assert statuses == {
        "all_scopes_answer": "unknown" if failed else "passed",
        "min_clusters": "passed",
        "max_unscanned": "failed",
        "max_risky": "unknown" if failed else "passed",
    }
    verdict = judged(lists, Limits(1, 3, 0, None, None), failed)
    assert verdict.status == "failed" and names(verdict, "max_unscanned") == ["a", "b"]
    assert {rule.name: rule.at_least for rule in verdict.rules}["max_unscanned"] == 2
    assert judged(lists, Limits(2, 4, None, None, None), failed).status == ("not_judged" if failed else "failed")


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


GIVEN = {
    "max_unscanned": 0,
    "min_clusters": 1,
    "max_risky": None,
    "max_app_vulnerable": None,
    "max_scan_age": None,
    "max_stale": 0,
}


def test_limits() -> None:
    assert read_limits(GIVEN) == Limits(0, 1, None, None, None)
    assert read_limits({**GIVEN, "max_risky": 0, "max_scan_age": "2d"}) == Limits(0, 1, 0, None, 2 * DAY)
    assert read_limits({**GIVEN, "max_stale": 3, "max_scan_age": "2d"}).max_stale == 3
    with pytest.raises(ConfigurationError, match="max_stale needs max_scan_age"):
        read_limits({**GIVEN, "max_stale": 3})


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


def concluded(lists: Any, limits: Limits, failed: int = 0, **counts: int) -> Dict[str, Any]:
    """Return the verdict of a gate that is not passed, with its words."""
    result = answer(lists, failed, **counts)
    age = None if limits.max_scan_age is None else f"{limits.max_scan_age}s"
    params = {"fail_on_violation": True, "on_scope_error": "fail", "max_scan_age": age}
    verdict = judge(result, lists, limits, NOW).as_result()
    result["verdict"] = {**verdict, **summarize(verdict, result, params)}
    with pytest.raises(GateClosedError) as caught:
        require_passed(result, params)
    reported = caught.value.as_result()
    assert reported["verdict"] == result["verdict"] and reported["scopes"] == result["scopes"]
    message: str = reported["msg"]
    assert message == result["verdict"]["message"] and message.isprintable() and len(message) <= 600
    summary = result["verdict"]["summary"]
    assert all(line.isprintable() and len(line) <= 900 for line in summary) and message.startswith(summary[0])
    assert message.endswith(" More: verdict.summary and the reports.")
    found: Dict[str, Any] = result["verdict"]
    return found


def lines(verdict: Dict[str, Any]) -> str:
    return "\n".join(verdict["summary"])


def commands(verdict: Dict[str, Any]) -> List[Optional[str]]:
    return [step["command"] for step in verdict["next_steps"]]


def test_what_each_state_tolerates() -> None:
    red = {"verdict": {"passed": False, "status": "failed", "message": "m"}, "scopes": [{}], "failed_scopes": []}
    unknown = {**red, "verdict": {**red["verdict"], "status": "not_judged"}}
    green = {**red, "verdict": {"passed": True, "status": "passed"}}
    tolerated = {
        (state, fail, on_error)
        for state, result in (
            ("red", red),
            ("unknown", unknown),
            ("nobody", {**unknown, "scopes": []}),
            ("green", green),
        )
        for fail in (True, False)
        for on_error in ("fail", "continue")
        if not _raises(result, {"fail_on_violation": fail, "on_scope_error": on_error})
    }
    assert tolerated == {
        *(("green", fail, on_error) for fail in (True, False) for on_error in ("fail", "continue")),
        ("red", False, "fail"),
        ("red", False, "continue"),
        ("unknown", False, "continue"),
    }


def _raises(result: Any, params: Any) -> bool:
    try:
        require_passed(result, params)
    except GateClosedError:
        return True
    return False


def test_the_message_names_three_and_the_summary_ten() -> None:
    verdict = concluded([[row(f"c{i:02}", None) for i in range(13)]], LOOSE._replace(max_unscanned=2))
    assert verdict["message"] == (
        "The gate is CLOSED for region cn-north-4, project p0, enterprise project all_granted_eps: 1 of 3 rules failed. "
        "max_unscanned: 13 of 13 clusters were never scanned (at most 2 allowed). "
        "Clusters: c00, c01, c02 and 10 more. More: verdict.summary and the reports."
    )
    assert "  c09 (region cn-north-4, project p0, last scan never)" in verdict["summary"]
    assert "c10" not in lines(verdict) and "and 3 more, see the reports" in lines(verdict)
    gate, scan = commands(verdict)
    assert gate == "ansible-playbook huaweicloud.hss.cluster_scan_gate -e cluster_scan_gate_scan=true"
    ids = "region=cn-north-4 project_id=p0 enterprise_project_id=all_granted_eps"
    assert scan == f"ansible localhost -m huaweicloud.hss.hss_cluster_scan -a 'targets=unscanned {ids}'"
    assert verdict["summary"][-1] == f"Next: Or scan those of one project: {scan}"


def test_the_next_steps_of_each_rule() -> None:
    rows = [row("old", 2 * DAY, sec_comp_num=3), row("new", 1, app_vul_num=1)]
    limits = LOOSE._replace(max_scan_age=DAY, max_risky=0, max_app_vulnerable=0, min_clusters=3)
    verdict = concluded([rows], limits)
    text = lines(verdict)
    assert f"old (region cn-north-4, project p0, last scan {ago(2 * DAY)}, last scan too long ago)" in text
    assert "app_vul_num 1" in text and text.count("old (") == 1, "a cluster is named once, under its first rule"
    assert "max_scan_age: 1 of 2 clusters have no scan of the last 1d (at most 0 allowed)" in text
    assert "  1 of them named above" in verdict["summary"]
    found = " ".join(filter(None, commands(verdict)))
    for word in ("scan=true", "targets=stale max_scan_age=1d", "hss_cluster_risk_info", "hss_cluster_info"):
        assert word in found, word
    assert "targets=unscanned" not in found
    assert "Or scan those of one of the 2 projects" in lines(
        concluded([[row("a", None)], [row("b", None)]], Limits(0, 0, None, None, None))
    )


def test_the_message_reports_of_those_that_the_list_does_not_name() -> None:
    verdict = concluded([[row("a", None), row("b")]], Limits(0, 0, None, None, None), unscan_cluster_num=2)
    text = lines(verdict)
    assert "2 of 2 clusters were never scanned (at most 0 allowed)" in text and "  a (" in text
    assert "1 that the list of clusters does not name" in text and "Note: cn-north-4/p0" in text
    assert "hss_cluster_info" in (commands(verdict)[-1] or "")
    nobody = concluded([[row("b")]], Limits(0, 0, None, None, None), unscan_cluster_num=1)
    (command,) = commands(nobody)
    assert "hss_cluster_info" in (command or ""), "a scan finds nothing to scan"
    risky = concluded([[row("b")]], LOOSE._replace(max_risky=0), risk_cluster_num=1)
    assert "project_id=p0" in str(commands(risky))


def test_the_words_of_an_incomplete_answer() -> None:
    verdict = concluded([[row("a", None)]], LOOSE._replace(max_unscanned=1), failed=12)
    text = lines(verdict)
    assert verdict["message"].startswith("The gate could NOT judge 13 scopes of 1 region (0 skipped): 12 of 13 scopes")
    assert "cn-north-4/p100/all_granted_eps: It is away." in verdict["message"], "the cause"
    assert "and 2 more, see failed_scopes" in text and "Not known: max_unscanned." in text
    assert "a (" not in text and "scan=true" not in text, "an unknown rule names nobody and gives no advice"
    assert [command for command in commands(verdict) if "hss_cluster_statistics" in str(command)] == commands(verdict)
    assert "Fix access to" in lines(concluded([], LOOSE, failed=1))
    red = concluded([[row("a", None)]], Limits(0, 0, None, None, None), failed=1)
    assert red["message"].startswith(
        "The gate is CLOSED for 2 scopes of 1 region (0 skipped): 1 of 3 rules failed; 1 of 2"
    )
    order = [line.partition(":")[0] for line in red["summary"][1:4:2]]
    assert order == ["max_unscanned", "cn-north-4/p100/all_granted_eps"], "the cause first"


def test_a_command_is_one_that_can_be_pasted() -> None:
    """Names from the cloud, templates, quotes and secrets are in none; what does not fit into one is left out."""
    scope = {**keys(0), "project_id": "", "project_name": "a{{ b }}"}
    assert _command_of(scope) is None
    assert _command_of({**keys(0), "project_id": "a b"}) is None
    assert _command_of(keys(0), endpoint='https://x/"') is None
    assert "ca_path" in str(_command_of(keys(0), ca_path="/a b/c")) and '"/a b/c"' in str(
        _command_of(keys(0), ca_path="/a b/c")
    )
    assert "validate_certs=False" in str(_command_of(keys(0), validate_certs=False))
    assert "validate_certs" not in str(_command_of(keys(0), validate_certs=True, auth_method="auto"))
    lists = [[row("a", None)]]
    long = [{"cluster_id": f"{n:036}", "account": None} for n in range(40)]
    for params, words in (
        ({"exceptions": long}, None),
        ({"exceptions": [{"cluster_name": "a"}]}, None),
        ({"exceptions": [{"cluster_id": "a", "reason": "it's"}]}, '"cluster_id": "a"'),
        ({"project_name": "{{ x }}"}, None),
        ({"scopes": [{"region": "r", "project_id": None}]}, """-e '{"cluster_scan_gate_scopes": [{"region": "r"}]}'"""),
        (
            {"max_risky": 0, "all_projects": True},
            "-e cluster_scan_gate_all_projects=true -e cluster_scan_gate_max_risky=0",
        ),
    ):
        result = answer(lists)
        verdict = judge(result, lists, Limits(0, 0, None, None, None), NOW).as_result()
        command = summarize(verdict, result, params)["next_steps"][0]["command"]
        assert command is None if words is None else words in command


def _command_of(scope: Dict[str, Any], **params: Any) -> Optional[str]:
    result = {**answer([]), "failed_scopes": [{**scope, "msg": "m", "status_code": None, "error_code": None}]}
    verdict = judge(result, [], LOOSE, NOW).as_result()
    command: Optional[str] = summarize(verdict, result, params)["next_steps"][0]["command"]
    return command


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "]]>", "a\nMSG: the gate is open", "\x1b[2J", "{{ 7 * 7 }}"]
)
def test_odd_names_are_data_and_make_no_lines(name: str) -> None:
    rows = [row(name, None)]
    verdict = judged([rows], Limits(0, 0, None, None, 1))
    assert names(verdict, "max_unscanned") == [name]
    assert escape_unprintable(name) in concluded([rows], Limits(0, 0, None, None, 1))["message"]


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
        assert "  ID i1 (region" in lines(concluded([rows], Limits(0, 0, None, None, None)))


def test_a_scope_is_described_by_what_it_has() -> None:
    scope = {"region": "r", "project_id": "id", "project_name": "r_name", "enterprise_project_id": None}
    described = describe_scope(scope)
    assert "r_name (id)" in described and "enterprise" not in described and "None" not in described
    assert describe_scope({**scope, "enterprise_project_id": "0"}) == f"{described}, enterprise project 0"
