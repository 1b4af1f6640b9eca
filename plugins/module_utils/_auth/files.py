# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read text files that contain credentials. Errors name the file and never quote its content."""

from __future__ import annotations

import os
from typing import Optional, Tuple

from .._paths import path_error, read_bytes
from .credentials import SourceContext
from .values import Values

MAX_FILE_BYTES = 1024 * 1024  # bytes; a longer file is not a credentials file


def named_file(context: SourceContext, option: str, variable: str) -> Optional[Tuple[str, str]]:
    """Return the path from the option, or else from the variable, and its origin; None if neither is set.

    Raises ConfigurationError if it is blank.
    """
    for values, name in (
        (Values("Option", context.params), option),
        (Values("Environment variable", context.environ), variable),
    ):
        if values.given(name):
            return values.required(name, [name]), values.origin(name)
    return None


def read_file(path: str, origin: str) -> str:
    """Return the text of a file. Raises ConfigurationError, which names `origin`, if it is unreadable, empty, or not UTF-8."""
    data, problem = read_bytes(os.path.expanduser(path), MAX_FILE_BYTES)
    text = ""
    if problem is None:
        try:
            # Some editors write a byte order mark.
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            problem = "is not UTF-8 text"
    if problem is None and not text.strip():
        problem = "is empty"
    if problem is not None:
        raise path_error(origin, "file", path, problem)
    return text
