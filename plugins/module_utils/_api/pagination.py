# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read lists to their end: fetch pages concurrently, and start over where the list changed meanwhile.

The API promises no order and no snapshot, so rows can move from a page to another between two requests.
Source: the API reference of HSS, offset and limit; `total_num` is the number of all records that match.
"""

from __future__ import annotations

import functools
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .._concurrency.executor import run_all
from .._errors import CancelledError, HssError, InvalidResponseError
from .._http.json_body import UNREADABLE
from .._http.models import Operation
from .client import Client, Reply

PAGE_SIZE = 200  # records in a page, the most that the API gives
# Each page begins with the last record of the one before. Where one record goes and another comes behind it, the total stays and
# a third slips between two pages unseen; only the record that both have tells.
PAGE_STEP = PAGE_SIZE - 1
MAX_OFFSET = 2000000
MAX_ATTEMPTS = 5
CONCURRENT_PAGES = 16

Row = Dict[str, Any]
Key = Tuple[str, ...]
FetchPage = Callable[[List[Tuple[str, str]]], Reply]


class Listing(NamedTuple):
    """A list: the operation that returns a page, the member that holds the rows, and the members that identify a row."""

    operation: Operation
    member: str
    key: Tuple[str, ...]


class _Page(NamedTuple):
    rows: List[Row]
    keys: List[Key]
    total: int


def read_all(client: Client, listing: Listing, fetch: FetchPage) -> List[Row]:
    """Every row once. `fetch` gets offset and limit as query parameters.

    Raises InvalidAnswerError where rows are malformed, or where the list never stands still for one reading.
    """
    for _reading in range(MAX_ATTEMPTS):
        rows = _read_once(client, listing, fetch)
        if rows is not None:
            return rows
    raise InvalidResponseError(
        f"HSS {listing.operation.name}: the list changed during each of {MAX_ATTEMPTS} readings, so no reading is whole.",
        hint="Try again when fewer clusters come and go.",
        service="HSS",
        operation=listing.operation.name,
    )


def _read_once(client: Client, listing: Listing, fetch: FetchPage) -> Optional[List[Row]]:
    """Return the rows, or None if the total changed, or a row moved, while they were read."""
    texts: Dict[str, str] = {}
    first = _page(listing, fetch, 0, texts)
    offsets = range(PAGE_STEP, first.total - 1, PAGE_STEP)
    if offsets and offsets[-1] > MAX_OFFSET:
        raise InvalidResponseError(
            f"HSS {listing.operation.name}: there are {first.total} records, more than the API's pages reach.",
            hint="Narrow the question with the module's filters.",
            service="HSS",
            operation=listing.operation.name,
        )
    if not _fits(first, 0, first.total):
        return None
    further = _further_pages(client, listing, fetch, offsets, first.total, texts)
    return None if further is None else _joined([first, *further])


def _further_pages(
    client: Client, listing: Listing, fetch: FetchPage, offsets: Sequence[int], total: int, texts: Dict[str, str]
) -> Optional[List[_Page]]:
    """Fetch the pages after the first concurrently; return None, and fetch no more, once one contradicts the total."""
    errors: List[HssError] = []
    contradicted = threading.Event()

    def page_at(offset: int) -> Optional[_Page]:
        # An error that `run` sees stops the whole task, and this may be one scope of many.
        if errors or contradicted.is_set():
            return None
        try:
            page = _page(listing, fetch, offset, texts)
        except HssError as error:
            errors.append(error)
            return None
        if not _fits(page, offset, total):
            contradicted.set()
        return page

    # `run` comes back when each thread has ended, so that none outlives the reading.
    pages = run_all([functools.partial(page_at, offset) for offset in offsets], CONCURRENT_PAGES, client.cancel_token)
    if errors:
        # A refused credential is the cause of what was not sent after it.
        raise next((error for error in errors if error.status_code == 401), errors[0])
    if contradicted.is_set():
        return None
    if None in pages:
        raise CancelledError(
            f"HSS {listing.operation.name} was not read to its end: {client.cancel_token.reason()}.", service="HSS"
        )
    return [page for page in pages if page is not None]


def _fits(page: _Page, offset: int, total: int) -> bool:
    """Return whether a page has the total of the first, and the number of rows that follows from it."""
    return page.total == total and len(page.rows) == max(0, min(PAGE_SIZE, total - offset))


def _joined(pages: List[_Page]) -> Optional[List[Row]]:
    """Return the rows of pages that overlap by one row, or None if a row moved."""
    unique: Dict[Key, Row] = {}
    number = 0
    last: Optional[Key] = None
    for page in pages:
        keys = page.keys
        if last is not None:
            if keys[:1] != [last]:
                return None
            number -= 1
        number += len(keys)
        unique.update(zip(keys, page.rows))
        last = keys[-1] if keys else ()
    # A row that moved to another page meanwhile is there twice, or not at all.
    return list(unique.values()) if len(unique) == number == pages[0].total else None


def _page(listing: Listing, fetch: FetchPage, offset: int, texts: Dict[str, str]) -> _Page:
    """Read one page. `texts` is shared by all pages: a description that thousands of rows repeat is kept in memory once."""
    reply = fetch([("limit", str(PAGE_SIZE)), ("offset", str(offset))])
    rows, total = reply.data.get(listing.member), reply.data.get("total_num")
    if not isinstance(rows, list):
        problem = f"no list named {listing.member}"
    elif isinstance(total, bool) or not isinstance(total, int) or total < 0:
        problem = "a total_num that is no number of records"
    else:
        problem = _problem_of_rows(listing, rows)
    if problem:
        raise InvalidResponseError.of(listing.operation, f"answered, but with {problem}", request_id=reply.request_id)
    found: List[Row] = rows or []
    for row in found:
        for name, value in row.items():
            if isinstance(value, str):
                row[name] = texts.setdefault(value, value)
    return _Page(found, [tuple(row[name] for name in listing.key) for row in found], total or 0)


def _problem_of_rows(listing: Listing, rows: List[Any]) -> str:
    """Return what is wrong with the IDs of a page's rows, empty if nothing is."""
    if all(isinstance(row, dict) and all(is_id(row.get(name)) for name in listing.key) for row in rows):
        return ""
    for row in rows:
        for name in listing.key:
            if not isinstance(row, dict) or not isinstance(row.get(name), str) or not row[name]:
                return f"a record without {' and '.join(listing.key)}"
            if not is_id(row[name]):
                return f"a record whose {name} ({ascii(row[name])[:80]}) cannot be an ID"
    return ""  # pragma: no cover - one of them is wrong


def is_id(value: Any) -> bool:
    """Return whether it can be an ID: text that can be sent, and as a part of a path leaves that path as it is."""
    return isinstance(value, str) and value not in ("", ".", "..") and UNREADABLE not in value
