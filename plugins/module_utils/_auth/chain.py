# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Select the credential source: one complete credential from one source, the first in order that has a value set."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple, Optional

from .._redaction import Secrets
from .._settings import PATH_OPTIONS, check_project_id, check_url
from .credentials import Agency, Credential, SourceContext, SourceResult
from .registry import (
    AGENCY_OPTIONS,
    FURTHER_SECRETS,
    PATH_VARIABLES,
    SOURCES,
    TERRAFORM_AGENCY,
    UNUSED_FEDERATION,
    UNUSED_OIDC,
    Source,
)
from .values import Values

if TYPE_CHECKING:
    # Ansible packs what a module names in an import, wherever it stands; these are imported by name.
    from .sources import (  # noqa: F401
        aksk,
        ecs_metadata,
        koocli_file,
        password,
        pod_identity,
        sdk_env,
        sdk_file,
        terraform_env,
        token,
    )


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
    secrets.register(*(environ.get(name) for name in FURTHER_SECRETS))
    paths = [params.get(name) for name in PATH_OPTIONS] + [environ.get(name) for name in PATH_VARIABLES]
    for path in filter(None, paths):
        from .._paths import secret_in_place_of_path

        secrets.register(secret_in_place_of_path(path))


def resolve(context: SourceContext) -> Resolved:
    """The source that `auth_method` names, or that an option names, or the first in the environment that is begun.

    One that is begun and not whole is an error, never skipped. Nothing is sent: a credential that has to be fetched is fetched at
    its first use.
    """
    method = context.params["auth_method"]
    named = [source for source in SOURCES if any(context.params.get(name) for name in source.options)]
    others = named[1:] if method == "auto" else [source for source in named if source.name != method]
    if others:
        from .conflicts import mixed_options

        raise mixed_options(method, context.params)
    if method == "auto" and not named and any(context.environ.get(name) for name in UNUSED_OIDC):
        from .conflicts import unused_oidc

        raise unused_oidc(context.environ)
    unavailable = []
    for source in named or SOURCES:
        if method not in ("auto", source.name):
            continue
        found = _run_source(source.name, context) if _is_configured(source, context) else None
        if found is not None:
            return _resolved(source.name, found, context)
        unavailable.append(f"{source.name} (not set: {source.how_to_set})")
    from .conflicts import nothing_found

    raise nothing_found(unavailable, context.environ)


def _resolved(source: str, found: SourceResult, context: SourceContext) -> Resolved:
    check_project_id(found.project_id, found.project_origin)
    check_url(found.iam_endpoint, found.iam_endpoint_origin)
    agency = _wanted_agency(source, found, context)
    if agency is None:
        return Resolved(source, found.credential, found.project_id, found.iam_endpoint, found.hint)
    from .agency import assume_agency

    # The source's own project is the caller's, and the agency's keys are for another account.
    credential = assume_agency(found.credential, agency, context.exchange())
    return Resolved(source, credential, None, found.iam_endpoint, found.hint)


def _wanted_agency(source: str, found: SourceResult, context: SourceContext) -> Optional[Agency]:
    """The agency of the options, or else that of the source. One that stands beside the source is refused."""
    options = {name: context.params.get(name) for name in AGENCY_OPTIONS}
    if any(options[name] for name in AGENCY_OPTIONS[:3]):
        from .agency import read_agency, two_accounts

        if options["agency_domain_name"] and options["agency_domain_id"]:
            raise two_accounts()
        duration = options["agency_duration"]
        values = Values("Option", {**options, "agency_duration": None if duration is None else str(duration)})
        return read_agency(values, *AGENCY_OPTIONS)
    unused = UNUSED_FEDERATION if source == "terraform_env" else (*TERRAFORM_AGENCY[:3], *UNUSED_FEDERATION)
    if any(context.environ.get(name) for name in unused):
        from .conflicts import unused_agency

        raise unused_agency(source, [name for name in unused if context.environ.get(name)])
    return found.agency


def _is_configured(source: Source, context: SourceContext) -> bool:
    if any(context.params.get(name) for name in source.options):
        return True
    if any(context.environ.get(name) for name in source.variables):
        return True
    if source.name == "sdk_file":
        from .sources.sdk_file import default_file_exists

        return context.params["auth_method"] == source.name or default_file_exists()
    return context.params["auth_method"] == source.name and source.name in ("koocli_file", "ecs_metadata")


def _run_source(name: str, context: SourceContext) -> Optional[SourceResult]:
    """Only the room that is entered is imported: each is compiled anew in every run."""
    module = importlib.import_module(f".sources.{name}", __package__)
    found: Optional[SourceResult] = module.find(context)
    return found
