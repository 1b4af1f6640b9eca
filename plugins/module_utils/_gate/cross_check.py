# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query CCE for the clusters of each scope, since a cluster that HSS does not know is in none of its counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional

from .._api.client import Client
from .._api.scopes import Record, Scope
from .._errors import ConfigurationError, HssError, RefusedError
from .comparison import ScopeCheck

if TYPE_CHECKING:
    QueryScope = Callable[[Client, Scope], Record]

AUTO, REQUIRED, OFF = "auto", "required", "off"
MODES = [AUTO, REQUIRED, OFF]
_NO_ADDRESS = "CCE was not queried, since HSS or IAM has an address of its own and CCE has none (HUAWEICLOUD_SDK_REGION_CCE_<REGION>)"
_OFF = "If CCE cannot answer, judge without it: cce_check=off."
_UNAUTHORIZED = 401


class CrossCheck:
    """The clusters of CCE by scope, in one task. Empty if the option cce_check is off."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.mode: str = params["cce_check"]
        self.scopes: Dict[Scope, ScopeCheck] = {}
        self._checks_skipped_scopes = bool(params.get("all_projects"))

    def beside(self, query_scope: QueryScope) -> QueryScope:
        """Return a function that queries a scope with `query_scope`, and then its clusters in CCE, in the same thread."""
        if self.mode == OFF:
            return query_scope

        def query(client: Client, scope: Scope) -> Record:
            base = self._address(client, scope)
            try:
                record = query_scope(client, scope)
            except RefusedError as error:
                from .._http.error_body import is_region_without_hss

                # The scope will be skipped, and HSS counts none of its clusters.
                if self._checks_skipped_scopes and is_region_without_hss(error.status_code, error.error_code):
                    self.scopes[scope] = self._check(client, scope, base)
                raise
            self.scopes[scope] = self._check(client, scope, base)
            return record

        return query

    def _address(self, client: Client, scope: Scope) -> Optional[str]:
        """Return the URL of CCE, or None if it is not known. Raises ConfigurationError if the check is required."""
        from .._api.cce import cce_url

        base = cce_url(client, scope.region)
        if base is None and self.mode == REQUIRED:
            raise ConfigurationError(
                "Option cce_check is required, and HSS or IAM has an address of its own while CCE has none: the usual address may belong "
                "to another cloud.",
                hint="Set HUAWEICLOUD_SDK_REGION_CCE_<REGION>, or cce_check=auto.",
                affects_all_scopes=True,
            )
        return base

    def _check(self, client: Client, scope: Scope, base: Optional[str]) -> ScopeCheck:
        if base is None:
            return ScopeCheck(None, _NO_ADDRESS)
        # Scopes of one project with different enterprise projects share one response.
        check: ScopeCheck = client.single_flight.get(
            ("cce", base, scope.project_id), lambda: self._fetch(client, scope, base)
        )
        return check

    def _fetch(self, client: Client, scope: Scope, base: str) -> ScopeCheck:
        from .._api.cce import is_not_available, list_cce_clusters

        try:
            clusters = list_cce_clusters(client, base, scope)
            return ScopeCheck({cluster.uid: cluster for cluster in clusters})
        except HssError as error:
            if error.service == "CCE":
                error.add_hint(_OFF)
            # HSS uses the same credential, so its rejection fails the scope. So does the cancellation of the task.
            if error.service != "CCE" or error.status_code == _UNAUTHORIZED or client.cancel_token.is_cancelled():
                raise
            is_tolerated = self.mode == AUTO and isinstance(error, RefusedError) and is_not_available(error)
            return ScopeCheck(None, error.as_result()["msg"], failed=not is_tolerated)
