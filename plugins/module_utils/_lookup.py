# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a lookup's options to its result, in the controller's own process. The lookup's counterpart of _module.py."""

from __future__ import annotations

import os
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ._bug import describe_bug
from ._client import Client
from ._errors import HssError
from ._http import HAS_REQUESTS
from ._options import SHARED_OPTIONS, SWEEP_OPTIONS
from ._redaction import Secrets
from ._statistics import cluster_statistics


def look_up(terms: Sequence[Any], options: Mapping[str, Any]) -> Tuple[Optional[str], Dict[str, Any]]:
    """What is wrong, redacted, or None; and the result."""
    if terms:
        return "it takes no terms, only options such as region='cn-north-4'.", {}
    if not HAS_REQUESTS:
        return "the Python library requests is missing for the Python that runs Ansible (pip install requests).", {}
    secrets = Secrets()
    stranger = next((name for name, value in options.items() if not (_is_omitted(value) or _is_data(value))), None)
    if stranger is not None:
        return f"option {stranger} holds something that is not plain data.", {}
    given = {name: value for name, value in _plain(options).items() if value != ""}
    for name, spec in SHARED_OPTIONS.items():
        if spec.get("no_log") and isinstance(given.get(name), str):
            secrets.register(given[name])
    problem = None
    result: Dict[str, Any] = {}
    try:
        checked = ArgumentSpecValidator({**SHARED_OPTIONS, **SWEEP_OPTIONS}).validate(given)
        params = checked.validated_parameters
        if checked.error_messages:
            problem = f"the options are not right: {'; '.join(checked.error_messages)}"
        else:
            result = cluster_statistics(Client(params, os.environ, secrets), params)
    except HssError as error:
        problem = error.as_result()["msg"]
    except Exception as error:  # pylint: disable=broad-exception-caught
        problem = describe_bug(error)
    return (None if problem is None else secrets.redact(problem)), result


def _is_omitted(value: Any) -> bool:
    """What default(omit) leaves where it stands in a lookup: an object of ansible-core's, or a text in older versions."""
    return type(value).__name__.strip("_") in ("Omit", "OmitType") or str(value).startswith("__omit_place_holder__")


def _is_data(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and (_is_omitted(entry) or _is_data(entry)) for name, entry in value.items())
    if isinstance(value, (list, tuple)):
        return all(_is_data(entry) for entry in value)
    return value is None or isinstance(value, (str, bool, int, float))


def _plain(value: Any) -> Any:
    """Plain text, lists and dictionaries: a template's values carry tags, and the wire takes none of them."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {_plain(name): _plain(entry) for name, entry in value.items() if not _is_omitted(entry)}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value
