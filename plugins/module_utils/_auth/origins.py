# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name where a secret was set that a result contains by chance. Imported only by a run that fails for it."""

from __future__ import annotations

from typing import Any, Mapping

from .._redaction import IMPLAUSIBLE_SECRET, Secrets
from .registry import FURTHER_SECRETS, SOURCES


def secret_found(
    subject: str, consequence: str, params: Mapping[str, Any], environ: Mapping[str, str], text: str
) -> str:
    """Return the message that `subject`, whose text is given, contains a secret, and where that was set."""
    origin = origins(params, environ, text)
    return (
        f"{subject} holds a value that this task was given as a secret{origin}, so {consequence}. {IMPLAUSIBLE_SECRET}"
    )


def origins(params: Mapping[str, Any], environ: Mapping[str, str], text: str) -> str:
    """Return the options and variables that hold a secret found in the text, in brackets after a blank; empty if there is none."""
    options = sorted({name for source in SOURCES for name in source.secret_options})
    variables = sorted({*FURTHER_SECRETS, *(name for source in SOURCES for name in source.secret_variables)})
    found = [f"option {name}" for name in options if _occurs(params.get(name), text)]
    found += [f"environment variable {name}" for name in variables if _occurs(environ.get(name), text)]
    return f" ({', '.join(found)})" if found else ""


def _occurs(value: Any, text: str) -> bool:
    secrets = Secrets()
    secrets.register(value if isinstance(value, str) else None)
    return secrets.occur_in(text)
