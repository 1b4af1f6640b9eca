# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task to its result: options, client, and failing well. The only importer of AnsibleModule."""

from __future__ import annotations

import gc

# Imports make much that stays, and the collector goes through all of it again and again, at the end of the process once more:
# a quarter of what a task costs beside an empty one. So it rests until run_module(). Modules import this room first.
gc.disable()

import json
import os
from typing import Any, Callable, Dict, Iterable, Mapping, Optional

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.parsing.convert_bool import boolean

from ._api.client import Client
from ._argspec import SHARED_OPTIONS, read_given
from ._errors import ConfigurationError, HssError
from ._http.transport import HAS_REQUESTS, IMPORT_FAILURE
from ._redaction import MIN_RECOGNISABLE_LENGTH, Secrets
from ._settings import PATH_OPTIONS

Collect = Callable[[Client, Mapping[str, Any]], Dict[str, Any]]
Before = Callable[[Mapping[str, Any]], None]


def run_module(
    collect: Collect,
    options: Optional[Dict[str, Any]] = None,
    threads: bool = False,
    before: Optional[Before] = None,
) -> None:
    """Run one module: `collect` makes the result from a client and the options; `options` are the module's own.

    `threads`: it reads lists, whose pages are fetched at once. `before` is called with the options as they were given, before
    anything that can fail, but not in check mode.
    """
    gc.freeze()
    gc.enable()
    module = _Module({**SHARED_OPTIONS, **(options or {})}, before)
    if not HAS_REQUESTS:
        missing = missing_required_lib("requests", url="https://pypi.org/project/requests/")
        module.fail_json(msg=f"{missing}{IMPORT_FAILURE}")
    secrets = Secrets()
    result: Dict[str, Any] = {}
    failure = client = None
    try:
        if module.problem is not None:
            raise module.problem
        client = Client(module.params, os.environ, secrets, threads=threads, check_mode=module.check_mode)
        result = {"changed": False, "auth_source": client.auth_source, **collect(client, module.params)}
    except HssError as error:
        failure = error.as_result()
    except (
        KeyboardInterrupt
    ):  # pragma: no cover - a process that is interrupted shows it, see integration/test_many_scopes
        failure = {"msg": "Interrupted. Nothing was concluded about any cluster."}
    except Exception as error:  # pylint: disable=broad-exception-caught
        from ._formatting import describe_bug

        failure = {"msg": secrets.redact(describe_bug(error))}
    # AnsibleModule masks these in whatever it prints. A copy: a thread that was given up may still register one.
    module.no_log_values.update(secrets.values())
    # Outside of the except block: ansible-core would add the pending exception's traceback at high verbosity.
    if failure is not None:
        if client is not None:
            failure["auth_source"] = client.auth_source
        module.fail_json(**failure)
    if _contains_secret(result, module.no_log_values):
        # A masked count is text, and text | int is a zero: what hides a part of the answer must not look like one.
        module.fail_json(
            msg="The answer holds a value that this task was given as a secret, so it cannot be shown. The secret is too short or "
            "too common to be one: correct it, or unset the option or variable that holds it.",
            auth_source=result["auth_source"],
        )
    module.exit_json(**result)


def _contains_secret(result: Mapping[str, Any], secrets: Iterable[str]) -> bool:
    """Whether AnsibleModule would mask anything of it.

    remove_values() knows, and takes longer for a long list than reading it from the cloud did. So it is asked only about what may
    hold one. JSON writes each character by itself: what is in a value is in the text too.
    """
    try:
        text = json.dumps(result, allow_nan=False)
        if not any(json.dumps(secret)[1:-1] in text for secret in secrets):
            return False
    except (TypeError, ValueError, RecursionError):
        # What JSON cannot write, or writes unlike text.
        pass
    masked: bool = remove_values(result, secrets) != result
    return masked


class _Module(AnsibleModule):  # type: ignore[misc]
    """AnsibleModule that looks at the options as they were given, before it validates and converts them.

    `problem`: what is wrong with them, or what `before` failed with. It is raised when everything that must not be shown is known.
    """

    params: Dict[str, Any]

    def __init__(self, spec: Mapping[str, Mapping[str, Any]], before: Optional[Before]) -> None:
        self.problem: Optional[HssError] = None
        self._before = before
        self._before_failed = ""
        super().__init__(argument_spec=dict(spec), supports_check_mode=True)

    def _load_params(self) -> None:
        super()._load_params()
        internal = {name: value for name, value in self.params.items() if name.startswith("_ansible")}
        options = {name: value for name, value in self.params.items() if name not in internal}
        # Where another option is refused, ansible-core prints all of them before anything of ours is reached, and where a list of
        # dictionaries holds something else, before it has collected what not to print.
        secrets = Secrets()
        for name in ("endpoint", "iam_endpoint"):
            if isinstance(options.get(name), str):
                secrets.register_url(options[name])
        secrets.register(
            *(str(value) for name, value in options.items() if self.argument_spec.get(name, {}).get("no_log") and value)
        )
        for name in PATH_OPTIONS:
            if options.get(name):
                from ._paths import secret_in_place_of_path

                # A file's content where its path belongs.
                secrets.register(secret_in_place_of_path(options[name]))
        # The value of a mistyped option, such as secret_kye, may be a secret. A short one would mask parts of the message.
        unknown = [value for name, value in options.items() if name not in self.argument_spec]
        secrets.register(
            *(value for value in unknown if isinstance(value, str) and len(value) >= MIN_RECOGNISABLE_LENGTH)
        )
        self.no_log_values.update(secrets.values())
        kept, problem = read_given(options, self.argument_spec)
        self.params = {**internal, **kept}
        if problem is not None:
            self.problem = ConfigurationError(problem)
        if self._before is not None and not boolean(internal.get("_ansible_check_mode", False), strict=False):
            self._call_before(self._before, options)

    def _call_before(self, before: Before, options: Mapping[str, Any]) -> None:
        try:
            before(options)
        except HssError as error:
            self._before_failed = f"{error.as_result()['msg']} "
            self.problem = self.problem or error

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """Fail, and say also that `before` failed, whatever else is wrong."""
        if self._before_failed.strip() not in msg:
            msg = f"{self._before_failed}{msg}"
        super().fail_json(msg=msg, **kwargs)
