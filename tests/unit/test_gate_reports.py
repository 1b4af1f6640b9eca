# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of the reports over real sockets: whatever ends the run, they speak of this run, and the last that judged is kept."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
from typing import Any, Callable, Dict, Iterator, List
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils import _module as _module_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.controller import Controller
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.evidence import folder as folder_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.evidence import previous as previous_module
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_gate
from prometheus_client.parser import text_string_to_metric_families

from tests.simulator import Simulator, cluster, cluster_id, faults, project
from tests.simulator.scenario_helpers import DEMO_AK, DEMO_SK
from tests.unit.test_gate_module import FINE, GONE, LIST, PROJECT, REGION, SCOPES, SECOND, gate, two_projects

__all__ = ["gate"]
pytestmark = pytest.mark.usefixtures("no_sleep", "regional_endpoints")

FILES = {
    "junit": "cluster-scan-gate.xml",
    "json": "cluster-scan-gate.json",
    "markdown": "cluster-scan-gate.md",
    "html": "cluster-scan-gate.html",
    "prometheus": "cluster-scan-gate.prom",
}
REPORTS = set(FILES.values())
SUMS = "SHA256SUMS"
PREVIOUS = "cluster-scan-gate.previous.json"
UNFINISHED = "The run has not finished"
NEW = [cluster("new"), cluster("a", 60)]
SCHEMA = json.loads(
    (pathlib.Path(__file__).parents[2] / "docs" / "cluster-scan-gate-2.0.schema.json").read_text(encoding="utf-8")
)


def names(folder: pathlib.Path) -> set[str]:
    # A fixture of other tests makes the home.
    return {path.name for path in folder.iterdir()} - {"home"}


VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)


def test_the_formats_of_the_option_are_those_that_have_a_file() -> None:
    assert list(folder_module.FILES) == hss_cluster_gate.FORMATS


def document(folder: pathlib.Path, name: str = FILES["json"]) -> Dict[str, Any]:
    """Return a JSON report, which its schema describes."""
    found: Dict[str, Any] = json.loads((folder / name).read_text())
    VALIDATOR.validate(found)
    return found


def junit_status(text: str) -> str:
    cases = ET.fromstring(text).findall("testsuite/testcase")
    assert cases, "no test case would be a success"
    tags = {case[0].tag for case in cases if len(case)}
    return "failed" if "failure" in tags else "not_judged" if "error" in tags else "passed"


def prometheus_status(text: str) -> str:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    (status,) = [s.labels["status"] for s in samples if s.name == "huaweicloud_hss_gate_status" and s.value == 1]
    (passed,) = [s.value for s in samples if s.name == "huaweicloud_hss_gate_passed"]
    assert (passed == 1) is (status == "passed")
    return status


WORDS = {"open": "passed", "CLOSED": "failed", "not judged": "not_judged"}


def told(folder: pathlib.Path) -> str:
    """Return the verdict that all reports of the folder give, which are of one run."""
    texts = {name: (folder / name).read_text() for name in REPORTS & names(folder)}
    run_id = document(folder)["run_id"]
    assert all(run_id in text for text in texts.values()), "one run"
    found = {
        "junit": junit_status(texts[FILES["junit"]]),
        "json": document(folder)["verdict"]["status"],
        "markdown": WORDS[re.match(r"## Cluster scan gate: \S+ (.*)\n", texts[FILES["markdown"]])[1]],  # type: ignore[index]
        "html": WORDS[re.search(r"<title>Cluster scan gate: (.*?)</title>", texts[FILES["html"]])[1]],  # type: ignore[index]
        "prometheus": prometheus_status(texts[FILES["prometheus"]]),
    }
    assert len(set(found.values())) == 1, found
    return found["json"]


def verify(folder: pathlib.Path) -> set[str]:
    """Check the checksums as the documentation says; return the names of the files that they cover."""
    done = subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return {line.split("  ")[1] for line in (folder / SUMS).read_text().splitlines()}


def test_reports_whatever_the_verdict(gate: Any, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "a" / "b"
    runs = []
    for clusters, status in (([cluster("new")], "failed"), (FINE, "passed")):
        result = gate(clusters, report_dir=str(folder))
        assert result["changed"] and result.get("failed", False) is (status == "failed")
        assert result["reports"] == {name: str(folder / file) for name, file in FILES.items()}
        assert names(folder) == {*REPORTS, SUMS, *([PREVIOUS] if runs else [])}
        assert told(folder) == status and verify(folder) == names(folder) - {SUMS}
        assert document(folder)["verdict"] == result["verdict"]
        for name in ("junit", "markdown", "html"):
            text = (folder / FILES[name]).read_text()
            assert ("CLOSED" in text) is (status == "failed") and ("new" in text or status == "passed"), name
        runs.append(document(folder))
    assert runs[0]["run_id"] != runs[1]["run_id"] and document(folder, PREVIOUS) == runs[0]


def test_reports_of_scopes_that_did_not_all_answer(gate: Any, tmp_path: pathlib.Path) -> None:
    fault = faults.answer(403, GONE, path=SECOND)
    result = gate(projects=two_projects(FINE, FINE), scopes=SCOPES, fault=[fault], report_dir=str(tmp_path))
    assert result["failed"] and result["changed"] and "The gate could NOT judge" in result["msg"]
    found = document(tmp_path)
    assert not found["complete"] and found["failed_scopes"] and set(found["statistics"].values()) == {None}
    assert told(tmp_path) == "not_judged"


def test_only_the_reports_that_are_wanted(gate: Any, tmp_path: pathlib.Path) -> None:
    """Those of other formats that an earlier run left are removed, and what it judged is kept."""
    gate(FINE, report_dir=str(tmp_path))
    result = gate(FINE, report_dir=str(tmp_path), report_formats=["html"])
    assert names(tmp_path) == {FILES["html"], SUMS, PREVIOUS} and list(result["reports"]) == ["html"]
    assert verify(tmp_path) == {FILES["html"], PREVIOUS}
    gate(FINE, report_dir=str(tmp_path), report_formats="junit, json", access_key="wrong")
    assert names(tmp_path) == {FILES["junit"], FILES["json"], SUMS, PREVIOUS}


def test_no_report_in_check_mode(gate: Any, tmp_path: pathlib.Path) -> None:
    result = gate(FINE, report_dir=str(tmp_path / "a"), _ansible_check_mode=True)
    assert result["changed"] and len(result["reports"]) == 5 and not (tmp_path / "a").exists()


def test_a_folder_that_cannot_be_written_to_is_found_out_first(
    gate: Any, sim: Simulator, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "file").write_text("")
    result = gate(FINE, report_dir=str(tmp_path / "file"))
    assert result["failed"] and "No report can be written to" in result["msg"] and "it is a file" in result["msg"]
    assert not sim.requests
    result = gate(FINE, report_dir=str(tmp_path), report_formats=[])
    assert result["failed"] and "report_formats" in result["msg"] and not sim.requests


# A folder in which nobody can create a file, not even root.
READ_ONLY = pathlib.Path("/sys/kernel")


@pytest.mark.skipif(not READ_ONLY.is_dir(), reason="there is no read-only folder")
def test_a_read_only_folder_is_found_out_first(gate: Any, sim: Simulator) -> None:
    result = gate(FINE, report_dir=str(READ_ONLY))
    assert result["failed"] and "No report can be written to /sys/kernel" in result["msg"], result
    assert re.search("ermission denied|ead-only file system", result["msg"]) and not sim.requests
    assert result["verdict"]["status"] == "not_judged"


@pytest.fixture
def meanwhile(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Return a function that lets something happen once, while a gate waits for its list of clusters."""
    started = sim.started
    actions: List[Callable[[], None]] = []
    problems: List[BaseException] = []

    def act(request: Any) -> None:
        started(request)
        if LIST in request.path and actions:
            try:
                actions.pop()()
            except BaseException as error:  # the test reports it: see below
                problems.append(error)

    monkeypatch.setattr(sim, "started", act)
    yield actions.append  # type: ignore[misc]
    assert not problems and not actions, problems


def test_a_report_that_cannot_be_written_does_not_hide_the_verdict(
    gate: Any, meanwhile: Any, tmp_path: pathlib.Path
) -> None:
    """All is well when the task begins, and a folder has the name of a file when the answer is there."""

    def take_the_name() -> None:
        (tmp_path / FILES["html"]).unlink()
        (tmp_path / FILES["html"]).mkdir()

    meanwhile(take_the_name)
    result = gate([cluster("new")], report_dir=str(tmp_path))
    assert result["failed"] and "No report can be written" in result["msg"] and "The gate is CLOSED" in result["msg"]
    assert result["verdict"]["status"] == "failed" and not result["changed"] and result["reports"] == {}
    assert names(tmp_path) == REPORTS, "none has the verdict, and no half a file and no checksums are left"
    assert document(tmp_path)["verdict"]["status"] == "not_judged"
    assert "No report can be written" in document(tmp_path)["verdict"]["message"]


def test_checksums_that_cannot_be_removed_are_found_out_first(gate: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / SUMS).mkdir()
    result = gate(FINE, report_dir=str(tmp_path))
    assert result["failed"] and "cannot be removed" in result["msg"] and told(tmp_path) == "not_judged"


def test_a_report_that_cannot_be_replaced_is_found_out_first(gate: Any, sim: Simulator, tmp_path: pathlib.Path) -> None:
    (tmp_path / FILES["html"]).mkdir()
    result = gate(FINE, report_dir=str(tmp_path))
    assert result["failed"] and "Is a directory" in result["msg"] and not sim.requests


NOTHING_JUDGED = [
    {"secret_key": ""},
    {"secret_key": "wrong"},
    {"max_unscanned": -1},
    {"max_unscanned": "many"},
    {"max_unscanned": 10**400},
    {"max_risky": ""},
    {"max_riskyy": 1},
    {"auth_method": "abc"},
    {"region": " "},
    {"scopes": ["a"]},
    {"report_formats": ["pdf"]},
    {"report_formats": []},
    {"_ansible_check_mode": False, "fail_on_violation": "perhaps"},
]


@pytest.mark.parametrize("options", NOTHING_JUDGED, ids=lambda options: str(options)[:40])
def test_no_report_of_an_earlier_run_speaks_for_this_one(gate: Any, tmp_path: pathlib.Path, options: Any) -> None:
    """Not where the folder is named by a variable of the environment either, which ansible-core expands."""
    folder = tmp_path / "a"
    os.environ["FOLDER_OF_REPORTS"] = str(tmp_path)
    try:
        assert not gate(FINE, report_dir=str(folder)).get("failed")
        judged = document(folder)
        (folder / "mine.txt").write_text("")
        result = gate(FINE, report_dir="$FOLDER_OF_REPORTS/a", **options)
    finally:
        del os.environ["FOLDER_OF_REPORTS"]
    assert result["failed"] and result["verdict"]["status"] == "not_judged"
    assert names(folder) == {*REPORTS, SUMS, PREVIOUS, "mine.txt"} and told(folder) == "not_judged"
    found = document(folder)
    assert found["verdict"]["summary"] == result["verdict"]["summary"] and UNFINISHED not in str(found)
    assert found["run_id"] != judged["run_id"] and found["provenance"]["finished_at"]
    assert document(folder, PREVIOUS) == judged and verify(folder) == {*REPORTS, PREVIOUS}


@pytest.mark.parametrize("what", ["library", "bug", "bug at the start"])
def test_no_earlier_report_stays_whatever_is_wrong_with_the_module(
    gate: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    folder = tmp_path / "a"
    assert not gate(FINE, report_dir=str(folder)).get("failed")
    if what == "library":
        monkeypatch.setattr(_module_module, "HAS_REQUESTS", False)
    elif what == "bug":
        monkeypatch.setattr(hss_cluster_gate, "read_limits", None)
    else:
        monkeypatch.setattr(folder_module.ReportFolder, "remove_leftovers", None)
    result = gate(FINE, report_dir=str(folder))
    assert result["failed"] and told(folder) == "not_judged"
    words = "Failed to import the required Python library (requests)" if what == "library" else "This is a bug in"
    assert words in result["msg"] and words in document(folder)["verdict"]["message"]


def test_a_run_that_fails_after_its_reports(gate: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is checked once more before it is returned."""
    monkeypatch.setattr(_module_module, "_contains_secret", lambda *_arguments: True)
    result = gate(FINE, report_dir=str(tmp_path))
    assert result["failed"] and told(tmp_path) == "not_judged" and verify(tmp_path) == REPORTS


AS_A_PROCESS = """
import sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.argv[1].encode()
basic._ANSIBLE_PROFILE = "legacy"
from ansible_collections.huaweicloud.hss.plugins.modules import hss_cluster_gate
hss_cluster_gate.main()
"""


@contextlib.contextmanager
def gate_process(options: Dict[str, Any], *path: str) -> Iterator[subprocess.Popen[str]]:
    given = json.dumps({"ANSIBLE_MODULE_ARGS": {"region": REGION, **options}})
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([*path, *sys.path])}
    with subprocess.Popen(
        [sys.executable, "-c", AS_A_PROCESS, given],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(
    "raised,words",
    [
        ("ModuleNotFoundError(\"No module named 'requests'\")", "ModuleNotFoundError: No module named 'requests'"),
        ("AttributeError('a library\\nof another version')", "AttributeError: a library of another version"),
    ],
)
def test_requests_cannot_be_imported(tmp_path: pathlib.Path, raised: str, words: str) -> None:
    """Not even by another error than ImportError: the reports say it, and the error is named without a traceback."""
    (tmp_path / "requests.py").write_text(f"raise {raised}\n")
    with gate_process({"report_dir": str(tmp_path / "reports")}, str(tmp_path)) as process:
        output, errors = process.communicate()
    assert process.returncode == 1 and "Traceback" not in output + errors, errors
    message = json.loads(output)["msg"]
    assert "Failed to import the required Python library (requests)" in message and words in message
    assert told(tmp_path / "reports") == "not_judged" and words in str(document(tmp_path / "reports"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal(gate: Any, sim: Simulator, meanwhile: Any, tmp_path: pathlib.Path, number: signal.Signals) -> None:
    assert gate(FINE, report_dir=str(tmp_path))["verdict"]["passed"]
    judged = document(tmp_path)
    keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK, "project_id": PROJECT, "max_retries": 0}
    with gate_process({"report_dir": str(tmp_path), "endpoint": sim.http_url, **keys}) as process:
        meanwhile(lambda: process.send_signal(number))
        process.communicate()
    assert told(tmp_path) == "not_judged" and document(tmp_path, PREVIOUS) == judged
    is_interrupted = number == signal.SIGINT
    words = "Interrupted. Nothing was concluded" if is_interrupted else UNFINISHED
    assert words in document(tmp_path)["verdict"]["message"]
    assert names(tmp_path) == {*REPORTS, PREVIOUS, *([SUMS] if is_interrupted else [])}, "no checksums of half a run"


@contextlib.contextmanager
def disk_space(size: int) -> Iterator[None]:
    """Let no file grow beyond that many bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_disk_that_is_full_from_the_start(gate: Any, sim: Simulator, tmp_path: pathlib.Path) -> None:
    assert not gate(FINE, report_dir=str(tmp_path)).get("failed")
    judged, asked = document(tmp_path), len(sim.requests)
    with disk_space(100):
        result = gate(FINE, report_dir=str(tmp_path))
    assert result["failed"] and f"No report can be written to {tmp_path}: File too large" in result["msg"]
    assert len(sim.requests) == asked and result["verdict"]["status"] == "not_judged"
    assert names(tmp_path) == {PREVIOUS} and document(tmp_path, PREVIOUS) == judged, "nothing speaks for an earlier run"


@pytest.mark.parametrize("size,left", [(100, set()), (1500, {FILES["markdown"], FILES["prometheus"]})])
def test_a_disk_that_fills_up(gate: Any, meanwhile: Any, tmp_path: pathlib.Path, size: int, left: set[str]) -> None:
    """What there is no room for is not written; what the reports said before is no verdict."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    meanwhile(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1])))
    try:
        result = gate(FINE, report_dir=str(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert result["failed"] and f"No report can be written to {tmp_path}: File too large" in result["msg"]
    assert result["verdict"]["passed"] and "The gate is open for" in result["msg"] and result["reports"] == {}
    assert names(tmp_path) == left, "an unfinished report is replaced by what ended the run, or goes"
    assert all("NOT judge" in (tmp_path / name).read_text() for name in left)


def test_a_report_that_stays_is_reported_beside_whatever_else_is_wrong(gate: Any, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "a"
    gate(FINE, report_dir=str(folder))
    (folder / FILES["html"]).unlink()
    (folder / FILES["html"]).mkdir()
    for options in ({"max_unscanned": "many"}, {"max_unscanned": -1}, {"max_risky": ""}, {}):
        result = gate(FINE, report_dir=str(folder), **options)
        assert f"A report of an earlier run cannot be removed from {folder}: Is a directory." in result["msg"]
        assert result["msg"].count("cannot be removed") == 1
        for name in options:
            # The sentence about the folder comes first; the other may wait.
            assert name in result["msg"] or options == {"max_unscanned": -1}
        assert document(folder)["verdict"]["status"] == "not_judged"
        assert "cannot be removed" in document(folder)["verdict"]["message"]
    assert names(folder) == {*REPORTS, PREVIOUS}, "the others speak of this run"


@pytest.mark.parametrize(
    "folder",
    [
        "a\0b",
        "a\ud800b",
        "x" * 5000,
        "/".join(["x" * 200] * 30),
        "file",
        "file/below",
        "loop/below",
        ["a"],
        {"a": 1},
        True,
    ],
    ids=lambda folder: str(folder)[:12].encode("unicode_escape").decode(),
)
def test_a_folder_that_cannot_be_one(
    gate: Any, sim: Simulator, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, folder: Any
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("")
    (tmp_path / "a" / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path / "a")
    result = gate(FINE, report_dir=folder)
    assert result["failed"] and "report_dir" in result["msg"] and "bug" not in result["msg"], result["msg"]
    assert not isinstance(folder, str) or "\ud800" in folder or f" {tmp_path}/a/" in result["msg"], "the absolute path"
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["file", "loop"] and not sim.requests


@pytest.mark.parametrize("name", ["file", "link"])
def test_a_folder_that_is_a_file_or_a_link_to_nothing(gate: Any, tmp_path: pathlib.Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("gone")
    words = f"No report can be written to {tmp_path / name}: it is a file, or a link to a folder that does not exist."
    assert words in gate(FINE, report_dir=str(tmp_path / name))["msg"]


@pytest.mark.parametrize("name", ["a1b2c3d4e5f6/reports", "3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a"])
def test_a_folder_named_by_chance_or_by_a_commit_is_no_secret(gate: Any, name: str) -> None:
    # Not pytest's folder, whose dashes are in no key.
    with tempfile.TemporaryDirectory(prefix="reports") as made:
        folder = pathlib.Path(made) / name
        result = gate(FINE, report_dir=str(folder))
        assert result["verdict"]["passed"] and result["reports"]["json"] == str(folder / FILES["json"])
        assert told(folder) == "passed"


@pytest.mark.parametrize(
    "name,unknown",
    [("$NOT_SET/reports", "$NOT_SET"), ("a/${NOT_SET}", "${NOT_SET}"), ("~nobody-here/reports", "~nobody-here")],
)
def test_a_folder_named_after_what_is_not_known(
    gate: Any, sim: Simulator, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, name: str, unknown: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOT_SET", raising=False)
    before = set(tmp_path.iterdir())
    result = gate(FINE, report_dir=name)
    words = (
        f"Option report_dir contains {unknown}, a variable or user that is not known on the host that runs the module."
    )
    assert words in result["msg"] and set(tmp_path.iterdir()) == before and not sim.requests
    (tmp_path / name).mkdir(parents=True)
    assert gate(FINE, report_dir=str(tmp_path / name))["verdict"]["passed"], "there is such a folder"


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_key_in_place_of_a_folder_is_neither_shown_nor_made_a_folder(
    gate: Any, sim: Simulator, tmp_path: pathlib.Path, check_mode: bool
) -> None:
    key = "h7Gq2Zr9Xk4Lm1Np8Ts3Vw6Yb5Cd0Ef2Aj4Hu7Ki"
    result = gate(FINE, report_dir=str(tmp_path / key), _ansible_check_mode=check_mode)
    assert "Option report_dir must name a folder, and seems to hold a key or a token (" in result["msg"]
    assert "create it before the gate runs" in result["msg"] and key not in json.dumps(result)
    assert not (tmp_path / key).exists() and not sim.requests
    (tmp_path / key).mkdir()
    assert gate(FINE, report_dir=str(tmp_path / key))["verdict"]["passed"]


def test_a_file_system_that_refuses_chmod_keeps_its_reports(
    gate: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: Any, **more: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    for name in ("chmod", "fchmod", "chown", "utime"):
        monkeypatch.setattr(os, name, refused)
    before = os.umask(0o027)
    try:
        assert not gate(FINE, report_dir=str(tmp_path / "a")).get("failed")
    finally:
        os.umask(before)
    assert names(tmp_path / "a") == {*REPORTS, SUMS}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "a").iterdir()} == {0o640}, "as the umask allows"


def test_no_report_is_written_for_a_playbook_that_has_ended(
    gate: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Controller, "has_ended", lambda self: True)
    result = gate(FINE, report_dir=str(tmp_path / "a"))
    assert result["failed"] and "has ended" in result["msg"] and told(tmp_path / "a") == "not_judged"
    assert UNFINISHED in document(tmp_path / "a")["verdict"]["message"] and names(tmp_path / "a") == REPORTS


def test_check_mode_leaves_reports_alone(gate: Any, tmp_path: pathlib.Path) -> None:
    gate(FINE, report_dir=str(tmp_path / "a"))
    judged = document(tmp_path / "a")
    gate(FINE, report_dir=str(tmp_path / "a"), _ansible_check_mode=True, max_unscanned=-1)
    assert told(tmp_path / "a") == "passed" and document(tmp_path / "a") == judged and verify(tmp_path / "a") == REPORTS


def test_a_pipe_by_the_name_of_a_report_is_replaced(gate: Any, tmp_path: pathlib.Path) -> None:
    for name in (FILES["json"], PREVIOUS, SUMS):
        os.mkfifo(tmp_path / name)
    result = gate(FINE, report_dir=str(tmp_path))
    assert told(tmp_path) == "passed" and verify(tmp_path) == REPORTS
    assert f"{PREVIOUS} is not a regular file" in result["verdict"]["notes"][0]


def test_planted_links_are_replaced_and_not_followed(gate: Any, tmp_path: pathlib.Path) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "reports"
    victim.write_text("mine")
    folder.mkdir()
    for name in (*FILES.values(), SUMS):
        (folder / name).symlink_to(victim)
    result = gate(FINE, report_dir=str(folder))
    assert victim.read_text() == "mine" and not [path for path in folder.iterdir() if path.is_symlink()]
    assert told(folder) == "passed" and f"{FILES['json']} is a symbolic link" in result["verdict"]["notes"][0]


def test_no_report_holds_a_secret(gate: Any, tmp_path: pathlib.Path) -> None:
    """Not where its name is that of a cluster which breaks no rule either, nor where an option or the folder holds it."""
    for number, clusters in enumerate(([cluster(f"named-{DEMO_SK}")], [cluster(f"named-{DEMO_SK}", 60)])):
        folder = tmp_path / str(number)
        result = gate(clusters, report_dir=str(folder))
        assert result["failed"] and "no report was written" in result["msg"]
        assert told(folder) == "not_judged"
    assert gate(FINE, report_dir=str(tmp_path / DEMO_SK))["failed"]
    assert gate(FINE, report_dir=str(tmp_path / "b"), project_name=DEMO_SK, max_unscanned=-1)["failed"]
    assert gate(FINE, report_dir=str(tmp_path / "c"), max_riskyy=DEMO_SK)["failed"]
    assert gate(FINE, report_dir=str(tmp_path / "d"), max_risky=DEMO_SK)["failed"]
    folders = [tmp_path / name for name in names(tmp_path)]
    assert len(folders) == 6 and all(told(folder) == "not_judged" for folder in folders)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and DEMO_SK in path.read_text()]


# The last run that judged, and what has changed since


def changes(result: Dict[str, Any]) -> Dict[str, Any]:
    """Return the changes, with names of clusters only."""
    found = result["changes"]
    lists = {name: [(e["rule"], e["cluster_name"]) for e in found[name]] for name in ("new", "resolved")}
    scopes = {name: [e["project_id"] for e in found[name]] for name in ("scopes_gone", "emptied")}
    return {**lists, **scopes}


NONE: Dict[str, Any] = {"new": [], "resolved": [], "scopes_gone": [], "emptied": []}


def test_changes_since_the_last_run_that_judged(gate: Any, tmp_path: pathlib.Path) -> None:
    """A run that judged nothing neither takes its place nor counts."""
    folder = str(tmp_path)
    first = gate([cluster("x"), cluster("y"), cluster("z")], report_dir=folder)
    assert first["changes"] is None and "Changes since" not in str(first["verdict"]["summary"])
    assert gate(FINE, report_dir=folder, access_key="wrong")["failed"]
    second = gate([cluster("x"), cluster("y", 60), cluster("new")], report_dir=folder)
    assert changes(second) == {
        **NONE,
        "new": [("max_unscanned", "new")],
        "resolved": [("max_unscanned", "y"), ("max_unscanned", "z")],
    }
    assert [entry["listed"] for entry in second["changes"]["resolved"]] == [True, False]
    assert second["changes"]["since"] == first["collected_at"]
    assert f"Changes since {first['collected_at']}: 1 new, 2 resolved." in second["verdict"]["summary"]
    assert document(tmp_path)["changes"] == second["changes"]
    third = gate([cluster("x"), cluster("y", 60), cluster("new")], report_dir=folder)
    assert changes(third) == NONE and any("none." in line for line in third["verdict"]["summary"])


def test_changes_of_scopes(gate: Any, sim: Simulator, tmp_path: pathlib.Path) -> None:
    options = {"report_dir": str(tmp_path), "all_projects": True, "fail_on_violation": False, "project_id": None}
    before = gate(projects=two_projects([cluster("x")], [cluster("y")]), **options)
    assert before["verdict"]["status"] == "failed"
    gone = {**options, "include_projects": [REGION]}
    assert changes(gate(projects=two_projects([cluster("x")], [cluster("y")]), **gone))["scopes_gone"] == [SECOND]
    # What cannot be read is not gone, and what is unknown is not resolved.
    broken = {**options, "on_scope_error": "continue"}
    partial = gate(projects=two_projects([cluster("x")], []), fault=[faults.answer(403, GONE, path=SECOND)], **broken)
    assert partial["verdict"]["status"] == "failed" and changes(partial) == NONE
    sim.reset()
    assert gate(projects=two_projects([cluster("x")], [cluster("y")]), **options)["verdict"]["complete"]
    emptied = gate(projects=two_projects([cluster("x")], []), **options)
    assert changes(emptied)["emptied"] == [SECOND]
    assert "1 resolved, 1 scopes without clusters now" in str(emptied["verdict"]["summary"])


def test_what_is_unknown_is_not_resolved(gate: Any, tmp_path: pathlib.Path) -> None:
    """One cluster may be unscanned, and who knows what the other project has: the rule lists no clusters."""
    options = {"report_dir": str(tmp_path), "scopes": SCOPES, "project_id": None}
    gate(projects=two_projects([cluster("x")], FINE), **options)
    fault = faults.answer(403, GONE, path=SECOND)
    result = gate(projects=two_projects([cluster("x")], FINE), fault=[fault], max_unscanned=1, **options)
    assert result["verdict"]["status"] == "not_judged" and changes(result) == NONE


def test_a_lookup_that_fails_is_not_a_scope_that_is_gone(gate: Any, tmp_path: pathlib.Path) -> None:
    options = {"report_dir": str(tmp_path), "scopes": SCOPES, "on_scope_error": "continue", "max_unscanned": 0}
    gate(projects=two_projects([cluster("x")], FINE), **options)
    fault = faults.answer(403, GONE, path="/v3/")
    result = gate(projects=two_projects([cluster("x")], FINE), fault=[fault], **options)
    assert result["verdict"]["status"] == "not_judged" and changes(result) == NONE


def test_an_exception_is_no_change_but_its_end_is(gate: Any, tmp_path: pathlib.Path) -> None:
    entry = {"cluster_name": "x", "rules": ["max_unscanned"], "reason": "new", "expires": "2099-12-31"}
    folder, own = str(tmp_path), [cluster("x"), cluster("a", 60)]
    gate(own, report_dir=folder)
    excused = gate(own, report_dir=folder, exceptions=[entry])
    assert excused["verdict"]["passed"] and changes(excused) == NONE
    found = document(tmp_path)
    assert found["exceptions"][0]["excused"] == [{"rule": "max_unscanned", "cluster_id": cluster_id("x")}]
    expired = gate(own, report_dir=folder, exceptions=[{**entry, "expires": "2001-01-01"}])
    assert changes(expired)["new"] == [("max_unscanned", "x")]
    assert document(tmp_path)["exceptions"][0]["excused"] == []


def test_another_age_is_not_compared(gate: Any, tmp_path: pathlib.Path) -> None:
    own = [cluster("x", 3 * 86400)]
    gate(own, report_dir=str(tmp_path), max_scan_age="7d")
    assert changes(gate(own, report_dir=str(tmp_path), max_scan_age="1d")) == NONE
    assert changes(gate(own, report_dir=str(tmp_path), max_scan_age="7d")) == NONE


def good(folder: pathlib.Path) -> Any:
    return json.loads((folder / FILES["json"]).read_text())


SPOILED = {
    "no JSON": lambda text: text[:100],
    "not UTF-8": lambda text: "\udcff",
    "a list": lambda text: "[]",
    "another version": lambda text: text.replace("-2.0.schema", "-1.0.schema"),
    "no verdict": lambda text: text.replace('"verdict": {', '"other": {', 1),
    "a status that is no text": lambda text: text.replace('"status": "failed"', '"status": ["failed"]', 1),
    "too deep": lambda text: "[" * 100000,
    "no rules": lambda text: json.dumps({**json.loads(text), "verdict": {"status": "failed"}}),
    "rules that are none": lambda text: json.dumps({**json.loads(text), "verdict": {"status": "failed", "rules": [1]}}),
    "a scope that is none": lambda text: json.dumps({**json.loads(text), "scopes": [{"account": 5}]}),
    "a name that is none": lambda text: text.replace('"cluster_name": "x"', '"cluster_name": {"a": 1}'),
    "a time that is none": lambda text: re.sub('"collected_at": "[^"]*"', '"collected_at": "<b>"', text),
    "a secret": lambda text: text.replace('"cluster_name": "x"', f'"cluster_name": "{DEMO_SK}"'),
}


@pytest.mark.parametrize("name", [FILES["json"], PREVIOUS])
@pytest.mark.parametrize("how", SPOILED, ids=str)
def test_an_earlier_report_that_is_spoiled_is_ignored(gate: Any, tmp_path: pathlib.Path, how: str, name: str) -> None:
    gate([cluster("x")], report_dir=str(tmp_path))
    text = SPOILED[how]((tmp_path / FILES["json"]).read_text())
    if name == PREVIOUS:
        (tmp_path / FILES["json"]).unlink()
    (tmp_path / name).write_text(text, errors="surrogateescape")
    result = gate(FINE, report_dir=str(tmp_path))
    assert result["verdict"]["passed"] and result["changes"] is None and told(tmp_path) == "passed"
    (note,) = result["verdict"]["notes"]
    assert name in note or PREVIOUS in note
    assert note.endswith("so nothing is compared with an earlier run.") and f"Note: {note}" in str(
        result["verdict"]["summary"]
    )
    assert DEMO_SK not in (tmp_path / FILES["json"]).read_text()


def test_an_earlier_report_that_is_too_large_or_unreadable(
    gate: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate([cluster("x")], report_dir=str(tmp_path))
    monkeypatch.setattr(previous_module, "MAX_SIZE", 1000)
    result = gate(FINE, report_dir=str(tmp_path))
    assert result["verdict"]["notes"] == [
        f"{FILES['json']} is larger than 1000 bytes, so nothing is compared with an earlier run."
    ]
    monkeypatch.undo()


def test_a_previous_report_that_cannot_be_replaced(gate: Any, tmp_path: pathlib.Path) -> None:
    """A folder has its name: what changed is known all the same, and the note says that it is not kept."""
    gate([cluster("x")], report_dir=str(tmp_path))
    (tmp_path / PREVIOUS).mkdir()
    result = gate([cluster("x", 60)], report_dir=str(tmp_path))
    assert changes(result)["resolved"] == [("max_unscanned", "x")] and verify(tmp_path) == REPORTS
    (note,) = result["verdict"]["notes"]
    assert f"{PREVIOUS} cannot be replaced (Is a directory)" in note and "nothing is compared" not in note


def test_a_previous_report_that_judges_nothing(gate: Any, tmp_path: pathlib.Path) -> None:
    gate(FINE, report_dir=str(tmp_path), access_key="wrong")
    (tmp_path / FILES["json"]).rename(tmp_path / PREVIOUS)
    result = gate(FINE, report_dir=str(tmp_path))
    assert result["changes"] is None and f"{PREVIOUS} judges nothing" in result["verdict"]["notes"][0]


# Two gates in one folder


def test_two_gates_at_once(gate: Any, sim: Simulator, meanwhile: Any, tmp_path: pathlib.Path) -> None:
    """The one that started later wins whole, and the other says so."""
    keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK, "project_id": PROJECT, "max_unscanned": 1}
    outputs = []

    def another_gate() -> None:
        with gate_process({"report_dir": str(tmp_path), "endpoint": sim.http_url, **keys}) as process:
            outputs.append(json.loads(process.communicate()[0]))

    meanwhile(another_gate)
    result = gate(NEW, report_dir=str(tmp_path), fail_on_violation=False)
    (other,) = outputs
    assert other["verdict"]["passed"] and result["verdict"]["status"] == "failed"
    assert told(tmp_path) == "passed" and verify(tmp_path) == REPORTS
    assert result["reports"] == {} and not result["changed"]
    (note,) = result["verdict"]["notes"]
    assert str(tmp_path) in note and "another run of the gate, which started later" in note
    assert f"Note: {note}" == result["verdict"]["summary"][-1] or f"Note: {note}" in result["verdict"]["summary"]


@pytest.mark.parametrize("wrong", [False, True], ids=["judged", "failed"])
@pytest.mark.parametrize("own,others", [(["json"], "junit"), (["junit", "html"], "markdown,html"), (["json"], None)])
def test_two_gates_with_other_formats_at_once(
    gate: Any, sim: Simulator, meanwhile: Any, tmp_path: pathlib.Path, own: List[str], others: Any, wrong: bool
) -> None:
    """The files of one are none of those of the other, and are not mixed all the same."""
    given = {"report_dir": str(tmp_path), **({"report_formats": others} if others else {})}
    keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK, "project_id": PROJECT, "endpoint": sim.http_url}

    def another_gate() -> None:
        with gate_process({**given, **keys}) as process:
            process.communicate()
        if wrong:
            sim.inject(faults.answer(403, GONE))

    meanwhile(another_gate)
    result = gate(FINE, report_dir=str(tmp_path), report_formats=own)
    expected = {FILES[name] for name in (others.split(",") if others else FILES)}
    assert verify(tmp_path) == expected == names(tmp_path) - {SUMS}
    assert bool(result.get("failed")) is wrong and (wrong or "another run" in result["verdict"]["notes"][0])


def test_a_gate_that_fails_leaves_the_reports_of_another(
    gate: Any, sim: Simulator, meanwhile: Any, tmp_path: pathlib.Path
) -> None:
    keys = {"access_key": DEMO_AK, "secret_key": DEMO_SK, "project_id": PROJECT}

    def another_gate() -> None:
        with gate_process({"report_dir": str(tmp_path), "endpoint": sim.http_url, **keys}) as process:
            process.communicate()
        sim.inject(faults.answer(500, {}))

    meanwhile(another_gate)
    assert gate(FINE, report_dir=str(tmp_path))["failed"] and told(tmp_path) == "passed"


def test_the_lock_is_waited_for(gate: Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not without end: a process that was stopped may hold it."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    result = gate(FINE, report_dir=str(tmp_path))
    assert result["failed"] and "another process has locked it" in result["msg"]
    assert not names(tmp_path)
    os.close(descriptor)
    assert gate(FINE, report_dir=str(tmp_path))["verdict"]["passed"]

    def unknown(*_arguments: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unknown)
    assert gate(FINE, report_dir=str(tmp_path))["verdict"]["passed"], "a file system without locks"


def test_what_a_killed_run_left_half_written_goes(gate: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / f"{folder_module.TEMPORARY}0123").write_text("half")
    gate(FINE, report_dir=str(tmp_path))
    assert names(tmp_path) == {*REPORTS, SUMS}


def test_a_folder_that_was_removed_meanwhile(gate: Any, meanwhile: Any, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "a"
    meanwhile(lambda: [*(path.unlink() for path in folder.iterdir()), folder.rmdir()])
    result = gate(FINE, report_dir=str(folder))
    assert result["failed"] and "No report can be written to" in result["msg"] and result["verdict"]["passed"]


def test_an_auditor_reads_all_from_the_json_report_alone(gate: Any, tmp_path: pathlib.Path) -> None:
    """Who asked, when, as whom, where, about which projects and clusters; which rule judged what; what was excused."""
    entry = {
        "cluster_name": "x",
        "rules": ["max_unscanned"],
        "reason": "new",
        "approved_by": "Ann",
        "expires": "2099-12-31",
    }
    own = [cluster("x"), cluster("a", 60, risky=True)]
    gate(projects=[project(clusters=own)], report_dir=str(tmp_path), exceptions=[entry], max_scan_age="7d", max_stale=1)
    found = document(tmp_path)
    provenance = found["provenance"]
    assert provenance["run_id"] == found["run_id"] and provenance["started_at"] <= provenance["finished_at"]
    assert provenance["collection_version"] and found["options"]["region"] == REGION
    assert not {"access_key", "secret_key"} & set(found["options"]) and found["options"]["max_scan_age"] == "7d"
    (scope,) = found["scopes"]
    assert scope["project_id"] == PROJECT and scope["request_id"]
    assert [(c["cluster_name"], c["scan_state"], c["project_id"]) for c in found["clusters"]] == [
        ("x", "unscanned", PROJECT),
        ("a", "scanned", PROJECT),
    ]
    assert found["clusters"][1]["risk_assess_num"] >= 1 and found["clusters"][1]["last_scan"]
    judged = {rule["name"]: (rule["figure"], rule["limit"], rule["status"]) for rule in found["verdict"]["rules"]}
    assert judged["max_unscanned"] == (0, 0, "passed") and judged["max_scan_age"] == (1, 1, "passed")
    (excused,) = found["exceptions"]
    assert {**entry, "excused": [{"rule": "max_unscanned", "cluster_id": cluster_id("x")}]}.items() <= excused.items()


def test_files_are_written_all_or_none(tmp_path: pathlib.Path) -> None:
    """Those that were replaced before another could not be are removed, since nobody may be left to say how the run ended."""
    (tmp_path / "second").mkdir()
    (tmp_path / "first").write_text("before")
    with pytest.raises(IsADirectoryError):
        folder_module.ReportFolder(str(tmp_path)).write_all({"first": b"passed", "second": b"passed"})
    assert names(tmp_path) == {"second"}
