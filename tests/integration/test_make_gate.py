# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make gate, as somebody types it: what is given and empty is refused, and what is given reaches the gate."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from typing import Dict, Iterator

import pytest

from tests.simulator import DEMO_AK, DEMO_SK, Simulator, project, scenario

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
NAMES = ("REGION", "PROJECT_ID", "ENTERPRISE_PROJECT_ID", "ALL_PROJECTS")

pytestmark = pytest.mark.skipif(
    # Where CI is set, a machine without it fails.
    shutil.which("make") is None and not os.environ.get("CI"),
    reason="there is no make",
)


def make_gate(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run make gate in an environment made from nothing, with the tools that run this test."""
    tools = pathlib.Path(sys.executable).parent
    return subprocess.run(
        # Nothing is installed.
        ["make", "--old-file=.venv/gate.stamp", "gate", f"BIN={tools}", *arguments],
        cwd=CHECKOUT,
        env={"PATH": f"{tools}:{os.environ['PATH']}", "HOME": "/nonexistent", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("value", ["", " ", "\t \n"], ids=["empty", "blank", "line break"])
@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_is_given_and_empty_is_refused(name: str, value: str) -> None:
    """Else the region, project or account of the environment would be judged in its place, and be green."""
    others = () if name in ("REGION", "ALL_PROJECTS") else ("REGION=cn-north-4",)
    for done in (
        make_gate(f"{name}={value}", *others, HW_REGION_NAME="cn-north-4"),
        make_gate(*others, HW_REGION_NAME="cn-north-4", **{name: value}),
    ):
        assert done.returncode == 2
        assert f"{name} is empty or blank" in done.stderr


@pytest.mark.parametrize("environ", [{}, {"HW_REGION_NAME": " "}], ids=["none", "blank"])
def test_without_a_region_it_queries_for_one(environ: Dict[str, str]) -> None:
    done = make_gate(**environ)
    assert done.returncode == 2 and "Which region?" in done.stderr


@pytest.fixture
def sim() -> Iterator[Simulator]:
    projects = [project(number, 5, project_id=f"{number:032x}", name=f"cn-north-4_{number}") for number in (0, 3)]
    with Simulator(scenario(projects=projects)) as simulator:
        yield simulator


def test_a_project_that_is_given_is_the_one_that_is_judged(sim: Simulator) -> None:
    keys = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
    addresses = {"HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4": sim.http_url, "HUAWEICLOUD_SDK_IAM_ENDPOINT": sim.http_url}
    environ = {**keys, **addresses, "HUAWEICLOUD_SDK_PROJECT_ID": f"{0:032x}", "LC_ALL": "C.UTF-8"}
    green = make_gate("REGION=cn-north-4", **environ)
    assert green.returncode == 0 and "The gate is open for" in green.stdout, green.stdout + green.stderr
    red = make_gate("REGION=cn-north-4", f"PROJECT_ID={3:032x}", **environ)
    assert red.returncode == 2 and "The gate is CLOSED for" in red.stdout, red.stdout + red.stderr
