# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the verdict as JUnit XML for CI servers: one test case for each rule and scope.

The format is the one that Jenkins and GitLab read, as in the schema of Jenkins (xunit-plugin, junit-10.xsd).
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional
from xml.etree import ElementTree as ET

from ..._api.scopes import Scope, scope_label, scope_of
from ..._formatting import escape_unprintable
from ..summary import format_offender

SUITE = "cluster_scan_gate"
Record = Mapping[str, Any]


def write(result: Record) -> str:
    """Return the report as a JUnit XML document."""
    suite = ET.Element("testsuite", {"name": SUITE, "timestamp": result["collected_at"], "time": "0"})
    silent = {scope_of(record): record["msg"] for record in result["failed_scopes"]}
    for rule in result["verdict"]["rules"]:
        offenders: Dict[Scope, List[Record]] = {}
        for offender in rule["offenders"]:
            offenders.setdefault(scope_of(offender), []).append(offender)
        for part in rule["scopes"]:
            scope = scope_of(part)
            suite.append(_case(rule, part, offenders.get(scope, []), silent.get(scope)))
    counts = {
        "tests": str(len(suite)),
        "failures": str(len(suite.findall("*/failure"))),
        "errors": "0",
        "skipped": str(len(suite.findall("*/skipped"))),
    }
    suite.attrib.update(counts)
    # In system-out, since readers may ignore attributes of a suite that they do not know.
    out = ET.SubElement(suite, "system-out")
    out.text = _lines(result["verdict"]["summary"])
    root = ET.Element("testsuites", {"name": SUITE, **{n: counts[n] for n in ("tests", "failures", "errors")}})
    root.append(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(rule: Record, part: Record, offenders: List[Record], reason: Optional[str]) -> ET.Element:
    """Return the test case of a rule in one scope. `reason`: why the scope did not answer; None if it did."""
    # With the project ID, since two projects may have the same name.
    name = f"{scope_label(part) or 'unnamed'} ({part['project_id'] or 'no project ID'})"
    case = ET.Element("testcase", {"name": rule["name"], "classname": name, "time": "0"})
    if part["state"] == "passed":
        return case
    if reason is not None:
        found = ET.SubElement(case, "failure", {"type": "silent", "message": "this scope did not answer"})
        found.text = escape_unprintable(reason)
        return case
    if part["state"] == "unknown":
        # Skipped rather than failed: this scope answered, but another did not.
        message = "not every scope has answered, so the sum is not known"
        found = ET.SubElement(case, "skipped", {"type": "unknown", "message": message})
    else:
        message = f"{part['figure']} in this scope. In all: {rule['message']}"
        found = ET.SubElement(case, "failure", {"type": rule["name"], "message": escape_unprintable(message)})
    found.text = _lines([format_offender(offender) for offender in offenders])
    return case


def _lines(lines: List[str]) -> str:
    return "\n".join(escape_unprintable(line) for line in lines)
