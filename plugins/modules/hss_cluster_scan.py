#!/usr/bin/python
# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hss_cluster_scan
short_description: Scan container clusters with Huawei Cloud Host Security Service, and wait
version_added: 1.0.0
author:
  - Contributors to the huaweicloud.hss collection (@huaweicloud-hss)
description:
  - Starts a scan of clusters by Host Security Service (HSS), and waits until it has finished.
  - It does not start what is running already. Clusters that a running task scans for all of O(scan_types) are left to that task, which is
    waited for; only the rest is started. So a playbook may be run again while a scan runs.
  - Nothing is started beside a running task of which it is not known what it scans, because HSS names no scan types, lists its clusters not
    yet or not all, or gives a status that is not documented. The module waits until that is known, at most for O(wait_timeout), and then starts
    what is left. With O(wait=false) it waits 12 seconds, and then starts nothing and names the task in RV(unclear_tasks).
  - The list of tasks is read again one to two seconds later, right before a scan is started, and after that until the new task is in it.
    Two controllers that start at the same moment can still start two scans of the same clusters, since the cloud has no lock for that; the one
    that sees the other's task names it in RV(concurrent_tasks). Hosts of one play should take turns, with C(throttle=1).
  - On the controller nothing is started any more once C(ansible-playbook) has ended, for instance by a signal, which ansible-core before
    2.19 does not tell a running module. This needs a local connection and Linux, and does not apply with C(async).
  - A scan is asked for once. Where the answer is lost, the list of tasks is looked at for a new task that scans the clusters; if there is none,
    the task fails and says that whether a scan was started is not known.
  - Clusters whose scan failed fail the task, which names each with its reasons. So do clusters that HSS left out of the scan.
extends_documentation_fragment:
  - huaweicloud.hss.attributes
  - huaweicloud.hss.client
attributes:
  check_mode:
    description: Starts nothing, waits for nothing, and says in RV(clusters) what would be scanned.
    support: full
  diff_mode:
    description: A scan changes nothing that could be compared.
    support: N/A
options:
  targets:
    description:
      - Which clusters to scan. Required, unless O(task_id) is given.
      - V(unscanned) are those that were never scanned.
      - V(stale) are those whose last scan is older than O(max_scan_age), those whose last scan is dated more than 15 minutes in the future
        (its age is not known), and those that were never scanned.
      - V(all) are all that HSS knows in the project.
      - V(listed) are those of O(cluster_ids) and O(cluster_names).
    type: str
    choices:
      - unscanned
      - stale
      - all
      - listed
  cluster_ids:
    description:
      - IDs of clusters, for O(targets=listed) only. One that HSS does not know fails the task before anything is started.
    type: list
    elements: str
  cluster_names:
    description:
      - Names of clusters, for O(targets=listed) only, beside O(cluster_ids) or in place of it. A name stands for all clusters that have it;
        one that HSS does not know fails the task before anything is started.
    type: list
    elements: str
  max_scan_age:
    description:
      - For O(targets=stale) only, and needed there. How old the last scan of a cluster may be, such as V(7d), V(24h), V(90m), or a number of
        seconds.
    type: str
  scan_types:
    description:
      - What to scan for, namely vulnerabilities, risks, and deviations from the benchmark.
    type: list
    elements: str
    choices:
      - cluster_vul
      - risk_assessment
      - benchmark
    default:
      - cluster_vul
      - risk_assessment
      - benchmark
  task_id:
    description:
      - The ID of a scan task that is there, to wait for. Nothing is started then, O(targets) does not count, and RV(clusters) are all of that
        task.
    type: str
  wait:
    description:
      - Whether to wait until the scan has finished. Without it the task returns what is known by then; what is still being scanned is not judged.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait, 1 to 604800. The task fails after that and the scan goes on; O(task_id) picks it up.
      - A wait for a running task to show what it scans is a part of it.
      - A request that is being tried again at that moment (see O(max_retries)) is still brought to its end.
    type: int
    default: 3600
  poll_interval:
    description:
      - Seconds between two looks at the scan, 1 to 3600.
    type: int
    default: 10
notes:
  - If the account has enterprise projects, set O(enterprise_project_id=all_granted_eps). The cloud's default is the default
    enterprise project only, and clusters elsewhere would go unseen.
  - While waiting, a look that fails in passing (throttled, no answer, an error of the server) is made again until O(wait_timeout).
  - How many clusters a single scan may name is not documented by the cloud. All that lack the same scan types are asked for at once.
  - ansible-core prints the literal source of a failed task. Keep secrets in variables (from a vault, say) or in the environment of
    C(ansible-playbook) itself, never in the task.
seealso:
  - module: huaweicloud.hss.hss_scan_task_info
  - module: huaweicloud.hss.hss_cluster_statistics
  - name: API reference of HSS
    description: The operation CreateTask.
    link: https://support.huaweicloud.com/intl/en-us/api-hss2.0/CreateTask.html
"""

EXAMPLES = r"""
- name: Scan whatever was never scanned, with credentials and project from the environment
  huaweicloud.hss.hss_cluster_scan:
    region: cn-north-4
    enterprise_project_id: all_granted_eps
    targets: unscanned

- name: Scan what was not scanned within a week, with a key pair that is kept in variables (from a vault, say)
  huaweicloud.hss.hss_cluster_scan:
    region: cn-north-4
    project_id: "{{ hss_project_id }}"
    access_key: "{{ hss_access_key }}"
    secret_key: "{{ hss_secret_key }}"
    targets: stale
    max_scan_age: 7d
    wait_timeout: 7200

- name: Scan two clusters for deviations from the benchmark, and go on at once
  huaweicloud.hss.hss_cluster_scan:
    region: cn-north-4
    targets: listed
    cluster_names:
      - prod-1
      - prod-2
    scan_types:
      - benchmark
    wait: false
  register: scan

- name: Wait for it later
  huaweicloud.hss.hss_cluster_scan:
    region: cn-north-4
    task_id: "{{ scan.task.task_id }}"
  when: scan.task is not none
"""

RETURN = r"""
task:
  description:
    - The scan task that was started, else one that was joined. V(null) where there was nothing to scan, or in check mode none to join.
    - The API's own fields under the API's names, and beside them the two times in ISO 8601. C(task_id) is always there, the rest where known.
  returned: success, and on failure once a task is known
  type: dict
  contains: &task
    task_id:
      description: The ID of the task.
      type: str
      returned: always
      sample: 0b5c3a5e-6f0f-4c58-9a3b-4f6f7a1c2d3e
    task_status:
      description: V(ready), V(running) or V(finished). There is no status for a failure, see RV(clusters).
      type: str
      returned: where known
      sample: finished
    start_time:
      description: When it started, in milliseconds.
      type: int
      returned: where known
      sample: 1767225600000
    end_time:
      description: When it ended, in milliseconds.
      type: int
      returned: where known
      sample: 1767225900000
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
    estimated_time:
      description: Minutes left, as the cloud estimates.
      type: int
      returned: where known
      sample: 0
    cluster_scan_info:
      description: The scan types, and how many clusters are being scanned, were scanned, and failed.
      type: dict
      returned: where known
      sample:
        scan_type_list: [cluster_vul, risk_assessment, benchmark]
        scanning_cluster_num: 0
        success_cluster_num: 3
        failed_cluster_num: 0
tasks:
  description: All tasks that were started or joined, each as RV(task). Those that were started come first.
  returned: success, and on failure once a task is known
  type: list
  elements: dict
  contains: *task
clusters:
  description:
    - What became of each cluster that was to be scanned, over all of RV(tasks); the worst counts.
    - In check mode, the clusters for which a scan would be started.
  returned: success, and on failure once a task is known
  type: list
  elements: dict
  contains:
    cluster_id:
      description: The ID of the cluster.
      type: str
      returned: always
      sample: 11111111-2222-3333-4444-555555555555
    cluster_name:
      description: The name of the cluster. V(null) where HSS gives none.
      type: str
      returned: always
      sample: prod-1
    scan_status:
      description: V(scanning), V(success) or V(failed). V(null) where it is not known, in check mode, and where HSS left the cluster out.
      type: str
      returned: always
      sample: success
    reasons:
      description: Why it failed, by scan type.
      type: dict
      returned: always
      sample: {}
history:
  description: What was seen of the tasks while waiting, summed over RV(tasks). Only entries that differ from the one before.
  returned: success, and on failure once a task is known
  type: list
  elements: dict
  contains:
    at:
      description: When it was seen, in UTC by the clock of the host that runs the module.
      type: str
      returned: always
      sample: "2026-01-01T00:00:10Z"
    task_status:
      description: V(ready), V(running) or V(finished), or what else HSS says, in small letters.
      type: str
      returned: always
      sample: running
    scanning:
      description: Clusters being scanned.
      type: int
      returned: always
      sample: 2
    success:
      description: Clusters that were scanned.
      type: int
      returned: always
      sample: 1
    failed:
      description: Clusters whose scan failed.
      type: int
      returned: always
      sample: 0
    estimated_time:
      description: Minutes left, as the cloud estimates; of several tasks the longest.
      type: int
      returned: always
      sample: 4
concurrent_tasks:
  description:
    - IDs of tasks of others that started at the same moment as those of this module and scan some of the same clusters, as far as seen right
      after the start. They are not waited for.
  returned: success, and on failure once a task is known
  type: list
  elements: str
  sample: []
unclear_tasks:
  description:
    - IDs of running tasks, also in RV(tasks), of which HSS does not say what they scan. Nothing was started beside them.
  returned: success, and on failure once a task is known
  type: list
  elements: str
  sample: []
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
  sample: CreateTask
request_id:
  description: The cloud's ID of the request that failed the task, for its support.
  returned: failure, where known
  type: str
  sample: 7f3c0d5e9b1a4c55
"""

from ansible_collections.huaweicloud.hss.plugins.module_utils._module import run_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.scan_tasks import SCAN_TYPES
from ansible_collections.huaweicloud.hss.plugins.module_utils._scan.run import scan

OPTIONS = {
    "targets": {"type": "str", "choices": ["unscanned", "stale", "all", "listed"]},
    "cluster_ids": {"type": "list", "elements": "str"},
    "cluster_names": {"type": "list", "elements": "str"},
    "max_scan_age": {"type": "str"},
    "scan_types": {"type": "list", "elements": "str", "choices": list(SCAN_TYPES), "default": list(SCAN_TYPES)},
    "task_id": {"type": "str"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 3600},
    "poll_interval": {"type": "int", "default": 10},
}


def collect(client: Client, params: dict) -> dict:
    """Start what is not running yet, and wait."""
    return scan(client, params)


def main() -> None:
    run_module(collect, OPTIONS, threads=True)


if __name__ == "__main__":
    main()
