# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes every task's whole result as a line of JSON, to be read, and searched for secrets, by the tests."""

from __future__ import annotations

DOCUMENTATION = """
name: results
type: notification
short_description: Results as lines of JSON
description: Writes them to the file that the environment variable HSS_TEST_RESULTS names.
"""

import json
import os

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results"

    def _write(self, result, *arguments, **named):
        data = getattr(result, "result", None) or result._result
        with open(os.environ["HSS_TEST_RESULTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(data, default=str) + "\n")

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_unreachable = v2_runner_on_skipped = _write
