# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command in a copy of the checkout below ansible_collections/: python -m tests.tools.in_collection COMMAND..."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile

from tests.tools.checkout import copy_tree


def main() -> int:
    command = [str(pathlib.Path(sys.argv[1]).absolute()), *sys.argv[2:]]
    # Not in the checkout: linters query git there, and git ignores .cache.
    with tempfile.TemporaryDirectory(prefix="hss-collections-") as collections:
        folder = copy_tree(pathlib.Path(collections))
        environ = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": collections,
            # ansible-lint searches ANSIBLE_HOME/collections first: an installed version of this collection would be linted.
            "ANSIBLE_HOME": str(pathlib.Path(collections) / "home"),
            "MYPYPATH": collections,
        }
        return subprocess.run(command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
