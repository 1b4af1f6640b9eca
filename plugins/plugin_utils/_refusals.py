# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recognize refused credentials, which must not be sent again: refusals lock an access key or a user."""

from __future__ import annotations

from typing import Any, Hashable, Iterable, Mapping, Optional

from ..module_utils._api.scopes import scope_label
from ..module_utils._argspec import CREDENTIAL_OPTIONS
from ..module_utils._http.error_body import needs_new_token

_ADDRESSES = ("endpoint", "iam_endpoint", "cloud")


def identity(params: Mapping[str, Any], secrets: Iterable[str]) -> Hashable:
    """Return a key that is equal for two queries with the same credential to the same cloud.

    `secrets` are those of options, environment and files, so that a replaced key counts as another credential.
    """
    return (*(str(params.get(name)) for name in (*CREDENTIAL_OPTIONS, *_ADDRESSES)), frozenset(secrets))


def is_refused(status_code: Optional[int], error_code: Optional[str]) -> bool:
    """Return whether a response refuses the credential. HTTP 403 (a missing permission) and 0307 (renew the token) do not."""
    return status_code == 401 and not needs_new_token(status_code, error_code)


def rejection_in(failed_scopes: Iterable[Mapping[str, Any]]) -> Optional[str]:
    """Return label and message of the first scope that refused the credential, or None."""
    for record in failed_scopes:
        if is_refused(record["status_code"], record["error_code"]):
            return f"{scope_label(record)}: {record['msg']}"
    return None
