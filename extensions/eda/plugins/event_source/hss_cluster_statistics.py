# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Event source of ansible-rulebook. This file loads plugins/plugin_utils/_event_source.py, which has the loop."""

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
short_description: Emit an event when the counts of container clusters by scan state change
description:
  - Queries Host Security Service (HSS) of Huawei Cloud in an interval, as the module M(huaweicloud.hss.hss_cluster_statistics) does, and
    emits an event for the first result and for each that differs from the previous one.
  - A result differs if its counts, those of a scope, or the sets of scopes that answered, failed or were skipped differ. Its time and the IDs
    of requests are not compared.
  - It takes the options of the module and shares its code. It fails closed, as the module does. No event contains a number that the cloud
    did not return.
notes:
  - Options are validated, and the environment and files of C(ansible-rulebook) read, again for each query.
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
      - Seconds from a result to the next query, 10 to 86400. It must not be empty.
    type: float
    default: 300
"""

EXAMPLES = r"""
- name: One region
  huaweicloud.hss.hss_cluster_statistics:
    region: cn-north-4
    enterprise_project_id: all_granted_eps

- name: The whole account, every 15 minutes, with the counts of the scopes that answer if others do not
  huaweicloud.hss.hss_cluster_statistics:
    all_projects: true
    on_scope_error: continue
    deadline: 120
    interval: 900
"""

RETURN = r"""
hss_cluster_statistics:
  description:
    - The fact of M(huaweicloud.hss.hss_cluster_statistics). Keys that are null there are left out, since conditions of a rulebook treat null as
      defined. So there are no counts where C(complete) is V(false).
  returned: with an answer
  type: dict
previous:
  description: The previous result, however long ago.
  returned: if there was one
  type: dict
error:
  description:
    - A temporary failure, such as throttling, a lost connection, an error of the server, or scopes that did not answer.
    - It is reported once, and again only when the cause changes.
  returned: without an answer
  type: str
"""

# A name that no other package uses.
PACKAGE = "huaweicloud_hss_plugins"


async def main(queue: asyncio.Queue[Any], args: Dict[str, Any]) -> None:
    """Run the event source for ansible-rulebook, until it is cancelled or an exception is raised."""
    await _load("plugin_utils._event_source").watch(queue.put, args)


def _load(name: str) -> types.ModuleType:
    """Import a module of this collection's plugins/, by its name relative to that folder.

    ansible-rulebook runs this file by its path. It has no ansible_collections package, and one that may be in site-packages contains
    other collections. The files below plugins/ import one another relatively, so a package of any name with that path will do.
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


def _room(name: str) -> types.ModuleType:
    """Import the event source by the name that it had in 1.0.0, for scripts that run it without ansible-rulebook."""
    return _load("plugin_utils._event_source" if name == "_watch" else name)
