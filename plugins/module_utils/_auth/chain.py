# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Select the credential: a complete one from one source, the first in order that has a value set."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple, Optional

from .._redaction import Secrets
from .._settings import PATH_OPTIONS, check_project_id, check_url
from .credentials import Agency, Credential, SourceContext, SourceResult
from .registry import (
    AGENCY_IDENTITY,
    AGENCY_OPTIONS,
    FURTHER_SECRETS,
    PATH_VARIABLES,
    SOURCES,
    TERRAFORM_AGENCY,
    UNUSED_FEDERATION,
    Source,
)
from .values import Values, stands_for_nothing

if TYPE_CHECKING:
    # Ansible packs all modules that an import statement names; _run_source() imports these by name.
    from .sources import (  # noqa: F401
        aksk,
        ecs_metadata,
        koocli_file,
        oidc_env,
        password,
        pod_identity,
        sdk_env,
        sdk_file,
        terraform_env,
        token,
    )


class Resolved(NamedTuple):
    """The selected credential and further values of its source. `source` is auth_source of the result."""

    source: str
    credential: Credential
    project_id: Optional[str]
    iam_endpoint: Optional[str]
    hint: Optional[str]


def register_secrets(params: Mapping[str, Any], environ: Mapping[str, str], secrets: Secrets) -> None:
    """Register the secrets of all sources, selected or not. Secrets in files are registered when the file is read."""
    for source in SOURCES:
        values = [params.get(name) for name in source.secret_options]
        values += [environ.get(name) for name in source.secret_variables]
        # A word such as null is left over where nothing was set, and part of many results.
        secrets.register(*(value for value in values if value and not stands_for_nothing(value)))
    secrets.register(*(environ.get(name) for name in FURTHER_SECRETS))
    paths = [params.get(name) for name in PATH_OPTIONS] + [environ.get(name) for name in PATH_VARIABLES]
    for path in filter(None, paths):
        from .._paths import secret_in_place_of_path

        secrets.register(secret_in_place_of_path(path))


def resolve(context: SourceContext) -> Resolved:
    """Return the credential of the source that auth_method or an option names, or else of the first one set in the environment.

    Nothing is sent: a credential that must be fetched is fetched at its first use. Raises ConfigurationError if there is no
    source, if several conflict, or if the source is partially configured; such a source is never skipped.
    """
    method = context.params["auth_method"]
    named = [source for source in SOURCES if any(context.params.get(name) for name in source.options)]
    others = named[1:] if method == "auto" else [source for source in named if source.name != method]
    if others:
        from .conflicts import mixed_options

        raise mixed_options(method, context.params)
    unavailable = []
    for source in named or SOURCES:
        if method not in ("auto", source.name):
            continue
        result = _run_source(source.name, context) if _is_configured(source, context) else None
        if result is not None:
            return _resolved(source.name, result, context)
        unavailable.append(f"{source.name} (not set: {source.how_to_set})")
    from .conflicts import nothing_found

    raise nothing_found(unavailable, context.environ)


def _resolved(source: str, result: SourceResult, context: SourceContext) -> Resolved:
    """Return the checked result of a source, with the credential of the agency if there is one to assume."""
    check_project_id(result.project_id, result.project_origin)
    check_url(result.iam_endpoint, result.iam_endpoint_origin)
    agency = _agency_to_assume(source, result, context)
    if agency is None:
        return Resolved(source, result.credential, result.project_id, result.iam_endpoint, result.hint)
    from .agency import assume_agency

    # The project of the source belongs to the caller, and the keys of the agency are for another account.
    credential = assume_agency(result.credential, agency, context.exchange())
    return Resolved(source, credential, None, result.iam_endpoint, result.hint)


def _agency_to_assume(source: str, result: SourceResult, context: SourceContext) -> Optional[Agency]:
    """Return the agency of the options, or else that of the source, or None.

    Raises ConfigurationError if the environment sets an agency that the source does not use, and for any beside option accounts.
    """
    options = {name: context.params.get(name) for name in AGENCY_OPTIONS}
    if context.params.get("accounts") is not None:
        from .conflicts import reject_agency

        reject_agency([name for name in AGENCY_IDENTITY if options[name]], context.environ)
    if any(options[name] for name in AGENCY_IDENTITY):
        from .agency import read_agency

        duration = options["agency_duration"]
        values = Values("Option", {**options, "agency_duration": None if duration is None else str(duration)})
        return read_agency(values, *AGENCY_OPTIONS)
    unused = UNUSED_FEDERATION if source == "terraform_env" else (*TERRAFORM_AGENCY[:3], *UNUSED_FEDERATION)
    if any(context.environ.get(name) for name in unused):
        from .conflicts import unused_agency

        raise unused_agency(source, [name for name in unused if context.environ.get(name)])
    return result.agency


def _is_configured(source: Source, context: SourceContext) -> bool:
    """Return whether a value of the source is set, or its default file exists, or auth_method alone selects it."""
    if any(context.params.get(name) for name in source.options):
        return True
    if any(context.environ.get(name) for name in source.variables):
        return True
    if source.name == "sdk_file":
        from .sources.sdk_file import default_file_exists

        return context.params["auth_method"] == source.name or default_file_exists()
    return context.params["auth_method"] == source.name and source.name in ("koocli_file", "ecs_metadata")


def _run_source(name: str, context: SourceContext) -> Optional[SourceResult]:
    """Import the module of the source and return its result. The others are not imported, since each import costs time."""
    module = importlib.import_module(f".sources.{name}", __package__)
    result: Optional[SourceResult] = module.find(context)
    return result
