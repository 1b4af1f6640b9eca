# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A long list in one task: its time beside the ideal, and the time and the memory of the module's process as the list grows."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.benchmark.cloud import simulated
from tests.benchmark.playbooks import Playbooks, in_turns
from tests.benchmark.process import Process, median, run
from tests.simulator import DEMO_AK, DEMO_SK, DEMO_TOKEN, calls, project, scenario

LATENCY = 0.05  # seconds
AT_ONCE = 16
# Pages of 200, each beginning with the last row of the one before.
LIMIT, STEP = 200, 199
MANY = 20000
SIZES = (1, 2000, 10000, MANY)
ROUNDS = 5
NAME = "hss_cluster_risk_info"
MIB = 1024 * 1024
# Rows of some 600 bytes.
GROUP = {
    "name": "Privileged container in a namespace that nobody but the system itself should ever use",
    "level": ["high", "low"],
}

# What ansible-core takes for a result of this size, whoever makes it: rows alike, and nobody is asked.
ASKS_NOBODY = """#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec={"row": {"type": "dict"}, "count": {"type": "int"}})
row = module.params["row"]
rows = [{**row, "risk_id": f"{row['risk_id']}-{number:08}"} for number in range(module.params["count"])]
module.exit_json(risks=rows)
"""


def report(playbooks: Playbooks) -> str:
    projects = [
        project(project_id=_project_id(size), name=f"cn-north-4_{size}", risk_groups=[{**GROUP, "count": size}])
        for size in SIZES
    ]
    with simulated(playbooks.folder, scenario(projects=projects, latency=LATENCY)) as url:
        # Read beforehand, which also has the simulator write every row once: it keeps them.
        answers = {size: _read(url, size) for size in SIZES}
        row = json.loads(answers[1][0])["data_list"][0]
        plays = _plays(playbooks, url, row)
        runs: dict[int, list[Process]] = {size: [] for size in SIZES}
        for _round in range(ROUNDS + 1):
            for size in SIZES:
                runs[size].append(run(playbooks, NAME, _options(url, size)))
    processes = {size: median(found[1:]) for size, found in runs.items()}
    sizes = {size: sum(map(len, bodies)) for size, bodies in answers.items()}
    return "\n".join([*_times(plays, processes), "", *_growth(processes, sizes)])


def _plays(playbooks: Playbooks, url: str, row: dict[str, Any]) -> dict[str, float]:
    """Seconds of whole plays."""
    library = playbooks.folder / "library"
    library.mkdir()
    (library / "asks_nobody.py").write_text(ASKS_NOBODY)
    tasks: dict[str, list[dict[str, Any]]] = {
        "empty": [],
        "one": [{f"huaweicloud.hss.{NAME}": _options(url, 1)}],
        "many": [{f"huaweicloud.hss.{NAME}": _options(url, MANY)}],
        "one, nobody asked": [{"asks_nobody": {"row": row, "count": 1}}],
        "many, nobody asked": [{"asks_nobody": {"row": row, "count": MANY}}],
    }
    commands = {name: playbooks.write(f"lists-{number}", each, {}) for number, (name, each) in enumerate(tasks.items())}
    return in_turns(
        ROUNDS, {name: lambda command=command: playbooks.seconds(command) for name, command in commands.items()}
    )


def _times(plays: dict[str, float], processes: dict[int, Process]) -> list[str]:
    waits = LATENCY * math.ceil(len(_offsets(MANY)[1:]) / AT_ONCE)
    one, many = (plays[name] - plays["empty"] for name in ("one", "many"))
    passing_on = plays["many, nobody asked"] - plays["one, nobody asked"]
    first, last = processes[1], processes[MANY]
    more, reading = many - one, last.collect - first.collect
    process = last.seconds - first.seconds
    ideals = [
        ("reading the list", last.collect, first.collect + waits),
        ("the module's process", last.seconds, first.seconds + waits),
        ("the whole task", many, one + waits),
        ("the whole task, and passing on", many, one + waits + passing_on),
    ]
    return [
        f"{MANY} risks at {LATENCY * 1000:.0f} ms server latency, {len(_offsets(MANY))} pages, {AT_ONCE} at once,"
        f" median of {ROUNDS}; tasks: whole plays less an empty one",
        f"ideal = one risk, whose one request is also the first page that goes alone"
        f" + latency x ceil({len(_offsets(MANY)) - 1} / {AT_ONCE}) = one + {waits:.2f} s",
        f"passing on = {passing_on:.2f} s more, which ansible-core takes for {MANY} such rows rather than one, from a module that asks nobody",
        f"{'':32} {'one':>7} {'many':>7} {'ideal':>7} {'of ideal':>9}   target <= 1.5",
        *(
            f"{name:32} {single:7.2f} {took:7.2f} {ideal:7.2f} {took / ideal:9.2f}"
            for (name, took, ideal), single in zip(ideals, (first.collect, first.seconds, one, one), strict=True)
        ),
        f"the task's {more:.2f} s more for many: {reading:.2f} reading, {process - reading:.2f} masking and printing in the module's process,"
        f" {more - process:.2f} in the controller",
    ]


def _growth(processes: dict[int, Process], sizes: dict[int, int]) -> list[str]:
    one, few, more, most = (processes[size] for size in SIZES)
    lines = [
        "the module's process",
        f"{'rows':>8} {'answers MiB':>12} {'peak MiB':>9} {'seconds':>9} {'CPU s':>8} {'CPU us a row':>13}",
    ]
    for size, process in processes.items():
        each = f"{(process.cpu - one.cpu) / size * 1_000_000:13.1f}" if size > 1 else ""
        lines.append(
            f"{size:8} {sizes[size] / MIB:12.1f} {process.peak:9.1f} {process.seconds:9.2f} {process.cpu:8.2f} {each}".rstrip()
        )
    return [
        *lines,
        f"a row has {sizes[MANY] / (MANY + len(_offsets(MANY)) - 1):.0f} bytes in the answers",
        f"peak memory with {MANY} rows: {most.peak:.1f} MiB, {(most.peak - one.peak) * MIB / sizes[MANY]:.1f} times the answers"
        " above that of one row (target < 200 MiB)",
        f"it grows by {(more.peak - few.peak) / 8:.2f} MiB for each 1,000 rows up to 10,000, then by {(most.peak - more.peak) / 10:.2f}",
        f"{MANY} rows take {most.seconds / few.seconds:.1f} times as long as 2,000 (linear is 10)",
    ]


def _options(url: str, size: int) -> dict[str, Any]:
    return {
        "endpoint": url,
        "region": "cn-north-4",
        "project_id": _project_id(size),
        "access_key": DEMO_AK,
        "secret_key": DEMO_SK,
    }


def _project_id(size: int) -> str:
    return f"{size:032}"


def _offsets(size: int) -> range:
    return range(0, max(size - 1, 1), STEP)


def _read(url: str, size: int) -> list[bytes]:
    """Return the responses that the module receives."""
    path = f"{url}/v5/{_project_id(size)}/container/cluster/risks?limit={LIMIT}&offset="

    def page(offset: int) -> bytes:
        return calls.call(f"{path}{offset}", {"X-Auth-Token": DEMO_TOKEN}).content

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(page, _offsets(size)))
