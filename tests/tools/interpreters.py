# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find interpreters that run. Version managers put a shim on PATH for each version that they know; most of these fail."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterable
from typing import Optional

# Environments need venv and ensurepip, which Debian has in separate packages.
_PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.executable)"


@functools.cache
def find(version: str) -> Optional[str]:
    """Return the path of a Python of this version, such as 3.12, or None."""
    for candidate in _candidates(version):
        found, path = _probe(candidate)
        if found == version:
            return path
    return None


@functools.cache
def _probe(candidate: str) -> tuple[str, str]:
    """Return the version and the path that an interpreter says it has; both are empty where it does not run."""
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
        return "", ""
    version, _space, path = done.stdout.strip().partition(" ")
    return (version, path) if done.returncode == 0 else ("", "")


def _candidates(version: str) -> Iterable[str]:
    """Yield what is on PATH, then what version managers have, then their shims, which take most of a second each."""
    folders = [pathlib.Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)]
    shims = [folder for folder in folders if folder.name == "shims"]
    yield from _in_folders((folder for folder in folders if folder not in shims), version)
    home = pathlib.Path.home()
    pyenv = f"versions/{version}.*/bin/python{version}"
    for root, pattern in (
        (os.environ.get("PYENV_ROOT") or home / ".pyenv", pyenv),
        # pyenv's shims lie in its own folder, wherever that is.
        *((folder.parent, pyenv) for folder in shims),
        (
            os.environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local/share/uv/python",
            f"*-{version}.*/bin/python{version}",
        ),
    ):
        yield from (str(path) for path in sorted(pathlib.Path(root).glob(pattern), key=_numbers, reverse=True))
    yield from _in_folders(shims, version)


def _in_folders(folders: Iterable[pathlib.Path], version: str) -> Iterable[str]:
    for folder in folders:
        for name in (f"python{version}", "python3"):
            found = shutil.which(name, path=str(folder))
            # A virtual environment is skipped: what is made from it breaks when it is removed.
            if found and not (pathlib.Path(found).parent.parent / "pyvenv.cfg").exists():
                yield found


def _numbers(path: pathlib.Path) -> list[int]:
    """Return the numbers of a path as a sort key: 3.12.10 is later than 3.12.9."""
    return [int(number) for number in re.findall(r"\d+", str(path))]
