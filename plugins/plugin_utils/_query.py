# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query cluster statistics in this process, for the lookup and the event source. The counterpart of _module.py."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, FrozenSet, Hashable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from ..module_utils._api.client import Client
from ..module_utils._argspec import SCOPE_OPTIONS, SHARED_OPTIONS, read_given
from ..module_utils._errors import ConfigurationError, HostLimitError, HssError
from ..module_utils._formatting import describe_bug, host_limit
from ..module_utils._http.transport import HAS_REQUESTS, IMPORT_FAILURE
from ..module_utils._redaction import IMPLAUSIBLE_SECRET, Secrets
from ..module_utils._statistics import cluster_statistics


class ProblemKind(NamedTuple):
    """The cause of a problem, equal for two problems whose messages differ only in detail. For comparison, not for output."""

    name: str
    service: Optional[str] = None
    operation: Optional[str] = None
    status_code: Optional[int] = None
    error_code: Optional[str] = None
    hint: Optional[str] = None
    failed_scopes: Tuple[Tuple[Any, ...], ...] = ()


# An unexpected exception.
BUG = "bug"
CONFIGURATION = ConfigurationError.__name__


class QueryResult(NamedTuple):
    """The result, or a problem (a redacted message) and its kind.

    `refused` (redacted) is set if the credential was refused, even in only one of several scopes: another query could lock it.
    """

    result: Dict[str, Any]
    problem: Optional[str] = None
    kind: Optional[ProblemKind] = None
    refused: Optional[str] = None


# Messages by credential that was refused in this process. Ansible templates an expression repeatedly: for each item of a loop, for
# each attempt of `until`.
_refused: Dict[Hashable, str] = {}


def look_up(terms: Sequence[Any], options: Mapping[str, Any]) -> Tuple[Optional[str], Dict[str, Any]]:
    """Return a redacted problem or None, and the result."""
    if terms:
        return "it takes no terms, only options such as region='cn-north-4'.", {}
    result = query(options, refused=_refused)
    return result.problem, result.result


def query(
    options: Mapping[str, Any],
    on_start: Optional[Callable[[Client], None]] = None,
    refused: Optional[Dict[Hashable, str]] = None,
) -> QueryResult:
    """Query the statistics once with these options and the current environment and files. Never raises.

    `begun` is called with the client before the first request, so that another thread can end the query with Client.close().
    `refused` contains the credentials that must not be sent again; a refused credential is added to it.
    """
    if not HAS_REQUESTS:
        return _configuration_problem(
            f"the Python library requests is missing for the Python that runs Ansible (pip install requests).{IMPORT_FAILURE}"
        )
    secrets = Secrets()
    invalid = next((name for name, value in options.items() if not (_is_omitted(value) or _is_data(value))), None)
    if invalid is not None:
        return _configuration_problem(f"option {invalid} holds something that is not plain data.")
    given, wrong = read_given(_plain(options), {**SHARED_OPTIONS, **SCOPE_OPTIONS})
    if wrong is not None:
        return _configuration_problem(f"{wrong[0].lower()}{wrong[1:]}")
    for name, spec in SHARED_OPTIONS.items():
        if spec.get("no_log") and isinstance(given.get(name), str):
            secrets.register(given[name])
    result = _answer(given, secrets, on_start, {} if refused is None else refused)
    if result.problem is not None:
        return result._replace(
            problem=secrets.redact(result.problem), refused=result.refused and secrets.redact(result.refused)
        )
    if remove_values(result.result, secrets.values()) != result.result:
        # As in _module.py: Ansible masks nothing in a template or an event.
        from ..module_utils._auth.origins import origins

        origin = origins(given, os.environ, json.dumps(result.result, default=str))
        return _configuration_problem(
            f"the answer holds a value that was given as a secret{origin}, so it cannot be shown. {IMPLAUSIBLE_SECRET}"
        )
    return result


def _answer(
    given: Mapping[str, Any],
    secrets: Secrets,
    on_start: Optional[Callable[[Client], None]],
    refused: Dict[Hashable, str],
) -> QueryResult:
    """Return the result for plain options, not yet redacted."""
    client: Optional[Client] = None
    known: FrozenSet[str] = frozenset()
    params: Dict[str, Any] = {}
    try:
        checked = ArgumentSpecValidator({**SHARED_OPTIONS, **SCOPE_OPTIONS}).validate(given)
        params = checked.validated_parameters
        if checked.error_messages:
            return _configuration_problem(f"the options are not right: {'; '.join(checked.error_messages)}")
        client = Client(params, os.environ, secrets, threads=on_start is not None)
        # A copy, before requests register the secrets that they fetch.
        known = frozenset(secrets.values())
        if refused and _credential(params, known) in refused:
            return _already_rejected(refused[_credential(params, known)])
        if on_start is not None:
            on_start(client)
        result = {**cluster_statistics(client, params), "throttled_seconds": client.throttled_seconds}
        finding = QueryResult(result, refused=_rejection(result["failed_scopes"]))
    except HssError as error:
        finding = _result_of(error)
    except Exception as error:  # pylint: disable=broad-exception-caught
        finding = QueryResult(
            {}, describe_bug(error), ProblemKind(HostLimitError.__name__ if host_limit(error) else BUG)
        )
    finally:
        if client is not None:
            client.close()
    if finding.refused is not None:
        refused.setdefault(_credential(params, known), secrets.redact(finding.problem or finding.refused))
    return finding


def _credential(params: Mapping[str, Any], secrets: FrozenSet[str]) -> Hashable:
    from ._refusals import identity

    return identity(params, secrets)


def _already_rejected(message: str) -> QueryResult:
    problem = f"not asked, since this credential was refused before in the same process, and refusals lock it. It said: {message}"
    return QueryResult({}, problem, ProblemKind(CONFIGURATION), problem)


def _result_of(error: HssError) -> QueryResult:
    problem = error.as_result()["msg"]
    failed = (error.data or {}).get("failed_scopes", [])
    refused = _rejection(failed) if failed else error.status_code == 401
    return QueryResult({}, problem, _kind_of(error), problem if refused else None)


def _rejection(failed_scopes: List[Mapping[str, Any]]) -> Optional[str]:
    """Return label and message of the first scope that refused the credential, or None."""
    if not failed_scopes:
        return None
    from ._refusals import rejection_in

    return rejection_in(failed_scopes)


def _configuration_problem(problem: str) -> QueryResult:
    return QueryResult({}, problem, ProblemKind(CONFIGURATION))


def _kind_of(error: HssError) -> ProblemKind:
    failed: List[Mapping[str, Any]] = (error.data or {}).get("failed_scopes", [])
    keys = ("account", "region", "project_id", "project_name", "enterprise_project_id", "status_code", "error_code")
    return ProblemKind(
        type(error).__name__,
        error.service,
        error.operation,
        error.status_code,
        error.error_code,
        error.hint,
        tuple(tuple(record[key] for key in keys) for record in failed),
    )


def _is_omitted(value: Any) -> bool:
    """Return whether a value is the placeholder of default(omit): an object of ansible-core, or text in older versions."""
    return type(value).__name__.strip("_") in ("Omit", "OmitType") or str(value).startswith("__omit_place_holder__")


def _is_data(value: Any) -> bool:
    """Return whether a value consists of plain data only."""
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and (_is_omitted(entry) or _is_data(entry)) for name, entry in value.items())
    if isinstance(value, (list, tuple)):
        return all(_is_data(entry) for entry in value)
    return value is None or isinstance(value, (str, bool, int, float))


def _plain(value: Any) -> Any:
    """Return the value as plain str, list and dict, without ansible-core's tagged types and omitted entries."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {_plain(name): _plain(entry) for name, entry in value.items() if not _is_omitted(entry)}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value
