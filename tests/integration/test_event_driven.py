# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source in real ansible-rulebook, from the installed tarball, with the shipped rulebook and those of the documentation."""

from __future__ import annotations

import os
import pathlib
import shlex
import shutil
import subprocess
import time
from typing import Any, Callable, Dict, Iterator, List

import pytest
import yaml

from tests.integration.conftest import BIN, CHECKOUT
from tests.integration.documents import Block, blocks
from tests.simulator import (
    DEMO_AK,
    DEMO_PROJECT_ID,
    DEMO_REGION,
    DEMO_SK,
    Simulator,
    project,
    scenario,
)

SECURITY_TOKEN = "fake-security-token/of+the-rulebook-51d0"
STATISTICS = "/container/cluster/statistics"
# Far more than an idle machine needs; a test that runs into it hangs.
PATIENCE = 120

pytestmark = pytest.mark.skipif(
    # Where CI is set, a machine without Java fails.
    shutil.which("java") is None and not os.environ.get("CI"),
    reason="ansible-rulebook needs Java",
)

DOCUMENT = blocks(CHECKOUT / "docs" / "event-driven.md")


def block(kind: str) -> Block:
    (found,) = (block for block in DOCUMENT if block.kind == kind)
    return found


class Rulebook:
    """An ansible-rulebook that runs, in an environment made from nothing."""

    def __init__(self, process: "subprocess.Popen[bytes]", shown: pathlib.Path) -> None:
        self.process = process
        self._shown = shown

    @property
    def output(self) -> str:
        return self._shown.read_text()

    def wait_until(self, condition: Callable[[], Any]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.05)

    def wait_for(self, words: str) -> None:
        self.wait_until(lambda: words in self.output)

    def end(self) -> int:
        return self.process.wait(PATIENCE)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    keys = {"security_token": SECURITY_TOKEN}
    with Simulator(scenario(unscanned=3, total=5, security_token=SECURITY_TOKEN, access_key=keys)) as simulator:
        yield simulator


@pytest.fixture
def start(tmp_path: pathlib.Path, installed: pathlib.Path, sim: Simulator) -> Iterator[Callable[..., Rulebook]]:
    """Return a function that starts ansible-rulebook with credentials in its environment."""
    started: List[Rulebook] = []
    (tmp_path / block("inventory").name).write_text(block("inventory").text)

    def run(*arguments: str, environ: Dict[str, str] | None = None) -> Rulebook:
        shown = tmp_path / f"output-{len(started)}.txt"
        with shown.open("wb") as file:
            process = subprocess.Popen(
                [str(BIN / arguments[0]), *arguments[1:]],
                env={
                    "PATH": f"{BIN}:{os.environ['PATH']}",
                    "HOME": str(tmp_path),
                    "LC_ALL": "C.UTF-8",
                    "ANSIBLE_COLLECTIONS_PATH": str(installed),
                    "HW_REGION_NAME": DEMO_REGION,
                    "HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4": sim.http_url,
                    "HUAWEICLOUD_SDK_IAM_ENDPOINT": sim.http_url,
                    "HUAWEICLOUD_SDK_AK": DEMO_AK,
                    "HUAWEICLOUD_SDK_SK": DEMO_SK,
                    "HUAWEICLOUD_SDK_SECURITY_TOKEN": SECURITY_TOKEN,
                    "HW_MAX_RETRIES": "0",
                    **(environ or {}),
                },
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        started.append(Rulebook(process, shown))
        return started[-1]

    yield run
    for rulebook in started:
        if rulebook.process.poll() is None:
            rulebook.process.kill()
            rulebook.end()


def shipped() -> List[str]:
    """Return the documented command with the highest verbosity of ansible-rulebook."""
    return [*shlex.split(block("watch").text), "-vv", "--print-events"]


def asked(sim: Simulator) -> int:
    return len([request for request in sim.requests if request.path.endswith(STATISTICS)])


def no_secret_in(text: str) -> bool:
    pieces = [DEMO_AK, DEMO_SK, SECURITY_TOKEN]
    pieces += [half for whole in pieces for half in (whole[: len(whole) // 2], whole[len(whole) // 2 :])]
    return not [piece for piece in pieces if piece in text]


def test_the_shipped_rulebook_starts_one_scan(
    start: Callable[..., Rulebook], sim: Simulator, tmp_path: pathlib.Path
) -> None:
    variables = tmp_path / "variables.yml"
    variables.write_text("hss_interval: 10\n")
    rulebook = start(*shipped(), "--vars", str(variables))
    rulebook.wait_until(lambda: sim.tasks)
    # One poll sees the end of the scan and tells it; and one more tells nothing.
    rulebook.wait_until(lambda: "'previous': " in rulebook.output)
    polls = asked(sim)
    rulebook.wait_until(lambda: asked(sim) > polls)
    rulebook.process.terminate()
    rulebook.end()
    (task,) = sim.tasks
    assert sorted(task.clusters) == ["cluster-3", "cluster-4", "cluster-5"] and task.trigger_type == "manual"
    assert rulebook.output.count("[received event]") == 2, rulebook.output
    assert "'unscan_cluster_num': 3" in rulebook.output and "'error': " not in rulebook.output
    assert (
        len([request for request in sim.requests if request.method == "POST" and request.path.endswith("/task")]) == 1
    )
    assert no_secret_in(rulebook.output)


@pytest.mark.parametrize(
    "fault,words",
    [({"echo_secrets": True}, "HTTP 400"), ({"counts_remove": ["unscan_cluster_num"]}, "unscan_cluster_num")],
    ids=["an answer that repeats what was sent", "a missing number"],
)
def test_an_error_is_reported_and_starts_nothing(
    start: Callable[..., Rulebook], sim: Simulator, fault: Dict[str, Any], words: str
) -> None:
    sim.inject({"path": STATISTICS, **fault})
    rulebook = start(*shipped())
    # The rule for it.
    rulebook.wait_for("\nNo count is known: ")
    rulebook.process.terminate()
    rulebook.end()
    assert words in rulebook.output and "'hss_cluster_statistics'" not in rulebook.output
    assert not sim.tasks and not [request for request in sim.requests if request.method == "POST"]
    assert no_secret_in(rulebook.output)


def test_a_proxy_that_is_out_of_reach_keeps_its_password(start: Callable[..., Rulebook], sim: Simulator) -> None:
    password = "password-of-the-proxy-77a2"
    elsewhere = {
        "HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4": "https://hss.invalid",
        "HUAWEICLOUD_SDK_PROJECT_ID": DEMO_PROJECT_ID,
        "HTTPS_PROXY": f"http://somebody:{password}@127.0.0.1:1",
    }
    rulebook = start(*shipped(), environ=elsewhere)
    rulebook.wait_for("[debug] ***")
    rulebook.process.terminate()
    rulebook.end()
    assert "the proxy could not be used" in rulebook.output
    assert password not in rulebook.output and no_secret_in(rulebook.output)


@pytest.mark.parametrize("verbosity", [[], ["-vv", "--print-events"]], ids=["quiet", "verbose"])
def test_a_refused_key_ends_it(start: Callable[..., Rulebook], sim: Simulator, verbosity: List[str]) -> None:
    wrong = "wrong-secret-key-of-a-rulebook-9d2f"
    rulebook = start(*shlex.split(block("watch").text), *verbosity, environ={"HUAWEICLOUD_SDK_SK": wrong})
    assert rulebook.end() == 1, rulebook.output
    assert "The secret key does not belong to this access key" in rulebook.output
    assert "Traceback" not in rulebook.output
    assert wrong not in rulebook.output and no_secret_in(rulebook.output)
    # Five of them would lock the key.
    assert [request.status for request in sim.requests] == [401]


def test_no_credentials_end_it_before_anything_is_sent(start: Callable[..., Rulebook], sim: Simulator) -> None:
    none = {"HUAWEICLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_SK": "", "HUAWEICLOUD_SDK_SECURITY_TOKEN": ""}
    rulebook = start(*shlex.split(block("watch").text), environ=none)
    assert rulebook.end() == 1, rulebook.output
    assert "No credentials found" in rulebook.output and not sim.requests


def test_it_ends_whatever_a_source_waits_for(
    start: Callable[..., Rulebook], sim: Simulator, tmp_path: pathlib.Path
) -> None:
    """By a rule, so that Python itself ends the process. The request of the first source would take ten minutes."""
    places = {"one": "1" * 32, "two": "2" * 32}
    projects = [project(3, 5, name=name, project_id=known) for name, known in places.items()]
    sim.replace_scenario(scenario(projects=projects, security_token=SECURITY_TOKEN))
    sim.inject({"path": places["one"], "delay": 600})
    # So that the first has asked by then.
    sim.inject({"path": places["two"], "delay": 1})
    name = "huaweicloud.hss.hss_cluster_statistics"
    rule = {
        "name": "end",
        "condition": "event.hss_cluster_statistics.unscan_cluster_num == 3",
        "action": {"shutdown": {"kind": "now", "delay": 0}},
    }
    sources = [{"name": known, name: {"project_id": known}} for known in places.values()]
    ruleset = {"name": "short", "hosts": "localhost", "sources": sources, "rules": [rule]}
    (tmp_path / "short.yml").write_text(yaml.safe_dump([ruleset]))
    rulebook = start("ansible-rulebook", "--rulebook", "short.yml", "--inventory", block("inventory").name)
    assert rulebook.end() == 0, rulebook.output
    assert asked(sim) == 2


def test_a_signal_ends_it(start: Callable[..., Rulebook], sim: Simulator) -> None:
    sim.inject({"path": STATISTICS, "delay": 600})
    rulebook = start(*shipped())
    rulebook.wait_until(lambda: asked(sim))
    rulebook.wait_for("Waiting for events")
    rulebook.process.terminate()
    rulebook.end()


@pytest.mark.parametrize(
    "unscanned,fault,rule",
    [
        (3, None, "Some were never scanned"),
        (0, None, "Everything was scanned"),
        (0, {"path": STATISTICS, "status": 503}, "No count is known"),
    ],
    ids=["red", "green", "unknown"],
)
def test_the_rulebook_of_the_documentation(
    start: Callable[..., Rulebook],
    sim: Simulator,
    tmp_path: pathlib.Path,
    unscanned: int,
    fault: Dict[str, Any] | None,
    rule: str,
) -> None:
    sim.replace_scenario(scenario(unscanned=unscanned, total=5, security_token=SECURITY_TOKEN))
    if fault:
        sim.inject(fault)
    reported = block("rulebook")
    (tmp_path / reported.name).write_text(reported.text)
    (ruleset,) = yaml.safe_load(reported.text)
    # What each rule says, up to its first variable.
    words = {item["name"]: item["action"]["debug"]["msg"].partition("{{")[0] for item in ruleset["rules"]}
    rulebook = start("ansible-rulebook", "--rulebook", reported.name, "--inventory", block("inventory").name)
    rulebook.wait_for(f"\n{words[rule]}")
    rulebook.process.terminate()
    rulebook.end()
    assert [name for name, text in words.items() if f"\n{text}" in rulebook.output] == [rule], rulebook.output
    # The source's own warning, which needs no rule and no -v.
    assert (" WARNING - No count is known: " in rulebook.output) == bool(fault), rulebook.output
