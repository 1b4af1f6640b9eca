# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Share one TLS context among many connections of a session. Used only where several scopes are queried."""

from __future__ import annotations

import os
from typing import Any, Union


def shared_context(requests: Any, urllib3: Any, verify: Union[bool, str]) -> Any:
    """Return a class of adapters for requests that verify with `verify`. The libraries are given: _http/transport.py is their only importer.

    Raises OSError or ValueError where the CA bundle cannot be loaded.
    """
    context = urllib3.util.ssl_.create_urllib3_context()
    if verify is False:
        context.check_hostname = False
    else:
        bundle = verify if isinstance(verify, str) else requests.certs.where()
        context.load_verify_locations(**{"capath" if os.path.isdir(bundle) else "cafile": bundle})

    class SharedContext(requests.adapters.HTTPAdapter):  # type: ignore[misc]
        def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
            super().init_poolmanager(*arguments, ssl_context=context, **named)

        def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
            # TLS to the proxy itself has a context of its own; a proxy of another kind takes none.
            own = {"proxy_ssl_context": context} if proxy.lower().startswith("https:") else {}
            return super().proxy_manager_for(proxy, ssl_context=context, **own, **named)

        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            host, pool = super().build_connection_pool_key_attributes(request, verify is not False, cert)
            return host, pool

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            # The context has the bundle already; a path here would be loaded into it by each connection.
            conn.cert_reqs = "CERT_NONE" if verify is False else "CERT_REQUIRED"
            conn.ca_certs = conn.ca_cert_dir = None

    return SharedContext
