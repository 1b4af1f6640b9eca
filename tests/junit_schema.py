# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema by which Jenkins reads JUnit's XML. pytest tests itself by it, so it is in pytest's source distribution."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tarfile
import tempfile
from typing import Any

VERSION = "8.4.2"
MEMBER = f"pytest-{VERSION}/testing/example_scripts/junit-10.xsd"
CACHE = pathlib.Path(__file__).resolve().parent.parent / ".cache"


def junit_schema() -> Any:
    path = CACHE / f"junit-10-of-pytest-{VERSION}.xsd"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            subprocess.run([*pip, "--no-binary", ":all:", "--dest", folder, f"pytest=={VERSION}"], check=True)
            (archive,) = pathlib.Path(folder).glob("*.tar.gz")
            with tarfile.open(archive) as source:
                member = source.extractfile(MEMBER)
                assert member is not None
                path.write_bytes(member.read())
    # Imported here, since it takes as long as many tests.
    import xmlschema

    return xmlschema.XMLSchema(str(path))
