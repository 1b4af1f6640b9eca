# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and check the scopes of a task: projects of regions. Pure; nothing is sent."""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Mapping, NamedTuple, Optional, Set, Tuple

from .._errors import ConfigurationError, HssError
from .._settings import (
    ALL_GRANTED,
    Settings,
    bare_text,
    check_enterprise_project_id,
    check_project_id,
    check_region,
    check_text,
)
from .._urls import default_cloud

# Part of a result: what is known about a scope, a cluster, a rule, or the whole run.
Record = Dict[str, Any]

MAX_CONCURRENCY = 64
MAX_DEADLINE = 86400.0
# After this many scopes, or accounts, without a response that shows whether the credential is valid, the others are not queried.
MAX_INCONCLUSIVE = 4
# The keys of an entry of option scopes, and of the record of a scope.
QUERY_KEYS = ("region", "project_id", "project_name", "enterprise_project_id")
SCOPE_KEYS = ("account", *QUERY_KEYS)


class Scope(NamedTuple):
    """A project of a region, with an enterprise project.

    `project_id` is empty until the project is looked up by its name: see resolve_project(). `account` is None without several accounts.
    """

    region: Optional[str]
    project_id: str
    project_name: Optional[str]
    enterprise_project_id: Optional[str]
    account: Optional[str] = None

    def record(self) -> Dict[str, Any]:
        """Return its keys in a result: an unknown project_id is None there."""
        return {**scope_keys(self._asdict()), "project_id": self.project_id or None, "request_id": None}


def failure_record(scope: Scope, error: HssError) -> Dict[str, Any]:
    """Return the record of a scope that could not be queried."""
    return {
        **scope.record(),
        "request_id": error.request_id,
        "msg": error.as_result()["msg"],
        "status_code": error.status_code,
        "error_code": error.error_code,
    }


def common_codes(failed: Collection[Mapping[str, Any]]) -> Dict[str, Any]:
    """Return those of `status_code` and `error_code` that all of these failure records have in common."""
    values = {name: {record[name] for record in failed} for name in ("status_code", "error_code")}
    return {name: found.pop() for name, found in values.items() if len(found) == 1}


def scope_of(record: Mapping[str, Any]) -> Scope:
    """Return the scope of a record of a result or of a verdict."""
    keys = scope_keys(record)
    return Scope(**{**keys, "project_id": keys["project_id"] or ""})


def scope_keys(record: Mapping[str, Any]) -> Dict[str, Any]:
    """Return only the keys of a record that identify its scope."""
    return {"account": record.get("account"), **{name: record[name] for name in QUERY_KEYS}}


def scope_label(record: Mapping[str, Any]) -> str:
    """Return the name of the scope of a result's record, for a message."""
    project = record["project_name"] or record["project_id"]
    names = (record.get("account"), record["region"], project, record["enterprise_project_id"])
    # Imported lazily: only messages need it.
    from .._formatting import single_line

    return "/".join(single_line(name) for name in names if name) or "the task's own project"


def check_scope_options(params: Mapping[str, Any]) -> None:
    """Check the options that go with scopes, before anything is sent."""
    if params.get("scopes") is not None and params.get("all_projects"):
        raise ConfigurationError(
            "Option scopes and option all_projects are given: all_projects asks about every project."
        )
    if not 1 <= params["concurrency"] <= MAX_CONCURRENCY:
        raise ConfigurationError(f"Option concurrency must be a whole number from 1 to {MAX_CONCURRENCY}.")
    deadline = params.get("deadline")
    # NaN is in no range.
    if deadline is not None and not 0 < deadline <= MAX_DEADLINE:
        raise ConfigurationError(f"Option deadline must be above 0 and at most {MAX_DEADLINE:.0f} seconds.")


def first_region(scopes: Optional[List[Mapping[str, Any]]], settings: Settings) -> Optional[str]:
    """Return the region whose IAM knows the credential if the task names none; raise ConfigurationError for two clouds."""
    regions = [entry["region"].strip() for entry in scopes or [] if entry and (entry.get("region") or "").strip()]
    clouds = {default_cloud(region) for region in regions}
    if len(clouds) > 1 and not (settings.cloud or settings.iam_endpoint or settings.region):
        raise ConfigurationError(
            f"Option scopes names regions of two clouds ({', '.join(sorted(clouds))}), whose accounts are separate.",
            hint="Query them in two tasks, each with its own credential.",
        )
    return regions[0] if regions else None


def default_scope(settings: Settings, project_id: Optional[str]) -> Scope:
    """Return the scope that the task's own options name; `project_id` is theirs, or that of the credential's source."""
    return Scope(settings.region, project_id or "", settings.project_name, settings.enterprise_project_id)


def read_scopes(given: List[Mapping[str, Any]], default: Scope) -> List[Scope]:
    """Return the given scopes, completed with the options of the task. Raises ConfigurationError."""
    if not given:
        raise ConfigurationError("Option scopes is an empty list: give at least one scope, or leave it out.")
    scopes = [_read(entry or {}, f"Option scopes[{number}]", default) for number, entry in enumerate(given)]
    reject_overlaps(scopes)
    return scopes


def reject_overlaps(scopes: List[Scope]) -> None:
    """Raise ConfigurationError for two scopes with the same clusters, which would be counted twice and could satisfy a minimum."""
    seen: Dict[Tuple[Optional[str], ...], Set[str]] = {}
    for scope in scopes:
        # A project that was not looked up yet is identified by region and name.
        project = (scope.project_id,) if scope.project_id else (None, scope.region, scope.project_name)
        # Without an enterprise project the cloud uses the default one, 0.
        wanted = scope.enterprise_project_id or "0"
        others = seen.setdefault(project, set())
        if wanted in others or (others and ALL_GRANTED in others | {wanted}):
            name = scope.project_id or scope.project_name or scope.region or "(the task's own)"
            raise ConfigurationError(
                f"Two scopes count the same clusters of project {name}: enterprise project {wanted} beside "
                f"{', '.join(sorted(others))}.",
                hint="Leave one of them out.",
            )
        others.add(wanted)


def _read(entry: Mapping[str, Any], origin: str, default: Scope) -> Scope:
    # An empty value usually comes from a variable that is not set. Ignoring it would query another project.
    blank = next((name for name in QUERY_KEYS if isinstance(entry.get(name), str) and not entry[name].strip()), None)
    if blank is not None:
        raise ConfigurationError(
            f"{origin}.{blank} is {'blank' if entry[blank] else 'empty'}: give it a value, or leave it out."
        )
    region, project_id, project_name, enterprise_project_id = (bare_text(entry.get(n), "") for n in QUERY_KEYS)
    check_region(region, f"{origin}.region")
    check_project_id(project_id, f"{origin}.project_id")
    check_text(project_name, f"{origin}.project_name")
    check_enterprise_project_id(enterprise_project_id, f"{origin}.enterprise_project_id")
    if not (region or project_id or project_name):
        project_id, project_name = default.project_id, default.project_name
    # A scope that names a region or a project does not inherit the project of the task, which is another one.
    eps = enterprise_project_id or default.enterprise_project_id
    return Scope(region or default.region, project_id or "", project_name, eps)


def scope_query(scope: Scope) -> List[Tuple[str, str]]:
    """Return the query parameters of a scope."""
    return [("enterprise_project_id", scope.enterprise_project_id)] if scope.enterprise_project_id else []
