# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State that a service of the simulated cloud uses to answer a request."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulator.authentication import Authenticator
from tests.simulator.grants import Grants
from tests.simulator.inventory import Inventory
from tests.simulator.issuing import Issuer
from tests.simulator.lockout import Lockout
from tests.simulator.request import ReceivedRequest
from tests.simulator.scenario import Scenario, Token


@dataclass(frozen=True)
class Cloud:
    scenario: Scenario
    inventory: Inventory
    authenticator: Authenticator
    issuer: Issuer
    passwords: Lockout

    def caller(self, request: ReceivedRequest) -> Grants:
        return self.authenticator.authenticate(request, self.scenario)

    def token(self, value: str) -> Token:
        return self.authenticator.by_token(value, self.scenario)
