# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: hss_cluster_statistics
short_description: Count container clusters by scan state, in the controller's own process
version_added: 0.1.0
author:
  - Contributors to the huaweicloud.hss collection (@huaweicloud-hss)
description:
  - Returns what the module M(huaweicloud.hss.hss_cluster_statistics) returns, for templates, and for gates where even the process of
    one module is too much. It takes the same options and shares the module's code.
  - It fails closed, as the module does.
notes:
  - It runs on the controller and reads the environment and the files there. The C(environment:) of a task or play does not reach it.
  - It runs again whenever its expression is templated. A variable that holds the expression asks the cloud at each use; keep the answer
    with M(ansible.builtin.set_fact), or use the module and C(register).
  - Never give it C(errors='ignore') in a gate. What it returns then is empty, and an empty answer is easily taken for a good one.
  - Options are given in the expression itself. Keep secrets in variables there, since ansible-core prints the source of a failed task.
extends_documentation_fragment:
  - huaweicloud.hss.client
  - huaweicloud.hss.scopes
options:
  _terms:
    description: There are none.
seealso:
  - module: huaweicloud.hss.hss_cluster_statistics
"""

EXAMPLES = r"""
- name: Ask once about the whole account
  ansible.builtin.set_fact:
    hss: "{{ lookup('huaweicloud.hss.hss_cluster_statistics', all_projects=true) }}"

- name: No cluster of the account may be left unscanned
  ansible.builtin.assert:
    that:
      - hss.complete
      - hss.statistics.unscan_cluster_num == 0

- name: Two counts of one region, with keys that are kept in variables, asked once
  ansible.builtin.set_fact:
    hss_counts: "{{ lookup('huaweicloud.hss.hss_cluster_statistics', region='cn-north-4', access_key=hss_access_key,
      secret_key=hss_secret_key, enterprise_project_id='all_granted_eps').statistics }}"

- name: Use them
  ansible.builtin.debug:
    msg: "{{ hss_counts.unscan_cluster_num }} of {{ hss_counts.all_cluster_num }} clusters are unscanned."
"""

RETURN = r"""
_raw:
  description: One dictionary, the result of M(huaweicloud.hss.hss_cluster_statistics) without C(changed) and C(ansible_facts).
  type: list
  elements: dict
"""

import gc
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

# Each task is a new fork of the controller, which imports this anew. Imports make much that stays, and the collector would go
# through all of it, and the controller's own, again and again.
_collector_runs = gc.isenabled()
gc.disable()
from ansible_collections.huaweicloud.hss.plugins.module_utils._lookup import look_up

if _collector_runs:
    gc.enable()


class LookupModule(LookupBase):
    def run(self, terms: Any, variables: Any = None, **options: Any) -> list:
        problem, result = look_up(terms, options)
        # Outside of any except block: ansible-core would print the exception that is pending.
        if problem is not None:
            raise AnsibleError(f"huaweicloud.hss.hss_cluster_statistics: {problem}")
        Display().v(f"huaweicloud.hss: the credential comes from {result['auth_source']}")
        return [result]
