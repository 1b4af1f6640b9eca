# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example that the documentation shows is executed as it stands, and what it says of names is what the code has.

The examples are sent to the simulator by environment variables only. Gates pass where every cluster is scanned, and each
of them must fail where one is not.
"""

from __future__ import annotations

import ast
import contextlib
import http.server
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import threading
from typing import Any, Dict, Iterator, List, Sequence, Set, Tuple
from urllib.parse import parse_qs, urlsplit

import jinja2
import pytest
import yaml
from ansible.module_utils.basic import missing_required_lib
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import CREDENTIAL_OPTIONS, SCOPE_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth import registry
from ansible_collections.huaweicloud.hss.plugins.module_utils._http import hints
from ansible_collections.huaweicloud.hss.plugins.module_utils._settings import ENVIRONMENT, STS_VARIABLE

from tests.integration.documents import (
    CHECKOUT,
    DOCUMENTS,
    LOOKUPS,
    MODULES,
    Block,
    Step,
    blocks,
    plugin_examples,
    steps,
)
from tests.simulator import (
    DEMO_AK,
    DEMO_ID_TOKEN,
    DEMO_PASSWORD,
    DEMO_POD_TOKEN,
    DEMO_PROJECT_ID,
    DEMO_SK,
    DEMO_TOKEN,
    Simulator,
    agency,
    identity_provider,
    metadata,
    pod,
    project,
    risk,
    scenario,
    user,
)
from tests.tools.checkout import BIN, copy_tree

REGIONS = {"cn-north-4": DEMO_PROJECT_ID, "eu-west-101": "0" * 30 + "eu", "ap-southeast-3": "0" * 30 + "ap"}
# What else an account has: a sub-project, and what is skipped for each of the reasons that there are.
SUB_PROJECT = ("cn-north-4_shop", "0" * 28 + "shop")
WITHOUT_HSS = "la-north-2"
SKIPPED = {"MOS": "0" * 29 + "mos", "cn-north-4_off": "0" * 29 + "off", WITHOUT_HSS: "0" * 30 + "la"}
TEMPORARY = {
    "access_key": "FAKEAK00000000TEMP00",
    "secret_key": "fake-temporary-secret-key",
    "security_token": "fake-sts",
}
# As the examples have them: the SDK's file (where the % is written %%), a user, and the accounts that made an agency.
FILE_KEYS = {"access_key": "FAKEAK00000000FILE00", "secret_key": "fake-secret-50%-of-the-file"}
USER = "hss-gate"
MAIN, SHOP, LAB = "main", "shop", "lab"  # the accounts account-main and so on
AGENCIES = {"hss-auditor": (SHOP, "cn-north-4"), "hss-auditor-of-the-lab": (LAB, "ap-southeast-3")}
PROVIDERS = ("my-provider", "github-actions", "gitlab")
OF_THE_MACHINE = "agency-of-the-machine"
LINK_LOCAL = CHECKOUT / "tests" / "link_local"
KEYS = {"HUAWEICLOUD_SDK_AK": DEMO_AK, "HUAWEICLOUD_SDK_SK": DEMO_SK}
TERRAFORM = {"HW_ACCESS_KEY": DEMO_AK, "HW_SECRET_KEY": DEMO_SK}
VAULT_PASSWORD = "fake-password-of-the-vault"
REPOSITORY = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text())["repository"]

ALL = [block for path in DOCUMENTS for block in blocks(path)]
EXECUTED = [block for block in ALL if block.spared is None]
LANGUAGES = {"yaml", "shell", "text", "ini", "json", "python", "groovy"}
# Every exception, so that a new one is a decision.
NOT_EXECUTED = {
    ("README.md", "it first installs packages from the network"),
    ("README.md", "the first is run by hand, the second runs this very test"),
    ("docs/authentication.md", "it opens an editor"),
    ("docs/authentication.md", "it needs KooCLI"),
    ("docs/installation.md", "it asks the real cloud"),
    ("docs/whole-account.md", "it asks the real cloud"),
}
# The reader of these is told elsewhere to set keys; the commands of the others set them, or need none.
KEYS_ARE_SET = {
    "docs/gating.md",
    "docs/installation.md",
    "docs/reports.md",
    "docs/statistics.md",
    "docs/whole-account.md",
}
# Its examples have a simulator of their own, which they start.
SIMULATOR = "docs/simulator.md"
# Lines that need a package index. What they install is there.
FROM_AN_INDEX = re.compile(r"(?:python3|\.venv/bin/python) -m pip install .*")


# What the reader types, in the order of the commands.
TYPED = {"README.md": f"{DEMO_AK}\n{DEMO_SK}\n", "docs/authentication.md": f"{DEMO_PASSWORD}\n"}


def refused_in(region: str, code: str) -> Dict[str, Any]:
    """Return a permanent fault: the gateway's 403."""
    return {"path": f"/regions/{region}/", "status": 403, "body": {"error_code": code, "error_msg": "no"}}


def cloud(unscanned: int, faults: Sequence[Dict[str, Any]] = ()) -> Dict[str, Any]:
    """20 clusters in each region, so many of them never scanned; and as many in the accounts that made an agency."""
    ours = [*REGIONS.values(), SUB_PROJECT[1], *SKIPPED.values()]
    projects = [
        project(unscanned, 20, region=name, project_id=known, domain_id=MAIN) for name, known in REGIONS.items()
    ]
    for own in projects:
        for cluster, name in zip(own["clusters"], ("prod-1", "prod-2")):
            cluster["name"] = name
        if unscanned:
            own["risks"] = [risk("prod-1", level="high")]
    projects.append(project(0, 5, region="cn-north-4", name=SUB_PROJECT[0], project_id=SUB_PROJECT[1], domain_id=MAIN))
    for name, known in SKIPPED.items():
        # Whoever counts these is red.
        projects.append(
            project(9, 9, region=name, name=name, project_id=known, enabled=not name.endswith("_off"), domain_id=MAIN)
        )
    agencies = [agency(name=OF_THE_MACHINE, domain_id=MAIN, projects=ours)]
    for name, (domain_id, region) in AGENCIES.items():
        theirs = f"project-of-{domain_id}"
        projects.append(project(unscanned, 20, region=region, project_id=theirs, domain_id=domain_id))
        agencies.append(agency(name=name, domain_id=domain_id, trusts=[MAIN, *PROVIDERS], projects=[theirs]))
    result = scenario(
        projects=projects,
        token={"projects": ours},
        access_key={"projects": ours},
        users=[user(name=USER, domain_id=MAIN, projects=ours)],
        agencies=agencies,
        identity_providers=[identity_provider(id=name, domain_id=MAIN, projects=ours) for name in PROVIDERS],
        metadata=metadata(agency=OF_THE_MACHINE),
        pods=[pod(agency=OF_THE_MACHINE)],
        faults=[refused_in(WITHOUT_HSS, "APIGW.0801"), *faults],
    )
    result["access_keys"] += [{**keys, "projects": ours} for keys in (TEMPORARY, FILE_KEYS)]
    return result


@pytest.fixture(scope="module")
def green() -> Iterator[Simulator]:
    with Simulator(cloud(unscanned=0)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def red() -> Iterator[Simulator]:
    with Simulator(cloud(unscanned=1)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def hopeless() -> Iterator[Simulator]:
    """Let scans of unscanned clusters fail, so that a gate that starts scans is closed too."""
    made = cloud(unscanned=1)
    for own in made["projects"]:
        for cluster in own["clusters"]:
            cluster["scan_fails"] = "the agent is offline"
    with Simulator({**made, "task_polls": 0}) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def partial() -> Iterator[Simulator]:
    """Nothing is unscanned where anything answers, and one region is out of reach."""
    with Simulator(cloud(0, [refused_in("ap-southeast-3", "APIGW.0302")])) as simulator:
        yield simulator


def redirected(sim: Simulator) -> Dict[str, str]:
    """Return the variables that redirect an example to the simulator."""
    regions = (*REGIONS, WITHOUT_HSS)
    hss = {
        f"HUAWEICLOUD_SDK_REGION_{service}_{name.upper().replace('-', '_')}": name
        for service in ("HSS", "CCE")
        for name in regions
    }
    return {
        **{variable: f"{sim.https_url}/regions/{name}" for variable, name in hss.items()},
        "HUAWEICLOUD_SDK_IAM_ENDPOINT": sim.https_url,
        STS_VARIABLE: sim.https_url,
        "PYTHONPATH": str(LINK_LOCAL),
        "HSS_TEST_METADATA_PORT": sim.http_url.rpartition(":")[2],
        "REQUESTS_CA_BUNDLE": sim.ca_path,
        # What goes elsewhere all the same ends here, and not at the real cloud.
        "https_proxy": "http://127.0.0.1:1",
    }


def furnish(home: pathlib.Path, sim: Simulator) -> Dict[str, str]:
    """Create the files in the home directory that examples use; return the variables that a container cluster sets."""
    profile = {"name": "gate", "mode": "AKSK", "accessKeyId": DEMO_AK, "secretAccessKey": DEMO_SK}
    files = {
        ".hss-vault-password": VAULT_PASSWORD,
        ".hcloud/config.json": json.dumps({"current": "another", "profiles": [profile]}),
        "hss-id-token": DEMO_ID_TOKEN,
        "pod-token": DEMO_POD_TOKEN,
        **{block.name[2:]: block.text for block in EXECUTED if block.kind == "file"},
    }
    for name, text in files.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text)
    return {
        "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{sim.http_url}/pod-identity/credentials",
        "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(home / "pod-token"),
    }


def variables(sim: Simulator) -> Dict[str, str]:
    """Those that tasks, which are no whole playbook, take from elsewhere."""
    return {
        "hss_password": DEMO_PASSWORD,
        "hss_account_id": SHOP,
        "hss_credentials_file": "~/.huaweicloud/credentials",
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
        if block.document == document and block.kind in ("variables", "scenario", "faults", "program"):
            (folder / block.name).write_text(block.text)
        if block.document == document and is_included(block):
            (folder / block.name).write_text(block.text)
        elif block.document == document and block.kind in ("playbook", "tasks"):
            names.append(block.name)
            text = block.text if block.kind == "playbook" else yaml.safe_dump(play(block.data, sim), sort_keys=False)
            (folder / block.name).write_text(text)
    if any("hss-vault.yml" in block.text for block in EXECUTED if block.document == document):
        vault = folder / "hss-vault.yml"
        vault.write_text(yaml.safe_dump({"hss_access_key": DEMO_AK, "hss_secret_key": DEMO_SK}))
        password = folder / ".vault-password"
        password.write_text(VAULT_PASSWORD)
        command = [BIN / "ansible-vault", "encrypt", "--vault-password-file", password, vault]
        subprocess.run(command, check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)}, capture_output=True)
    return names


def documents_with(*kinds: str) -> List[str]:
    return sorted({block.document for block in EXECUTED if block.kind in kinds})


def test_every_block_is_executed_or_says_why_not() -> None:
    for block in ALL:
        assert block.language in LANGUAGES, f"{block.place}: write one of {sorted(LANGUAGES)}"
        if block.language == "json":
            json.loads(block.text)
        if block.language in ("yaml", "shell", "ini", "python") and block.spared is None:
            assert block.kind != "nothing", f"{block.place}: nothing here can be executed, and no marker says so"
    spared = {(block.document, block.spared) for block in ALL if block.spared is not None}
    print("\n".join(f"not executed: {document}: {reason}" for document, reason in sorted(spared)))
    assert spared == NOT_EXECUTED


@pytest.mark.parametrize("document", documents_with("playbook", "tasks"))
def test_playbooks_and_tasks(playbooks: Any, green: Simulator, document: str) -> None:
    names = prepare(playbooks.folder, document, green)
    whole = [{"ansible.builtin.import_playbook": str(playbooks.folder / name)} for name in names]
    environ = {**redirected(green), **furnish(playbooks.folder, green), **KEYS, **TERRAFORM}
    environ["ANSIBLE_VAULT_PASSWORD_FILE"] = str(playbooks.folder / ".hss-vault-password")
    outcome = playbooks.run(whole, environ=environ)
    assert outcome.status == 0, outcome.output
    assert not [result for result in outcome.results if result.get("failed")]
    # An open gate leaves out the synchronisation, the start of a scan, the wait for it, and the second verdict with what keeps it. No example
    # leaves out anything.
    gates = outcome.output.count("TASK [huaweicloud.hss.cluster_scan_gate : Conclude]")
    assert sum("skip_reason" in result for result in outcome.results) == 5 * gates
    for block in EXECUTED:
        if block.document == document and block.kind in ("playbook", "tasks"):
            for name in tasks_of(block):
                assert f"TASK [{name}]" in outcome.output, f"{block.place}: {name} was not run"
    if document == "docs/authentication.md":
        used = {result["auth_source"] for result in outcome.results if "auth_source" in result}
        assert used == {source.name for source in registry.SOURCES}, "a source without an example"


def tasks_of(block: Block) -> List[str]:
    """Return the names of the playbook's own tasks, without imported ones."""
    items = block.data if block.kind == "tasks" else [task for play in block.data for task in play.get("tasks", [])]
    # Where all is well nothing is rescued, and ansible-core prints no name of a meta task.
    flat = [task for item in items for task in item.get("block", [item])]
    return [task["name"] for task in flat if "ansible.builtin.meta" not in task]


def is_included(block: Block) -> bool:
    """Return whether the block is a file of tasks that another example includes."""
    return any(f"include_tasks: {block.name}\n" in other.text for other in EXECUTED)


PLUGINS = [*MODULES, *LOOKUPS]


def plugin_name(path: pathlib.Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", PLUGINS, ids=plugin_name)
def test_examples_of_a_plugin(playbooks: Any, green: Simulator, path: pathlib.Path) -> None:
    tasks = plugin_examples(path)
    if path.stem in ("hss_cluster_scan", "hss_scan_task_info"):
        # Where nothing is to be scanned, they would have nothing to wait for.
        green.replace_scenario({**cloud(unscanned=1), "task_polls": 0})
    environ = {**redirected(green), **KEYS, "HUAWEICLOUD_SDK_PROJECT_ID": DEMO_PROJECT_ID}
    outcome = playbooks.run(play(tasks, green), environ=environ)
    assert outcome.status == 0, outcome.output
    assert len(outcome.results) == len(tasks)
    assert not [result for result in outcome.results if result.get("failed") or "skip_reason" in result]
    green.replace_scenario(cloud(unscanned=0))


ASSERT = "ansible.builtin.assert"
PLUGIN_GATES = [
    pytest.param(path, number, id=f"{plugin_name(path)}-{number}")
    for path in PLUGINS
    for number, task in enumerate(plugin_examples(path))
    if ASSERT in task
]


@pytest.mark.parametrize("path,number", PLUGIN_GATES)
def test_a_gate_among_the_examples_of_a_plugin_can_be_red(
    playbooks: Any, red: Simulator, path: pathlib.Path, number: int
) -> None:
    tasks = plugin_examples(path)
    # The gates before it would close first.
    alone = [*(task for task in tasks[:number] if ASSERT not in task), tasks[number]]
    outcome = playbooks.run(play(alone, red), environ={**redirected(red), **KEYS})
    assert outcome.status == 2, outcome.output
    assert re.search(JUDGED, outcome.raw_results), outcome.output


def test_there_are_gates_among_the_examples_of_what_counts() -> None:
    """Those that start a scan, or judge by themselves, have none to write."""
    judged = {parameters.values[0] for parameters in PLUGIN_GATES}
    assert {path for path in PLUGINS if path.stem == "hss_cluster_statistics"} <= judged


# The condition that closed a gate.
PASSED = r"gate(_result)?\.verdict\.(passed is true|status == 'passed')"
JUDGED = rf'"assertion": "[^"]*(unscan_cluster_num == 0|high\.risks \| length == 0|{PASSED}|gate_failures == \[\])'
GATES = [
    block
    for block in EXECUTED
    if block.kind in ("playbook", "tasks") and re.search("assert:|_gate$", block.text, re.M) and not is_included(block)
]


@pytest.mark.parametrize("block", GATES, ids=lambda block: block.name)
def test_a_documented_gate_can_be_red(playbooks: Any, red: Simulator, hopeless: Simulator, block: Block) -> None:
    red = hopeless if "_scan: true" in block.text else red
    prepare(playbooks.folder, block.document, red)
    environ = {**redirected(red), **furnish(playbooks.folder, red), **KEYS}
    outcome = playbooks.run(str(playbooks.folder / block.name), environ=environ)
    assert outcome.status == 2, outcome.output
    assert re.search(JUDGED, outcome.raw_results), outcome.output
    assert "Deploy" not in outcome.output


ACCOUNT = "docs/whole-account.md"
ACCOUNT_GATES = [block for block in GATES if block.document == ACCOUNT]


@pytest.mark.parametrize("block", ACCOUNT_GATES, ids=lambda block: block.name)
def test_a_gate_of_the_account_is_red_where_a_region_is_out_of_reach(
    playbooks: Any, partial: Simulator, block: Block
) -> None:
    prepare(playbooks.folder, ACCOUNT, partial)
    environ = {**redirected(partial), **furnish(playbooks.folder, partial), **KEYS}
    outcome = playbooks.run(str(playbooks.folder / block.name), environ=environ)
    assert outcome.status == 2, outcome.output
    if "on_scope_error: continue" in block.text:
        # The reports before it are made all the same.
        assert re.search(r'"assertion": "hss\.complete"', outcome.raw_results), outcome.output
    else:
        assert re.search(r"\d of \d scopes did not answer", outcome.output) or "APIGW.0302" in outcome.output


ACCOUNT_COMMANDS = [block for block in EXECUTED if block.document == ACCOUNT and block.kind == "shell"]


@pytest.mark.parametrize("block", ACCOUNT_COMMANDS, ids=lambda block: block.place)
def test_a_command_for_the_account_can_be_red(playbooks: Any, red: Simulator, partial: Simulator, block: Block) -> None:
    prepare(playbooks.folder, ACCOUNT, red)
    arguments = shlex.split(block.text.replace("\\\n", " "))
    assert arguments[:2] == ["ansible-playbook", "huaweicloud.hss.cluster_scan_gate"]
    for sim, words in ((red, "The gate is CLOSED for"), (partial, "access was refused in 1 of")):
        outcome = playbooks.run(*arguments[1:], environ={**redirected(sim), **KEYS})
        assert outcome.status == 2 and words in outcome.output, outcome.output


def test_what_the_account_skips_is_what_the_documentation_says(playbooks: Any, green: Simulator) -> None:
    tasks = [{"huaweicloud.hss.hss_cluster_statistics": {"all_projects": True}}]
    outcome = playbooks.run(play(tasks, green), environ={**redirected(green), **KEYS})
    assert outcome.status == 0, outcome.output
    (result,) = outcome.results
    reasons = {record["project_name"]: record["reason"] for record in result["skipped_scopes"]}
    assert set(reasons) == set(SKIPPED)
    rows = len(re.findall(r"^\| (?!what \|)", table(WHOLE_ACCOUNT.partition("**Skipped**")[2]), re.M))
    assert rows == len(set(reasons.values()))
    names = [record["project_name"] for record in result["scopes"]]
    assert sorted(names) == sorted([*REGIONS, SUB_PROJECT[0]])


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
            **furnish(home, sim),
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


@pytest.mark.parametrize("document", [name for name in documents_with("shell") if name != SIMULATOR])
def test_shell(playbooks: Any, green: Simulator, document: str) -> None:
    """One shell for all commands of a document, as its reader has."""
    shell = Shell(playbooks, green)
    prepare(shell.folder, document, green)
    script = ""
    for block in EXECUTED:
        if block.document == document and block.kind == "shell":
            script += f"echo {shlex.quote('### ' + block.place)}\n{block.text}"
    environ = KEYS if document in KEYS_ARE_SET else {}
    before = len(green.requests)
    done = shell.run(script, environ, TYPED.get(document, ""))
    assert done.returncode == 0, done.stdout
    queried = {request.operation for request in green.requests[before:]}
    assert queried
    if document == "docs/authentication.md":
        # The identity token, the password, and the agency on top of it.
        assert queried >= {
            "/v3.0/OS-AUTH/id-token/tokens",
            "/v3/auth/tokens",
            "/v3.0/OS-CREDENTIAL/securitytokens",
        }
    joined = script.replace("\\\n", " ")
    assert done.stdout.count("PLAY RECAP") == len(re.findall(r"^ *(?:\w+=\S+ +)*ansible-playbook ", joined, re.M))


@contextlib.contextmanager
def started(shell: Shell, block: Block) -> Iterator[Tuple[List[str], Dict[str, str]]]:
    """Run the simulator as make does; yield the lines that it prints and the variables that they export."""
    output = shell.folder / "simulator.said"
    with (
        output.open("w") as errors,
        subprocess.Popen(
            ["bash", "-e", "-c", block.text],
            env=shell.environ,
            cwd=shell.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            ready = next((line for line in process.stdout if line.startswith("{")), "")
            assert ready, output.read_text()
            exports = [line for line in output.read_text().splitlines() if line.startswith("export ")]
            words = [shlex.split(line)[1] for line in exports]
            yield [*exports, ready.strip()], dict(word.split("=", 1) for word in words)
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def names_of(lines: Sequence[str]) -> List[str]:
    """Remove what differs between runs from the lines that the simulator prints."""
    return [re.sub(r"127\.0\.0\.1:\d+|[^\s=\"]*/hss-simulator-ca-\w+\.pem", "…", line) for line in lines]


def furnish_make(shell: Shell) -> None:
    """Return an environment for make that uses the virtual environment of these tests."""
    environment = shell.folder / ".venv"
    environment.mkdir()
    for path in BIN.parent.iterdir():
        if path.name != "place" and path.suffix != ".stamp":
            (environment / path.name).symlink_to(path)
    (environment / "place").write_text(f"{shell.folder}\n")
    (environment / "demo.stamp").touch()


def test_guide_to_the_simulator(playbooks: Any, green: Simulator) -> None:
    """As its reader does: start the simulator, paste what it prints into another shell, and see what the text says."""
    shell = Shell(playbooks, green)
    sent = redirected(green)
    shell.environ = {name: value for name, value in shell.environ.items() if name not in sent}
    shell.environ["https_proxy"] = sent["https_proxy"]
    furnish_make(shell)
    prepare(shell.folder, SIMULATOR, green)
    examples = [block for block in EXECUTED if block.document == SIMULATOR]
    pasted: Dict[str, str] = {}
    before = len(green.requests)
    with contextlib.ExitStack() as running:
        for block, after in zip(examples, [*examples[1:], None]):
            reported = after.text.splitlines() if after and after.language == "text" else []
            if block.kind == "serve":
                running.close()
                lines, pasted = running.enter_context(started(shell, block))
                assert not reported or names_of(lines) == names_of(reported)
            elif block.kind == "shell":
                done = shell.run(block.text, pasted)
                closed = any("The gate is CLOSED" in line or "The gate could NOT judge" in line for line in reported)
                assert done.returncode == (2 if closed else 0), f"{block.place}: {done.stdout}"
                assert not [line for line in reported if line not in done.stdout], f"{block.place}: {done.stdout}"
    assert len(green.requests) == before, "the guide's own simulator was to be asked"


def test_job_that_rehearses(playbooks: Any, green: Simulator) -> None:
    shell = Shell(playbooks, green)
    prepare(shell.folder, SIMULATOR, green)
    (job,) = [block for block in EXECUTED if block.document == SIMULATOR and block.kind == "github"]
    folder, before = shell.folder, len(green.requests)
    for plain in job.data["jobs"]["rehearsal"]["steps"]:
        if "run" in plain:
            shell.folder = folder / plain.get("working-directory", ".")
            done = shell.run(plain["run"], plain.get("env", {}))
            assert done.returncode == 0, done.stdout
    assert "The gate is CLOSED" in done.stdout and "deploying" not in done.stdout and len(green.requests) == before


JOBS = [block for block in EXECUTED if block.kind in ("github", "gitlab") and block.document != SIMULATOR]
REQUEST_TOKEN = "fake-token-that-asks-for-a-token"
AUDIENCE = "huaweicloud"


class IdentityTokens(http.server.BaseHTTPRequestHandler):
    """Simulate the server at GitHub's ACTIONS_ID_TOKEN_REQUEST_URL."""

    def do_GET(self) -> None:  # the name is that of the library
        queried = parse_qs(urlsplit(self.path).query)
        right = self.headers["Authorization"] == f"bearer {REQUEST_TOKEN}" and queried == {
            "api-version": ["2.0"],
            "audience": [AUDIENCE],
        }
        self.send_response(200 if right else 401)
        self.end_headers()
        self.wfile.write(json.dumps({"count": 1, "value": DEMO_ID_TOKEN} if right else {}).encode())

    def log_message(self, *_arguments: Any) -> None:
        pass


@contextlib.contextmanager
def platform(block: Block, temp: pathlib.Path) -> Iterator[Dict[str, str]]:
    """Return the variables that the platform sets for a step with permission for an identity token."""
    if block.kind == "gitlab":
        tokens = {name: DEMO_ID_TOKEN for job in block.data.values() for name in job.get("id_tokens", {})}
        yield {"TMPDIR": str(temp), **tokens}
        return
    with http.server.HTTPServer(("127.0.0.1", 0), IdentityTokens) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield {
            "RUNNER_TEMP": str(temp),
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{server.server_port}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
        }
        server.shutdown()


def given(step: Step, block: Block, temp: pathlib.Path) -> Dict[str, str]:
    """Return the step's variables. GitLab exports all variables of its settings, GitHub only those that a step requests."""
    known = {f"secrets.{name}": value for name, value in KEYS.items()}
    known["runner.temp"] = str(temp)
    stored = KEYS if block.kind == "gitlab" and not step.may_have_identity else {}
    queried = {
        name: re.sub(r"\$\{\{ (\S+) \}\}", lambda m: known[m.group(1)], text) for name, text in step.environ.items()
    }
    return {**stored, **queried}


@pytest.mark.parametrize("block", JOBS, ids=lambda block: f"{block.kind}-{block.document}")
def test_job_in_ci(
    playbooks: Any, green: Simulator, red: Simulator, block: Block, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shell = Shell(playbooks, green)
    temp = tmp_path_factory.mktemp("runner")
    summary = tmp_path_factory.mktemp("summary") / "summary.md"
    always = {"GITHUB_STEP_SUMMARY": str(summary)} if block.kind == "github" else {}
    output = ""
    with platform(block, temp) as identity:
        for step in steps(block):
            own = {**always, **(identity if step.may_have_identity else {})}
            done = shell.run(step.script, {**given(step, block, temp), **own})
            assert done.returncode == 0, done.stdout
            output += done.stdout
            # GitHub masks a secret once it was told it; until then, and on GitLab, it is not shown.
            shown = done.stdout.replace(f"::add-mask::{DEMO_ID_TOKEN}\n", "")
            assert not [s for s in (DEMO_SK, DEMO_ID_TOKEN, REQUEST_TOKEN) if s in shown]
        assert "The gate is open" in output
        for file in temp.iterdir():
            assert file.stat().st_mode & 0o077 == 0
        if "GITHUB_STEP_SUMMARY" in block.text:
            assert summary.read_text().startswith("## Cluster scan gate: ✅ open")
        (gate,) = [step for step in steps(block) if "ansible-playbook" in step.script]
        again = "\n".join(line for line in gate.script.splitlines() if "ansible-galaxy" not in line)
        own = identity if gate.may_have_identity else {}
        done = shell.run(again, {**given(gate, block, temp), **own, **redirected(red)})
    assert done.returncode == 2 and "The gate is CLOSED" in done.stdout, done.stdout
    for name in re.findall(r"reports/cluster-scan-gate\.\w+", block.text):
        assert "CLOSED" in (shell.folder / name).read_text(), "the reports that the job keeps are there when it fails"


def credential_types() -> List[Tuple[Block, Block]]:
    """Return the input configuration and the injector configuration that follows it."""
    halves = [block for block in EXECUTED if block.kind.startswith("awx-")]
    assert [block.kind for block in halves] == ["awx-inputs", "awx-injectors"] * (len(halves) // 2)
    return list(zip(halves[::2], halves[1::2]))


def test_there_are_credential_types() -> None:
    assert len(credential_types()) == 2


@pytest.mark.parametrize("halves", credential_types(), ids=lambda halves: halves[0].place)
def test_credential_type_of_awx(playbooks: Any, green: Simulator, halves: Tuple[Block, Block]) -> None:
    """Data of AWX: the halves fit, secrets are marked, and the gate takes what comes of it."""
    inputs, injectors = (block.data for block in halves)
    fields = {field["id"]: field for field in inputs["fields"]}
    assert set(inputs["required"]) <= set(fields)
    assert all(set(field) <= {"id", "type", "label", "secret"} for field in fields.values())
    assert set(injectors) == {"env"}
    used: Set[str] = set()
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    known = {name for source in registry.SOURCES for name in source.variables} | {registry.TERRAFORM_USER[2]}
    secret = {name for source in registry.SOURCES for name in source.secret_variables} - {registry.SDK_KEYS[0]}
    for variable, template in injectors["env"].items():
        assert not variable.startswith("ANSIBLE_") and variable in known
        names = re.findall(r"\w+", template)
        used |= set(names)
        assert all(fields[name].get("secret") is (True if variable in secret else None) for name in names)
    assert used == set(fields)

    values = {"access_key": DEMO_AK, "secret_key": DEMO_SK}
    values.update(username=USER, password=DEMO_PASSWORD, domain_name=f"account-{MAIN}")
    # Not filled in, so empty: as AWX renders it.
    filled = {name: values[name] if name in inputs["required"] else "" for name in fields}
    environ = {name: environment.from_string(text).render(filled) for name, text in injectors["env"].items()}
    done = Shell(playbooks, green).run(
        "ansible-playbook huaweicloud.hss.cluster_scan_gate -e cluster_scan_gate_region=cn-north-4", environ
    )
    assert done.returncode == 0 and "The gate is open" in done.stdout, done.stdout


GATE_VARIABLES = (CHECKOUT / "docs" / "gate-variables.md").read_text()
TROUBLESHOOTING = (CHECKOUT / "docs" / "troubleshooting.md").read_text()
AUTHENTICATION = (CHECKOUT / "docs" / "authentication.md").read_text()
WHOLE_ACCOUNT = (CHECKOUT / "docs" / "whole-account.md").read_text()


def section(text: str, title: str) -> str:
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_column(text: str) -> Set[str]:
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return {name for row in rows for name in re.findall("`([^`]+)`", row.split("|")[1])}


def test_every_variable_of_the_gate_is_in_the_table() -> None:
    spec = yaml.safe_load((CHECKOUT / "roles" / "cluster_scan_gate" / "meta" / "argument_specs.yml").read_text())
    documented = first_column(section(GATE_VARIABLES, "Variables"))
    assert documented == set(spec["argument_specs"]["main"]["options"])


def table(text: str) -> str:
    """Return the first table of a section."""
    return "\n".join(re.search(r"(?:^\|.*\n)+", text, re.M)[0].splitlines())  # type: ignore[index]


def test_every_source_is_in_both_tables() -> None:
    for title, whole in (("Credentials", GATE_VARIABLES), ("Sources", AUTHENTICATION)):
        text = table(section(whole, title))
        assert first_column(text) - {"auth_method"} == {source.name for source in registry.SOURCES}
        for source in registry.SOURCES:
            for name in {*source.options, *source.variables, *source.secret_variables}:
                assert f"`{name}`" in text
    for name in (*registry.TERRAFORM_USER, *registry.TERRAFORM_AGENCY, *CREDENTIAL_OPTIONS):
        assert f"`{name}`" in AUTHENTICATION + section(GATE_VARIABLES, "Credentials")


def test_the_order_of_the_sources_is_reported() -> None:
    reported = section(AUTHENTICATION, "How a credential is chosen").partition("\n- ")[0]
    names = re.findall("`([^`]+)`", reported.partition("in this order")[2].partition(":")[2])
    assert [*names, "ecs_metadata"] == [source.name for source in registry.SOURCES]
    for title, whole in (("Credentials", GATE_VARIABLES), ("Sources", AUTHENTICATION)):
        rows = re.findall(r"^\| `(\w+)` \|", table(section(whole, title)), re.M)
        assert [name for name in rows if name != "auth_method"] == [source.name for source in registry.SOURCES]


def test_every_option_about_several_scopes_is_reported() -> None:
    for name, spec in SCOPE_OPTIONS.items():
        assert f"`{name}`" in WHOLE_ACCOUNT or f"`{name}:" in WHOLE_ACCOUNT, name
        for suboption in spec.get("options", {}):
            title = "Several accounts" if name == "accounts" else "Some projects: scopes"
            assert f"`{suboption}`" in section(WHOLE_ACCOUNT, title), suboption
        default = spec.get("default")
        if default and not isinstance(default, bool):
            assert f"`{default}`" in WHOLE_ACCOUNT or f"({default}, " in WHOLE_ACCOUNT, name


def test_every_variable_of_an_option_is_in_the_table() -> None:
    text = section(AUTHENTICATION, "Where variables and files are read")
    for option, names in ENVIRONMENT.items():
        assert f"| `{option}` | {', '.join(f'`{name}`' for name in names)} |" in text


def test_every_message_that_troubleshooting_quotes_exists() -> None:
    output = missing_required_lib("requests")
    for path in (CHECKOUT / "plugins").glob("*_utils/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                output += "\n" + node.value
    for quoted in first_column(TROUBLESHOOTING):
        if re.fullmatch(r"APIGW\.\d{4}", quoted):
            assert quoted[-4:] in {*hints._GATEWAY_HINTS, "0301"}, quoted
        elif re.fullmatch(r"HSS\.\d{4}|0000\d{4}", quoted):
            assert quoted[-4:] in hints._HSS_HINTS, quoted
        else:
            assert quoted in output, f"{quoted} is in no message"


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
