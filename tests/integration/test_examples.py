# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example that the documentation shows is executed as it stands, and what it says of names is what the code has.

The examples are sent to the simulator by environment variables only. Gates pass where every cluster is scanned, and each
of them must fail where one is not.
"""

from __future__ import annotations

import ast
import pathlib
import re
import shlex
import subprocess
from typing import Any, Dict, Iterator, List, Set

import pytest
import yaml
from ansible.module_utils.basic import missing_required_lib
from ansible_collections.huaweicloud.hss.plugins.module_utils import _diagnosis
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth import chain
from ansible_collections.huaweicloud.hss.plugins.module_utils._options import ENVIRONMENT, SHARED_OPTIONS

from tests.integration.documents import CHECKOUT, DOCUMENTS, MODULES, Block, Step, blocks, module_examples, steps
from tests.simulator import DEMO_AK, DEMO_PROJECT_ID, DEMO_SK, DEMO_TOKEN, Simulator, project, scenario
from tests.tools.checkout import BIN, copy_tree

REGIONS = {"cn-north-4": DEMO_PROJECT_ID, "eu-west-101": "0" * 30 + "eu", "ap-southeast-3": "0" * 30 + "ap"}
TEMPORARY = {
    "access_key": "FAKEAK00000000TEMP00",
    "secret_key": "fake-temporary-secret-key",
    "security_token": "fake-sts",
}
KEYS = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
TERRAFORM = {"HW_ACCESS_KEY": DEMO_AK, "HW_SECRET_KEY": DEMO_SK}
VAULT_PASSWORD = "fake-password-of-the-vault"
REPOSITORY = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text())["repository"]

ALL = [block for path in DOCUMENTS for block in blocks(path)]
EXECUTED = [block for block in ALL if block.spared is None]
LANGUAGES = {"yaml", "shell", "text", "ini"}
# Every exception, so that a new one is a decision.
NOT_EXECUTED = {
    ("README.md", "it first installs packages from the network"),
    ("README.md", "it asks the real cloud"),
    ("README.md", "the first is run by hand, the second runs this very test"),
    ("docs/authentication.md", "it opens an editor"),
}
# The reader of these is told elsewhere to set keys; the commands of the others set them, or need none.
KEYS_ARE_SET = {"docs/gating.md"}
# Lines that need a package index. What they install is there.
FROM_AN_INDEX = re.compile(r"python3 -m pip install .*")


def cloud(unscanned: int) -> Dict[str, Any]:
    """20 clusters in each region, so many of them never scanned."""
    projects = [project(unscanned, 20, region=name, project_id=known) for name, known in REGIONS.items()]
    result = scenario(projects=projects)
    result["access_keys"].append(TEMPORARY)
    return result


@pytest.fixture(scope="module")
def green() -> Iterator[Simulator]:
    with Simulator(cloud(unscanned=0)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def red() -> Iterator[Simulator]:
    with Simulator(cloud(unscanned=1)) as simulator:
        yield simulator


def redirected(sim: Simulator) -> Dict[str, str]:
    """What sends an example to the simulator, in place of the cloud."""
    hss = {f"HUAWEICLOUD_SDK_REGION_HSS_{name.upper().replace('-', '_')}": name for name in REGIONS}
    return {
        **{variable: f"{sim.https_url}/regions/{name}" for variable, name in hss.items()},
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": sim.https_url,
        "REQUESTS_CA_BUNDLE": sim.ca_path,
        # What goes elsewhere all the same ends here, and not at the real cloud.
        "https_proxy": "http://127.0.0.1:1",
    }


def variables(sim: Simulator) -> Dict[str, str]:
    """Those that tasks, which are no whole playbook, take from elsewhere."""
    return {
        "hss_project_id": DEMO_PROJECT_ID,
        "hss_token": DEMO_TOKEN,
        "hss_access_key": DEMO_AK,
        "hss_secret_key": DEMO_SK,
        "hss_temporary_access_key": TEMPORARY["access_key"],
        "hss_temporary_secret_key": TEMPORARY["secret_key"],
        "hss_security_token": TEMPORARY["security_token"],
        "hss_ca_path": sim.ca_path,
    }


def play(tasks: Any, sim: Simulator) -> List[Dict[str, Any]]:
    return [{"hosts": "localhost", "gather_facts": False, "vars": variables(sim), "tasks": tasks}]


def prepare(folder: pathlib.Path, document: str, sim: Simulator) -> List[str]:
    """Put what a reader of this document has into the folder: the examples as files. They come back in order."""
    names = []
    for block in EXECUTED:
        if block.document == document and block.kind in ("playbook", "tasks"):
            names.append(block.name)
            text = block.text if block.kind == "playbook" else yaml.safe_dump(play(block.data, sim), sort_keys=False)
            (folder / block.name).write_text(text)
    password = folder / ".hss-vault-password"
    password.write_text(VAULT_PASSWORD)
    if any("hss-vault.yml" in block.text for block in EXECUTED if block.document == document):
        vault = folder / "hss-vault.yml"
        vault.write_text(yaml.safe_dump({"hss_access_key": DEMO_AK, "hss_secret_key": DEMO_SK}))
        command = [BIN / "ansible-vault", "encrypt", "--vault-password-file", password, vault]
        subprocess.run(command, check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)}, capture_output=True)
    return names


def documents_with(*kinds: str) -> List[str]:
    return sorted({block.document for block in EXECUTED if block.kind in kinds})


def test_every_block_is_executed_or_says_why_not() -> None:
    for block in ALL:
        assert block.language in LANGUAGES, f"{block.place}: write one of {sorted(LANGUAGES)}"
        if block.language in ("yaml", "shell") and block.spared is None:
            assert block.kind != "nothing", f"{block.place}: nothing here can be executed, and no marker says so"
    spared = {(block.document, block.spared) for block in ALL if block.spared is not None}
    print("\n".join(f"not executed: {document}: {reason}" for document, reason in sorted(spared)))
    assert spared == NOT_EXECUTED


@pytest.mark.parametrize("document", documents_with("playbook", "tasks"))
def test_playbooks_and_tasks(playbooks: Any, green: Simulator, document: str) -> None:
    names = prepare(playbooks.folder, document, green)
    whole = [{"ansible.builtin.import_playbook": str(playbooks.folder / name)} for name in names]
    environ = {**redirected(green), **KEYS, **TERRAFORM}
    environ["ANSIBLE_VAULT_PASSWORD_FILE"] = str(playbooks.folder / ".hss-vault-password")
    outcome = playbooks.run(whole, environ=environ)
    assert outcome.status == 0, outcome.output
    assert not [result for result in outcome.results if result.get("failed") or result.get("skipped")]
    for block in EXECUTED:
        if block.document == document and block.kind in ("playbook", "tasks"):
            for name in tasks_of(block):
                assert f"TASK [{name}]" in outcome.output, f"{block.place}: {name} was not run"


def tasks_of(block: Block) -> List[str]:
    """The names of its own tasks, so none of what it imports."""
    if block.kind == "tasks":
        return [task["name"] for task in block.data]
    return [task["name"] for item in block.data for task in item.get("tasks", [])]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_examples_of_a_module(playbooks: Any, green: Simulator, path: pathlib.Path) -> None:
    tasks = module_examples(path)
    environ = {**redirected(green), **KEYS, "HUAWEICLOUD_SDK_PROJECT_ID": DEMO_PROJECT_ID}
    outcome = playbooks.run(play(tasks, green), environ=environ)
    assert outcome.status == 0, outcome.output
    assert len(outcome.results) == len(tasks)
    assert not [result for result in outcome.results if result.get("failed") or result.get("skipped")]


GATES = [
    block for block in EXECUTED if block.kind in ("playbook", "tasks") and re.search("assert:|_gate$", block.text, re.M)
]


@pytest.mark.parametrize("block", GATES, ids=lambda block: block.name)
def test_a_documented_gate_can_be_red(playbooks: Any, red: Simulator, block: Block) -> None:
    prepare(playbooks.folder, block.document, red)
    outcome = playbooks.run(str(playbooks.folder / block.name), environ={**redirected(red), **KEYS})
    assert outcome.status == 2, outcome.output
    judged = r'"assertion": "[^"]*(unscan_cluster_num == 0|broken_rules \| length == 0)"'
    assert re.search(judged, outcome.raw_results), outcome.output
    assert "Deploy" not in outcome.output


class Shell:
    """A reader's shell, in a clone, with the collection's repository where galaxy.yml says it is."""

    def __init__(self, playbooks: Any, sim: Simulator) -> None:
        self.folder = copy_tree(playbooks.folder / "clone")
        home = playbooks.folder
        git = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@example.com"]
        for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "a clone"]):
            subprocess.run([*git, *arguments], cwd=self.folder, check=True, env={**playbooks.environ})
        subprocess.run(["git", "branch", "-M", "main"], cwd=self.folder, check=True, env={**playbooks.environ})
        where = f'[url "file://{self.folder}"]\n\tinsteadOf = {REPOSITORY}.git\n'
        (home / ".gitconfig").write_text(f"{where}[safe]\n\tdirectory = *\n")
        installed = playbooks.environ["ANSIBLE_COLLECTIONS_PATH"]
        self.environ = {
            **playbooks.environ,
            **redirected(sim),
            "ANSIBLE_COLLECTIONS_PATH": f"{home / 'collections'}:{installed}",
            "HSS_TEST_RESULTS": str(home / "results.jsonl"),
        }

    def run(self, script: str, environ: Dict[str, str], answers: str = "") -> "subprocess.CompletedProcess[str]":
        """`answers` is what the reader types."""
        lines = [line for line in script.splitlines() if not FROM_AN_INDEX.fullmatch(line)]
        return subprocess.run(
            ["bash", "-e", "-u", "-c", "\n".join(lines)],
            env={**self.environ, **environ},
            cwd=self.folder,
            input=answers,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )


@pytest.mark.parametrize("document", documents_with("shell"))
def test_shell(playbooks: Any, green: Simulator, document: str) -> None:
    """One shell for all commands of a document, as its reader has."""
    shell = Shell(playbooks, green)
    prepare(shell.folder, document, green)
    (playbooks.folder / ".hss-vault-password").write_text(VAULT_PASSWORD)
    script = ""
    for block in EXECUTED:
        if block.document == document and block.kind == "shell":
            script += f"echo {shlex.quote('### ' + block.place)}\n{block.text}"
    environ = KEYS if document in KEYS_ARE_SET else {}
    before = len(green.requests)
    done = shell.run(script, environ, f"{DEMO_AK}\n{DEMO_SK}\n")
    assert done.returncode == 0, done.stdout
    assert len(green.requests) > before
    assert done.stdout.count("PLAY RECAP") == len(re.findall(r"^(?:\w+=\S+ )?ansible-playbook ", script, re.M))


JOBS = [block for block in EXECUTED if block.kind in ("github", "gitlab")]


def given(step: Step, block: Block) -> Dict[str, str]:
    """The step's variables. GitLab puts what its settings hold into the environment, GitHub only what a step asks for."""
    if block.kind == "gitlab":
        return KEYS
    return {
        name: re.sub(r"\$\{\{ secrets\.(\w+) \}\}", lambda m: KEYS[m.group(1)], text)
        for name, text in step.environ.items()
    }


@pytest.mark.parametrize("block", JOBS, ids=lambda block: block.kind)
def test_job_in_ci(playbooks: Any, green: Simulator, red: Simulator, block: Block) -> None:
    shell = Shell(playbooks, green)
    for step in steps(block):
        done = shell.run(step.script, given(step, block))
        assert done.returncode == 0, done.stdout
    assert "The gate is open" in done.stdout
    gate = steps(block)[-1]
    done = shell.run(gate.script.splitlines()[-1], {**given(gate, block), **redirected(red)})
    assert done.returncode == 2 and "The gate is CLOSED" in done.stdout, done.stdout


README = (CHECKOUT / "README.md").read_text()
AUTHENTICATION = (CHECKOUT / "docs" / "authentication.md").read_text()


def section(text: str, title: str) -> str:
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_column(text: str) -> Set[str]:
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return {name for row in rows for name in re.findall("`([^`]+)`", row.split("|")[1])}


def test_every_variable_of_the_gate_is_in_the_table() -> None:
    playbook = (CHECKOUT / "playbooks" / "cluster_scan_gate.yml").read_text()
    # Those that the playbook sets by itself are none of the user's.
    own = set(re.findall(r"^ +(?:register: )?(cluster_scan_gate_\w+)(?::|$)", playbook, re.M))
    read = set(re.findall(r"\b(cluster_scan_gate_\w+)", playbook)) - own
    read -= {"cluster_scan_gate_"}
    assert first_column(section(README, "Variables of the gate")) == read
    assert {f"cluster_scan_gate_{option}" for option in SHARED_OPTIONS} <= read


def test_every_source_is_in_both_tables() -> None:
    for text in (section(README, "Credentials"), section(AUTHENTICATION, "Sources")):
        assert first_column(text) - {"auth_method"} == set(chain.SOURCES)
        for source in chain.SOURCES.values():
            for name in {*source.OPTIONS, *source.SECRET_VARIABLES} - {"HW_USER_PASSWORD"}:
                assert f"`{name}`" in text
    for name in ("HW_USER_PASSWORD", *chain.sdk_env.FEDERATION, *chain.terraform_env.AGENCY):
        assert f"`{name}`" in AUTHENTICATION


def test_every_variable_of_an_option_is_in_the_table() -> None:
    table = section(AUTHENTICATION, "Where variables are read")
    for option, names in ENVIRONMENT.items():
        assert f"| `{option}` | {', '.join(f'`{name}`' for name in names)} |" in table


def test_every_message_that_troubleshooting_quotes_exists() -> None:
    said = missing_required_lib("requests")
    for path in (CHECKOUT / "plugins" / "module_utils").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said += "\n" + node.value
    for quoted in first_column(section(README, "Troubleshooting")):
        if re.fullmatch(r"APIGW\.\d{4}", quoted):
            assert quoted[-4:] in {*_diagnosis._GATEWAY_HINTS, "0301"}, quoted
        elif re.fullmatch(r"HSS\.\d{4}|0000\d{4}", quoted):
            assert quoted[-4:] in _diagnosis._HSS_HINTS, quoted
        else:
            assert quoted in said, f"{quoted} is in no message"


@pytest.mark.parametrize("path", [*DOCUMENTS, CHECKOUT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_links_within_the_repository(path: pathlib.Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text()):
        if "://" not in target:
            name, _hash, anchor = target.partition("#")
            other = (path.parent / name) if name else path
            assert other.exists(), f"{path.name}: {target}"
            titles = re.findall(r"^#+ (.*)$", other.read_text(), re.M)
            slugs = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert not anchor or anchor in slugs, f"{path.name}: {target}"
