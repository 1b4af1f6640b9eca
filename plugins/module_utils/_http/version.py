# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define the version of the collection: galaxy.yml is not copied to the host with the module. A test compares both."""

from __future__ import annotations

VERSION = "1.0.0"
