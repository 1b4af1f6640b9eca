# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Linters see the checkout, not a version of the collection that the user has installed."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from tests.tools.checkout import BIN, ROOT


def test_an_installed_collection_is_not_linted(tmp_path: pathlib.Path) -> None:
    """The installed one has no module: linting it would say that the action cannot be resolved."""
    installed = tmp_path / ".ansible" / "collections" / "ansible_collections" / "huaweicloud" / "hss"
    (installed / "meta").mkdir(parents=True)
    (installed / "galaxy.yml").write_text("namespace: huaweicloud\nname: hss\nversion: 0.0.1\n")
    (installed / "meta" / "runtime.yml").write_text("requires_ansible: '>=2.16.0'\n")
    linter = [str(BIN / "ansible-lint"), "--offline", "tests/tools/acceptance.yml"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.tools.in_collection", *linter],
        env={"HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "PATH": f"{BIN}:/usr/bin:/bin"},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
