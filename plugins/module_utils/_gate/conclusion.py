# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conclude a run of the gate: describe its verdict, and pass or fail."""

from __future__ import annotations

import json
from typing import Any, Mapping

from .._api.client import Client
from .._api.scopes import Record, common_codes
from .._errors import ConfigurationError, GateClosedError
from .rules import Verdict
from .summary import summarize


def with_verdict(
    client: Client, answer: Mapping[str, Any], verdict: Verdict, cross_check: Record, params: Mapping[str, Any]
) -> Record:
    """Return the result with its verdict, including message, summary and next steps. `cross_check`: see cross_check_record().

    Raises ConfigurationError if it contains a secret, which would not be recognised any more once a text is cut.
    """
    judged = {**verdict.as_result(), "cross_check": cross_check}
    text = json.dumps([answer, judged])
    if client.contains_secret(text):
        from .._auth.origins import secret_found

        consequence = "it cannot be shown, and no report was written"
        raise ConfigurationError(secret_found("The verdict", consequence, params, client.environ, text))
    return {**answer, "verdict": {**judged, **summarize(judged, answer, params)}}


def require_passed(result: Record, params: Mapping[str, Any]) -> None:
    """Raise GateClosedError, with `result` as its data, unless the verdict is passed or tolerated.

    fail_on_violation=false tolerates a failed verdict; one that could not be judged only together with on_scope_error=continue,
    and only if at least one scope has answered.
    """
    verdict = result["verdict"]
    is_partial = params["on_scope_error"] == "continue" and bool(result["scopes"])
    is_tolerated = not params["fail_on_violation"] and (verdict["status"] == "failed" or is_partial)
    if verdict["passed"] or is_tolerated:
        return
    raise GateClosedError(verdict["message"], data=result, **common_codes(result["failed_scopes"]))
