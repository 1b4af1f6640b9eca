# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options to query several scopes in one task (argument spec: SCOPE_OPTIONS in module_utils/_argspec.py)."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  scopes:
    description:
      - The projects to query, all in one task. Without it and without O(all_projects), the project that the other options name is queried.
      - A key that is absent is taken from the option of its name; one that is empty or blank is an error.
      - A scope that names a region or a project inherits neither O(project_id) nor O(project_name), nor the project ID of the credential's source.
      - The results come in this order, whatever order the answers come in. Two scopes that are the same are an error.
      - A token is for one project, so more than one scope needs another credential.
    type: list
    elements: dict
    suboptions:
      region:
        description: The ID of the region of this scope.
        type: str
      project_id:
        description: The ID of the project of this scope, 1 to 256 characters.
        type: str
      project_name:
        description: The name of the project of this scope, to look up its ID. The name of a region's own project is the region's ID.
        type: str
      enterprise_project_id:
        description: The ID of the enterprise project of this scope, or V(all_granted_eps).
        type: str
  all_projects:
    description:
      - Query every project that the credential has access to, as listed by IAM, in every region.
      - Skipped are C(MOS) (the project of object storage), disabled projects, and projects of regions where the gateway reports that
        HSS is not offered (0801), with the reason in RV(huaweicloud.hss.hss_cluster_statistics#module:skipped_scopes). Any other project
        that does not answer is a failure.
      - O(enterprise_project_id) is V(all_granted_eps) by default then. O(region) only selects the IAM to query; without it the global one
        is used. O(project_id) and O(project_name) cannot be combined with it.
    type: bool
    default: false
  accounts:
    description:
      - Several accounts to query in one task, with O(all_projects). Each is queried with the keys of its agency, which is assumed with the
        credential of the task.
      - Each scope in a result has C(account), the name of its account here. The results come in this order.
      - An account that refuses access, or has no project to query, is one failed scope whose region and project are V(null). The others are
        queried nevertheless.
      - The first request of each account is sent alone, and refused credentials and quotas are counted for each account. If the task's own
        credential is refused, the task fails.
      - Two entries of the same name or for the same account are an error, and so is an empty list. The options O(agency_name),
        O(agency_domain_name), O(agency_domain_id) and O(agency_external_id), their variables, and a single O(enterprise_project_id) cannot be
        combined with it. O(agency_duration) applies to each agency.
    type: list
    elements: dict
    version_added: 2.0.0
    suboptions:
      name:
        description:
          - The name of the account in results, such as V(production). The default is O(accounts[].agency_domain_name), then
            O(accounts[].agency_domain_id).
          - An entry with a name only is the account of the task's own credential.
        type: str
      agency_name:
        description: The name of the agency to assume.
        type: str
      agency_domain_name:
        description: The name of the account that created the agency. This or O(accounts[].agency_domain_id) is required with
          O(accounts[].agency_name); both are an error.
        type: str
      agency_domain_id:
        description: The ID of the account that created the agency. With keys, the agency is then assumed by STS, see O(agency_domain_id).
        type: str
  include_projects:
    description:
      - Shell-style patterns of project names, such as V(cn-north-4*). With O(all_projects) only projects that match one of them are queried.
      - A pattern that matches no project that can be queried is an error, and so is an empty list. With O(accounts) a pattern has to match in
        one of the accounts.
      - A project that is left out is in RV(huaweicloud.hss.hss_cluster_statistics#module:skipped_scopes) with the reason.
    type: list
    elements: str
    version_added: 2.0.0
  exclude_projects:
    description: Shell-style patterns of project names. With O(all_projects) projects that match one of them are not queried, see O(include_projects).
    type: list
    elements: str
    version_added: 2.0.0
  concurrency:
    description:
      - Maximum number of concurrent requests, from 1 to 64.
      - The first is sent alone, and the others only after the cloud has accepted the credential, since five refused signatures lock an
        access key for five minutes. Requests of an operation that the cloud throttles wait for its quota, and others go on.
    type: int
    default: 16
  deadline:
    description:
      - Seconds for the whole task, above 0 and at most 86400. Not set means no limit other than that of each request.
      - A scope that has not answered by then has failed.
      - Set it if there are many projects. Under the documented quota of 5 calls a minute, N projects take about N / 5 minutes.
    type: float
  on_scope_error:
    description:
      - What to do when a scope does not answer. V(fail) fails the task after all were tried, and names each.
      - With V(continue) the task succeeds unless all failed; RV(huaweicloud.hss.hss_cluster_statistics#module:complete) is V(false)
        then and every sum V(null), so that no gate mistakes a partial result for a complete one.
    type: str
    choices: [fail, continue]
    default: fail
"""
