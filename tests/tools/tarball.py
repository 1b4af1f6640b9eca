# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tarball whose bytes depend on its content only, so that everybody can check what was published.

ansible-galaxy builds it; times, the order of names, modes and owners are then replaced. Only another zlib than the
releaser's can still make other bytes of them.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pathlib
import tarfile
from typing import Any

# The first day that a zip file can hold, since Ansible packs modules into one.
EPOCH = 315532800


def reproducible(tarball: pathlib.Path, time: int) -> bytes:
    """Return the same content sorted by name, with this time and without an owner."""
    with tarfile.open(tarball) as archive:
        members = {member.name: member for member in archive}
        contents = {name: _read(archive, member) for name, member in members.items()}
    files = json.loads(contents["FILES.json"])
    files["files"].sort(key=lambda entry: str(entry["name"]))
    contents["FILES.json"] = _as_json(files)
    manifest = json.loads(contents["MANIFEST.json"])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(contents["FILES.json"]).hexdigest()
    contents["MANIFEST.json"] = _as_json(manifest)

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        # ansible-galaxy puts these two first, and reads them first.
        rest = sorted(name for name in members if name not in ("MANIFEST.json", "FILES.json"))
        for name in ("MANIFEST.json", "FILES.json", *rest):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = members[name].type, members[name].linkname
            entry.mode = 0o755 if members[name].isdir() or members[name].mode & 0o100 else 0o644
            entry.mtime, entry.size = time, len(contents[name])
            archive.addfile(entry, io.BytesIO(contents[name]))
    compressed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=compressed, mtime=0) as file:
        file.write(raw.getvalue())
    return compressed.getvalue()


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member) if member.isfile() else None
    return file.read() if file else b""


def _as_json(data: Any) -> bytes:
    """As ansible-galaxy writes it."""
    return json.dumps(data, indent=True).encode()
