# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test the time by which ages and expiries are judged: the later of the host's clock and the cloud's."""

from __future__ import annotations

import contextlib
import datetime
from email.utils import formatdate
from typing import Any

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import RefusedError
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import cluster_statistics

from tests.simulator import (
    DEMO_AGENCY,
    DEMO_AK,
    DEMO_DOMAIN,
    DEMO_PASSWORD,
    DEMO_SK,
    DEMO_USER,
    Simulator,
    agency,
    scenario,
    user,
)

HOUR = datetime.timedelta(hours=1)
KEYS = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
USER = {"username": DEMO_USER, "password": DEMO_PASSWORD, "domain_name": DEMO_DOMAIN}
AGENCY = {"agency_name": DEMO_AGENCY, "agency_domain_name": DEMO_DOMAIN}


class Fixed(Clock):
    """A host whose clock stands still."""

    def now(self) -> datetime.datetime:
        return datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.timezone.utc)


SCENARIO = scenario(users=[user()], agencies=[agency()])


def client(sim: Simulator, **options: Any) -> Client:
    defaults = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    place = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url, "max_retries": 0}
    return Client({**defaults, **place, **options}, {}, Secrets())


def off(clock: Clock, **difference: float) -> str:
    return formatdate((clock.now() + datetime.timedelta(**difference)).timestamp(), usegmt=True)


def test_nothing_is_known_before_the_first_answer() -> None:
    clock = Fixed()
    assert clock.latest() == clock.now() and clock.skew == datetime.timedelta(0)


def test_a_host_that_is_behind_is_judged_by_the_cloud() -> None:
    clock = Fixed()
    clock.note(off(clock, days=5))
    assert clock.latest() == clock.now() + datetime.timedelta(days=5) and clock.skew == datetime.timedelta(days=5)


def test_a_host_that_is_ahead_is_judged_by_itself() -> None:
    clock = Fixed()
    clock.note(off(clock, hours=-2))
    assert clock.latest() == clock.now() and clock.skew == -2 * HOUR


def test_an_answer_that_is_late_takes_nothing_back() -> None:
    clock = Fixed()
    for hours in (-30, 3, 1):
        clock.note(off(clock, hours=hours))
    assert clock.skew == 3 * HOUR


@pytest.mark.parametrize(
    "date",
    [
        *(
            None,
            "",
            "soon",
            "Wed",
            " ",
            "0",
            "x" * 100000,
            "Wed, 99 Nov 2026 99:99:99 GMT",
            "Wed, 25 Nov 99999 0:0:0 GMT",
        ),
        *("Wed, 25 Nov 2026 12:00:00 +9999", "Wed, 25 Nov 99999999999999999999 12:00:00 GMT", "\udcff", "٢٥ Nov ٢٠٢٦"),
    ],
)
def test_what_is_no_date_says_nothing(date: Any) -> None:
    clock = Fixed()
    clock.note(date)
    assert clock.latest() == clock.now()


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -1200"])
def test_an_absurd_date_makes_all_old_and_breaks_nothing(date: str) -> None:
    clock = Fixed()
    clock.note(date)
    assert datetime.timedelta(days=36000) < clock.latest() - clock.now() < datetime.timedelta(days=37000)
    assert clock.skew > datetime.timedelta(days=36000)


def test_the_first_year_breaks_nothing() -> None:
    clock = Fixed()
    clock.note("Mon, 01 Jan 0001 00:00:00 +1200")
    assert clock.latest() == clock.now()


def test_a_zone_that_is_unknown_is_utc() -> None:
    clock = Fixed()
    clock.note("Wed, 25 Nov 2026 13:00:00 -0000")
    assert clock.skew == HOUR


def test_a_client_takes_the_date_of_an_answer(sim: Simulator) -> None:
    sim.clock_offset = 600
    with contextlib.closing(client(sim, **KEYS)) as asking:
        cluster_statistics(asking, {})
    assert asking.clock_skew > datetime.timedelta(seconds=590)
    assert asking.now() - asking.clock.now() > datetime.timedelta(seconds=590)


def test_a_client_takes_the_date_of_a_refusal(sim: Simulator) -> None:
    asking = client(sim, **KEYS)
    sim.inject({"status": 500, "body": {}, "headers": {"Date": off(asking.clock, days=5)}})
    with pytest.raises(RefusedError):
        cluster_statistics(asking, {})
    assert asking.clock_skew > datetime.timedelta(days=4)


@pytest.mark.parametrize("credential", [USER, {**KEYS, **AGENCY}], ids=["token", "keys"])
def test_a_credential_ends_by_the_clouds_clock(sim: Simulator, credential: Any) -> None:
    """The host's clock is 10 minutes behind; what is good for 14 minutes has less than 5 left 10 minutes later by its own."""
    sim.clock_offset = 600
    sim.issued_lifetime = 14 * 60
    asking = client(sim, **credential)
    cluster_statistics(asking, {})
    fetched = len([request for request in sim.requests if request.method == "POST"])
    now = asking.clock.now()
    asking.clock.now = lambda: now + datetime.timedelta(minutes=10)  # type: ignore[method-assign]
    sim.clock_offset = 1200
    cluster_statistics(asking, {})
    assert len([request for request in sim.requests if request.method == "POST"]) > fetched


def test_an_expiry_in_the_first_year_breaks_nothing(sim: Simulator) -> None:
    asking = client(sim, **KEYS)
    asking.clock.note("Fri, 31 Dec 9999 23:59:59 GMT")
    first = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
    assert asking._exchange().by_host_clock(first) == first and asking._exchange().by_host_clock(None) is None
