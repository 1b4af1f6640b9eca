#!/usr/bin/python
# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hss_cluster_sync
short_description: Let Huawei Cloud Host Security Service collect its inventory of container clusters, and wait
version_added: 2.0.0
author:
  - Contributors to the huaweicloud.hss collection (@huaweicloud-hss)
description:
  - Host Security Service (HSS) counts, lists and scans the clusters in its own inventory. It collects the inventory about every 24 hours, so a
    cluster that was created since is in no count. This module lets HSS collect it now, and waits until that has finished.
  - It has finished when the time of the inventory is later than the one that was read before. If HSS gave no time before, any time counts.
  - A cluster of CCE that stays unknown has to be connected in the HSS console, as clusters elsewhere have to be. M(huaweicloud.hss.hss_cluster_gate)
    names the clusters of CCE that HSS does not know.
  - For each scope it makes one request C(POST /v5/{project_id}/kubernetes/save-clusters), which is sent once, and reads
    C(GET /v5/{project_id}/kubernetes/clusters) before it and while it waits. If no project ID is known, it queries IAM first.
  - The request writes. A credential with a read-only policy of HSS is refused, and the message says which permission is missing.
extends_documentation_fragment:
  - huaweicloud.hss.attributes
  - huaweicloud.hss.client
  - huaweicloud.hss.scopes
attributes:
  check_mode:
    description: Starts nothing and does not wait. RV(scopes) lists what would be synchronised.
    support: full
  diff_mode:
    description: The inventory is not compared.
    support: N/A
options:
  enterprise_project_id:
    description:
      - The ID of an enterprise project, 1 to 256 characters, or V(all_granted_eps) for all that the credential has access to.
      - Taken from E(HW_ENTERPRISE_PROJECT_ID) if not given. If it is not set there, V(all_granted_eps) is sent, as
        M(huaweicloud.hss.hss_cluster_gate) does.
    type: str
  wait:
    description: Whether to wait until HSS has collected its inventory in each scope. With V(false) the task returns once that was started.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for all scopes together, 1 to 604800. A scope that has not finished by then has failed; its synchronisation goes on.
      - A query that is in progress at that moment, or waits for a quota of the cloud, is cancelled after 30 more seconds.
    type: int
    default: 300
  poll_interval:
    description:
      - Seconds between two queries of each scope, 1 to 3600.
      - The documented quota of the cloud is 5 requests of one operation in a minute for one user. One scope stays below it by default. With
        several, queries wait for the quota.
    type: int
    default: 15
notes:
  - Each run starts a synchronisation, so the task always reports a change. It is safe to run it again.
  - With several scopes all are started first, and then waited for together. The other scopes are synchronised even if one fails.
  - While waiting, a query that fails temporarily (throttled, no response, a server error) is repeated until O(wait_timeout).
  - ansible-core prints the literal source of a failed task. Keep secrets in variables (such as those of a vault) or in the environment of
    C(ansible-playbook) itself, never in the task.
seealso:
  - module: huaweicloud.hss.hss_cluster_gate
  - module: huaweicloud.hss.hss_cluster_info
  - name: API reference of HSS
    description: The operation CreateClustersInfo.
    link: https://support.huaweicloud.com/intl/en-us/api-hss2.0/CreateClustersInfo.html
"""

EXAMPLES = r"""
- name: Let HSS collect the clusters of a region, with credentials and project from the environment
  huaweicloud.hss.hss_cluster_sync:
    region: cn-north-4

- name: The same in every project of the account, with a key pair from variables (such as those of a vault)
  huaweicloud.hss.hss_cluster_sync:
    all_projects: true
    access_key: "{{ hss_access_key }}"
    secret_key: "{{ hss_secret_key }}"
    wait_timeout: 600
  register: sync

- name: Say how old each inventory was
  ansible.builtin.debug:
    msg: "{{ sync.scopes | items2dict(key_name='project_name', value_name='previous_inventory_updated_at') }}"
"""

RETURN = r"""
scopes:
  description: The scopes in which a synchronisation was started and has not failed; in check mode those in which it would be started.
  returned: success, and on failure once one was started
  type: list
  elements: dict
  contains:
    account:
      description: The account, see O(accounts). V(null) without several accounts.
      type: str
      returned: always
    region:
      description: The region, V(null) if only O(endpoint) was given.
      type: str
      returned: always
    project_id:
      description: The project's ID.
      type: str
      returned: always
    project_name:
      description: The project's name, V(null) if unknown.
      type: str
      returned: always
    enterprise_project_id:
      description: What was sent.
      type: str
      returned: always
    request_id:
      description: The cloud's ID of the request that started it. V(null) if it returned none, and in check mode.
      type: str
      returned: always
    previous_inventory_updated_at:
      description: When HSS had last collected its inventory before the task, in UTC. V(null) if unknown.
      type: str
      returned: always
    inventory_updated_at:
      description: When HSS last collected its inventory, in UTC. V(null) if unknown.
      type: str
      returned: always
    finished:
      description: Whether HSS has collected its inventory since the start. V(false) with O(wait=false) and in check mode.
      type: bool
      returned: always
  sample:
    - account:
      region: cn-north-4
      project_id: 00000000000000000000000000000abc
      project_name: cn-north-4
      enterprise_project_id: all_granted_eps
      request_id: 7f3c0d5e9b1a4c55
      previous_inventory_updated_at: "2026-11-24T22:00:00Z"
      inventory_updated_at: "2026-11-25T01:02:03Z"
      finished: true
inventory_updated_at:
  description: RV(scopes[].inventory_updated_at) of the only scope. V(null) if unknown, or if there are several.
  returned: as RV(scopes)
  type: str
  sample: "2026-11-25T01:02:03Z"
failed_scopes:
  description:
    - The scopes that failed, also after their synchronisation was started.
    - Each has the five keys of a scope, and C(request_id), C(msg), C(status_code) and C(error_code), V(null) where unknown.
  returned: as RV(scopes)
  type: list
  elements: dict
  sample: []
skipped_scopes:
  description:
    - The scopes that were left out on purpose, see O(all_projects).
    - Each has the five keys of a scope, C(request_id) and C(reason).
  returned: as RV(scopes)
  type: list
  elements: dict
  sample: []
throttled_seconds:
  description: The seconds in which at least one request waited because the cloud throttled its operation; V(0) if none was
    throttled. Requests that wait at the same time are counted once.
  returned: success and failure
  type: float
  sample: 0.0
auth_source:
  description: The name of the source that the credential came from, see O(auth_method).
  returned: when a credential was found
  type: str
  sample: sdk_env
status_code:
  description: The HTTP status of the response that failed the task.
  returned: failure, if a response was received
  type: int
  sample: 403
error_code:
  description: The cloud's error code.
  returned: failure, if the response has one
  type: str
  sample: HSS.0010
service:
  description: The service that was called, V(HSS) or V(IAM).
  returned: failure, if a request was made
  type: str
  sample: HSS
operation:
  description: The API operation that was called.
  returned: failure of a single scope, if a request was made
  type: str
  sample: CreateClustersInfo
request_id:
  description: The cloud's ID of the request that failed the task, for support cases.
  returned: failure, if known
  type: str
  sample: 7f3c0d5e9b1a4c55
"""

from ansible_collections.huaweicloud.hss.plugins.module_utils._module import run_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._scan.synchronisation import synchronise_all

OPTIONS = {
    **SCOPE_OPTIONS,
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "poll_interval": {"type": "int", "default": 15},
}


def collect(client: Client, params: dict) -> dict:
    """Start the synchronisation in each scope, wait, and return when each inventory was collected."""
    return synchronise_all(client, params)


def main() -> None:
    run_module(collect, OPTIONS, threads=True)


if __name__ == "__main__":
    main()
