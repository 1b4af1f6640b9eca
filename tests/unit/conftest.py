# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the unit tests: run a module in this process, avoid waiting, redirect endpoints to the simulator."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Sequence

import pytest

if TYPE_CHECKING:
    from tests.simulator import Simulator

REGIONS = ("cn-north-4", "ap-southeast-3")


@pytest.fixture
def run_module(capsys: pytest.CaptureFixture[str]) -> Callable[..., Dict[str, Any]]:
    """Return a function that runs a module with options and returns its result.

    It fails if the output contains one of `secrets`, or, with `documented`, if the result differs from RETURN.
    """
    from tests import returns
    from tests.module_arguments import patch_module_args

    def run_module(
        module: Any, options: Dict[str, Any], secrets: Sequence[str], documented: bool = True
    ) -> Dict[str, Any]:
        with patch_module_args(options), pytest.raises(SystemExit):
            module.main()
        printed = capsys.readouterr()
        for secret in secrets:
            assert secret not in printed.out + printed.err
        result: Dict[str, Any] = json.loads(printed.out)
        if documented:
            returns.check(module.__name__.rpartition(".")[2], result)
        return result

    return run_module


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the waits between retries."""
    from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock

    monkeypatch.setattr(Clock, "sleep", lambda self, seconds: None)


@pytest.fixture
def short_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits between retries to a hundredth."""
    from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock

    monkeypatch.setattr(Clock, "jitter", lambda self: 0.01)


@pytest.fixture
def no_requests_left(running: Simulator) -> Iterator[None]:
    """Wait for abandoned requests after the test, since the next test must not see them."""
    yield
    for thread in threading.enumerate():
        if thread.name.endswith("(work)"):
            thread.join(5)
    assert not running.errors


@pytest.fixture
def regional_endpoints(running: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redirect each region's endpoint of HSS to the simulator."""
    for region in REGIONS:
        variable = f"HUAWEICLOUD_SDK_REGION_HSS_{region.upper().replace('-', '_')}"
        monkeypatch.setenv(variable, f"{running.http_url}/regions/{region}")


@pytest.fixture
def iam_endpoint(running: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redirect IAM to the simulator."""
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", running.http_url)
