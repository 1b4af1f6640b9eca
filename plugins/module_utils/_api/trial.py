# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide whether the cloud has accepted a credential, by the scopes that were queried with it."""

from __future__ import annotations

from typing import Optional

from .._errors import HssError
from .._http.error_body import implies_authenticated
from .client import Client
from .scopes import MAX_INCONCLUSIVE

UNAUTHORIZED = 401


class Trial:
    """The scopes that are queried one at a time, until HSS has accepted the credential. `by_iam`: whether IAM has accepted it."""

    def __init__(self, client: Client, by_iam: bool) -> None:
        self._client = client
        self._by_iam = by_iam
        self._tried = 0

    def is_over(self) -> bool:
        """Return whether the remaining scopes may be queried concurrently."""
        return self._client.is_accepted or (self._by_iam and self._tried >= MAX_INCONCLUSIVE)

    def add(self, error: Optional[HssError]) -> None:
        """Add a scope that was queried, with its error if it failed."""
        self._tried += 1
        if error is None or was_authenticated(error):
            accept(self._client)


def accept(client: Client) -> None:
    """Note that HSS has accepted the credential, which may be known before the scope has been queried completely."""
    if not client.is_accepted:
        client.is_accepted = True
        with client.cancel_token.changed:
            client.cancel_token.changed.notify_all()


def would_fail_everywhere(error: HssError) -> bool:
    """Return whether every scope of the credential would fail with the same error, such as a refused credential."""
    return error.affects_all_scopes or error.status_code == UNAUTHORIZED


def was_authenticated(error: HssError) -> bool:
    """Return whether the error of a scope shows that the cloud has accepted the credential."""
    return not error.affects_all_scopes and implies_authenticated(error.service, error.status_code, error.error_code)
