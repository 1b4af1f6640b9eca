# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check changelog fragments for problems that antsibull-changelog lint does not report."""

from __future__ import annotations

import pathlib
import re

import pytest

FRAGMENTS = sorted((pathlib.Path(__file__).resolve().parent.parent.parent / "changelogs" / "fragments").glob("*.y*ml"))


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_a_fragment_is_restructured_text(path: pathlib.Path) -> None:
    """The markup of modules' documentation stays as it is in the changelog: C(word) is read so. It is ``word`` here."""
    assert not re.search(r"\b[A-Z]\(", path.read_text())
