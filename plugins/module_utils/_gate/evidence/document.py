# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the document that the reports render: the result of a run, its options, exceptions and provenance. Pure."""

from __future__ import annotations

import datetime
from typing import Any, List, Mapping, Optional, Sequence

from ..._api.clusters import FIGURES, name_of, scan_state
from ..._api.scopes import Record, scope_keys
from ..._api.statistics import COUNTS
from ..._argspec import CREDENTIAL_OPTIONS
from ..._formatting import parse_duration
from ..._http.version import VERSION
from ..exceptions import SELECTORS
from ..provenance import Run

PROVENANCE = (
    "run_id",
    "collection_version",
    "ansible_core",
    "python",
    "host",
    "auth_source",
    "accounts",
    "account_id",
    "principal",
    "endpoints",
    "proxy",
    "custom_ca",
    "tls_verified",
    "simulated",
    "started_at",
    "finished_at",
    "ci",
)
# The members of a run that judged nothing.
NOTHING: Record = {
    "complete": False,
    "collected_at": None,
    "statistics": dict.fromkeys(COUNTS),
    "scopes": [],
    "failed_scopes": [],
    "skipped_scopes": [],
    "clusters": [],
    "changes": None,
}


def build_document(run: Run, result: Mapping[str, Any], params: Optional[Mapping[str, Any]]) -> Record:
    """Return the document. `result` has at least a verdict, and no provenance while the run has not finished.

    `params` is None if the options were not valid.
    """
    start = {"run_id": run.run_id, "started_at": run.started_at, "collection_version": VERSION}
    document = {**NOTHING, **result}
    return {
        **document,
        "provenance": {**dict.fromkeys(PROVENANCE), **start, **result.get("provenance", {})},
        "options": None if params is None else _options(params),
        "exceptions": _exceptions(params or {}, document["verdict"]["rules"]),
    }


def cluster_records(
    scopes: Sequence[Mapping[str, Any]],
    clusters: Sequence[Sequence[Record]],
    now: datetime.datetime,
    max_scan_age: Optional[str],
) -> List[Record]:
    """Return a record of each cluster: ID, name, scope, scan state, last scan and risk figures, None if unknown."""
    age = parse_duration(max_scan_age, "Option max_scan_age") if max_scan_age else None
    return [
        {
            "cluster_id": row["cluster_id"],
            "cluster_name": name_of(row),
            **keys,
            "scan_state": scan_state(row, now, age),
            "last_scan": row["last_scan"],
            **{name: row.get(name) for name in FIGURES},
        }
        for keys, rows in ((scope_keys(scope), rows) for scope, rows in zip(scopes, clusters))
        for row in rows
    ]


def _options(params: Mapping[str, Any]) -> Record:
    """Return the options that are set and not secret, without the exceptions, which have their own member."""
    secret = {name for name, spec in CREDENTIAL_OPTIONS.items() if spec.get("no_log")} | {"exceptions"}
    return {name: value for name, value in sorted(params.items()) if value is not None and name not in secret}


def _exceptions(params: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> List[Record]:
    """Return each exception as given, with the clusters that it excused."""
    return [_exception(entry, rules) for entry in params.get("exceptions") or []]


def _exception(entry: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]) -> Record:
    words = {name: entry.get(name) for name in ("reason", "approved_by", "expires")}
    selectors = {name: entry[name] for name in SELECTORS if entry.get(name) is not None}
    excused = [
        {"rule": rule["name"], "cluster_id": cluster["cluster_id"]}
        for rule in rules
        for cluster in rule["excepted"]
        if cluster["exception"] == words and selectors.items() <= cluster.items() and rule["name"] in entry["rules"]
    ]
    return {**{name: entry.get(name) for name in SELECTORS}, "rules": entry["rules"], **words, "excused": excused}
