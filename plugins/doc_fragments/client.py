# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options for connection and credentials, which all modules share (argument spec in module_utils/_argspec.py)."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - requests >= 2.25 (Python library) on the host that runs the module
notes:
  - Environment variables and files are read on the host that runs the module, not on the controller. With C(connection=local) or
    C(hosts=localhost) both are the same.
  - An option for the connection or the credential, or an environment variable, that is an empty string counts as not given. Blanks and
    line breaks around a value are dropped; a value of blanks only is an error, and so is any other option that is empty, blank or null.
  - A relative path is resolved against the folder that the module runs in. On localhost that is the folder of the playbook, not the one where
    C(ansible-playbook) was started, and for a playbook of a collection a folder of the collection. A message about a file shows the
    absolute path that was tried. Give absolute paths.
  - A value that should name a file is not shown where it does not look like a path, since it may be the secret itself.
  - A key, a token or a name that cannot be right (quotes around it, a placeholder that was never replaced such as V($(NAME\)),
    V(${NAME}) or V(%NAME%); in a key or a token also a blank or a character that is not ASCII) is an error before anything is sent,
    since refused signatures lock an access key. So is a key or a token that stands for another value, as in an example (V(changeme),
    V(your-access-key)), or that has fewer than 4 characters. A password may contain any character.
  - Proxies are taken from the environment (C(HTTPS_PROXY), C(HTTP_PROXY), C(NO_PROXY)), and never used for loopback and link-local
    addresses. C(~/.netrc) is never read and redirects are never followed.
options:
  region:
    description:
      - The ID of the region, such as V(cn-north-4).
      - Taken from E(HW_REGION_NAME) if not given.
      - May be left out when O(endpoint) and a project ID are given.
    type: str
  project_id:
    description:
      - The ID of the project, 1 to 256 characters.
      - If not given, the project ID that belongs to the credential's own source is taken, see O(auth_method); if that has none,
        IAM is asked for the project named O(project_name).
    type: str
  project_name:
    description:
      - The name of the project to look up in IAM when no project ID is known. The name of a region's own project is the region's ID.
      - Taken from E(HW_PROJECT_NAME) if not given; then the region's ID is the default.
    type: str
  enterprise_project_id:
    description:
      - The ID of an enterprise project, 1 to 256 characters, or V(all_granted_eps) for all that the credential has access to.
      - Taken from E(HW_ENTERPRISE_PROJECT_ID) if not given. If it is not set there, nothing is sent,
        and the cloud counts the default enterprise project B(only).
    type: str
  endpoint:
    description:
      - The URL of HSS. The default is C(https://hss.REGION.CLOUD).
      - Taken from C(HUAWEICLOUD_SDK_REGION_HSS_REGION) if not given, where REGION is the region's ID in upper case with C(_) for C(-),
        such as E(HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4); the first URL counts if it holds a list.
      - Must start with C(https://); C(http://) is accepted for loopback and link-local addresses only.
    type: str
  iam_endpoint:
    description:
      - The URL of IAM, with or without C(/v3) at its end. The default is C(https://iam.REGION.CLOUD).
      - Taken from E(HUAWEICLOUD_SDK_IAM_ENDPOINT), then E(HW_AUTH_URL), if not given.
      - Must start with C(https://); C(http://) is accepted for loopback and link-local addresses only.
    type: str
  cloud:
    description:
      - The domain of the cloud. Set it for partner clouds.
      - Taken from E(HW_CLOUD) if not given. The default is V(myhuaweicloud.com), and V(myhuaweicloud.eu) for regions that start
        with V(eu-west-1).
    type: str
  validate_certs:
    description:
      - Whether certificates are verified. There is no environment variable for it, so that verification cannot be disabled unnoticed.
      - Set O(ca_path) for a certificate of your own CA rather than V(false) here.
    type: bool
    default: true
  ca_path:
    description:
      - The path of a bundle of CA certificates in PEM to verify with, or of a directory of hashed ones, in place of the bundle that
        comes with C(requests).
      - Taken from E(REQUESTS_CA_BUNDLE), then E(SSL_CERT_FILE), if not given.
      - Must be a regular file of at most 16 MiB, or a directory.
    type: path
  request_timeout:
    description:
      - Seconds to connect, and seconds to wait for data, in each request. Above 0 and at most 86400.
      - A whole answer, with its headers, may take at most ten times that, however little of it comes in at a time.
    type: float
    default: 30
  max_retries:
    description:
      - How many more times a request is tried that failed temporarily (connection failures and HTTP 500, 502, 503 and 504). V(0) for
        none, at most 100.
      - A throttled request (HTTP 429, C(APIGW.0308)) is not a failed try. It waits until the quota of its operation allows it, and
        fails when no request of the task has succeeded for 5 minutes, at once if the cloud names a longer wait, or at the deadline of
        the task, if it has one.
        The result C(throttled_seconds) says how long the task waited.
      - Waits grow exponentially with jitter; C(Retry-After) is honoured. One wait is at most 30 seconds, all waits of a request
        together are at most 5 minutes.
      - A certificate that fails, a name that does not exist and a refused credential are never tried again.
      - Taken from E(HW_MAX_RETRIES) if not given; then V(5) is the default.
    type: int
  auth_method:
    description:
      - The source of the credential. A credential comes completely from one source; sources are never combined.
      - V(auto) uses the source whose options are given, such as O(access_key), O(credentials_file) or O(koocli_profile). An option
        comes before every environment variable.
      - Without such an option, V(auto) uses the first source, in the order given here, that has any of its variables set, or its
        default file. A partially configured source is an error that names what is missing. V(koocli_file) is used only when an option
        or E(HW_SHARED_CONFIG_FILE) names it, and V(ecs_metadata) only by this option.
      - V(token) is option O(auth_token).
      - V(aksk) is the options O(access_key), O(secret_key) and O(security_token).
      - V(password) is the options O(username), O(password) and O(domain_name).
      - V(oidc_env) is E(HUAWEICLOUD_OIDC_PROVIDER_URN) and E(HUAWEICLOUD_OIDC_AGENCY_URN) with E(HUAWEICLOUD_OIDC_ID_TOKEN) or
        E(HUAWEICLOUD_OIDC_TOKEN_FILE). STS exchanges the identity token for temporary keys of the agency. Optional are
        E(HUAWEICLOUD_OIDC_SESSION_NAME), E(HUAWEICLOUD_OIDC_DURATION_SECONDS) (900 to 43200, default 3600),
        E(HUAWEICLOUD_OIDC_POLICY) and E(HUAWEICLOUD_OIDC_POLICY_IDS). The project ID is in E(HUAWEICLOUD_SDK_PROJECT_ID), and the
        URL of STS in E(HUAWEICLOUD_SDK_STS_ENDPOINT), which must be set if IAM has an address of its own.
      - V(sdk_env) is E(HUAWEICLOUD_SDK_IDP_ID) with E(HUAWEICLOUD_SDK_ID_TOKEN_FILE), which is exchanged for temporary keys; or else
        E(HUAWEICLOUD_SDK_AK), E(HUAWEICLOUD_SDK_SK) and E(HUAWEICLOUD_SDK_SECURITY_TOKEN). The project ID is in
        E(HUAWEICLOUD_SDK_PROJECT_ID).
      - V(terraform_env) is E(HW_AUTH_TOKEN); or else E(HW_ACCESS_KEY), E(HW_SECRET_KEY) and E(HW_SECURITY_TOKEN); or else
        E(HW_USER_NAME), E(HW_USER_PASSWORD) and E(HW_DOMAIN_NAME). The project ID is in E(HW_PROJECT_ID).
      - V(sdk_file) is section C([basic]) of O(credentials_file).
      - V(pod_identity) is E(HC_CONTAINER_CREDENTIALS_FULL_URI) with E(HC_CONTAINER_AUTHORIZATION_TOKEN_FILE), which a container
        cluster sets.
      - V(koocli_file) is O(koocli_profile) in O(koocli_config).
      - V(ecs_metadata) is the agency of the instance (ECS) that runs the module.
    type: str
    choices: [auto, token, aksk, password, oidc_env, sdk_env, terraform_env, sdk_file, pod_identity, koocli_file, ecs_metadata]
    default: auto
  auth_token:
    description: An IAM token of the project, as the response header C(X-Subject-Token) gives it. Blanks around it are dropped.
    type: str
  access_key:
    description: The access key ID (AK). Blanks around it are dropped.
    type: str
  secret_key:
    description:
      - The secret access key (SK) that belongs to O(access_key). Requests are signed with it; it is never sent.
      - Blanks around it are dropped.
    type: str
  security_token:
    description: The security token that belongs to temporary keys. Needed with those, and only with those.
    type: str
  username:
    description:
      - The name of an IAM user, who logs in with O(password).
      - A token is fetched for each project that is asked about; it stays in memory. Users that need MFA cannot be used.
    type: str
  password:
    description: The password of O(username). A line break at its end is dropped.
    type: str
  domain_name:
    description: The name of the account that O(username) belongs to.
    type: str
  credentials_file:
    description:
      - The path of a credentials file of the vendor's SDKs. Section C([basic]) is read, and a C(%) is written C(%%) there.
      - Taken from E(HUAWEICLOUD_SDK_CREDENTIALS_FILE) if not given; then V(~/.huaweicloud/credentials) is read if it is there.
    type: path
  koocli_config:
    description:
      - The path of a configuration file of KooCLI. Its secrets must have been stored plainly
        (C(hcloud configure set --cli-auth-encrypt=false)).
      - Taken from E(HW_SHARED_CONFIG_FILE) if not given; then, with O(auth_method=koocli_file), V(~/.hcloud/config.json) is read.
    type: path
  koocli_profile:
    description:
      - The name of a profile in O(koocli_config). Alone it selects V(koocli_file) too.
      - A profile of mode C(AKSK), C(SSO) or C(token) that names an agency is an error unless options name the agency, since KooCLI would
        not assume it and Terraform would.
      - Taken from E(HW_PROFILE) if not given; then the file's current profile is the default.
    type: str
  agency_name:
    description:
      - The name of an agency. The credential is exchanged for temporary keys of that agency first.
      - With V(terraform_env), the agency is taken from E(HW_ASSUME_ROLE_AGENCY_NAME), E(HW_ASSUME_ROLE_DOMAIN_NAME),
        E(HW_ASSUME_ROLE_DOMAIN_ID) and E(HW_ASSUME_ROLE_DURATION) if no option names one; name and ID of the account together are an
        error. With any other source these variables are
        an error unless options name the agency, so that no other account is judged. So are E(HW_ASSUME_ROLE_IDP_ID),
        E(HW_ASSUME_ROLE_ID_TOKEN) and E(HW_ASSUME_ROLE_ID_TOKEN_FILE) with every source.
      - With an agency, the project ID of the credential's own source is not used, since it belongs to the caller's account.
    type: str
  agency_domain_name:
    description: The name of the account that created O(agency_name). Required with O(agency_name), unless
      O(agency_domain_id) is set; both together are an error.
    type: str
  agency_domain_id:
    description:
      - The ID of the account that created O(agency_name). With keys, the agency is then assumed by STS, as Terraform does it, unless
        IAM has an address of its own (by O(iam_endpoint), a variable or the credentials file) and E(HUAWEICLOUD_SDK_STS_ENDPOINT)
        is not set.
    type: str
  agency_duration:
    description: Lifetime of the temporary keys of O(agency_name), in seconds, from 900 to 86400. They are renewed if a wait lasts longer.
    type: int
    default: 3600
  agency_external_id:
    description:
      - The external ID that the trust policy of O(agency_name) asks for. Only STS takes it, so it needs O(agency_domain_id), and a
        credential with keys rather than a token or a password. If IAM has an address of its own, it also needs
        E(HUAWEICLOUD_SDK_STS_ENDPOINT).
      - There is no environment variable for it.
    type: str
"""
