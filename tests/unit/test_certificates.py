# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a certificate is not trusted: a hint for each reason, over real handshakes."""

from __future__ import annotations

import datetime
import pathlib
import ssl
from typing import Any, Dict, Tuple

import pytest
import urllib3
from ansible_collections.huaweicloud.hss.plugins.module_utils._clock import Clock
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.cancellation import CancelToken
from ansible_collections.huaweicloud.hss.plugins.module_utils._concurrency.limiter import ConcurrencyLimiter
from ansible_collections.huaweicloud.hss.plugins.module_utils._errors import ConnectionFailedError
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.certificates import find_trust_problem
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.models import Operation, Request
from ansible_collections.huaweicloud.hss.plugins.module_utils._http.transport import Transport
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import Secrets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.hostile import Listener, Proxy

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Issues certificates with what is wrong with them."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self.certificate = (
            self.start("CA", self.key, NOW - DAY, NOW + 365 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.path = self.pem("ca", self.certificate)

    def start(self, subject: str, key: Any, begin: Any, end: Any, issuer: str = "CA") -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )

    def pem(self, stem: str, certificate: x509.Certificate) -> str:
        path = self.folder / f"{stem}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return str(path)

    def server(
        self, begin: Any = NOW - DAY, end: Any = NOW + DAY, host: str = "127.0.0.1", identifier: bool = True
    ) -> ssl.SSLContext:
        import ipaddress

        key = ec.generate_private_key(ec.SECP256R1())
        numeric = host[0].isdigit()
        names: Any = x509.IPAddress(ipaddress.ip_address(host)) if numeric else x509.DNSName(host)
        builder = self.start("server", key, begin, end).add_extension(
            x509.SubjectAlternativeName([names]), critical=False
        )
        if identifier:
            issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
            builder = builder.add_extension(issuer, critical=False)
        path = self.pem("server", builder.sign(self.key, hashes.SHA256()))
        secret = self.folder / "server.key"
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, str(secret))
        return context


@pytest.fixture
def authority(tmp_path: pathlib.Path) -> Authority:
    return Authority(tmp_path)


def failing(port: int, verify: Any, many: bool = False, host: str = "127.0.0.1") -> ConnectionFailedError:
    clock = Clock()
    limiter = ConcurrencyLimiter(1, clock, CancelToken(clock)) if many else None
    transport = Transport(
        verify=verify, timeout=20.0, max_retries=2, environ={}, secrets=Secrets(), clock=clock, limiter=limiter
    )
    with pytest.raises(ConnectionFailedError) as caught:
        request = Request("POST", f"https://{host}:{port}/", {}, b"{}")
        transport.send(request, Operation("HSS", "x", False), lambda request, when: {}, lambda refused: False)
    return caught.value


REASONS: Dict[str, Tuple[Dict[str, Any], str]] = {
    "expired": ({"end": NOW - DAY / 2}, "must renew it"),
    "not yet valid": ({"begin": NOW + DAY / 2}, "It is not valid yet"),
    "another address": ({"host": "127.0.0.2"}, "issued for another name"),
    "another name": ({"host": "other.example.com"}, "issued for another name"),
}


@pytest.mark.parametrize("many", [False, True], ids=["one scope", "many scopes"])
@pytest.mark.parametrize("reason", REASONS)
def test_a_hint_for_each_reason(authority: Authority, reason: str, many: bool) -> None:
    wrong, hint = REASONS[reason]
    with Listener(authority.server(**wrong)) as server:
        error = failing(server.port, authority.path, many)
        assert server.connections == 1, "another try changes nothing"
    assert "the certificate of 127.0.0.1 is not trusted (" in error.message
    assert hint in str(error.hint) and "ca_path" not in str(error.hint)


@pytest.mark.parametrize("verify", [True, "another"])
def test_a_ca_that_is_not_known(authority: Authority, tmp_path: pathlib.Path, verify: Any) -> None:
    if verify == "another":
        other = tmp_path / "other"
        other.mkdir()
        verify = Authority(other).path
    with Listener(authority.server()) as server:
        error = failing(server.port, verify)
    assert "is not trusted" in error.message and "Give the CA bundle" in str(error.hint)


def test_no_authority_key_identifier(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.13 sets this flag by itself."""
    create = urllib3.util.ssl_.create_urllib3_context

    def strict(*arguments: Any, **named: Any) -> ssl.SSLContext:
        context = create(*arguments, **named)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(urllib3.util.ssl_, "create_urllib3_context", strict)
    with Listener(authority.server(identifier=False)) as server:
        error = failing(server.port, authority.path, many=True)
    assert "key identifier" in error.message.lower() and "Python 3.12" in str(error.hint)
    assert "ca_path" not in str(error.hint)


@pytest.mark.parametrize("reason", ["expired", "another address"])
def test_the_certificate_of_a_proxy(authority: Authority, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, hint = REASONS[reason]
    with Proxy(None, authority.server(**wrong)) as proxy:
        monkeypatch.setenv("https_proxy", f"https://127.0.0.1:{proxy.port}")
        error = failing(443, authority.path, host="hss.example.com")
    assert "the certificate of the proxy is not trusted" in error.message and hint in str(error.hint)


def test_what_is_no_reason() -> None:
    class CertificateError(ValueError):
        """As older urllib3 raises it."""

    assert find_trust_problem([ValueError("x"), OSError()]) is None
    found = find_trust_problem([ValueError("x"), CertificateError("127.0.0.1 doesn't match")])
    assert found is not None and "another name" in found.hint
    # As ssl.match_hostname() raised it: no number, no words of OpenSSL.
    found = find_trust_problem([ssl.SSLCertVerificationError("hostname 'x' doesn't match 'y'")])
    assert found is not None and "another name" in found.hint
