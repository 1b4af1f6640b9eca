# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the release tarball, and print its checksum. Usage: python -m tests.tools.build FOLDER."""

from __future__ import annotations

import hashlib
import pathlib
import sys

from tests.tools.checkout import build


def report(folder: pathlib.Path) -> None:
    tarball = build(folder)
    print(f"{hashlib.sha256(tarball.read_bytes()).hexdigest()}  {tarball}")


if __name__ == "__main__":
    report(pathlib.Path(sys.argv[1]))
