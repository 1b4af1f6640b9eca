# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends connections to the metadata address of an instance to the simulator instead.

Python imports a module of this name at its start from PYTHONPATH, in Ansible's module processes too. So the collection
needs no option, nor any other way, that could send somebody's metadata requests elsewhere.
"""

from __future__ import annotations

import os
import runpy
import socket

# Python imports one module of this name only.
runpy.run_path(os.path.join(os.path.dirname(os.path.dirname(__file__)), "loopback_only", "sitecustomize.py"))

METADATA = "169.254.169.254"
VARIABLE = "HSS_TEST_METADATA_PORT"

_connect = socket.socket.connect


def _connect_elsewhere(self, address):
    port = os.environ.get(VARIABLE)
    if port and isinstance(address, tuple) and address[0] == METADATA:
        address = ("127.0.0.1", int(port))
    return _connect(self, address)


socket.socket.connect = _connect_elsewhere
