# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let HSS collect its inventory of clusters: start in all scopes, then wait for all together."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from .._api.client import Client
from .._api.clusters import SYNCHRONISATION, iso_time, read_update_time, synchronise
from .._api.fan_out import Outcome, query_all_scopes, would_fail_everywhere
from .._api.iam import task_scope
from .._api.pagination import Row
from .._api.scopes import Scope, common_codes, failure_record, scope_label, scope_of
from .._api.selection import check_selection
from .._errors import CancelledError, HssError, ScanError
from .._settings import ALL_GRANTED
from .plan import is_transient
from .request import MAX_INTERVAL, MAX_WAIT, read_bounded
from .start import may_have_taken_effect
from .waiter import completing_errors, wait_for_all

# Maximum number of failed scopes in the message.
MAX_LISTED = 10


class SyncRequest(NamedTuple):
    """The validated options. Times are in seconds."""

    wait: bool
    timeout: int
    interval: int


class ScopeSync:
    """The synchronisation of one scope. It has finished when the time of the inventory is later than before the start."""

    def __init__(self, client: Client, scope: Scope) -> None:
        self.scope = scope
        self.error: Optional[HssError] = None
        self.last_error = ""
        self.is_finished = False
        self._client = client
        self._request_id: Optional[str] = None
        self._before = read_update_time(client, scope)
        self._now = self._before

    @property
    def account(self) -> Optional[str]:
        """Return the account of the scope, see Pollable."""
        return self.scope.account

    def start(self) -> None:
        """Start the synchronisation, except in check mode."""
        if self._client.check_mode:
            return
        try:
            self._request_id = synchronise(self._client, self.scope)
        except HssError as error:
            if may_have_taken_effect(error, SYNCHRONISATION):
                doubt = "Whether the synchronisation was started is not known. It is safe to run it again."
                error.add_hint(doubt)
            raise

    def poll_tolerantly(self, _include_clusters: bool = False) -> bool:
        """Read the time of the inventory; return whether there is nothing left to wait for. An error of this scope does not end the wait."""
        self.last_error = ""
        if self.is_finished or self.error is not None:
            return True
        try:
            self._now = read_update_time(self._client, self.scope)
        except HssError as error:
            # Each account has a credential of its own.
            if (would_fail_everywhere(error) and self.account is None) or self._client.cancel_token.is_cancelled():
                raise
            if is_transient(error):
                self.last_error = f" The last query failed: {error.message}"
                return False
            self.error = error
            return True
        # If the inventory had no time before, any time is new.
        self.is_finished = self._now is not None and (self._before is None or self._now > self._before)
        return self.is_finished

    def require_finished(self, timeout: int) -> None:
        """Set the error of a synchronisation that has not finished."""
        if self.error is None and not self.is_finished:
            token = self._client.cancel_token
            limit = token.reason() if token.is_cancelled() else f"it was waited for {timeout} seconds"
            problem = (
                "The inventory of HSS was not collected anew"
                if self._now
                else "HSS does not say when it collected its inventory"
            )
            self.error = CancelledError(
                f"{problem}: {limit}.{self.last_error}",
                hint="The synchronisation continues. See inventory_updated_at of hss_cluster_info, or raise wait_timeout.",
                service="HSS",
            )

    def record(self) -> Row:
        """Return the record of the scope in the result."""
        return {
            **self.scope.record(),
            "request_id": self._request_id,
            "previous_inventory_updated_at": iso_time(self._before),
            "inventory_updated_at": iso_time(self._now),
            "finished": self.is_finished,
        }


class SyncGroup:
    """The synchronisations of all scopes of a task. Scopes are added while they are queried."""

    def __init__(self) -> None:
        self.started: Dict[Scope, ScopeSync] = {}
        # None for a single scope.
        self.outcome: Optional[Outcome] = None

    def start(self, client: Client, scope: Scope) -> Row:
        """Start the synchronisation of a scope, for query_all_scopes()."""
        sync = ScopeSync(client, scope)
        sync.start()
        self.started[scope] = sync
        return {}

    def result(self) -> Row:
        """Return the module's result."""
        outcome = self.outcome or Outcome([sync.scope.record() for sync in self.started.values()], [], [])
        syncs = [self.started[scope_of(record)] for record in outcome.answered]
        failed = [failure_record(sync.scope, sync.error) for sync in syncs if sync.error is not None]
        records = [sync.record() for sync in syncs if sync.error is None]
        return {
            "changed": bool(self.started),
            "scopes": records,
            "failed_scopes": [*outcome.failed, *failed],
            "skipped_scopes": outcome.skipped,
            "inventory_updated_at": records[0]["inventory_updated_at"]
            if len(records) == 1 and len(syncs) == 1
            else None,
        }

    def with_result(self, error: HssError) -> HssError:
        """Return the error with the result so far in its data."""
        if self.started:
            error.data = {**self.result(), **(error.data or {})}
        return error


def read_sync_request(params: Mapping[str, Any]) -> SyncRequest:
    """Return the validated options. Raises ConfigurationError."""
    return SyncRequest(
        params["wait"],
        read_bounded(params, "wait_timeout", MAX_WAIT),
        read_bounded(params, "poll_interval", MAX_INTERVAL),
    )


def synchronise_all(client: Client, params: Mapping[str, Any]) -> Row:
    """Start the synchronisation in each scope, wait for all, and return the module's result.

    Without an enterprise project the clusters of all of them are collected, as the gate judges them. The other scopes are
    synchronised even if one fails. Raises HssError, with the result as its data.
    """
    request = read_sync_request(params)
    check_selection(params)
    group = SyncGroup()
    with completing_errors(client, group.with_result, "Whether a synchronisation was started is not known."):
        if client.queries_many_scopes:
            group.outcome = query_all_scopes(client, params, group.start, ALL_GRANTED)
        else:
            scope = task_scope(client)
            eps = scope.enterprise_project_id or ALL_GRANTED
            group.start(client, scope._replace(enterprise_project_id=eps))
        syncs = list(group.started.values())
        if request.wait and not client.check_mode and syncs:
            wait_for_all(client, syncs, request.timeout, request.interval)
            for sync in syncs:
                sync.require_finished(request.timeout)
        problem = _problem(client, group, params["on_scope_error"])
        if problem is not None:
            raise problem
    return group.result()


def _problem(client: Client, group: SyncGroup, on_scope_error: str) -> Optional[HssError]:
    """Return the error of the scopes that failed, or None."""
    if not client.queries_many_scopes:
        return next((sync.error for sync in group.started.values()), None)
    result = group.result()
    failed: List[Row] = result["failed_scopes"]
    if not failed or (on_scope_error == "continue" and result["scopes"]):
        return None
    texts = [f"{scope_label(record)}: {record['msg']}" for record in failed[:MAX_LISTED]]
    more = f" {len(failed) - MAX_LISTED} more, see failed_scopes." if len(failed) > MAX_LISTED else ""
    total = len(result["scopes"]) + len(failed)
    message = f"The inventory was not synchronised in {len(failed)} of {total} scopes. {' '.join(texts)}{more}"
    return ScanError(message, service="HSS", **common_codes(failed))
