# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read lists to their end: fetch pages concurrently, and start over where the list changed meanwhile.

The API promises no order and no snapshot, so rows can move from a page to another between two requests.
Source: the API reference of HSS, offset and limit; `total_num` is the number of all records that match.
"""

from __future__ import annotations

import functools
import json
import threading
from typing import Any, Callable, Dict, Hashable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from .._concurrency.executor import run_all
from .._errors import CancelledError, HssError, InvalidResponseError
from .._http.json_body import UNREADABLE, is_count
from .._http.models import Operation
from .client import Client, Reply
from .scopes import Scope, scope_query

PAGE_SIZE = 200  # records in a page, the most that the API gives
# Each page begins with the last record of the one before. Where one record goes and another comes behind it, the total stays and
# a third slips between two pages unseen; only the record that both have tells.
PAGE_STEP = PAGE_SIZE - 1
MAX_OFFSET = 2000000
MAX_ATTEMPTS = 5
CONCURRENT_PAGES = 16

Row = Dict[str, Any]


class Listing(NamedTuple):
    """A list: the operation that returns a page, the member that holds the rows, and the members that must be IDs.

    `unique`: the IDs identify a row. Otherwise full rows are compared, and equal rows are several.
    """

    operation: Operation
    member: str
    ids: Tuple[str, ...]
    unique: bool = True


class ListQuery(NamedTuple):
    """The request for a list of one scope: `path` follows the project ID. It is a GET, or a POST of `body` as JSON.

    `on_page` is called with each answer, also with those of a reading that is repeated, and by several threads.
    """

    scope: Scope
    path: Tuple[str, ...]
    filters: Sequence[Tuple[str, str]] = ()
    body: Optional[Mapping[str, Any]] = None
    on_page: Optional[Callable[[Mapping[str, Any]], None]] = None


class _Page(NamedTuple):
    rows: List[Row]
    keys: List[Hashable]
    total: int


class _Reading(NamedTuple):
    """All rows. `doubtful`: equal rows came in two responses, so a row may also have moved between them."""

    rows: List[Row]
    keys: List[Hashable]
    doubtful: bool


def read_all(client: Client, listing: Listing, query: ListQuery) -> List[Row]:
    """Return every row of the list.

    Raises InvalidResponseError if rows are malformed, or if the list changes during each of several readings.
    """
    previous: Optional[_Reading] = None
    for _reading in range(MAX_ATTEMPTS):
        reading = _read_once(client, listing, query)
        # A second reading with the same rows shows that equal rows are several, and not one that moved.
        if reading and (not reading.doubtful or (previous and previous.keys == reading.keys)):
            return reading.rows
        previous = reading
    raise InvalidResponseError.of(
        listing.operation,
        f"was read {MAX_ATTEMPTS} times, and the list changed during each of {MAX_ATTEMPTS} readings, or its total_num is wrong",
        consequence=", so no reading is complete.",
        hint="Try again when fewer records come and go. If it stays, compare total_num with the records, and ask support.",
        status_code=None,
    )


def read_pages(client: Client, listing: Listing, query: ListQuery) -> Iterator[List[Row]]:
    """Yield the rows of one page after another. Together they may lack rows that move meanwhile."""
    for offset in range(0, MAX_OFFSET + 1, PAGE_SIZE):  # pragma: no branch - a list of two million rows
        page = _page(listing, _fetch(client, listing, query, offset), {})
        yield page.rows
        if len(page.rows) < PAGE_SIZE or offset + PAGE_SIZE >= page.total:
            return


def _read_once(client: Client, listing: Listing, query: ListQuery) -> Optional[_Reading]:
    """Return the rows, or None if the total changed, or a row moved, while they were read."""
    texts: Dict[str, str] = {}
    first = _page(listing, _fetch(client, listing, query, 0), texts)
    offsets = range(PAGE_STEP, first.total - 1, PAGE_STEP)
    if offsets and offsets[-1] > MAX_OFFSET:
        raise InvalidResponseError.of(
            listing.operation,
            f"answered that there are {first.total} records",
            consequence=", more than the API's pages reach.",
            hint="Narrow the question with the module's filters.",
            status_code=None,
        )
    if not _fits(first, 0, first.total):
        return None
    further = _further_pages(client, listing, query, offsets, first.total, texts)
    return None if further is None else _joined([first, *further], listing.unique)


def _fetch(client: Client, listing: Listing, query: ListQuery, offset: int) -> Reply:
    """Request one page. Offset and limit are query parameters, also of a POST."""
    scope = query.scope
    page = [("limit", str(PAGE_SIZE)), ("offset", str(offset))]
    parameters = [*query.filters, *scope_query(scope), *page]
    reply = client.call(
        listing.operation, scope.region, query.path, parameters, project_id=scope.project_id, body=query.body
    )
    if query.on_page is not None:
        query.on_page(reply.data)
    return reply


def _further_pages(
    client: Client, listing: Listing, query: ListQuery, offsets: Sequence[int], total: int, texts: Dict[str, str]
) -> Optional[List[_Page]]:
    """Fetch the pages after the first concurrently; return None, and fetch no more, once one contradicts the total."""
    errors: List[HssError] = []
    contradicted = threading.Event()

    def page_at(offset: int) -> Optional[_Page]:
        # An error that `run` sees stops the whole task, and this may be one scope of many.
        if errors or contradicted.is_set():
            return None
        try:
            page = _page(listing, _fetch(client, listing, query, offset), texts)
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


def _joined(pages: List[_Page], unique: bool) -> Optional[_Reading]:
    """Return the rows of pages that overlap by one row, or None if a row moved."""
    rows: List[Row] = []
    keys: List[Hashable] = []
    seen: Set[Hashable] = set()
    repeated = False
    for page in pages:
        overlap = 1 if keys else 0
        if overlap and page.keys[:1] != keys[-1:]:
            return None
        added = page.keys[overlap:]
        # A row that moved to another page meanwhile is there twice, or not at all.
        repeated = repeated or not seen.isdisjoint(added) or (unique and len(set(added)) < len(added))
        seen.update(added)
        keys += added
        rows += page.rows[overlap:]
    if len(rows) != pages[0].total or (unique and repeated):
        return None
    return _Reading(rows, keys, repeated)


def _page(listing: Listing, reply: Reply, texts: Dict[str, str]) -> _Page:
    """Check one page. `texts` is shared by all pages: a description that thousands of rows repeat is kept in memory once."""
    rows, total = reply.data.get(listing.member), reply.data.get("total_num")
    if rows is None and is_count(total) and total == 0:
        rows = []
    if not isinstance(rows, list):
        problem = f"no list named {listing.member}"
    elif not is_count(total):
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
    return _Page(found, [_key(listing, row) for row in found], total or 0)


def _key(listing: Listing, row: Row) -> Hashable:
    """Return what is equal for two rows that are the same row: the IDs if they are unique, else the hash of the full row.

    Two different rows with one hash cost a further reading, and nothing else.
    """
    if listing.unique:
        return tuple(row[name] for name in listing.ids)
    return hash(json.dumps(row, sort_keys=True))


def _problem_of_rows(listing: Listing, rows: List[Any]) -> str:
    """Return what is wrong with the IDs of a page's rows, empty if nothing is."""
    if all(isinstance(row, dict) and all(is_id(row.get(name)) for name in listing.ids) for row in rows):
        return ""
    for row in rows:
        for name in listing.ids:
            if not isinstance(row, dict) or not isinstance(row.get(name), str) or not row[name]:
                return f"a record without {' and '.join(listing.ids)}"
            if not is_id(row[name]):
                return f"a record whose {name} ({ascii(row[name])[:80]}) cannot be an ID"
    return ""  # pragma: no cover - one of them is wrong


def is_id(value: Any) -> bool:
    """Return whether it can be an ID: text that can be sent, and as a part of a path leaves that path as it is."""
    return isinstance(value, str) and value not in ("", ".", "..") and UNREADABLE not in value
