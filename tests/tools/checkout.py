# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checkout, as its tools need it: copied to where collections lie, or built and installed as users get it."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterable

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".cache"
MADE_BY_TOOLS = {
    *(
        ".git",
        ".venv",
        ".cache",
        ".ansible",
        ".hypothesis",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        "__pycache__",
    ),
}
BIN = pathlib.Path(sys.executable).parent


def copy_tree(collections: pathlib.Path) -> pathlib.Path:
    """Copy what git tracks, or would, to COLLECTIONS/ansible_collections/huaweicloud/hss. A link would not do for all tools."""
    target = collections / "ansible_collections" / "huaweicloud" / "hss"
    shutil.rmtree(target, ignore_errors=True)
    for name in _files():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def _files() -> Iterable[str]:
    """Names below the checkout. Without git, or in an archive of the sources, all but what tools make."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
        return filter(None, listing.split("\0"))
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        return [str(path) for path in found if not MADE_BY_TOOLS.intersection(path.parts)]


def build_and_install(collections: pathlib.Path) -> None:
    """Build the tarball and install it below COLLECTIONS, as ansible-galaxy does for users."""
    shutil.rmtree(collections, ignore_errors=True)
    collections.mkdir(parents=True)
    environ = {"PATH": os.environ["PATH"], "HOME": str(collections), "LC_ALL": "C.UTF-8"}
    galaxy = [str(BIN / "ansible-galaxy"), "collection"]
    # From a copy: what lies about in the checkout and git does not know has no place in a tarball.
    source = copy_tree(collections / "source")
    _quietly([*galaxy, "build", "--output-path", str(collections), str(source)], environ)
    tarball = next(collections.glob("huaweicloud-hss-*.tar.gz"))
    _quietly([*galaxy, "install", "--offline", "--no-deps", "-p", str(collections), str(tarball)], environ)
    shutil.rmtree(collections / "source")


def _quietly(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environ, cwd=environ["HOME"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
