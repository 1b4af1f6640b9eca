# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists in pages: read to the end, pages at once, and read again where the list moved meanwhile.

The API promises no order and no snapshot, so rows can move from a page to another between two requests.
Source: the API reference of HSS, offset and limit; `total_num` is the number of all records that match.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ._client import Client, Reply
from ._errors import GaveUpError, HssError, InvalidAnswerError
from ._pool import run

LIMIT = 200  # records in a page, the most that the API gives
# Each page begins with the last record of the one before. Where one record goes and another comes behind it, the total stays and
# a third slips between two pages unseen; only the record that both have tells.
STEP = LIMIT - 1
LAST_OFFSET = 2000000
READINGS = 5
PAGES_AT_ONCE = 16

Row = Dict[str, Any]
FetchPage = Callable[[List[Tuple[str, str]]], Reply]


class Listing(NamedTuple):
    """What is read: the operation's name, the member that holds the rows, and the members that make a row unlike others."""

    operation: str
    member: str
    key: Tuple[str, ...]


class _Page(NamedTuple):
    rows: List[Row]
    total: int
    request_id: Optional[str]


def read_all(client: Client, listing: Listing, fetch: FetchPage) -> List[Row]:
    """Every row once. `fetch` gets offset and limit as query parameters.

    Raises InvalidAnswerError where rows are malformed, or where the list never stands still for one reading.
    """
    for _reading in range(READINGS):
        rows = _read_once(client, listing, fetch)
        if rows is not None:
            return rows
    raise InvalidAnswerError(
        f"HSS {listing.operation}: the list changed during each of {READINGS} readings, so no reading is whole.",
        hint="Try again when fewer clusters come and go.",
        service="HSS",
        operation=listing.operation,
    )


def _read_once(client: Client, listing: Listing, fetch: FetchPage) -> Optional[List[Row]]:
    """The rows; None where the total, or a row, moved while they were read."""
    first = _page(listing, fetch, 0)
    offsets = range(STEP, first.total - 1, STEP)
    if offsets and offsets[-1] > LAST_OFFSET:
        raise InvalidAnswerError(
            f"HSS {listing.operation}: there are {first.total} records, more than the API's pages reach.",
            hint="Narrow the question with the module's filters.",
            service="HSS",
            operation=listing.operation,
        )
    errors: List[HssError] = []

    def page_at(offset: int) -> Optional[_Page]:
        # An error that `run` sees stops the whole task, and this may be one scope of many.
        if errors:  # pragma: no cover - only where a page is begun after another has failed
            return None
        try:
            return _page(listing, fetch, offset)
        except HssError as error:
            errors.append(error)
        return None

    tasks = [functools.partial(page_at, offset) for offset in offsets]
    pages: List[Optional[_Page]] = [first, *run(tasks, PAGES_AT_ONCE, client.stop)]
    if errors:
        raise errors[0]
    unique: Dict[Tuple[Any, ...], Row] = {}
    number = 0
    last: Optional[Tuple[Any, ...]] = None
    for page in pages:
        if page is None:
            raise GaveUpError(f"HSS {listing.operation} was not read to its end: {client.stop.why()}.", service="HSS")
        if page.total != first.total:
            return None
        keys = [tuple(row[name] for name in listing.key) for row in page.rows]
        if last is not None:
            if keys[:1] != [last]:
                return None
            number -= 1
        number += len(keys)
        unique.update(zip(keys, page.rows))
        last = keys[-1] if keys else ()
    # A row that moved to another page meanwhile is there twice, or not at all.
    return list(unique.values()) if len(unique) == number == first.total else None


def _page(listing: Listing, fetch: FetchPage, offset: int) -> _Page:
    reply = fetch([("limit", str(LIMIT)), ("offset", str(offset))])
    rows, total = reply.data.get(listing.member), reply.data.get("total_num")
    problem = None
    if not isinstance(rows, list):
        problem = f"no list named {listing.member}"
    elif isinstance(total, bool) or not isinstance(total, int) or total < 0:
        problem = "a total_num that is no number of records"
    elif not all(isinstance(row, dict) and all(_is_id(row.get(name)) for name in listing.key) for row in rows):
        problem = f"a record without {' and '.join(listing.key)}"
    if problem:
        raise InvalidAnswerError(
            f"HSS {listing.operation} answered, but with {problem}. The answer is not used.",
            hint="If it stays, give the request ID to support.",
            service="HSS",
            operation=listing.operation,
            status_code=200,
            request_id=reply.request_id,
        )
    return _Page(rows or [], total or 0, reply.request_id)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
