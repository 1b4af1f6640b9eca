# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of the credential matrix by real ansible-playbook at -vvvvv: one that succeeds for each source, and exchanges that fail."""

from __future__ import annotations

import pathlib
from typing import Any, Dict, List

import pytest

from tests import credential_matrix
from tests.credential_matrix import ROWS
from tests.integration.documents import blocks
from tests.simulator import Simulator

LINK_LOCAL = str(pathlib.Path(__file__).resolve().parent.parent / "link_local")
GOOD = [row for row in ROWS if row.get("end_to_end")]
# What the cloud may do to the request that fetches a credential, or to any other that is no question to HSS.
EXCHANGE_FAULTS: List[Dict[str, Any]] = [
    {"echo_secrets": True},
    {"status": 500, "body": "no"},
    {"status": 401, "body": {"error": {"message": "no", "code": 401, "title": "Unauthorized"}}},
    {"status": 201, "body": {}},
    {"html": True},
    {"truncate": 10},
    {"drop": "before"},
    {"error_in_200": True},
]


SCENARIO = credential_matrix.MATRIX["cloud"]


def run(playbooks: Any, row: Dict[str, Any], sim: Simulator, times: int = 1) -> Any:
    """Secrets of options travel as variables, as they would from a vault."""
    credential_matrix.write_files(row, sim, playbooks.folder)
    options = credential_matrix.options(row, sim, playbooks.folder)
    task = {
        "huaweicloud.hss.hss_cluster_statistics": {name: f"{{{{ given.{name} }}}}" for name in options},
        "ignore_errors": True,
    }
    return playbooks.run(
        [{"hosts": "localhost", "gather_facts": False, "tasks": [task] * times}],
        "-vvvvv",
        variables={"given": {name: unsafe(value) for name, value in options.items()}},
        environ={
            **credential_matrix.environment(row, sim, playbooks.folder),
            "PYTHONPATH": LINK_LOCAL,
            "HSS_TEST_METADATA_PORT": sim.http_url.rpartition(":")[2],
        },
    )


def unsafe(value: Any) -> Any:
    """Text in which braces are braces, as those that a vault or a lookup yields."""
    return {"__ansible_unsafe": value} if isinstance(value, str) else value


@pytest.mark.parametrize("row", GOOD, ids=[row["name"] for row in GOOD])
def test_a_source_works_and_shows_nothing(playbooks: Any, sim: Simulator, row: Dict[str, Any]) -> None:
    credential_matrix.prepare(row, sim)
    outcome = run(playbooks, row, sim)
    result = outcome.results[0]
    assert result.get("auth_source") == row["source"], outcome.output[-3000:]
    assert result["statistics"]["all_cluster_num"] == (4 if row.get("project", "").endswith("def") else 3)
    assert f'"auth_source": "{row["source"]}"' in outcome.output, "said at -v"
    assert_nothing_leaks(outcome, sim)


def assert_nothing_leaks(outcome: Any, sim: Simulator) -> None:
    for place in (outcome.output, outcome.log, outcome.raw_results):
        assert place
        assert not credential_matrix.leaked(place, sim)


EXCHANGED = [row for row in GOOD if row.get("asked")]


@pytest.mark.parametrize("row", EXCHANGED, ids=[row["name"] for row in EXCHANGED])
def test_a_failing_exchange_shows_nothing(playbooks: Any, sim: Simulator, row: Dict[str, Any]) -> None:
    credential_matrix.prepare(row, sim)
    # Each task meets the next fault, whichever of its requests that strikes; one HSS answer that repeats all ends the row.
    for fault in EXCHANGE_FAULTS:
        for service in ("IAM", "STS", "metadata"):
            sim.inject({**fault, "service": service, "path": row["asked"][0], "times": 1})
    sim.inject({"service": "HSS", "echo_secrets": True})
    outcome = run(playbooks, row, sim, times=len(EXCHANGE_FAULTS) + 1)
    assert outcome.status == 0, outcome.output[-3000:]
    results = outcome.results
    assert len(results) == len(EXCHANGE_FAULTS) + 1
    assert not [result for result in results if "statistics" in result]
    assert all(result["auth_source"] == row["source"] for result in results), results
    assert "This is a bug" not in outcome.output
    assert_nothing_leaks(outcome, sim)


DOCUMENT = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "authentication.md"
KEYS = {"HUAWEICLOUD_SDK_AK": "MATRIXAKOFSDK0000001", "HUAWEICLOUD_SDK_SK": "matrix-sdk-secret-9a13"}


def documented(name: str) -> str:
    """Return the playbook of this name from the page."""
    return next(block.text for block in blocks(DOCUMENT) if block.name == name)


def redirected(sim: Simulator) -> Dict[str, str]:
    regions = ("CN_NORTH_4", "AP_SOUTHEAST_3")
    addresses = {f"HUAWEICLOUD_SDK_REGION_HSS_{region}": sim.http_url for region in regions}
    return {**addresses, "HUAWEICLOUD_SDK_IAM_ENDPOINT": sim.http_url}


def test_the_documented_audit_stops_at_the_first_refusal(playbooks: Any, sim: Simulator) -> None:
    sim.reset()
    sim.replace_scenario(credential_matrix.MATRIX["cloud"])
    text = documented("audit.yml")
    accounts = "".join(f"      - {{account: a{n}, agency: x, region: cn-north-4}}\n" for n in range(6))
    playbook = playbooks.folder / "audit.yml"
    playbook.write_text(text.replace("    hss_accounts:\n", f"    hss_accounts:\n{accounts}"))
    wrong = {**KEYS, "HUAWEICLOUD_SDK_SK": "matrix-sdk-secret-wrong"}
    outcome = playbooks.run(str(playbook), environ={**wrong, **redirected(sim)})
    assert outcome.status == 2 and "verify aksk signature fail" in outcome.output
    assert len(sim.requests) == 1, "each further refusal counts towards the lock of the key"


def test_what_a_documented_play_pins_beats_the_inventory(playbooks: Any, sim: Simulator) -> None:
    """An inventory's ansible_become beats a play's keyword; another user has another home, and so another key."""
    sim.reset()
    sim.replace_scenario(credential_matrix.MATRIX["cloud"])
    folder = playbooks.folder
    (folder / "other" / ".huaweicloud").mkdir(parents=True)
    (folder / "other" / ".huaweicloud" / "credentials").write_text(
        "[basic]\nak = MATRIXAKOFFILE000001\nsk = matrix-file-secret-18e5\n"
    )
    sudo = folder / "sudo"
    sudo.write_text(
        f'#!/bin/sh\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec env HOME={folder}/other HUAWEICLOUD_SDK_AK= HUAWEICLOUD_SDK_SK= "$@"\n'
    )
    sudo.chmod(0o755)
    inventory = folder / "hosts.ini"
    inventory.write_text(
        f"[all:vars]\nansible_become=true\nansible_become_user=ops\nansible_become_exe={sudo}\nansible_connection=ssh\n"
    )
    playbook = folder / "pinned.yml"
    playbook.write_text(documented("pinned.yml"))
    outcome = playbooks.run(str(playbook), "-i", str(inventory), environ={**KEYS, **redirected(sim)})
    assert outcome.status == 0, outcome.output[-2000:]
    assert outcome.results[0]["auth_source"] == "sdk_env"


TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwcm9qZWN0X3BhdGg6eCJ9.c2lnbmF0dXJlLXNlY3JldA"
FILE_TEXT = "[basic]\nak = MATRIXAKOFFILE000001\nsk = matrix-file-secret-18e5\n"


@pytest.mark.parametrize("module", ["hss_cluster_statistics", "hss_cluster_gate"])
def test_content_in_place_of_a_path_is_shown_nowhere(playbooks: Any, module: str) -> None:
    """Also where another option is refused, when ansible-core prints all of them, and with the arguments that -vvv shows."""
    name = f"huaweicloud.hss.{module}"
    tasks: List[Dict[str, Any]] = [
        {name: {"region": "cn-north-4", option: f"{{{{ given.{value} }}}}", **more}, "ignore_errors": True}
        for option in ("credentials_file", "koocli_config", "ca_path")
        for value in ("token", "text")
        for more in ({}, {"request_timeout": "soon"})
    ]
    outcome = playbooks.run(
        [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}],
        "-vvvvv",
        variables={"given": {"token": TOKEN, "text": FILE_TEXT}},
        environ=KEYS,
    )
    assert outcome.status == 0, outcome.output[-3000:]
    messages = [result["msg"] for result in outcome.results]
    assert len(messages) == len(tasks)
    assert all("seems to hold" in message for message in messages[::2]), messages
    for place in (outcome.output, outcome.log, outcome.raw_results):
        assert TOKEN not in place and "matrix-file-secret" not in place


def test_a_file_that_never_ends_ends_the_task(playbooks: Any) -> None:
    tasks = [
        {"huaweicloud.hss.hss_cluster_statistics": {"region": "cn-north-4", option: "/dev/zero"}, "ignore_errors": True}
        for option in ("credentials_file", "koocli_config", "ca_path")
    ]
    outcome = playbooks.run([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], environ=KEYS)
    assert [result["msg"].count("/dev/zero is a device") for result in outcome.results] == [1, 1, 1], outcome.output
