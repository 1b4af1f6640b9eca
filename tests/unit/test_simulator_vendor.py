# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's own credential providers, unchanged, get their keys from the simulator and use them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials, Credentials, GlobalCredentials
from huaweicloudsdkcore.auth.internal import MetadataAccessor
from huaweicloudsdkcore.auth.provider import (
    EnvCredentialProvider,
    MetadataCredentialProvider,
    OidcStsCredentialProvider,
    PodIdentityCredentialProvider,
)
from huaweicloudsdkcore.exceptions.exception_handler import DefaultExceptionHandler
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, SdkException
from huaweicloudsdkcore.http.http_client import HttpClient
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.region.region import Region

from tests import vendor_sdk
from tests.simulator import (
    DEMO_AGENCY_URN,
    DEMO_AK,
    DEMO_DOMAIN_ID,
    DEMO_ID_TOKEN,
    DEMO_IDP,
    DEMO_IDP_URN,
    DEMO_POD_TOKEN,
    DEMO_PROJECT_ID,
    DEMO_REGION,
    DEMO_SK,
    Simulator,
    agency,
    faults,
    identity_provider,
    metadata,
    pod,
    scenario,
)

IAM_PROJECTS = "/v3/projects"
STATISTICS = f"/v5/{DEMO_PROJECT_ID}/container/cluster/statistics"
KEYS = "/openstack/latest/securitykey"
METADATA_TOKENS = "/meta-data/latest/api/token"


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Credentials, "_CACHE", {})


@pytest.fixture
def sim(monkeypatch: pytest.MonkeyPatch) -> Any:
    data = scenario(agencies=[agency()], identity_providers=[identity_provider()], metadata=metadata(), pods=[pod()])
    with Simulator(data) as running:
        monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", running.http_url)
        monkeypatch.setenv("HUAWEICLOUD_SDK_STS_ENDPOINT", running.http_url)
        monkeypatch.setattr(MetadataAccessor, "_METADATA_ENDPOINT", running.http_url)
        yield running
        assert not running.errors


def use(sim: Simulator, credentials: BasicCredentials) -> None:
    """Find the project and request its statistics."""
    builder = (
        vendor_sdk.HssClient.new_builder().with_credentials(credentials).with_region(Region(DEMO_REGION, sim.http_url))
    )
    answer = builder.build().show_cluster_scan_statistics(vendor_sdk.ShowClusterScanStatisticsRequest())
    assert answer.unscan_cluster_num == 10
    assert credentials.security_token in sim.issued
    assert credentials.sk in sim.issued


def paths(sim: Simulator) -> list[str]:
    return [request.path for request in sim.requests]


def test_federation(sim: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "id-token"
    file.write_text(DEMO_ID_TOKEN + "\n")
    monkeypatch.setenv("HUAWEICLOUD_SDK_IDP_ID", DEMO_IDP)
    monkeypatch.setenv("HUAWEICLOUD_SDK_ID_TOKEN_FILE", str(file))
    use(sim, EnvCredentialProvider.get_basic().get_credentials())
    assert paths(sim) == [
        "/v3.0/OS-AUTH/id-token/tokens",
        "/v3.0/OS-CREDENTIAL/securitytokens",
        IAM_PROJECTS,
        STATISTICS,
    ]


def test_federation_refused(sim: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "id-token"
    file.write_text("wrong")
    with pytest.raises(SdkException, match="IAM.0001"):
        use(sim, BasicCredentials().with_idp_id(DEMO_IDP).with_id_token_file(str(file)))


def test_agency_with_oidc(sim: Simulator) -> None:
    use(sim, OidcStsCredentialProvider("basic", DEMO_IDP_URN, DEMO_AGENCY_URN, DEMO_ID_TOKEN).get_credentials())
    assert paths(sim) == ["/v5/agencies/assume-with-oidc", IAM_PROJECTS, STATISTICS]


def test_agency_with_oidc_refused(sim: Simulator) -> None:
    credentials = OidcStsCredentialProvider("basic", DEMO_IDP_URN, DEMO_AGENCY_URN, "wrong").get_credentials()
    with pytest.raises(SdkException, match="401"):
        use(sim, credentials)


def test_metadata(sim: Simulator) -> None:
    use(sim, MetadataCredentialProvider.get_basic().get_credentials())
    assert paths(sim) == [METADATA_TOKENS, KEYS, IAM_PROJECTS, STATISTICS]


def test_metadata_is_queried_again_near_the_end(sim: Simulator) -> None:
    sim.issued_lifetime = 60  # the SDK wants more than 40 minutes
    use(sim, MetadataCredentialProvider.get_basic().get_credentials())
    assert paths(sim).count(KEYS) > 1


def test_metadata_with_a_stale_token(sim: Simulator) -> None:
    credentials = MetadataCredentialProvider.get_basic().get_credentials()
    sim.expire_issued()
    credentials._expire_at = 0
    use(sim, credentials)
    assert paths(sim) == [METADATA_TOKENS, KEYS, KEYS, METADATA_TOKENS, KEYS, IAM_PROJECTS, STATISTICS]


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"token": "absent"}, [METADATA_TOKENS, KEYS]), ({"token": "required"}, [METADATA_TOKENS, KEYS])],
)
def test_metadata_modes(sim: Simulator, options: dict[str, Any], expected: list[str]) -> None:
    sim.replace_scenario(scenario(agencies=[agency()], metadata=metadata(**options)))
    use(sim, MetadataCredentialProvider.get_basic().get_credentials())
    assert paths(sim)[:-2] == expected


def test_metadata_without_an_agency(sim: Simulator) -> None:
    sim.replace_scenario(scenario(metadata=metadata(agency=None)))
    with pytest.raises(ClientRequestException) as caught:
        MetadataCredentialProvider.get_basic().get_credentials()
    assert caught.value.status_code == 401
    assert paths(sim) == [METADATA_TOKENS, KEYS]


def test_pod_identity(sim: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(DEMO_POD_TOKEN + "\n")
    monkeypatch.setenv("HC_CONTAINER_CREDENTIALS_FULL_URI", f"{sim.http_url}/pod-identity/credentials")
    monkeypatch.setenv("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(file))
    use(sim, PodIdentityCredentialProvider.get_basic().get_credentials())
    file.write_text("wrong")
    with pytest.raises(SdkException, match="401"):
        PodIdentityCredentialProvider.get_basic().get_credentials()


def test_account_id(sim: Simulator) -> None:
    client = HttpClient(HttpConfig.get_default_config(), None, DefaultExceptionHandler(), logging.getLogger("test"))
    for injected, queried in (
        ([], ["/v3/auth/domains"]),
        ([faults.answer(200, {"domains": []}, path="/v3/auth/domains")], ["/v3/auth/domains", "/v5/caller-identity"]),
    ):
        sim.reset()
        Credentials._CACHE.clear()
        for fault in injected:
            sim.inject(fault)
        credentials = GlobalCredentials(DEMO_AK, DEMO_SK)
        credentials.process_auth_params(client, DEMO_REGION)
        assert credentials.domain_id == DEMO_DOMAIN_ID
        assert paths(sim) == queried
    client.close()
