# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps tests from the network: only loopback names are resolved, and any other name fails the test that resolves it.

Python imports a module of this name at its start from PYTHONPATH, in Ansible's module processes too. tests/conftest.py loads it
into the process of the tests, and reads the file to which the names are written.
"""

from __future__ import annotations

import ipaddress
import os
import socket

VARIABLE = "HSS_TEST_RESOLVED_NAMES"
# Names that exist nowhere (RFC 2606, RFC 6761): a test may use them, and finds that they do not exist.
RESERVED = (".invalid", ".example", ".test", ".example.com", ".example.org", ".example.net")

_getaddrinfo = socket.getaddrinfo


def _is_local(host):
    if not host or host in ("localhost", socket.gethostname()):
        return True
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return False


def _resolve_loopback_only(host, *args, **kwargs):
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if _is_local(name):
        return _getaddrinfo(host, *args, **kwargs)
    path = os.environ.get(VARIABLE)
    if path and not f".{name}".endswith(RESERVED):
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{name}\n")
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


# Once in a process, since another library may wrap it too.
if not hasattr(socket, VARIABLE):
    setattr(socket, VARIABLE, True)
    socket.getaddrinfo = _resolve_loopback_only
