# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module: read the options, create the client, report the result or the failure. The only importer of AnsibleModule."""

from __future__ import annotations

import gc

# Disable garbage collection during imports: the objects are permanent, and collecting them costs about 30 ms per task.
# run_module() freezes them and re-enables it. Modules import this file first.
gc.disable()

import json
import os
from typing import Any, Callable, Dict, Iterable, Mapping, Optional

from ansible.module_utils import ansible_release
from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.parsing.convert_bool import boolean

from ._api.client import Client
from ._argspec import PROGRESS_FILE, SHARED_OPTIONS, read_given, unknown_texts
from ._errors import ConfigurationError, HssError
from ._http.transport import HAS_REQUESTS, IMPORT_FAILURE
from ._redaction import MASK, MIN_MASKED_LENGTH, MIN_RECOGNISABLE_LENGTH, Redact, Secrets
from ._settings import PATH_OPTIONS

Collect = Callable[[Client, Mapping[str, Any]], Dict[str, Any]]
Before = Callable[[Mapping[str, Any]], None]
# Takes the result of a failed run and a function that redacts text; returns the completed result.
OnFailure = Callable[[Dict[str, Any], Redact], Dict[str, Any]]
ANSIBLE_CORE: str = ansible_release.__version__


def run_module(
    collect: Collect,
    options: Optional[Dict[str, Any]] = None,
    threads: bool = False,
    before: Optional[Before] = None,
    on_failure: Optional[OnFailure] = None,
) -> None:
    """Run one module: `collect` returns the result from a client and the options; `options` are the module's own.

    `threads`: fetch the pages of lists concurrently. `before` is called with the options as given, before anything that can
    fail, but not in check mode. `on_failure` completes the result of any failure.
    """
    gc.freeze()
    gc.enable()
    module = _Module({**SHARED_OPTIONS, **(options or {})}, before, on_failure)
    secrets = module.secrets
    if not HAS_REQUESTS:
        missing = missing_required_lib("requests", url="https://pypi.org/project/requests/")
        module.fail_json(msg=f"{missing}{IMPORT_FAILURE}")
    result: Dict[str, Any] = {}
    failure = client = None
    try:
        if module.problem is not None:
            raise module.problem
        client = Client(module.params, os.environ, secrets, None, threads, module.check_mode, module.progress_file)
        result = {"changed": False, **collect(client, module.params)}
    except HssError as error:
        failure = error.as_result()
    except (
        KeyboardInterrupt
    ):  # pragma: no cover - a process that is interrupted shows it, see integration/test_many_scopes
        failure = {"msg": "Interrupted. Nothing was concluded about any cluster."}
    except Exception as error:  # pylint: disable=broad-exception-caught
        from ._formatting import describe_bug

        failure = {"msg": secrets.redact(describe_bug(error))}
    # AnsibleModule masks these in its output. It is a copy, since an abandoned thread may still register a secret.
    module.no_log_values.update(secrets.masked_values())
    known = _about(client)
    # Outside the except block, since ansible-core would add the traceback of a pending exception at high verbosity.
    if failure is not None:
        module.fail_json(**{**failure, **known})
    if _contains_secret(result, {*module.no_log_values, *secrets.values()}):
        # A masked count would be text, and text | int is 0 in a template, so fail rather than return a masked result.
        from ._auth.origins import secret_found

        text = json.dumps(result, default=str)
        problem = secret_found("The answer", "it cannot be shown", module.params, os.environ, text)
        module.fail_json(**{"msg": problem, **known})
    module.exit_json(**{**result, **known})


def _about(client: Optional[Client]) -> Dict[str, Any]:
    """Return what every result says about the task, whether it succeeded or failed."""
    if client is None:
        return {"throttled_seconds": 0.0}
    return {"throttled_seconds": client.throttled_seconds, "auth_source": client.auth_source}


def _contains_secret(result: Mapping[str, Any], secrets: Iterable[str]) -> bool:
    """Return whether AnsibleModule would mask a part of the result.

    remove_values() decides, but takes longer for a long list than reading it from the cloud. So it is called only if the JSON
    text may contain a secret. JSON encodes each character separately, so a substring of a value is a substring of the text.
    """
    try:
        text = json.dumps(result, allow_nan=False)
        if not any(json.dumps(secret)[1:-1] in text for secret in secrets):
            return False
    except (TypeError, ValueError, RecursionError):
        # Values that JSON cannot encode, or encodes differently from str().
        pass
    masked: bool = remove_values(result, secrets) != result
    return masked


class _Module(AnsibleModule):  # type: ignore[misc]
    """AnsibleModule that inspects the options as given, before it validates and converts them.

    `problem`: the error of an option or of `before`. run_module() raises it once all secrets are registered.
    """

    params: Dict[str, Any]

    def __init__(
        self, spec: Mapping[str, Mapping[str, Any]], before: Optional[Before], on_failure: Optional[OnFailure]
    ) -> None:
        self.secrets = Secrets()
        self.problem: Optional[HssError] = None
        self._before = before
        self._on_failure = on_failure
        self._before_failed = ""
        self.progress_file: Optional[str] = None
        super().__init__(argument_spec=dict(spec), supports_check_mode=True)
        # AnsibleModule would mask a short secret inside words and numbers too. It is masked in the invocation only, see _hide_short_secrets().
        self.no_log_values.difference_update([value for value in self.no_log_values if len(value) < MIN_MASKED_LENGTH])

    def _load_params(self) -> None:
        super()._load_params()
        internal = {name: value for name, value in self.params.items() if name.startswith("_ansible")}
        # Set by the action plugin only, and no option of the module.
        self.progress_file = internal.pop(PROGRESS_FILE, None)
        options = {name: value for name, value in self.params.items() if not name.startswith("_ansible")}
        # If ansible-core rejects an option, it prints all options before our code runs, and if a list of dictionaries contains
        # another type, before it has collected the no_log values. So the secrets are registered here.
        secrets = self.secrets
        for name in ("endpoint", "iam_endpoint"):
            if isinstance(options.get(name), str):
                secrets.register_url(options[name])
        secrets.register(
            *(str(value) for name, value in options.items() if self.argument_spec.get(name, {}).get("no_log") and value)
        )
        for name in PATH_OPTIONS:
            if options.get(name):
                from ._paths import secret_in_place_of_path

                # The content of a file, given in place of its path.
                secrets.register(secret_in_place_of_path(options[name]))
        # The value of a mistyped option, such as secret_kye, may be a secret. A short one would mask parts of the message.
        unknown = unknown_texts(options, self.argument_spec)
        secrets.register(*(text for text in unknown if len(text) >= MIN_RECOGNISABLE_LENGTH))
        self.no_log_values.update(secrets.masked_values())
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
        except Exception as error:  # pylint: disable=broad-exception-caught
            from ._formatting import describe_bug

            self.problem = HssError(self.secrets.redact(describe_bug(error)))

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """Fail, with the message of a failed `before` in front of any other."""
        if self._before_failed.strip() not in msg:
            msg = f"{self._before_failed}{msg}"
        failure = {**kwargs, "msg": msg}
        if self._on_failure is not None:
            # Redacted before it is cut, since AnsibleModule would not mask a part of a secret.
            failure = self._on_failure(failure, self.secrets.redact)
        self._hide_short_secrets()
        super().fail_json(**failure)

    def exit_json(self, **kwargs: Any) -> None:
        """Exit with the result."""
        self._hide_short_secrets()
        super().exit_json(**kwargs)

    def _hide_short_secrets(self) -> None:
        """Mask short secrets in the options, which ansible-core prints as the invocation."""
        secret = {name for name, spec in self.argument_spec.items() if spec.get("no_log")}
        for name, value in self.params.items():
            if name in secret and value is not None and len(str(value)) < MIN_MASKED_LENGTH:
                self.params[name] = MASK
