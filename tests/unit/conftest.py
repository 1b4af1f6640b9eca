# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the unit tests: run a module in this process, avoid waiting, redirect endpoints to the simulator."""

from __future__ import annotations

import datetime
import json
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Sequence

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
    """Let the waits between attempts pass at once."""
    from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock

    slept: List[float] = []
    monkeypatch.setattr(Clock, "sleep", lambda self, seconds: slept.append(seconds))
    monkeypatch.setattr(Clock, "monotonic", lambda self: time.monotonic() + sum(slept))


@pytest.fixture
def shared_time(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> SharedTime:
    """Let client and simulator share a clock that jumps ahead while all of them wait."""
    from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock

    shared = SharedTime(sim)
    monkeypatch.setattr(Clock, "monotonic", lambda self: shared.monotonic())
    monkeypatch.setattr(Clock, "now", lambda self: datetime.datetime.fromtimestamp(sim.now(), datetime.timezone.utc))
    monkeypatch.setattr(Clock, "sleep", lambda self, seconds: shared.sleep(seconds))
    monkeypatch.setattr(Clock, "wait", lambda self, condition, seconds: shared.wait(condition, seconds))
    return shared


class SharedTime:
    """Real time plus the time that was skipped because everybody only waited. Skips no time while a request is in flight."""

    SLICE = 0.004  # seconds of real time
    # Slices in which nobody begins or ends to wait or sends anything, after which everybody is taken to wait: if each thread is known
    # to, and if one may wait for a lock.
    QUIET = (2, 25)

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._guard = threading.Lock()
        self._ends: Dict[object, float] = {}
        self._changes = 0

    def monotonic(self) -> float:
        return time.monotonic() + self._sim.clock_offset

    def wait(self, condition: threading.Condition, seconds: Optional[float]) -> None:
        """Wait as Condition.wait() does, but no longer than until nobody else has an earlier end."""
        waiter, end = threading.current_thread(), self.monotonic() + (float("inf") if seconds is None else seconds)
        self._note(waiter, end)
        before, quiet = None, 0
        try:
            while self.monotonic() < end:
                if _is_notified(condition, max(0.0, min(self.SLICE, end - self.monotonic()))):
                    return
                now = (self._changes, len(self._sim.requests), len(self._sim._in_flight))
                quiet = quiet + 1 if now == before and now[2] == 0 else 0
                before = now
                if quiet >= self.QUIET[not self._all_wait()] and seconds is not None:
                    self._skip_to(end)
        finally:
            self._note(waiter, None)

    def sleep(self, seconds: float) -> None:
        condition = threading.Condition()
        with condition:
            self.wait(condition, seconds)

    def _all_wait(self) -> bool:
        """Return whether each thread of a task waits here."""
        return all(thread in self._ends for thread in threading.enumerate() if thread.name.endswith("(work)"))

    def _note(self, waiter: object, end: Optional[float]) -> None:
        with self._guard:
            self._changes += 1
            if end is None:
                del self._ends[waiter]
            else:
                self._ends[waiter] = end

    def _skip_to(self, end: float) -> None:
        """Skip the time until `end`, if nobody waits for an earlier one."""
        with self._guard:
            if end <= min(self._ends.values()):
                self._sim.clock_offset += max(0.0, end - self.monotonic())


def _is_notified(condition: Any, seconds: float) -> bool:
    """Wait for so many seconds of real time; return whether the condition was notified.

    Condition.wait() returns False if it is notified after the time and before it has its lock again: that notification would be lost.
    """
    waiter = threading.Lock()
    waiter.acquire()
    condition._waiters.append(waiter)
    state = condition._release_save()
    waiter.acquire(timeout=seconds)
    condition._acquire_restore(state)
    if waiter not in condition._waiters:
        return True
    condition._waiters.remove(waiter)
    return False


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
