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

MIN_KEY_LENGTH = 4  # characters; keys and tokens have many more, but no document says how many

# What examples have in place of a key.
_STAND_IN = re.compile(
    r"(change|replace|fill|insert)[-_. ]?(me|this|it|in)|x{3,}|\*{3,}|\.{3,}|todo|tbd|fixme|placeholder|your[-_. ].*"
    r"|((your|my)[-_. ]?)?(huawei[-_. ]?cloud[-_. ]?)?((secret|access|security|auth)[-_. ]?)+(key|token)([-_. ]?id)?([-_. ]?here)?",
    re.I,
)


def stand_in(value: str) -> Optional[str]:
    """Return why the value only stands for a key or a token, such as "changeme", or is too short for one; None otherwise."""
    if len(value) < MIN_KEY_LENGTH:
        return f"has {len(value)} characters, too few for a key or a token"
    return "is a word that stands for a value, as in an example" if _STAND_IN.fullmatch(value) else None


def unusable(value: str) -> Optional[str]:
    """Return why the value is malformed, such as "has quotes around it", or None.

    This applies to keys, tokens, and names of users, accounts and agencies. A password may have any form.
    """
    if value.startswith("$ANSIBLE_VAULT;"):
        return "is text that Ansible Vault has encrypted, and it was not decrypted"
    if value[:1] in _QUOTES or value[-1:] in _QUOTES:
        return "has quotes around it, which do not belong to the value"
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
