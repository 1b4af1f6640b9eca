# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage the reports of a run from its start to its end, however it ends.

First they say that the run has not finished; then they have its verdict, or why nothing was judged. A run that is killed leaves the
former. The JSON report of the last run that passed or failed is kept beside them, for a comparison.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..._api.client import Client
from ..._api.scopes import Record
from ..._concurrency.controller import Controller
from ..._errors import ConfigurationError, ReportError
from ..._formatting import escape_unprintable
from ..._paths import secret_content
from ..._redaction import Redact
from ..provenance import Run
from ..rules import Verdict
from ..summary import not_judged
from ..wording import MAX_LINE, cut
from .document import build_document, cluster_records
from .folder import CHECKSUMS, FILES, PREVIOUS, ReportFolder, checksums
from .previous import Previous, keep_previous

# What expansion leaves of a path if it finds no such variable, or no home of such a user.
_UNKNOWN = re.compile(r"\$\w+|\$\{\w+\}|^~[\w.-]*(?=/|$)", re.ASCII)
UNFINISHED = "The run has not finished: it is still running, or it was ended before it could report."


class WrittenReports:
    """The reports of a run whose options request some. The methods are called in this order, and either write() or fail() last."""

    _controller: Controller

    def __init__(self, run: Run) -> None:
        self._run = run
        self._folder: Optional[ReportFolder] = None
        self._formats: List[str] = []
        self._previous = Previous()
        self._params: Optional[Mapping[str, Any]] = None
        self._clusters: List[Record] = []
        self._has_begun = False
        # Whether the reports contain the verdict of this run.
        self.has_ended = False

    def begin(self, path: str, formats: Any) -> None:
        """Replace the reports of an earlier run by those that say that this one has not finished. Not called in check mode.

        The options `report_dir` and `report_formats` are neither validated nor converted yet. Reports of formats that are not
        requested are removed; of a symbolic link, the link itself and not its target. Raises ReportError, and ConfigurationError for a
        path that cannot have been meant.
        """
        # ansible-core converts options of type path in the same way.
        path = os.path.expanduser(os.path.expandvars(path))
        _check_path(path)
        folder = ReportFolder(path)
        self._formats = _known_formats(formats)
        self._controller = Controller()
        texts = self._render(self._document({"verdict": not_judged(UNFINISHED, None)}))
        with folder.errors():
            folder.create()
        with folder.locked():
            self._folder = folder
            folder.remove_leftovers()
            self._previous = keep_previous(folder)
            folder.write_each(texts, [CHECKSUMS, *(name for name in FILES.values() if name not in texts)])
        self._has_begun = True

    def prepare(self, params: Mapping[str, Any]) -> None:
        """Store the validated options, before the first request. Raises ConfigurationError."""
        self._params = params
        if not params["report_formats"]:
            raise ConfigurationError("Option report_dir needs at least one of report_formats.")
        _check_path(params["report_dir"])

    def compare(
        self, client: Client, answer: Mapping[str, Any], verdict: Verdict, clusters: Sequence[Sequence[Record]]
    ) -> Tuple[Optional[Record], List[str]]:
        """Return the changes since the last run that passed or failed, None without one, and notes on ignored files.

        `clusters` has a list of clusters for each scope of `answer`, in the same order.
        """
        if self._folder is None or self._params is None:
            return None, []
        self._clusters = cluster_records(answer["scopes"], clusters, client.now(), self._params["max_scan_age"])
        notes = [self._previous.note] if self._previous.note else []
        if self._previous.document is None:
            return None, notes
        from .changes import compare

        try:
            result = {**answer, "verdict": verdict.as_result(), "clusters": self._clusters}
            changes = compare(self._previous.document, result, self._params)
        except (KeyError, TypeError, ValueError, AttributeError):
            self._previous = Previous()
            return None, [f"{PREVIOUS} is not a report of the gate, so nothing is compared with an earlier run."]
        if client.contains_secret(json.dumps(changes)):
            return None, [f"{PREVIOUS} holds a secret of this task, so nothing is compared with an earlier run."]
        return changes, notes

    def write(self, client: Client, result: Record) -> Record:
        """Write all reports or none; return the result with `changed` and `reports` (paths by format).

        In check mode nothing is written, and the paths are those of the files that would be. Raises ReportError, which carries
        `result`, and CancelledError if ansible-playbook has ended.
        """
        params = self._params or {}
        formats = [name for name in FILES if name in params["report_formats"]]
        folder = self._folder or ReportFolder(params["report_dir"])
        reports = {name: folder.file(FILES[name]) for name in formats}
        document = self._document({**result, "clusters": self._clusters})
        text = json.dumps([document, reports])
        if client.contains_secret(text):
            from ..._auth.origins import secret_found

            raise ConfigurationError(secret_found("The verdict", "no report was written", params, client.environ, text))
        # Each report contains the time, so it always differs from the earlier one.
        result = {**result, "changed": True, "reports": reports}
        if self._folder is None:
            # In check mode.
            return result
        texts = self._render(document)
        self._controller.require()
        try:
            with folder.locked():
                if self._belongs_to_another_run(folder):
                    return _without_reports(result, folder)
                folder.write_all({**texts, CHECKSUMS: self._checksums(texts)})
        except ReportError as error:
            error.message = f"{error.message} The verdict itself: {result['verdict']['message']}"
            error.data = {**result, "changed": False, "reports": {}}
            raise
        self.has_ended = True
        return result

    def fail(self, judged: Record, redact: Redact) -> None:
        """Write that nothing was judged. An error is ignored, since the reports already say that the run has not finished."""
        folder = self._folder
        # After the end of ansible-playbook another run may have written its reports.
        if folder is None or self._controller.has_ended():
            return
        options = json.dumps(self._params)
        if redact(options) != options:
            self._params = None
        texts = self._render(self._document(judged))
        with contextlib.suppress(ReportError), folder.locked():
            if not self._belongs_to_another_run(folder):
                folder.write_each(texts, [CHECKSUMS])
                folder.write_all({CHECKSUMS: self._checksums(texts)})

    def _document(self, result: Mapping[str, Any]) -> Record:
        return build_document(self._run, result, self._params)

    def _render(self, document: Record) -> Dict[str, bytes]:
        """Return the reports by file name."""
        writers = _writers()
        return {FILES[name]: writers[name](document).encode("utf-8", "backslashreplace") for name in self._formats}

    def _checksums(self, texts: Mapping[str, bytes]) -> bytes:
        return checksums(texts, {PREVIOUS: self._previous.digest} if self._previous.digest else {})

    def _belongs_to_another_run(self, folder: ReportFolder) -> bool:
        """Return whether another run, which started later, has written to the folder since this one began."""
        return self._has_begun and any(folder.is_without(name, self._run.run_id) for name in FILES.values())


def _writers() -> Dict[str, Callable[[Record], str]]:
    # Imported lazily: only tasks with reports need the writers.
    from ..reports import html, junit, markdown, prometheus
    from ..reports import json as json_report

    return {
        "junit": junit.write,
        "json": json_report.write,
        "markdown": markdown.write,
        "html": html.write,
        "prometheus": prometheus.write,
    }


def _known_formats(given: Any) -> List[str]:
    """Return the requested formats, from a list or a comma-separated text; all formats if none of them is valid."""
    entries = given.split(",") if isinstance(given, str) else given if isinstance(given, (list, tuple)) else []
    names = {entry.strip() for entry in entries if isinstance(entry, str)}
    return [name for name in FILES if name in names] or list(FILES)


def _without_reports(result: Record, folder: ReportFolder) -> Record:
    """Return the result of a run that writes no reports, since another run has written to its folder."""
    note = (
        f"The reports in {escape_unprintable(folder.path)} are those of another run of the gate, which started later. This run "
        "wrote none: give each gate a report_dir of its own."
    )
    verdict = result["verdict"]
    words = {"notes": [*verdict["notes"], note], "summary": [*verdict["summary"], cut(f"Note: {note}", MAX_LINE)]}
    return {**result, "changed": False, "reports": {}, "verdict": {**verdict, **words}}


def _check_path(path: str) -> None:
    """Raise ConfigurationError if a folder that does not exist is named like a secret, or after a variable or user that is not known."""
    if os.path.exists(path):
        return
    content = secret_content(path)
    if content:
        raise ConfigurationError(
            f"Option report_dir must name a folder, and seems to hold {content} ({len(path)} characters, which are not shown).",
            hint="Give the path of a folder. If this is one, create it before the gate runs.",
        )
    unknown = _UNKNOWN.search(path)
    if unknown:
        raise ConfigurationError(
            f"Option report_dir contains {unknown.group()}, a variable or user that is not known on the host that runs the module."
        )
