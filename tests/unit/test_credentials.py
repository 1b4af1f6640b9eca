# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every row of the credential matrix: which credential reaches the cloud, or which error, and what the vendor's SDK picks."""

from __future__ import annotations

import importlib.util
import logging
import os
import pathlib
import re
import socket
from typing import Any, Dict, Optional, Tuple

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._api.client import Client
from ansible_collections.huaweicloud.hss.plugins.module_utils._argspec import SHARED_OPTIONS
from ansible_collections.huaweicloud.hss.plugins.module_utils._auth.files import read_file
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConfigurationError, HssError
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from ansible_collections.huaweicloud.hss.plugins.module_utils._statistics import cluster_statistics
from huaweicloudsdkcore.auth.provider import (
    EnvCredentialProvider,
    MetadataCredentialProvider,
    OidcStsCredentialProvider,
    PodIdentityCredentialProvider,
    ProfileCredentialProvider,
)
from huaweicloudsdkcore.exceptions.exception_handler import DefaultExceptionHandler
from huaweicloudsdkcore.http.http_client import HttpClient
from huaweicloudsdkcore.http.http_config import HttpConfig

from tests import credential_matrix
from tests.credential_matrix import ROWS
from tests.simulator import ReceivedRequest, Simulator, faults

LINK_LOCAL = pathlib.Path(__file__).resolve().parent.parent / "link_local" / "sitecustomize.py"
SDK_PROVIDERS = {
    "env": EnvCredentialProvider,
    "file": ProfileCredentialProvider,
    "pod": PodIdentityCredentialProvider,
    "metadata": MetadataCredentialProvider,
    "oidc": OidcStsCredentialProvider,
}
ISSUED = "issued"


SCENARIO = credential_matrix.MATRIX["cloud"]
pytestmark = pytest.mark.usefixtures("no_sleep")


@pytest.fixture
def sim(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    monkeypatch.setenv("HSS_TEST_METADATA_PORT", sim.http_url.rpartition(":")[2])
    # The seam replaces socket.connect when it is imported; this puts the old one back afterwards.
    monkeypatch.setattr(socket.socket, "connect", socket.socket.connect)
    spec = importlib.util.spec_from_file_location("link_local", LINK_LOCAL)
    assert spec and spec.loader
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return sim


def run(params: Dict[str, Any]) -> Tuple[Dict[str, Any], Optional[HssError]]:
    """Return the module's result, or its error, as _module.py receives them."""
    defaults = {name: spec.get("default") for name, spec in SHARED_OPTIONS.items()}
    try:
        return cluster_statistics(Client({**defaults, **params}, os.environ, Secrets()), {}), None
    except HssError as error:
        return error.as_result(), error


def sent(request: ReceivedRequest, sim: Simulator) -> Dict[str, str]:
    """Return the credential that a request carried."""
    headers = request.headers
    found = {"token": headers.get("x-auth-token"), "security_token": headers.get("x-security-token")}
    access = re.search("Access=([^,]+),", headers.get("authorization", ""))
    found["access_key"] = access.group(1) if access else None
    handed_out = "\n".join(sim.issued)
    known = {name: value for name, value in found.items() if value is not None}
    known = {name: ISSUED if value in sim.issued else value for name, value in known.items()}
    if known.get("security_token") == ISSUED and known["access_key"] not in handed_out:
        # The access key of temporary keys is no secret that the simulator would list.
        known["access_key"] = ISSUED
    return known


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_row(row: Dict[str, Any], sim: Simulator, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    credential_matrix.prepare(row, sim)
    credential_matrix.write_files(row, sim, home)
    for name, value in credential_matrix.environment(row, sim, home).items():
        monkeypatch.setenv(name, value)
    result, error = run(credential_matrix.options(row, sim, home))
    requests = sim.requests

    if "error" in row:
        assert error, f"no error, but {result}"
        assert not [word for word in row["error"] if word not in result["msg"]], result["msg"]
        # ansible-core would print what hangs on to the exception.
        assert error.__cause__ is None and error.__context__ is None
    else:
        assert not error, result
        assert result["auth_source"] == row["source"]
        assert sent(requests[-1], sim) == row["sent"]
        assert result["project_id"] == row.get("project", result["project_id"])
    if "asked" in row:
        assert [request.path for request in requests if request.service != "HSS"] == row["asked"]
    assert not credential_matrix.leaked(str(result), sim)
    if "sdk" in row:
        compare_with_the_sdk(row, sim)


EXCHANGES = [row for row in ROWS if "error" not in row and row.get("asked")]


@pytest.mark.parametrize("row", EXCHANGES, ids=[row["name"] for row in EXCHANGES])
def test_a_throttled_exchange_waits(
    row: Dict[str, Any], sim: Simulator, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IAM, STS and the metadata service are throttled once: the same credential results, and no try of max_retries is spent."""
    home = tmp_path / "home"
    credential_matrix.prepare(row, sim)
    credential_matrix.write_files(row, sim, home)
    for name, value in credential_matrix.environment(row, sim, home).items():
        monkeypatch.setenv(name, value)
    for service in sorted({"IAM", "STS", "metadata"}):
        sim.inject(faults.throttle("3", service=service, times=1))
    result, error = run({**credential_matrix.options(row, sim, home), "max_retries": 0})
    assert not error, result
    assert sent(sim.requests[-1], sim) == row["sent"] and result["auth_source"] == row["source"]
    throttled = [request.service for request in sim.requests if request.status == 429]
    assert throttled and len(throttled) == len(set(throttled)) and "HSS" not in throttled


def compare_with_the_sdk(row: Dict[str, Any], sim: Simulator) -> None:
    """Expect the SDK to select the same key, or none, except where the row declares a difference."""
    if row.get("options", {}).get("iam_endpoint") is None:
        os.environ["HUAWEICLOUD_SDK_IAM_ENDPOINT"] = sim.http_url
    try:
        theirs = sdk_credential(SDK_PROVIDERS[row["sdk"]], sim)
    finally:
        os.environ.pop("HUAWEICLOUD_SDK_IAM_ENDPOINT", None)
    ours = row.get("sent")
    assert (theirs == ours) is not ("differs_because" in row), f"the SDK picks {theirs}"


def sdk_credential(provider: Any, sim: Simulator) -> Optional[Dict[str, str]]:
    """Return the credential that the vendor's provider selects, under our names; None if it fails."""
    try:
        credentials = provider.get_basic().get_credentials()
        if credentials.sts_accessor:
            logger = logging.getLogger(__name__)
            credentials.process_sts(
                HttpClient(HttpConfig.get_default_config(), None, DefaultExceptionHandler(), logger)
            )
        if credentials.security_token in sim.issued:
            return {"access_key": ISSUED, "security_token": ISSUED}
        found = {"access_key": credentials.ak, "security_token": credentials.security_token}
        return {name: value for name, value in found.items() if value}
    except Exception:
        return None


def test_a_file_that_may_not_be_read(tmp_path: pathlib.Path) -> None:
    """No row of the matrix, since the superuser may read everything: for the time of the call this is somebody else."""
    secret = tmp_path / "credentials"
    secret.write_text("[basic]\nsk = matrix-file-secret-18e5\n")
    secret.chmod(0o000)
    myself = os.geteuid()
    if myself == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(ConfigurationError, match="no permission") as caught:
            read_file(str(secret), "Option credentials_file")
    finally:
        os.seteuid(myself)
    assert "matrix-file-secret" not in str(caught.value.as_result()) and caught.value.__context__ is None


def test_the_matrix_is_complete() -> None:
    assert len(ROWS) >= 60
    assert len({row["name"] for row in ROWS}) == len(ROWS)
    sources = {source for source in SHARED_OPTIONS["auth_method"]["choices"] if source != "auto"}
    assert {row["source"] for row in ROWS if row.get("end_to_end")} == sources
    for row in ROWS:
        assert set(row) <= {
            *("name", "options", "environ", "files", "source", "sent", "project", "asked", "error"),
            *("cloud", "faults", "sdk", "differs_because", "end_to_end"),
        }
        assert ("error" in row) is not ("source" in row), row["name"]
        if row.get("source") in ("oidc_env", "sdk_env", "sdk_file", "pod_identity") and not row.get("options"):
            assert "sdk" in row, f"the vendor's SDK has this source too: {row['name']}"
