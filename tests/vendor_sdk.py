# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's SDK for HSS, loaded on first use: it takes about a second, which a test of something else should not wait for."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    """Return a class of the SDK."""
    return getattr(importlib.import_module("huaweicloudsdkhss.v5"), name)
