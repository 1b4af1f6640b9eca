# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the figures as metrics, in the text format that the textfile collector of node_exporter reads.

An unknown value has no sample, since a zero would be a value.
"""

from __future__ import annotations

import calendar
import datetime
from typing import Iterable, List, Mapping, Optional, Tuple

from ..._api.scopes import SCOPE_KEYS, Record, scope_of
from ..._formatting import escape_unprintable
from ..figures import scope_figures

Labels = Mapping[str, Optional[str]]
Sample = Tuple[Labels, Optional[int]]

PREFIX = "huaweicloud_hss_gate"
STATUSES = ("passed", "failed", "not_judged")
CROSS_CHECKS = ("complete", "partial", "none")


def write(document: Record) -> str:
    """Return the report in the text exposition format, without timestamps."""
    verdict, provenance = document["verdict"], document["provenance"]
    lines = [f"# Run {provenance['run_id']}: {escape_unprintable(verdict['summary'][0])}"]
    lines += _metric("passed", "Whether the gate passed.", [({}, int(verdict["passed"]))])
    lines += _metric(
        "status", "The verdict of the gate: 1 for its status.", _states(verdict["status"], STATUSES, "status")
    )
    for name, words in (
        ("started", "When the run started."),
        ("finished", "When the run ended; none while it has not."),
    ):
        lines += _metric(f"{name}_timestamp_seconds", words, [({}, _seconds(provenance[f"{name}_at"]))])
    for name, words in (
        ("simulated", "Whether an endpoint was on this host."),
        ("tls_verified", "Whether certificates were verified."),
    ):
        known = provenance[name]
        lines += _metric(name, words, [({}, None if known is None else int(known))])
    words = "The cross-check with CCE: 1 for its state."
    lines += _metric("cross_check", words, _states(verdict["cross_check"]["state"], CROSS_CHECKS, "state"))
    return "\n".join([*lines, *_rules(verdict["rules"]), *_scopes(document)]) + "\n"


def _rules(rules: Iterable[Record]) -> List[str]:
    rules = list(rules)
    lines: List[str] = []
    for name, words in (
        ("passed", "Whether the rule passed. 0 also where it is not known."),
        ("figure", "What the rule found."),
        ("limit", "What the rule allows."),
    ):
        samples: List[Sample] = [
            ({"rule": rule["name"]}, None if rule[name] is None else int(rule[name])) for rule in rules
        ]
        lines += _metric(f"rule_{name}", words, samples)
    return lines


def _scopes(document: Record) -> List[str]:
    figures = scope_figures(document)
    answered = [(_labels(scope), scope_of(scope)) for scope in document["scopes"]]
    samples: List[Sample] = [(labels, 1) for labels, _scope in answered]
    samples += [(_labels(scope), 0) for scope in document["failed_scopes"]]
    lines = _metric("scope_answered", "Whether the scope could be read.", samples)
    for name, words in (
        ("clusters", "Clusters of the scope."),
        ("unscanned", "Clusters that were never scanned, without those that are excepted."),
        ("stale", "Clusters whose last scan is too old, without those that are excepted."),
        ("excepted", "Clusters that are excepted from the rules about scans."),
        ("risky", "Clusters with risks."),
        ("vulnerable", "Clusters with application vulnerabilities."),
    ):
        samples = [(labels, getattr(figures[scope], name)) for labels, scope in answered]
        suffix = "clusters" if name == "clusters" else f"{name}_clusters"
        lines += _metric(f"scope_{suffix}", words, samples)
    return lines


def _labels(scope: Record) -> Labels:
    return {name: scope.get(name) for name in SCOPE_KEYS}


def _states(state: str, states: Iterable[str], label: str) -> List[Sample]:
    return [({label: name}, int(name == state)) for name in states]


def _metric(name: str, words: str, samples: Iterable[Sample]) -> List[str]:
    """Return the lines of one metric, none where nothing is known."""
    known = [f"{PREFIX}_{name}{_format_labels(labels)} {value}" for labels, value in samples if value is not None]
    if not known:
        return []
    return [f"# HELP {PREFIX}_{name} {words}", f"# TYPE {PREFIX}_{name} gauge", *known]


def _format_labels(labels: Labels) -> str:
    pairs = [f'{name}="{_escape(value)}"' for name, value in labels.items() if value is not None]
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _escape(value: str) -> str:
    return escape_unprintable(value).replace("\\", "\\\\").replace('"', '\\"')


def _seconds(time: Optional[str]) -> Optional[int]:
    """Return the seconds since 1970 of a time as it is in a result."""
    if time is None:
        return None
    return calendar.timegm(datetime.datetime.fromisoformat(time[:-1]).timetuple())
