# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which source the credential comes from. One credential, whole, from one source; the first in this order that is begun."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional

from .._errors import ConfigurationError
from .._options import check_project_id
from .._redaction import Secrets
from . import aksk, sdk_env, terraform_env, token
from .base import Absent, Credential

SOURCES = {"token": token, "aksk": aksk, "sdk_env": sdk_env, "terraform_env": terraform_env}

_OPENSTACK = ("OS_AUTH_TOKEN", "OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_USERNAME", "OS_PASSWORD")


class Resolved(NamedTuple):
    """The credential, the project its source names, and the source's name (auth_source)."""

    source: str
    credential: Credential
    project_id: Optional[str]


def register_secrets(params: Mapping[str, Any], environ: Mapping[str, str], secrets: Secrets) -> None:
    """Every secret of every source, chosen or not, before anything can be shown."""
    for source in SOURCES.values():
        secrets.register(*(params.get(name) for name in source.SECRET_OPTIONS))
        secrets.register(*(environ.get(name) for name in source.SECRET_VARIABLES))


def resolve(params: Mapping[str, Any], environ: Mapping[str, str]) -> Resolved:
    """The source that `auth_method` names, or the first that is begun; begun but not whole is an error, never skipped."""
    method = params["auth_method"]
    _refuse_mixed_options(method, params)
    lacking = []
    for name in SOURCES if method == "auto" else (method,):
        finding = SOURCES[name].find(params, environ)
        if isinstance(finding, Absent):
            lacking.append(f"{name} (not set: {finding.lacks})")
            continue
        check_project_id(finding.project_id, finding.project_origin)
        return Resolved(name, finding.credential, finding.project_id)
    raise ConfigurationError(
        f"No credentials found. Looked at: {'; '.join(lacking)}.", hint=_nothing_found_hint(environ)
    )


def _refuse_mixed_options(method: str, params: Mapping[str, Any]) -> None:
    given = {name: [o for o in source.OPTIONS if params.get(o)] for name, source in SOURCES.items()}
    used = [name for name, options in given.items() if options]
    strangers = used[1:] if method == "auto" else [name for name in used if name != method]
    if not strangers:
        return
    all_given = ", ".join(option for options in given.values() for option in options)
    first = f"source {used[0]}" if method == "auto" else f"auth_method={method}"
    raise ConfigurationError(
        f"The options {all_given} are given: {first} does not go with source {strangers[0]}.",
        hint="Give the options of one source only.",
    )


def _nothing_found_hint(environ: Mapping[str, str]) -> str:
    hint = "They are read on the host that runs the module; set options, or variables there."
    openstack = [name for name in _OPENSTACK if environ.get(name)]
    if openstack:
        hint += f" {', '.join(openstack)} is set, but OS_* variables are not read: use the HW_* names."
    return hint
