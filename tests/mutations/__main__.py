# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Break each rule of the fail-closed list and of the request rules, one at a time, on a copy; at least one test must fail for each.

python -m tests.mutations [WORD ...]     only those whose name holds a word
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
from typing import NamedTuple

from tests.tools.checkout import ROOT, copy_tree

HANGS = 120  # seconds; the slowest file takes a quarter of that
PLUGINS = "plugins/"


class Mutation(NamedTuple):
    """Replace `rule` by `broken` in the file `module`; `tests` must notice."""

    name: str
    module: str
    rule: str
    broken: str
    tests: str = "test_module.py test_statistics.py"


MUTATIONS = [
    # An answer that is trusted
    Mutation("not an object", "module_utils/_http/json_body.py", "if not isinstance(data, dict):", "if data is None:"),
    Mutation("a member twice", "module_utils/_http/json_body.py", "if len(members) != len(pairs):", "if False:"),
    Mutation("an HTML page", "module_utils/_http/json_body.py", 'if "html" not in content_type.lower():', "if True:"),
    Mutation(
        "an error inside a 200",
        "module_utils/_http/json_body.py",
        "if any(data.get(member) for member in _ERROR_MEMBERS):",
        "if False:",
    ),
    Mutation("a count is missing", "module_utils/_api/statistics.py", "if name not in data:", "if False:"),
    Mutation(
        "a count is a boolean",
        "module_utils/_api/statistics.py",
        "isinstance(value, bool) or not isinstance(value, int)",
        "not isinstance(value, int)",
    ),
    Mutation(
        "a count is a float",
        "module_utils/_api/statistics.py",
        "not isinstance(value, int):",
        "not isinstance(value, (int, float)):",
    ),
    Mutation(
        "a count is text",
        "module_utils/_api/statistics.py",
        "not isinstance(value, int):",
        "not isinstance(value, (int, str)):",
    ),
    Mutation(
        "a count is null",
        "module_utils/_api/statistics.py",
        "not isinstance(value, int):",
        "not isinstance(value, (int, type(None))):",
    ),
    Mutation("a count is negative", "module_utils/_api/statistics.py", "if value < 0:", "if False:"),
    Mutation(
        "a part above the whole",
        "module_utils/_api/statistics.py",
        'if data[name] > data["all_cluster_num"]:',
        "if False:",
    ),
    Mutation(
        "another success than 200",
        "module_utils/_http/models.py",
        "success_statuses: Tuple[int, ...] = (200,)",
        "success_statuses: Tuple[int, ...] = (200, 201, 204)",
        "test_http.py",
    ),
    # A truncated body: urllib3 2 notices by itself, and the check beside it is for older ones.
    Mutation(
        "headers cut off",
        "module_utils/_http/transport.py",
        'not announced and "Transfer-Encoding" not in response.headers',
        "False",
        "test_http.py",
    ),
    Mutation(
        "a masked count",
        "module_utils/_module.py",
        "if _contains_secret(result, {*module.no_log_values, *secrets.values()}):",
        "if False:",
    ),
    Mutation(
        "a secret in another writing", "module_utils/_module.py", "json.dumps(secret)[1:-1] in text", "secret in text"
    ),
    Mutation(
        "a secret in what JSON writes unlike text", "module_utils/_module.py", "result, allow_nan=False", "result"
    ),
    Mutation(
        "a failed scope fails the task",
        "module_utils/_statistics.py",
        'params["on_scope_error"] == "fail"',
        "False",
        "test_many_scopes.py",
    ),
    Mutation(
        "no sum of a part",
        "module_utils/_statistics.py",
        "complete = bool(answered) and not failed",
        "complete = bool(answered)",
        "test_many_scopes.py",
    ),
    Mutation(
        "nothing counted twice",
        "module_utils/_api/scopes.py",
        "if wanted in others or (others and ALL_GRANTED in others | {wanted}):",
        "if False:",
        "test_many_scopes.py",
    ),
    Mutation(
        "an unanswered region is no skip",
        "module_utils/_http/error_body.py",
        'code_number(code) == "0801"',
        'code_number(code) in ("0801", "0101", "0302")',
        "test_many_scopes.py",
    ),
    Mutation(
        "nothing asked proves nothing",
        "module_utils/_api/scopes.py",
        "if not given:",
        "if False:",
        "test_many_scopes.py",
    ),
    # Requests
    Mutation(
        "redirects are not followed",
        "module_utils/_http/transport.py",
        "allow_redirects=False",
        "allow_redirects=True",
        "test_http.py test_module.py",
    ),
    Mutation(
        "no netrc",
        "module_utils/_http/transport.py",
        "self._session.trust_env = False",
        "self._session.trust_env = True",
        "test_http.py",
    ),
    Mutation(
        "verify with each request",
        "module_utils/_http/transport.py",
        "                verify=self._verify,\n",
        "",
        "test_http.py test_module.py",
    ),
    Mutation(
        "proxies of the environment",
        "module_utils/_http/transport.py",
        "                proxies=proxies,\n",
        "",
        "test_http.py",
    ),
    Mutation(
        "no proxy for loopback",
        "module_utils/_http/transport.py",
        'if is_local(urlsplit(url).hostname or ""):',
        "if False:",
        "test_http.py",
    ),
    Mutation(
        "plain http on loopback only",
        "module_utils/_urls.py",
        'if parts.scheme == "http" and not is_local(host):',
        "if False:",
        "test_urls.py test_settings.py",
    ),
    Mutation(
        "each attempt is signed anew",
        "module_utils/_http/transport.py",
        "headers = authorise(request, self._clock.now())\n",
        "headers = self.__dict__.setdefault('first', authorise(request, self._clock.now()))\n",
        "test_http.py",
    ),
    Mutation(
        "a certain acceptance",
        "module_utils/_api/fan_out.py",
        "not isinstance(first, _Failed) or was_authenticated(first.error)",
        "True",
        "test_many_scopes.py",
    ),
    Mutation(
        "one refusal of a credential",
        "module_utils/_http/transport.py",
        "if credential in self._refused:",
        "if False:",
        "test_http.py test_many_scopes.py",
    ),
    Mutation(
        "a token to update is no refusal",
        "module_utils/_http/transport.py",
        "response.status == 401 and not wants_new_token(response):",
        "response.status == 401:",
        "test_http.py",
    ),
    Mutation(
        "no accidental enterprise project",
        "module_utils/_settings.py",
        "if value and (project_id_problem(value) or value.lower() in _NO_ID):",
        "if False:",
        "test_many_scopes.py test_settings.py",
    ),
    Mutation("exponential waits", "module_utils/_http/retries.py", "2.0 ** (attempts - 1)", "1.0", "test_http.py"),
    Mutation(
        "Retry-After", "module_utils/_http/retries.py", "max(backoff, retry_after or 0.0)", "backoff", "test_http.py"
    ),
    Mutation(
        "a wait is capped",
        "module_utils/_http/retries.py",
        "return min(MAX_WAIT, max(",
        "return (lambda a: a)(max(",
        "test_http.py",
    ),
    Mutation(
        "all waits are capped",
        "module_utils/_http/transport.py",
        "or waited + wait > MAX_TOTAL_WAIT",
        "",
        "test_http.py",
    ),
    Mutation(
        "the number of tries",
        "module_utils/_http/retries.py",
        "if attempts > max_retries:",
        "if attempts > max_retries + 1:",
        "test_http.py",
    ),
    Mutation(
        "5xx are tried again",
        "module_utils/_http/retries.py",
        "RETRIED_STATUSES = (500, 502, 503, 504)",
        "RETRIED_STATUSES = ()",
        "test_http.py",
    ),
    Mutation(
        "throttling codes are tried again",
        "module_utils/_http/error_body.py",
        'code_number(code) == "0308")',
        "False)",
        "test_http.py test_hints.py",
    ),
    Mutation(
        "a certificate is never tried again",
        "module_utils/_http/transport_failures.py",
        'certificate of {host} is not trusted ({certificate.reason})", certificate.hint, retryable=False',
        'certificate of {host} is not trusted ({certificate.reason})", certificate.hint, retryable=True',
        "test_http.py",
    ),
    Mutation(
        "a name that does not exist is never tried again",
        "module_utils/_http/transport_failures.py",
        "return error.errno == socket.EAI_AGAIN",
        "return True",
        "test_http.py",
    ),
    Mutation(
        "0307 once",
        "module_utils/_http/transport.py",
        "if not renewed and wants_new_token(outcome)",
        "if wants_new_token(outcome)",
        "test_http.py",
    ),
    Mutation(
        "a POST is not sent twice",
        "module_utils/_http/retries.py",
        "(outcome.may_have_been_sent and not operation.idempotent)",
        "False",
        "test_http.py",
    ),
    Mutation(
        "sent once the connection is there",
        "module_utils/_http/connection.py",
        "attempt.connections.open(self, connect)\n        attempt.sent = True",
        "attempt.connections.open(self, connect)",
        "test_socket.py",
    ),
    Mutation(
        "sent over a connection that was kept",
        "module_utils/_http/connection.py",
        "_thread.attempt.sent = True\n        return super()._get_conn",
        "return super()._get_conn",
        "test_socket.py",
    ),
    Mutation(
        "sent is read off the socket",
        "module_utils/_http/transport_failures.py",
        "_replace(may_have_been_sent=failure.attempt.sent)",
        "_replace(may_have_been_sent=not isinstance(failure.error, (exceptions.ProxyError, exceptions.SSLError)))",
        "test_socket.py",
    ),
    Mutation(
        "what was not sent is sent",
        "module_utils/_http/connection.py",
        "attempt.sent = False\n        attempt.to_proxy",
        "attempt.sent = True\n        attempt.to_proxy",
        "test_socket.py",
    ),
    Mutation(
        "a whole answer has an end",
        "module_utils/_http/connection.py",
        "remaining = self._attempt.remaining()\n",
        "remaining = self._patience\n",
        "test_socket.py",
    ),
    Mutation(
        "a bomb has a bound",
        "module_utils/_http/decoding.py",
        "decompress(body, limit + 1)",
        "decompress(body)",
        "test_decoding.py",
    ),
    Mutation(
        "half a gzip", "module_utils/_http/decoding.py", "if not decompressor.eof:", "if False:", "test_decoding.py"
    ),
    Mutation(
        "no answer out of a cache",
        "module_utils/_http/transport.py",
        "reject_stale(outcome, operation)\n",
        "pass\n",
        "test_cache.py",
    ),
    Mutation(
        "no cache is asked",
        "module_utils/_http/transport.py",
        '    "Cache-Control": "no-cache",\n',
        "",
        "test_cache.py",
    ),
    Mutation(
        "the age of an answer",
        "module_utils/_http/failures.py",
        "float(value) <= MAX_AGE",
        "float(value) > 0",
        "test_cache.py",
    ),
    Mutation("a warning of staleness", "module_utils/_http/failures.py", "11[0-3]", "111", "test_cache.py"),
    Mutation(
        "the later of two clocks",
        "module_utils/_clock.py",
        "return self.now() + self.lead",
        "return self.now()",
        "test_clock.py",
    ),
    Mutation(
        "a credential ends by the cloud's clock",
        "module_utils/_auth/exchange.py",
        "expires_at - self._clock.lead",
        "expires_at",
        "test_clock.py",
    ),
    Mutation(
        "a refused key costs one request",
        "module_utils/_api/iam.py",
        "return error.status_code in (403, 404, 405)",
        "return error.status_code in (401, 403, 404, 405)",
    ),
    Mutation(
        "the first request goes alone",
        "module_utils/_api/fan_out.py",
        "while not proven and",
        "while False and",
        "test_many_scopes.py",
    ),
    Mutation(
        "secrets are registered",
        "module_utils/_auth/chain.py",
        "secrets.register(*(environ.get(name) for name in source.secret_variables))",
        "pass",
        "test_auth.py",
    ),
    Mutation(
        "what is fetched is registered",
        "module_utils/_auth/temporary_keys.py",
        "exchange.register(access, secret, token)",
        "pass",
        "test_auth.py",
    ),
    Mutation(
        "texts are redacted before they are cut",
        "module_utils/_http/failures.py",
        "description = single_line(secrets.redact(description))",
        "description = secrets.redact(single_line(description))",
        "test_http.py",
    ),
    Mutation("an empty string is unset", "module_utils/_argspec.py", '(value is None or value == "")', "value is None"),
    Mutation("requests is missing", "module_utils/_module.py", "if not HAS_REQUESTS:", "if False:"),
    Mutation(
        "a mistyped option shows no secret",
        "module_utils/_module.py",
        "secrets.register(\n            *(value for value in unknown",
        "secrets.register(\n            *(value for value in []",
    ),
    # The event source
    Mutation(
        "an event is news",
        "plugin_utils/_event_source.py",
        "if reported == self._last_reported:",
        "if False:",
        "test_event_source.py",
    ),
    Mutation(
        "an event holds no null", "plugin_utils/_event_source.py", "if value is not None}", "}", "test_event_source.py"
    ),
    Mutation(
        "the moment is no news",
        "plugin_utils/_event_source.py",
        'if name != "collected_at"}',
        "}",
        "test_event_source.py",
    ),
    Mutation(
        "a recovery is news",
        "plugin_utils/_event_source.py",
        "reported = result.kind",
        "reported = self._last_reported",
        "test_event_source.py",
    ),
    Mutation(
        "another cause is news",
        "plugin_utils/_event_source.py",
        "reported = result.kind",
        'reported = "an error"',
        "test_event_source.py",
    ),
    Mutation(
        "a refused credential ends the event source",
        "plugin_utils/_event_source.py",
        "if result.refused is not None:",
        "if False:",
        "test_event_source.py",
    ),
    Mutation(
        "a credential that one scope of several refused ends the event source",
        "plugin_utils/_refusals.py",
        "if is_refused(record[",
        "if False and is_refused(record[",
        "test_event_source.py",
    ),
    Mutation(
        "a spent token of one scope is no refused credential",
        "plugin_utils/_refusals.py",
        "and not needs_new_token(status_code, error_code)",
        "",
        "test_event_source.py",
    ),
    Mutation(
        "a lookup sends a refused credential once",
        "plugin_utils/_query.py",
        "if refused and _credential(params, known) in refused:",
        "if False:",
        "test_lookup.py",
    ),
    Mutation(
        "a cancellation ends the question",
        "plugin_utils/_event_source.py",
        "        running.end()",
        "        pass",
        "test_event_source.py",
    ),
    Mutation(
        "a question leaves no thread",
        "module_utils/_api/client.py",
        "            transport.close()",
        "            pass",
        "test_event_source.py",
    ),
    Mutation(
        "no thread at all is an error",
        "module_utils/_concurrency/executor.py",
        "if refusal is not None:",
        "if False:",
        "test_event_source.py",
    ),
    Mutation(
        "an empty interval is refused",
        "plugin_utils/_event_source.py",
        "if wrong is not None:",
        "if False:",
        "test_event_source.py",
    ),
    Mutation(
        "an empty option of a lookup is refused",
        "plugin_utils/_query.py",
        "if wrong is not None:",
        "if False:",
        "test_lookup.py",
    ),
    Mutation(
        "wrong options end the event source",
        "plugin_utils/_event_source.py",
        "kind.name == CONFIGURATION and not answered",
        "False",
        "test_event_source.py",
    ),
    Mutation(
        "a file may come back",
        "plugin_utils/_event_source.py",
        "kind.name == CONFIGURATION and not answered",
        "kind.name == CONFIGURATION",
        "test_event_source.py",
    ),
    Mutation(
        "a cancellation waits for nobody",
        "plugin_utils/_event_source.py",
        "return await asyncio.wrap_future(future)",
        "return await asyncio.get_running_loop().run_in_executor(None, future.result)",
        "test_event_source.py",
    ),
    Mutation(
        "an event shows no secret",
        "plugin_utils/_query.py",
        "if remove_values(result.result, secrets.values()) != result.result:",
        "if False:",
        "test_event_source.py",
    ),
    Mutation(
        "what ends the event source is redacted",
        "plugin_utils/_query.py",
        "problem=secrets.redact(result.problem),",
        "problem=result.problem,",
        "test_event_source.py",
    ),
    # The verdict and its reports
    Mutation(
        "an unknown figure is no pass",
        "module_utils/_gate/rules.py",
        "return spec.kind.otherwise if known else UNKNOWN",
        "return spec.kind.otherwise",
        "test_gate.py",
    ),
    Mutation(
        "nobody asked is no pass",
        "module_utils/_gate/rules.py",
        "complete = bool(answers) and not failed",
        "complete = not failed",
        "test_gate.py",
    ),
    Mutation(
        "the worse of two counts",
        "module_utils/_gate/findings.py",
        "worse = max(counted, listed)",
        "worse = counted",
        "test_gate.py",
    ),
    Mutation(
        "the worse of two lists",
        "module_utils/_gate/findings.py",
        "worse = max(counted, listed)",
        "worse = listed",
        "test_gate.py",
    ),
    Mutation(
        "the fewer of two",
        "module_utils/_gate/findings.py",
        "worse = min(counted, listed)",
        "worse = counted",
        "test_gate.py",
    ),
    Mutation(
        "a scan in the future",
        "module_utils/_gate/findings.py",
        "elif is_in_future(row, now):",
        "elif False:",
        "test_gate.py",
    ),
    Mutation(
        "a limit that is a boolean",
        "module_utils/_gate/limits.py",
        "isinstance(value, bool) or not",
        "not",
        "test_gate.py",
    ),
    Mutation(
        "a scope above the limit",
        "module_utils/_gate/rules.py",
        "return status if part.exact or status != PASSED else UNKNOWN",
        "return PASSED",
        "test_gate.py",
    ),
    Mutation(
        "what is known suffices to fail",
        "module_utils/_gate/rules.py",
        "    if spec.kind.decides(at_least, spec.limit):",
        "    if known and spec.kind.decides(at_least, spec.limit):",
        "test_gate.py",
    ),
    Mutation(
        "an unknown rule makes no verdict",
        "module_utils/_gate/rules.py",
        "NOT_JUDGED if UNKNOWN in statuses else PASSED",
        "PASSED",
        "test_gate.py",
    ),
    Mutation(
        "an unknown rule lists offenders",
        "module_utils/_gate/rules.py",
        "        offenders, excepted = [], []\n    scopes",
        "        pass\n    scopes",
        "test_gate.py",
    ),
    Mutation(
        "a scope's unknown part is no pass",
        "module_utils/_gate/rules.py",
        " and all(part.exact for part in parts)",
        "",
        "test_gate_exceptions.py",
    ),
    Mutation(
        "an exception is for its rules",
        "module_utils/_gate/exceptions.py",
        "if rule in exception.rules and",
        "if",
        "test_gate_exceptions.py",
    ),
    Mutation(
        "an exception ends",
        "module_utils/_gate/exceptions.py",
        "if now < exception.expires]",
        "if exception]",
        "test_gate_exceptions.py",
    ),
    Mutation(
        "a name of two clusters excuses none",
        "module_utils/_gate/exceptions.py",
        "exception.selects(offender) and not _is_ambiguous(exception, matches)",
        "exception.selects(offender)",
        "test_gate_exceptions.py",
    ),
    Mutation(
        "each selector has to match",
        "module_utils/_gate/exceptions.py",
        "return all(cluster.get(key) == value",
        "return any(cluster.get(key) == value",
        "test_gate_exceptions.py",
    ),
    Mutation(
        "a null in an exception",
        "module_utils/_argspec.py",
        'if spec.get("elements") == "dict" and any(None in',
        "if False and any(None in",
        "test_gate_module.py",
    ),
    Mutation(
        "a required project that is missing",
        "module_utils/_gate/rules.py",
        '"required_projects", not missing,',
        '"required_projects", True,',
        "test_gate_exceptions.py",
    ),
    Mutation(
        "an include pattern that matches nothing",
        "module_utils/_api/selection.py",
        "    if unmatched:",
        "    if False:",
        "test_gate_module.py",
    ),
    Mutation(
        "a selection without all_projects",
        "module_utils/_api/selection.py",
        'is not None and not params.get("all_projects")',
        "is not None and False",
        "test_gate_module.py",
    ),
    Mutation(
        "a verdict that was not judged is not tolerated",
        "module_utils/_gate/conclusion.py",
        'verdict["status"] == "failed" or is_partial',
        "True",
        "test_gate.py",
    ),
    Mutation(
        "a failure has a verdict",
        "module_utils/_module.py",
        "        if self._on_failure is not None:",
        "        if False:",
        "test_gate_module.py",
    ),
    Mutation(
        "half a secret in the message",
        "module_utils/_gate/conclusion.py",
        "if client.contains_secret(json.dumps([answer, judged])):",
        "if False:",
        "test_gate_module.py",
    ),
    Mutation(
        "a name from the cloud in a command",
        "module_utils/_gate/next_steps.py",
        "if not all(_ID.fullmatch(value) for value in ids.values()):",
        "if False:",
        "test_gate.py",
    ),
    Mutation(
        "a template in a command",
        "module_utils/_gate/next_steps.py",
        " and not _TEMPLATE.search(command)",
        "",
        "test_gate.py",
    ),
    Mutation(
        "all enterprise projects",
        "module_utils/_statistics.py",
        "query_all_scopes(client, params, query_scope, ALL_GRANTED)",
        "query_all_scopes(client, params, query_scope)",
        "test_gate_module.py",
    ),
    Mutation(
        "a closed gate fails",
        "module_utils/_gate/conclusion.py",
        'if verdict["passed"] or is_tolerated:',
        "if True:",
        "test_gate.py",
    ),
    Mutation(
        "a name makes no line",
        "module_utils/_formatting.py",
        "    if text.isprintable():",
        "    if True:",
        "test_gate.py",
    ),
    Mutation(
        "a secret in a report",
        "module_utils/_gate/evidence/life.py",
        "if client.contains_secret(json.dumps([document, reports])):",
        "if False:",
        "test_gate_reports.py",
    ),
    Mutation(
        "a report of a run that has not finished",
        "module_utils/_gate/evidence/life.py",
        "            folder.write_each(texts, [CHECKSUMS, *(",
        "            folder.write_each({}, [CHECKSUMS, *(",
        "test_gate_reports.py",
    ),
    Mutation(
        "a folder that cannot be written to",
        "module_utils/_gate/evidence/folder.py",
        "        os.makedirs(self.path, exist_ok=True)",
        "        return",
        "test_gate_reports.py",
    ),
    Mutation(
        "half a report",
        "module_utils/_gate/evidence/folder.py",
        "                os.replace(path, self.file(name))\n        except BaseException:\n",
        "                os.replace(path, self.file(name))\n        except MemoryError:\n",
        "test_gate_reports.py",
    ),
    Mutation(
        "an earlier report speaks for a run that fails",
        "module_utils/_gate/evidence/life.py",
        "        self._write_failure(judged, redact)",
        "        pass",
        "test_gate_reports.py",
    ),
    Mutation(
        "reports that passed stay where the run fails after them",
        "module_utils/_gate/evidence/life.py",
        'if self._has_ended and "verdict" in failure:',
        "if self._has_ended:",
        "test_gate_reports.py",
    ),
    Mutation(
        "reports of other formats stay",
        "module_utils/_gate/evidence/life.py",
        "*(name for name in FILES.values() if name not in texts)",
        "*()",
        "test_gate_reports.py",
    ),
    Mutation(
        "a full disk leaves an earlier report",
        "module_utils/_gate/evidence/folder.py",
        "                if temporary is None:\n                    self.remove(name)",
        "                if temporary is None:\n                    pass",
        "test_gate_reports.py",
    ),
    Mutation(
        "an earlier report belongs to another run",
        "module_utils/_gate/evidence/life.py",
        "return self._has_begun and any(",
        "return any(",
        "test_gate_reports.py",
    ),
    Mutation(
        "two gates mix",
        "module_utils/_gate/evidence/life.py",
        "                if self._belongs_to_another_run(folder):",
        "                if False:",
        "test_gate_reports.py",
    ),
    Mutation(
        "a failure overwrites another run",
        "module_utils/_gate/evidence/life.py",
        "            if not self._belongs_to_another_run(folder):",
        "            if True:",
        "test_gate_reports.py",
    ),
    Mutation(
        "checksums of half a run",
        "module_utils/_gate/evidence/life.py",
        "            folder.write_each(texts, [CHECKSUMS, ",
        "            folder.write_each(texts, [",
        "test_gate_reports.py",
    ),
    Mutation(
        "a link is followed",
        "module_utils/_gate/evidence/folder.py",
        "os.O_NOFOLLOW | ",
        "",
        "test_gate_reports.py",
    ),
    Mutation(
        "a run that judged nothing takes the place of one that did",
        "module_utils/_gate/evidence/previous.py",
        'JUDGED = ("passed", "failed")',
        'JUDGED = ("passed", "failed", "not_judged")',
        "test_gate_reports.py",
    ),
    Mutation(
        "an unknown rule resolves clusters",
        "module_utils/_gate/evidence/changes.py",
        '"unknown" in (old["status"], rule["status"])',
        "False",
        "test_gate_reports.py",
    ),
    Mutation(
        "an excepted cluster is resolved",
        "module_utils/_gate/evidence/changes.py",
        " and key not in excepted",
        "",
        "test_gate_reports.py",
    ),
    Mutation(
        "a lock is not waited for",
        "module_utils/_gate/evidence/folder.py",
        "                clock.sleep(LOCK_PAUSE)",
        "                return",
        "test_gate_reports.py",
    ),
    Mutation(
        "JUnit passes what is not known",
        "module_utils/_gate/reports/junit.py",
        'elif part["status"] == "unknown":',
        'elif part["status"] == "none":',
        "test_reports.py",
    ),
    Mutation(
        "Markdown is no markup",
        "module_utils/_gate/reports/markdown.py",
        'f"&#{ord(character)};"',
        "character",
        "test_reports.py",
    ),
    # A scan is started once, and waited for
    Mutation(
        "a scan that runs is joined",
        "module_utils/_scan/plan.py",
        "if has_ended(task) and",
        "if not has_ended(task) and",
        "test_scan.py",
    ),
    Mutation(
        "check mode starts nothing",
        "module_utils/_scan/run.py",
        "    if client.check_mode:",
        "    if False:",
        "test_scan.py",
    ),
    Mutation(
        "a lost answer is looked for",
        "module_utils/_scan/start.py",
        "        if not _may_have_started(error):",
        "        if True:",
        "test_scan.py",
    ),
    Mutation(
        "a known task is no new one",
        "module_utils/_scan/start.py",
        "                if task_id in known:",
        "                if False:",
        "test_scan.py",
    ),
    Mutation(
        "a failed cluster fails the task",
        "module_utils/_scan/outcome.py",
        "    if finished and failed:",
        "    if False:",
        "test_scan.py",
    ),
    Mutation(
        "what is lost in passing",
        "module_utils/_scan/waiter.py",
        "if self._client.cancel_token.is_cancelled() or not is_transient(error):",
        "if True:",
        "test_scan.py",
    ),
    # Lists are whole
    Mutation(
        "the total moved", "module_utils/_api/pagination.py", "page.total == total and ", "", "test_pagination.py"
    ),
    Mutation(
        "a row moved",
        "module_utils/_api/pagination.py",
        "if len(rows) != pages[0].total or (unique and repeated):",
        "if False:",
        "test_pagination.py",
    ),
    Mutation(
        "pages overlap",
        "module_utils/_api/pagination.py",
        "if overlap and page.keys[:1] != keys[-1:]:",
        "if False:",
        "test_pagination.py",
    ),
    # A scan is never started beside one that could scan the same
    Mutation(
        "a task that names no types could scan any",
        "module_utils/_scan/plan.py",
        "bool(types) and all_listed, all_listed)",
        "all_listed, all_listed)",
        "test_scan.py",
    ),
    Mutation(
        "a task whose clusters are not listed could scan any",
        "module_utils/_scan/plan.py",
        "all_listed = bool(rows) and len(rows) >= expected",
        "all_listed = True",
        "test_scan.py",
    ),
    Mutation(
        "a task whose clusters are listed in part could scan more",
        "module_utils/_scan/plan.py",
        "bool(rows) and len(rows) >= expected",
        "bool(rows)",
        "test_scan.py",
    ),
    Mutation(
        "nothing is started beside an unclear task",
        "module_utils/_scan/plan.py",
        "[] if unclear else make_batches(remaining)",
        "make_batches(missing)",
        "test_scan.py",
    ),
    Mutation(
        "a status of another name has not ended",
        "module_utils/_api/scan_tasks.py",
        "status not in (READY, RUNNING)",
        "True",
        "test_scan.py",
    ),
    Mutation(
        "a status in other letters",
        "module_utils/_api/scan_tasks.py",
        "str(status).lower()",
        "str(status)",
        "test_scan.py",
    ),
    Mutation(
        "what was running still counts", "module_utils/_scan/plan.py", " and task_id not in seen", "", "test_scan.py"
    ),
    Mutation(
        "a second look before the start",
        "module_utils/_scan/plan.py",
        "    confirmed = False\n",
        "    confirmed = True\n",
        "test_scan.py",
    ),
    Mutation(
        "the started task is in the list before the run ends",
        "module_utils/_scan/start.py",
        "if attempt < MAX_LOOKUPS - 1 and not listed.keys() >= set(started):",
        "if False:",
        "test_scan.py",
    ),
    Mutation(
        "a task of another controller is named",
        "module_utils/_scan/start.py",
        "if task_id not in known and task_id not in started]",
        "if False]",
        "test_scan.py",
    ),
    Mutation(
        "a refused credential ends the looks for a lost scan",
        "module_utils/_scan/start.py",
        "if isinstance(error, RefusedError) and not is_transient(error):",
        "if False:",
        "test_scan.py",
    ),
    Mutation(
        "nothing is started once the playbook has ended",
        "module_utils/_api/scan_tasks.py",
        "CREATE._replace(check=client.require_controller)",
        "CREATE",
        "test_scan.py",
    ),
    Mutation(
        "a check is made right before the request",
        "module_utils/_http/transport.py",
        "if operation.check is not None:",
        "if False:",
        "test_scan.py",
    ),
    Mutation(
        "a playbook that has ended",
        "module_utils/_concurrency/controller.py",
        "worker.parent != self._worker.parent",
        "False",
        "test_controller.py",
    ),
    Mutation(
        "a module under async",
        "module_utils/_concurrency/controller.py",
        "and not process.is_async",
        "",
        "test_controller.py",
    ),
    # Several tasks for one order
    Mutation(
        "at most 200 clusters in a task",
        "module_utils/_api/scan_tasks.py",
        "MAX_CLUSTERS = 200",
        "MAX_CLUSTERS = 450",
        "test_scan.py",
    ),
    Mutation(
        "a task that was just started is no lost one",
        "module_utils/_scan/start.py",
        "plan.known_tasks.union(started)",
        "plan.known_tasks",
        "test_scan.py",
    ),
    Mutation(
        "an unexpected exception keeps the task IDs",
        "module_utils/_scan/waiter.py",
        "except Exception as error:",
        "except MemoryError as error:",
        "test_scan.py",
    ),
    Mutation(
        "all tasks of an order are waited for",
        "module_utils/_scan/waiter.py",
        "return all(map(has_ended, self.tasks))",
        "return any(map(has_ended, self.tasks))",
        "test_scan.py",
    ),
    Mutation(
        "equal rows are confirmed",
        "module_utils/_api/pagination.py",
        "not reading.doubtful or",
        "True or",
        "test_pagination.py",
    ),
    Mutation(
        "a list that is absent needs a total of zero",
        "module_utils/_api/pagination.py",
        "is_count and total == 0",
        "not total",
        "test_pagination.py",
    ),
    # What is not known is not good
    Mutation(
        "a scan dated in the future",
        "module_utils/_api/clusters.py",
        "if is_in_future(row, now):",
        "if False:",
        "test_pagination.py",
    ),
    Mutation(
        "the later of two clocks",
        "module_utils/_scan/plan.py",
        "now = client.now()",
        "now = client.clock.now()",
        "test_scan.py",
    ),
    Mutation(
        "a figure of a cluster",
        "module_utils/_api/clusters.py",
        "check_figures(LISTING.operation, row, FIGURES)",
        "pass",
        "test_pagination.py",
    ),
    Mutation(
        "a figure of a risk",
        "module_utils/_api/risks.py",
        'check_figures(RISKS.operation, row, ("risk_num",))',
        "pass",
        "test_pagination.py",
    ),
    Mutation(
        "a figure that is a truth value",
        "module_utils/_api/clusters.py",
        "isinstance(value, bool) or not",
        "not",
        "test_pagination.py",
    ),
    Mutation(
        "a wrong total at the first page",
        "module_utils/_api/pagination.py",
        "    if not _fits(first, 0, first.total):",
        "    if False:",
        "test_pagination.py",
    ),
    Mutation(
        "a wrong total at a further page",
        "module_utils/_api/pagination.py",
        "if not _fits(page, offset, total):",
        "if False:",
        "test_pagination.py",
    ),
    Mutation(
        "an ID that is no part of a path",
        "module_utils/_api/pagination.py",
        'value not in ("", ".", "..")',
        'value != ""',
        "test_pagination.py test_scan.py",
    ),
    Mutation(
        "IAM's word for HSS",
        "module_utils/_api/fan_out.py",
        "    proven, tried = False, 0\n",
        "    proven, tried = plan.authenticated, 0\n",
        "test_many_scopes.py",
    ),
    # The gate does not open by accident, and no earlier run speaks for this one
    Mutation(
        "0801 after an answer",
        "module_utils/_api/fan_out.py",
        "if failed.scope.region in client.answered_regions:",
        "if False:",
        "test_gate_module.py",
    ),
    Mutation(
        "an answer is not noted",
        "module_utils/_api/client.py",
        "self.answered_regions.add(region)",
        "pass",
        "test_gate_module.py",
    ),
    Mutation(
        "a blank option is dropped",
        "module_utils/_argspec.py",
        "    if _is_blank(value):",
        "    if False:",
        "test_given.py",
    ),
    Mutation(
        "an empty limit is unset",
        "module_utils/_argspec.py",
        "if name in SHARED_OPTIONS and (value is None",
        "if (value is None",
        "test_given.py",
    ),
    Mutation(
        "a blank shared option is unset",
        "module_utils/_argspec.py",
        'or value == ""):',
        "or not str(value).strip()):",
        "test_given.py",
    ),
    Mutation(
        "a secret beside a wrong list",
        "module_utils/_module.py",
        '.get("no_log") and value',
        '.get("no_log") and False',
        "test_given.py",
    ),
    Mutation(
        "reports stay where options are wrong",
        "module_utils/_module.py",
        "if self._before is not None and",
        "if False and",
        "test_gate_reports.py",
    ),
    Mutation(
        "reports go in check mode",
        "module_utils/_module.py",
        'boolean(internal.get("_ansible_check_mode", False), strict=False)',
        "bool(0)",
        "test_gate_reports.py",
    ),
    Mutation(
        "some reports of several",
        "module_utils/_gate/evidence/folder.py",
        "                _unlink(path)\n                _unlink(self.file(name))",
        "                _unlink(path)",
        "test_gate_reports.py",
    ),
    Mutation(
        "half of the reports stay",
        "module_utils/_gate/evidence/folder.py",
        "                problems.insert(0, (CANNOT_REMOVE, error))",
        "                raise",
        "test_gate_reports.py",
    ),
    Mutation(
        "permissions of reports",
        "module_utils/_gate/evidence/folder.py",
        "os.open(path, flags, 0o666)",
        "os.open(path, flags, 0o600)",
        "test_gate_reports.py",
    ),
    Mutation(
        "a report for nobody",
        "module_utils/_gate/evidence/life.py",
        "self._controller.require()",
        "pass",
        "test_gate_reports.py",
    ),
    Mutation(
        "a clock that is off",
        "module_utils/_gate/rules.py",
        "if abs(clock_skew) > CLOCK_TOLERANCE:",
        "if False:",
        "test_gate_module.py",
    ),
    Mutation(
        "a host ahead of the cloud",
        "module_utils/_gate/rules.py",
        "if abs(clock_skew) >",
        "if clock_skew >",
        "test_gate_module.py",
    ),
    Mutation(
        "the future is fresh in the gate",
        "module_utils/_gate/findings.py",
        "elif is_in_future(row, now):",
        "elif False:",
        "test_gate.py test_gate_module.py",
    ),
    # Whose account is judged, and values that cannot be right
    Mutation(
        "an agency in the environment is dropped",
        "module_utils/_auth/chain.py",
        "if any(context.environ.get(name) for name in unused):",
        "if False:",
        "test_credentials.py",
    ),
    Mutation(
        "an identity to assume an agency with is dropped",
        "module_utils/_auth/chain.py",
        'UNUSED_FEDERATION if source == "terraform_env" else',
        '() if source == "terraform_env" else',
        "test_credentials.py",
    ),
    Mutation(
        "an identity for STS is dropped",
        "module_utils/_auth/registry.py",
        "        variables=OIDC_IDENTITY,",
        "        variables=(),",
        "test_credentials.py",
    ),
    Mutation(
        "an identity for STS that is half is skipped",
        "module_utils/_auth/federation.py",
        "    if missing:",
        "    if False:",
        "test_credentials.py",
    ),
    Mutation(
        "an external ID goes to IAM",
        "module_utils/_auth/agency.py",
        '            sts = require_sts(sts, "agency_external_id is set")',
        "            pass",
        "test_credentials.py",
    ),
    Mutation(
        "an account that is named twice",
        "module_utils/_auth/agency.py",
        "if len(values.given(domain_name, domain_id)) > 1:",
        "if False:",
        "test_credentials.py",
    ),
    Mutation(
        "an agency of a profile is dropped",
        "module_utils/_auth/sources/koocli_file.py",
        "        _refuse_unused_agency(values, name, mode, path, context)",
        "        pass",
        "test_credentials.py",
    ),
    Mutation(
        "an agency of a profile's source is dropped",
        "module_utils/_auth/sources/koocli_file.py",
        "        _refuse_unused_agency(values, name, own, path, context)",
        "        pass",
        "test_credentials.py",
    ),
    Mutation(
        "a profile's source assumes an agency of its own",
        "module_utils/_auth/sources/koocli_file.py",
        "if own not in _OWN_KEYS:",
        "if False:",
        "test_credentials.py",
    ),
    Mutation(
        "the environment comes before an option",
        "module_utils/_auth/chain.py",
        "for source in named or SOURCES:",
        "for source in SOURCES:",
        "test_credentials.py",
    ),
    Mutation(
        "quotes around a key",
        "module_utils/_auth/malformed.py",
        "if value[:1] in _QUOTES or value[-1:] in _QUOTES:",
        "if False:",
        "test_credentials.py",
    ),
    Mutation(
        "a quote at the end of a key",
        "module_utils/_auth/malformed.py",
        "if value[:1] in _QUOTES or value[-1:] in _QUOTES:",
        "if value[:1] in _QUOTES:",
        "test_credentials.py",
    ),
    Mutation(
        "a placeholder for a key",
        "module_utils/_auth/malformed.py",
        "return placeholder and f",
        "return None and f",
        "test_credentials.py",
    ),
    Mutation(
        "a blank in a secret key",
        "module_utils/_auth/malformed.py",
        "if any(character.isspace() for character in value):",
        "if False:",
        "test_credentials.py",
    ),
    Mutation(
        "a secret key that is not ASCII",
        "module_utils/_auth/malformed.py",
        'return None if value.isascii() else "holds a character that is not ASCII"',
        "return None",
        "test_credentials.py",
    ),
    Mutation(
        "a word for no value",
        "module_utils/_auth/values.py",
        "if value.lower() in _NO_VALUES",
        "if False",
        "test_credentials.py",
    ),
    Mutation(
        "a blank credential value",
        "module_utils/_auth/values.py",
        "if value and not text:",
        "if False:",
        "test_credentials.py",
    ),
    Mutation(
        "a blank variable",
        "module_utils/_settings.py",
        "    if value and not text:",
        "    if False:",
        "test_settings.py",
    ),
    Mutation(
        "an empty suboption",
        "module_utils/_api/scopes.py",
        "    if blank is not None:",
        "    if False:",
        "test_many_scopes.py",
    ),
    Mutation(
        "a path that is a secret", "module_utils/_paths.py", "or seems_to_hold(value):", "or False:", "test_paths.py"
    ),
    Mutation(
        "a file that never ends",
        "module_utils/_paths.py",
        "if not stat.S_ISREG(status.st_mode):",
        "if False:",
        "test_paths.py",
    ),
    # The role judges as whom it was meant, once, and asks nothing with a refused credential
    Mutation(
        "role: become is not pinned",
        "../playbooks/cluster_scan_gate.yml",
        "ansible_become: false",
        "ansible_become_user: root",
        "test_role.py",
    ),
    Mutation(
        "role: no turns at the start",
        "../roles/cluster_scan_gate/tasks/main.yml",
        "      throttle: 1\n",
        "",
        "test_role.py",
    ),
    Mutation(
        "role: the verdict has a condition",
        "../roles/cluster_scan_gate/tasks/main.yml",
        "    - name: Judge\n",
        "    - name: Judge\n      when: true\n",
        "test_role.py",
    ),
    Mutation(
        "role: a blank variable is ignored",
        "plugin_utils/_role_variables.py",
        "return not value.strip() or OMITTED in value",
        "return False",
        "test_action.py",
    ),
    Mutation(
        "role: a value omitted inside of a list vanishes",
        "plugin_utils/_action.py",
        '{**variables, "omit": OMITTED}',
        "{**variables}",
        "test_action.py",
    ),
    Mutation(
        "role: a limit that is no number is handed on",
        "plugin_utils/_role_variables.py",
        "not _LIMIT.fullmatch(str(options[name]))",
        "False",
        "test_action.py",
    ),
    Mutation(
        "role: an option is not handed on",
        "plugin_utils/_role_variables.py",
        "*(GATE_OPTIONS if module == GATE else ())",
        "*()",
        "test_role.py",
    ),
    Mutation(
        "role: whether to scan is decided twice",
        "../roles/cluster_scan_gate/tasks/main.yml",
        "        - not ansible_check_mode\n",
        "        - cluster_scan_gate_scan | bool\n",
        "test_role.py",
    ),
    Mutation(
        "many scopes: a refused credential is tried for each",
        "module_utils/_scan/waiter.py",
        "[*run_all(polls[:1], 1, token), *run_all(polls[1:], MAX_THREADS, token)]",
        "run_all(polls, MAX_THREADS, token)",
        "test_scan_many.py",
    ),
    Mutation(
        "role: a refused credential is sent again",
        "plugin_utils/_action.py",
        "if credential in _refused:",
        "if False:",
        "test_action.py",
    ),
    Mutation(
        "throttling: more calls than the known quota",
        "module_utils/_concurrency/quota.py",
        "excess = self._in_flight + len(ends) - self.limit",
        "excess = self._in_flight + len(ends) - self.limit - 1",
        "test_throttling.py",
    ),
    Mutation(
        "throttling: a call that waited for its credential is sent in a closed window",
        "module_utils/_concurrency/limiter.py",
        "if window.blocked_at < call.started:",
        "if True:",
        "test_throttling.py",
    ),
    Mutation(
        "throttling: a refused request prolongs the waiting",
        "module_utils/_concurrency/throttling.py",
        "        if succeeded:\n",
        "        if True:\n",
        "test_throttling.py",
    ),
    Mutation(
        "throttling: no end",
        "module_utils/_concurrency/throttling.py",
        "return self._throttled_since is not None and now - self._throttled_since >= PATIENCE",
        "return False",
        "test_throttling.py",
    ),
    # Several accounts in one task, each for itself
    Mutation(
        "an unproven credential is used by one account at a time",
        "module_utils/_api/accounts.py",
        "            if not self._accepted:",
        "            if False:",
        "test_accounts.py",
    ),
    Mutation(
        "a refused agency is no refused credential",
        "module_utils/_api/accounts.py",
        "error.status_code == 401 and (is_own or error.affects_all_scopes)",
        "error.status_code in (401, 403, 404)",
        "test_accounts.py",
    ),
    Mutation(
        "refused keys of one account end no other",
        "module_utils/_api/fan_out.py",
        "            share.error = error",
        "            share.error = check.refusal = error",
        "test_accounts.py",
    ),
    Mutation(
        "an account without an answer is a failed scope",
        "module_utils/_api/fan_out.py",
        "            part.failed.append(",
        "            part.skipped.append(",
        "test_accounts.py",
    ),
    Mutation(
        "a quota window for each account",
        "module_utils/_http/transport.py",
        "*([request.account] if request.account is not None else [])",
        "*([])",
        "test_accounts.py",
    ),
    # Whose credential it is decides nothing, and no verdict of a simulator looks like one of the cloud
    Mutation(
        "the query for the caller is sent once",
        "module_utils/_api/identity.py",
        '        """Return False: a throttled query is not repeated."""\n        return False',
        "        return super().on_throttled(call, said, response)",
        "test_provenance.py",
    ),
    Mutation(
        "a refused query for the caller refuses nothing else",
        "module_utils/_http/transport.py",
        "transport._refused = 0, limiter, {}",
        "transport._refused = 0, limiter, self._refused",
        "test_provenance.py",
    ),
    Mutation(
        "the caller is asked for after the credential was accepted",
        "module_utils/_statistics.py",
        "        try:\n            counts = ",
        "        on_accepted(client, scope)\n        try:\n            counts = ",
        "test_provenance.py",
    ),
    Mutation(
        "STS of another cloud is not asked",
        "module_utils/_api/identity.py",
        "if is_default and region:",
        "if region:",
        "test_provenance.py",
    ),
    Mutation(
        "a simulated cloud is in the headline",
        "module_utils/_gate/provenance.py",
        '["simulated"] if provenance["simulated"] else []',
        "[]",
        "test_provenance.py",
    ),
    Mutation(
        "unverified certificates are in the headline",
        "module_utils/_gate/provenance.py",
        '["TLS not verified"] if provenance["tls_verified"] is False else []',
        "[]",
        "test_provenance.py",
    ),
    Mutation(
        "another domain that ends like the vendor's",
        "module_utils/_gate/provenance.py",
        'f".{domain}" for domain',
        "domain for domain",
        "test_provenance.py",
    ),
    Mutation(
        "the password in the URL of a run",
        "module_utils/_gate/ci.py",
        'parts.netloc.rpartition("@")[2]',
        "parts.netloc",
        "test_provenance.py",
    ),
    Mutation(
        "the token in the query of the URL of a run",
        "module_utils/_gate/ci.py",
        'host, parts.path, "", "")',
        'host, parts.path, parts.query, "")',
        "test_provenance.py",
    ),
]


def main() -> int:
    chosen = [m for m in MUTATIONS if not sys.argv[1:] or any(word in m.name for word in sys.argv[1:])]
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_tree(pathlib.Path(folder))
        for mutation in chosen:
            path = copy / PLUGINS / mutation.module
            original = path.read_text()
            if original.count(mutation.rule) < 1:
                survivors.append(f"{mutation.name}: the rule is not in {mutation.module} any more")
                continue
            path.write_text(original.replace(mutation.rule, mutation.broken, 1))
            caught = not _tests_pass(copy, mutation.tests)
            path.write_text(original)
            print(f"{'caught  ' if caught else 'SURVIVED'} {mutation.name}", flush=True)
            if not caught:
                survivors.append(mutation.name)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} broken rules were noticed.", *survivors, sep="\n  ")
    return 1 if survivors else 0


def _tests_pass(copy: pathlib.Path, names: str) -> bool:
    tests = [f"tests/unit/{name}" for name in names.split()]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=copy, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=HANGS
        )
    except subprocess.TimeoutExpired:
        # A rule that ends a loop, broken, does not end it.
        return False
    # 1: tests failed. Anything else, such as no test at all, proves nothing.
    if done.returncode not in (0, 1):
        sys.exit(f"pytest in {copy} of {ROOT}:\n{done.stdout.decode()}{done.stderr.decode()}")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
