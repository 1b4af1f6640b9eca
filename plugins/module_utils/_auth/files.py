# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read text files that hold credentials. Errors name the file and never quote its content."""

from __future__ import annotations

import os
from typing import Optional, Tuple

from .._paths import path_error, read_bytes
from .credentials import SourceContext
from .values import Values

MAX_FILE_BYTES = 1024 * 1024  # bytes; whatever is longer is another file than the one meant


def named_file(context: SourceContext, option: str, variable: str) -> Optional[Tuple[str, str]]:
    """The path that the option gives, or else the variable, and the words for where it came from."""
    for values, name in (
        (Values("Option", context.params), option),
        (Values("Environment variable", context.environ), variable),
    ):
        if values.given(name):
            return values.required(name, [name]), values.origin(name)
    return None


def read_file(path: str, origin: str) -> str:
    """The file's text, or the error that says where its path came from and why it cannot be used."""
    data, problem = read_bytes(os.path.expanduser(path), MAX_FILE_BYTES)
    text = ""
    if problem is None:
        try:
            # A byte order mark is what some editors put before UTF-8.
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            problem = "is not UTF-8 text"
    if problem is None and not text.strip():
        problem = "is empty"
    if problem is not None:
        raise path_error(origin, "file", path, problem)
    return text
