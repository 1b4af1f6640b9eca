# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read files that options name, and decide what a message may show of a path.

A variable that should name a file often holds the content itself (GitLab gives identity tokens as text), so a value is shown only
where it looks like a path.
"""

from __future__ import annotations

import os
import re
import stat
from typing import Optional, Tuple

from ._errors import ConfigurationError

LONGEST_SHOWN = 255  # characters

# The action plugins, which know the folder that the user is in, look for this.
RELATIVE_PATH = "A relative path counts from the folder that the module runs in"

IS_DIRECTORY = "is a directory"

_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.*", re.S)
# Without a dot or a dash: file names that are as long have some.
_KEY = re.compile(r"[A-Za-z0-9+/=]{20,}")
_LETTER_NEXT_TO_DIGIT = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
_ROOTED = re.compile(r"(/|\./|\.\./|~[\w.-]*/).*")
_RELATIVE = re.compile(r"([\w.+ -]{1,64}/)*[\w.+ -]{1,64}\.[A-Za-z][A-Za-z0-9_-]{0,9}")


def absolute_path(value: str) -> str:
    """Return the absolute path that a value names for this process: a relative one counts from its working directory."""
    path = os.path.expanduser(value)
    try:
        return os.path.abspath(path)
    except OSError:  # pragma: no cover - the working directory was removed
        return path


def seems_to_hold(value: str) -> Optional[str]:
    """Return what a value that should be a path seems to hold instead, such as "a JWT"; None if nothing is recognised."""
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
    if any(_is_key(part) for part in (text, last)):
        return "a key or a token"
    return None


def looks_like_path(value: str) -> bool:
    """Return whether a message may show the value: one line, at most 255 characters, and the form of a path."""
    if len(value) > LONGEST_SHOWN or not value.isprintable() or seems_to_hold(value):
        return False
    return bool(_ROOTED.fullmatch(value) or _RELATIVE.fullmatch(value))


def secret_in_place_of_path(value: object) -> Optional[str]:
    """Return the value if it seems to be a secret rather than a path, for redaction; None otherwise."""
    if not isinstance(value, str) or not seems_to_hold(value) or os.path.exists(absolute_path(value)):
        return None
    return value


def path_error(origin: str, what: str, value: str, problem: str, hint: Optional[str] = None) -> ConfigurationError:
    """Return the error for a path that cannot be used.

    `origin` names the option or variable, `what` is what it should name ("file"), `problem` completes "the file PATH …". The
    absolute path is shown, or, where the value does not look like a path, what it seems to hold.
    """
    if looks_like_path(value):
        counted = "" if os.path.isabs(os.path.expanduser(value)) else _where_it_counts_from(value)
        return ConfigurationError(
            f"{origin}: the {what} {absolute_path(value)} {problem}.",
            hint=f"{hint or 'Files are read on the host that runs the module.'}{counted}",
        )
    held = seems_to_hold(value)
    if held:
        return ConfigurationError(
            f"{origin} must name a {what}, and seems to hold {held} itself ({len(value)} characters, which are not shown).",
            hint=f"Give the path of a {what}; write the value to one that only this user can read.",
        )
    return ConfigurationError(
        f"{origin}: the {what} that it names {problem}. The name ({len(value)} characters) is not shown: it does not look like a path.",
        hint=f"{RELATIVE_PATH}, {absolute_path('.')}. Give the absolute path of a {what}.",
    )


def _where_it_counts_from(value: str) -> str:
    """Say what a relative path counts from; a module on localhost runs in the playbook's folder, not where the user is."""
    # The shell's own word, which may be of another folder: only a hint, and only where the file is there.
    meant = os.path.join(os.environ.get("PWD") or os.sep, value)
    found = f" There is {meant}: give this path." if os.path.exists(meant) else ""
    return f" {RELATIVE_PATH}.{found}"


def file_problem(path: str, longest: int) -> Optional[str]:
    """Return why a path cannot be read as a file of at most `longest` bytes, or None. Nothing is opened that could block."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return "does not exist"
    except PermissionError:  # pragma: no cover - tests may run as root, who may read all; another process shows it
        return "cannot be read by the user that runs the module (no permission)"
    except OSError as error:
        return f"cannot be read ({error.strerror or type(error).__name__})"
    except ValueError:
        return "has a name that is not a path (it holds a NUL, or is not valid UTF-8)"
    if stat.S_ISDIR(found.st_mode):
        return IS_DIRECTORY
    if not stat.S_ISREG(found.st_mode):
        return f"is {_kind(found.st_mode)}, not a regular file"
    return f"is longer than {longest} bytes" if found.st_size > longest else None


def read_bytes(path: str, longest: int) -> Tuple[bytes, Optional[str]]:
    """Return a file's content, or why it cannot be read."""
    problem = file_problem(path, longest)
    if problem is not None:
        return b"", problem
    try:
        # Not to wait where the file was replaced by a FIFO meanwhile.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(longest + 1)
    except PermissionError:  # pragma: no cover - tests may run as root, who may read all; another process shows it
        return b"", "cannot be read by the user that runs the module (no permission)"
    except OSError as error:
        return b"", f"cannot be read ({error.strerror or type(error).__name__})"
    # Files of /proc say that they are empty.
    return (data, None) if len(data) <= longest else (b"", f"is longer than {longest} bytes")


def _is_key(text: str) -> bool:
    return bool(_KEY.fullmatch(text)) and len(_LETTER_NEXT_TO_DIGIT.findall(text)) >= 5


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a FIFO"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
