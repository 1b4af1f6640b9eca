# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decompress a body up to a maximum length. Imported only for a compressed response.

urllib3 before 2.6 has no such limit: some hundred bytes that are compressed three times become gigabytes.
"""

from __future__ import annotations

import zlib
from typing import Union

from .models import TransportFailure

MAX_CODINGS = 5  # one after the other, as urllib3 allows
_MAX_MEMBERS = 64  # of one gzip file
_GZIP = zlib.MAX_WBITS | 16
_MEMBER = b"\x1f\x8b"


class _TooLong(Exception):
    """The body is longer than the maximum length."""


def decode(body: bytes, codings: str, limit: int) -> Union[bytes, TransportFailure]:
    """Return the body, decompressed as its Content-Encoding header `codings` says, or the failure.

    The body may have at most `longest` bytes after each coding.
    """
    names = [name.strip().lower() for name in codings.split(",") if name.strip()]
    if len(names) > MAX_CODINGS:
        return TransportFailure(
            f"the body has {len(names)} content codings", "Check endpoint and proxy settings.", retryable=False
        )
    for name in reversed(names):
        if name == "identity":
            continue
        if name not in ("gzip", "x-gzip", "deflate"):
            return TransportFailure(
                "the body has a content coding that was not requested (Content-Encoding)",
                "Only gzip and deflate are understood: check endpoint and proxy settings.",
                retryable=False,
            )
        try:
            body = _inflate(body, limit) if name == "deflate" else _gunzip(body, limit)
        except _TooLong:
            return too_long(limit)
        except zlib.error:
            return TransportFailure("the body could not be decompressed", None, retryable=False)
    return body


def too_long(limit: int) -> TransportFailure:
    """Return the failure for a body of more than `longest` bytes."""
    return TransportFailure(
        f"the answer is longer than {limit} bytes", "Check endpoint and proxy settings.", retryable=False
    )


def _gunzip(body: bytes, limit: int) -> bytes:
    """Decompress gzip, which may have several members; bytes after the last one are padding. Raises zlib.error or _TooLong."""
    result = b""
    for number in range(_MAX_MEMBERS):
        if number and not body.startswith(_MEMBER):
            return result
        decompressor = zlib.decompressobj(_GZIP)
        result += _decompress(decompressor, body, limit - len(result))
        body = decompressor.unused_data
    raise zlib.error("too many members")


def _inflate(body: bytes, limit: int) -> bytes:
    """Decompress deflate, with or without its zlib header, which some servers omit. Raises zlib.error or _TooLong."""
    try:
        return _decompress(zlib.decompressobj(), body, limit)
    except zlib.error:
        return _decompress(zlib.decompressobj(-zlib.MAX_WBITS), body, limit)


def _decompress(decompressor: "zlib._Decompress", body: bytes, limit: int) -> bytes:
    """Decompress up to the end of the compressed data. Raises zlib.error if it is incomplete, _TooLong if it is too long."""
    result = decompressor.decompress(body, limit + 1)
    if len(result) > limit:
        raise _TooLong()
    # Below the limit, it stops either at the end of the compressed data or at the end of an incomplete input.
    if not decompressor.eof:
        raise zlib.error("incomplete")
    return result
