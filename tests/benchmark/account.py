# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole account in one task, beside a loop of ansible.builtin.uri, and what many scopes cost the module's process."""

from __future__ import annotations

import math
import pathlib
import subprocess
import sys
from typing import Any

from tests.benchmark.playbooks import Playbooks, in_turns
from tests.benchmark.process import PEAK, Process, median, run
from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, DEMO_TOKEN, Simulator, project, scenario

LATENCY = 0.05  # seconds
CONCURRENCY = 16
LOOP = 100
ROUNDS = 3
ACCOUNTS, IN_EACH = 3, 40
MODULE = "huaweicloud.hss.hss_cluster_statistics"


def projects(number: int) -> list[dict[str, Any]]:
    return [
        project(project_id=f"{n:032x}", name=f"cn-north-4_{n}", clusters=[], cluster_groups=[{"count": 1}])
        for n in range(number)
    ]


def report(playbooks: Playbooks) -> str:
    parts = (_loop(playbooks), _accounts(playbooks), _many(playbooks), _quota(playbooks))
    return "\n\n".join(parts)


def _loop(playbooks: Playbooks) -> str:
    """Subtract the time of an empty play from that of complete plays."""
    with Simulator(scenario(projects=projects(LOOP), latency=LATENCY)) as simulator:
        variables = {"ak": DEMO_AK, "sk": DEMO_SK, "token": DEMO_TOKEN, "ids": [f"{n:032x}" for n in range(LOOP)]}
        keys = {
            "access_key": "{{ ak }}",
            "secret_key": "{{ sk }}",
            "endpoint": simulator.http_url,
            "region": "cn-north-4",
        }
        scopes = "{{ dict(ids | zip(ids)) | dict2items(key_name='project_id', value_name='project_name') }}"
        url = f"{simulator.http_url}/v5/{{{{ item }}}}/container/cluster/statistics"
        uri = {"url": url, "headers": {"X-Auth-Token": "{{ token }}"}, "return_content": True}
        plays: dict[str, list[dict[str, Any]]] = {
            "an empty play": [],
            "one scope": [{MODULE: {**keys, "project_id": f"{0:032x}"}}],
            f"{LOOP} scopes in one task": [{MODULE: {**keys, "scopes": scopes, "concurrency": CONCURRENCY}}],
            f"a loop of {LOOP} ansible.builtin.uri": [{"ansible.builtin.uri": uri, "loop": "{{ ids }}"}],
        }
        commands = {
            name: playbooks.write(f"account-{number}", tasks, variables)
            for number, (name, tasks) in enumerate(plays.items())
        }
        costs = in_turns(
            ROUNDS, {name: lambda command=command: playbooks.seconds(command) for name, command in commands.items()}
        )
    empty, one, many, loop = costs.values()
    ideal = one - empty + LATENCY * math.ceil(LOOP / CONCURRENCY)
    lines = [
        f"{LOOP} scopes at {LATENCY * 1000:.0f} ms server latency, {CONCURRENCY} at once, less an empty play, median of {ROUNDS}",
        *(f"{name:36} {seconds - empty:7.2f} s" for name, seconds in costs.items() if seconds is not empty),
        f"{'times faster than the loop':36} {(loop - empty) / (many - empty):7.1f}    target >= 25",
        f"{'of the ideal':36} {(many - empty) / ideal:7.2f}    target <= 1.5"
        f" (one scope + latency x ceil({LOOP} / {CONCURRENCY}) = {ideal:.2f} s)",
    ]
    return "\n".join(lines)


def _accounts(playbooks: Playbooks) -> str:
    """Several accounts in one task: what they take beyond one project of one account, each by its agency."""
    names = [f"a{number}" for number in range(ACCOUNTS)]
    every = [{**made, "domain_id": names[n // IN_EACH]} for n, made in enumerate(projects(ACCOUNTS * IN_EACH))]
    agencies = [
        {"name": "reader", "domain_id": name, "projects": [p["id"] for p in every if p["domain_id"] == name]}
        for name in names
    ]
    accounts = [{"agency_name": "reader", "agency_domain_name": f"account-{name}"} for name in names]
    with Simulator(scenario(projects=every, agencies=agencies, latency=LATENCY)) as simulator:
        options = {
            "access_key": "{{ ak }}",
            "secret_key": "{{ sk }}",
            "endpoint": simulator.http_url,
            "iam_endpoint": simulator.http_url,
            "all_projects": True,
            "concurrency": CONCURRENCY,
        }
        one = {**options, "accounts": accounts[:1], "include_projects": [every[0]["name"]]}
        plays = {"empty": [], "one": [{MODULE: one}], "all": [{MODULE: {**options, "accounts": accounts}}]}
        variables = {"ak": DEMO_AK, "sk": DEMO_SK}
        commands = {name: playbooks.write(f"accounts-{name}", tasks, variables) for name, tasks in plays.items()}
        costs = in_turns(
            ROUNDS, {name: lambda command=command: playbooks.seconds(command) for name, command in commands.items()}
        )
    rounds = math.ceil(ACCOUNTS * IN_EACH / CONCURRENCY)
    seconds, ideal = costs["all"] - costs["empty"], costs["one"] - costs["empty"] + LATENCY * rounds
    return "\n".join(
        [
            f"{ACCOUNTS} accounts of {IN_EACH} projects each in one task, {CONCURRENCY} requests at once: {seconds:.2f} s",
            f"{'of the ideal':36} {seconds / ideal:7.2f}    target <= 1.6 (one project of one account + latency x {rounds}"
            f" = {ideal:.2f} s)",
        ]
    )


def _many(playbooks: Playbooks) -> str:
    lines = [
        f"the module's process, {CONCURRENCY} at once",
        f"{'scopes':>8} {'seconds':>9} {'CPU s':>8} {'peak MiB':>9}",
    ]
    seen: dict[int, Process] = {}
    for number in (1, 100, 1000):
        with Simulator(scenario(projects=projects(number), latency=LATENCY)) as simulator:
            runs = [_process(playbooks, simulator.http_url, number) for _round in range(ROUNDS)]
        seen[number] = median(runs)
        lines.append(f"{number:8} {seen[number].seconds:9.2f} {seen[number].cpu:8.2f} {seen[number].peak:9.1f}")
    each = (seen[1000].cpu - seen[100].cpu) / 900 * 1000
    with Simulator(scenario()) as simulator:
        sdk = _sdk_peak(playbooks, simulator.http_url)
    growth = seen[1000].seconds / seen[100].seconds
    lines += [
        f"one more scope: {each:.2f} ms of CPU (target < 5)",
        f"1,000 scopes take {growth:.1f} times as long as 100 (linear is 10)",
        f"peak memory with 1,000 scopes: {seen[1000].peak:.1f} MiB (target < 60, and below the vendor's SDK with one call: {sdk:.1f})",
    ]
    return "\n".join(lines)


def _quota(playbooks: Playbooks) -> str:
    """One run under a quota, as the gateway enforces it by text."""
    number, limit, window = 40, 5, 6
    quotas = [{"limit": limit, "seconds": window}]
    with Simulator({**scenario(projects=projects(number), latency=LATENCY), "quotas": quotas}) as simulator:
        seen = _process(playbooks, simulator.http_url, number)
        statuses = [request.status for request in simulator.requests]
    refused, needed = statuses.count(429), (math.ceil(number / limit) - 1) * window
    return "\n".join(
        [
            f"a quota of {limit} calls in {window} s, {number} scopes, {CONCURRENCY} at once: {statuses.count(200)} answered",
            f"{seen.seconds:.1f} s, {seen.seconds / needed:.2f} of the {needed} s that the quota needs (target <= 1.25)",
            f"refused: {refused} of {len(statuses)} calls, {100 * refused / len(statuses):.0f} % (target <= 25 %)",
        ]
    )


def _process(playbooks: Playbooks, url: str, number: int) -> Process:
    options = {
        "endpoint": url,
        "region": "cn-north-4",
        "access_key": DEMO_AK,
        "secret_key": DEMO_SK,
        "concurrency": CONCURRENCY,
        "scopes": [{"project_id": f"{n:032x}"} for n in range(number)],
    }
    return run(playbooks, "hss_cluster_statistics", options)


def _sdk_peak(playbooks: Playbooks, url: str) -> float:
    script = pathlib.Path(__file__).parent / "sdk_script.py"
    code = f"import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0])\n{PEAK}"
    keys = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
    command = [sys.executable, "-c", code, str(script), url, DEMO_PROJECT_ID]
    done = subprocess.run(command, env={**playbooks.environ, **keys}, capture_output=True, check=True)
    return float(done.stderr.split()[-1])
