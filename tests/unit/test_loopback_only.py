# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No test reaches the network: a name that is not loopback is not resolved, and is written down for the test to fail."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import sys

import pytest

REAL = "hss.cn-north-4.myhuaweicloud.com"


@pytest.fixture
def resolved(loopback_only: None) -> pathlib.Path:
    return pathlib.Path(os.environ["HSS_TEST_RESOLVED_NAMES"])


@pytest.mark.parametrize("in_process", [True, False])
def test_a_name_of_the_network(resolved: pathlib.Path, in_process: bool) -> None:
    if in_process:
        with pytest.raises(socket.gaierror):
            socket.create_connection((REAL, 443))
    else:
        code = f"import socket; socket.create_connection(({REAL!r}, 443))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "gaierror" in done.stderr
    assert resolved.read_text() == f"{REAL}\n"
    resolved.unlink()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", b"localhost", None])
def test_loopback_is_resolved(resolved: pathlib.Path, host: object) -> None:
    assert socket.getaddrinfo(host, 80) and not resolved.exists()  # type: ignore[arg-type]


def test_reserved_names_exist_nowhere(resolved: pathlib.Path) -> None:
    for name in ("hss.example.com", "no-such-region.invalid"):
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(name, 443)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("8.8.8.8", 443)
    assert resolved.read_text() == "8.8.8.8\n"
    resolved.unlink()
