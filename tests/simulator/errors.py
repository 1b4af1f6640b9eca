# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors in scenarios."""

from __future__ import annotations


class ScenarioError(ValueError):
    """The scenario, or a fault of it, does not say something that the simulator can play."""
