# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test sanity in its own virtual environments, on a copy of the checkout, with no ignore entry."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from tests.tools.checkout import BIN, CACHE, copy_tree

# ansible-test fetches these to make environments. Where that address is out of reach, the copy of pip that comes with
# Python does the same.
BOOTSTRAP_URL = "https://ci-files.testing.ansible.com/ansible-test/get-pip-24.2.py"
# One name for each version of pip that some supported ansible-core asks for.
BOOTSTRAP_FILES = (
    "get_pip_21_3_1.py",
    "get_pip_23_1_2.py",
    "get_pip_24_2.py",
    "get_pip_25_2.py",
    "get_pip_25_3.py",
    "get_pip_26_0.py",
)
BOOTSTRAP = """
import ensurepip, glob, os, runpy, sys
sys.path.insert(0, glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl"))[0])
sys.argv[1:] = ["install"] + [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def main() -> int:
    home = CACHE / "sanity-home"
    if not reachable(BOOTSTRAP_URL):
        cache = home / ".ansible" / "test" / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        for name in BOOTSTRAP_FILES:
            (cache / name).write_text(BOOTSTRAP)
    # A version manager's shims on PATH fail for versions that are not chosen, and ansible-test gives up on them.
    real = pathlib.Path(os.path.realpath(sys.executable)).parent
    path = [str(BIN), str(real), *(p for p in os.environ["PATH"].split(":") if not p.endswith("shims"))]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [str(BIN / "ansible-test"), "sanity", "--venv", "--color", "no", "--python", version, *sys.argv[1:]]
    environ = {**os.environ, "HOME": str(home), "PATH": ":".join(path)}
    # Not below the checkout: ansible-test would ask git there, and git ignores what is below .cache.
    with tempfile.TemporaryDirectory(prefix="hss-sanity-") as collections:
        folder = copy_tree(pathlib.Path(collections))
        return subprocess.run(command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, check=False).returncode


def reachable(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
