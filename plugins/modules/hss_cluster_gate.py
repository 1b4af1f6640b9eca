#!/usr/bin/python
# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: hss_cluster_gate
short_description: Judge the scan state of container clusters in Huawei Cloud Host Security Service
version_added: 1.0.0
author:
  - Contributors to the huaweicloud.hss collection (@huaweicloud-hss)
description:
  - Reads how many container clusters Host Security Service (HSS) counts, and its list of them, judges both by rules, and passes or
    fails. It only reads.
  - The verdict has three states, V(passed), V(failed) (a rule is broken) and V(not_judged) (something is not known that could decide). The
    message gives the cause first, then the first clusters by name. RV(verdict) has all of it as data, with commands to run next.
  - It fails closed. A scope that cannot be read, or an answer that cannot be trusted, never passes, and a missing number is
    never replaced by a default.
  - If the count and the list disagree, it judges by the worse one, project by project, and reports it in RV(verdict.notes).
  - It makes four requests for each project, C(GET /v5/{project_id}/container/cluster/statistics) and C(GET /v5/{project_id}/kubernetes/clusters)
    (one for each 200 clusters) to HSS, one for each of two lists of clusters to CCE, see O(cce_check), and before that one or two to IAM if no
    project ID is known. The list is always read, since the count alone could not be checked against anything.
  - Once for each account it looks up the caller in STS, see RV(provenance.principal).
options:
  enterprise_project_id:
    description:
      - The ID of an enterprise project, 1 to 256 characters, or V(all_granted_eps) for all that the credential has access to.
      - Taken from E(HW_ENTERPRISE_PROJECT_ID) if not given. If it is not set there, V(all_granted_eps) is sent, unlike in the other
        modules, since the cloud would count the default enterprise project only and clusters elsewhere would be missing.
    type: str
  required_projects:
    description:
      - Shell-style patterns of project names, each of which must match a scope that answered. Otherwise the verdict is V(not_judged).
      - A project that the credential may no longer enter is missing in the list of IAM, and O(all_projects) would pass without it.
      - The name of a project is not known if a scope gives its ID only.
    type: list
    elements: str
    version_added: 2.0.0
  max_unscanned:
    description: Maximum number of clusters that were never scanned, V(0) to V(1000000000).
    type: int
    default: 0
  min_clusters:
    description:
      - Minimum number of clusters that must exist, V(0) to V(1000000000).
      - With V(0) a project without any cluster passes, and so does one whose clusters the credential has no access to.
    type: int
    default: 1
  max_risky:
    description:
      - Maximum number of clusters with risks, V(0) to V(1000000000). Not set means no limit.
      - In the list these are the clusters with C(risk_assess_num) or C(sec_comp_num) above 0.
    type: int
  max_app_vulnerable:
    description:
      - Maximum number of clusters with application vulnerabilities, V(0) to V(1000000000). Not set means no limit.
      - In the list these are the clusters with C(app_vul_num) above 0.
    type: int
  max_scan_age:
    description:
      - Maximum age of the last scan of each cluster, such as V(7d), V(24h), V(90m), or a number of seconds. Not set means no limit.
      - A cluster that was never scanned fails this rule too, whatever O(max_unscanned) allows. So does one that is counted but not
        listed, and one whose last scan is more than 15 minutes in the future.
      - Ages are judged by the later of the clock of the host that runs the module and the cloud's own. If the two differ by more than
        15 minutes, RV(verdict.notes) says so.
    type: str
  max_stale:
    description: Maximum number of clusters without a scan of O(max_scan_age), V(0) to V(1000000000). The rule's name is V(max_scan_age).
    type: int
    default: 0
    version_added: 2.0.0
  max_unprotected:
    description:
      - Maximum number of clusters with a node without a working agent of HSS, V(0) to V(1000000000). Not set means no limit.
      - A cluster whose numbers of nodes by agent state are missing, or are all zero, is not known to be protected. Neither is one that is
        counted but not listed. The verdict is V(not_judged) then, unless the others exceed the limit.
    type: int
    version_added: 2.0.0
  max_inventory_age:
    description:
      - Maximum age of the inventory of HSS in each scope, such as V(24h) or V(2d). Not set means no limit.
      - HSS counts the clusters in its own inventory, which it collects about every 24 hours, or when told to by
        M(huaweicloud.hss.hss_cluster_sync). A cluster that was created since is in no count and no list.
      - If the API does not say when the inventory was collected, or names a time in the future, the verdict is V(not_judged).
    type: str
    version_added: 2.0.0
  cce_check:
    description:
      - Whether to compare the clusters that HSS knows with those that CCE (Cloud Container Engine) lists, C(GET /api/v3/projects/{project_id}/clusters)
        and C(GET /autopilot/v3/projects/{project_id}/clusters). A cluster that HSS does not know is in none of its counts.
      - A cluster of CCE whose ID is not in the list of HSS breaks the rule V(unknown_to_hss), whose limit is 0. One that is being created or
        deleted is noted in RV(verdict.notes) and not counted. With a single enterprise project, its clusters are compared and those for which CCE
        names none. The clusters of a project that is skipped since its region has no HSS are unknown to HSS, too.
      - The credential needs C(cce:cluster:list), as in the read-only policy of CCE. Where CCE refuses (403) or is not there (404, or the gateway's
        0101 or 0801), V(auto) passes without the comparison, and RV(verdict.message) and RV(verdict.cross_check) say so. With V(required) the
        verdict is V(not_judged) then.
      - Where CCE fails otherwise, for example with HTTP 500, a timeout, or a list that cannot be trusted, the verdict is V(not_judged) with
        both. Without Autopilot in a region (404, 0101 or 0801) the comparison is complete.
      - Where HSS or IAM has an address of its own, by option or variable, CCE is queried only if C(HUAWEICLOUD_SDK_REGION_CCE_<REGION>) gives its address,
        since the usual one may belong to another cloud. Without it V(auto) passes without the comparison, and V(required) is an error.
      - With V(off) CCE is not queried.
    type: str
    choices: [auto, required, 'off']
    default: auto
    version_added: 2.0.0
  exceptions:
    description:
      - Clusters that may break a rule, each with a reason and an end. The list may be empty.
      - An excepted cluster is not counted by the rules that the exception names. It is shown with reason, approver and end in
        RV(verdict.rules[].excepted), RV(verdict.summary) and every report.
      - An exception that has expired, that matches no cluster, or whose name alone matches several of the judged clusters excuses nothing, and
        RV(verdict.notes) says so. A malformed one fails the task before anything is sent.
      - The rules V(all_scopes_answer), V(required_projects), V(min_clusters) and V(max_inventory_age) cannot be excepted.
    type: list
    elements: dict
    version_added: 2.0.0
    suboptions:
      cluster_id:
        description: The cluster's ID. This or O(exceptions[].cluster_name) is required; if both are given, both have to match.
        type: str
      cluster_name:
        description: The cluster's exact name. Any user who creates clusters can choose it, so prefer the ID.
        type: str
      account:
        description: The account of the cluster, as in RV(verdict.rules[].offenders[].account). Not set means any.
        type: str
      region:
        description: The ID of the cluster's region. Not set means any.
        type: str
      project_id:
        description: The ID of the cluster's project. Not set means any.
        type: str
      project_name:
        description: The exact name of the cluster's project. Not set means any.
        type: str
      rules:
        description: The rules that the cluster may break.
        type: list
        elements: str
        required: true
        choices: [max_unscanned, max_scan_age, max_risky, max_app_vulnerable, max_unprotected, unknown_to_hss]
      reason:
        description: Why the cluster is excepted.
        type: str
        required: true
      approved_by:
        description: Who approved it.
        type: str
      expires:
        description:
          - When the exception ends, as a date such as V(2026-12-31), valid to its end in UTC, or an ISO 8601 time with a zone, such as
            V(2026-12-31T18:00:00+08:00). YAML dates are accepted too.
          - It is judged by the later of the clock of the host that runs the module and the cloud's own.
        type: str
        required: true
  fail_on_violation:
    description:
      - Whether the task fails if the verdict is V(failed). With V(false) it succeeds then, and RV(verdict.passed) is V(false).
      - A verdict that is V(not_judged) fails the task all the same, unless O(on_scope_error=continue) and at least one scope has answered.
    type: bool
    default: true
  report_dir:
    description:
      - A folder on the host that runs the module, for reports. It is created if it does not exist. Not set means no reports.
      - Give an absolute path. Ansible runs a module on C(localhost) in the folder of the playbook, and elsewhere in the user's home. Messages
        and RV(reports) show the absolute path.
      - When the module starts, it replaces the reports of an earlier run by ones with V(not_judged), since the run has not finished. When it ends, they
        say that it passed, failed, or was not judged and why, also if an option is wrong, the library C(requests) is missing or the credential is
        refused. A run that is killed leaves the former. In check mode nothing is written.
      - The JSON report of the last run that passed or failed is kept as C(cluster-scan-gate.previous.json), and RV(changes) lists the differences.
        Reports in formats that are not in O(report_formats) are removed.
      - C(SHA256SUMS) is removed first and written last, for C(sha256sum -c).
      - A failure before the module starts does not change the reports. Examples are an undefined variable, an unreachable host, the argument check of
        the role, a failed C(cluster_scan_gate_sync) of the role, and an earlier task of the play. Remove the folder at the start of a job, compare
        C(started_at), or check the exit status too.
      - Give each host, and each task in a play, a folder of its own, since the names of the files are always the same. If two run at once, the
        reports are those of the one that started later, and RV(verdict.notes) of the other says so.
    type: path
  report_formats:
    description:
      - Formats of the reports to write to O(report_dir).
      - V(junit) is C(cluster-scan-gate.xml), one test case for each rule and scope, as CI servers show them.
      - V(json) is C(cluster-scan-gate.json), all that is known about the run and each cluster, described by a JSON Schema that it names. Without
        it there is nothing to compare a later run with.
      - V(markdown) is C(cluster-scan-gate.md), for the summary of a job or a comment on a merge request.
        It names the first 100 clusters for each rule, fewer where names are long.
      - V(html) is C(cluster-scan-gate.html), one page without script or outside resource.
      - V(prometheus) is C(cluster-scan-gate.prom), the figures as metrics, for the textfile collector of node_exporter.
    type: list
    elements: str
    choices:
      - junit
      - json
      - markdown
      - html
      - prometheus
    default:
      - junit
      - json
      - markdown
      - html
      - prometheus
notes:
  - An option of this module that is empty, blank or null, such as one from a variable that is not set, is an error and never treated as "no limit".
    Leave the option out, or use C(default(omit, true)).
  - If a scope cannot be read, RV(verdict.passed) is V(false). The task goes on only with both O(on_scope_error=continue) and
    O(fail_on_violation=false).
  - ansible-core prints the whole result of a failed task on one line. To see the summary only, use the role
    C(huaweicloud.hss.cluster_scan_gate), or register the result with C(failed_when=false) and print RV(verdict.summary).
  - ansible-core prints the literal source of a failed task, and the values of a task's C(environment:) with C(-vvv). Keep secrets in
    variables (such as those of a vault) or in the environment of C(ansible-playbook) itself, never in the task, nor in its C(environment:).
  - Names of clusters are untrusted data. The reports escape them; escape them too where you write RV(verdict) elsewhere.
extends_documentation_fragment:
  - huaweicloud.hss.attributes
  - huaweicloud.hss.client
  - huaweicloud.hss.scopes
attributes:
  check_mode:
    description: Judges as usual, since it only reads from the cloud. Reports are not written, and C(changed) says whether they would be.
    support: full
  diff_mode:
    description: Shows no difference of the reports.
    support: none
seealso:
  - module: huaweicloud.hss.hss_cluster_statistics
  - name: API reference of CCE
    description: The operation ListClusters.
    link: https://support.huaweicloud.com/intl/en-us/api-cce/cce_02_0239.html
  - name: API reference of HSS, the count
    description: The operation ShowClusterScanStatistics.
    link: https://support.huaweicloud.com/intl/en-us/api-hss2.0/ShowClusterScanStatistics.html
  - name: API reference of HSS, the list
    description: The operation ListKubernetesClusterDetails.
    link: https://support.huaweicloud.com/intl/en-us/api-hss2.0/ListKubernetesClusterDetails.html
"""

EXAMPLES = r"""
- name: No cluster of the region may be left unscanned, with credentials and project from the environment
  huaweicloud.hss.hss_cluster_gate:
    region: cn-north-4

- name: The same for one project, with a key pair from variables (such as those of a vault)
  huaweicloud.hss.hss_cluster_gate:
    region: cn-north-4
    project_id: "{{ hss_project_id }}"
    access_key: "{{ hss_access_key }}"
    secret_key: "{{ hss_secret_key }}"

- name: Every cluster of the whole account was scanned within a week, and none has risks
  huaweicloud.hss.hss_cluster_gate:
    all_projects: true
    max_scan_age: 7d
    max_risky: 0

- name: Judge two projects, and go on whatever the verdict
  huaweicloud.hss.hss_cluster_gate:
    scopes:
      - region: cn-north-4
      - region: ap-southeast-3
    max_unscanned: 2
    min_clusters: 10
    fail_on_violation: false
    on_scope_error: continue
  register: gate

- name: Every project but the sandboxes, and one cluster that is to be decommissioned
  huaweicloud.hss.hss_cluster_gate:
    all_projects: true
    exclude_projects: ["*_sandbox"]
    required_projects: [cn-north-4]
    max_scan_age: 7d
    exceptions:
      - cluster_id: 11111111-2222-3333-4444-555555555555
        rules: [max_unscanned, max_scan_age]
        reason: to be decommissioned
        approved_by: platform team
        expires: "2099-12-31"

- name: Each cluster of CCE must be known to HSS, by an inventory of the last day, with an agent on each node
  huaweicloud.hss.hss_cluster_gate:
    region: cn-north-4
    cce_check: required
    max_inventory_age: 24h
    max_unprotected: 0

- name: Write reports for a CI server and for people
  huaweicloud.hss.hss_cluster_gate:
    region: cn-north-4
    report_dir: "{{ playbook_dir }}/reports"
    report_formats:
      - junit
      - html

- name: Name what was found
  ansible.builtin.debug:
    msg: "{{ gate.verdict.rules | rejectattr('passed') | map(attribute='offenders') | flatten | map(attribute='cluster_name') }}"
"""

RETURN = r"""
verdict:
  description:
    - The verdict of all rules.
    - On a failure before any cluster was judged, such as a refused credential, RV(verdict.status) is V(not_judged) and RV(verdict.rules) is empty.
  returned: always
  type: dict
  contains:
    status:
      description:
        - V(passed), V(failed) or V(not_judged).
        - V(failed) if any rule failed, even if other scopes could not be read; else V(not_judged) if any rule is unknown.
      type: str
      returned: success
      sample: failed
    passed:
      description: Whether RV(verdict.status) is V(passed).
      type: bool
      returned: success
      sample: false
    complete:
      description: Whether every queried scope has answered.
      type: bool
      returned: success
      sample: true
    rules:
      description: Every rule that was applied, in this order.
      type: list
      elements: dict
      returned: success
      contains:
        name:
          description: C(all_scopes_answer), V(required_projects), or the name of the option, V(min_clusters), V(max_unscanned), V(max_scan_age),
            V(max_risky), V(max_app_vulnerable), V(max_unprotected) or V(max_inventory_age), and V(unknown_to_hss) if at least one scope was
            compared with CCE, or had to be.
          type: str
          returned: success
        status:
          description:
            - V(passed), V(failed) or V(unknown). If not all scopes answered, a maximum that is exceeded by the known clusters has failed, and a
              minimum that they reach has passed.
            - C(all_scopes_answer) and V(required_projects) are V(passed) or V(unknown).
          type: str
          returned: success
        passed:
          description: Whether RV(verdict.rules[].status) is V(passed).
          type: bool
          returned: success
        figure:
          description:
            - What was found, the worse of count and list, in clusters without those that are excepted (of C(all_scopes_answer) in scopes that
              could not be read, of V(required_projects) in patterns without an answer, of V(max_inventory_age) in scopes).
            - V(null) if it is not known, as when RV(verdict.complete) is V(false).
          type: int
          returned: success
        at_least:
          description: The part of RV(verdict.rules[].figure) that is known, from the scopes that answered.
          type: int
          returned: success
        limit:
          description: The figure that is allowed. Of V(max_scan_age) it is O(max_stale).
          type: int
          returned: success
        message:
          description: The figure and the limit in words.
          type: str
          returned: success
        scopes:
          description: The record of each queried scope, those that answered first. Empty for V(required_projects).
          type: list
          elements: dict
          returned: success
          contains:
            account:
              description: The account of the scope, V(null) without several accounts.
              type: str
              returned: success
            region:
              description: The region of the scope, V(null) if only O(endpoint) was given.
              type: str
              returned: success
            project_id:
              description: The project's ID, V(null) if unknown.
              type: str
              returned: success
            project_name:
              description: The project's name, V(null) if unknown.
              type: str
              returned: success
            enterprise_project_id:
              description: The enterprise project that was queried, such as V(all_granted_eps). V(null) for an account that could not be queried.
              type: str
              returned: success
            clusters:
              description: Number of clusters, by the count or by the list, whichever is higher. V(null) if the scope could not be read.
              type: int
              returned: success
            figure:
              description: The figure of this scope, without clusters that are excepted. V(null) if it is not known.
              type: int
              returned: success
            excepted:
              description: Number of clusters of this scope that are excepted.
              type: int
              returned: success
            status:
              description:
                - V(passed), V(failed) or V(unknown). The limit is for the sum. Where that is too much, each scope that adds to it is V(failed);
                  where clusters are too few, each scope is.
                - V(unknown) for a scope that could not be read, and where another one could not and this one alone does not decide.
              type: str
              returned: success
        offenders:
          description:
            - The clusters that break the rule, as far as the list names them, or those that the limit tolerates, scope by scope in the
              order of the query, by name and ID. Empty if RV(verdict.rules[].status) is V(unknown), and for rules about scopes.
            - Names of clusters are untrusted data; escape them where you write them into a document.
          type: list
          elements: dict
          returned: success
          contains:
            cluster_name:
              description: The cluster's name, V(null) if the list has none.
              type: str
              returned: success
            cluster_id:
              description: The cluster's ID.
              type: str
              returned: success
            account:
              description: The account of the scope, V(null) without several accounts.
              type: str
              returned: success
            region:
              description: The region of the scope, V(null) if only O(endpoint) was given.
              type: str
              returned: success
            project_id:
              description: The project's ID, V(null) if unknown.
              type: str
              returned: success
            project_name:
              description: The project's name, V(null) if unknown.
              type: str
              returned: success
            enterprise_project_id:
              description: The enterprise project that was queried, such as V(all_granted_eps). The list does not say which one a cluster is in.
              type: str
              returned: success
            last_scan:
              description: The last scan, ISO 8601 in UTC, V(null) if it was never scanned.
              type: str
              returned: success
            reason:
              description: Why the cluster is listed.
              type: str
              returned: success
        excepted:
          description: The clusters that break the rule and are excused by O(exceptions). Empty if RV(verdict.rules[].status) is V(unknown).
          type: list
          elements: dict
          returned: success
          contains:
            cluster_name:
              description: The cluster's name, V(null) if the list has none.
              type: str
              returned: success
            cluster_id:
              description: The cluster's ID.
              type: str
              returned: success
            account:
              description: The account of the scope, V(null) without several accounts.
              type: str
              returned: success
            region:
              description: The region of the scope, V(null) if only O(endpoint) was given.
              type: str
              returned: success
            project_id:
              description: The project's ID, V(null) if unknown.
              type: str
              returned: success
            project_name:
              description: The project's name, V(null) if unknown.
              type: str
              returned: success
            enterprise_project_id:
              description: The enterprise project that was queried, such as V(all_granted_eps). The list does not say which one a cluster is in.
              type: str
              returned: success
            last_scan:
              description: The last scan, ISO 8601 in UTC, V(null) if it was never scanned.
              type: str
              returned: success
            reason:
              description: Why the cluster is listed.
              type: str
              returned: success
            exception:
              description: The exception that excuses the cluster.
              type: dict
              returned: success
              contains:
                reason:
                  description: Its reason.
                  type: str
                  returned: success
                approved_by:
                  description: Who approved it, V(null) if not given.
                  type: str
                  returned: success
                expires:
                  description: When it ends, as it was given.
                  type: str
                  returned: success
    notes:
      description: Where count and list disagree, what the list does not say, which exceptions excuse nothing, how many projects were skipped,
        and where the host's clock and the cloud's differ.
      type: list
      elements: str
      returned: success
    cross_check:
      description: Whether the clusters were compared with those of CCE, see O(cce_check).
      type: dict
      returned: success
      contains:
        state:
          description: V(complete) if each scope was compared, V(partial) if some were, V(none) if none was.
          type: str
          returned: success
        reason:
          description: Why the first scope that was not compared was not, V(null) if RV(verdict.cross_check.state) is V(complete).
          type: str
          returned: success
        scopes:
          description: The scopes of the task, those included that were skipped since their region has no HSS. Empty with O(cce_check=off).
          type: list
          elements: dict
          returned: success
          contains:
            account:
              description: The account of the scope, V(null) without several accounts.
              type: str
              returned: success
            region:
              description: The region of the scope, V(null) if only O(endpoint) was given.
              type: str
              returned: success
            project_id:
              description: The project's ID, V(null) if unknown.
              type: str
              returned: success
            project_name:
              description: The project's name, V(null) if unknown.
              type: str
              returned: success
            enterprise_project_id:
              description: The enterprise project that was queried, such as V(all_granted_eps). V(null) for a whole account.
              type: str
              returned: success
            state:
              description: V(complete), V(none) if it was not compared, or V(failed) if it had to be, which leaves the verdict V(not_judged).
              type: str
              returned: success
            clusters:
              description: The number of clusters that CCE lists in the project, whatever their enterprise project. V(null) if unknown.
              type: int
              returned: success
            reason:
              description: Why it was not compared, V(null) if it was.
              type: str
              returned: success
    message:
      description: The verdict in words, on one line of at most 600 characters. The cause comes first, then up to three clusters by name.
      type: str
      returned: success
    summary:
      description: The verdict in lines of at most 900 characters, for a log. It names up to ten clusters for each failed rule, each of them once.
      type: list
      elements: str
      returned: success
    next_steps:
      description: What to do next, empty if the verdict is V(passed).
      type: list
      elements: dict
      returned: success
      contains:
        text:
          description: What to do.
          type: str
          returned: success
        command:
          description:
            - A command that can be pasted as it is. It contains no secret, so the credential has to be in the environment, and no name
              from the cloud.
            - V(null) if there is none, or if it would be too long.
          type: str
          returned: success
  sample:
    status: failed
    passed: false
    complete: true
    rules:
      - name: all_scopes_answer
        status: passed
        passed: true
        figure: 0
        at_least: 0
        limit: 0
        message: 0 of 1 scopes could not be read (each has to be)
        scopes:
          - account:
            region: cn-north-4
            project_id: 00000000000000000000000000000abc
            project_name: cn-north-4
            enterprise_project_id: all_granted_eps
            clusters: 20
            figure: 0
            excepted: 0
            status: passed
        offenders: []
        excepted: []
      - name: min_clusters
        status: passed
        passed: true
        figure: 20
        at_least: 20
        limit: 1
        message: 20 clusters were found (at least 1 expected)
        scopes:
          - account:
            region: cn-north-4
            project_id: 00000000000000000000000000000abc
            project_name: cn-north-4
            enterprise_project_id: all_granted_eps
            clusters: 20
            figure: 20
            excepted: 0
            status: passed
        offenders: []
        excepted: []
      - name: max_unscanned
        status: failed
        passed: false
        figure: 1
        at_least: 1
        limit: 0
        message: 1 of 20 clusters were never scanned (at most 0 allowed; 1 more excepted)
        scopes:
          - account:
            region: cn-north-4
            project_id: 00000000000000000000000000000abc
            project_name: cn-north-4
            enterprise_project_id: all_granted_eps
            clusters: 20
            figure: 1
            excepted: 1
            status: failed
        offenders:
          - cluster_name: prod-1
            cluster_id: 11111111-2222-3333-4444-555555555555
            account:
            region: cn-north-4
            project_id: 00000000000000000000000000000abc
            project_name: cn-north-4
            enterprise_project_id: all_granted_eps
            last_scan:
            reason: never scanned
        excepted:
          - cluster_name: old-1
            cluster_id: 66666666-7777-8888-9999-000000000000
            account:
            region: cn-north-4
            project_id: 00000000000000000000000000000abc
            project_name: cn-north-4
            enterprise_project_id: all_granted_eps
            last_scan:
            reason: never scanned
            exception:
              reason: to be decommissioned
              approved_by: platform team
              expires: "2026-12-31"
    notes: []
    cross_check:
      state: none
      reason: cce_check is off
      scopes: []
    message: >-
      The gate is CLOSED for region cn-north-4, project cn-north-4 (00000000000000000000000000000abc), enterprise project all_granted_eps: 1 of 3
      rules failed; not cross-checked with CCE.
      max_unscanned: 1 of 20 clusters were never scanned (at most 0 allowed; 1 more excepted). Clusters: prod-1. Excepted: 1 cluster.
      More: verdict.summary and the reports.
    summary:
      - >-
        The gate is CLOSED for region cn-north-4, project cn-north-4 (00000000000000000000000000000abc), enterprise project all_granted_eps: 1 of 3
        rules failed; not cross-checked with CCE.
      - "max_unscanned: 1 of 20 clusters were never scanned (at most 0 allowed; 1 more excepted)"
      - "  prod-1 (region cn-north-4, project cn-north-4, last scan never)"
      - >-
        max_unscanned: old-1 (region cn-north-4, project cn-north-4, last scan never) is excepted until 2026-12-31: to be decommissioned, approved by
        platform team
      - >-
        Next: Scan these clusters, and judge again (this gate with cluster_scan_gate_scan=true): ansible-playbook
        huaweicloud.hss.cluster_scan_gate -e cluster_scan_gate_scan=true -e cluster_scan_gate_region=cn-north-4
        -e cluster_scan_gate_cce_check=off
    next_steps:
      - text: Scan these clusters, and judge again (this gate with cluster_scan_gate_scan=true)
        command: >-
          ansible-playbook huaweicloud.hss.cluster_scan_gate -e cluster_scan_gate_scan=true -e cluster_scan_gate_region=cn-north-4
          -e cluster_scan_gate_cce_check=off
changes:
  description:
    - What has changed since the last run that passed or failed, according to the JSON report that it left in O(report_dir). V(null) without one.
    - Only what both runs know is compared. These are rules with the same age that were known both times, in scopes that answered both times.
    - Anyone who can write to the folder can change that report. It has no influence on the verdict.
  returned: success, and on failure if the scopes were queried
  type: dict
  contains:
    since:
      description: When the earlier run was judged, in UTC.
      type: str
      returned: success
    new:
      description: Clusters that break a rule now and did not then. Each has C(rule), C(cluster_id), C(cluster_name), C(listed) (whether the
        cluster is in the list now) and the keys of its scope.
      type: list
      elements: dict
      returned: success
    resolved:
      description: Clusters that broke a rule then, and now neither break it nor are excepted. The same keys; a cluster that is not C(listed) any
        more may have been deleted.
      type: list
      elements: dict
      returned: success
    scopes_gone:
      description: Scopes that answered then, and now neither answered nor failed.
      type: list
      elements: dict
      returned: success
    emptied:
      description: Scopes that had clusters then and have none now.
      type: list
      elements: dict
      returned: success
reports:
  description: The files that were written, by format. Empty without O(report_dir). In check mode those that would be.
  returned: success, and on failure if the scopes were queried
  type: dict
  sample:
    junit: /builds/shop/reports/cluster-scan-gate.xml
    json: /builds/shop/reports/cluster-scan-gate.json
    markdown: /builds/shop/reports/cluster-scan-gate.md
    html: /builds/shop/reports/cluster-scan-gate.html
    prometheus: /builds/shop/reports/cluster-scan-gate.prom
complete:
  description: Whether every queried scope has answered.
  returned: success, and on failure if the scopes were queried
  type: bool
  sample: true
statistics:
  description: The counts, summed over RV(scopes), as the cloud gives them. Each is V(null) when RV(complete) is false.
  returned: success, and on failure if the scopes were queried
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
  returned: success, and on failure if the scopes were queried
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
      description: What was sent.
      type: str
      returned: success
    request_id:
      description: The cloud's ID of the request for the count, V(null) if it returned none.
      type: str
      returned: success
    statistics:
      description: The four counts of this scope, as in RV(statistics).
      type: dict
      returned: success
    inventory_updated_at:
      description: When HSS last collected its inventory of clusters, in UTC. V(null) if the API does not say it.
      type: str
      returned: success
  sample:
    - account:
      region: cn-north-4
      project_id: 00000000000000000000000000000abc
      project_name: cn-north-4
      enterprise_project_id: all_granted_eps
      request_id: 7f3c0d5e9b1a4c55
      statistics: {risk_cluster_num: 5, app_vul_cluster_num: 1, unscan_cluster_num: 10, all_cluster_num: 20}
      inventory_updated_at: "2026-11-24T22:00:00Z"
failed_scopes:
  description:
    - The scopes that could not be read, with O(scopes) or without. C(msg) says why.
    - Each has the keys of RV(scopes) without C(statistics) and C(inventory_updated_at), and C(msg), C(status_code) and C(error_code), V(null) where unknown.
  returned: success, and on failure if the scopes were queried
  type: list
  elements: dict
  sample: []
skipped_scopes:
  description:
    - The scopes that were left out on purpose, see O(all_projects).
    - Each has the keys of RV(scopes) without C(statistics) and C(inventory_updated_at), and C(reason).
  returned: success, and on failure if the scopes were queried
  type: list
  elements: dict
  sample: []
collected_at:
  description: When the clusters were read, in UTC by the clock of the host that runs the module.
  returned: success, and on failure if the scopes were queried
  type: str
  sample: "2026-11-25T01:02:03Z"
provenance:
  description:
    - Where the verdict comes from. An unknown value is V(null), and never a reason to fail.
    - The headline of RV(verdict.message) and RV(verdict.summary) says in brackets if the cloud is simulated, if TLS certificates are not verified,
      or if an endpoint is outside the vendor's domains.
  returned: always, unless an option is rejected by ansible-core
  type: dict
  contains:
    run_id:
      description: A random ID of this run.
      type: str
      returned: success
    collection_version:
      description: The version of this collection.
      type: str
      returned: success
    ansible_core:
      description: The version of ansible-core.
      type: str
      returned: success
    python:
      description: The version of the Python that ran the module.
      type: str
      returned: success
    host:
      description: The name of the host that ran the module.
      type: str
      returned: success
    auth_source:
      description: The name of the source that the credential came from, see O(auth_method). V(null) if none was found.
      type: str
      returned: success
    accounts:
      description:
        - Each account of O(accounts), in its order, with its caller. Without O(accounts) one entry.
        - Empty if the run failed before the credential was selected, or if O(accounts) is invalid.
      type: list
      elements: dict
      returned: success
      contains:
        account:
          description: The name of the account, see O(accounts). V(null) without several accounts.
          type: str
          returned: success
        account_id:
          description: The ID of the account, V(null) if unknown.
          type: str
          returned: success
        principal:
          description: The user, or the session of an agency, V(null) if unknown. See RV(provenance.principal).
          type: str
          returned: success
        auth_source:
          description: The name of the source that the credential came from, see O(auth_method).
          type: str
          returned: success
    account_id:
      description: The ID of the account that the credential belongs to, V(null) if unknown, or with several accounts.
      type: str
      returned: success
    principal:
      description:
        - The URN of the user, or of the session of an agency, that the credential belongs to. V(null) if unknown, or with several accounts.
        - Once the cloud has accepted the credential, it is looked up in STS (C(GET /v5/caller-identity), which needs no permission), while the
          other requests are sent, once for each account and without a retry. The task waits for it 5 seconds at most.
        - STS is queried if E(HUAWEICLOUD_SDK_STS_ENDPOINT) sets its address, or if neither HSS nor IAM has an explicit address, since the usual
          STS may belong to another cloud then. For a user and password, and for a token, it is taken from the response of IAM.
      type: str
      returned: success
    endpoints:
      description: The addresses that requests were sent to, as a list for each service.
      type: dict
      returned: success
    proxy:
      description: Scheme, host and port of the proxy that requests went through, V(null) if none did.
      type: str
      returned: success
    custom_ca:
      description: Whether certificates were verified with a CA bundle of your own, see O(ca_path). V(null) if the run failed before that was known.
      type: bool
      returned: success
    tls_verified:
      description: Whether certificates were verified, see O(validate_certs). V(null) if the run failed before that was known.
      type: bool
      returned: success
    simulated:
      description: Whether a service has a loopback or link-local address, as a simulator has. V(null) if no request was sent.
      type: bool
      returned: success
    started_at:
      description: When the module started, in UTC by the clock of the host that ran it.
      type: str
      returned: success
    finished_at:
      description: When the verdict was reached, in UTC by the clock of the host that ran the module.
      type: str
      returned: success
    ci:
      description:
        - The run of the CI system that the module belongs to, by the environment variables of GitHub Actions, GitLab CI, Jenkins, AWX, Azure Pipelines,
          Bitbucket Pipelines, Buildkite or CircleCI on the host that ran the module. V(null) if there are none.
        - Each value is cut at 256 characters. User information and parameters of a URL are left out, since they may hold a token.
      type: dict
      returned: success
      contains:
        system:
          description: The CI system, such as V(github-actions).
          type: str
          returned: success
        run_id:
          description: The ID of the run, build or job, V(null) if unknown.
          type: str
          returned: success
        run_url:
          description: Its URL, V(null) if unknown.
          type: str
          returned: success
        commit:
          description: The commit that it runs for, V(null) if unknown.
          type: str
          returned: success
  sample:
    run_id: 0123456789abcdef0123456789abcdef
    collection_version: 2.0.0
    ansible_core: 2.19.4
    python: 3.12.3
    host: runner-7
    auth_source: sdk_env
    accounts:
      - account:
        account_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f9
        principal: iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:user:ci-gate
        auth_source: sdk_env
    account_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f9
    principal: iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:user:ci-gate
    endpoints:
      HSS: ["https://hss.cn-north-4.myhuaweicloud.com"]
      IAM: ["https://iam.cn-north-4.myhuaweicloud.com"]
      STS: ["https://sts.cn-north-4.myhuaweicloud.com"]
    proxy:
    custom_ca: false
    tls_verified: true
    simulated: false
    started_at: "2026-11-25T01:02:01Z"
    finished_at: "2026-11-25T01:02:03Z"
    ci:
      system: github-actions
      run_id: "1658821493"
      run_url: https://github.com/example/infra/actions/runs/1658821493
      commit: 8f2c1d0e9b7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e
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
  returned: success, and on failure if the scopes were queried
  type: str
  sample: cn-north-4
project_id:
  description: The project that was queried, V(null) if several scopes were.
  returned: success, and on failure if the scopes were queried
  type: str
  sample: 00000000000000000000000000000abc
enterprise_project_id:
  description: The enterprise project that was queried, V(null) if several scopes were.
  returned: success, and on failure if the scopes were queried
  type: str
  sample: all_granted_eps
request_id:
  description: The cloud's ID of the request, for support cases. V(null) if it returned none.
  returned: success, and on failure if known
  type: str
  sample: 7f3c0d5e9b1a4c55
status_code:
  description: The HTTP status of the response that failed the task.
  returned: failure, if a response was received that failed it
  type: int
  sample: 401
error_code:
  description: The cloud's error code.
  returned: failure, if the response has one
  type: str
  sample: APIGW.0301
service:
  description: The service that was called, V(HSS), V(CCE) or V(IAM).
  returned: failure, where the credential itself was refused
  type: str
  sample: HSS
operation:
  description: The API operation that was called.
  returned: failure, where the credential itself was refused
  type: str
  sample: ShowClusterScanStatistics
"""

import functools
import os

from ansible_collections.huaweicloud.hss.plugins.module_utils._module import ANSIBLE_CORE, run_module
from ansible_collections.huaweicloud.hss.plugins.module_utils._api import selection
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SCOPE_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate import exceptions
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.comparison import cross_check_record
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.conclusion import require_passed, with_verdict
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.cross_check import MODES, CrossCheck
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.evidence.reports import Reports
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.limits import read_limits
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.provenance import Run
from ansible_collections.huaweicloud.hss.plugins.module_utils._gate.rules import judge
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import statistics_and_clusters

FORMATS = ["junit", "json", "markdown", "html", "prometheus"]
OPTIONS = {
    **SCOPE_OPTIONS,
    "required_projects": {"type": "list", "elements": "str"},
    "max_unscanned": {"type": "int", "default": 0},
    "min_clusters": {"type": "int", "default": 1},
    "max_risky": {"type": "int"},
    "max_app_vulnerable": {"type": "int"},
    "max_scan_age": {"type": "str"},
    "max_stale": {"type": "int", "default": 0},
    "max_unprotected": {"type": "int"},
    "max_inventory_age": {"type": "str"},
    "cce_check": {"type": "str", "default": "auto", "choices": MODES},
    "exceptions": {"type": "list", "elements": "dict", "options": exceptions.OPTIONS},
    "fail_on_violation": {"type": "bool", "default": True},
    "report_dir": {"type": "path"},
    "report_formats": {"type": "list", "elements": "str", "choices": FORMATS, "default": FORMATS},
}


def collect(run: Run, reports: Reports, client: Client, params: dict) -> dict:
    """Judge the counts and the lists, and write the reports, whatever the verdict."""
    run.begin(client, params)
    reports.prepare(params)
    limits, excused = read_limits(params), exceptions.read_exceptions(params["exceptions"])
    selection.check_selection(params)
    check = CrossCheck(params)
    answer, clusters = statistics_and_clusters(client, params, run.on_accepted, check.beside)
    required = params["required_projects"]
    verdict = judge(answer, clusters, limits, client.now(), client.clock_skew, excused, required, check.scopes)
    cross_check = cross_check_record(check.mode, answer, check.scopes)
    changes, notes = reports.compare(client, answer, verdict, clusters)
    answer = {**answer, "changes": changes, "provenance": run.provenance(client.redact)}
    result = reports.write(client, with_verdict(client, answer, verdict.with_notes(notes), cross_check, params))
    require_passed(result, params)
    return result


def main() -> None:
    run = Run(ANSIBLE_CORE, os.environ)
    reports = Reports(run)
    judge_and_report = functools.partial(collect, run, reports)
    run_module(judge_and_report, OPTIONS, threads=True, before=reports.begin, on_failure=reports.fail)


if __name__ == "__main__":
    main()
