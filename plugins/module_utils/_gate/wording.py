# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describe scopes, clusters and exceptions in words, for messages and reports. Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping

from .._formatting import escape_unprintable

# Titles of the three states of a verdict, in every report.
STATES = {"passed": "open", "failed": "CLOSED", "not_judged": "not judged"}
# Maximum length in characters.
MAX_NAME = 64
MAX_CAUSE = 240
MAX_LINE = 900
# The beginning of a reason that is left out, since the time of the last scan says the same.
_NEVER = "never scanned"
# Method and URL, which often are longer than the cause behind them.
_ADDRESS = re.compile(r" \((GET|POST) \S+\)")
# The beginning of the reason of a cluster that HSS does not know, and whose last scan is therefore not shown.
UNKNOWN_TO_HSS = "CCE has it and HSS does not"


def cut(text: str, length: int) -> str:
    """Return the text with unprintable characters escaped, cut to `length` characters."""
    text = escape_unprintable(text)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def short_cause(text: str) -> str:
    """Return the text of an error without the addresses of requests, which are in the summary, cut to MAX_CAUSE characters."""
    return cut(_ADDRESS.sub("", text), MAX_CAUSE)


def format_offender(offender: Mapping[str, Any]) -> str:
    """Return one line about a cluster."""
    reason = offender["reason"]
    reason = reason[len(_NEVER) :] if reason.startswith(_NEVER) else f", {reason}"
    scan = "" if offender["reason"].startswith(UNKNOWN_TO_HSS) else f", last scan {offender['last_scan'] or 'never'}"
    return escape_unprintable(f"{cluster_name(offender)} ({_region_and_project(offender)}{scan}{reason})")


def format_excepted(excepted: Mapping[str, Any]) -> str:
    """Return one line about an excepted cluster: the reason, the approver, and the end."""
    exception = excepted["exception"]
    approved = f", approved by {exception['approved_by']}" if exception["approved_by"] else ""
    return (
        f"{format_offender(excepted)} is excepted until {escape_unprintable(exception['expires'])}: "
        f"{escape_unprintable(exception['reason'])}{escape_unprintable(approved)}"
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
    project = scope["project_name"] or scope["project_id"] or "not known"
    account = f"account {scope['account']}, " if scope.get("account") else ""
    if account and not (scope["region"] or scope["project_name"] or scope["project_id"]):
        return account[:-2]
    return f"{account}region {scope['region'] or 'unnamed'}, project {project}"
