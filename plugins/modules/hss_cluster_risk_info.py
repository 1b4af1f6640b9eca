#!/usr/bin/python
# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hss_cluster_risk_info
short_description: List the risks of container clusters that Huawei Cloud Host Security Service has found
version_added: 1.0.0
author:
  - Contributors to the huaweicloud.hss collection (@huaweicloud-hss)
description:
  - Lists the risks that scans by Host Security Service (HSS) have found in the container clusters of a project, and on request the
    resources that each of them affects.
  - It fails closed. All pages of the list are read, several concurrently. If risks are added or removed meanwhile, the list is read again, and the
    task fails if no attempt is complete. It also fails for a risk without the IDs of risk and cluster.
  - It calls C(GET /v5/{project_id}/container/cluster/risks), 200 risks in a page, and before that IAM when no project ID is known.
notes:
  - A cluster that was never scanned has no known risk. An empty list proves something only together with a scan of every cluster,
    see M(huaweicloud.hss.hss_cluster_statistics) and M(huaweicloud.hss.hss_cluster_info).
  - If the account has enterprise projects, set O(enterprise_project_id=all_granted_eps). The cloud's default is the default
    enterprise project only, and clusters elsewhere would be missing.
  - The API does not return the type of a risk. To know it, query each O(risk_type) separately.
  - ansible-core prints the literal source of a failed task, and the values of a task's C(environment:) with C(-vvv). Keep secrets in
    variables (such as those of a vault) or in the environment of C(ansible-playbook) itself, never in the task, nor in its C(environment:).
extends_documentation_fragment:
  - huaweicloud.hss.attributes
  - huaweicloud.hss.client
options:
  cluster_id:
    description: Return only risks of the cluster with this ID, 1 to 64 characters.
    type: str
  cluster_name:
    description: Return only risks of clusters with exactly this name, 1 to 128 characters.
    type: str
  risk_type:
    description: Return only risks of this type. V(benchmark) is security compliance.
    type: str
    choices: [risk_assessment, benchmark]
  risk_status:
    description: Return only records that have a finding. If not given, those without one are listed too, as far as the API has them.
    type: str
    choices: [risky]
  risk_level:
    description: Return only risks of this level.
    type: str
    choices: [high, medium, low, tips]
  risk_category:
    description: Return only risks of this category.
    type: str
    choices: [control_plane, access_control, network, workload, secrets, node_escape]
  risk_name:
    description: Return only risks with exactly this name, 1 to 128 characters.
    type: str
  affected_resources:
    description:
      - Whether each risk is returned with the resources that it affects. Requires O(cluster_id).
      - It takes one more request for each risk, or more if a risk affects more than 200 resources, with up to 16 at the same time.
    type: bool
    default: false
seealso:
  - module: huaweicloud.hss.hss_cluster_info
  - module: huaweicloud.hss.hss_cluster_statistics
  - name: API reference of HSS
    description: The operation ListClusterRisks.
    link: https://support.huaweicloud.com/intl/en-us/api-hss2.0/ListClusterRisks.html
  - name: API reference of HSS
    description: The operation ListClusterRiskAffectResources.
    link: https://support.huaweicloud.com/intl/en-us/api-hss2.0/ListClusterRiskAffectResources.html
"""

EXAMPLES = r"""
- name: List the high risks of a region, with credentials and project from the environment
  huaweicloud.hss.hss_cluster_risk_info:
    region: cn-north-4
    enterprise_project_id: all_granted_eps
    risk_status: risky
    risk_level: high
  register: high

- name: Count the clusters, since one that was never scanned has no known risk
  huaweicloud.hss.hss_cluster_statistics:
    region: cn-north-4
    enterprise_project_id: all_granted_eps
  register: counted

- name: Every cluster was scanned, and there is no high risk
  ansible.builtin.assert:
    that:
      - counted.statistics.all_cluster_num > 0
      - counted.statistics.unscan_cluster_num == 0
      - high.risks | length == 0
    fail_msg: >-
      {{ counted.statistics.unscan_cluster_num }} clusters were never scanned. High risks:
      {% for risk in high.risks %}{{ risk.risk_name }} in {{ risk.cluster_name }}; {% endfor %}

- name: Find the ID of a cluster
  huaweicloud.hss.hss_cluster_info:
    region: cn-north-4
    cluster_name: prod-1
  register: found

- name: List its compliance risks with what they affect, with a key pair from variables (such as those of a vault)
  huaweicloud.hss.hss_cluster_risk_info:
    region: cn-north-4
    project_id: "{{ hss_project_id }}"
    access_key: "{{ hss_access_key }}"
    secret_key: "{{ hss_secret_key }}"
    cluster_id: "{{ found.clusters[0].cluster_id }}"
    risk_type: benchmark
    risk_status: risky
    affected_resources: true
"""

RETURN = r"""
risks:
  description:
    - The risks, in the order of the API. Each has every field that the API gives, under the API's name.
    - A field that the API leaves out is absent.
  returned: success
  type: list
  elements: dict
  contains:
    risk_id:
      description: The risk's ID, often that of a control in a public catalogue. One risk can be in several clusters, each time as an
        entry of its own.
      type: str
      returned: success
      sample: C-0035
    risk_name:
      description: The risk's name.
      type: str
      returned: if the API returns it
      sample: Privileged container
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
    risk_level:
      description: V(high), V(medium), V(low) or V(tips), as in O(risk_level). Other values are passed on.
      type: str
      returned: if the API returns it
      sample: high
    risk_category:
      description: V(control_plane), V(access_control), V(network), V(workload), V(secrets) or V(node_escape), as in O(risk_category).
        Other values are passed on.
      type: str
      returned: if the API returns it
      sample: workload
    risk_num:
      description: The number of findings, 0 or above.
      type: int
      returned: if the API returns it
      sample: 3
    last_scan_time:
      description: When it was last scanned, probably in milliseconds since the epoch. The API reference of C(ListClusterRisks) names no
        unit. V(null) is passed on.
      type: int
      returned: if the API returns it
      sample: 1795568523000
    description:
      description: What the risk is, in the language that the cloud chooses.
      type: str
      returned: if the API returns it
      sample: The container runs in privileged mode.
    remediation:
      description: What to do about it, in the language that the cloud chooses.
      type: str
      returned: if the API returns it
      sample: Set privileged to false.
    affected_resources:
      description: What the risk affects in this cluster, with every field that the API gives. Not a member of the API's risk.
      type: list
      elements: dict
      returned: when O(affected_resources=true)
      contains:
        resource_id:
          description: The ID of the resource.
          type: str
          returned: success
          sample: 0f1e2d3c-web
        resource_name:
          description: The name of the resource.
          type: str
          returned: if the API returns it
          sample: web
        resource_type:
          description: The type of the resource. Its values are not documented.
          type: str
          returned: if the API returns it
          sample: Pod
        namespace:
          description: The namespace of the resource.
          type: str
          returned: if the API returns it
          sample: default
        hit_rule:
          description: The rule that matched.
          type: str
          returned: if the API returns it
          sample: Privileged container
        hit_path_list:
          description: Where in the resource it matched.
          type: list
          elements: str
          returned: if the API returns it
          sample: ["spec.containers[0].securityContext.privileged"]
        first_scan_time:
          description: When it was first found, probably in milliseconds since the epoch. The API reference of
            C(ListClusterRiskAffectResources) names no unit.
          type: int
          returned: if the API returns it
          sample: 1795568523000
        last_scan_time:
          description: When it was last found, in the same unit.
          type: int
          returned: if the API returns it
          sample: 1795568523000
collected_at:
  description: When the list was complete, in UTC by the clock of the host that runs the module.
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
  sample: ListClusterRisks
"""

from ansible_collections.huaweicloud.hss.plugins.module_utils._module import run_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.clusters import provenance
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.iam import task_scope
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.risks import (
    list_cluster_risks,
    read_filters,
    with_affected_resources,
)

OPTIONS = {
    "cluster_id": {"type": "str"},
    "cluster_name": {"type": "str"},
    "risk_type": {"type": "str", "choices": ["risk_assessment", "benchmark"]},
    "risk_status": {"type": "str", "choices": ["risky"]},
    "risk_level": {"type": "str", "choices": ["high", "medium", "low", "tips"]},
    "risk_category": {
        "type": "str",
        "choices": ["control_plane", "access_control", "network", "workload", "secrets", "node_escape"],
    },
    "risk_name": {"type": "str"},
    "affected_resources": {"type": "bool", "default": False},
}


def collect(client: Client, params: dict) -> dict:
    """Return the risks that pass the filters, and where they were found."""
    filters = read_filters(params)
    scope = task_scope(client)
    risks = list_cluster_risks(client, scope, filters)
    if params["affected_resources"]:
        risks = with_affected_resources(client, scope, risks)
    return {"risks": risks, **provenance(client, scope, client.clock.now())}


def main() -> None:
    run_module(collect, OPTIONS, threads=True)


if __name__ == "__main__":
    main()
