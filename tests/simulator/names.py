# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IDs that follow from names: the same in every run, and another in each project."""

from __future__ import annotations

import uuid

_SPACE = uuid.UUID("00000000-0000-4000-8000-000000000abc")
DEMO_PROJECT_ID = "00000000000000000000000000000abc"


def derived_id(*parts: object) -> str:
    return str(uuid.uuid5(_SPACE, "/".join(map(str, parts))))


def cluster_id(name: str, project_id: str = DEMO_PROJECT_ID, occurrence: int = 1) -> str:
    """Return the default ID of a cluster; occurrence counts clusters of the same name."""
    return derived_id(project_id, "cluster", name, occurrence)
