# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tarball: what users need, nothing else, and the same bytes whoever builds it."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import tarfile
from typing import List

import pytest

from tests.tools import checkout
from tests.tools.checkout import ROOT, build

# Of each plugin type, roles, playbooks and documentation everything is shipped; of the rest what is named here.
SHIPPED = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "SECURITY.md",
    "changelogs",
    "docs",
    "examples",
    "extensions",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
}


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return build(tmp_path_factory.mktemp("tarball"))


def names(tarball: pathlib.Path) -> List[str]:
    with tarfile.open(tarball) as archive:
        return archive.getnames()


def test_it_holds_what_users_need_and_nothing_else(tarball: pathlib.Path) -> None:
    held = names(tarball)
    assert {name.partition("/")[0] for name in held} <= SHIPPED
    assert [name for name in held if name.startswith("changelogs/")] == ["changelogs/changelog.yaml"]
    unwanted = re.compile(r"(^|/)(tests?[/_.]|tests?$|\.|conftest|simulator/|__pycache__)|\.pyc$")
    assert not [name for name in held if unwanted.search(name)]
    plugins = {str(path.relative_to(ROOT)) for path in (ROOT / "plugins").rglob("*") if path.suffix in (".py", ".yml")}
    assert plugins <= set(held)


def test_everybody_builds_the_same_bytes(
    tarball: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a copy made at another time, in another order, with other permissions, and with things lying about."""
    clone = tmp_path / "clone"
    for path in sorted(ROOT.rglob("*"), reverse=True):
        name = path.relative_to(ROOT)
        if path.is_file() and not checkout.MADE_BY_TOOLS.intersection(name.parts):
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes(path.read_bytes())
            (clone / name).chmod(0o600 | path.stat().st_mode & 0o100)
            os.utime(clone / name, (10**9, 10**9))
    (clone / "huaweicloud-hss-0.0.1.tar.gz").write_text("an older one")
    monkeypatch.setattr(checkout, "ROOT", clone)
    again = build(tmp_path / "again")
    assert again.name == tarball.name
    assert again.read_bytes() == tarball.read_bytes()


def test_its_checksums_are_those_of_its_content(tarball: pathlib.Path) -> None:
    """They are written anew when the order of names is made the same, and ansible-galaxy looks at few of them."""
    with tarfile.open(tarball) as archive:
        contents = {m.name: archive.extractfile(m).read() for m in archive if m.isfile()}  # type: ignore[union-attr]
    manifest = json.loads(contents["MANIFEST.json"])
    files = json.loads(contents["FILES.json"])["files"]
    assert manifest["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(contents["FILES.json"]).hexdigest()
    known = {entry["name"]: entry["chksum_sha256"] for entry in files if entry["ftype"] == "file"}
    assert known == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in contents.items()
        if name not in ("MANIFEST.json", "FILES.json")
    }
