#!/usr/bin/python
# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hss_cluster_info
short_description: List the container clusters that Huawei Cloud Host Security Service knows, with their last scan
version_added: 1.0.0
author:
  - Contributors to the huaweicloud.hss collection (@huaweicloud-hss)
description:
  - Lists the container clusters that Host Security Service (HSS) knows in a project, each with the time of its last scan and the
    resulting state - scanned, unscanned, or stale.
  - It lists the clusters that M(huaweicloud.hss.hss_cluster_statistics) only counts.
  - It fails closed. All pages of the list are read, several concurrently. If clusters are added or removed meanwhile, the list is read again, and
    the task fails if no attempt is complete. It also fails for a cluster without an ID, or with an invalid scan time.
  - It calls C(GET /v5/{project_id}/kubernetes/clusters), 200 clusters in a page, and before that IAM when no project ID is known.
notes:
  - If the account has enterprise projects, set O(enterprise_project_id=all_granted_eps). The cloud's default is the default
    enterprise project only, and clusters elsewhere would be missing.
  - An empty list is a valid result, also for a project without clusters. If clusters are expected, assert that too.
  - ansible-core prints the literal source of a failed task, and the values of a task's C(environment:) with C(-vvv). Keep secrets in
    variables (such as those of a vault) or in the environment of C(ansible-playbook) itself, never in the task, nor in its C(environment:).
extends_documentation_fragment:
  - huaweicloud.hss.attributes
  - huaweicloud.hss.client
options:
  cluster_name:
    description:
      - Only clusters of exactly this name, 1 to 256 characters. Several can have the same one.
    type: str
  scan_state:
    description:
      - Only clusters of this state. V(any) lists all.
      - V(unscanned) are those that were never scanned.
      - V(stale) are those whose last scan is older than O(max_scan_age), which has to be given then, and those whose last scan is
        dated more than 15 minutes in the future, whose age is not known.
      - V(scanned) are all others, so without O(max_scan_age) all that were ever scanned, except those dated in the future.
    type: str
    choices: [any, scanned, unscanned, stale]
    default: any
  max_scan_age:
    description:
      - The age from which on a scan is stale, such as V(7d), V(24h), V(90m), V(2w) or a number of seconds. Above 0.
      - It is measured by the later of the clock of the host that runs the module and the cloud's own, as its answers give it.
      - If not given, no scan is too old, however old it is.
    type: str
  agent_info:
    description:
      - Whether to load the numbers of nodes by the state of their agent, such as RV(clusters[].agent_not_install_num). A cluster without a
        working agent cannot be scanned.
    type: bool
    default: false
    version_added: 2.0.0
seealso:
  - module: huaweicloud.hss.hss_cluster_sync
  - module: huaweicloud.hss.hss_cluster_statistics
  - module: huaweicloud.hss.hss_cluster_risk_info
  - name: API reference of HSS
    description: The operation ListKubernetesClusterDetails.
    link: https://support.huaweicloud.com/intl/en-us/api-hss2.0/ListKubernetesClusterDetails.html
"""

EXAMPLES = r"""
- name: List all clusters of a region, with credentials and project from the environment
  huaweicloud.hss.hss_cluster_info:
    region: cn-north-4
    enterprise_project_id: all_granted_eps
  register: hss

- name: Show when each was scanned
  ansible.builtin.debug:
    msg: "{{ hss.clusters | items2dict(key_name='cluster_name', value_name='last_scan') }}"

- name: List the clusters that were never scanned
  huaweicloud.hss.hss_cluster_info:
    region: cn-north-4
    enterprise_project_id: all_granted_eps
    scan_state: unscanned
  register: unscanned

- name: Count them too
  huaweicloud.hss.hss_cluster_statistics:
    region: cn-north-4
    enterprise_project_id: all_granted_eps
  register: counted

- name: No cluster may be left unscanned, and the message names those that are
  ansible.builtin.assert:
    that:
      - counted.statistics.all_cluster_num > 0
      - counted.statistics.unscan_cluster_num == 0
      - unscanned.clusters | length == 0
    fail_msg: "Never scanned: {{ unscanned.clusters | map(attribute='cluster_name') | join(', ') }}"

- name: List the clusters whose last scan is more than a week old, with a key pair from variables (such as those of a vault)
  huaweicloud.hss.hss_cluster_info:
    region: cn-north-4
    project_id: "{{ hss_project_id }}"
    access_key: "{{ hss_access_key }}"
    secret_key: "{{ hss_secret_key }}"
    scan_state: stale
    max_scan_age: 7d

- name: List the clusters with a node that has no working agent, and say how old the inventory of HSS is
  huaweicloud.hss.hss_cluster_info:
    region: cn-north-4
    enterprise_project_id: all_granted_eps
    agent_info: true
  register: hss

- name: Name them
  ansible.builtin.debug:
    msg: >-
      By the inventory of {{ hss.inventory_updated_at }}:
      {{ hss.clusters | selectattr('agent_not_install_num', 'gt', 0) | map(attribute='cluster_name') | join(', ') }}

- name: Look at one cluster
  huaweicloud.hss.hss_cluster_info:
    region: cn-north-4
    cluster_name: cluster-1
    max_scan_age: 24h
"""

RETURN = r"""
clusters:
  description:
    - The clusters, in the order of the API. Each has every field that the API returns, under the API's name, and two that the module adds.
    - A field that the API omits is absent.
  returned: success
  type: list
  elements: dict
  contains:
    scan_state:
      description: V(unscanned), V(stale) if the last scan is older than O(max_scan_age) or dated in the future, or else V(scanned). Added
        by the module.
      type: str
      returned: success
      sample: scanned
    last_scan:
      description: RV(clusters[].last_scan_time) in UTC, V(null) if there was none. Added by the module.
      type: str
      returned: success
      sample: "2026-11-25T01:02:03Z"
    id:
      description: The ID of the record. Its relation to RV(clusters[].cluster_id) is not documented.
      type: str
      returned: if the API returns it
      sample: a1b2c3d4
    cluster_id:
      description: The ID of the cluster.
      type: str
      returned: success
      sample: 11111111-2222-3333-4444-555555555555
    cluster_name:
      description: The name of the cluster.
      type: str
      returned: if the API returns it
      sample: prod-1
    version:
      description: The Kubernetes version of the cluster.
      type: str
      returned: if the API returns it
      sample: v1.29
    cluster_type:
      description: V(k8s) native Kubernetes, V(cce), V(ali), V(tencent), V(azure), V(aws), V(self_built_hw) self-built on Huawei
        Cloud, or V(self_built_idc) self-built elsewhere. Other values are passed on.
      type: str
      returned: if the API returns it
      sample: cce
    status:
      description: V(Available), V(Unavailable), V(ScalingUp), V(ScalingDown), V(Creating), V(Deleting), V(Upgrading), V(Resizing),
        V(RollingBack), V(RollbackFailed) or V(Empty). Other values are passed on.
      type: str
      returned: if the API returns it
      sample: Available
    total_nodes_number:
      description: The number of nodes.
      type: int
      returned: if the API returns it
      sample: 6
    active_nodes_number:
      description: The number of healthy nodes.
      type: int
      returned: if the API returns it
      sample: 6
    creation_timestamp:
      description: When the cluster was created, probably in milliseconds since the epoch. The API reference names no unit.
      type: int
      returned: if the API returns it
      sample: 1751328000000
    agent_installed_num:
      description: The number of nodes with an installed agent. The API fills the numbers of nodes by agent state only with O(agent_info=true).
      type: int
      returned: if the API returns it
      sample: 6
    agent_install_failed_num:
      description: The number of nodes on which the installation of the agent failed, see RV(clusters[].agent_installed_num).
      type: int
      returned: if the API returns it
      sample: 0
    agent_not_install_num:
      description: The number of nodes without an agent, see RV(clusters[].agent_installed_num).
      type: int
      returned: if the API returns it
      sample: 0
    agent_ds_install_status:
      description: Whether the DaemonSet of the agent is installed, V(Installed) or V(NotInstall). Within 10 minutes of
        RV(clusters[].last_operate_timestamp) it may still be in progress.
      type: str
      returned: if the API returns it
      sample: Installed
    agent_ds_failed_reason:
      description: Why the last operation on the DaemonSet failed.
      type: str
      returned: if the API returns it
      sample: ""
    last_operate_timestamp:
      description: When the last operation on the DaemonSet took place, probably in milliseconds since the epoch. The API reference
        names no unit.
      type: int
      returned: if the API returns it
      sample: 1767168000000
    last_scan_time:
      description: When the cluster was last scanned, in milliseconds since the epoch, as documented by the API reference of
        C(ListKubernetesClusterDetails) (0 to 4071095999000). A missing value, V(null) and V(0) are treated as never scanned,
        since the API reference does not say how that is expressed.
      type: int
      returned: if the API returns it
      sample: 1795568523000
    sys_vul_num:
      description: The number of system vulnerabilities.
      type: int
      returned: if the API returns it
      sample: 3
    app_vul_num:
      description: The number of application vulnerabilities.
      type: int
      returned: if the API returns it
      sample: 1
    emg_vul_num:
      description: The number of emergency vulnerabilities.
      type: int
      returned: if the API returns it
      sample: 0
    risk_assess_num:
      description: The number of findings of the risk assessment.
      type: int
      returned: if the API returns it
      sample: 4
    sec_comp_num:
      description: The number of findings of the security compliance check.
      type: int
      returned: if the API returns it
      sample: 2
inventory_updated_at:
  description:
    - When HSS last collected its inventory, C(last_update_time) of the API, in UTC. V(null) if the API does not say it.
    - HSS collects it about every 24 hours, or when told to by M(huaweicloud.hss.hss_cluster_sync). A cluster that was created since is in no
      list and in no count. That the API's number is in milliseconds is an assumption; its reference names no unit.
  returned: success
  type: str
  sample: "2026-11-24T22:00:00Z"
collected_at:
  description: When the list was complete, in UTC by the clock of the host that runs the module. Ages are measured from then.
  returned: success
  type: str
  sample: "2026-11-25T01:02:03Z"
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
region:
  description: The region that was queried, V(null) if only O(endpoint) was given.
  returned: success
  type: str
  sample: cn-north-4
project_id:
  description: The project that was queried.
  returned: success
  type: str
  sample: 00000000000000000000000000000abc
enterprise_project_id:
  description: The enterprise project that was queried, V(null) if none was sent.
  returned: success
  type: str
  sample: all_granted_eps
request_id:
  description: The cloud's ID of the request that failed the task, for support cases.
  returned: failure, if known
  type: str
  sample: 7f3c0d5e9b1a4c55
status_code:
  description: The HTTP status of the response that failed the task.
  returned: failure, if a response was received
  type: int
  sample: 401
error_code:
  description: The cloud's error code.
  returned: failure, if the response has one
  type: str
  sample: APIGW.0301
service:
  description: The service that was called, V(HSS) or V(IAM).
  returned: failure, if a request was made
  type: str
  sample: HSS
operation:
  description: The API operation that was called.
  returned: failure, if a request was made
  type: str
  sample: ListKubernetesClusterDetails
"""

from ansible_collections.huaweicloud.hss.plugins.module_utils._module import run_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.clusters import (
    by_scan_state,
    check_cluster_options,
    list_inventory,
    provenance,
)
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.iam import task_scope

OPTIONS = {
    "cluster_name": {"type": "str"},
    "scan_state": {"type": "str", "default": "any", "choices": ["any", "scanned", "unscanned", "stale"]},
    "max_scan_age": {"type": "str"},
    "agent_info": {"type": "bool", "default": False},
}


def collect(client: Client, params: dict) -> dict:
    """Return the clusters of the requested state, with the scope and the time of the query."""
    max_age = check_cluster_options(params)
    scope = task_scope(client)
    inventory = list_inventory(client, scope, params["cluster_name"], params["agent_info"])
    return {
        "clusters": by_scan_state(inventory.clusters, params["scan_state"], client.now(), max_age),
        "inventory_updated_at": inventory.updated_at,
        **provenance(client, scope, client.clock.now()),
    }


def main() -> None:
    run_module(collect, OPTIONS, threads=True)


if __name__ == "__main__":
    main()
