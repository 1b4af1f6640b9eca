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
  concurrency:
    description:
      - Maximum number of concurrent requests, from 1 to 64.
      - The first goes alone, and the others only after the cloud has accepted the credential, since five refused signatures lock an
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
