# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the progress that a module appends to a private file while it runs."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from typing import Any, Callable, Iterator, Optional

from ..module_utils._http.json_body import is_whole_number

INTERVAL = 0.5  # seconds between two reads of the file
FIGURES = ("success", "scanning", "failed", "estimated_time")


@contextlib.contextmanager
def following(folder: str, show: Callable[[str], None]) -> Iterator[str]:
    """Create a private file in `folder`, and call `show` with the text of the entries that are appended while the block runs.

    Yield the path of the file, which is removed at the end.
    """
    descriptor, path = tempfile.mkstemp(prefix="hss-progress-", dir=folder)
    ended = threading.Event()
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:

        def follow() -> None:
            unfinished = ""
            while True:
                is_last = ended.wait(INTERVAL)
                *lines, unfinished = (unfinished + file.read()).split("\n")
                # One line for each read, so that many changes at once do not fill the log.
                texts = [text for text in map(describe_progress, lines) if text]
                if texts:
                    show(texts[-1])
                if is_last:
                    return

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield path
        finally:
            ended.set()
            follower.join()
            os.unlink(path)


def describe_progress(line: str) -> Optional[str]:
    """Return an entry as text, or None if it is not one. Only numbers are shown, so that nothing else can get into the log."""
    try:
        entry: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or not all(is_whole_number(entry.get(name)) for name in FIGURES):
        return None
    done, running, failed, minutes = (entry[name] for name in FIGURES)
    left = f", about {minutes} minute{'' if minutes == 1 else 's'} left" if running and minutes > 0 else ""
    return f"{done} done, {running} running, {failed} failed{left}"
