# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The map in CONTRIBUTING.md shows each module in the layer that the architecture gives it."""

from __future__ import annotations

import re
from typing import List, Set, Tuple

from tests.unit.test_architecture import CHECKOUT, FILES, LAYER, LAYERS, MODULES_OF_OURS

TEXT = (CHECKOUT / "CONTRIBUTING.md").read_text()


def drawn() -> List[Tuple[str, Set[str]]]:
    """Return the rows of the map, from the top down: a folder, or none for the root, and the modules in it."""
    rows = re.findall(r"^\| (?:`([\w/]+)/`|root) \| ([^|]+) \| [^|]+ \|$", TEXT, re.M)
    return [(folder, set(re.findall("`([^`]+)`", modules))) for folder, modules in rows]


def test_the_map_shows_the_layers() -> None:
    """The rows are in the order of LAYERS; a folder of a folder follows it."""
    found = []
    for folder, modules in drawn():
        unit = folder.partition("/")[0]
        number = LAYER[unit] if unit else min(LAYER[module] for module in modules)
        assert unit or {LAYER[module] for module in modules} == {number}
        found.append(number)
    assert found == sorted(found, reverse=True) and set(found) == set(range(len(LAYERS)))


def test_every_module_is_on_the_map() -> None:
    shown = {
        f"{folder.replace('/', '.')}.{module}" if folder else module
        for folder, modules in drawn()
        for module in modules
    }
    assert shown == MODULES_OF_OURS


def test_the_files_and_functions_that_it_points_to_are_there() -> None:
    source = "".join(path.read_text() for path in FILES)
    for name in re.findall(r"`([\w./]+\.(?:py|yml|yaml|md)|[\w./]+/)`", TEXT):
        if "NAME" in name:
            continue
        where = [
            CHECKOUT / folder / name for folder in (".", "plugins", "plugins/module_utils", "plugins/plugin_utils")
        ]
        assert any(path.exists() for path in where), name
    for name in re.findall(r"`([a-z_]+)` in `", TEXT):
        assert f"def {name}(" in source or name == "collect", name
