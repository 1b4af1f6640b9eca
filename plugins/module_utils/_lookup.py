# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From options to a result in this very process, for the lookup and the event source. The counterpart of _module.py."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from ._bug import describe_bug
from ._client import Client
from ._errors import ConfigurationError, HssError
from ._given import read_given
from ._http import HAS_REQUESTS
from ._options import SHARED_OPTIONS, SWEEP_OPTIONS
from ._redaction import Secrets
from ._statistics import cluster_statistics


class Kind(NamedTuple):
    """What two problems of the same cause have in common, though their words may differ. For comparing, not for showing."""

    name: str
    service: Optional[str] = None
    operation: Optional[str] = None
    status_code: Optional[int] = None
    error_code: Optional[str] = None
    hint: Optional[str] = None
    failed_scopes: Tuple[Tuple[Any, ...], ...] = ()


# Something that nobody foresaw.
BUG = "bug"
CONFIGURATION = ConfigurationError.__name__


class Finding(NamedTuple):
    """The result, or what is wrong (redacted) and of which kind that is."""

    result: Dict[str, Any]
    problem: Optional[str] = None
    kind: Optional[Kind] = None


def look_up(terms: Sequence[Any], options: Mapping[str, Any]) -> Tuple[Optional[str], Dict[str, Any]]:
    """What is wrong, redacted, or None; and the result."""
    if terms:
        return "it takes no terms, only options such as region='cn-north-4'.", {}
    finding = ask(options)
    return finding.problem, finding.result


def ask(options: Mapping[str, Any]) -> Finding:
    """One question with these options and with the environment and the files as they are now."""
    if not HAS_REQUESTS:
        return _not_right(
            "the Python library requests is missing for the Python that runs Ansible (pip install requests)."
        )
    secrets = Secrets()
    stranger = next((name for name, value in options.items() if not (_is_omitted(value) or _is_data(value))), None)
    if stranger is not None:
        return _not_right(f"option {stranger} holds something that is not plain data.")
    given, wrong = read_given(_plain(options), {**SHARED_OPTIONS, **SWEEP_OPTIONS})
    if wrong is not None:
        return _not_right(f"{wrong[0].lower()}{wrong[1:].rstrip('.')}.")
    for name, spec in SHARED_OPTIONS.items():
        if spec.get("no_log") and isinstance(given.get(name), str):
            secrets.register(given[name])
    problem = kind = None
    result: Dict[str, Any] = {}
    try:
        checked = ArgumentSpecValidator({**SHARED_OPTIONS, **SWEEP_OPTIONS}).validate(given)
        params = checked.validated_parameters
        if checked.error_messages:
            problem, kind = f"the options are not right: {'; '.join(checked.error_messages)}", Kind(CONFIGURATION)
        else:
            result = cluster_statistics(Client(params, os.environ, secrets), params)
    except HssError as error:
        problem, kind = error.as_result()["msg"], _kind_of(error)
    except Exception as error:  # pylint: disable=broad-exception-caught  # pragma: no cover - a bug
        problem, kind = describe_bug(error), Kind(BUG)
    if problem is not None:
        return Finding({}, secrets.redact(problem), kind)
    if remove_values(result, secrets.values()) != result:
        # As in _module.py. Nothing masks what a template or an event holds.
        return _not_right(
            "the answer holds a value that was given as a secret, so it cannot be shown. The secret is too short or too common to "
            "be one: correct it, or unset the option or variable that holds it."
        )
    return Finding(result)


def _not_right(problem: str) -> Finding:
    return Finding({}, problem, Kind(CONFIGURATION))


def _kind_of(error: HssError) -> Kind:
    failed: List[Mapping[str, Any]] = (error.data or {}).get("failed_scopes", [])
    keys = ("region", "project_id", "project_name", "enterprise_project_id", "status_code", "error_code")
    return Kind(
        type(error).__name__,
        error.service,
        error.operation,
        error.status_code,
        error.error_code,
        error.hint,
        tuple(tuple(record[key] for key in keys) for record in failed),
    )


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
