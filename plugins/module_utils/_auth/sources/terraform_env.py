# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source `terraform_env`: the environment variables of the Terraform provider."""

from __future__ import annotations

from ..credentials import Credential, SourceContext, SourceResult, Token, key_pair
from ..registry import TERRAFORM_AGENCY, TERRAFORM_KEYS, TERRAFORM_TOKEN, TERRAFORM_USER
from ..values import Values

PROJECT = "HW_PROJECT_ID"


def find(context: SourceContext) -> SourceResult:
    """Return the credential of the variables: a token precedes keys, and keys precede a user, as in the provider.

    Raises ConfigurationError if it is incomplete or invalid.
    """
    values = Values("Environment variable", context.environ)
    credential: Credential
    if values.given(TERRAFORM_TOKEN):
        values.required(TERRAFORM_TOKEN, [TERRAFORM_TOKEN])
        credential = Token(values.header(TERRAFORM_TOKEN) or "")
    elif values.given(*TERRAFORM_KEYS):
        credential = key_pair(values, *TERRAFORM_KEYS)
    else:
        from ..user_tokens import password_tokens

        credential = password_tokens(values, *TERRAFORM_USER, context=context)
    agency = None
    if values.given(*TERRAFORM_AGENCY[:3]):
        from ..agency import read_agency

        agency = read_agency(values, *TERRAFORM_AGENCY)
    return SourceResult(credential, values.get(PROJECT), values.origin(PROJECT), agency=agency)
