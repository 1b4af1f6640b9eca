# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short ways to write scenarios."""

from __future__ import annotations

from typing import Any

DEMO_AK = "FAKEAK00000000DEMO00"
DEMO_SK = "fake-secret-of-the-demo-0000000000000000"
DEMO_TOKEN = "fake-token-of-the-demo"
DEMO_PROJECT_ID = "00000000000000000000000000000abc"
DEMO_REGION = "cn-north-4"


def project(
    unscanned: int = 10,
    total: int = 20,
    *,
    risky: int = 0,
    app_vulnerable: int = 0,
    project_id: str = DEMO_PROJECT_ID,
    region: str = DEMO_REGION,
    name: str | None = None,
    enterprise_project_id: str = "0",
    **others: Any,
) -> dict[str, Any]:
    """A project; the risky and the vulnerable clusters are among the scanned ones as far as these suffice."""
    scanned_first = [
        {
            "name": f"cluster-{i + 1}",
            "enterprise_project_id": enterprise_project_id,
            "scanned": i < total - unscanned,
            "risky": i < risky,
            "app_vulnerable": i < app_vulnerable,
        }
        for i in range(total)
    ]
    return {"id": project_id, "name": name or region, "region": region, "clusters": scanned_first, **others}


def scenario(
    unscanned: int = 10,
    total: int = 20,
    *,
    projects: list[dict[str, Any]] | None = None,
    security_token: str | None = None,
    token: dict[str, Any] | None = None,
    access_key: dict[str, Any] | None = None,
    faults: list[dict[str, Any]] | None = None,
    clock_offset: float = 0,
    latency: float = 0,
    seed: int = 0,
    **project_options: Any,
) -> dict[str, Any]:
    """One project (or those given), DEMO_TOKEN and the DEMO_AK / DEMO_SK pair.

    token and access_key are merged into the credential, for example access_key={"may_list_projects": False}.
    """
    key = {"access_key": DEMO_AK, "secret_key": DEMO_SK, "security_token": security_token}
    return {
        "clock_offset": clock_offset,
        "latency": latency,
        "seed": seed,
        "projects": [project(unscanned, total, **project_options)] if projects is None else projects,
        "tokens": [{"token": DEMO_TOKEN, **(token or {})}],
        "access_keys": [{**key, **(access_key or {})}],
        "faults": list(faults or []),
    }
