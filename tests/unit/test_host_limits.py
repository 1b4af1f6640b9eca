# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test that exhausted resources of the host are named, and not reported as a bug."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConnectionFailedError
from ansible_collections.huaweicloud.hss.plugins.module_utils._formatting import describe_bug
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Operation, Request
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.transport import Transport
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets


@pytest.mark.parametrize(
    "error,words",
    [
        (MemoryError(), "no memory left"),
        (RuntimeError("can't start new thread"), "cannot start a new thread"),
        (OSError(errno.EMFILE, "Too many open files"), "too many open files"),
        (OSError(errno.ENFILE, "x"), "too many open files"),
        (OSError(errno.ENOSPC, "x"), "disk"),
        (OSError(errno.ENOMEM, "x"), "no memory"),
    ],
    ids=repr,
)
def test_a_limit_is_named(error: Exception, words: str) -> None:
    text = describe_bug(error)
    assert words in text and "bug" not in text and "Nothing was concluded" in text


@pytest.mark.parametrize("error", [RuntimeError("x"), OSError("x"), OSError(errno.EPERM, "x"), KeyError("x")], ids=repr)
def test_anything_else_is_a_bug(error: Exception) -> None:
    assert describe_bug(error).startswith("This is a bug in huaweicloud.hss")


def test_no_more_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*arguments: Any, **named: Any) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", none)
    transport = Transport(verify=True, timeout=5.0, max_retries=0, environ={}, secrets=Secrets(), clock=Clock())
    with pytest.raises(ConnectionFailedError, match="too many open files") as caught:
        request = Request("GET", "http://127.0.0.1:1/", {})
        transport.send(request, Operation("HSS", "x"), lambda request, when: {}, lambda refused: False)
    assert "ulimit -n" in str(caught.value.hint)
