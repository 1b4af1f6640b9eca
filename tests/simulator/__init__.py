# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local stand-in for the parts of Huawei Cloud that the collection calls. See README.md beside this file."""

from __future__ import annotations

from tests.simulator import faults
from tests.simulator.errors import ScenarioError
from tests.simulator.fault import MISSING, Fault
from tests.simulator.request import ReceivedRequest
from tests.simulator.scenario import Scenario, load_scenario
from tests.simulator.scenario_helpers import (
    DEMO_AK,
    DEMO_PROJECT_ID,
    DEMO_REGION,
    DEMO_SK,
    DEMO_TOKEN,
    project,
    scenario,
)
from tests.simulator.simulator import Simulator

__all__ = [
    "DEMO_AK",
    "DEMO_PROJECT_ID",
    "DEMO_REGION",
    "DEMO_SK",
    "DEMO_TOKEN",
    "MISSING",
    "Fault",
    "ReceivedRequest",
    "Scenario",
    "ScenarioError",
    "Simulator",
    "faults",
    "load_scenario",
    "project",
    "scenario",
]
