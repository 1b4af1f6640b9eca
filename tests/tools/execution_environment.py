# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the example with ansible-builder, and what it finds in the tarball. No image is built, since that needs containers."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

from tests.tools.checkout import BIN, ROOT, build_and_install

DEFINITION = ROOT / "examples" / "execution-environment.yml"
REPOSITORY = "https://github.com/huaweicloud-hss/huaweicloud.hss.git"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="hss-ee-") as temporary:
        folder = pathlib.Path(temporary)
        context = ["--context", str(folder / "context"), "--output-filename", "Containerfile"]
        _builder("create", "--file", str(DEFINITION), *context)
        build = folder / "context" / "_build"
        assert REPOSITORY in (build / "requirements.yml").read_text()
        assert "python3.12" in (folder / "context" / "Containerfile").read_text()
        # The requirements of the collection that the image would get.
        build_and_install(folder / "collections")
        found = _builder("introspect", str(folder / "collections"))
        wanted = (ROOT / "requirements.txt").read_text().splitlines()[-1]
        assert wanted in found and "huaweicloud.hss" in found, found
    print(f"The context was made, and the collection asks for {wanted}.")
    return 0


def _builder(*arguments: str) -> str:
    command = [str(BIN / "ansible-builder"), *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
