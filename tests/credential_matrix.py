# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of unit/credential_matrix.yml, for the tests that run them: in this process, and by ansible-playbook."""

from __future__ import annotations

import pathlib
import re
from typing import Any, Dict, List

import yaml

from tests.simulator import Simulator

MATRIX: Dict[str, Any] = yaml.safe_load(
    (pathlib.Path(__file__).parent / "unit" / "credential_matrix.yml").read_text(encoding="utf-8")
)
ROWS: List[Dict[str, Any]] = MATRIX["rows"]


def prepare(row: Dict[str, Any], sim: Simulator) -> None:
    """Configure the simulated cloud for the row."""
    wanted = row.get("cloud", {})
    sim.reset()
    sim.replace_scenario({**MATRIX["cloud"], **{k: v for k, v in wanted.items() if k != "clock_offset"}})
    sim.clock_offset = wanted.get("clock_offset", 0)
    for fault in row.get("faults", []):
        sim.inject(fault)


def options(row: Dict[str, Any], sim: Simulator, home: pathlib.Path) -> Dict[str, Any]:
    given = {"region": "cn-north-4", "endpoint": sim.http_url, "iam_endpoint": sim.http_url, "max_retries": 0}
    return {**given, **_filled(row.get("options", {}), sim, home)}


def environment(row: Dict[str, Any], sim: Simulator, home: pathlib.Path) -> Dict[str, str]:
    return _filled(row.get("environ", {}), sim, home)


def write_files(row: Dict[str, Any], sim: Simulator, home: pathlib.Path) -> None:
    for name, text in _filled(row.get("files", {}), sim, home).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"[basic]\nsk = \xe9\n" if text == "<latin-1>" else _long(text).encode())


def _long(text: str) -> str:
    """Return the text, or as many characters as "@NUMBER" says."""
    return "t" * int(text[1:]) if re.fullmatch("@[0-9]+", text) else text


def leaked(text: str, sim: Simulator) -> List[str]:
    """Return the secrets in the text, plain or JSON-encoded; of issued ones also a prefix or suffix."""
    secrets = [*MATRIX["secrets"], *pieces(sim)]
    return [s for s in secrets if s in text or s.encode("unicode_escape").decode() in text]


def pieces(sim: Simulator) -> List[str]:
    """Of each secret that was handed out, what a message that is cut to its length would still show."""
    return [piece for secret in sim.issued for piece in (secret[:20], secret[len(secret) // 2 :][:20], secret[-20:])]


def _filled(values: Dict[str, Any], sim: Simulator, home: pathlib.Path) -> Dict[str, Any]:
    return {name: _fill(value, sim, home) for name, value in values.items()}


def _fill(value: Any, sim: Simulator, home: pathlib.Path) -> Any:
    if not isinstance(value, str):
        return value
    # What os.environ makes of a byte that is not UTF-8.
    return value.replace("<home>", str(home)).replace("<url>", sim.http_url).replace("<surrogate>", "matrix-\udce9")
