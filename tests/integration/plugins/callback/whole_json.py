# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints all results as one JSON document on standard output, as the callback ansible.posix.json does."""

from __future__ import annotations

DOCUMENTATION = """
name: whole_json
type: stdout
short_description: Results as one JSON document
description: Prints it when the playbook ends.
"""

import json

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "whole_json"

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.found = []

    def _keep(self, result, *arguments, **named):
        self.found.append(getattr(result, "result", None) or result._result)

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_unreachable = v2_runner_on_skipped = _keep

    def v2_playbook_on_stats(self, stats):
        self._display.display(json.dumps(self.found, default=str))
