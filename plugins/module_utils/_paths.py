# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read files that options name, and decide what a message may show of a path.

A variable that should name a file often contains the content itself (GitLab provides identity tokens as text). A value is
therefore shown only if it looks like a path.
"""

from __future__ import annotations

import os
import re
import stat
from typing import Optional, Tuple

from ._errors import ConfigurationError

MAX_SHOWN_LENGTH = 255  # characters

# The action plugins, which know the folder that the user is in, look for this.
RELATIVE_PATH = "A relative path counts from the folder that the module runs in"

IS_DIRECTORY = "is a directory"

_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.*", re.S)
# Base64, or an access key. Without dots and dashes, which most file names of this length contain; names that are made by programs
# (of temporary folders, commits, projects, jobs) rarely have letters of both cases.
_BASE64 = re.compile(r"(?=([^A-Z]*[A-Z]){4})(?=([^a-z]*[a-z]){4})[A-Za-z0-9+/=]{20,}")
_ACCESS_KEY = re.compile(r"[A-Z0-9]{20}")
_WORD = re.compile(r"[a-z]{6,}")
_LETTER_NEXT_TO_DIGIT = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
_ROOTED = re.compile(r"(/|\./|\.\./|~[\w.-]*/).*")
_RELATIVE = re.compile(r"([\w.+ -]{1,64}/)*[\w.+ -]{1,64}\.[A-Za-z][A-Za-z0-9_-]{0,9}")


def absolute_path(value: str) -> str:
    """Return the absolute path, with ~ expanded; a relative path is resolved against the working directory of this process."""
    path = os.path.expanduser(value)
    try:
        return os.path.abspath(path)
    except OSError:  # pragma: no cover - the working directory was removed
        return path


def seems_to_hold(value: str) -> Optional[str]:
    """Return what a value that should be a path seems to contain instead, such as "a URL"; None if nothing is recognized."""
    text = value.strip()
    last = text.rpartition("/")[2]
    if "-----BEGIN" in text:
        return "a private key in PEM" if "PRIVATE KEY-----" in text else "a PEM certificate or key"
    if _JWT.fullmatch(text) or _JWT.fullmatch(last):
        return "a JWT (an identity token)"
    if text.startswith("{"):
        return "JSON text"
    if text.lower().startswith("bearer "):
        return "a token"
    if len(text.splitlines()) > 1:
        return "the content of an INI file" if text.startswith("[") else "a text of several lines"
    if _URL.fullmatch(text):
        return "a URL"
    names = text.split("/")
    # Base64 contains slashes too, but hardly words; and those of a rooted path separate names.
    is_path = bool(_ROOTED.fullmatch(text)) or any(map(_WORD.fullmatch, names))
    if any(map(_is_key, names)) or (not is_path and _is_key(text)):
        return "a key or a token"
    return None


def looks_like_path(value: str) -> bool:
    """Return whether a message may show the value: one line, at most 255 characters, and the form of a path."""
    if len(value) > MAX_SHOWN_LENGTH or not value.isprintable() or seems_to_hold(value):
        return False
    return bool(_ROOTED.fullmatch(value) or _RELATIVE.fullmatch(value))


def secret_content(value: str) -> Optional[str]:
    """Return what a value seems to contain in place of a path, as seems_to_hold() does; None if it may be a path of this host."""
    if not _ROOTED.fullmatch(value):
        return None if os.path.exists(absolute_path(value)) else seems_to_hold(value)
    # What exists of the path is no secret, whatever its names are.
    path, missing = absolute_path(value), ""
    while path != os.sep and not os.path.exists(path):
        path, name = os.path.split(path)
        missing = f"/{name}{missing}"
    return seems_to_hold(missing)


def secret_in_place_of_path(value: object) -> Optional[str]:
    """Return the value if it seems to be a secret rather than a path, for redaction; None otherwise."""
    return value if isinstance(value, str) and secret_content(value) else None


def path_error(origin: str, what: str, value: str, problem: str) -> ConfigurationError:
    """Return the error for a path that cannot be used.

    `origin` names the option or variable, `what` is what it should name ("file"), `problem` completes "the file PATH …". The
    message shows the absolute path, or, if the value does not look like a path, what it seems to contain.
    """
    if looks_like_path(value):
        base_hint = "" if os.path.isabs(os.path.expanduser(value)) else _relative_path_hint(value)
        return ConfigurationError(
            f"{origin}: the {what} {absolute_path(value)} {problem}.",
            hint=f"Files are read on the host that runs the module.{base_hint}",
        )
    content = seems_to_hold(value)
    if content:
        return ConfigurationError(
            f"{origin} must name a {what}, and seems to hold {content} itself ({len(value)} characters, which are not shown).",
            hint=f"Give the path of a {what}; write the value to one that only this user can read.",
        )
    return ConfigurationError(
        f"{origin}: the {what} that it names {problem}. The name ({len(value)} characters) is not shown: it does not look like a path.",
        hint=f"{RELATIVE_PATH}, {absolute_path('.')}. Give the absolute path of a {what}.",
    )


def _relative_path_hint(value: str) -> str:
    """Return the hint on relative paths: a module on localhost runs in the playbook's folder, not in that of the user."""
    # PWD may be outdated, so it is only a hint, and only if the file exists.
    intended = os.path.join(os.environ.get("PWD") or os.sep, value)
    suggestion = f" There is {intended}: give this path." if os.path.exists(intended) else ""
    return f" {RELATIVE_PATH}.{suggestion}"


def file_problem(path: str, limit: int) -> Optional[str]:
    """Return why a path cannot be read as a file of at most `longest` bytes, or None. Opens nothing, since a FIFO would block."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return "does not exist"
    except PermissionError:  # pragma: no cover - tests may run as root, who may read all; another process shows it
        return "cannot be read by the user that runs the module (no permission)"
    except OSError as error:
        return f"cannot be read ({error.strerror or type(error).__name__})"
    except ValueError:
        return "has a name that is not a path (it holds a NUL, or is not valid UTF-8)"
    if stat.S_ISDIR(status.st_mode):
        return IS_DIRECTORY
    if not stat.S_ISREG(status.st_mode):
        return f"is {_kind(status.st_mode)}, not a regular file"
    return f"is longer than {limit} bytes" if status.st_size > limit else None


def read_bytes(path: str, limit: int) -> Tuple[bytes, Optional[str]]:
    """Return the content of a file of at most `longest` bytes and None, or b"" and why it cannot be read."""
    problem = file_problem(path, limit)
    if problem is not None:
        return b"", problem
    try:
        # O_NONBLOCK: the file may have been replaced by a FIFO in the meantime.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(limit + 1)
    except PermissionError:  # pragma: no cover - tests may run as root, who may read all; another process shows it
        return b"", "cannot be read by the user that runs the module (no permission)"
    except OSError as error:
        return b"", f"cannot be read ({error.strerror or type(error).__name__})"
    # Checked again, since files of /proc report size 0.
    return (data, None) if len(data) <= limit else (b"", f"is longer than {limit} bytes")


def _is_key(text: str) -> bool:
    """Return whether the text looks random: 20 or more characters that alternate between letters and digits."""
    is_possible = _BASE64.fullmatch(text) or _ACCESS_KEY.fullmatch(text)
    return bool(is_possible) and len(_LETTER_NEXT_TO_DIGIT.findall(text)) >= 3


def _kind(mode: int) -> str:
    """Return the type of a special file, in the words of a message."""
    if stat.S_ISFIFO(mode):
        return "a FIFO"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
