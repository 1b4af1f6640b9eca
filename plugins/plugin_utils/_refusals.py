# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remember refused credentials: each further refusal counts towards the lock of a key or a user."""

from __future__ import annotations

from typing import Any, Hashable, Iterable, Mapping, Optional

from ..module_utils._api.scopes import scope_label
from ..module_utils._argspec import CREDENTIAL_OPTIONS
from ..module_utils._http.error_body import needs_new_token

_PLACES = ("endpoint", "iam_endpoint", "cloud")


def identity(params: Mapping[str, Any], secrets: Iterable[str]) -> Hashable:
    """Return what two questions with the same credential, to the same cloud, have in common.

    `secrets` are those of options, environment and files, so that a key that was replaced is another credential.
    """
    return (*(str(params.get(name)) for name in (*CREDENTIAL_OPTIONS, *_PLACES)), frozenset(secrets))


def is_refused(status_code: Optional[int], error_code: Optional[str]) -> bool:
    """Return whether an answer refuses the credential. Not so 403 (a permission), and a token that is to be renewed (0307)."""
    return status_code == 401 and not needs_new_token(status_code, error_code)


def refusal_in(failed_scopes: Iterable[Mapping[str, Any]]) -> Optional[str]:
    """Return the place and the words of the first scope where the credential was refused; None where there is none."""
    for record in failed_scopes:
        if is_refused(record["status_code"], record["error_code"]):
            return f"{scope_label(record)}: {record['msg']}"
    return None
