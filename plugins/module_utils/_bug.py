# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said when something happens that nobody foresaw."""

from __future__ import annotations

import os
import traceback


def describe_bug(error: Exception) -> str:
    """Where it happened, by file and line only: a traceback's own text may quote values. Not redacted yet."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " > ".join(f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return (
        f"This is a bug in huaweicloud.hss: {type(error).__name__}: {error} (at {places}). "
        "Please report it with this message; nothing was concluded about any cluster."
    )
