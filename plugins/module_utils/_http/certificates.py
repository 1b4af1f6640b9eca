# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explain why a certificate is not trusted, and what to do about it. Only a failing run imports this."""

from __future__ import annotations

import ssl
from typing import Iterable, NamedTuple, Optional

_UNKNOWN_CA = (
    "Give the CA bundle that signed it with ca_path. Is there a proxy that opens TLS, or a wrong name in endpoint?"
)
_EXPIRED = (
    "It is no longer valid, and no CA bundle changes that: whoever runs that service or proxy must renew it. If it is "
    "good, the clock of the host that runs the module is wrong."
)
_NOT_YET = "It is not valid yet: the clock of the host that runs the module is behind, or the certificate was issued for later."
_OTHER_NAME = (
    "It was issued for another name: check endpoint, iam_endpoint, cloud and region, and whether a proxy or a name server in "
    "between leads elsewhere."
)
_STRICT = (
    "It breaks a rule of RFC 5280 that Python 3.13 and newer insist on: have the CA (often that of a proxy that opens TLS) issue it "
    "anew with its key identifiers and extensions, or run the module with Python 3.12."
)
_WEAK = "Its key or its signature is too weak for this host's OpenSSL: have it issued anew with a stronger one."
_REVOKED = "Its CA has revoked it: whoever runs that service or proxy must replace it."
_OTHER = "Have it looked at by whoever runs that service or proxy."

# By the numbers X509_V_ERR_* of OpenSSL.
_HINTS = {
    **dict.fromkeys((2, 18, 19, 20, 21, 27), _UNKNOWN_CA),
    **dict.fromkeys((62, 63, 64), _OTHER_NAME),
    **dict.fromkeys(range(79, 94), _STRICT),
    **dict.fromkeys((66, 67, 68), _WEAK),
    9: _NOT_YET,
    10: _EXPIRED,
    23: _REVOKED,
}


class TrustProblem(NamedTuple):
    """The reason in OpenSSL's words why a certificate was rejected, and a hint."""

    reason: str
    hint: str


def find_trust_problem(causes: Iterable[BaseException]) -> Optional[TrustProblem]:
    """Return why a certificate was rejected, or None if no exception of `causes` is about a certificate."""
    for cause in causes:
        number = getattr(cause, "verify_code", None)
        if isinstance(cause, ssl.SSLCertVerificationError) and number is not None:
            return TrustProblem(str(cause.verify_message), _HINTS.get(number, _OTHER))
        # Older versions of urllib3 check the name themselves and raise these exceptions, which have no number.
        if type(cause).__name__ in ("CertificateError", "SSLCertVerificationError"):
            return TrustProblem("hostname mismatch", _OTHER_NAME)
    return None
