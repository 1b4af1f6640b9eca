# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate authority of the simulator: made once for each process, when first needed."""

from __future__ import annotations

import functools
import ssl
from dataclasses import dataclass

import trustme


@dataclass(frozen=True)
class Certificates:
    ca_pem: bytes
    server_context: ssl.SSLContext


@functools.cache
def certificates() -> Certificates:
    authority = trustme.CA(organization_name="huaweicloud.hss simulator")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return Certificates(authority.cert_pem.bytes(), context)
