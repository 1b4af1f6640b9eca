# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decompress a body within a bound. Only a compressed response imports this.

urllib3 does it too. Before 2.6 it has no bound: some hundred bytes that are packed three times become gigabytes.
"""

from __future__ import annotations

import zlib
from typing import Union

from .models import TransportFailure

MOST_CODINGS = 5  # one after the other, as urllib3 allows
_MOST_MEMBERS = 64  # of one gzip file
_GZIP = zlib.MAX_WBITS | 16
_MEMBER = b"\x1f\x8b"


class _TooLong(Exception):
    """The body is longer than the bound."""


def decoded(body: bytes, codings: str, longest: int) -> Union[bytes, TransportFailure]:
    """Return the body without the codings of its header Content-Encoding, at most `longest` bytes after each of them."""
    names = [name.strip().lower() for name in codings.split(",") if name.strip()]
    if len(names) > MOST_CODINGS:
        return TransportFailure(
            f"the body is packed {len(names)} times", "Check endpoint and proxy settings.", retryable=False
        )
    for name in reversed(names):
        if name == "identity":
            continue
        if name not in ("gzip", "x-gzip", "deflate"):
            return TransportFailure(
                "the body is packed in a way that was not asked for (Content-Encoding)",
                "Only gzip and deflate are understood: check endpoint and proxy settings.",
                retryable=False,
            )
        try:
            body = _inflated(body, longest) if name == "deflate" else _gunzipped(body, longest)
        except _TooLong:
            return too_long(longest)
        except zlib.error:
            return TransportFailure("the body could not be decompressed", None, retryable=False)
    return body


def too_long(longest: int) -> TransportFailure:
    return TransportFailure(
        f"the answer is longer than {longest} bytes", "Check endpoint and proxy settings.", retryable=False
    )


def _gunzipped(body: bytes, longest: int) -> bytes:
    """A gzip file may have several members; what follows the last one is padding."""
    result = b""
    for number in range(_MOST_MEMBERS):
        if number and not body.startswith(_MEMBER):
            return result
        unpacker = zlib.decompressobj(_GZIP)
        result += _unpacked(unpacker, body, longest - len(result))
        body = unpacker.unused_data
    raise zlib.error("too many members")


def _inflated(body: bytes, longest: int) -> bytes:
    """Deflate has a zlib header by the standard; some servers leave it out."""
    try:
        return _unpacked(zlib.decompressobj(), body, longest)
    except zlib.error:
        return _unpacked(zlib.decompressobj(-zlib.MAX_WBITS), body, longest)


def _unpacked(unpacker: "zlib._Decompress", body: bytes, longest: int) -> bytes:
    result = unpacker.decompress(body, longest + 1)
    if len(result) > longest:
        raise _TooLong()
    # With room left, it stops at the end of what is packed, or where the input ends before that.
    if not unpacker.eof:
        raise zlib.error("incomplete")
    return result
