# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the credential sources in their order, with the options, variables and secrets of each."""

from __future__ import annotations

from typing import NamedTuple, Tuple

SDK_KEYS = ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN")
SDK_FEDERATION = ("HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE")
TERRAFORM_TOKEN = "HW_AUTH_TOKEN"
TERRAFORM_KEYS = ("HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN")
TERRAFORM_USER = ("HW_USER_NAME", "HW_USER_PASSWORD", "HW_DOMAIN_NAME")
TERRAFORM_AGENCY = (
    "HW_ASSUME_ROLE_AGENCY_NAME",
    "HW_ASSUME_ROLE_DOMAIN_NAME",
    "HW_ASSUME_ROLE_DOMAIN_ID",
    "HW_ASSUME_ROLE_DURATION",
)
# The identity of a job, exchanged at STS. Session name, duration and policies alone do not select the source.
OIDC_IDENTITY = (
    "HUAWEICLOUD_OIDC_PROVIDER_URN",
    "HUAWEICLOUD_OIDC_AGENCY_URN",
    "HUAWEICLOUD_OIDC_ID_TOKEN",
    "HUAWEICLOUD_OIDC_TOKEN_FILE",
)
# Options of an agency, which can be combined with any source.
AGENCY_OPTIONS = ("agency_name", "agency_domain_name", "agency_domain_id", "agency_duration", "agency_external_id")
# Those that ask for an agency: the duration has a default.
AGENCY_IDENTITY = tuple(name for name in AGENCY_OPTIONS if name != "agency_duration")

# Variables of other tools that would change the account that is judged. They are not supported, so they are an error.
UNUSED_FEDERATION = ("HW_ASSUME_ROLE_IDP_ID", "HW_ASSUME_ROLE_ID_TOKEN", "HW_ASSUME_ROLE_ID_TOKEN_FILE")
# Secrets that no source uses, but that a message could contain.
FURTHER_SECRETS = ("HW_ASSUME_ROLE_ID_TOKEN",)
# Variables that name a file, like the options in PATH_OPTIONS of _settings. A value that is the content of a file is a secret.
PATH_VARIABLES = (
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "HUAWEICLOUD_SDK_ID_TOKEN_FILE",
    "HUAWEICLOUD_SDK_CREDENTIALS_FILE",
    "HUAWEICLOUD_OIDC_TOKEN_FILE",
    "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "HW_SHARED_CONFIG_FILE",
    "HW_ASSUME_ROLE_ID_TOKEN_FILE",
)


class Source(NamedTuple):
    """A credential source, which is configured if any of `options` or `variables` is set. Options precede all variables.

    `how_to_set` says what to set, in the words of a message.
    """

    name: str
    how_to_set: str
    options: Tuple[str, ...] = ()
    secret_options: Tuple[str, ...] = ()
    variables: Tuple[str, ...] = ()
    secret_variables: Tuple[str, ...] = ()


SOURCES = (
    Source("token", "option auth_token", ("auth_token",), secret_options=("auth_token",)),
    Source(
        "aksk",
        "options access_key and secret_key",
        ("access_key", "secret_key", "security_token"),
        secret_options=("access_key", "secret_key", "security_token"),
    ),
    Source(
        "password",
        "options username, password and domain_name",
        ("username", "password", "domain_name"),
        secret_options=("password",),
    ),
    Source(
        "oidc_env",
        "HUAWEICLOUD_OIDC_PROVIDER_URN and HUAWEICLOUD_OIDC_AGENCY_URN, with HUAWEICLOUD_OIDC_TOKEN_FILE or HUAWEICLOUD_OIDC_ID_TOKEN",
        variables=OIDC_IDENTITY,
        secret_variables=("HUAWEICLOUD_OIDC_ID_TOKEN",),
    ),
    Source(
        "sdk_env",
        "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE",
        variables=(*SDK_FEDERATION, *SDK_KEYS),
        secret_variables=SDK_KEYS,
    ),
    Source(
        "terraform_env",
        "HW_AUTH_TOKEN, or HW_ACCESS_KEY and HW_SECRET_KEY, or HW_USER_NAME, HW_USER_PASSWORD and HW_DOMAIN_NAME",
        # Project, domain or region alone do not select the source.
        variables=(TERRAFORM_TOKEN, *TERRAFORM_KEYS, *TERRAFORM_USER[:2]),
        secret_variables=(TERRAFORM_TOKEN, *TERRAFORM_KEYS, "HW_USER_PASSWORD"),
    ),
    Source(
        "sdk_file",
        "option credentials_file or HUAWEICLOUD_SDK_CREDENTIALS_FILE, or section [basic] in ~/.huaweicloud/credentials",
        ("credentials_file",),
        variables=("HUAWEICLOUD_SDK_CREDENTIALS_FILE",),
    ),
    Source(
        "pod_identity",
        "HC_CONTAINER_CREDENTIALS_FULL_URI and HC_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        variables=("HC_CONTAINER_CREDENTIALS_FULL_URI", "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    ),
    Source(
        "koocli_file",
        "option koocli_config or koocli_profile, or HW_SHARED_CONFIG_FILE",
        ("koocli_config", "koocli_profile"),
        variables=("HW_SHARED_CONFIG_FILE",),
    ),
    Source("ecs_metadata", "used only if auth_method names it"),
)
