# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identify one run of the gate: an ID, and when it started."""

from __future__ import annotations

import os
from typing import NamedTuple

from .._clock import Clock, timestamp


class Run(NamedTuple):
    """One run of the gate. Every report carries `run_id`, 32 hexadecimal digits; `started_at` is ISO 8601 in UTC."""

    run_id: str
    started_at: str


def start_run() -> Run:
    """Return a new run, which starts now by the clock of the host."""
    clock = Clock()
    return Run(os.urandom(16).hex(), timestamp(clock.now()))
