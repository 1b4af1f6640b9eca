# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read option accounts, create the clients, and let one account at a time use the credential until it is accepted."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, TypeVar

from .._auth.agency import read_agency
from .._auth.credentials import Agency
from .._auth.registry import AGENCY_OPTIONS
from .._auth.values import Values
from .._errors import CancelledError, ConfigurationError, HssError
from .._settings import ALL_GRANTED, bare_text, check_text
from .client import Client
from .scopes import MAX_INCONCLUSIVE

Result = TypeVar("Result")

# Keys of an entry beside `name`.
AGENCY_KEYS = ("agency_name", "agency_domain_name", "agency_domain_id")
_AGENCY_REFUSED = (403, 404)


class Account(NamedTuple):
    """An account, with the name that results give it. `agency` is None for the account of the task's own credential."""

    name: str
    agency: Optional[Agency]


class AccountClient(NamedTuple):
    """The client of an account. `is_own`: it uses the task's own credential and no agency."""

    client: Client
    is_own: bool


def account_clients(client: Client, params: Mapping[str, Any]) -> List[AccountClient]:
    """Return a client for each account of the task, in the order given. Nothing is sent.

    Raises ConfigurationError for an invalid entry, for duplicates, and for options that do not go with accounts.
    """
    accounts = read_accounts(params)
    if not params.get("all_projects"):
        raise ConfigurationError("Option accounts needs all_projects: projects belong to one account each.")
    enterprise_project = client.settings.enterprise_project_id
    if enterprise_project not in (None, ALL_GRANTED):
        raise ConfigurationError(
            f"Option accounts is given, and enterprise project {enterprise_project} belongs to one account only.",
            hint=f"Leave enterprise_project_id (HW_ENTERPRISE_PROJECT_ID) out: {ALL_GRANTED} is the default of all_projects.",
        )
    if client.single_project and any(account.agency is None for account in accounts):
        raise ConfigurationError(
            "A token is for one project, and all_projects queries every project.",
            hint="Give keys, or a user and password, to query the account of the credential itself.",
        )
    return [
        AccountClient(client.for_account(account.name, account.agency), account.agency is None) for account in accounts
    ]


def read_accounts(params: Mapping[str, Any]) -> List[Account]:
    """Return the checked entries of option accounts."""
    given = params.get("accounts")
    if not given:
        raise ConfigurationError("Option accounts is an empty list: give at least one account, or leave it out.")
    accounts = [
        _read(entry or {}, f"Option accounts[{number}]", params.get("agency_duration"))
        for number, entry in enumerate(given)
    ]
    seen: Dict[Any, int] = {}
    for number, account in enumerate(accounts):
        agency = account.agency
        whose = (agency.domain_name, agency.domain_id) if agency else None
        for key in (("name", account.name), ("account", whose)):
            first = seen.setdefault(key, number)
            if first != number:
                raise ConfigurationError(
                    f"Option accounts[{number}] and accounts[{first}] have the same {key[0]}, so clusters would be counted twice.",
                    hint="Leave one of them out, or give each a name of its own.",
                )
    return accounts


def agency_options(params: Mapping[str, Any], account: str) -> Dict[str, Any]:
    """Return the agency options with which a task queries the account of this name only."""
    entries = {_name(entry): entry for entry in params.get("accounts") or []}
    return {name: entries.get(account, {}).get(name) for name in AGENCY_KEYS}


def _name(entry: Mapping[str, Any]) -> Optional[str]:
    """Return the name that results give an account: its own, else the name of its domain, else its ID."""
    names = (bare_text(entry.get(key), "") for key in ("name", "agency_domain_name", "agency_domain_id"))
    return next(filter(None, names), None)


def _read(entry: Mapping[str, Any], origin: str, duration: Optional[int]) -> Account:
    for key in ("name", *AGENCY_KEYS):
        if isinstance(entry.get(key), str) and not entry[key].strip():
            raise ConfigurationError(
                f"{origin}.{key} is {'blank' if entry[key] else 'empty'}: give it a value, or leave it out."
            )
    check_text(bare_text(entry.get("name"), ""), f"{origin}.name")
    agency = None
    if any(entry.get(key) for key in AGENCY_KEYS):
        values = {**entry, "agency_duration": None if duration is None else str(duration)}
        agency = read_agency(Values(f"{origin}:", values), *AGENCY_OPTIONS)
    name = _name(entry)
    if name is None:
        raise ConfigurationError(
            f"{origin} names no account: give agency_name with agency_domain_name or agency_domain_id, or a name alone for the "
            "account of the credential itself."
        )
    return Account(name, agency)


class CallerCheck:
    """Let one account at a time use the task's own credential until the cloud has accepted it.

    Each agency is assumed with that credential, and five refused signatures lock an access key.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted = False
        self._inconclusive = 0
        # The error of a refused credential, with which every account would fail.
        self.refusal: Optional[HssError] = None

    def run(self, begin: Callable[[], Result], is_own: bool) -> Result:
        """Call `begin`, which sends the first request for an account, and return its result. `is_own`: it uses no agency.

        Raises the errors of `begin`. Without calling it, raises the error of an earlier refusal, and CancelledError after
        MAX_INCONCLUSIVE failures.
        """
        with self._lock:
            if not self._accepted:
                return self._run_alone(begin, is_own)
        return begin()

    def _run_alone(self, begin: Callable[[], Result], is_own: bool) -> Result:
        if self.refusal is not None:
            raise self.refusal
        if self._inconclusive >= MAX_INCONCLUSIVE:
            raise CancelledError(
                f"Not asked, since the first {MAX_INCONCLUSIVE} accounts got no answer that shows whether the credential is valid.",
                hint="See the causes of those failures first.",
            )
        try:
            result = begin()
        except HssError as error:
            # An error that was raised while an agency was assumed is marked as affecting all scopes.
            if error.status_code == 401 and (is_own or error.affects_all_scopes):
                self.refusal = error
            elif error.status_code in (401, *_AGENCY_REFUSED):
                # The cloud has accepted the caller, and refuses the agency or its keys.
                self._accepted = True
            self._inconclusive += 1
            raise
        self._accepted = True
        return result
