# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of hss_cluster_scan: print the progress while the module waits."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from ansible import constants
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display

from ..module_utils._argspec import PROGRESS_FILE
from ._action import ActionModule as BaseActionModule


class ActionModule(BaseActionModule):
    """Run the module, and print the progress from the file to which the module appends it."""

    def _execute_module(self, *args: Any, **kwargs: Any) -> Dict[str, Any]:
        variables = kwargs.get("task_vars") or {}
        if not self._shows_progress():
            return dict(super()._execute_module(*args, **kwargs))
        # Imported only here: ansible-core loads the plugin of a task that is skipped too, and compiles it in each run.
        from ._progress import following

        label = _label(variables)
        with following(
            constants.DEFAULT_LOCAL_TMP, lambda text: Display().display(f"{label}: {text}", stderr=True)
        ) as path:
            # A copy, since the task keeps its arguments for the next item of a loop.
            given = kwargs.get("module_args")
            kwargs["module_args"] = {**(self._task.args if given is None else given), PROGRESS_FILE: path}
            return dict(super()._execute_module(*args, **kwargs))

    def _shows_progress(self) -> bool:
        """Return whether the module waits, in the foreground, on this host, and its output may be shown."""
        task = self._task
        waits = boolean(task.args.get("wait", True), strict=False)
        return bool(
            waits
            and self._connection.transport == "local"
            and not task.async_val
            and not task.check_mode
            and not task.no_log
        )


def _label(variables: Mapping[str, Any]) -> str:
    """Return the name of the module, with the host if the play has several."""
    if len(variables.get("ansible_play_hosts_all") or []) < 2:
        return "hss_cluster_scan"
    from ..module_utils._formatting import single_line

    return f"hss_cluster_scan on {single_line(str(variables.get('inventory_hostname')))}"
