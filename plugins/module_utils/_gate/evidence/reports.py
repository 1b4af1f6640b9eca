# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hold the reports of a run, and import what writes them only if its options request any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Sequence, Tuple

from ..summary import not_judged

if TYPE_CHECKING:
    from ..._api.client import Client
    from ..._api.scopes import Record
    from ..._redaction import Redact
    from ..provenance import Run
    from ..rules import Verdict
    from .lifecycle import WrittenReports


class Reports:
    """The reports of one run. The methods are called in this order, and either write() or fail() last."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._written: Optional[WrittenReports] = None

    def begin(self, options: Mapping[str, Any]) -> None:
        """Let the reports say that this run has not finished; `options` are not validated yet. Raises ReportError.

        Not called in check mode.
        """
        path = options.get("report_dir")
        # Anything else is rejected later, when the options are validated.
        if isinstance(path, bool) or not isinstance(path, (str, int, float)) or not str(path).strip():
            return
        self._request().begin(str(path), options.get("report_formats"))

    def prepare(self, params: Mapping[str, Any]) -> None:
        """Store the validated options, before the first request. Raises ConfigurationError."""
        if params["report_dir"]:
            (self._written or self._request()).prepare(params)

    def compare(
        self, client: Client, answer: Mapping[str, Any], verdict: Verdict, clusters: Sequence[Sequence[Record]]
    ) -> Tuple[Optional[Record], List[str]]:
        """Return the changes since the last run that passed or failed, None without one, and notes on ignored files."""
        return (None, []) if self._written is None else self._written.compare(client, answer, verdict, clusters)

    def write(self, client: Client, result: Record) -> Record:
        """Write all reports or none; return the result with `changed` and `reports` (paths by format).

        Raises ReportError, which carries `result`, and CancelledError if ansible-playbook has ended.
        """
        if self._written is None:
            return {**result, "changed": False, "reports": {}}
        return self._written.write(client, result)

    def fail(self, failure: Record, redact: Redact) -> Record:
        """Return the result of a failed run with a verdict, `not_judged` if it has none yet, and write that to the reports.

        Reports that already contain the verdict of this run are not changed.
        """
        if self._written is not None and self._written.has_ended and "verdict" in failure:
            return failure
        provenance = failure.get("provenance") or self._run.provenance(redact)
        judged = {"verdict": not_judged(redact(failure["msg"]), provenance), "provenance": provenance}
        if self._written is not None:
            self._written.fail(judged, redact)
        return {**judged, **failure}

    def _request(self) -> WrittenReports:
        from .lifecycle import WrittenReports

        self._written = WrittenReports(self._run)
        return self._written
