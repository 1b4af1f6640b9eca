# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record where a verdict comes from: the run, the software, the host, the caller, and the endpoints."""

from __future__ import annotations

import os
import re
import socket
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Set, Tuple
from urllib.parse import urlsplit

from .._api.client import Client
from .._clock import Clock, timestamp
from .._errors import HssError
from .._http.transport import proxies_for
from .._http.version import VERSION
from .._redaction import Redact
from .._urls import DEFAULT_CLOUD, EUROPEAN_CLOUD, is_local
from .ci import read_ci

if TYPE_CHECKING:
    from .._api.identity import Callers
    from .._api.scopes import Record, Scope

# Domains of the vendor's own services. Partner clouds have others.
VENDOR_DOMAINS = (DEFAULT_CLOUD, EUROPEAN_CLOUD, "myhuaweicloud.cn", "huaweicloud.com")
MAX_HOSTS = 3
# Scheme, user information, host and port. A password may contain slashes and at signs that are not escaped.
_PROXY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)?(?:.*@)?([\w.:%\[\]-]+)", re.S)
# The metadata service has a link-local or loopback address in the real cloud too.
_METADATA = "metadata"


class Run:
    """One run of the gate, from the start of its module to its result, whether it judges or fails."""

    def __init__(self, ansible_core: str, environ: Mapping[str, str]) -> None:
        self.run_id = os.urandom(16).hex()
        self._clock = Clock()
        self.started_at = timestamp(self._clock.now())
        self._ansible_core = ansible_core
        self._environ = environ
        self._client: Optional[Client] = None
        self._params: Mapping[str, Any] = {}
        self._callers: Optional[Callers] = None

    def begin(self, client: Client, params: Mapping[str, Any]) -> None:
        """Store the client and the options of the run. A run that fails early has neither."""
        from .._api.identity import Callers

        self._client, self._params, self._callers = client, params, Callers()

    def on_accepted(self, client: Client, scope: Scope) -> None:
        """Start to look up the caller of an account whose credential was accepted, once for each account. Thread-safe."""
        if self._callers is not None:
            self._callers.ask(client, scope.region)

    def provenance(self, redact: Redact) -> Record:
        """Return the provenance, with None for what is unknown. Waits for the callers, at most 5 seconds."""
        client = self._client
        endpoints = client.endpoints if client is not None else set()
        urls = {url for service, url in endpoints if service != _METADATA}
        accounts = self._accounts(redact)
        only = accounts[0] if len(accounts) == 1 else {"account_id": None, "principal": None}
        verified = client.settings.validate_certs if client is not None else None
        return {
            "run_id": self.run_id,
            "collection_version": VERSION,
            "ansible_core": self._ansible_core,
            "python": ".".join(str(number) for number in sys.version_info[:3]),
            "host": redact(socket.gethostname()),
            "auth_source": client.auth_source if client is not None else None,
            "accounts": accounts,
            "account_id": only["account_id"],
            "principal": only["principal"],
            "endpoints": _by_service(endpoints, redact),
            "proxy": _proxy(urls, redact),
            "custom_ca": bool(verified and client.settings.ca_path) if client is not None else None,
            "tls_verified": verified,
            "simulated": any(is_local(_host(url)) for url in urls) if urls else None,
            "started_at": self.started_at,
            "finished_at": timestamp(self._clock.now()),
            "ci": read_ci(self._environ, redact),
        }

    def _accounts(self, redact: Redact) -> List[Record]:
        """Return the accounts of the task with their callers; one account without a name if option accounts is not used."""
        if self._client is None or self._callers is None:
            return []
        names: List[Optional[str]] = [None]
        if self._params.get("accounts") is not None:
            from .._api.accounts import read_accounts

            try:
                names = [account.name for account in read_accounts(self._params)]
            except HssError:
                # The run fails with this error.
                return []
        records = []
        for name in names:
            account_id, principal = (text and redact(text) for text in self._callers.caller(name))
            source = self._client.auth_source
            records.append({"account": name, "account_id": account_id, "principal": principal, "auth_source": source})
        return records


def caveats(provenance: Optional[Mapping[str, Any]]) -> str:
    """Return the caveats of a headline about the endpoints, in brackets; an empty text if there are none."""
    if provenance is None:
        return ""
    hosts = {_host(url) for urls in provenance["endpoints"].values() for url in urls}
    outside = sorted(host for host in hosts if not (_is_vendors(host) or is_local(host)))
    more = len(outside) - MAX_HOSTS
    names = ", ".join(outside[:MAX_HOSTS]) + (f" and {more} more" if more > 0 else "")
    words = [
        *(["simulated"] if provenance["simulated"] else []),
        *(["TLS not verified"] if provenance["tls_verified"] is False else []),
        *([f"outside the vendor's domains: {names}"] if outside else []),
    ]
    return f" [{'; '.join(words)}]" if words else ""


def _by_service(endpoints: Set[Tuple[str, str]], redact: Redact) -> Dict[str, List[str]]:
    """Return the endpoints that requests were sent to, by service."""
    found: Dict[str, List[str]] = {}
    for service, url in sorted(endpoints):
        found.setdefault(service, []).append(redact(url))
    return found


def _proxy(urls: Set[str], redact: Redact) -> Optional[str]:
    """Return scheme, host and port of the proxy that requests went through, or None."""
    for url in sorted(urls):
        proxies = proxies_for(url)
        proxy = proxies.get(urlsplit(url).scheme) or proxies.get("all")
        if proxy:
            match = _PROXY.match(proxy)
            return redact("".join(filter(None, match.groups()))) if match else None
    return None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_vendors(host: str) -> bool:
    return host.endswith(tuple(f".{domain}" for domain in VENDOR_DOMAINS))
