# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mutations break code that exists: `make mutations` takes too long to find out with each change."""

from __future__ import annotations

import pytest

from tests.mutations.__main__ import MUTATIONS, PLUGINS, Mutation
from tests.tools.checkout import ROOT


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_code_of_a_mutation_exists(mutation: Mutation) -> None:
    code = (ROOT / PLUGINS / mutation.module).read_text()
    assert mutation.rule in code
    if mutation.module.endswith(".py"):
        compile(code.replace(mutation.rule, mutation.broken, 1), mutation.module, "exec")
    assert mutation.rule != mutation.broken
    assert all((ROOT / "tests/unit" / name).is_file() for name in mutation.tests.split())
