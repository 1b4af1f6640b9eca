# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name where a secret was set that a result contains by chance. Imported only by a run that fails for it."""

from __future__ import annotations

from typing import Any, Mapping

from .._redaction import Secrets
from .registry import FURTHER_SECRETS, SOURCES


def origins(params: Mapping[str, Any], environ: Mapping[str, str], text: str) -> str:
    """Return which options and variables contain a secret that is part of the text, in brackets after a blank; empty if none does."""
    options = sorted({name for source in SOURCES for name in source.secret_options})
    variables = sorted({*FURTHER_SECRETS, *(name for source in SOURCES for name in source.secret_variables)})
    found = [f"option {name}" for name in options if _occurs(params.get(name), text)]
    found += [f"environment variable {name}" for name in variables if _occurs(environ.get(name), text)]
    return f" ({', '.join(found)})" if found else ""


def _occurs(value: Any, text: str) -> bool:
    secrets = Secrets()
    secrets.register(value if isinstance(value, str) else None)
    return secrets.occur_in(text)
