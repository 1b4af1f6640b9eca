# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build elements of the page: text is always escaped, and tables can be read on a narrow screen."""

from __future__ import annotations

from typing import Optional, Sequence
from xml.etree import ElementTree as ET

from ..._formatting import escape_unprintable


def add(parent: ET.Element, tag: str, text: str = "", css: str = "", **attributes: str) -> ET.Element:
    """Add an element with a text, in which unprintable characters are escaped, and a class."""
    element = ET.SubElement(parent, tag, {"class": css, **attributes} if css else attributes)
    element.text = escape_unprintable(text) or None
    return element


def section(parent: ET.Element, heading: str) -> ET.Element:
    """Add a section with a heading."""
    element = add(parent, "section")
    add(element, "h2", heading)
    return element


def add_list(parent: ET.Element, lines: Sequence[str]) -> None:
    """Add a list of texts."""
    items = add(parent, "ul")
    for line in lines:
        add(items, "li", line)


class Table:
    """A table. On a narrow screen each row becomes a block, in which each cell has the label of its column.

    The roles are named since browsers forget them where a table is displayed as blocks.
    """

    def __init__(self, parent: ET.Element, label: str, columns: Sequence[str]) -> None:
        self._columns = columns
        table = add(parent, "table", role="table", **{"aria-label": label})
        row = add(add(table, "thead", role="rowgroup"), "tr", role="row")
        for column in columns:
            add(row, "th", column, role="columnheader", scope="col")
        self._body = add(table, "tbody", role="rowgroup")

    def row(self, heading: str, css: str = "") -> Row:
        """Add a row; return it. Its first cell has the heading."""
        return Row(add(self._body, "tr", css=css, role="row"), self._columns, heading)


class Row:
    """A row of a table, whose cells are added from the left."""

    def __init__(self, element: ET.Element, columns: Sequence[str], heading: str) -> None:
        self._element = element
        self._rest = list(columns[1:])
        self.heading = add(element, "th", role="rowheader", scope="row")
        add(self.heading, "b", heading)

    def cell(self, text: Optional[str] = None, css: str = "") -> ET.Element:
        """Add a cell and return it."""
        return add(self._element, "td", text or "", css, role="cell", **{"data-label": self._rest.pop(0)})

    def rest(self, text: str, css: str = "") -> None:
        """Add one cell in place of all that are left."""
        add(self._element, "td", text, css, role="cell", colspan=str(len(self._rest)))


def number(value: Optional[int]) -> str:
    """Return a number as text."""
    return "not known" if value is None else str(value)
