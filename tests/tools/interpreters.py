# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interpreters that run. A version manager's shim is on PATH for each version that it knows, and fails for most."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterable
from typing import Optional

# Without venv and ensurepip (Debian has them in packages of their own) no environment can be made.
_PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.executable)"


@functools.cache
def find(version: str) -> Optional[str]:
    """The path of a Python of this version, such as 3.12, or nothing."""
    for candidate in _candidates(version):
        try:
            done = subprocess.run(
                [candidate, "-c", _PROBE],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        found, _space, path = done.stdout.strip().partition(" ")
        if done.returncode == 0 and found == version:
            return path
    return None


def _candidates(version: str) -> Iterable[str]:
    """What is on PATH, under each name, then what version managers have and PATH has not."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        for name in (f"python{version}", "python3"):
            found = shutil.which(name, path=folder)
            # An environment is not the interpreter it was made from; what is made from it goes when it goes.
            if found and not (pathlib.Path(found).parent.parent / "pyvenv.cfg").exists():
                yield found
    home = pathlib.Path.home()
    pyenv = f"versions/{version}.*/bin/python{version}"
    # Its shims lie in its own folder, wherever that is.
    shims = [
        path for path in map(pathlib.Path, os.environ.get("PATH", os.defpath).split(os.pathsep)) if path.name == "shims"
    ]
    for root, pattern in (
        (os.environ.get("PYENV_ROOT") or home / ".pyenv", pyenv),
        *((path.parent, pyenv) for path in shims),
        (
            os.environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local/share/uv/python",
            f"*-{version}.*/bin/python{version}",
        ),
    ):
        yield from (str(path) for path in sorted(pathlib.Path(root).glob(pattern), key=_numbers, reverse=True))


def _numbers(path: pathlib.Path) -> list[int]:
    """3.12.10 is later than 3.12.9."""
    return [int(number) for number in re.findall(r"\d+", str(path))]
