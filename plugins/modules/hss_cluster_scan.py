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
  - It does not start scans that are already running. For clusters that a running task scans for all of O(scan_types) it waits for that
    task; only the other scans are started. So a playbook may be run again while a scan runs.
  - Nothing is started while a running task does not say what it scans, because HSS names no scan types, lists its clusters not
    yet or not all, or gives a status that is not documented. The module waits until that is known, at most for O(wait_timeout), and then starts
    what is left. With O(wait=false) it waits 12 seconds, and then starts nothing and names the task in RV(unclear_tasks).
  - The list of tasks is read again one to two seconds later, right before a scan is started, and after that until the new task is in it.
    Two controllers that start at the same moment can still start two scans of the same clusters, since the cloud has no lock for that; the one
    that finds the other's task names it in RV(concurrent_tasks). Hosts of one play should take turns, with C(throttle=1).
  - On the controller no scan is started after C(ansible-playbook) has ended, for instance by a signal, which ansible-core before
    2.19 does not tell a running module. This needs a local connection and Linux, and does not apply with C(async).
  - The request to start a scan is sent once. If its response is lost, the module searches the list of tasks for a new task that scans the
    clusters; if there is none, it fails with the message that whether a scan was started is not known.
  - The task fails if the scan of a cluster failed, and names each with its reasons, or if HSS left a cluster out of the scan.
  - A selected cluster that cannot be scanned (no node has a working agent, it hibernates, it has no node) is left out. The others are scanned, and
    the task fails and names it, at once if there is no other, or with O(wait=false).
extends_documentation_fragment:
  - huaweicloud.hss.attributes
  - huaweicloud.hss.client
  - huaweicloud.hss.scopes
attributes:
  check_mode:
    description: Starts nothing and does not wait. RV(clusters) lists what would be scanned.
    support: full
  diff_mode:
    description: A scan changes nothing that could be compared.
    support: N/A
options:
  targets:
    description:
      - Which clusters to scan. Required, unless O(task_ids) or O(task_id) is given.
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
      - IDs of clusters, for O(targets=listed). One that HSS does not know fails the task before anything is started.
      - With O(targets=unscanned) and O(targets=stale), only these of them are scanned.
    type: list
    elements: str
  cluster_names:
    description:
      - Names of clusters, beside O(cluster_ids) or in place of it, and with the same effect. A name stands for all clusters that have it.
    type: list
    elements: str
  max_scan_age:
    description:
      - Maximum age of the last scan of a cluster, required with O(targets=stale) and only allowed there, such as V(7d), V(24h), V(90m), or a number of
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
      - The ID of an existing scan task to wait for, 1 to 64 characters. The same as O(task_ids) with one entry.
    type: str
  task_ids:
    description:
      - The IDs of existing scan tasks to wait for, as RV(task_ids) returns them. Nothing is started then, O(targets) is ignored, and
        RV(clusters) are all clusters of these tasks. Not together with O(task_id).
    type: list
    elements: str
  wait:
    description:
      - Whether to wait until the scan has finished. With V(false) the task returns the current state; clusters that are still being scanned are not judged.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait, 1 to 604800. After that the task fails and the scan continues; O(task_ids) waits for it again.
      - Waiting until a running task says what it scans is included.
      - A query that is in progress at that moment, or waits for a quota of the cloud, is cancelled after 30 more seconds.
    type: int
    default: 3600
  poll_interval:
    description:
      - Seconds between two queries of the scan, 1 to 3600. One request queries all tasks that are waited for.
      - The documented quota of the cloud is 5 requests of one operation in a minute for one user; the default stays below it.
    type: int
    default: 15
notes:
  - If the account has enterprise projects, set O(enterprise_project_id=all_granted_eps). The cloud's default is the default
    enterprise project only, and clusters elsewhere would be missing.
  - While waiting, a query that fails temporarily (throttled, no response, a server error) is repeated until O(wait_timeout).
  - With O(scopes) or O(all_projects) the clusters of all scopes are selected first, then scans are started in each scope, and then all are waited
    for together. The other scopes are scanned even if one fails. An ID or a name of a cluster or a task belongs to each scope that has it.
  - On a local connection the controller prints a line on standard error whenever the progress changes while the module waits. No line is printed
    with O(wait=false), C(async), check mode, C(no_log) or another connection.
  - A scan task of the cloud has at most 200 clusters. More are started as several tasks, one after the other, and are reported as one
    result. If starting one of them fails, the message and RV(task_ids) name those that were started before. Run the task again, which joins
    them and starts the rest, or wait for them with O(task_ids).
  - ansible-core prints the literal source of a failed task. Keep secrets in variables (such as those of a vault) or in the environment of
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

- name: Scan what was not scanned within a week, with a key pair from variables (such as those of a vault)
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
    task_ids: "{{ scan.task_ids }}"
  when: scan.task_ids | length > 0
"""

RETURN = r"""
task:
  description:
    - The scan task that was started, else one that was joined. V(null) if there was nothing to scan, or in check mode none to join.
    - The API's own fields under the API's names, plus the two times in ISO 8601. C(task_id) is always present, the others if known.
  returned: success, and on failure once a task is known
  type: dict
  contains: &task
    task_id:
      description: The ID of the task.
      type: str
      returned: always
      sample: 0b5c3a5e-6f0f-4c58-9a3b-4f6f7a1c2d3e
    task_type:
      description: Always V(cluster_scan), since no other tasks are listed.
      type: str
      returned: if known
      sample: cluster_scan
    task_name:
      description: The name of the task.
      type: str
      returned: if known
      sample: cluster-scan
    trigger_type:
      description: Who started it, V(manual) or V(schedule). Other values are passed on.
      type: str
      returned: if known
      sample: manual
    task_status:
      description: V(ready), V(running) or V(finished). There is no status for a failure, see RV(clusters). Other values are passed
        on.
      type: str
      returned: if known
      sample: finished
    start_time:
      description: When it started, in milliseconds since the epoch. The API reference names no unit; this one is documented by the
        vendor's Terraform provider.
      type: int
      returned: if known
      sample: 1767225600000
    end_time:
      description: When it ended, in the same unit.
      type: int
      returned: if known
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
      returned: if known
      sample: 0
    cluster_scan_info:
      description: The scan types, and how many clusters are being scanned, were scanned, and failed.
      type: dict
      returned: if known
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
      returned: if known
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
    account:
      description: The account of its scope, see O(accounts). V(null) without several accounts.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    region:
      description: The region of its scope, V(null) if only O(endpoint) was given.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    project_id:
      description: The ID of its project.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    project_name:
      description: The name of its project, V(null) if unknown.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    enterprise_project_id:
      description: The enterprise project of its scope, V(null) if none was sent.
      type: str
      returned: if several scopes can be queried, see O(scopes)
tasks:
  description: All tasks that were started or joined, each as RV(task). Those that were started come first.
  returned: success, and on failure once a task is known
  type: list
  elements: dict
  contains: *task
task_ids:
  description: The IDs of RV(tasks), to wait for them with O(task_ids).
  returned: success, and on failure once a task is known
  type: list
  elements: str
  sample: [0b5c3a5e-6f0f-4c58-9a3b-4f6f7a1c2d3e]
planned_tasks:
  description: The tasks that would be started, each with its scan types and at most 200 clusters.
  returned: in check mode, unless there is nothing to scan or O(task_ids) is given
  type: list
  elements: dict
  contains:
    cluster_ids:
      description: The IDs of the clusters.
      type: list
      elements: str
      returned: always
      sample: [11111111-2222-3333-4444-555555555555]
    scan_types:
      description: The scan types.
      type: list
      elements: str
      returned: always
      sample: [benchmark]
    account:
      description: The account of its scope, see O(accounts). V(null) without several accounts.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    region:
      description: The region of its scope, V(null) if only O(endpoint) was given.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    project_id:
      description: The ID of its project.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    project_name:
      description: The name of its project, V(null) if unknown.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    enterprise_project_id:
      description: The enterprise project of its scope, V(null) if none was sent.
      type: str
      returned: if several scopes can be queried, see O(scopes)
clusters:
  description:
    - The outcome of each selected cluster over all of RV(tasks); the worst status counts.
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
      description: The name of the cluster. V(null) if HSS returns none.
      type: str
      returned: always
      sample: prod-1
    scan_status:
      description: V(scanning), V(success) or V(failed). V(null) if unknown, in check mode, and if HSS left the cluster out. V(failed) also for a
        cluster that cannot be scanned, for which nothing was started.
      type: str
      returned: always
      sample: success
    reasons:
      description: Why it failed, by scan type.
      type: dict
      returned: always
      sample: {}
    account:
      description: The account of its scope, see O(accounts). V(null) without several accounts.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    region:
      description: The region of its scope, V(null) if only O(endpoint) was given.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    project_id:
      description: The ID of its project.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    project_name:
      description: The name of its project, V(null) if unknown.
      type: str
      returned: if several scopes can be queried, see O(scopes)
    enterprise_project_id:
      description: The enterprise project of its scope, V(null) if none was sent.
      type: str
      returned: if several scopes can be queried, see O(scopes)
history:
  description: The progress while waiting, summed over RV(tasks). Only entries that differ from the previous one.
  returned: success, and on failure once a task is known
  type: list
  elements: dict
  contains:
    at:
      description: Time of the entry, in UTC by the clock of the host that runs the module.
      type: str
      returned: always
      sample: "2026-01-01T00:00:10Z"
    task_status:
      description: V(ready), V(running) or V(finished), or another status of HSS, in lower case.
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
    - IDs of tasks that other clients started at the same time and that scan some of the same clusters, as far as listed right
      after the start. The module does not wait for them.
  returned: success, and on failure once a task is known
  type: list
  elements: str
  sample: []
unclear_tasks:
  description:
    - IDs of running tasks, also in RV(tasks), for which HSS does not say what they scan. Nothing was started because of them.
  returned: success, and on failure once a task is known
  type: list
  elements: str
  sample: []
scopes:
  description: The scopes that were queried and have not failed, each with the IDs of its tasks.
  returned: with O(scopes), O(all_projects) or O(deadline), success, and on failure once a scope has answered
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
      description: What was sent, V(null) if nothing was.
      type: str
      returned: always
    task_ids:
      description: The IDs of the tasks of this scope.
      type: list
      elements: str
      returned: always
failed_scopes:
  description:
    - The scopes that failed. Scans that were started there before are in RV(tasks).
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
  sample: CreateTask
request_id:
  description: The cloud's ID of the request that failed the task, for support cases.
  returned: failure, if known
  type: str
  sample: 7f3c0d5e9b1a4c55
"""

from ansible_collections.huaweicloud.hss.plugins.module_utils._module import run_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.scan_tasks import SCAN_TYPES
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._scan.run import scan

OPTIONS = {
    **SCOPE_OPTIONS,
    "targets": {"type": "str", "choices": ["unscanned", "stale", "all", "listed"]},
    "cluster_ids": {"type": "list", "elements": "str"},
    "cluster_names": {"type": "list", "elements": "str"},
    "max_scan_age": {"type": "str"},
    "scan_types": {"type": "list", "elements": "str", "choices": list(SCAN_TYPES), "default": list(SCAN_TYPES)},
    "task_id": {"type": "str"},
    "task_ids": {"type": "list", "elements": "str"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 3600},
    "poll_interval": {"type": "int", "default": 15},
}


def collect(client: Client, params: dict) -> dict:
    """Start the missing scans, wait, and return the outcome."""
    return scan(client, params)


def main() -> None:
    run_module(collect, OPTIONS, threads=True)


if __name__ == "__main__":
    main()
