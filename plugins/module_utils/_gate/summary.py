# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Summarize a verdict in words: the failed rules, their offenders, and the next commands. Pure."""

from __future__ import annotations

import shlex
from typing import Any, Dict, List, Mapping, Sequence

from .._api.scopes import Scope, scope_of
from .._errors import GateClosedError
from .._formatting import escape_unprintable, format_duration, parse_duration

Record = Dict[str, Any]

# Maximum number of offenders for each rule, and of notes, in a message; the verdict has all of them.
MAX_LISTED = 10
# The reason that findings.py gives for a last scan that is dated in the future.
IN_FUTURE = "last scan in the future"
# Options, none of them secret, that determine the address of the cloud and the source of the credential.
CONNECTION_OPTIONS = (
    "endpoint",
    "iam_endpoint",
    "cloud",
    "ca_path",
    "auth_method",
    "credentials_file",
    "koocli_config",
    "koocli_profile",
    "agency_name",
    "agency_domain_name",
    "agency_domain_id",
)


def summarize(verdict: Mapping[str, Any], result: Mapping[str, Any], params: Mapping[str, Any]) -> Record:
    """Return `message` (one line), `summary` (lines) and `next_steps` (commands) for a verdict on a result."""
    failed = [rule for rule in verdict["rules"] if not rule["passed"]]
    notes = [
        f"Note: {escape_unprintable(note)}{'' if note.endswith('.') else '.'}" for note in verdict["notes"][:MAX_LISTED]
    ]
    if len(verdict["notes"]) > MAX_LISTED:
        notes.append(f"And {len(verdict['notes']) - MAX_LISTED} more notes: see verdict.notes.")
    if not failed:
        found = ", ".join(rule["message"] for rule in verdict["rules"][1:])
        headline = f"The gate is open for {_describe_scopes(result)}: {found}."
        return _lines([headline, *notes], [headline, *notes], [])
    headline = (
        f"The gate is CLOSED for {_describe_scopes(result)}, {len(failed)} of {len(verdict['rules'])} rules are broken."
    )
    message, summary = [headline], [headline]
    for rule in failed:
        offenders = _offenders(rule)
        message.append(f"{rule['name']}: {rule['message']}{': ' if offenders else ''}{', '.join(offenders)}.")
        summary += [f"{rule['name']}: {rule['message']}", *(f"  {line}" for line in offenders)]
    steps = _next_steps(result, failed, params)
    message += [*notes, f"Next: {'; '.join(steps)}; then run this gate again."]
    summary += [*notes, *(f"Next: {step}" for step in steps)]
    return _lines(message, summary, steps)


def require_passed(result: Record, params: Mapping[str, Any]) -> None:
    """Raise GateClosedError, with `result` as its data, if a rule failed and fail_on_violation is set."""
    verdict = result["verdict"]
    if not verdict["passed"] and params["fail_on_violation"]:
        raise GateClosedError(verdict["message"], data=result)


def format_offender(offender: Mapping[str, Any]) -> str:
    """Return one line about a cluster, or about a scope that did not answer."""
    if offender["cluster_id"] is None:
        return describe_scope(offender)
    scope = _region_and_project(offender)
    reason = "" if offender["reason"] == "never scanned" else f", {offender['reason']}"
    return escape_unprintable(
        f"{cluster_name(offender)} ({scope}, last scan {offender['last_scan'] or 'never'}{reason})"
    )


def describe_scope(scope: Mapping[str, Any]) -> str:
    """Return region, project name, project ID and enterprise project of a scope as text."""
    description = _region_and_project(scope)
    if scope["project_name"] and scope["project_id"]:
        description += f" ({scope['project_id']})"
    if scope["enterprise_project_id"]:
        description += f", enterprise project {scope['enterprise_project_id']}"
    return escape_unprintable(description)


def cluster_name(row: Mapping[str, Any]) -> str:
    """Return the name of a cluster, or its ID if it has none, with unprintable characters escaped."""
    name = row.get("cluster_name")
    return escape_unprintable(name) if isinstance(name, str) and name.strip() else f"ID {row['cluster_id']}"


def _region_and_project(scope: Mapping[str, Any]) -> str:
    """Return region and project as text. A project whose lookup failed has neither name nor ID."""
    return (
        f"region {scope['region'] or 'unnamed'}, project {scope['project_name'] or scope['project_id'] or 'not known'}"
    )


def _lines(message: List[str], summary: List[str], steps: List[str]) -> Record:
    """Return the texts with line breaks and other unprintable characters in names escaped."""
    return {
        "message": escape_unprintable(" ".join(message)),
        "summary": [escape_unprintable(line) for line in summary],
        "next_steps": [escape_unprintable(step) for step in steps],
    }


def _describe_scopes(result: Mapping[str, Any]) -> str:
    scopes = [*result["scopes"], *result["failed_scopes"]]
    if len(scopes) == 1:
        return describe_scope(scopes[0])
    regions = {scope["region"] for scope in scopes}
    return f"{len(scopes)} scopes of {len(regions)} regions ({len(result['skipped_scopes'])} skipped)"


def _offenders(rule: Mapping[str, Any]) -> List[str]:
    offenders = rule["offenders"]
    listed = [format_offender(offender) for offender in offenders[:MAX_LISTED]]
    if len(offenders) > MAX_LISTED:
        listed.append(f"and {len(offenders) - MAX_LISTED} more, see the reports or verdict.rules")
    # A minimum has no offenders, since missing clusters have no names.
    unnamed = (rule["figure"] or 0) - len(offenders) if rule["name"] != "min_clusters" else 0
    if unnamed > 0:
        listed.append(f"{unnamed} that the list of clusters does not name")
    return listed


def _next_steps(result: Mapping[str, Any], failed: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> List[str]:
    """Return what to do about each failed rule, as commands for the scope of its first offender."""
    steps: Dict[str, None] = {}
    for rule in failed:
        name, offenders = rule["name"], rule["offenders"]
        if name == "all_scopes_answer":
            silent = offenders[0] if offenders else None
            query = f": {_command('hss_cluster_statistics', silent, params)}" if silent else ""
            steps[f"fix access to each scope that did not answer, then query it alone{query}"] = None
            continue
        if rule["figure"] is None and not offenders:
            continue
        # Without a listed offender, the scope with the most counted clusters.
        scope = offenders[0] if offenders else max(result["scopes"], key=_unscanned_count)
        if name == "min_clusters":
            steps[f"check region, projects and permissions: {_command('hss_cluster_info', scope, params)}"] = None
        elif name == "max_risky":
            steps[f"treat the risks: {_command('hss_cluster_risk_info', scope, params)}"] = None
        elif name == "max_app_vulnerable":
            listed = _command("hss_cluster_info", scope, params)
            steps[f"treat the vulnerabilities, in the HSS console of the region, Container Security: {listed}"] = None
        else:
            reasons = {offender["reason"] for offender in offenders} or {"never scanned"}
            if "never scanned" in reasons:
                steps[f"scan them: {_command('hss_cluster_scan', scope, params, 'targets=unscanned')}"] = None
            if reasons - {"never scanned"}:
                stale = f"targets=stale max_scan_age={format_duration(parse_duration(params['max_scan_age'], 'Option max_scan_age'))}"
                steps[f"scan them again: {_command('hss_cluster_scan', scope, params, stale)}"] = None
            if IN_FUTURE in reasons:
                steps["compare this host's clock with the cloud's (NTP), since a last scan is dated in the future"] = (
                    None
                )
    places = {
        scope_of(offender) for rule in failed for offender in rule["offenders"] if offender["cluster_id"] is not None
    }
    if len(places) > 1:
        steps[f"and so in each of the {len(places)} projects named"] = None
    return list(steps) or ["see failed_scopes"]


def _unscanned_count(scope: Mapping[str, Any]) -> int:
    number: int = scope["statistics"]["unscan_cluster_num"]
    return number


def _command(module: str, scope: Mapping[str, Any], params: Mapping[str, Any], arguments: str = "") -> str:
    """Return a command for a scope, with the connection options of this task and without secrets."""
    words = [*arguments.split(), *(f"{name}={scope[name]}" for name in _scope_names(scope) if scope[name])]
    words += [f"{name}={params[name]}" for name in CONNECTION_OPTIONS if params.get(name) not in (None, "", "auto")]
    return f"ansible localhost -m huaweicloud.hss.{module} -a {shlex.quote(' '.join(map(_quote_word, words)))}"


def _scope_names(scope: Mapping[str, Any]) -> List[str]:
    # A project ID needs no name beside it, since no lookup is done.
    return [name for name in Scope._fields if name != ("project_name" if scope["project_id"] else "project_id")]


def _quote_word(argument: str) -> str:
    """Return NAME=VALUE as Ansible parses arguments: a value that contains a blank is quoted."""
    name, _sign, value = argument.partition("=")
    return argument if " " not in value else f'{name}="{value}"'
