# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single flight: concurrent callers of one key share one call and its result or error."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Hashable


class SingleFlight:
    """Makes the value of a key once, while others who want the same one wait.

    What fails is not tried anew: whoever waited, or comes later, gets the same error. A refused signature or password that each
    of them repeated would lock the key or the user.
    """

    def __init__(self) -> None:
        self._values: Dict[Hashable, Any] = {}
        self._errors: Dict[Hashable, Exception] = {}
        self._locks: Dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, fetch: Callable[[], Any]) -> Any:
        with self.lock_for(key):
            if key in self._errors:  # pragma: no cover - only where two threads wait for one that fails
                raise self._errors[key]
            if key not in self._values:
                try:
                    self._values[key] = fetch()
                except Exception as error:
                    self._errors[key] = error
                    raise
            return self._values[key]

    def lock_for(self, key: Hashable) -> threading.Lock:
        """Return the lock of a key, for callers that keep the value themselves because it can become stale."""
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())
