# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build and check the URLs of services, and percent-encode as the signature requires.

Unknown regions are accepted, since the list grows. Source: https://developer.huaweicloud.com/endpoint
"""

from __future__ import annotations

import re
from typing import Iterable, Optional, Tuple
from urllib.parse import quote, urlsplit

from ._errors import ConfigurationError


def encode(text: str) -> str:
    """Percent-encode all but the unreserved characters of RFC 3986."""
    return quote(text, safe="")


def encode_query(pairs: Iterable[Tuple[str, str]]) -> str:
    """Return the query string, sorted by name and value, as it is signed and must be sent."""
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))


def operation_url(base: str, path: Iterable[str], query: Iterable[Tuple[str, str]]) -> str:
    """Return the URL. Raises ConfigurationError if an option has half a surrogate pair, as a byte that is not UTF-8 becomes."""
    url = query_string = None
    try:
        url = "/".join((base, *(encode(segment) for segment in path)))
        query_string = encode_query(query)
    except UnicodeEncodeError:
        pass
    # Outside of the except block: see run_module().
    if url is None or query_string is None:
        raise ConfigurationError(
            "An option holds a character that no URL can carry (half of a surrogate pair, or a byte that is no UTF-8)."
        )
    return f"{url}?{query_string}" if query_string else url


DEFAULT_CLOUD = "myhuaweicloud.com"
EUROPEAN_CLOUD = "myhuaweicloud.eu"
EUROPEAN_REGIONS = "eu-west-1"


def default_cloud(region: str) -> str:
    """Return the domain of the cloud that has `region`. The European site has its own accounts and domain."""
    return EUROPEAN_CLOUD if region.startswith(EUROPEAN_REGIONS) else DEFAULT_CLOUD


def service_url(service: str, region: str, cloud: Optional[str]) -> str:
    """Return the https URL of a regional service, such as hss or iam."""
    return f"https://{service}.{region}.{cloud or default_cloud(region)}"


def region_variable(service: str, region: str) -> str:
    """Return the environment variable of the vendor's SDK that overrides the endpoint of a service in a region."""
    return f"HUAWEICLOUD_SDK_REGION_{service.upper()}_{region.upper().replace('-', '_')}"


def without_version(iam_url: str) -> str:
    """Return the URL of IAM without a final /v3: Terraform's HW_AUTH_URL has it, the SDK's variable does not."""
    parts = urlsplit(iam_url)
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path[: -len('/v3')] if path.endswith('/v3') else path}"


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL."""
    return "/".join(url.split("/", 3)[:3])


def is_local(host: str) -> bool:
    """Return whether the host is loopback or link-local: plain HTTP is accepted for it, and no proxy is used."""
    # Importing it takes a millisecond, and only plain HTTP needs it.
    import ipaddress

    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local


def address_problem(url: str) -> Optional[str]:
    """Return why no secret may be sent to the URL, or None. The text never repeats the URL, which may contain a password."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "is not a valid URL"
    if parts.scheme not in ("https", "http") or not host:
        return "must be a URL that starts with https://"
    if "@" in parts.netloc:
        return "must not hold a user name or password"
    if "[" in parts.netloc and not re.fullmatch(r"\[[0-9A-Fa-f:.]+(%[0-9A-Za-z]+)?\](:[0-9]*)?", parts.netloc):
        return "is not a valid URL"
    if any(not 0 < len(label) <= 63 for label in host.rstrip(".").split(".")) or not host.isascii():
        return "must name a host (give an international name in its xn-- form)"
    if not all(c.isprintable() and c.isascii() and c != " " for c in url):
        return "holds characters that do not belong in a URL"
    if parts.scheme == "http" and not is_local(host):
        return "must start with https:// (http:// is accepted for loopback and link-local addresses only)"
    return None


def url_problem(url: str) -> Optional[str]:
    """Return why the URL cannot be an endpoint, or None."""
    problem = address_problem(url)
    if problem:
        return problem
    parts = urlsplit(url)
    if parts.query or parts.fragment or "?" in url or "#" in url:
        return "must not hold a query or a fragment"
    # Other characters would be rewritten by the HTTP library or a proxy, which invalidates the signature.
    if (
        not all(c.isascii() and (c.isalnum() or c in "-._~:/[]%") for c in url)
        or "/." in parts.path
        or "//" in parts.path
        or "%" in parts.path
    ):
        return "holds characters that do not belong in an endpoint"
    return None


def normalised(url: str) -> str:
    """Return the URL as it is sent: host in lower case, without default port and final slash."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    if port is not None and port != {"https": 443, "http": 80}[parts.scheme]:
        host = f"{host}:{port}"
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
