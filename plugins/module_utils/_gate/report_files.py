# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the gate's report files, each complete or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from typing import Any, Callable, Dict, Iterable, Iterator, Mapping, Optional

from .._api.client import Client
from .._concurrency.controller import Controller
from .._errors import ConfigurationError, ReportError
from .._formatting import escape_unprintable

Write = Callable[[Mapping[str, Any]], str]

# File names by format.
FILES = {
    "junit": "cluster-scan-gate.xml",
    "json": "cluster-scan-gate.json",
    "markdown": "cluster-scan-gate.md",
    "html": "cluster-scan-gate.html",
}
# Prefix of the file names while reports are written.
TEMPORARY = ".cluster-scan-gate-"


def remove_reports(options: Mapping[str, Any]) -> None:
    """Remove the reports of an earlier run from report_dir, so that they are not taken for the reports of this run.

    `options` are neither validated nor converted yet. Only files with the names of reports are removed; of a symbolic link, the
    link itself and not its target. Raises ReportError if a file cannot be removed.
    """
    folder = options.get("report_dir")
    # A list, a dictionary or a blank is rejected later, when the options are validated.
    if folder is not None and not isinstance(folder, (list, dict)) and str(folder).strip():
        # The same conversion that ansible-core applies to options of type path.
        folder = os.path.expanduser(os.path.expandvars(str(folder)))
        with _as_report_error(folder, "A report of an earlier run cannot be removed from"):
            _unlink(os.path.join(folder, name) for name in FILES.values())


class Reports:
    """The reports that the options request, if any.

    Created before the first request, so that a folder that is not writable fails the task before anything is queried.
    """

    def __init__(self, client: Client, params: Mapping[str, Any]) -> None:
        self._client = client
        folder = params.get("report_dir")
        self._folder: Optional[str] = _absolute(folder) if folder else None
        self._formats = [name for name in FILES if name in (params.get("report_formats") or [])]
        if not self._folder:
            return
        if not self._formats:
            raise ConfigurationError("Option report_dir needs at least one of report_formats.")
        self._controller = Controller()
        if not client.check_mode:
            with _as_report_error(self._folder):
                os.makedirs(self._folder, exist_ok=True)
                with tempfile.NamedTemporaryFile(dir=self._folder, prefix=TEMPORARY):
                    pass

    def write(self, result: Mapping[str, Any]) -> Dict[str, Any]:
        """Write all reports or none; return the keys `changed` and `reports` (paths by format) for the result.

        In check mode nothing is written, and the paths are those that would be written. Raises ReportError, which carries
        `result`, and CancelledError if ansible-playbook has ended: another run may have written its own reports since.
        """
        if not self._folder:
            return {"changed": False, "reports": {}}
        paths = {name: os.path.join(self._folder, FILES[name]) for name in self._formats}
        if self._client.contains_secret(json.dumps([result, paths])):
            raise ConfigurationError(
                "The verdict holds a value that this task was given as a secret, so no report was written. The secret is too "
                "short or too common to be one: correct it, or unset the option or variable that holds it."
            )
        if not self._client.check_mode:
            writers = _writers()
            texts = {path: writers[name](result) for name, path in paths.items()}
            self._controller.require()
            with _as_report_error(self._folder, result=result):
                _write_atomically(texts)
        # Each report contains the time, so it always differs from the previous one.
        return {"changed": True, "reports": paths}


def _writers() -> Dict[str, Write]:
    # Imported lazily: only tasks with reports need the writers.
    from .reports import html, junit, markdown
    from .reports import json as json_report

    return {"junit": junit.write, "json": json_report.write, "markdown": markdown.write, "html": html.write}


def _write_atomically(texts: Mapping[str, str]) -> None:
    """Write each text to its path, all or none.

    All texts are written to temporary files before the first is renamed: no reader sees a partial report, a full disk leaves
    no report, and no symbolic link is followed.
    """
    temporary: Dict[str, str] = {}
    try:
        for path, text in texts.items():
            temporary[path] = _write_beside(path, text)
        for path, written in temporary.items():
            os.replace(written, path)
    except BaseException:
        for path in (*temporary.values(), *texts):
            with contextlib.suppress(OSError):
                os.unlink(path)
        raise


def _write_beside(path: str, text: str) -> str:
    """Write to a new file in the same folder, with the permissions that the umask allows; return its path."""
    number, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=TEMPORARY)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        # Some file systems (SMB, FUSE) reject chmod; the report is usable without it.
        with contextlib.suppress(OSError):
            os.chmod(temporary, 0o666 & ~_umask())
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


def _unlink(paths: Iterable[str]) -> None:
    """Remove the files that exist. Raises OSError for one that cannot be removed, after the others are removed."""
    problem = None
    for path in paths:
        try:
            os.unlink(path)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            problem = error
    if problem is not None:
        raise problem


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _absolute(folder: str) -> str:
    """Return the absolute path for messages and results, or the path as given if the working directory was removed."""
    try:
        return os.path.abspath(folder)
    except OSError:  # pragma: no cover - ansible-core leaves a working directory that is gone; it may go later
        return folder


@contextlib.contextmanager
def _as_report_error(
    folder: str, what: str = "No report can be written to", result: Optional[Mapping[str, Any]] = None
) -> Iterator[None]:
    """Convert OSError and ValueError into ReportError, with `result` as its data so that a verdict is not lost."""
    problem = None
    try:
        yield
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except ValueError:
        problem = "a path cannot hold a NUL or a character that the file system's encoding lacks"
    if problem:
        verdict = f" The verdict itself: {result['verdict']['message']}" if result else ""
        raise ReportError(
            f"{what} {escape_unprintable(_absolute(folder))}: {problem}.{verdict}",
            hint="Check report_dir: a folder on the host that runs the module, which its user may write to.",
            data=result,
        )
