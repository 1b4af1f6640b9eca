# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local stand-in for the parts of Huawei Cloud that the collection calls. See README.md beside this file."""

from __future__ import annotations

from tests.simulator import faults
from tests.simulator.errors import ScenarioError
from tests.simulator.fault import MISSING, Fault
from tests.simulator.names import DEMO_PROJECT_ID, cluster_id
from tests.simulator.request import ReceivedRequest
from tests.simulator.scenario import Scenario, load_scenario
from tests.simulator.scenario_helpers import (
    DEMO_AGENCY,
    DEMO_AGENCY_URN,
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_DOMAIN_ID,
    DEMO_ID_TOKEN,
    DEMO_IDP,
    DEMO_IDP_URN,
    DEMO_PASSWORD,
    DEMO_POD_TOKEN,
    DEMO_REGION,
    DEMO_SK,
    DEMO_TOKEN,
    DEMO_USER,
    DEMO_USER_ID,
    agency,
    cluster,
    identity_provider,
    metadata,
    pod,
    project,
    risk,
    scenario,
    user,
)
from tests.simulator.simulator import Simulator

__all__ = [
    "DEMO_AGENCY",
    "DEMO_AGENCY_URN",
    "DEMO_AK",
    "DEMO_DOMAIN",
    "DEMO_DOMAIN_ID",
    "DEMO_IDP",
    "DEMO_IDP_URN",
    "DEMO_ID_TOKEN",
    "DEMO_PASSWORD",
    "DEMO_POD_TOKEN",
    "DEMO_PROJECT_ID",
    "DEMO_REGION",
    "DEMO_SK",
    "DEMO_TOKEN",
    "DEMO_USER",
    "DEMO_USER_ID",
    "MISSING",
    "Fault",
    "ReceivedRequest",
    "Scenario",
    "ScenarioError",
    "Simulator",
    "agency",
    "cluster",
    "cluster_id",
    "faults",
    "identity_provider",
    "load_scenario",
    "metadata",
    "pod",
    "project",
    "risk",
    "scenario",
    "user",
]
