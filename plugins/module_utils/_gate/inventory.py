# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evaluate, in one scope, how old the inventory of HSS is, and which nodes have no agent. Pure."""

from __future__ import annotations

import datetime

from .._api.clusters import CLOCK_TOLERANCE, agent_numbers, moment_of
from .._api.scopes import scope_label
from .findings import Evaluate, Finding, ScopeData, offender_of


def find_old_inventory(max_age: int, now: datetime.datetime) -> Evaluate:
    """Return the rule for scopes whose inventory was collected more than `max_age` seconds ago. The figure of a scope is 0 or 1."""

    def evaluate(answer: ScopeData) -> Finding:
        updated_at = answer.scope.get("inventory_updated_at")
        label = scope_label(answer.scope)
        if updated_at is None:
            return Finding(0, [], [f"{label}: HSS does not say when it collected its inventory."], exact=False)
        age = now - moment_of(updated_at)
        if -age > CLOCK_TOLERANCE:
            note = f"{label}: the inventory of HSS is dated in the future ({updated_at}), so a clock is wrong and its age is not known."
            return Finding(0, [], [note], exact=False)
        if age.total_seconds() <= max_age:
            return Finding(0, [], [])
        return Finding(
            1, [], [f"{label}: HSS collected its inventory at {updated_at}. Clusters created since are in no count."]
        )

    return evaluate


def find_unprotected(answer: ScopeData) -> Finding:
    """Return the clusters with a node without a working agent."""
    offenders, unknown = [], 0
    for row in answer.clusters:
        agents = agent_numbers(row)
        if agents is None:
            unknown += 1
        elif agents[1]:
            offenders.append(offender_of(answer, row, f"{agents[1]} of {sum(agents)} nodes have no working agent"))
    # Nothing is known of a cluster that is counted but not listed.
    unknown += max(0, answer.count("all_cluster_num") - len(answer.clusters))
    notes = []
    if unknown:
        notes.append(
            f"{scope_label(answer.scope)}: the list does not say how many nodes of {unknown} clusters have an agent."
        )
    return Finding(len(offenders), offenders, notes, exact=not unknown)
