#!/usr/bin/python
# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hss_scan_task_info
short_description: List the tasks that scan container clusters in Huawei Cloud Host Security Service
version_added: 1.0.0
author:
  - Contributors to the huaweicloud.hss collection (@huaweicloud-hss)
description:
  - Lists the tasks in which Host Security Service (HSS) scans container clusters, and for one task the outcome of each cluster.
  - A module cannot print while it runs. To show the progress of a scan, start it with O(huaweicloud.hss.hss_cluster_scan#module:wait=false) and
    poll with this module and C(until).
extends_documentation_fragment:
  - huaweicloud.hss.attributes
  - huaweicloud.hss.client
options:
  task_id:
    description:
      - The ID of one task, 1 to 64 characters. An ID that HSS does not know gives an empty list, not an error.
    type: str
  task_status:
    description:
      - Return only tasks of this status. There is no status for a failed task; it is V(finished), and its clusters have the result.
    type: str
    choices:
      - ready
      - running
      - finished
  clusters:
    description:
      - Whether to list the outcome of each cluster of the task too. Requires O(task_id), with which the default is V(true).
    type: bool
notes:
  - If the account has enterprise projects, set O(enterprise_project_id=all_granted_eps). The cloud's default is the default
    enterprise project only, and tasks and clusters elsewhere would be missing.
  - ansible-core prints the literal source of a failed task. Keep secrets in variables (such as those of a vault) or in the environment of
    C(ansible-playbook) itself, never in the task.
seealso:
  - module: huaweicloud.hss.hss_cluster_scan
  - name: API reference of HSS
    description: The operation ListTasks.
    link: https://support.huaweicloud.com/intl/en-us/api-hss2.0/ListTasks.html
"""

EXAMPLES = r"""
- name: Start a scan
  huaweicloud.hss.hss_cluster_scan:
    region: cn-north-4
    targets: unscanned
    wait: false
  register: scan

- name: Wait for it, and show each poll
  huaweicloud.hss.hss_scan_task_info:
    region: cn-north-4
    task_id: "{{ scan.task.task_id }}"
  register: seen
  until: seen.tasks | length > 0 and seen.tasks[0].task_status == 'finished'
  retries: 100
  delay: 30
  when: scan.task is not none

- name: List the running scans, with a key pair from variables (such as those of a vault)
  huaweicloud.hss.hss_scan_task_info:
    region: cn-north-4
    project_id: "{{ hss_project_id }}"
    access_key: "{{ hss_access_key }}"
    secret_key: "{{ hss_secret_key }}"
    task_status: running
  register: running
"""

RETURN = r"""
tasks:
  description:
    - The tasks, newest first. Each has every field that the API returns, under the API's name, plus the two times in ISO 8601.
    - A field that the API omits is absent. Values are passed on as the API returns them, V(null) included.
  returned: success
  type: list
  elements: dict
  contains:
    task_id:
      description: The ID of the task.
      type: str
      returned: always
      sample: 0b5c3a5e-6f0f-4c58-9a3b-4f6f7a1c2d3e
    task_type:
      description: Always V(cluster_scan), since no other tasks are listed.
      type: str
      returned: if the API returns it
      sample: cluster_scan
    task_name:
      description: The name of the task.
      type: str
      returned: if the API returns it
      sample: cluster-scan
    trigger_type:
      description: Who started it, V(manual) or V(schedule). Other values are passed on.
      type: str
      returned: if the API returns it
      sample: manual
    task_status:
      description: V(ready), V(running) or V(finished). There is no status for a failure, see RV(clusters). Other values are passed
        on.
      type: str
      returned: if the API returns it
      sample: finished
    start_time:
      description: When it started, in milliseconds since the epoch. The API reference names no unit; this one is documented by the
        vendor's Terraform provider.
      type: int
      returned: if the API returns it
      sample: 1767225600000
    end_time:
      description: When it ended, in the same unit.
      type: int
      returned: if the API returns it
      sample: 1767225900000
    started_at:
      description: When it started, in UTC. V(null) if unknown. Added by the module.
      type: str
      returned: always
      sample: "2026-01-01T00:00:00Z"
    ended_at:
      description: When it ended, in UTC. V(null) if unknown. Added by the module.
      type: str
      returned: always
      sample: "2026-01-01T00:05:00Z"
    estimated_time:
      description: Minutes left, as the cloud estimates.
      type: int
      returned: if the API returns it
      sample: 0
    cluster_scan_info:
      description: The scan types, and how many clusters are being scanned, were scanned, and failed.
      type: dict
      returned: if the API returns it
      contains:
        scan_type_list:
          description: The types of the scan, V(cluster_vul), V(risk_assessment) and V(benchmark).
          type: list
          elements: str
          returned: if the API returns it
          sample: [cluster_vul, risk_assessment, benchmark]
        scanning_cluster_num:
          description: The number of clusters that are being scanned.
          type: int
          returned: if the API returns it
          sample: 0
        success_cluster_num:
          description: The number of clusters that were scanned.
          type: int
          returned: if the API returns it
          sample: 3
        failed_cluster_num:
          description: The number of clusters whose scan failed.
          type: int
          returned: if the API returns it
          sample: 0
    iac_scan_info:
      description: The files of a scan of files. Absent or V(null) for scans of clusters.
      type: dict
      returned: if the API returns it
      contains:
        file_type:
          description: V(dockerfile) or V(k8s_yaml).
          type: str
          returned: if the API returns it
          sample: k8s_yaml
        scan_file_num:
          description: The number of files.
          type: int
          returned: if the API returns it
          sample: 1
        success_file_num:
          description: The number of files that were scanned.
          type: int
          returned: if the API returns it
          sample: 1
        failed_file_num:
          description: The number of files whose scan failed.
          type: int
          returned: if the API returns it
          sample: 0
clusters:
  description:
    - The outcome of each cluster of the task. Each has every field that the API returns, under the API's name.
    - A field that the API omits is absent. Values are passed on as the API returns them, V(null) included.
  returned: success, with O(task_id), unless O(clusters=false)
  type: list
  elements: dict
  contains:
    cluster_id:
      description: The ID of the cluster.
      type: str
      returned: always
      sample: 11111111-2222-3333-4444-555555555555
    cluster_name:
      description: The name of the cluster.
      type: str
      returned: if the API returns it
      sample: prod-1
    cluster_type:
      description: V(cce), V(ali), V(tencent), V(azure), V(aws), V(self_built_hw) self-built on Huawei Cloud, or V(self_built_idc)
        self-built elsewhere. Other values are passed on.
      type: str
      returned: if the API returns it
      sample: cce
    cluster_version:
      description: The Kubernetes version of the cluster.
      type: str
      returned: if the API returns it
      sample: v1.29
    scan_status:
      description: V(scanning), V(success) or V(failed). Other values are passed on.
      type: str
      returned: if the API returns it
      sample: failed
    start_time:
      description: When its scan started, probably in milliseconds since the epoch. The API reference of C(ListTaskResources) names
        no unit.
      type: int
      returned: if the API returns it
      sample: 1767225600000
    end_time:
      description: When its scan ended, in the same unit.
      type: int
      returned: if the API returns it
      sample: 1767225900000
    scan_detail_list:
      description: The outcome by scan type. The reason of a failure is here.
      type: list
      elements: dict
      returned: if the API returns it
      contains:
        scan_type:
          description: V(cluster_vul), V(risk_assessment) or V(benchmark).
          type: str
          returned: if the API returns it
          sample: benchmark
        status:
          description: V(scanning), V(success) or V(failed).
          type: str
          returned: if the API returns it
          sample: failed
        failed_reason:
          description: Why it failed.
          type: str
          returned: if the API returns it
          sample: agent offline
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
  sample: HSS.1010
service:
  description: The service that was called, V(HSS) or V(IAM).
  returned: failure, if a request was made
  type: str
  sample: HSS
operation:
  description: The API operation that was called.
  returned: failure, if a request was made
  type: str
  sample: ListTasks
request_id:
  description: The cloud's ID of the request that failed the task, for support cases.
  returned: failure, if known
  type: str
  sample: 7f3c0d5e9b1a4c55
"""

from ansible_collections.huaweicloud.hss.plugins.module_utils._module import run_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.scan_tasks import scan_tasks

OPTIONS = {
    "task_id": {"type": "str"},
    "task_status": {"type": "str", "choices": ["ready", "running", "finished"]},
    "clusters": {"type": "bool"},
}


def collect(client: Client, params: dict) -> dict:
    """Return the tasks as the API returns them, with their times in ISO 8601."""
    return scan_tasks(client, params)


def main() -> None:
    run_module(collect, OPTIONS, threads=True)


if __name__ == "__main__":
    main()
