# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The map in CONTRIBUTING.md is the house: each room on the floor where the laws have it."""

from __future__ import annotations

import re
from typing import Dict, Set

from tests.unit.test_house import CHECKOUT, FILES, FLOOR, FLOORS, room_of

TEXT = (CHECKOUT / "CONTRIBUTING.md").read_text()


def drawn() -> Dict[int, Set[str]]:
    """The floors of the map, by number."""
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| [^|]+ \|$", TEXT, re.M)
    return {int(number): {name.replace("/", ".") for name in re.findall("`([^`]+)`", rooms)} for number, rooms in rows}


def test_the_map_is_the_house() -> None:
    assert drawn() == dict(enumerate(FLOORS))


def test_every_room_that_is_built_is_on_the_map() -> None:
    built = {room_of(path) for path in FILES if path.name != "__init__.py"}
    assert built == set(FLOOR)


def test_the_files_and_functions_that_it_points_to_are_there() -> None:
    source = "".join(path.read_text() for path in FILES)
    for name in re.findall(r"`([\w./]+\.(?:py|yml|yaml|md)|[\w./]+/)`", TEXT):
        if "NAME" in name:
            continue
        where = [CHECKOUT / name, CHECKOUT / "plugins" / "module_utils" / name]
        assert any(path.exists() for path in where), name
    for name in re.findall(r"`([a-z_]+)` in `", TEXT):
        assert f"def {name}(" in source or name == "collect", name
