# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the verdict as JUnit XML for CI servers: one test case for each rule and scope.

The format is the one that Jenkins and GitLab read, as in the schema of Jenkins (xunit-plugin, junit-10.xsd).
"""

from __future__ import annotations

from typing import Dict, List, Mapping
from xml.etree import ElementTree as ET

from ..._api.scopes import Record, Scope, scope_label, scope_of
from ..._formatting import escape_unprintable
from ..wording import format_excepted, format_offender

SUITE = "cluster_scan_gate"


def write(result: Record) -> str:
    """Return the report as a JUnit XML document."""
    verdict, provenance = result["verdict"], result["provenance"]
    when = result["collected_at"] or provenance["started_at"]
    suite = ET.Element("testsuite", {"name": SUITE, "timestamp": when, "time": "0"})
    causes = {scope_of(record): record["msg"] for record in result["failed_scopes"]}
    for rule in verdict["rules"]:
        suite.extend(_cases(rule, causes))
    if not verdict["rules"]:
        suite.append(_nothing_judged(verdict))
    counts = {
        "tests": str(len(suite)),
        "failures": str(len(suite.findall("*/failure"))),
        "errors": str(len(suite.findall("*/error"))),
        "skipped": str(len(suite.findall("*/skipped"))),
    }
    suite.attrib.update(counts)
    suite.insert(0, _properties(provenance))
    # In system-out, since readers may ignore attributes of a suite that they do not know.
    out = ET.SubElement(suite, "system-out")
    out.text = _lines(verdict["summary"])
    root = ET.Element("testsuites", {"name": SUITE, **{n: counts[n] for n in ("tests", "failures", "errors")}})
    root.append(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _properties(provenance: Record) -> ET.Element:
    """Return the known parts of the provenance."""
    properties = ET.Element("properties")
    for name in ("run_id", "started_at", "finished_at", "collection_version", "auth_source", "account_id", "principal"):
        if provenance[name] is not None:
            ET.SubElement(properties, "property", {"name": name, "value": escape_unprintable(provenance[name])})
    return properties


def _nothing_judged(verdict: Record) -> ET.Element:
    """Return the test case of a run without rules: a report without a test case would pass."""
    case = ET.Element("testcase", {"name": "verdict", "classname": "all scopes", "time": "0"})
    _add(case, "error", "not_judged", verdict["message"], verdict["summary"])
    return case


def _cases(rule: Record, causes: Mapping[Scope, str]) -> List[ET.Element]:
    """Return a test case for each scope of a rule, and a skipped one for each excepted cluster."""
    offenders: Dict[Scope, List[Record]] = {}
    for offender in rule["offenders"]:
        offenders.setdefault(scope_of(offender), []).append(offender)
    cases = [_case(rule, part, offenders.get(scope_of(part), []), causes) for part in rule["scopes"]]
    if not rule["scopes"]:
        # A rule about all scopes together.
        cases.append(_without_scope(rule))
    for excepted in rule["excepted"]:
        case = _element(f"{rule['name']}: {excepted['cluster_id']}", excepted)
        _add(case, "skipped", "excepted", "this cluster is excepted", [format_excepted(excepted)])
        cases.append(case)
    return cases


def _case(rule: Record, part: Record, offenders: List[Record], causes: Mapping[Scope, str]) -> ET.Element:
    """Return the test case of a rule in one scope. `causes`: why scopes could not be read."""
    case = _element(rule["name"], part)
    cause = causes.get(scope_of(part))
    if part["status"] == "failed":
        message = f"{part['figure']} in this scope. In all: {rule['message']}"
        _add(case, "failure", rule["name"], message, [format_offender(offender) for offender in offenders])
    elif cause is not None:
        _add(case, "error", "not_judged", "this scope could not be read", [cause])
    elif part["status"] == "unknown":
        _add(case, "error", "not_judged", "not every scope could be read, so the sum is not known", [rule["message"]])
    return case


def _without_scope(rule: Record) -> ET.Element:
    case = ET.Element("testcase", {"name": rule["name"], "classname": "all scopes", "time": "0"})
    if not rule["passed"]:
        _add(case, "error", "not_judged", rule["message"], [])
    return case


def _element(name: str, place: Record) -> ET.Element:
    # With the project ID, since two projects may have the same name.
    scope = f"{scope_label(place) or 'unnamed'} ({place['project_id'] or 'no project ID'})"
    return ET.Element("testcase", {"name": escape_unprintable(name), "classname": scope, "time": "0"})


def _add(case: ET.Element, tag: str, kind: str, message: str, lines: List[str]) -> None:
    found = ET.SubElement(case, tag, {"type": kind, "message": escape_unprintable(message)})
    found.text = _lines(lines)


def _lines(lines: List[str]) -> str:
    return "\n".join(escape_unprintable(line) for line in lines)
