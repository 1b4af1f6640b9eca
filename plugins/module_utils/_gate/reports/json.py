# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render the verdict as JSON, described by the JSON Schema that it names."""

from __future__ import annotations

import json
from typing import Any, Mapping

SCHEMA = "https://raw.githubusercontent.com/huaweicloud-hss/huaweicloud.hss/main/docs/cluster-scan-gate.schema.json"
MEMBERS = ("collected_at", "complete", "verdict", "statistics", "scopes", "failed_scopes", "skipped_scopes")


def write(result: Mapping[str, Any]) -> str:
    """Return the report as one line of JSON."""
    # ASCII only, so that a reader with another encoding parses names correctly.
    return json.dumps({"$schema": SCHEMA, **{name: result[name] for name in MEMBERS}}) + "\n"
