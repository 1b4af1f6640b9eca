# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task to its result: options, client, and failing well. The only importer of AnsibleModule."""

from __future__ import annotations

import os
import traceback
from typing import Any, Callable, Dict, Optional

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._client import Client
from ._errors import HssError
from ._http import HAS_REQUESTS
from ._options import SHARED_OPTIONS
from ._redaction import Secrets

Collect = Callable[[Client], Dict[str, Any]]


def run_module(collect: Collect, options: Optional[Dict[str, Any]] = None) -> None:
    """Run one module: `collect` makes the result from a client; `options` are the module's own."""
    module = AnsibleModule(argument_spec={**SHARED_OPTIONS, **(options or {})}, supports_check_mode=True)
    if not HAS_REQUESTS:
        module.fail_json(msg=missing_required_lib("requests", url="https://pypi.org/project/requests/"))
    # AnsibleModule masks these in whatever it prints.
    secrets = Secrets(on_register=module.no_log_values.update)
    result: Dict[str, Any] = {}
    failure = client = None
    try:
        client = Client(module.params, os.environ, secrets)
        result = {"changed": False, **collect(client)}
    except HssError as error:
        failure = error.as_result()
    except Exception as error:  # pylint: disable=broad-exception-caught
        failure = {"msg": secrets.redact(_bug(error))}
    # Outside of the except block: ansible-core would add the pending exception's traceback at high verbosity.
    if failure is not None:
        if client is not None:
            failure["auth_source"] = client.auth_source
        module.fail_json(**failure)
    module.exit_json(**result)


def _bug(error: Exception) -> str:
    """Where it happened, by file and line only: a traceback's own text may quote values."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " > ".join(f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return (
        f"This is a bug in huaweicloud.hss: {type(error).__name__}: {error} (at {places}). "
        "Please report it with this message; nothing was concluded about any cluster."
    )
