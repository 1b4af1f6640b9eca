# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict as documents: by their schemas and as their readers take them, whatever clusters are called."""

from __future__ import annotations

import datetime
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
from typing import Any, Dict, Iterator, List, Optional
from xml.etree import ElementTree as ET

import jsonschema
import junitparser
import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.statistics import COUNTS
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import timestamp
from ansible_collections.huaweicloud.hss.plugins.module_utils._formatting import escape_unprintable
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.evidence.document import (
    build_document,
    cluster_records,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.exceptions import read_exceptions
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.limits import Limits
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.provenance import Run
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.reports import html as html_report
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.reports import json as json_report
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.reports import junit as junit_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.reports import markdown as markdown_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.reports import prometheus as prometheus_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.rules import judge
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.summary import not_judged, summarize
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from tests.junit_schema import junit_schema

NOW = datetime.datetime(2026, 11, 25, 1, 2, 3, tzinfo=datetime.timezone.utc)
SCHEMA = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "cluster-scan-gate-2.0.schema.json"
STRICT = Limits(max_unscanned=0, min_clusters=1, max_risky=0, max_app_vulnerable=0, max_scan_age=86400)
ODD = ["<script>alert(1)</script>", "]]>", "a|b", "a\nb", "\x00\x1b[2J", "\ud800", "@everyone", "**b** _i_ `c`",
       "&amp;", '" onload="x', "![i](http://x/y)", "https://example.com", "me@example.com", "#1", "\u202eabc", "| --- |", "</code>", "  "]  # fmt: skip


def row(name: str, last_scan: Optional[str] = None, number: int = 0) -> Dict[str, Any]:
    risks = {"risk_assess_num": number, "sec_comp_num": 0, "app_vul_num": number}
    return {"cluster_id": f"id of {name}", "cluster_name": name, "last_scan": last_scan, **risks}


def judged(
    lists: List[List[Dict[str, Any]]],
    failed: int = 0,
    limits: Limits = STRICT,
    name: str = "cn-north-4",
    excepted: Optional[List[str]] = None,
    required: Optional[List[str]] = None,
) -> Any:
    """Return the gate's result for these clusters in that many scopes. `excepted` are names of clusters."""

    def keys(number: int) -> Dict[str, Any]:
        place = {"account": None, "region": name, "project_id": f"p{number}", "project_name": name}
        return {**place, "enterprise_project_id": "all_granted_eps", "request_id": None}

    scopes = [
        {
            **keys(number),
            "inventory_updated_at": None,
            "statistics": {
                "risk_cluster_num": sum(r["risk_assess_num"] > 0 for r in rows),
                "app_vul_cluster_num": sum(r["app_vul_num"] > 0 for r in rows),
                "unscan_cluster_num": sum(r["last_scan"] is None for r in rows),
                "all_cluster_num": len(rows),
            },
        }
        for number, rows in enumerate(lists)
    ]
    failures = [
        {**keys(100 + n), "msg": f"It said {name}.", "status_code": None, "error_code": None} for n in range(failed)
    ]
    sums = {n: None if failed else sum(scope["statistics"][n] for scope in scopes) for n in COUNTS}
    result: Dict[str, Any] = {
        "complete": not failed,
        "statistics": sums,
        "scopes": scopes,
        "failed_scopes": failures,
        "skipped_scopes": [{**keys(200), "reason": f"for {name}"}],
        "collected_at": timestamp(NOW),
    }
    entry = {"rules": ["max_unscanned"], "reason": f"for {name}", "approved_by": name, "expires": "2026-12-31"}
    entries = [{**entry, "cluster_name": one} for one in excepted or []]
    verdict = judge(result, lists, limits, NOW, exceptions=read_exceptions(entries), required_projects=required)
    params = {"max_scan_age": "1d", "exceptions": entries, "secret_key": "never shown"}
    return documented(result, verdict.as_result(), lists, params)


def documented(result: Dict[str, Any], verdict: Dict[str, Any], lists: Any, params: Dict[str, Any]) -> Any:
    """Return what the reports render."""
    verdict = {**verdict, "cross_check": {"state": "none", "reason": "switched off", "scopes": []}}
    words = summarize(verdict, result, params)
    clusters = cluster_records(result["scopes"], lists, NOW, params["max_scan_age"])
    whole = {**result, "verdict": {**verdict, **words}, "clusters": clusters}
    return build_document(RUN, {"provenance": RUN.provenance(str), **whole}, params)


RUN = Run("2.19.0", {})
FRESH = timestamp(NOW - datetime.timedelta(hours=1))
GREEN = judged([[row("a", FRESH), row("b", FRESH)]])
RED = judged([[row("a", FRESH, 1), *(row(name) for name in ODD)], [row("b", FRESH)]])
PARTIAL = judged([[row("a")], [row("b", FRESH)]], failed=1, limits=STRICT._replace(max_unscanned=1))
EMPTY = judged([[]])
EXCEPTED = judged([[row("a"), row("b", FRESH)]], limits=STRICT._replace(max_scan_age=None), excepted=["a"])
MISSING = judged([[row("b", FRESH)]], required=["cn-*", "<gone>"])
UNFINISHED = build_document(RUN, {"verdict": not_judged("The run has not finished.", None)}, None)
CASES = {
    "unfinished": UNFINISHED,
    "green": GREEN,
    "red": RED,
    "partial": PARTIAL,
    "empty": EMPTY,
    "excepted": EXCEPTED,
    "missing": MISSING,
}


@pytest.fixture(params=CASES, ids=str)
def result(request: pytest.FixtureRequest) -> Any:
    return CASES[request.param]


# JSON


def test_json_is_what_its_schema_says(result: Any) -> None:
    schema = json.loads(SCHEMA.read_text())
    assert schema["$id"] == json_report.SCHEMA
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    document = json.loads(json_report.write(result))
    validator(schema).validate(document)
    assert document["verdict"] == result["verdict"] and "never shown" not in str(document)


def test_the_schema_is_strict() -> None:
    """Nothing may be added: a reader knows all members of a version."""

    def objects(schema: Any) -> Iterator[Any]:
        if isinstance(schema, list):
            for entry in schema:
                yield from objects(entry)
        elif isinstance(schema, dict):
            if "properties" in schema and "type" in schema:
                yield schema
            for value in schema.values():
                yield from objects(value)

    found = list(objects(json.loads(SCHEMA.read_text())))
    assert len(found) > 15 and not [entry for entry in found if entry["additionalProperties"] is not False]


def test_the_schema_refuses_a_count_that_is_missing() -> None:
    schema = json.loads(SCHEMA.read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    document = json.loads(json_report.write(GREEN))
    changes: List[Any] = [{"statistics": {}}, {"complete": None}, {"verdict": {**document["verdict"], "rules": []}}]
    changes += [{"options": {"password": "x"}}, {"options": None}, {"scopes": []}, {"further": 1}, {"run_id": "x"}]
    for change in changes:
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**document, **change})


# JUnit


@pytest.fixture(scope="module")
def schema() -> Iterator[Any]:
    yield junit_schema()


def states(text: str) -> Dict[Any, str]:
    cases = ET.fromstring(text).findall("testsuite/testcase")
    found = {(c.get("name"), c.get("classname")): (c[0].tag if len(c) else "passed") for c in cases}
    assert len(found) == len(cases)
    return found


def test_junit_is_what_its_schema_says(schema: Any, result: Any) -> None:
    text = junit_module.write(result)
    schema.validate(text)
    found = list(states(text).values())
    suite = ET.fromstring(text)[0]
    assert suite.get("tests") == str(len(found))
    assert suite.get("failures") == str(found.count("failure")) and suite.get("skipped") == str(found.count("skipped"))
    assert suite.get("errors") == str(found.count("error"))
    assert (found.count("failure") > 0) is (result["verdict"]["status"] == "failed")
    assert (found.count("failure") + found.count("error") == 0) is result["verdict"]["passed"]


def test_junit_has_a_case_for_each_rule_and_scope() -> None:
    rules = [rule["name"] for rule in RED["verdict"]["rules"]]
    assert len(states(junit_module.write(RED))) == 2 * len(rules), "two projects of one name are two"
    broken = {key for key, state in states(junit_module.write(RED)).items() if state == "failure"}
    assert {name for name, _place in broken} == {"max_unscanned", "max_scan_age", "max_risky", "max_app_vulnerable"}
    assert {place for _name, place in broken} == {"cn-north-4/cn-north-4/all_granted_eps (p0)"}


def test_junit_never_passes_what_is_not_known() -> None:
    text = junit_module.write(PARTIAL)
    rules = [rule["name"] for rule in PARTIAL["verdict"]["rules"]]
    silent = {key: state for key, state in states(text).items() if "p100" in key[1]}
    assert silent == dict.fromkeys(silent, "error") and len(silent) == len(rules)
    answered = {key[0]: state for key, state in states(text).items() if "p0" in key[1]}
    assert answered["max_unscanned"] == "error", "one is allowed, and who knows what the others have"
    assert answered["max_scan_age"] == "failure" and answered["all_scopes_answer"] == "passed"
    missing = states(junit_module.write(MISSING))
    assert missing[("required_projects", "all scopes")] == "error"
    assert states(junit_module.write(judged([[row("b", FRESH)]], required=["cn-*"])))[
        ("required_projects", "all scopes")
    ] == ("passed")


@pytest.mark.parametrize("write", [json_report.write, junit_module.write, markdown_module.write, html_report.write])
def test_an_exception_is_shown_in_every_report(write: Any) -> None:
    """With the cluster, the reason, who approved it, and its end."""
    made = judged([[row("a-cluster"), row("b", FRESH)]], name="a reason", excepted=["a-cluster"])
    plain = "".join(Page(MarkdownIt("commonmark", {"html": True}).render(write(made))).texts)
    for word in ("a-cluster", "for a reason", "2026-12-31"):
        assert word in plain or word in write(made), word
    skipped = {key for key, state in states(junit_module.write(EXCEPTED)).items() if state == "skipped"}
    assert skipped == {("max_unscanned: id of a", "cn-north-4/cn-north-4/all_granted_eps (p0)")}


@pytest.mark.parametrize(
    "case,title", [("green", "open"), ("red", "CLOSED"), ("partial", "CLOSED"), ("missing", "not judged")]
)
def test_every_report_has_the_same_words(case: str, title: str) -> None:
    made = CASES[case]
    headline = made["verdict"]["summary"][0]
    assert f"Cluster scan gate: {title}" in Page(html_report.write(made)).texts
    assert headline in Page(html_report.write(made)).texts and headline in "".join(
        ET.fromstring(junit_module.write(made)).itertext()
    )
    text = markdown_module.write(made)
    assert text.startswith("## Cluster scan gate: ") and text.splitlines()[0].endswith(f" {title}")
    assert markdown_module.code(headline) in text
    for step in made["verdict"]["next_steps"]:
        assert step["command"] in Page(html_report.write(made)).texts


def test_a_cause_is_in_every_report_before_the_rules() -> None:
    silent = judged([[row("b", FRESH)]], failed=1)
    assert silent["verdict"]["status"] == "not_judged"
    texts = Page(html_report.write(silent)).texts
    assert texts.index("Could not be read") < texts.index("Rules")
    text = markdown_module.write(silent)
    assert text.index("Could not be read") < text.index("| Rule |")
    assert "It said cn-north-4." in junit_module.write(silent)


def test_junit_reports_figure_limit_and_offenders() -> None:
    (failure,) = [
        case.find("failure")
        for case in ET.fromstring(junit_module.write(RED)).iter("testcase")
        if case.get("name") == "max_unscanned" and len(case)
    ]
    assert failure is not None and failure.text is not None
    assert failure.get("message") == (
        f"{len(ODD)} in this scope. In all: {len(ODD)} of {len(ODD) + 2} clusters were never scanned (at most 0 allowed)"
    )
    assert failure.text.splitlines()[0].endswith("last scan never)") and len(failure.text.splitlines()) == len(ODD)


def test_junit_is_what_a_reader_takes(result: Any) -> None:
    suites = junitparser.JUnitXml.fromstring(junit_module.write(result).encode())
    (suite,) = list(suites)
    found = [type(outcome).__name__ for case in suite for outcome in case.result]
    assert len(list(suite)) == suite.tests and found.count("Failure") == suite.failures
    assert found.count("Error") == suite.errors and found.count("Skipped") == suite.skipped
    properties = {one.name: one.value for one in suite.properties()}
    assert properties["run_id"] == RUN.run_id and not {"host", "ci"} & set(properties)


# Prometheus


def samples(text: str) -> Dict[str, List[Any]]:
    """Return the samples by the names of the metrics, without their common prefix."""
    found: Dict[str, List[Any]] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge" and family.documentation and family.samples
        for sample in family.samples:
            assert sample.timestamp is None
            found.setdefault(sample.name.replace("huaweicloud_hss_gate_", ""), []).append(sample)
    return found


def test_prometheus_reads_the_metrics(result: Any) -> None:
    found = samples(prometheus_module.write(result))
    verdict = result["verdict"]
    assert [s.value for s in found["passed"]] == [float(verdict["passed"])]
    assert {s.labels["status"]: s.value for s in found["status"]}[verdict["status"]] == sum(
        s.value for s in found["status"]
    )
    for name in ("figure", "limit"):
        rules = {rule["name"]: rule[name] for rule in verdict["rules"] if rule[name] is not None}
        assert {s.labels["rule"]: s.value for s in found.get(f"rule_{name}", [])} == rules
    answered = {s.labels["project_id"]: s.value for s in found.get("scope_answered", [])}
    assert answered == {
        **{scope["project_id"]: 1 for scope in result["scopes"]},
        **{scope["project_id"]: 0 for scope in result["failed_scopes"]},
    }
    counts = {scope["project_id"]: scope["statistics"]["all_cluster_num"] for scope in result["scopes"]}
    assert {s.labels["project_id"]: s.value for s in found.get("scope_clusters", [])} == counts
    known = result["provenance"]["finished_at"]
    assert ("finished_timestamp_seconds" in found) is (known is not None)
    assert (
        timestamp(datetime.datetime.fromtimestamp(found["started_timestamp_seconds"][0].value, datetime.timezone.utc))
        == RUN.started_at
    )


def test_promtool_finds_nothing(result: Any) -> None:
    if not shutil.which("promtool"):
        assert not os.environ.get("CI"), "CI has to check the metrics: install prometheus"
        pytest.skip("promtool is not installed")
    text = prometheus_module.write(result)
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_cross_check_is_a_metric_and_in_the_page() -> None:
    verdict = {**GREEN["verdict"], "cross_check": {"state": "partial", "reason": "not in 1 of 2", "scopes": []}}
    checked = {**GREEN, "verdict": verdict}
    found = samples(prometheus_module.write(checked))["cross_check"]
    assert [s.labels["state"] for s in found if s.value] == ["partial"]
    assert "partial not in 1 of 2" in Page(html_report.write(checked)).texts


# Markdown


def cells(text: str) -> List[List[str]]:
    """Render the table in GitHub's dialect; return its rows by their text."""
    rows: List[List[str]] = []
    within = False
    for token in MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text):
        if token.type in ("tr_open", "tr_close"):
            within = token.type == "tr_open"
            rows += [[]] if within else []
        elif token.type == "inline" and within:
            allowed = {"text", "html_inline", "strong_open", "strong_close"}
            kinds = {child.type for child in token.children or []}
            assert kinds <= allowed, (kinds, token.content)
            tags = {child.content for child in token.children or [] if child.type == "html_inline"}
            assert tags <= {"<code>", "</code>", "<wbr>"}, tags
            rows[-1].append("".join(child.content for child in token.children or [] if child.type == "text"))
    return rows


def test_markdown_shows_each_name_as_it_is() -> None:
    found = [row[0] for row in cells(markdown_module.write(RED)) if len(row) == 4]
    for name in ODD:
        assert (escape_unprintable(name) if name.strip() else f"ID id of {name}") in found, name


def test_markdown_reports_the_verdict(result: Any) -> None:
    text = markdown_module.write(result)
    for rule in result["verdict"]["rules"]:
        state = {"unknown": "not known"}.get(rule["status"], rule["status"])
        assert [rule["name"], state, rule["message"]] in cells(text)


def test_markdown_of_many_offenders_fits_a_comment() -> None:
    text = markdown_module.write(judged([[row(f"cluster-{n}") for n in range(2000)]]))
    assert "And 1900 more: see the other reports." in text and len(text) < 65536
    names = ["<|>" * 60 + str(n) for n in range(300)]
    assert len(markdown_module.write(judged([[row(name, number=1) for name in names]]))) < 65536


# HTML


class Page(html.parser.HTMLParser):
    """Tags, and the text outside of the style sheet."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: List[str] = []
        self.attributes: List[Any] = []
        self.texts: List[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


TAGS = {"html", "head", "meta", "title", "style", "body", "header", "main", "footer", "h1", "h2", "p", "pre", "code", "b", "div",
        "section", "span", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "dl", "dt", "dd"}  # fmt: skip


def test_html_is_self_contained_and_without_script(result: Any) -> None:
    page = Page(html_report.write(result))
    assert set(page.tags) <= TAGS
    assert {name for name, _value in page.attributes} <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "style", "role", "aria-label", "aria-hidden", "scope", "colspan", "data-label",
    }  # fmt: skip
    assert "url(" not in "".join(page.texts) and "@import" not in "".join(page.texts)


def test_html_shows_each_name_as_it_is() -> None:
    page = Page(html_report.write(RED))
    for name in ODD:
        assert (escape_unprintable(name) if name.strip() else f"ID id of {name}") in page.texts, name


def test_html_names_those_that_a_limit_tolerates() -> None:
    page = Page(html_report.write(judged([[row("a"), row("b", FRESH)]], limits=Limits(1, 1, None, None, None))))
    assert "Clusters that the limits tolerate: 1" in page.texts and "a" in page.texts


def in_accounts() -> Any:
    """Return what the reports render of two accounts, one of them in two regions, and one that was refused."""
    made = judged([[row("a", FRESH)], [row("b", FRESH, 1)], [row("c")], [row("d"), row("e")]], failed=1)
    places = {
        "p0": ("lab", "r1"),
        "p1": ("lab", "r1"),
        "p2": ("shop", "r1"),
        "p3": ("shop", "r2"),
        "p100": ("old", None),
    }
    lists = [made[name] for name in ("scopes", "failed_scopes", "clusters")]
    lists += [rule[name] for rule in made["verdict"]["rules"] for name in ("scopes", "offenders", "excepted")]
    for record in (record for records in lists for record in records):
        record["account"], record["region"] = places[record["project_id"]]
        record["project_name"] = f"name of {record['project_id']}"
    return made


def rows_of(text: str) -> List[str]:
    """Return the headings of the rows of the table of scopes."""
    part = text.partition("Scopes, the worst first")[2].partition("</table>")[0]
    return re.findall(r'role="rowheader"[^>]*><b>([^<]*)</b>', part)


def test_html_has_subtotals_and_the_worst_first() -> None:
    """An account that could not be read is the worst, then those with clusters without a scan."""
    found = rows_of(html_report.write(in_accounts()))
    assert found == [
        "Account old",
        "name of p100",
        "Account shop",
        "name of p3",
        "name of p2",
        "Account lab",
        "name of p1",
        "name of p0",
    ]
    made = in_accounts()
    for record in (*made["scopes"], *(part for rule in made["verdict"]["rules"] for part in rule["scopes"])):
        record["account"] = "one"
        record["region"] = "r2" if record["project_id"] in ("p0", "p3") else "r1"
    made["failed_scopes"] = []
    found = rows_of(html_report.write(made))
    assert found == ["Region r2", "name of p3", "name of p0", "Region r1", "name of p2", "name of p1"]


def test_a_figure_that_is_not_known_is_no_zero() -> None:
    made = in_accounts()
    (rule,) = [rule for rule in made["verdict"]["rules"] if rule["name"] == "max_unscanned"]
    for part in rule["scopes"]:
        part["figure"] = None
    assert "not known" in Page(html_report.write(made)).texts
    found = samples(prometheus_module.write(made))
    assert "scope_clusters" in found and not {"scope_unscanned_clusters", "scope_stale_clusters"} & set(found)


NAMES = st.text(max_size=12) | st.sampled_from(ODD)


@settings(max_examples=60, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=3, unique=True), NAMES)
def test_no_name_changes_any_document(schema: Any, names: List[str], place: str) -> None:
    """Check that arbitrary names change only text, and not the structure of the documents."""
    odd = judged([[row(name) for name in names]], failed=1, name=place)
    plain = judged([[row(f"plain{n}") for n in range(len(names))]], failed=1, name="plain")
    text = junit_module.write(odd)
    schema.validate(text.encode("utf-8").decode("utf-8"))
    assert [e.tag for e in ET.fromstring(text).iter()] == [
        e.tag for e in ET.fromstring(junit_module.write(plain)).iter()
    ]
    # A command is left out where a region cannot be one.
    tags = [[tag for tag in Page(html_report.write(made)).tags if tag != "pre"] for made in (odd, plain)]
    assert tags[0] == tags[1]
    assert [len(row) for row in cells(markdown_module.write(odd))] == [
        len(row) for row in cells(markdown_module.write(plain))
    ]
    assert json.loads(json_report.write(odd))["verdict"] == odd["verdict"]
    metrics = [
        [(name, len(found)) for name, found in samples(prometheus_module.write(made)).items()] for made in (odd, plain)
    ]
    assert metrics[0] == metrics[1]


ODD_NAME = "\ud800\udcff\x00\x1b]0;x\x07\u2028名"


@pytest.mark.parametrize(
    "write", [json_report.write, junit_module.write, markdown_module.write, html_report.write, prometheus_module.write]
)
def test_no_name_breaks_a_report_and_nothing_unknown_is_called_none(write: Any) -> None:
    """A scope of which nothing is known has no name at all; a name may hold half a surrogate pair, as JSON can write it."""
    odd = judged([[row("a", FRESH), row(ODD_NAME, number=1)], [row("b")]], failed=1, name=ODD_NAME)
    unknown = judged([[row("a", FRESH)]], failed=1)
    unknown["failed_scopes"][0].update(dict.fromkeys(("region", "project_id", "project_name")))
    verdict = judge(unknown, [[row("a", FRESH)]], STRICT, NOW).as_result()
    unknown = documented(unknown, verdict, [[row("a", FRESH)]], {"max_scan_age": "1d"})
    for made in (odd, unknown):
        text = write(made)
        assert text.encode("utf-8") and not [c for c in "\x00\x1b\x07\u2028" if c in text]
        assert "None" not in text and "None" not in made["verdict"]["message"]
