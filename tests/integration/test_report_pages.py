# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports that a real run of the gate leaves behind, the page in a real browser."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
from typing import Any, Dict, Iterator, List
from urllib.parse import quote

import pytest
from selenium import webdriver

from tests.integration.conftest import Playbooks
from tests.simulator import DEMO_AK, DEMO_SK, Simulator, cluster, cluster_id, project, scenario
from tests.tools.npm import AXE, fetched

REPORTS = {f"cluster-scan-gate.{ending}" for ending in ("xml", "json", "md", "html", "prom")}
DAY = 86400
FIRST = [
    *(cluster(f"new-{n}") for n in range(3)),
    cluster("<script>document.title='taken'</script>"),
    cluster("risky", 60, risky=True),
    *(cluster(f"fine-{n}", 60) for n in range(3)),
    cluster("old", 30 * DAY),
]
SECOND = [cluster("alone", 60)]
# Of each scope, by class: clusters, and all of them; the worst scope first.
BARS = [{"unscanned": 3 / 9, "stale": 1 / 9, "excepted": 1 / 9, "scanned": 4 / 9}, {"scanned": 1.0}]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver:
        assert not os.environ.get("CI"), "CI has to render the page: install chromium and chromium-driver"
        pytest.skip("chromium or chromedriver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    profile = tmp_path_factory.mktemp("profile")
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "disable-dev-shm-usage",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        f"user-data-dir={profile}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    yield running
    running.quit()


def excepted(name: str) -> Dict[str, Any]:
    rules = ["max_unscanned", "max_scan_age"]
    return {"cluster_name": name, "rules": rules, "reason": "new", "approved_by": "Ann", "expires": "2099-12-31"}


@pytest.fixture(scope="module")
def folder(installed: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return the folder of reports of a closed gate for two projects, after one with another exception, and of one that judges nothing."""
    projects = [
        project(clusters=SECOND, project_id="b" * 32, name="cn-north-4_b"),
        project(clusters=FIRST, project_id="a" * 32),
        project(
            clusters=[],
            cluster_groups=[
                {"count": 1500, "name": "good", "scanned": True},
                {"count": 500, "name": "bad", "scanned": False, "risky": True},
            ],
            project_id="c" * 32,
        ),
    ]
    place = tmp_path_factory.mktemp("pages")
    where = place / "out" / "reports"
    with Simulator(scenario(projects=projects)) as simulator:
        options = {
            "region": "cn-north-4",
            "endpoint": simulator.http_url,
            "scopes": [{"project_id": "b" * 32}, {"project_id": "a" * 32}],
            "max_risky": 0,
            "max_scan_age": "7d",
            "report_dir": str(where),
            "exceptions": [excepted("new-0")],
        }
        runs = [
            {**options, "fail_on_violation": False},
            {
                **options,
                "report_dir": str(place / "unjudged"),
                "access_key": "FAKEAK00000000WRONG0",
                "secret_key": "wrong-secret-key",
            },
            {
                **{name: value for name, value in options.items() if name != "exceptions"},
                "scopes": [{"project_id": "c" * 32}],
                "report_dir": str(place / "large"),
                "fail_on_violation": False,
            },
            {**options, "exceptions": [excepted("new-1")]},
        ]
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": [
                {"name": "Judge", "huaweicloud.hss.hss_cluster_gate": run, "ignore_errors": number == 1}
                for number, run in enumerate(runs)
            ],
        }
        keys = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
        outcome = Playbooks(place, installed).run([play], environ=keys)
    assert outcome.status == 2, outcome.output
    result = outcome.results[-1]
    assert {pathlib.Path(path).name for path in result["reports"].values()} == REPORTS and result["changed"]
    assert {path.name for path in where.iterdir()} == {*REPORTS, "cluster-scan-gate.previous.json", "SHA256SUMS"}
    assert json.loads((where / "cluster-scan-gate.json").read_text())["verdict"] == result["verdict"]
    assert [change["cluster_name"] for change in result["changes"]["new"]] == ["new-0"] * 2
    return where


def widths(browser: webdriver.Chrome) -> Any:
    """Of each scope, by class: the part of its track that a bar takes, as it was laid out."""
    return browser.execute_script(
        """
        return [...document.querySelectorAll(".scope")].map(scope => Object.fromEntries(
          [...scope.querySelectorAll(".track span")].map(bar =>
            [bar.className, bar.getBoundingClientRect().width / bar.parentElement.getBoundingClientRect().width])));
        """
    )


@pytest.fixture(scope="module")
def axe() -> str:
    """Return the source of axe-core, which checks accessibility."""
    folder = fetched(AXE)
    if folder is None:
        assert not os.environ.get("CI"), "CI has to check accessibility: install npm"
        pytest.skip("npm is not installed, or cannot fetch axe-core")
    return (folder / "axe.min.js").read_text()


def violations(browser: webdriver.Chrome, axe: str) -> List[str]:
    """Return what axe-core finds on the page, contrast included."""
    browser.execute_script(axe)
    found = browser.execute_async_script("const done = arguments[0]; axe.run().then(result => done(result.violations))")
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("width", [1280, 768, 390], ids=["screen", "tablet", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hinders_a_reader(
    browser: webdriver.Chrome, axe: str, folder: pathlib.Path, scheme: str, width: int
) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    for where in (folder, folder.parent.parent / "unjudged"):
        browser.get(f"file://{quote(str(where / 'cluster-scan-gate.html'))}")
        assert violations(browser, axe) == []
        assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [1280, 768, 390], ids=["screen", "tablet", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page(browser: webdriver.Chrome, folder: pathlib.Path, scheme: str, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 2, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(f"file://{quote(str(folder / 'cluster-scan-gate.html'))}")
    assert browser.title == "Cluster scan gate: CLOSED"
    text = browser.find_element("tag name", "body").text
    assert "<script>document.title='taken'</script>" in text and "3 of 10 clusters were never scanned" in text
    assert text.index("Scopes read") < text.index("a" * 32) < text.index("b" * 32) < text.index("Provenance")
    assert all(cluster_id(name, "a" * 32) in text for name in ("new-0", "new-1", "new-2", "old", "risky")), (
        "each ID is in the text"
    )
    assert browser.find_elements("tag name", "script") == []
    assert browser.get_log("browser") == [], "the console is silent"
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"}
    assert all(url.startswith("file://") and url.endswith("cluster-scan-gate.html") for url in urls), urls
    found = widths(browser)
    assert [set(scope) for scope in found] == [set(scope) for scope in BARS]
    for scope, expected in zip(found, BARS, strict=True):
        assert scope == {name: pytest.approx(part, abs=0.005) for name, part in expected.items()}
    # The page never scrolls sideways, and no part of it does.
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    ink, paper = browser.execute_script(
        "const style = getComputedStyle(document.body); return [style.color, style.backgroundColor]"
    )
    assert (brightness(ink) < brightness(paper)) is (scheme == "light")


def test_a_page_of_2000_clusters(browser: webdriver.Chrome, folder: pathlib.Path) -> None:
    """500 of them break two rules: each is on the page with its ID, which a phone opens in one piece."""
    page = folder.parent.parent / "large" / "cluster-scan-gate.html"
    assert page.stat().st_size <= 1.5e6
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(f"file://{quote(str(page))}")
    text = browser.execute_script("return document.body.innerText")
    report = json.loads(page.with_suffix(".json").read_text())
    broken = {cluster["cluster_id"] for rule in report["verdict"]["rules"] for cluster in rule["offenders"]}
    assert len(broken) == 500 and not [name for name in broken if name not in text]
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


def test_the_page_on_paper(browser: webdriver.Chrome, folder: pathlib.Path) -> None:
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    media = {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(f"file://{quote(str(folder / 'cluster-scan-gate.html'))}")
    style = "return getComputedStyle(document.body).backgroundColor"
    assert brightness(browser.execute_script(style)) == 255, "paper is white, whatever the screen likes"
    adjust = "return getComputedStyle(document.querySelector('.track span')).getPropertyValue('print-color-adjust')"
    assert browser.execute_script(adjust) == "exact"
    assert widths(browser)[0]["unscanned"] == pytest.approx(1 / 3, abs=0.005)
    assert len(browser.execute_cdp_cmd("Page.printToPDF", {})["data"]) > 1000


def brightness(color: str) -> float:
    numbers = color.partition("(")[2].rstrip(")").replace(",", " ").split()
    return sum(float(number) for number in numbers[:3]) / 3
