# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of the gate: which ones, where, and that each is written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from typing import Any, Callable, Dict, Iterator, Mapping, Optional

from ._client import Client
from ._errors import ConfigurationError, ReportError

Write = Callable[[Mapping[str, Any]], str]

# Names of files by format.
FILES = {
    "junit": "cluster-scan-gate.xml",
    "json": "cluster-scan-gate.json",
    "markdown": "cluster-scan-gate.md",
    "html": "cluster-scan-gate.html",
}


def forget_reports(params: Mapping[str, Any]) -> None:
    """Remove those of an earlier run, before anything can go wrong: they would speak for this one."""
    folder = params.get("report_dir")
    if not folder:
        return
    with _told(folder, None):
        for name in FILES.values():
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(os.path.join(folder, name))


class Reports:
    """The reports that a task's options ask for, if any. Made before anything is sent: a folder that cannot be written to
    is found out then, and not when the answer is there."""

    def __init__(self, client: Client, params: Mapping[str, Any]) -> None:
        self._client = client
        folder = params.get("report_dir")
        self._folder: Optional[str] = os.path.abspath(folder) if folder else None
        self._formats = [name for name in FILES if name in (params.get("report_formats") or [])]
        if not self._folder:
            return
        if not self._formats:
            raise ConfigurationError("Option report_dir needs at least one of report_formats.")
        if not client.check_mode:
            with _told(self._folder, None):
                os.makedirs(self._folder, exist_ok=True)
                with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".cluster-scan-gate-"):
                    pass

    def write(self, result: Mapping[str, Any]) -> Dict[str, Any]:
        """What this adds to the result: the files by format. In check mode those that would be written."""
        if not self._folder:
            return {"changed": False, "reports": {}}
        if self._client.shows_a_secret(json.dumps(result)):
            raise ConfigurationError(
                "The verdict holds a value that this task was given as a secret, so no report was written. The secret is too "
                "short or too common to be one: correct it, or unset the option or variable that holds it."
            )
        writers = _writers()
        paths = {name: os.path.join(self._folder, FILES[name]) for name in self._formats}
        if not self._client.check_mode:
            with _told(self._folder, result):
                for name, path in paths.items():
                    _put(path, writers[name](result))
        # Each has the time in it, so none is as before.
        return {"changed": True, "reports": paths}


def _writers() -> Dict[str, Write]:
    # Paid for by those who want reports.
    from ._reports import html, junit, markdown
    from ._reports import json as json_report

    return {"junit": junit.write, "json": json_report.write, "markdown": markdown.write, "html": html.write}


def _put(path: str, text: str) -> None:
    """The file is there at once: nobody reads half a report, and no planted link is followed."""
    number, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".cluster-scan-gate-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text.encode("utf-8"))
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _told(folder: str, result: Optional[Mapping[str, Any]]) -> Iterator[None]:
    """What the system says is told; a verdict that is there already is not lost with it."""
    problem = None
    try:
        yield
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if problem:
        verdict = f" The verdict itself: {result['verdict']['message']}" if result else ""
        raise ReportError(
            f"No report can be written to {folder}: {problem}.{verdict}",
            hint="Check report_dir: a folder on the host that runs the module, which its user may write to.",
            data=result,
        )
