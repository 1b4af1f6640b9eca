# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recognize malformed keys, tokens and names before they are used: rejected signatures lock an access key.

Imported only for a value with unusual characters. The texts never repeat a value.
"""

from __future__ import annotations

import re
from typing import Optional

_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb"
# The form as a message shows it, and its pattern, which matches the entire value if a part could match by chance.
_PLACEHOLDERS = (
    ("$(NAME)", re.compile(r"\$\([^()]*\)")),
    ("${NAME}", re.compile(r"\$\{[^{}]*\}")),
    ("$NAME", re.compile(r"\A\$(env:)?[A-Za-z_]\w*\Z")),
    ("{{ name }}", re.compile(r"\{\{.*\}\}", re.S)),
    ("{% ... %}", re.compile(r"\{%.*%\}", re.S)),
    ("%NAME%", re.compile(r"\A%[A-Za-z_]\w*%\Z")),
    ("%(NAME)s", re.compile(r"%\(\w*\)s")),
    ("#{NAME}", re.compile(r"#\{[^{}]*\}")),
    ("<name>", re.compile(r"\A<[^<>]*>\Z")),
)


def unusable(value: str) -> Optional[str]:
    """Return why the value is malformed, such as "has quotes around it", or None.

    This applies to keys, tokens, and names of users, accounts and agencies. A password may have any form.
    """
    if value.startswith("$ANSIBLE_VAULT;"):
        return "is text that Ansible Vault has encrypted and nobody decrypted"
    if value[:1] in _QUOTES or value[-1:] in _QUOTES:
        return "has quotes around it, which are no part of it"
    placeholder = next((form for form, pattern in _PLACEHOLDERS if pattern.search(value)), None)
    return placeholder and f"holds a placeholder that was never replaced, of the form {placeholder}"


def odd_characters(value: str) -> Optional[str]:
    """Return which characters of the value neither a key nor a token can have, as the end of a sentence, or None."""
    odd = control_characters(value)
    if odd is not None:
        return odd
    if any(character.isspace() for character in value):
        return "holds a blank"
    return None if value.isascii() else "holds a character that is not ASCII"


def control_characters(value: str) -> Optional[str]:
    """Return which characters of the value not even a password can have, as the end of a sentence, or None."""
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "holds text that is not valid UTF-8"
    if any(character < " " or character == "\x7f" for character in value):
        return "holds a line break or another control character"
    return None
