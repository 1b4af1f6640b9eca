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
  - Reads the tasks by which Host Security Service (HSS) scans container clusters, one or many, and of one task what became of each cluster.
  - A module cannot print while it runs. To show how far a scan is, start it with O(huaweicloud.hss.hss_cluster_scan#module:wait=false) and
    ask with this module and C(until).
extends_documentation_fragment:
  - huaweicloud.hss.attributes
  - huaweicloud.hss.client
options:
  task_id:
    description:
      - The ID of one task. An ID that HSS does not know gives an empty list, not an error.
    type: str
  task_status:
    description:
      - Only tasks of this status. There is no status for a task that failed; it is V(finished), and its clusters tell.
    type: str
    choices:
      - ready
      - running
      - finished
  clusters:
    description:
      - Whether to list what became of each cluster of the task, too. It needs O(task_id), and with that it is V(true) if not given.
    type: bool
notes:
  - If the account has enterprise projects, set O(enterprise_project_id=all_granted_eps). The cloud's default is the default
    enterprise project only, and tasks and clusters elsewhere would go unseen.
  - ansible-core prints the literal source of a failed task. Keep secrets in variables (from a vault, say) or in the environment of
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

- name: Wait for it, and show each look
  huaweicloud.hss.hss_scan_task_info:
    region: cn-north-4
    task_id: "{{ scan.task.task_id }}"
  register: seen
  until: seen.tasks | length > 0 and seen.tasks[0].task_status == 'finished'
  retries: 100
  delay: 30
  when: scan.task is not none

- name: Which scans run, with a key pair that is kept in variables (from a vault, say)
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
  description: The tasks, newest first. The API's own fields under the API's names, and beside them the two times in ISO 8601.
  returned: success
  type: list
  elements: dict
  contains:
    task_id:
      description: The ID of the task.
      type: str
      returned: always
      sample: 0b5c3a5e-6f0f-4c58-9a3b-4f6f7a1c2d3e
    task_status:
      description: V(ready), V(running) or V(finished).
      type: str
      returned: where the API gives it
      sample: running
    started_at:
      description: When it started, in UTC. V(null) where that is not known.
      type: str
      returned: always
      sample: "2026-01-01T00:00:00Z"
    ended_at:
      description: When it ended, in UTC. V(null) where that is not known.
      type: str
      returned: always
      sample: "2026-01-01T00:05:00Z"
  sample:
    - task_id: 0b5c3a5e-6f0f-4c58-9a3b-4f6f7a1c2d3e
      task_type: cluster_scan
      task_name: cluster-scan
      trigger_type: manual
      task_status: finished
      start_time: 1767225600000
      end_time: 1767225900000
      started_at: "2026-01-01T00:00:00Z"
      ended_at: "2026-01-01T00:05:00Z"
      estimated_time: 0
      cluster_scan_info:
        scan_type_list: [cluster_vul, risk_assessment, benchmark]
        scanning_cluster_num: 0
        success_cluster_num: 3
        failed_cluster_num: 0
clusters:
  description: What became of each cluster of the task. The API's own fields under the API's names.
  returned: success, with O(task_id), unless O(clusters=false)
  type: list
  elements: dict
  sample:
    - cluster_id: 11111111-2222-3333-4444-555555555555
      cluster_name: prod-1
      cluster_type: cce
      scan_status: failed
      scan_detail_list:
        - scan_type: cluster_vul
          status: success
        - scan_type: benchmark
          status: failed
          failed_reason: agent offline
auth_source:
  description: The name of the source that the credential came from, see O(auth_method).
  returned: when a credential was found
  type: str
  sample: sdk_env
status_code:
  description: The HTTP status of the answer that failed the task.
  returned: failure, where an answer came
  type: int
  sample: 403
error_code:
  description: The cloud's error code.
  returned: failure, where the answer has one
  type: str
  sample: HSS.1010
service:
  description: The service that was called, V(HSS) or V(IAM).
  returned: failure, where something was called
  type: str
  sample: HSS
operation:
  description: The API operation that was called.
  returned: failure, where something was called
  type: str
  sample: ListTasks
request_id:
  description: The cloud's ID of the request that failed the task, for its support.
  returned: failure, where known
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
    """The tasks as the API has them, with their times."""
    return scan_tasks(client, params)


def main() -> None:
    run_module(collect, OPTIONS, threads=True)


if __name__ == "__main__":
    main()
