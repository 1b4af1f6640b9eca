# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short ways to write scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.simulator.names import DEMO_PROJECT_ID

DEMO_AK = "FAKEAK00000000DEMO00"
DEMO_SK = "fake-secret-of-the-demo-0000000000000000"
DEMO_TOKEN = "fake-token-of-the-demo"
DEMO_REGION = "cn-north-4"
DEMO_DOMAIN_ID = "d1"
DEMO_DOMAIN = "account-d1"
DEMO_USER = "user-of-the-demo"
DEMO_USER_ID = "user-id-of-the-demo"
DEMO_PASSWORD = "fake-password-of-the-demo"
DEMO_AGENCY = "agency-of-the-demo"
DEMO_AGENCY_URN = f"iam::{DEMO_DOMAIN_ID}:agency:{DEMO_AGENCY}"
DEMO_IDP = "idp-of-the-demo"
DEMO_IDP_URN = f"iam::{DEMO_DOMAIN_ID}:oidcProvider:{DEMO_IDP}"
DEMO_ID_TOKEN = "fake.id-token-of.the-demo"
DEMO_POD_TOKEN = "fake-pod-token-of-the-demo"


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
    """Describe a project; risky and vulnerable clusters are among the scanned ones as far as these suffice.

    clusters=[cluster("a", scanned_ago=60), cluster("b")] takes the place of the counted ones.
    """
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


def cluster(name: str, scanned_ago: float | None = None, **others: Any) -> dict[str, Any]:
    """Describe a cluster scanned that many seconds ago; None means never. Its ID is cluster_id(name)."""
    if scanned_ago is None:
        return {"name": name, "scanned": False, **others}
    return {"name": name, "scanned_ago": scanned_ago, **others}


def risk(cluster: str, name: str = "Privileged container", **others: Any) -> dict[str, Any]:
    """Describe a risk of the cluster of that name."""
    return {"cluster": cluster, "name": name, **others}


def user(**others: Any) -> dict[str, Any]:
    return {"name": DEMO_USER, "id": DEMO_USER_ID, "password": DEMO_PASSWORD, **others}


def agency(**others: Any) -> dict[str, Any]:
    return {"name": DEMO_AGENCY, **others}


def identity_provider(**others: Any) -> dict[str, Any]:
    return {"id": DEMO_IDP, "id_tokens": [{"id_token": DEMO_ID_TOKEN}], **others}


def metadata(**others: Any) -> dict[str, Any]:
    """With the agency that agency() makes; agency=None for none."""
    return {"token": "optional", "agency": DEMO_AGENCY, **others}


def pod(**others: Any) -> dict[str, Any]:
    """With the agency that agency() makes."""
    return {"token": DEMO_POD_TOKEN, "agency": DEMO_AGENCY, **others}


def scenario(
    unscanned: int = 10,
    total: int = 20,
    *,
    projects: list[dict[str, Any]] | None = None,
    security_token: str | None = None,
    token: dict[str, Any] | None = None,
    access_key: dict[str, Any] | None = None,
    users: Iterable[dict[str, Any]] = (),
    agencies: Iterable[dict[str, Any]] = (),
    identity_providers: Iterable[dict[str, Any]] = (),
    metadata: dict[str, Any] | None = None,
    pods: Iterable[dict[str, Any]] = (),
    issued_lifetime: float | None = None,
    faults: list[dict[str, Any]] | None = None,
    clock_offset: float = 0,
    latency: float = 0,
    seed: int = 0,
    task_duration: float = 0.3,
    task_polls: int | None = None,
    task_ready: float = 0,
    second_task: str = "accept",
    unknown_cluster: str = "refuse",
    task_hidden: int = 0,
    task_clusters_hidden: int = 0,
    task_fields: dict[str, Any] | None = None,
    task_cluster_fields: dict[str, Any] | None = None,
    **project_options: Any,
) -> dict[str, Any]:
    """One project (or those given), DEMO_TOKEN and the DEMO_AK / DEMO_SK pair.

    token and access_key are merged into the credential, for example access_key={"may_list_projects": False}; the
    others are given whole, for example users=[user(locked=True)].
    """
    key = {"access_key": DEMO_AK, "secret_key": DEMO_SK, "security_token": security_token}
    return {
        "clock_offset": clock_offset,
        "latency": latency,
        "seed": seed,
        "task_duration": task_duration,
        "task_polls": task_polls,
        "task_ready": task_ready,
        "second_task": second_task,
        "unknown_cluster": unknown_cluster,
        "task_hidden": task_hidden,
        "task_clusters_hidden": task_clusters_hidden,
        "task_fields": task_fields or {},
        "task_cluster_fields": task_cluster_fields or {},
        "projects": [project(unscanned, total, **project_options)] if projects is None else projects,
        "tokens": [{"token": DEMO_TOKEN, **(token or {})}],
        "access_keys": [{**key, **(access_key or {})}],
        "users": list(users),
        "agencies": list(agencies),
        "identity_providers": list(identity_providers),
        "metadata": metadata,
        "pods": list(pods),
        "issued_lifetime": issued_lifetime,
        "faults": list(faults or []),
    }
