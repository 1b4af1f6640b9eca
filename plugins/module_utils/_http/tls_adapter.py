# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Share one TLS context among many connections of a session. Used only where several scopes are queried."""

from __future__ import annotations

import os
import threading
from typing import Any, Optional, Union


def shared_context(requests: Any, urllib3: Any, bundle: Union[bool, str]) -> Any:
    """Return a class of adapters for requests that verify with `bundle`, with a context that the first connection by TLS creates.

    The libraries are given: _http/transport.py is their only importer.
    """

    class SharedContext(requests.adapters.HTTPAdapter):  # type: ignore[misc]
        def __init__(self, **named: Any) -> None:
            # Loading the CA bundle takes 20 to 40 ms, so it is loaded once, and not at all for requests without TLS.
            self._lock = threading.Lock()
            self._context: Optional[Any] = None
            super().__init__(**named)

        def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
            # TLS to the proxy itself has a context of its own; a proxy of another kind takes none.
            own = {"proxy_ssl_context": self._shared()} if proxy.lower().startswith("https:") else {}
            return super().proxy_manager_for(proxy, **own, **named)

        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            host, pool = super().build_connection_pool_key_attributes(request, verify is not False, cert)
            return host, pool

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            context = self._shared() if url.lower().startswith("https:") else None
            if context is None:
                super().cert_verify(conn, url, verify, cert)
                return
            conn.conn_kw["ssl_context"] = context
            # The context has the bundle already; a path here would be loaded into it by each connection.
            conn.cert_reqs = "CERT_NONE" if verify is False else "CERT_REQUIRED"
            conn.ca_certs = conn.ca_cert_dir = None

        def _shared(self) -> Optional[Any]:
            """Return the context, or None if the bundle cannot be loaded, so that the connection itself raises the error."""
            with self._lock:
                if self._context is None:
                    try:
                        self._context = _create_context(requests, urllib3, bundle)
                    except (OSError, ValueError):
                        return None
                return self._context

    return SharedContext


def _create_context(requests: Any, urllib3: Any, bundle: Union[bool, str]) -> Any:
    context = urllib3.util.ssl_.create_urllib3_context()
    if bundle is False:
        context.check_hostname = False
    else:
        path = bundle if isinstance(bundle, str) else requests.certs.where()
        context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
    return context
