# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prepare a release in the checkout. Usage: python -m tests.tools.release 1.2.3 [DAY].

The version goes everywhere where it is written, the fragments into the changelog, the tarball to .cache/dist. Nothing is
committed, tagged or published: that is a person's word, after a look at the difference.
"""

from __future__ import annotations

import datetime
import os
import pathlib
import re
import subprocess
import sys

from tests.tools.build import report
from tests.tools.checkout import BIN, CACHE, ROOT, copy_tree

VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
# Files, and a pattern whose group is the version. A test checks that the first two agree.
PLACES = (
    ("galaxy.yml", r"^version: (\S+)$"),
    ("plugins/module_utils/_http/version.py", r'^VERSION = "(\S+)"$'),
    ("docs/installation.md", r"\bhuaweicloud-hss-(\d\S*)\.tar\.gz\b"),
)


def main() -> int:
    if len(sys.argv) not in (2, 3) or not VERSION.fullmatch(sys.argv[1]):
        print("Which version? nox -s release -- 1.2.3 [YYYY-MM-DD]", file=sys.stderr)
        return 2
    version = sys.argv[1]
    day = sys.argv[2] if len(sys.argv) == 3 else datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    if not list((ROOT / "changelogs" / "fragments").glob("*.yml")):
        print("There is nothing to release: changelogs/fragments/ is empty.", file=sys.stderr)
        return 2
    # First what can fail.
    _changelog(version, day)
    for name, pattern in PLACES:
        _write(ROOT / name, pattern, version)
    report(CACHE / "dist")
    print(
        f"Version {version} is prepared. Look at it (git diff), run make test, then:\n"
        f"  git add --all && git commit --message 'Release {version}' && git tag --annotate {version} --message {version}\n"
        f"  nox -s build    (the same checksum again), and publish the tarball with: ansible-galaxy collection publish"
    )
    return 0


def _write(path: pathlib.Path, pattern: str, version: str) -> None:
    text = path.read_text()
    found = list(re.finditer(pattern, text, re.M))
    if not found:
        sys.exit(f"{path.name} no longer has its version where release.py looks for it")
    for match in reversed(found):
        text = text[: match.start(1)] + version + text[match.end(1) :]
    path.write_text(text)


def _changelog(version: str, day: str) -> None:
    """antsibull-changelog wants to lie where collections do, so it runs in a copy, and what it wrote is brought back."""
    folder = copy_tree(CACHE / "release")
    command = [str(BIN / "antsibull-changelog"), "release", "--version", version, "--date", day]
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(CACHE / "release"), "PATH": path}
    subprocess.run(command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, check=True)
    for name in ("CHANGELOG.md", "changelogs/changelog.yaml"):
        (ROOT / name).write_bytes((folder / name).read_bytes())
    for fragment in (ROOT / "changelogs" / "fragments").glob("*.yml"):
        if not (folder / fragment.relative_to(ROOT)).exists():
            fragment.unlink()


if __name__ == "__main__":
    sys.exit(main())
