# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

# The documentation is in the YAML file beside this one, since ansible-core would parse it here at each use in every task.
import gc
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

# Disable garbage collection during imports: each task is a fork of the controller that imports this again, the objects are
# permanent, and collecting them and the controller's own takes time.
_collector_runs = gc.isenabled()
gc.disable()
from ansible_collections.huaweicloud.hss.plugins.plugin_utils._query import look_up

if _collector_runs:
    gc.enable()


class LookupModule(LookupBase):
    def run(self, terms: Any, variables: Any = None, **options: Any) -> list:
        problem, result = look_up(terms, options)
        # Outside any except block, since ansible-core would print a pending exception.
        if problem is not None:
            raise AnsibleError(f"huaweicloud.hss.hss_cluster_statistics: {problem}")
        Display().v(f"huaweicloud.hss: the credential comes from {result['auth_source']}")
        return [result]
