# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch axe-core from npm, once: it checks the accessibility of a page in a browser."""

from __future__ import annotations

import subprocess
import tarfile

from tests.tools.checkout import CACHE

VERSION = "4.14.1"


def axe_source() -> str | None:
    """Return the script, from the cache or from npm; None where npm is missing or fails."""
    path = CACHE / "axe" / f"axe-core-{VERSION}.tgz"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        try:
            command = ["npm", "pack", "--silent", f"axe-core@{VERSION}"]
            subprocess.run(command, cwd=path.parent, check=True, capture_output=True, timeout=60)
        except (OSError, subprocess.SubprocessError):
            return None
    with tarfile.open(path) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode("utf-8")
