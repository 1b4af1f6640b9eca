# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows whose selections and JSON are kept, so that a page of a long list costs a page and not the list."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")
_KEPT = 64


class Table(Generic[Item]):
    """Whoever changes rows calls changed()."""

    def __init__(self, rows: Iterable[Item] = ()) -> None:
        self.rows: list[Item] = list(rows)
        self._selections: dict[Hashable, list[Item]] = {}

    def changed(self) -> None:
        self._selections.clear()

    def insert(self, rows: list[Item], at: str) -> None:
        self.rows = [*rows, *self.rows] if at == "start" else [*self.rows, *rows]
        self.changed()

    def remove(self, rows: Iterable[Item]) -> None:
        gone = {id(row) for row in rows}
        self.rows = [row for row in self.rows if id(row) not in gone]
        self.changed()

    def select(self, key: Hashable, wanted: Callable[[Item], bool]) -> list[Item]:
        """Return the matching rows; key identifies the function."""
        if key not in self._selections:
            if len(self._selections) >= _KEPT:
                self._selections.clear()
            self._selections[key] = [row for row in self.rows if wanted(row)]
        return self._selections[key]
