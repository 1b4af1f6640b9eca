#!/usr/bin/python
# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hss_cluster_statistics
short_description: Count container clusters by scan state in Huawei Cloud Host Security Service
version_added: 1.0.0
author:
  - Contributors to the huaweicloud.hss collection (@huaweicloud-hss)
description:
  - Reads how many container clusters Host Security Service (HSS) knows in a project, and how many of them were never scanned,
    have risks, or run vulnerable applications.
  - The counts are returned as a result, and as facts under C(ansible_facts.hss_cluster_statistics), for playbooks to assert on.
  - It fails closed. A response without one of the counts, or with anything but consistent whole numbers, fails the task;
    a missing number is never replaced by a default.
  - It makes one request for each project, C(GET /v5/{project_id}/container/cluster/statistics), and before that one or two to IAM when
    no project ID is known. With O(all_projects) one task queries the whole account.
notes:
  - The name ends in neither C(_info) nor C(_facts), since Ansible's guidelines keep C(_facts) for facts about a host and C(_info) for
    modules that return no facts. This module returns data about a cloud project and also sets a fact, so that it can run in
    C(gather_facts) by way of C(FACTS_MODULES); it takes its name from what the API calls the data, cluster statistics.
  - A module listed in C(FACTS_MODULES) that fails, fails the whole gathering. This is the intended behavior for a gate.
  - If the account has enterprise projects, set O(enterprise_project_id=all_granted_eps). The cloud's default is the default
    enterprise project only, and clusters elsewhere would be missing.
  - A count of zero clusters is a valid result. Assert on RV(statistics.all_cluster_num) too if clusters are expected.
  - ansible-core prints the literal source of a failed task, and the values of a task's C(environment:) with C(-vvv). Keep secrets in
    variables (such as those of a vault) or in the environment of C(ansible-playbook) itself, never in the task, nor in its C(environment:).
extends_documentation_fragment:
  - huaweicloud.hss.attributes
  - huaweicloud.hss.client
  - huaweicloud.hss.scopes
seealso:
  - name: API reference of HSS
    description: The operation ShowClusterScanStatistics.
    link: https://support.huaweicloud.com/intl/en-us/api-hss2.0/ShowClusterScanStatistics.html
"""

EXAMPLES = r"""
- name: Count the clusters of a region, with credentials and project from the environment
  huaweicloud.hss.hss_cluster_statistics:
    region: cn-north-4
    enterprise_project_id: all_granted_eps
  register: hss

- name: No cluster may be left unscanned
  ansible.builtin.assert:
    that:
      - hss.complete
      - hss.statistics.all_cluster_num > 0
      - hss.statistics.unscan_cluster_num == 0
    fail_msg: "{{ hss.statistics.unscan_cluster_num }} of {{ hss.statistics.all_cluster_num }} clusters were never scanned."

- name: The same with a key pair from variables (such as those of a vault), and one project
  huaweicloud.hss.hss_cluster_statistics:
    region: cn-north-4
    project_id: "{{ hss_project_id }}"
    access_key: "{{ hss_access_key }}"
    secret_key: "{{ hss_secret_key }}"

- name: Read the fact that the task above has set
  ansible.builtin.debug:
    msg: "{{ ansible_facts.hss_cluster_statistics.unscan_cluster_num }} unscanned at {{ ansible_facts.hss_cluster_statistics.collected_at }}"

- name: Count the clusters of the whole account, in every region
  huaweicloud.hss.hss_cluster_statistics:
    all_projects: true
  register: hss

- name: No cluster of the account may be left unscanned
  ansible.builtin.assert:
    that:
      - hss.complete
      - hss.statistics.unscan_cluster_num == 0

- name: Two projects, one of which may not answer
  huaweicloud.hss.hss_cluster_statistics:
    scopes:
      - region: cn-north-4
      - region: ap-southeast-3
        enterprise_project_id: "0"
    on_scope_error: continue
    deadline: 60

- name: Temporary keys, and a proxy that opens TLS with a CA of its own
  huaweicloud.hss.hss_cluster_statistics:
    region: eu-west-101
    access_key: "{{ hss_access_key }}"
    secret_key: "{{ hss_secret_key }}"
    security_token: "{{ hss_security_token }}"
    ca_path: "{{ hss_ca_path }}"
"""

RETURN = r"""
complete:
  description: Whether every queried scope has answered.
  returned: success
  type: bool
  sample: true
statistics:
  description: The counts, summed over RV(scopes). Each is V(null) when RV(complete) is false.
  returned: success
  type: dict
  contains:
    risk_cluster_num:
      description: Clusters with risks.
      type: int
      returned: success
      sample: 5
    app_vul_cluster_num:
      description: Clusters with application vulnerabilities.
      type: int
      returned: success
      sample: 1
    unscan_cluster_num:
      description: Clusters that were never scanned.
      type: int
      returned: success
      sample: 10
    all_cluster_num:
      description: All clusters.
      type: int
      returned: success
      sample: 20
scopes:
  description: The scopes that answered, in the order of the query.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: The account of the scope, see O(accounts). V(null) without several accounts.
      type: str
      returned: success
    region:
      description: The region, V(null) if only O(endpoint) was given.
      type: str
      returned: success
    project_id:
      description: The project's ID.
      type: str
      returned: success
    project_name:
      description: The project's name, V(null) if unknown.
      type: str
      returned: success
    enterprise_project_id:
      description: The enterprise project ID that was sent, V(null) if none was.
      type: str
      returned: success
    request_id:
      description: The cloud's ID of the request, V(null) if it returned none.
      type: str
      returned: success
    statistics:
      description: The four counts of this scope, as in RV(statistics).
      type: dict
      returned: success
  sample:
    - account:
      region: cn-north-4
      project_id: 00000000000000000000000000000abc
      project_name: cn-north-4
      enterprise_project_id: all_granted_eps
      request_id: 7f3c0d5e9b1a4c55
      statistics: {risk_cluster_num: 5, app_vul_cluster_num: 1, unscan_cluster_num: 10, all_cluster_num: 20}
failed_scopes:
  description:
    - The scopes that did not answer. Without O(scopes) and O(all_projects) the task fails with that scope's own error in place of an
      entry here.
    - Each has the keys of RV(scopes) without C(statistics), and C(msg), C(status_code) and C(error_code), V(null) where unknown.
  returned: success, and on failure if several scopes were queried
  type: list
  elements: dict
  sample: []
skipped_scopes:
  description:
    - The scopes that were skipped, see O(all_projects).
    - Each has the keys of RV(scopes) without C(statistics), and C(reason).
  returned: success, and on failure if several scopes were queried
  type: list
  elements: dict
  sample: []
collected_at:
  description: Time of the result, in UTC by the clock of the host that runs the module.
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
  description: The region that was queried, V(null) if several scopes were, or if none was given.
  returned: success
  type: str
  sample: cn-north-4
project_id:
  description: The project that was queried, V(null) if several scopes were.
  returned: success
  type: str
  sample: 00000000000000000000000000000abc
enterprise_project_id:
  description: The enterprise project that was queried, V(null) if none was sent, or if several scopes were queried.
  returned: success
  type: str
  sample: all_granted_eps
request_id:
  description: The cloud's ID of the request, for support cases. V(null) if it returned none.
  returned: success, and on failure if known
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
  sample: ShowClusterScanStatistics
ansible_facts:
  description: Facts, which later tasks read as C(ansible_facts.hss_cluster_statistics).
  returned: success
  type: dict
  contains:
    hss_cluster_statistics:
      description: The four counts of RV(statistics), then C(complete), C(collected_at), C(region), C(project_id),
        C(enterprise_project_id), C(scopes), C(failed_scopes) and C(skipped_scopes), so that a cached fact shows its age and origin.
      returned: success
      type: dict
      sample: {risk_cluster_num: 5, app_vul_cluster_num: 1, unscan_cluster_num: 10, all_cluster_num: 20, complete: true}
"""

from ansible_collections.huaweicloud.hss.plugins.module_utils._module import run_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import as_facts, cluster_statistics


def collect(client: Client, params: dict) -> dict:
    """Return the counts as result and as facts."""
    outcome = cluster_statistics(client, params)
    return {**outcome, "ansible_facts": {"hss_cluster_statistics": as_facts(outcome)}}


def main() -> None:
    run_module(collect, SCOPE_OPTIONS)


if __name__ == "__main__":
    main()
