# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports that a real run of the gate leaves behind, the page in a real browser."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
from typing import Any, Iterator
from urllib.parse import quote

import pytest
from selenium import webdriver

from tests.simulator import DEMO_AK, DEMO_SK, Simulator, cluster, project, scenario

FILES = {"cluster-scan-gate.xml", "cluster-scan-gate.json", "cluster-scan-gate.md", "cluster-scan-gate.html"}
FIRST = [
    *(cluster(f"new-{n}") for n in range(3)),
    cluster("<script>document.title='taken'</script>"),
    cluster("risky", 60, risky=True),
    *(cluster(f"fine-{n}", 60) for n in range(3)),
]
SECOND = [cluster("alone", 60)]
# Of each scope, by class: clusters, and all of them.
BARS = [{"scanned": 4 / 8, "unscanned": 4 / 8, "risky": 1 / 8}, {"scanned": 1.0}]


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


@pytest.fixture
def folder(playbooks: Any, tmp_path: pathlib.Path) -> pathlib.Path:
    """Return the folder of reports of a closed gate for two projects."""
    projects = [
        project(clusters=FIRST, project_id="a" * 32),
        project(clusters=SECOND, project_id="b" * 32, name="cn-north-4_b"),
    ]
    where = tmp_path / "out" / "reports"
    with Simulator(scenario(projects=projects)) as simulator:
        options = {
            "region": "cn-north-4",
            "endpoint": simulator.http_url,
            "scopes": [{"project_id": "a" * 32}, {"project_id": "b" * 32}],
            "max_risky": 0,
            "report_dir": str(where),
        }
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": [{"name": "Judge", "huaweicloud.hss.hss_cluster_gate": options}],
        }
        keys = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
        outcome = playbooks.run([play], environ=keys)
    assert outcome.status == 2, outcome.output
    (result,) = outcome.results
    assert {pathlib.Path(path).name for path in result["reports"].values()} == FILES and result["changed"]
    assert {path.name for path in where.iterdir()} == FILES
    assert json.loads((where / "cluster-scan-gate.json").read_text())["verdict"] == result["verdict"]
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


@pytest.mark.parametrize("width", [1280, 360], ids=["screen", "phone"])
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
    assert "<script>document.title='taken'</script>" in text and "4 of 9 clusters were never scanned" in text
    assert browser.find_elements("tag name", "script") == []
    assert browser.get_log("browser") == [], "the console is silent"
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"}
    assert all(url.startswith("file://") and url.endswith("cluster-scan-gate.html") for url in urls), urls
    found = widths(browser)
    assert [set(scope) for scope in found] == [set(scope) for scope in BARS]
    for scope, expected in zip(found, BARS, strict=True):
        assert scope == {name: pytest.approx(part, abs=0.005) for name, part in expected.items()}
    # The page itself never scrolls sideways; a wide table does.
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    ink, paper = browser.execute_script(
        "const style = getComputedStyle(document.body); return [style.color, style.backgroundColor]"
    )
    assert (brightness(ink) < brightness(paper)) is (scheme == "light")


def test_the_page_on_paper(browser: webdriver.Chrome, folder: pathlib.Path) -> None:
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    media = {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(f"file://{quote(str(folder / 'cluster-scan-gate.html'))}")
    style = "return getComputedStyle(document.body).backgroundColor"
    assert brightness(browser.execute_script(style)) == 255, "paper is white, whatever the screen likes"
    adjust = "return getComputedStyle(document.querySelector('.track span')).getPropertyValue('print-color-adjust')"
    assert browser.execute_script(adjust) == "exact"
    assert widths(browser)[0]["unscanned"] == pytest.approx(0.5, abs=0.005)
    assert len(browser.execute_cdp_cmd("Page.printToPDF", {})["data"]) > 1000


def brightness(color: str) -> float:
    numbers = color.partition("(")[2].rstrip(")").replace(",", " ").split()
    return sum(float(number) for number in numbers[:3]) / 3
