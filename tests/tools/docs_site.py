# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site; any warning is an error. Usage: python -m tests.tools.docs_site [OUTPUT].

The guides are the Markdown files of the checkout. antsibull-docs generates the reference of modules, lookup and role. It does
not support event sources; docs/event-driven.md documents ours.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tests.tools.checkout import BIN, CACHE, copy_tree

SOURCE = CACHE / "docs-site"
# Copied to the same paths as in the checkout, so that links work on GitHub and on the site.
PAGES = ("*.md", "LICENSE", "galaxy.yml", "docs/*.md", "docs/*.json", "examples/*", "tests/simulator/README.md")


def main() -> int:
    output = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else CACHE / "site").absolute()
    shutil.rmtree(SOURCE, ignore_errors=True)
    SOURCE.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="hss-collections-") as collections:
        folder = copy_tree(pathlib.Path(collections))
        for pattern in PAGES:
            for path in folder.glob(pattern):
                _copy(path, SOURCE / path.relative_to(folder))
        for path in (folder / "docs" / "site").iterdir():
            _copy(path, SOURCE / path.name)
        status = _generate_reference(pathlib.Path(collections))
    if status == 0:
        # Build everything again: unchanged pages would not repeat their warnings.
        command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "--fresh-env", "--quiet"]
        shutil.rmtree(output, ignore_errors=True)
        status = _run([*command, "-d", str(CACHE / "docs-site-doctrees"), str(SOURCE), str(output)])
    if status == 0:
        print(f"The site is in {output}; open {output / 'index.html'}")
    return status


def _copy(path: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target)


def _generate_reference(collections: pathlib.Path) -> int:
    # antsibull-docs requires a folder that only the owner can write to.
    folder = SOURCE / "reference"
    folder.mkdir(mode=0o755)
    settings = ["--config-file", str(SOURCE / "antsibull-docs.cfg")]
    command = [
        str(BIN / "antsibull-docs"),
        *settings,
        "collection",
        "--use-current",
        "--squash-hierarchy",
        "--fail-on-error",
    ]
    quiet = ["--no-add-antsibull-docs-version", "--dest-dir", str(folder)]
    return _run([*command, *quiet, "huaweicloud.hss"], ANSIBLE_COLLECTIONS_PATH=str(collections))


def _run(command: list[str], **variables: str) -> int:
    environ = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **variables}
    return subprocess.run(command, env=environ, cwd=SOURCE, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
