# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RETURN names every field of the API, with its type, the unit of a time, and every value of an enumeration.

The table repeats the API reference (https://support.huaweicloud.com/intl/en-us/api-hss2.0/), and is compared with the models of the
vendor's SDK.
"""

from __future__ import annotations

import importlib
from typing import Any, Dict, List, Mapping, Tuple

import pytest
import yaml

from tests.returns import MODULES, described

INT, STR = "int", "str"
Field = Tuple[str, ...]  # the type, then the values of an enumeration

SCAN_TYPES = ("cluster_vul", "risk_assessment", "benchmark")
OTHER_TYPES = ("cce", "ali", "tencent", "azure", "aws", "self_built_hw", "self_built_idc")
STATUSES = ("Available", "Unavailable", "ScalingUp", "ScalingDown", "Creating", "Deleting", "Upgrading", "Resizing")
STATUSES += ("RollingBack", "RollbackFailed", "Empty")
SCAN_STATUSES = ("scanning", "success", "failed")

# By model of the SDK. Times are those whose name says so.
API: Dict[str, Dict[str, Field]] = {
    "ShowClusterScanStatisticsResponse": dict.fromkeys(
        ("risk_cluster_num", "app_vul_cluster_num", "unscan_cluster_num", "all_cluster_num"), (INT,)
    ),
    "KubernetesClusterInfo": {
        **dict.fromkeys(("id", "cluster_name", "cluster_id", "version", "agent_ds_failed_reason"), (STR,)),
        "cluster_type": (STR, "k8s", *OTHER_TYPES),
        "status": (STR, *STATUSES),
        "agent_ds_install_status": (STR, "NotInstall", "Installed"),
        **dict.fromkeys(("total_nodes_number", "active_nodes_number"), (INT,)),
        **dict.fromkeys(("agent_installed_num", "agent_install_failed_num", "agent_not_install_num"), (INT,)),
        **dict.fromkeys(("creation_timestamp", "last_operate_timestamp", "last_scan_time"), (INT,)),
        **dict.fromkeys(("sys_vul_num", "app_vul_num", "emg_vul_num", "risk_assess_num", "sec_comp_num"), (INT,)),
    },
    "ListClusterRisksResponseInfoDataList": {
        **dict.fromkeys(("risk_id", "risk_name", "cluster_id", "cluster_name", "description", "remediation"), (STR,)),
        "risk_level": (STR, "high", "medium", "low", "tips"),
        "risk_category": (*(STR, "control_plane", "access_control", "network", "workload", "secrets", "node_escape"),),
        "risk_num": (INT,),
        "last_scan_time": (INT,),
    },
    "ListClusterRiskAffectResourcesResponseInfoDataList": {
        **dict.fromkeys(("resource_name", "resource_id", "resource_type", "namespace", "hit_rule"), (STR,)),
        "hit_path_list": ("list",),
        "first_scan_time": (INT,),
        "last_scan_time": (INT,),
    },
    "ListTasksResponseInfoDataList": {
        **dict.fromkeys(("task_id", "task_name"), (STR,)),
        "task_type": (STR, "cluster_scan"),
        "trigger_type": (STR, "manual", "schedule"),
        "task_status": (STR, "ready", "running", "finished"),
        **dict.fromkeys(("start_time", "end_time", "estimated_time"), (INT,)),
        **dict.fromkeys(("cluster_scan_info", "iac_scan_info"), ("dict",)),
    },
    "ListTasksResponseInfoClusterScanInfo": {
        "scan_type_list": ("list", *SCAN_TYPES),
        **dict.fromkeys(("scanning_cluster_num", "success_cluster_num", "failed_cluster_num"), (INT,)),
    },
    "ListTasksResponseInfoIacScanInfo": {
        "file_type": (STR, "dockerfile", "k8s_yaml"),
        **dict.fromkeys(("scan_file_num", "success_file_num", "failed_file_num"), (INT,)),
    },
    "ListTaskResourcesResponseInfoClusterScanDataList": {
        **dict.fromkeys(("cluster_name", "cluster_id", "cluster_version"), (STR,)),
        "cluster_type": (STR, *OTHER_TYPES),
        "scan_status": (STR, *SCAN_STATUSES),
        **dict.fromkeys(("start_time", "end_time"), (INT,)),
        "scan_detail_list": ("list",),
    },
    "ListTaskResourcesResponseInfoScanDetailList": {
        "scan_type": (STR, *SCAN_TYPES),
        "status": (STR, *SCAN_STATUSES),
        "failed_reason": (STR,),
    },
}
PLACES = [
    ("hss_cluster_statistics", "statistics", "ShowClusterScanStatisticsResponse"),
    ("hss_cluster_info", "clusters", "KubernetesClusterInfo"),
    ("hss_cluster_risk_info", "risks", "ListClusterRisksResponseInfoDataList"),
    ("hss_cluster_risk_info", "risks.affected_resources", "ListClusterRiskAffectResourcesResponseInfoDataList"),
    *(
        (module, f"{place}{member}", f"ListTasksResponseInfo{model}")
        for module, place in (
            ("hss_scan_task_info", "tasks"),
            ("hss_cluster_scan", "task"),
            ("hss_cluster_scan", "tasks"),
        )
        for member, model in (
            ("", "DataList"),
            (".cluster_scan_info", "ClusterScanInfo"),
            (".iac_scan_info", "IacScanInfo"),
        )
    ),
    ("hss_scan_task_info", "clusters", "ListTaskResourcesResponseInfoClusterScanDataList"),
    ("hss_scan_task_info", "clusters.scan_detail_list", "ListTaskResourcesResponseInfoScanDetailList"),
]
# The options that the API enumerates, by the field of the table that has their values.
CHOICES = [
    ("hss_cluster_risk_info", "risk_level", ("high", "medium", "low", "tips")),
    ("hss_cluster_risk_info", "risk_category", API["ListClusterRisksResponseInfoDataList"]["risk_category"][1:]),
    ("hss_cluster_risk_info", "risk_type", ("risk_assessment", "benchmark")),
    ("hss_cluster_risk_info", "risk_status", ("risky",)),
    ("hss_scan_task_info", "task_status", ("ready", "running", "finished")),
    ("hss_cluster_scan", "scan_types", SCAN_TYPES),
]


def fields_at(module: str, place: str) -> Mapping[str, Any]:
    fields = described(module)
    for name in place.split("."):
        fields = fields[name]["contains"]
    return fields


@pytest.mark.parametrize("model", API)
def test_the_table_is_that_of_the_vendors_sdk(model: str) -> None:
    types: Dict[str, str] = getattr(importlib.import_module("huaweicloudsdkhss.v5"), model).openapi_types
    kinds = {
        name: kind if kind in (INT, STR) else "list" if kind.startswith("list") else "dict"
        for name, kind in types.items()
    }
    assert {name: field[0] for name, field in API[model].items()} == kinds


@pytest.mark.parametrize("module,place,model", PLACES)
def test_every_field_is_described(module: str, place: str, model: str) -> None:
    fields = fields_at(module, place)
    assert not set(API[model]) - set(fields)
    for name, (kind, *values) in API[model].items():
        text = " ".join(
            [fields[name]["description"]]
            if isinstance(fields[name]["description"], str)
            else fields[name]["description"]
        )
        assert fields[name]["type"] == kind, name
        assert not [value for value in values if f"V({value})" not in text], f"{name}: {text}"
        if name == "estimated_time":
            assert "Minutes" in text
        elif kind == INT and name.endswith(("_time", "_timestamp")):
            assert "milliseconds since the epoch" in text or "in the same unit" in text, name
            assert "documented" in text or "names no unit" in text or "same unit" in text, f"{name}: who says so?"


@pytest.mark.parametrize("module,option,values", CHOICES)
def test_choices_are_complete(module: str, option: str, values: Tuple[str, ...]) -> None:
    text = (MODULES / f"{module}.py").read_text(encoding="utf-8")
    documentation = yaml.safe_load(text.partition('DOCUMENTATION = r"""')[2].partition('"""')[0])
    choices: List[str] = documentation["options"][option]["choices"]
    assert sorted(choices) == sorted(values)
