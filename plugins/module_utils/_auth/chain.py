# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which source the credential comes from. One credential, whole, from one source; the first in the order that is begun."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, List, Mapping, NamedTuple, Optional

from .._errors import ConfigurationError
from .._options import check_project_id, check_url
from .._redaction import Secrets
from .base import Context, Credential, Found
from .sources import SOURCES, Source
from .values import Values

if TYPE_CHECKING:
    # Ansible packs what a module names in an import, wherever it stands; these are imported by _find().
    from . import aksk, ecs_metadata, koocli_file, password, pod_identity, sdk_env, sdk_file, terraform_env, token  # noqa: F401

AGENCY_OPTIONS = ("agency_name", "agency_domain_name", "agency_domain_id", "agency_duration")

_OPENSTACK = ("OS_AUTH_TOKEN", "OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_USERNAME", "OS_PASSWORD")


class Resolved(NamedTuple):
    """The credential and what its source says beside it; `source` is the result's auth_source."""

    source: str
    credential: Credential
    project_id: Optional[str]
    iam_endpoint: Optional[str]
    hint: Optional[str]


def register_secrets(params: Mapping[str, Any], environ: Mapping[str, str], secrets: Secrets) -> None:
    """Every secret of every source, chosen or not, before anything can be shown. Those in files follow when one is read."""
    for source in SOURCES:
        secrets.register(*(params.get(name) for name in source.secret_options))
        secrets.register(*(environ.get(name) for name in source.secret_variables))


def resolve(context: Context) -> Resolved:
    """The source that `auth_method` names, or the first that is begun; begun but not whole is an error, never skipped.

    Nothing is sent: a credential that has to be fetched is fetched at its first use.
    """
    method = context.params["auth_method"]
    _refuse_mixed_options(method, context.params)
    lacking = []
    for source in SOURCES:
        if method not in ("auto", source.name):
            continue
        found = _find(source.name, context) if _is_begun(source, context) else None
        if found is not None:
            return _resolved(source.name, found, context)
        lacking.append(f"{source.name} (not set: {source.lacks})")
    raise ConfigurationError(
        f"No credentials found. Looked at: {'; '.join(lacking)}.", hint=_nothing_found_hint(context.environ)
    )


def _resolved(source: str, found: Found, context: Context) -> Resolved:
    for other in SOURCES:
        alone = [name for name in other.further_options if context.params.get(name)]
        if alone and other.name != source:
            raise ConfigurationError(
                f"Option {alone[0]} is given, and the credential comes from {source}.",
                hint=f"Set {other.options[0]}, or auth_method={other.name}.",
            )
    check_project_id(found.project_id, found.project_origin)
    check_url(found.iam_endpoint, found.iam_endpoint_origin)
    agency = found.agency
    options = {name: context.params.get(name) for name in AGENCY_OPTIONS}
    if any(options[name] for name in AGENCY_OPTIONS[:3]):
        from .agency import wanted_agency

        duration = options["agency_duration"]
        agency = wanted_agency(
            Values("Option", {**options, "agency_duration": None if duration is None else str(duration)}),
            *AGENCY_OPTIONS,
        )
    if agency is None:
        return Resolved(source, found.credential, found.project_id, found.iam_endpoint, found.hint)
    from .agency import assumed_keys

    # The source's own project is the caller's, and the agency's keys are for another account.
    credential = assumed_keys(found.credential, agency, context.network())
    return Resolved(source, credential, None, found.iam_endpoint, found.hint)


def _is_begun(source: Source, context: Context) -> bool:
    if any(context.params.get(name) for name in source.options):
        return True
    if any(context.environ.get(name) for name in source.variables):
        return True
    if source.name == "sdk_file":
        from .sdk_file import default_file_exists

        return context.params["auth_method"] == source.name or default_file_exists()
    return context.params["auth_method"] == source.name and source.name in ("koocli_file", "ecs_metadata")


def _find(name: str, context: Context) -> Optional[Found]:
    """Only the room that is entered is imported: each is compiled anew in every run."""
    room = importlib.import_module(f".{name}", __package__)
    found: Optional[Found] = room.find(context)
    return found


def _refuse_mixed_options(method: str, params: Mapping[str, Any]) -> None:
    given = {
        source.name: [name for name in (*source.options, *source.further_options) if params.get(name)]
        for source in SOURCES
    }
    used = [name for name, options in given.items() if options]
    strangers = used[1:] if method == "auto" else [name for name in used if name != method]
    if not strangers:
        return
    all_given: List[str] = [option for options in given.values() for option in options]
    first = f"source {used[0]}" if method == "auto" else f"auth_method={method}"
    raise ConfigurationError(
        f"The options {', '.join(all_given)} are given: {first} does not go with source {strangers[0]}.",
        hint="Give the options of one source only.",
    )


def _nothing_found_hint(environ: Mapping[str, str]) -> str:
    hint = "They are read on the host that runs the module; set options, or variables there."
    openstack = [name for name in _OPENSTACK if environ.get(name)]
    if openstack:
        hint += f" {', '.join(openstack)} is set, but OS_* variables are not read: use the HW_* names."
    return hint
