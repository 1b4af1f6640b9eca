# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Format text for messages: durations (also parsed here), untrusted text, bugs, and exhausted resources of the host."""

from __future__ import annotations

import errno
import os
import re
import socket
import traceback
from typing import NamedTuple, Optional

from ._errors import ConfigurationError


class Limit(NamedTuple):
    """An exhausted resource of the host: `text` for the middle of a sentence, and `hint`, the next action."""

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
    """Return the exhausted resource that caused the exception, or None."""
    if isinstance(error, MemoryError):
        return _MEMORY
    # CPython has no exception class of its own for this.
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return _THREADS
    # Errors of name resolution have numbers of their own.
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror):
        return _BY_NUMBER.get(error.errno or 0)
    return None


def describe_bug(error: Exception) -> str:
    """Return the message for an unexpected exception. It is not redacted yet.

    The place is shown by file and line only, since the text of a traceback may quote values. An exhausted resource of the host is
    reported as such and not as a bug.
    """
    limit = host_limit(error)
    if limit is not None:
        start = limit.text[0].upper() + limit.text[1:]
        return f"{start} ({type(error).__name__}). {limit.hint} Nothing was concluded about any cluster."
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " > ".join(f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return (
        f"This is a bug in huaweicloud.hss: {type(error).__name__}: {error} (at {places}). "
        "Please report it with this message; nothing was concluded about any cluster."
    )


UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
MAX_DURATION = 100 * 366 * 86400  # seconds

_DURATION = re.compile(r"([0-9]{1,10})([smhdw]?)")


def parse_duration(text: str, origin: str) -> int:
    """Return the seconds, above 0, of a duration such as 7d, 24h, 90m, 30s, 2w or a plain number of seconds.

    Raises ConfigurationError, which names `origin`, for anything else.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    length = int(match.group(1)) * UNITS[match.group(2)] if match else 0
    if not 0 < length <= MAX_DURATION:
        raise ConfigurationError(f"{origin} must be a length of time such as 7d, 24h or a number of seconds, above 0.")
    return length


def format_duration(length: int) -> str:
    """Return a duration in seconds as text, in the largest unit that divides it, up to days: 604800 is 7d."""
    unit = next(unit for unit in ("d", "h", "m", "s") if length % UNITS[unit] == 0)
    return f"{length // UNITS[unit]}{unit}"


_MAX_TEXT_LENGTH = 600


def single_line(text: str) -> str:
    """Return the text of a response for a message: on one line, at most 600 characters.

    Redact the text first: a truncated secret would not be recognized.
    """
    line = _escape_commands(" ".join("".join(c if c.isprintable() else " " for c in text).split()))
    return line if len(line) <= _MAX_TEXT_LENGTH else line[:_MAX_TEXT_LENGTH] + "…"


# Commands that CI servers execute from a log: ##[error] and ##vso[ anywhere in a line, ::error:: at its beginning.
_CI_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)|::(?=[A-Za-z-]+(?: |::))")


def _escape_commands(text: str) -> str:
    return _CI_COMMAND.sub(lambda match: f"\\x{ord(match[0][0]):02x}{match[0][1]}", text)


def escape_unprintable(text: str) -> str:
    """Return the text on one line, with unprintable characters and CI commands escaped.

    A name must not add lines to a message, reverse the direction of its text, or give a command to a CI server.
    """
    text = _escape_commands(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)
