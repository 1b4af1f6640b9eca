# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Event source of ansible-rulebook. The loop is in plugins/plugin_utils/_event_source.py; here is how it is found."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import pathlib
import sys
import types
from typing import Any, Dict

DOCUMENTATION = r"""
---
short_description: Tell when the counts of container clusters by scan state change
description:
  - Asks Host Security Service (HSS) of Huawei Cloud what the module M(huaweicloud.hss.hss_cluster_statistics) asks, again and again, and
    emits an event for the first answer and for each that differs from the one before.
  - An answer differs by its counts, by those of a scope, by the scopes that answered, failed or were skipped. Its moment and the IDs of
    requests do not count.
  - It takes the options of the module and shares its code. It fails closed, as the module does. No event holds a number that the cloud
    did not say.
notes:
  - Options are checked, and the environment and the files read, anew for each question. They are those of C(ansible-rulebook).
  - It ends with a message when a credential is refused (HTTP 401), also in one scope of several, since five refused signatures lock an
    access key.
  - Keep credentials in the environment of C(ansible-rulebook), or in files that it names, and not in the rulebook.
  - The Python that runs C(ansible-rulebook) needs C(ansible-core) and C(requests).
extends_documentation_fragment:
  - huaweicloud.hss.client
  - huaweicloud.hss.scopes
options:
  interval:
    description:
      - Seconds from an answer to the next question, 10 to 86400. It must not be empty.
    type: float
    default: 300
"""

EXAMPLES = r"""
- name: One region
  huaweicloud.hss.hss_cluster_statistics:
    region: cn-north-4
    enterprise_project_id: all_granted_eps

- name: The whole account, once in a quarter of an hour, and the counts of those that answer where others do not
  huaweicloud.hss.hss_cluster_statistics:
    all_projects: true
    on_scope_error: continue
    deadline: 120
    interval: 900
"""

RETURN = r"""
hss_cluster_statistics:
  description:
    - The fact of M(huaweicloud.hss.hss_cluster_statistics). What is null there is left out, since the conditions of a rulebook take null for
      defined. So there are no counts where C(complete) is V(false).
  returned: with an answer
  type: dict
previous:
  description: The answer before this one, however long ago.
  returned: where there was one
  type: dict
error:
  description:
    - What failed in passing, such as throttling, a lost connection, an error of the server, or scopes that did not answer.
    - It is told once, and again only when the cause is another one.
  returned: without an answer
  type: str
"""

# Any name that nobody else uses.
PACKAGE = "huaweicloud_hss_plugins"


async def main(queue: asyncio.Queue[Any], args: Dict[str, Any]) -> None:
    """What ansible-rulebook calls; it ends by an exception, or when it is cancelled."""
    await _load("plugin_utils._event_source").watch(queue.put, args)


def _load(name: str) -> types.ModuleType:
    """A file of plugins/ of this very collection, and with it those that it imports.

    ansible-rulebook runs this file by its path. It knows no ansible_collections package, and the one that may be in site-packages holds
    other collections. The files below plugins/ import one another relatively, so any package that is their folder will do.
    """
    if importlib.util.find_spec("ansible") is None:
        raise ImportError(
            "huaweicloud.hss.hss_cluster_statistics: ansible-core is missing for the Python that runs ansible-rulebook, "
            f"{sys.executable} (pip install ansible-core)."
        )
    if PACKAGE not in sys.modules:
        package = types.ModuleType(PACKAGE)
        package.__path__ = [str(pathlib.Path(__file__).resolve().parents[4] / "plugins")]
        sys.modules[PACKAGE] = package
    return importlib.import_module(f"{PACKAGE}.{name}")
