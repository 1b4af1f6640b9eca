# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the whole document as JSON, described by the JSON Schema that it names."""

from __future__ import annotations

import json
from typing import Any, Mapping

# The schema allows no other members than these, so its version changes with them.
SCHEMA = "https://raw.githubusercontent.com/huaweicloud-hss/huaweicloud.hss/main/docs/cluster-scan-gate-2.0.schema.json"
MEMBERS = (
    "provenance",
    "collected_at",
    "complete",
    "verdict",
    "changes",
    "options",
    "exceptions",
    "statistics",
    "scopes",
    "failed_scopes",
    "skipped_scopes",
    "clusters",
)


def write(document: Mapping[str, Any]) -> str:
    """Return the report as one line of JSON."""
    run_id = document["provenance"]["run_id"]
    members = {"$schema": SCHEMA, "run_id": run_id, **{name: document[name] for name in MEMBERS}}
    # ASCII only, so that a reader with another encoding parses names correctly.
    return json.dumps(members) + "\n"
