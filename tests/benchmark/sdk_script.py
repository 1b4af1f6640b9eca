# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send the same GET with the vendor's SDK. Usage: python sdk_script.py ENDPOINT PROJECT_ID, keys in the environment."""

from __future__ import annotations

import os
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkhss.v5 import HssClient, ShowClusterScanStatisticsRequest

endpoint, project_id = sys.argv[1:]
credentials = BasicCredentials(os.environ["HUAWEICLOUD_SDK_AK"], os.environ["HUAWEICLOUD_SDK_SK"], project_id)
client = HssClient.new_builder().with_credentials(credentials).with_endpoint(endpoint).build()
print(client.show_cluster_scan_statistics(ShowClusterScanStatisticsRequest()))
