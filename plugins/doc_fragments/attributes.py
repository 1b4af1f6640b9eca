# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attributes that the modules of the collection share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/huaweicloud.hss.hss) in C(module_defaults) to set defaults for all modules of the collection.
    support: full
    membership:
      - huaweicloud.hss.hss
  check_mode:
    description: Can run in check mode and returns what it would return without it, since it only reads.
    support: full
  diff_mode:
    description: Nothing is changed, so there is no difference to show.
    support: N/A
  platform:
    description: Runs on any host with Python 3.9 or newer and the C(requests) library.
    platforms: posix
    support: full
"""
