# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the errors of selecting a credential source: none, several, or values that would change the account that is judged.

Imported only by a failing run.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence

from .._errors import ConfigurationError
from .registry import SOURCES, TERRAFORM_AGENCY, UNUSED_FEDERATION

_OPENSTACK = ("OS_AUTH_TOKEN", "OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_USERNAME", "OS_PASSWORD")


def mixed_options(method: str, params: Mapping[str, Any]) -> ConfigurationError:
    """Return the error for options of several sources, or of another source than auth_method names."""
    given = {source.name: [name for name in source.options if params.get(name)] for source in SOURCES}
    used = [name for name, options in given.items() if options]
    others = used[1:] if method == "auto" else [name for name in used if name != method]
    all_given: List[str] = [option for options in given.values() for option in options]
    first = f"source {used[0]}" if method == "auto" else f"auth_method={method}"
    return ConfigurationError(
        f"The options {', '.join(all_given)} are given: {first} does not go with source {others[0]}.",
        hint="Give the options of one source only.",
    )


def unused_agency(source: str, names: Sequence[str]) -> ConfigurationError:
    """Return the error for an agency in the environment that the selected source does not use."""
    if set(names) <= set(UNUSED_FEDERATION):
        what = "an identity token to assume an agency with, which is not supported"
    else:
        what = f"an agency, which goes with source terraform_env only, and the credential comes from source {source}"
    return ConfigurationError(
        f"The environment names {what}: {_are_set(names)}. Without the agency another account would be judged.",
        hint="To judge the agency's account, set the options agency_name and agency_domain_name (or agency_domain_id). To judge the "
        "account of the credential itself, unset these variables for this task.",
    )


def reject_agency(options: Sequence[str], environ: Mapping[str, str]) -> None:
    """Raise ConfigurationError for an agency beside option accounts, whose entries name their own."""
    variables = [name for name in (*TERRAFORM_AGENCY, *UNUSED_FEDERATION) if environ.get(name)]
    names = [*options, *variables]
    if names:
        raise ConfigurationError(
            f"Option accounts is given, and {_are_set(names)}: it is not clear whether that agency is to assume the others.",
            hint="Name each agency in accounts, and unset the others for this task.",
        )


def nothing_found(unavailable: Sequence[str], environ: Mapping[str, str]) -> ConfigurationError:
    """Return the error that no source is set; `unavailable` describes each source and what to set for it."""
    hint = (
        "They are read on the host that runs the module, as the user that it runs as: with become (also by ansible_become in the "
        "inventory) the environment and the home are those of another user. Set options, or variables there."
    )
    openstack = [name for name in _OPENSTACK if environ.get(name)]
    if openstack:
        hint += f" {', '.join(openstack)} is set, but OS_* variables are not read: use the HW_* names."
    return ConfigurationError(f"No credentials found. Looked at: {'; '.join(unavailable)}.", hint=hint)


def _are_set(names: Sequence[str]) -> str:
    """Return the end of a sentence that says that these names are set."""
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} set"
