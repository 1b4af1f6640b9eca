# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unpack a body within a bound, whatever the library would do."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import zlib
from typing import Any

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.decoding import MAX_CODINGS, decode
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import TransportFailure

from tests.conftest import CHECKOUT, COLLECTIONS
from tests.hostile import Origin

LONGEST = 1 << 20
BODY = b'{"a": "' + b"b" * 1000 + b'"}'


def shown(value: Any) -> str:
    """Packed bytes are no name of a test: they hold the time."""
    return value if isinstance(value, str) else "body"


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    "codings,body",
    [
        ("gzip", gzip.compress(BODY)),
        ("GZIP", gzip.compress(BODY)),
        ("x-gzip", gzip.compress(BODY)),
        ("gzip", gzip.compress(BODY[:500]) + gzip.compress(BODY[500:])),
        ("gzip", gzip.compress(BODY) + b"\0" * 512),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw_deflate(BODY)),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY))),
        ("deflate, gzip", gzip.compress(zlib.compress(BODY))),
        ("identity", BODY),
        (" , ", BODY),
    ],
    ids=shown,
)
def test_what_is_packed_is_unpacked(codings: str, body: bytes) -> None:
    assert decode(body, codings, LONGEST) == BODY


def bomb(layers: int) -> bytes:
    body = b"\0" * (LONGEST + 1)
    for _layer in range(layers):
        body = gzip.compress(body, 9)
    return body


@pytest.mark.parametrize(
    "codings,body,words",
    [
        ("gzip", bomb(1), "longer than 1048576 bytes"),
        ("gzip, gzip, gzip", bomb(3), "longer than 1048576 bytes"),
        ("deflate", zlib.compress(b"\0" * (LONGEST + 1)), "longer than"),
        ("deflate", raw_deflate(b"\0" * (LONGEST + 1)), "longer than"),
        ("gzip", gzip.compress(b"\0" * LONGEST) + gzip.compress(b"\0"), "longer than"),
        ("gzip", gzip.compress(b"") * 1000, "could not be decompressed"),
        ("gzip", b"{}", "could not be decompressed"),
        ("gzip", gzip.compress(BODY)[:-9], "could not be decompressed"),
        ("gzip", gzip.compress(BODY)[:-4] + b"0000", "could not be decompressed"),
        ("deflate", b"{}", "could not be decompressed"),
        ("gzip, deflate", zlib.compress(b""), "could not be decompressed"),
        ("br", b"x", "not requested"),
        ("zstd", b"x", "not requested"),
        ("gzip, ü", b"x", "not requested"),
        (",".join(["gzip"] * (MAX_CODINGS + 1)), bomb(6), "6 content codings"),
    ],
    ids=shown,
)
def test_what_cannot_be_unpacked_within_the_bound(codings: str, body: bytes, words: str) -> None:
    lost = decode(body, codings, LONGEST)
    assert isinstance(lost, TransportFailure) and words in lost.message and not lost.retryable


ASK = """
import resource, sys
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConnectionFailedError
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.transport import Transport
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Operation, Request
transport = Transport(verify=True, timeout=30.0, max_retries=0, environ={}, secrets=Secrets(), clock=Clock())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    transport.send(Request("GET", sys.argv[1], {}), Operation("HSS", "x"), lambda request, when: {}, lambda refused: False)
except ConnectionFailedError as error:
    print(error.message)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_bomb_takes_little_memory() -> None:
    """Half a gigabyte, packed three times, is some hundred bytes; urllib3 before 2.6 unpacks all of it at once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    once = b"".join([*(packer.compress(b"\0" * (1 << 20)) for _number in range(512)), packer.flush()])
    body = gzip.compress(gzip.compress(once, 9), 9)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(body)

    def answer(server: Origin, connection: Any) -> None:
        connection.sendall(head + body)

    with Origin(answer) as origin:
        done = subprocess.run(
            [sys.executable, "-c", ASK, f"http://127.0.0.1:{origin.port}/"],
            env={**os.environ, "PYTHONPATH": f"{COLLECTIONS}:{CHECKOUT}"},
            capture_output=True,
            text=True,
            check=True,
        )
    message, grown = done.stdout.splitlines()
    assert "the answer is longer than" in message and int(grown) < 100, done.stdout
