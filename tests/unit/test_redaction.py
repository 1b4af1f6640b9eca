# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from ansible_collections.huaweicloud.hss.plugins.module_utils._redaction import MASK, Secrets

SECRET = "päss wörd/+=%\"'{{ x }}\n"


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        SECRET.strip(),
        quote(SECRET.strip(), safe=""),
        quote(SECRET.strip()),
        json.dumps(SECRET)[1:-1],
        repr(SECRET.strip()),
    ],
)
def test_each_form_is_masked(echo: str) -> None:
    secrets = Secrets()
    secrets.register(SECRET)
    shown = secrets.redact(f"before {echo} after")
    assert "wörd" not in shown and "w%C3%B6rd" not in shown and "w\\u00f6rd" not in shown


def test_the_longest_goes_first() -> None:
    secrets = Secrets()
    secrets.register("abc", "abcdef")
    assert secrets.redact("xabcdefx") == f"x{MASK}x"


@pytest.mark.parametrize("secret", ["e", "10", "the", ".", "a*"])
def test_a_short_secret_garbles_no_message(secret: str) -> None:
    secrets = Secrets()
    secrets.register(secret)
    text = "HTTP 410, the answer to 10 requests. Set the password."
    assert secrets.redact(text) == text
    assert (
        secrets.redact(f'{{"password": "{secret}"}} password={secret}') == f'{{"password": "{MASK}"}} password={MASK}'
    )
    # A result that contains it is refused all the same, see _module.py.
    assert secret in secrets.values() and secret not in secrets.masked_values()


def test_empty_values_are_no_secrets() -> None:
    secrets = Secrets()
    secrets.register("", None, "  ")
    assert secrets.redact("a b  c") == "a b  c"


@pytest.mark.parametrize(
    "url,secret",
    [
        ("http://user:proxy-password-1@proxy:3128", "proxy-password-1"),
        ("http://user:p%40ssword-2@proxy:3128", "p@ssword-2"),
        ("user:proxy-password-3@proxy:3128", "proxy-password-3"),
        ("https://lone-token-of-job-4@host/", "lone-token-of-job-4"),
        ("https://user:a@b-password-5@host/", "a@b-password-5"),
        ("https://user:password-6@[broken", "password-6"),
        ("https://user:pass/word-7@host/", "pass/word-7"),
        ("https://host/?token=query-secret-8", "query-secret-8"),
    ],
)
def test_user_information_of_urls(url: str, secret: str) -> None:
    secrets = Secrets()
    secrets.register_url(url)
    assert secret not in secrets.redact(f"{url} {secret}")


@pytest.mark.parametrize("password", ["a", "b0b", "proxy", "7letter"])
def test_a_short_password_of_a_url_is_masked_in_the_url_only(password: str) -> None:
    secrets = Secrets()
    secrets.register_url(f"http://u:{password}@proxy:3128")
    assert (
        secrets.redact(f"cannot connect to http://u:{password}@proxy:3128")
        == f"cannot connect to http://{MASK}proxy:3128"
    )
    assert secrets.redact(f"{password} of b0b a proxy") == f"{password} of b0b a proxy"


def test_half_of_a_password_with_a_slash_is_masked() -> None:
    secrets = Secrets()
    secrets.register_url("http://user:s3cretpa//ssw0rd?x@127.0.0.1:9")
    shown = secrets.redact("no host user:s3cretpa, no path //ssw0rd, no query")
    assert "s3cretpa" not in shown and "ssw0rd" not in shown


@pytest.mark.parametrize("user", ["ci", "jenkins", "gitlab-ci"])
def test_the_name_of_a_user_is_no_secret(user: str) -> None:
    secrets = Secrets()
    secrets.register_url(f"http://{user}@proxy:3128")
    assert secrets.redact(f"the proxy of {user}") == f"the proxy of {user}"
    assert not secrets.occur_in(f"{user} is the name of a system")


def test_every_form_is_recognised() -> None:
    secrets = Secrets()
    secrets.register("a b")
    assert set(secrets.values()) == {"a b", "a%20b", "YSBi"}


TOKEN = "MIIEqwYJ/abcSECRETdef+ghi=="


@pytest.mark.parametrize(
    "echo",
    [
        '{"x-auth-token": "MIIEqwYJ\\/abcSECRETdef+ghi\\u003d\\u003d"}',
        "MIIEqwYJ%2fabcSECRETdef%2bghi%3d%3d",
        "MIIEqwYJ%252fabcSECRETdef+ghi==",
        "MIIEqwYJ&#47;abcSECRETdef&#43;ghi==",
        "MIIEqwYJ/abc\n SECRETdef+ghi==",
        "TUlJRXF3WUovYWJjU0VDUkVUZGVmK2doaT09",
    ],
)
def test_other_writings_do_not_get_through(echo: str) -> None:
    secrets = Secrets()
    secrets.register(TOKEN)
    shown = secrets.redact(f"before {echo} after")
    assert "SECRET" not in shown and "TUlJRXF3" not in shown


def test_a_text_without_a_secret_stays_as_it_is() -> None:
    secrets = Secrets()
    secrets.register(TOKEN, "a b")
    assert secrets.redact("100%25 of \\ &amp; ab") == "100%25 of \\ &amp; ab"


def test_a_lone_surrogate_is_no_bug() -> None:
    secrets = Secrets()
    secrets.register("x\ud800-and-more")
    assert secrets.redact("x\ud800-and-more") == MASK
