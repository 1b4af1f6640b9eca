# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the JSON report of the last run that passed or failed. It is untrusted: anyone who can write to the folder can change it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from typing import Any, Mapping, NamedTuple, Optional

from ..reports.json import SCHEMA
from .folder import FILES, PREVIOUS, READ, ReportFolder

MAX_SIZE = 32 * 1024 * 1024  # bytes; 2,000 clusters take about one MiB
JUDGED = ("passed", "failed")


class Previous(NamedTuple):
    """The JSON report of the last run that passed or failed, and the file's SHA-256, or None; a note on a file that was ignored."""

    document: Optional[Mapping[str, Any]] = None
    digest: Optional[str] = None
    note: Optional[str] = None


def keep_previous(folder: ReportFolder) -> Previous:
    """Return the last run that passed or failed, and keep its report under the name PREVIOUS. The caller holds the lock.

    The report of a run that was not judged does not replace it.
    """
    last = _read(folder, FILES["json"])
    if last.document is not None and last.document["verdict"]["status"] in JUDGED:
        try:
            folder.keep(FILES["json"], PREVIOUS)
        except OSError as error:
            note = f"{PREVIOUS} cannot be replaced ({error.strerror}), so that the next run may find no report to compare with."
            return Previous(last.document, None, note)
        return last
    before = _read(folder, PREVIOUS)
    if before.document is not None and before.document["verdict"]["status"] not in JUDGED:
        before = Previous(note=_note(PREVIOUS, "judges nothing"))
    return before._replace(note=before.note or last.note)


def _read(folder: ReportFolder, name: str) -> Previous:
    try:
        descriptor = os.open(folder.file(name), READ)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return Previous(note=_note(name, "is not a regular file"))
            data = file.read(MAX_SIZE + 1)
    except FileNotFoundError:
        return Previous()
    except OSError as error:
        problem = "is a symbolic link" if error.errno == errno.ELOOP else f"cannot be read ({error.strerror})"
        return Previous(note=_note(name, problem))
    if len(data) > MAX_SIZE:
        return Previous(note=_note(name, f"is larger than {MAX_SIZE} bytes"))
    try:
        document = json.loads(data)
        if document["$schema"] != SCHEMA:
            return Previous(note=_note(name, "was written by another version of the collection"))
        if not isinstance(document["verdict"]["status"], str):
            raise ValueError("no status")
    except (ValueError, KeyError, TypeError, RecursionError):
        return Previous(note=_note(name, "is not a report of the gate"))
    return Previous(document, hashlib.sha256(data).hexdigest())


def _note(name: str, problem: str) -> str:
    return f"{name} {problem}, so nothing is compared with an earlier run."
