# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short ways to write faults. Each takes the match keys too: service, path, times, skip, random, and delay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def answer(status: int = 200, body: Any = None, headers: dict[str, str] | None = None, **match: Any) -> dict[str, Any]:
    return {"status": status, "body": body, "headers": headers or {}, **match}


def delay(seconds: float, **match: Any) -> dict[str, Any]:
    return {"delay": seconds, **match}


def drop(when: str = "before", **match: Any) -> dict[str, Any]:
    return {"drop": when, **match}


def truncate(length: int, **match: Any) -> dict[str, Any]:
    return {"truncate": length, **match}


def redirect(url: str, **match: Any) -> dict[str, Any]:
    return {"redirect": url, **match}


def html(**match: Any) -> dict[str, Any]:
    return {"html": True, **match}


def counts(values: dict[str, Any] | None = None, remove: Iterable[str] = (), **match: Any) -> dict[str, Any]:
    return {"counts": values or {}, "counts_remove": list(remove), **match}


def lose_answer(**match: Any) -> dict[str, Any]:
    """Carry out the request, then send the response of answer(), or close the connection without one."""
    return {"lose_answer": True, **match}


def alter(values: dict[str, Any], **match: Any) -> dict[str, Any]:
    return {"alter": values, **match}


def drift(step: int = 1, **match: Any) -> dict[str, Any]:
    """total_num grows by a step with every reading, the rows stay."""
    return {"drift": step, **match}


def moving(
    insert: int = 0,
    remove: int = 0,
    *,
    after: int = 1,
    times: int | None = 1,
    at: str = "start",
    row: dict[str, Any] | None = None,
    **match: Any,
) -> dict[str, Any]:
    """Rows come and go after so many pages; times=None for before every page that follows."""
    rows = {"insert": insert, "remove": remove, "at": at, "row": row or {}}
    return {"moving": rows, "skip": after, "times": times, **match}


def throttle(retry_after: str | None = None, **match: Any) -> dict[str, Any]:
    return {"throttle": {"retry_after": retry_after}, **match}


def slow_body(chunk: int, interval: float, **match: Any) -> dict[str, Any]:
    return {"slow_body": {"chunk": chunk, "interval": interval}, **match}


def error_in_200(**match: Any) -> dict[str, Any]:
    return {"error_in_200": True, **match}


def echo_secrets(**match: Any) -> dict[str, Any]:
    return {"echo_secrets": True, **match}
