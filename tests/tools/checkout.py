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
import tempfile
from collections.abc import Iterable

from tests.tools.tarball import EPOCH, reproducible

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".cache"
MADE_BY_TOOLS = {
    *(
        ".git",
        ".nox",
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


def build(folder: pathlib.Path) -> pathlib.Path:
    """Build the tarball into FOLDER. From a copy: what lies about in the checkout and git does not know has no place in it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hss-build-") as temporary:
        source = copy_tree(pathlib.Path(temporary) / "source")
        environ = {"PATH": os.environ["PATH"], "HOME": temporary, "LC_ALL": "C.UTF-8"}
        command = [str(BIN / "ansible-galaxy"), "collection", "build", "--output-path", temporary, str(source)]
        _quietly(command, environ)
        built = next(pathlib.Path(temporary).glob("huaweicloud-hss-*.tar.gz"))
        result = folder / built.name
        result.write_bytes(reproducible(built, int(os.environ.get("SOURCE_DATE_EPOCH") or EPOCH)))
    return result


def build_and_install(collections: pathlib.Path, binaries: pathlib.Path = BIN) -> None:
    """Build the tarball, and install it below COLLECTIONS with the ansible-galaxy among BINARIES, as users do."""
    shutil.rmtree(collections, ignore_errors=True)
    tarball = build(collections)
    environ = {"PATH": os.environ["PATH"], "HOME": str(collections), "LC_ALL": "C.UTF-8"}
    options = ["--offline", "--no-deps", "-p", str(collections), str(tarball)]
    _quietly([str(binaries / "ansible-galaxy"), "collection", "install", *options], environ)


def _quietly(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environ, cwd=environ["HOME"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
