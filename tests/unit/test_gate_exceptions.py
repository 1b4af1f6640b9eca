# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions of the gate, and the promise of the whole gate as a property: a verdict is never green by accident."""

from __future__ import annotations

import datetime
from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConfigurationError
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate import rules
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.exceptions import read_exceptions
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.findings import Finding
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.limits import Limits
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.rules import Verdict, judge
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.specs import MAXIMUM, RuleSpec
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.summary import summarize
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_gate import DAY, LIMITS, LOOSE, NOW, ROWS, answer, counted, keys, row

STRICT = Limits(0, 0, None, None, None)
VALID = {"rules": ["max_unscanned"], "reason": "to be decommissioned", "expires": "2026-12-31"}


def judged(lists: Any, *exceptions: Dict[str, Any], limits: Limits = STRICT, failed: int = 0) -> Verdict:
    given = read_exceptions([{**VALID, **exception} for exception in exceptions])
    return judge(answer(lists, failed), lists, limits, NOW, exceptions=given)


def excepted(verdict: Verdict, rule: str = "max_unscanned") -> List[str]:
    return [cluster["cluster_name"] for one in verdict.rules if one.name == rule for cluster in one.excepted]


NEW = [row("new", None), row("fine")]


@pytest.mark.parametrize(
    "selectors,matches",
    [
        ({"cluster_id": "id-of-new"}, True),
        ({"cluster_name": "new"}, True),
        ({"cluster_id": "id-of-new", "cluster_name": "new", "region": "cn-north-4", "project_id": "p0"}, True),
        ({"cluster_id": "id-of-new", "cluster_name": "other"}, False),
        ({"cluster_name": "NEW"}, False),
        ({"cluster_name": "ne*"}, False),
        ({"cluster_name": "new", "region": "cn-north-1"}, False),
        ({"cluster_name": "new", "project_id": "p1"}, False),
        ({"cluster_name": "new", "project_name": "p0"}, False),
        ({"cluster_name": "new", "account": "other"}, False),
    ],
    ids=str,
)
def test_each_selector_is_exact(selectors: Dict[str, str], matches: bool) -> None:
    verdict = judged([NEW], selectors)
    assert verdict.passed is matches and excepted(verdict) == (["new"] if matches else [])
    label = selectors.get("cluster_name") or "ID id-of-new"
    hint = " (the name of a project that the task gives by its ID is not known)" if "project_name" in selectors else ""
    assert verdict.notes == ([] if matches else [f"Exception 0 ({label}) matches no cluster that was judged{hint}."])


def test_an_excepted_cluster_is_shown_and_not_counted() -> None:
    lists = [[*NEW, row("worse", None)]]
    verdict = judged(lists, {"cluster_name": "new", "approved_by": "boss"})
    (rule,) = [one for one in verdict.rules if one.name == "max_unscanned"]
    assert (rule.status, rule.figure, [o["cluster_name"] for o in rule.offenders]) == ("failed", 1, ["worse"])
    assert rule.excepted[0]["exception"] == {
        "reason": "to be decommissioned",
        "approved_by": "boss",
        "expires": "2026-12-31",
    }
    assert (rule.scopes[0]["figure"], rule.scopes[0]["excepted"]) == (1, 1)
    assert rule.message == "1 of 3 clusters were never scanned (at most 0 allowed; 1 more excepted)"
    words = summarize(verdict.as_result(), answer(lists), {})
    assert "Excepted: 1 cluster." in words["message"]
    line = "max_unscanned: new (region cn-north-4, project p0, last scan never) is excepted until 2026-12-31: to be decommissioned"
    assert f"{line}, approved by boss" in words["summary"]
    green = judged([NEW], {"cluster_name": "new"})
    words = summarize(green.as_result(), answer([NEW]), {})
    assert line in words["summary"] and "Excepted: 1 cluster." in words["message"], "a green gate shows it too"


def test_an_exception_is_for_its_rules_only() -> None:
    lists = [[row("old", 9 * DAY, app_vul_num=1)]]
    limits = STRICT._replace(max_scan_age=DAY, max_app_vulnerable=0)
    verdict = judged(lists, {"cluster_name": "old", "rules": ["max_scan_age"]}, limits=limits)
    assert [rule.name for rule in verdict.rules if rule.status == "failed"] == ["max_app_vulnerable"]
    assert excepted(verdict, "max_scan_age") == ["old"] and not verdict.notes
    (note,) = judged(lists, {"cluster_name": "old"}, limits=limits).notes
    assert (
        note == "Exception 0 (old) is not needed: its cluster breaks none of its rules, or another exception covers it."
    )


def test_a_name_of_two_clusters_excuses_none() -> None:
    twins = [[row("new", None)], [row("new")]]
    verdict = judged(twins, {"cluster_name": "new"})
    assert not verdict.passed and not excepted(verdict), "one of the two is scanned, and who knows which was meant"
    assert verdict.notes == ["Exception 0 (new) matches 2 clusters by name and excuses none: add cluster_id."]
    assert judged(twins, {"cluster_name": "new", "project_id": "p0"}).passed


@pytest.mark.parametrize(
    "expires,valid",
    [
        ("2026-11-25", True),
        ("2026-11-24", False),
        ("9999-12-31", True),
        ("2026-11-25T01:02:04Z", True),
        ("2026-11-25T01:02:03Z", False),
        ("2026-11-25T01:02:03.5Z", False),
        ("2026-11-25 02:03Z", True),
        ("2026-11-25T03:02:04+02:00", True),
        ("2026-11-25T03:02:03+0200", False),
        ("2026-11-24T20:00:00-08:00", True),
        ("2026-11-24T16:00:00-08:00", False),
        # As ansible-core writes a YAML date and a YAML time.
        ("2026-11-26T00:00:00+00:00", True),
    ],
)
def test_the_end(expires: str, valid: bool) -> None:
    verdict = judged([NEW], {"cluster_name": "new", "expires": f" {expires}"})
    assert verdict.passed is valid
    assert verdict.notes == ([] if valid else [f"Exception 0 (new) expired ( {expires}) and excuses nothing."])


@pytest.mark.parametrize(
    "change,words",
    [
        ({"cluster_name": None}, "names no cluster"),
        ({"cluster_name": " "}, "cluster_name is empty or blank"),
        ({"project_id": ""}, "project_id is empty or blank"),
        ({"reason": ""}, "reason is empty or blank"),
        ({"approved_by": " "}, "approved_by is empty or blank"),
        ({"rules": []}, "rules is an empty list"),
        ({"expires": "2026-13-01"}, "expires must be a date"),
        ({"expires": "2026-11-25T01:02:03"}, "with a zone"),
        ({"expires": "2026-11-25T01:02:03+25:00"}, "with a zone"),
        ({"expires": "2026-11-25T24:00:00Z"}, "with a zone"),
        ({"expires": "never"}, "expires must be a date"),
        ({"expires": "20261231"}, "expires must be a date"),
        ({"expires": "٢٠٢٦-12-31"}, "expires must be a date"),
    ],
    ids=str,
)
def test_a_malformed_exception_is_an_error_that_names_it(change: Dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=r"exceptions\[1\]") as caught:
        read_exceptions([{**VALID, "cluster_name": "a"}, {**VALID, "cluster_name": "a", **change}])
    assert words in caught.value.message


def test_a_scope_whose_own_part_is_not_known_never_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """It answered, but not what this rule needs."""
    for known, limit, status in ((0, 1, "unknown"), (1, 1, "unknown"), (2, 1, "failed")):
        spec = RuleSpec("max_x", MAXIMUM, limit, "are x", lambda data, known=known: Finding(known, [], [], exact=False))
        monkeypatch.setattr(rules, "make_specs", lambda limits, now, spec=spec: [spec])
        rule = judged([[row("a")], [row("b")]]).rules[1]
        assert (rule.status, rule.figure, rule.at_least) == ("failed" if known else status, None, 2 * known)
        assert [part["figure"] for part in rule.scopes] == [None, None]
        assert {part["status"] for part in rule.scopes} == {rule.status}
    both = RuleSpec(
        "max_x", MAXIMUM, 9, "are x", lambda data: Finding(0, [], [], exact=data.scope["project_id"] == "p0")
    )
    monkeypatch.setattr(rules, "make_specs", lambda limits, now: [both])
    verdict = judged([[row("a")], [row("b")]])
    assert verdict.status == "not_judged" and [part["status"] for part in verdict.rules[1].scopes] == [
        "passed",
        "unknown",
    ]
    words = summarize(verdict.as_result(), answer([[row("a")], [row("b")]]), {})
    assert "the rest is not known" in words["message"] and words["next_steps"][0]["command"] is None


def _exception(name: str, rule_names: List[str], day: str, by_id: bool, project: Optional[str]) -> Dict[str, Any]:
    selectors = {"cluster_id": f"id-of-{name}"} if by_id else {"cluster_name": name or "?"}
    return {**selectors, "project_id": project, "rules": rule_names, "reason": "r", "expires": day}


NAMES = st.sampled_from(["a", "b", "c", "d"])
RULES = ["max_unscanned", "max_scan_age", "max_risky", "max_app_vulnerable"]
EXCEPTIONS = st.lists(
    st.builds(
        _exception,
        NAMES,
        st.lists(st.sampled_from(RULES), min_size=1, unique=True),
        st.sampled_from(["2026-11-24", "2026-11-25"]),
        st.booleans(),
        st.none() | st.sampled_from(["p0", "p1"]),
    ),
    max_size=3,
)
FEW = st.lists(
    st.builds(
        row,
        NAMES,
        st.none() | st.sampled_from([60, 5 * DAY]),
        risk_assess_num=st.integers(0, 1),
        app_vul_num=st.integers(0, 1),
    ),
    max_size=4,
    unique_by=lambda r: r["cluster_id"],
)
TIGHT = st.builds(
    Limits,
    st.integers(0, 1),
    st.integers(0, 2),
    st.none() | st.just(0),
    st.none() | st.just(0),
    st.none() | st.just(DAY),
    st.integers(0, 1),
    st.none(),
    st.none(),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FEW, max_size=2), TIGHT, EXCEPTIONS, st.integers(0, 1), st.none() | st.just(["p?"]), st.data())
def test_never_green_by_accident(
    lists: Any, limits: Limits, given_exceptions: Any, failed: int, required: Any, data: Any
) -> None:
    """Passed means that all answered, all rules are known, and nobody who is not excused is over a limit."""
    result = answer(lists, failed)
    for scope, rows in zip(result["scopes"], lists):
        real = counted(rows)
        scope["project_name"] = scope["project_id"]
        scope["statistics"] = {
            name: max(0, n + data.draw(st.sampled_from([0, 0, 0, 1, -1]))) for name, n in real.items()
        }
    exceptions = read_exceptions(given_exceptions)
    verdict = judge(result, lists, limits, NOW, exceptions=exceptions, required_projects=required)
    without = judge(result, lists, limits, NOW, required_projects=required)

    asked = {"max_scan_age": limits.max_scan_age, "max_risky": limits.max_risky, "max_app_vulnerable": limits.max_app_vulnerable}  # fmt: skip
    present = {rule.name for rule in verdict.rules}
    assert present >= {
        "all_scopes_answer",
        "min_clusters",
        "max_unscanned",
        *(n for n, v in asked.items() if v is not None),
    }
    named = {entry.get("cluster_id") or f"id-of-{entry['cluster_name']}" for entry in given_exceptions}
    for rule, bare in zip(verdict.rules, without.rules):
        ids = [cluster["cluster_id"] for cluster in rule.excepted]
        assert set(ids) <= named, "nobody is excused who is not named"
        for cluster in rule.excepted:
            assert any(_allows(entry, rule.name, cluster, lists) for entry in given_exceptions)
        if rule.status == "unknown":
            assert not rule.offenders and not rule.excepted
        else:
            every = [o["cluster_id"] for o in bare.offenders]
            assert bare.status == "unknown" or sorted(ids + [o["cluster_id"] for o in rule.offenders]) == sorted(every)
        assert not (bare.passed and not rule.passed), "an exception breaks nothing"
        if rule.name in RULES and rule.passed:
            assert len(rule.offenders) <= rule.limit
            assert bare.at_least - len(rule.excepted) == rule.at_least <= rule.limit
    if without.passed:
        assert verdict.passed
    if verdict.passed:
        assert lists and not failed and verdict.complete
        assert all(rule.status == "passed" and rule.figure is not None for rule in verdict.rules)
    statuses = {rule.status for rule in verdict.rules}
    expected = "failed" if "failed" in statuses else "not_judged" if "unknown" in statuses else "passed"
    assert verdict.status == expected and verdict.passed is (expected == "passed")
    words = summarize(verdict.as_result(), result, {"max_scan_age": "1d"})
    assert len(words["message"]) <= 600 and bool(words["next_steps"]) is not verdict.passed


def _allows(entry: Dict[str, Any], rule: str, cluster: Dict[str, Any], lists: Any) -> bool:
    """Return whether this entry excuses the cluster, by the words of the documentation."""
    if rule not in entry["rules"] or entry["expires"] < NOW.date().isoformat():
        return False
    if entry["project_id"] not in (None, cluster["project_id"]):
        return False
    if "cluster_id" in entry:
        return bool(entry["cluster_id"] == cluster["cluster_id"])
    places = [n for n, rows in enumerate(lists) for r in rows if r["cluster_name"] == entry["cluster_name"]]
    places = [n for n in places if entry["project_id"] in (None, keys(n)["project_id"])]
    return len(places) == 1 and entry["cluster_name"] == cluster["cluster_name"]


@settings(max_examples=50, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=2), LIMITS)
def test_without_exceptions_nothing_changes(lists: Any, limits: Limits) -> None:
    late = NOW + datetime.timedelta(days=1)
    unused = read_exceptions([{**VALID, "cluster_id": "nobody"}])
    one, other = (judge(answer(lists), lists, limits, late, exceptions=given) for given in ([], unused))
    assert one.rules == other.rules and len(other.notes) == len(one.notes) + 1


def test_the_selection_of_projects_of_a_rule() -> None:
    result = answer([[row("a")]])
    result["scopes"][0]["project_name"] = "cn-north-4_prod"
    for patterns, missing in ((["*_prod"], []), (["*_prod", "CN-*", "x[12]"], ["CN-*", "x[12]"])):
        verdict = judge(result, [[row("a")]], LOOSE, NOW, required_projects=patterns)
        assert verdict.status == ("not_judged" if missing else "passed")
        rule = verdict.rules[1]
        assert (rule.name, rule.figure, rule.scopes) == ("required_projects", len(missing), [])
        assert all(pattern in rule.message for pattern in missing)


def test_an_exception_does_not_excuse_a_cluster_that_only_the_count_has() -> None:
    """The count has a cluster that was never scanned; the cluster of the exception was, long ago, so it is another one."""
    lists = [[row("old", 9 * DAY), row("fine")]]
    limits = Limits(9, 0, None, None, DAY)
    result = answer(lists, unscan_cluster_num=1)
    entry = read_exceptions([{**VALID, "cluster_name": "old", "rules": ["max_scan_age"]}])
    assert [judge(result, lists, limits._replace(max_stale=n), NOW).passed for n in (1, 2)] == [False, True]
    excused = judge(result, lists, limits, NOW, exceptions=entry)
    assert not excused.passed and excepted(excused, "max_scan_age") == ["old"]
    assert judge(result, lists, limits._replace(max_stale=1), NOW, exceptions=entry).passed
    only = [[row("old", 9 * DAY)]]
    assert judge(answer(only, unscan_cluster_num=1), only, limits, NOW, exceptions=entry).passed, "there is no other"
