# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import the checkout as ansible_collections.huaweicloud.hss, clear the environment of each test, and provide the simulator."""

from __future__ import annotations

import atexit
import contextlib
import os
import pathlib
import runpy
import shutil
import signal
import sys
import tempfile
from typing import TYPE_CHECKING, Iterator

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.simulator import Simulator

# A slow machine must not fail a test. The examples are the same in each run, so that a failure concerns the change that was made;
# PYTEST_ARGS=--hypothesis-profile=random tries others.
for name, repeatable in (("repeatable", True), ("random", False)):
    hypothesis.settings.register_profile(
        name, deadline=None, derandomize=repeatable, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
hypothesis.settings.load_profile("repeatable")

# Processes started in the background by a shell ignore SIGINT, and their children inherit that; tests interrupt children.
signal.signal(signal.SIGINT, signal.default_int_handler)

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
COLLECTIONS = pathlib.Path(tempfile.mkdtemp(prefix="hss-collections-"))
atexit.register(shutil.rmtree, COLLECTIONS, ignore_errors=True)

(COLLECTIONS / "ansible_collections" / "huaweicloud").mkdir(parents=True)
# Python follows a link; ansible-test does not and gets a copy (tests/tools/).
(COLLECTIONS / "ansible_collections" / "huaweicloud" / "hss").symlink_to(CHECKOUT)
sys.path[:0] = [str(COLLECTIONS), str(CHECKOUT)]

LOOPBACK_ONLY = CHECKOUT / "tests" / "loopback_only"
RESOLVED_NAMES = runpy.run_path(str(LOOPBACK_ONLY / "sitecustomize.py"))["VARIABLE"]

PREFIXES = ("HW_", "HUAWEICLOUD_", "HC_CONTAINER_", "OS_", "ANSIBLE_")
NAMES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "NETRC")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """Remove the variables of the machine that could affect a test."""
    for name in list(os.environ):
        if name.startswith(PREFIXES) or name in NAMES or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture(autouse=True)
def loopback_only(clean_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[None]:
    """Fail a test that resolves a name of the network, in this process or in one that inherits its environment."""
    names = tmp_path / "resolved-names"
    monkeypatch.setenv(RESOLVED_NAMES, str(names))
    monkeypatch.setenv("PYTHONPATH", str(LOOPBACK_ONLY))
    yield
    assert not names.exists(), f"names that are not loopback were resolved: {names.read_text()}"


@pytest.fixture(autouse=True)
def no_controller_beside_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ansible-core read a module's options as it does in the module's own process, where nothing of the controller is imported."""
    # Only ansible-core 2.19 and newer check the encoding, and only in a process of the controller.
    with contextlib.suppress(ImportError, AttributeError):
        from ansible.module_utils._internal._json import _profiles

        monkeypatch.setattr(_profiles, "_string_encoding_check_enabled", lambda: False)


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """Run one simulator for all tests of a module, with the module's SCENARIO, or the default one."""
    # Imported here, since many tests need no simulator.
    from tests.simulator import Simulator, scenario

    with Simulator(getattr(request.module, "SCENARIO", None) or scenario()) as simulator:
        yield simulator


@pytest.fixture
def sim(running: Simulator, request: pytest.FixtureRequest) -> Simulator:
    """Return the module's simulator in its initial state."""
    from tests.simulator import scenario

    running.reset()
    running.latency = 0
    running.clock_offset = 0
    running.issued_lifetime = None
    running.replace_scenario(getattr(request.module, "SCENARIO", None) or scenario())
    return running
