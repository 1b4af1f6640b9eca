# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said when something happens that nobody foresaw."""

from __future__ import annotations

import os
import traceback

from ._host_limits import host_limit


def describe_bug(error: Exception) -> str:
    """Return where it happened, by file and line only: a traceback's own text may quote values. Not redacted yet.

    A limit of the host can be met anywhere, and is no bug.
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
