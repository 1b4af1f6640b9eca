# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of every module, for what only the controller knows.

That is the result of earlier items of a loop, the folder in which ansible-playbook was started, and the variables of the role.
"""

from __future__ import annotations

import datetime
import os
from typing import Any, Dict, Mapping, Optional

from ansible.plugins.action.normal import ActionModule as NormalActionModule

from ..module_utils._argspec import CREDENTIAL_OPTIONS
from ..module_utils._paths import RELATIVE_PATH, secret_content
from ._role_variables import OMITTED, invalid_variables, mistyped_variables, module_arguments, role_options

GATE_ROLE = "huaweicloud.hss.cluster_scan_gate"

# Options that name files which must exist. Their value may be a secret, given by mistake in place of a path.
_FILES = ("ca_path", "credentials_file", "koocli_config")
_MAX_PATH_LENGTH = 255  # characters
_UNAUTHORIZED = 401
_KEPT = ("status_code", "error_code", "service", "operation", "auth_source")

# Failed results by refused credential. Each task of each host runs in its own process, which handles the items of the loop one
# after the other, so this is the state of one task.
_refused: Dict[str, Dict[str, Any]] = {}


class ActionModule(NormalActionModule):  # type: ignore[misc]
    """Run the module; for a task of the role, with the role's variables.

    The module is not run if its credential was refused for an earlier item of the loop, since five refusals lock an access key.
    """

    def run(self, tmp: Optional[str] = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        role = self._task._role
        is_local = self._connection.transport == "local"
        if role is not None and role.get_name() == GATE_ROLE:
            problem = self._apply_role_variables(task_vars or {})
            if problem is not None:
                return {"failed": True, "changed": False, "msg": problem}
            if is_local:
                self._task.args = with_absolute_paths(self._task.args)
        credential = self._credential()
        if credential in _refused:
            return not_run(_refused[credential])
        result: Dict[str, Any] = super().run(tmp, task_vars)
        if is_local and RELATIVE_PATH in f"{result.get('msg')} {result.get('verdict')}":
            name_start_folder(result, os.getcwd())
        if result.get("status_code") == _UNAUTHORIZED:
            _refused[credential] = result
        return result

    def _apply_role_variables(self, variables: Mapping[str, Any]) -> Optional[str]:
        """Add the role's variables to the arguments of the task. Return a message if one of them is not valid, else None."""
        problem = mistyped_variables(variables)
        if problem is not None:
            return problem
        templar = self._templar.copy_with_new_env(available_variables={**variables, "omit": OMITTED})
        options = role_options(variables, templar.template)
        problem = invalid_variables(options)
        if problem is None:
            module = str(self._task.action).rpartition(".")[2]
            self._task.args = module_arguments(module, options, self._task.args)
        return problem

    def _credential(self) -> str:
        """Return a key for the credential that the module will find. An agency does not matter: it is assumed with that credential."""
        given = {name: self._task.args.get(name) for name in CREDENTIAL_OPTIONS if not name.startswith("agency_")}
        return repr((given, self._task.environment, self._task.delegate_to, self._play_context.become_user))


def not_run(refusal: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the failed result of an item that is not run. `refusal`: the result of the earlier item."""
    return {
        **{name: refusal[name] for name in _KEPT if name in refusal},
        "failed": True,
        "changed": False,
        "msg": "Not asked: this credential was refused for an earlier item of this task, and refused signatures lock an access key. "
        "Correct the credential, then run the task again.",
    }


def name_start_folder(result: Dict[str, Any], folder: str) -> None:
    """Add to the messages of a failed result in which folder ansible-playbook was started.

    The message of a verdict may be cut before the sentence on relative paths, which its summary has.
    """
    sentence = f" ansible-playbook was started in {folder}."
    result["msg"] = f"{result.get('msg')}{sentence}"
    verdict = result.get("verdict")
    if isinstance(verdict, dict):
        verdict["message"] += sentence
        verdict["summary"] = [line + sentence if RELATIVE_PATH in line else line for line in verdict["summary"]]


def with_absolute_paths(args: Mapping[str, Any]) -> Dict[str, Any]:
    """Return a copy of the arguments with relative paths resolved against the working directory of this process.

    A module on localhost runs in the folder of the playbook and would resolve them against that. A value that does not look like
    a path is not changed, so that the module reports it without showing it.
    """
    given = {name: _as_text(value) if name == "report_dir" else value for name, value in args.items()}
    return {name: os.path.abspath(value) if _is_relative(name, value) else value for name, value in given.items()}


def _as_text(value: Any) -> Any:
    """Return a number or a date, which YAML makes of some names of folders, as text; anything else unchanged."""
    return str(value) if isinstance(value, (int, float, datetime.date)) and not isinstance(value, bool) else value


def _is_relative(name: str, value: Any) -> bool:
    """Return whether the value of this option is a relative path to resolve here."""
    if name != "report_dir" and name not in _FILES:
        return False
    # The module itself expands ~ and variables, as the user that it runs as.
    if not isinstance(value, str) or not value or value[0] in "/~$":
        return False
    if name == "report_dir":
        return not secret_content(value)
    shown = len(value) <= _MAX_PATH_LENGTH and value.isprintable()
    return shown and (os.path.exists(value) or bool(os.path.splitext(value)[1]))
