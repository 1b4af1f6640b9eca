# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assuming an agency of another account, as IAM takes it."""

from __future__ import annotations

from typing import Any

from tests.simulator import body
from tests.simulator.answer import Declined
from tests.simulator.grants import Owner
from tests.simulator.identities import Agency
from tests.simulator.scenario import Scenario

IAM_SESSION = "iam"  # the interface of IAM names no session


def assume(role: dict[str, Any], caller: Owner, scenario: Scenario) -> Agency:
    name = body.text(role, "xrole_name" if "xrole_name" in role else "agency_name")
    if "domain_id" in role:
        domain_id = scenario.account(domain_id=body.text(role, "domain_id"))
    else:
        domain_id = scenario.account(name=body.text(role, "domain_name"))
    if domain_id is None:
        raise Declined(404, "Could not find domain.")
    agency = scenario.agencies.get((domain_id, name))
    if agency is None:
        raise Declined(404, f"Could not find agency: {name}.")
    if not agency.trusts(caller.domain_id) or agency.external_id is not None:
        raise Declined(403, "Policy doesn't allow iam:agencies:assume to be performed.")
    return agency
