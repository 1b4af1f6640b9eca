# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recognize that the host which runs the module has run out of something. Only a failing run imports this."""

from __future__ import annotations

import errno
import socket
from typing import NamedTuple, Optional


class Limit(NamedTuple):
    """What the host lacks, as the middle of a sentence, and what to do about it."""

    text: str
    hint: str


_THREADS = Limit(
    "the host that runs the module cannot start a new thread",
    "Raise its limit of processes and threads (ulimit -u, the pids limit of the container), or lower concurrency.",
)
_MEMORY = Limit(
    "the host that runs the module has no memory left for it",
    "Give the host or its container more memory, or ask for less at a time (concurrency).",
)
_DISK = Limit("the disk of the host that runs the module is full", "Free some space on it.")
_BY_NUMBER = {
    errno.EMFILE: Limit(
        "the process that runs the module has too many open files",
        "Raise the limit (ulimit -n) on the host that runs the module, or lower concurrency.",
    ),
    errno.ENFILE: Limit(
        "the host that runs the module has too many open files",
        "Close what holds them, or raise the host's limit (fs.file-max).",
    ),
    errno.ENOMEM: _MEMORY,
    errno.ENOBUFS: _MEMORY,
    errno.ENOSPC: _DISK,
    errno.EDQUOT: _DISK,
}


def host_limit(error: BaseException) -> Optional[Limit]:
    """Return the limit of the host that an exception stands for, None for any other exception."""
    if isinstance(error, MemoryError):
        return _MEMORY
    # CPython has no class for it.
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return _THREADS
    # The numbers of failed name resolutions are others.
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror):
        return _BY_NUMBER.get(error.errno or 0)
    return None
