# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Suggest what to do about a verdict, with commands that can be pasted as they are. Pure."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any, Dict, List, Mapping, Optional, Sequence

from .._api.scopes import QUERY_KEYS, Record, scope_of
from .._argspec import SELECTION_OPTIONS
from .._formatting import format_duration, parse_duration
from .findings import IN_FUTURE, UNSCANNABLE
from .wording import MAX_CAUSE, cut, describe_scope

# Options for the endpoints of the cloud and the source of the credential. None of them is secret.
CONNECTION_OPTIONS = (
    "endpoint",
    "iam_endpoint",
    "cloud",
    "validate_certs",
    "ca_path",
    "auth_method",
    "credentials_file",
    "koocli_config",
    "koocli_profile",
    "agency_name",
    "agency_domain_name",
    "agency_domain_id",
)
# Options that determine what the gate judges.
GATE_OPTIONS = (
    "region",
    *SELECTION_OPTIONS,
    "required_projects",
    "max_unscanned",
    "min_clusters",
    "max_risky",
    "max_app_vulnerable",
    "max_scan_age",
    "max_stale",
    "max_unprotected",
    "max_inventory_age",
    "cce_check",
    "exceptions",
)
# Values that a command need not repeat.
DEFAULTS = {
    "auth_method": "auto",
    "validate_certs": True,
    "all_projects": False,
    "max_unscanned": 0,
    "min_clusters": 1,
    "max_stale": 0,
    "cce_check": "auto",
}
# The step if there is no better one.
RUN_AGAIN = {"text": "Correct the cause, then run this gate again", "command": None}
MAX_COMMAND = 800  # characters; a longer command is not given
SCANNED_RULES = ("max_unscanned", "max_scan_age")
# What to do about a cluster that cannot be scanned, by reason.
OBSTACLES = {
    "no node has a working agent": "Install the agent of HSS on a node of each cluster without one (HSS console of the region, Container "
    "Security): without it no scan succeeds. This lists the agents by cluster",
    "it has no node": "Add a node to each cluster without one, or except it with an exception: only nodes can be scanned",
    "it hibernates": "Wake up the clusters that hibernate (CCE console), then scan them, or except them with an exception",
}

_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@+,-]+")
# Ansible would evaluate a template in the arguments of a module and in extra variables.
_TEMPLATE = re.compile(r"\{[{%#]")
_UNQUOTABLE = re.compile(r"""["'\\{}]""")


def next_steps(verdict: Mapping[str, Any], result: Mapping[str, Any], params: Mapping[str, Any]) -> List[Record]:
    """Return what to do about a verdict that is not passed: `text`, and `command`, None where there is none."""
    failed = {rule["name"]: rule for rule in verdict["rules"] if rule["status"] == "failed"}
    steps = _scan_steps([failed[name] for name in SCANNED_RULES if name in failed], result, params)
    for name, rule in failed.items():
        if name == "min_clusters":
            scope = max(result["scopes"], key=lambda scope: int(scope["statistics"]["all_cluster_num"]))
            text = "Check region, projects and permissions: these are the clusters that the credential can see"
            steps.append(_step(text, _command("hss_cluster_info", scope, params)))
        elif name == "max_risky":
            text = "Fix the risks that this lists"
            steps.append(_step(text, _command("hss_cluster_risk_info", _scope_of(rule, result), params)))
        elif name == "max_app_vulnerable":
            text = "Fix the vulnerabilities of the clusters that this lists (HSS console of the region, Container Security)"
            steps.append(_step(text, _command("hss_cluster_info", _scope_of(rule, result), params)))
        elif name == "max_unprotected":
            text = "Install the agent of HSS on the nodes without one (HSS console of the region, Container Security). This lists the agents"
            steps.append(_step(text, _command("hss_cluster_info", _scope_of(rule, result), params, "agent_info=true")))
        elif name == "max_inventory_age":
            steps.append(_sync_step(params))
        elif name == "unknown_to_hss":
            steps += _unknown_steps(rule["offenders"], result, params)
    if result["failed_scopes"]:
        scope = result["failed_scopes"][0]
        text = f"Fix access to {describe_scope(scope)}, then query it"
        # Neither region nor project is known if a whole account failed.
        arguments = "" if scope["region"] or scope["project_id"] or scope["project_name"] else "all_projects=true"
        steps.append(_step(cut(text, MAX_CAUSE), _command("hss_cluster_statistics", scope, params, arguments)))
    if any(rule["name"] == "required_projects" and not rule["passed"] for rule in verdict["rules"]):
        text = "Check that the credential has access to each required project: this lists the projects that answer"
        query = _command("hss_cluster_statistics", {}, params, "all_projects=true on_scope_error=continue")
        steps.append(_step(text, query))
    if any(scope["state"] == "failed" for scope in (verdict.get("cross_check") or {"scopes": ()})["scopes"]):
        text = (
            "Fix why CCE did not list its clusters, or judge without it: this gate with cluster_scan_gate_cce_check=off"
        )
        steps.append(_step(text, None))
    return steps or [RUN_AGAIN]


def _scan_steps(rules: Sequence[Record], result: Mapping[str, Any], params: Mapping[str, Any]) -> List[Record]:
    """Return the steps for the rules that a scan can fix."""
    offenders = [offender for rule in rules for offender in rule["offenders"]]
    steps = []
    scannable = [offender for offender in offenders if UNSCANNABLE not in offender["reason"]]
    if scannable:
        text = "Scan these clusters, and judge again (this gate with cluster_scan_gate_scan=true)"
        steps.append(_step(text, _gate_command(_gate_options(params, scan=True))))
        places = {scope_of(offender) for offender in scannable}
        text = (
            "Or scan those of one project"
            if len(places) == 1
            else f"Or scan those of one of the {len(places)} projects"
        )
        targets = "targets=unscanned"
        if any(rule["name"] == "max_scan_age" for rule in rules):
            age = format_duration(parse_duration(params["max_scan_age"], "Option max_scan_age"))
            targets = f"targets=stale max_scan_age={age}"
        steps.append(_step(text, _command("hss_cluster_scan", scannable[0], params, targets)))
    steps += _obstacle_steps(offenders, params)
    if any(offender["reason"] == IN_FUTURE for offender in offenders):
        steps.append(
            _step("Compare this host's clock with the cloud's (NTP), since a last scan is in the future", None)
        )
    if any((rule["figure"] or 0) > len(rule["offenders"]) for rule in rules):
        text = "HSS counts clusters that its list does not name. This is the list; if the two remain different, contact support"
        steps.append(_step(text, _command("hss_cluster_info", _most_unscanned(result), params)))
    return steps


def _sync_step(params: Mapping[str, Any]) -> Record:
    text = "Let HSS collect its inventory, and judge again (this gate with cluster_scan_gate_sync=true)"
    return _step(text, _gate_command(_gate_options(params, sync=True)))


def _gate_options(params: Mapping[str, Any], **others: Any) -> Dict[str, Any]:
    return {**others, **{name: params.get(name) for name in (*GATE_OPTIONS, *CONNECTION_OPTIONS)}}


def _unknown_steps(offenders: Sequence[Record], result: Mapping[str, Any], params: Mapping[str, Any]) -> List[Record]:
    """Return the steps for clusters that CCE lists and HSS does not."""
    read = {scope_of(scope) for scope in result["scopes"]}
    known = [offender for offender in offenders if scope_of(offender) in read]
    steps = []
    if known:
        steps.append(_sync_step(params))
        text = "Connect a cluster that stays unknown (HSS console of the region, Container Security)"
        steps.append(_step(text, None))
    if len(known) < len(offenders):
        text = "HSS is not offered in the region of some of these clusters: move them, or except them with an exception"
        steps.append(_step(text, None))
    return steps


def _obstacle_steps(offenders: Sequence[Record], params: Mapping[str, Any]) -> List[Record]:
    """Return a step for each reason why clusters cannot be scanned."""
    steps = []
    for obstacle, text in OBSTACLES.items():
        scopes = [offender for offender in offenders if offender["reason"].endswith(f"{UNSCANNABLE}{obstacle}")]
        if scopes:
            query = _command("hss_cluster_info", scopes[0], params, "agent_info=true") if "agent" in obstacle else None
            steps.append(_step(text, query))
    return steps


def _scope_of(rule: Record, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the scope of the first offender; without one the scope with the highest figure."""
    if rule["offenders"]:
        offender: Record = rule["offenders"][0]
        return offender
    part: Record = max(rule["scopes"], key=lambda part: int(part["figure"] or 0))
    return part


def _most_unscanned(result: Mapping[str, Any]) -> Record:
    scope: Record = max(result["scopes"], key=lambda scope: int(scope["statistics"]["unscan_cluster_num"]))
    return scope


def _step(text: str, command: Optional[str]) -> Record:
    return {"text": text, "command": command}


def _gate_command(options: Mapping[str, Any]) -> Optional[str]:
    """Return the command that runs the shipped gate with these options, or None if they do not fit into one."""
    # Exceptions by name may contain text from the cloud, which any user who creates clusters can choose.
    if any(entry.get(name) for entry in options.get("exceptions") or [] for name in ("cluster_name", "project_name")):
        return None
    words = ["ansible-playbook", "huaweicloud.hss.cluster_scan_gate"]
    others: Dict[str, Any] = {}
    for name, value in options.items():
        if value is None or value == "" or value == DEFAULTS.get(name):
            continue
        text = json.dumps(value) if isinstance(value, (bool, int)) else value
        if isinstance(text, str) and _PLAIN.fullmatch(text):
            words += ["-e", f"cluster_scan_gate_{name}={text}"]
        else:
            others[f"cluster_scan_gate_{name}"] = _without_nulls(value)
    if others:
        words += ["-e", json.dumps(others, sort_keys=True)]
    return _checked(shlex.join(words))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(entry) for entry in value]
    return {k: _without_nulls(v) for k, v in value.items() if v is not None} if isinstance(value, dict) else value


def _command(module: str, scope: Mapping[str, Any], params: Mapping[str, Any], arguments: str = "") -> Optional[str]:
    """Return a command for a scope, with the connection options of this task and without secrets.

    None if an ID of the scope or an option has characters that cannot be quoted safely.
    """
    # With a project ID nothing is looked up by name.
    names = [name for name in QUERY_KEYS if name != ("project_name" if scope.get("project_id") else "project_id")]
    # The region determines the cloud, so it is given even for a command without a scope or with an unknown region.
    place = {**scope, "region": scope.get("region") or params.get("region")}
    ids = {name: place[name] for name in names if place.get(name)}
    given = {name: params.get(name) for name in CONNECTION_OPTIONS}
    if scope.get("account"):
        from .._api.accounts import agency_options

        given.update(agency_options(params, scope["account"]))
    options = {name: value for name, value in given.items() if value not in (None, "") and value != DEFAULTS.get(name)}
    if not all(_ID.fullmatch(value) for value in ids.values()):
        return None
    if any(_UNQUOTABLE.search(str(value)) for value in options.values()):
        return None
    words = [*arguments.split(), *(f"{name}={value}" for name, value in {**ids, **options}.items())]
    quoted = shlex.quote(" ".join(map(_quote_word, words)))
    return _checked(f"ansible localhost -m huaweicloud.hss.{module} -a {quoted}")


def _checked(command: str) -> Optional[str]:
    fits = len(command) <= MAX_COMMAND and command.isprintable() and not _TEMPLATE.search(command)
    return command if fits else None


def _quote_word(argument: str) -> str:
    """Return NAME=VALUE as Ansible parses arguments: a value that contains a blank is quoted."""
    name, _sign, value = argument.partition("=")
    return argument if " " not in value else f'{name}="{value}"'
