# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An interpreter is one that runs, wherever it is found."""

from __future__ import annotations

import pathlib
from typing import Iterator

import pytest

from tests.tools.interpreters import _probe, find


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[None]:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    _forget()
    yield
    _forget()


def _forget() -> None:
    find.cache_clear()
    _probe.cache_clear()


def place(path: pathlib.Path, script: str) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def python(path: pathlib.Path, version: str) -> pathlib.Path:
    return place(path, f'echo "{version} {path}"')


def test_a_shim_that_does_not_run_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    shim = place(tmp_path / "shims" / "python3.12", "echo 'not chosen' >&2; exit 127")
    real = python(tmp_path / "pyenv" / "versions" / "3.12.1" / "bin" / "python3.12", "3.12")
    monkeypatch.setenv("PATH", f"{shim.parent}:/usr/bin:/bin")
    assert find("3.12") == str(real)


def test_python3_may_be_the_one(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    only = python(tmp_path / "bin" / "python3", "3.99")
    monkeypatch.setenv("PATH", f"{only.parent}:/bin")
    assert find("3.99") == str(only)


def test_an_environment_is_no_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """It goes when it is made anew, and so would all that was made from it."""
    inside = python(tmp_path / "venv" / "bin" / "python3.99", "3.99")
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    monkeypatch.setenv("PATH", f"{inside.parent}:/bin")
    assert find("3.99") is None


def test_of_managed_ones_the_latest_that_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.setenv("PATH", "/bin")
    versions = tmp_path / "pyenv" / "versions"
    python(versions / "3.99.9" / "bin" / "python3.99", "3.99")
    later = python(versions / "3.99.10" / "bin" / "python3.99", "3.99")
    place(versions / "3.99.11" / "bin" / "python3.99", "exit 1")
    assert find("3.99") == str(later)


def test_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/bin")
    assert find("3.99") is None


def test_a_shim_is_tried_last(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """It takes most of a second to start, and each session of nox would wait for five of them."""
    shim = python(tmp_path / "other" / "shims" / "python3.99", "3.99")
    monkeypatch.setenv("PATH", f"{shim.parent}:/bin")
    assert find("3.99") == str(shim)
    _forget()
    real = python(tmp_path / "pyenv" / "versions" / "3.99.1" / "bin" / "python3.99", "3.99")
    assert find("3.99") == str(real)
