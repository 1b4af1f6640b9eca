# Copyright: Contributors to the huaweicloud.hss collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens and temporary keys that the simulated cloud hands out."""

from __future__ import annotations

import base64
import math
import secrets
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from tests.simulator.grants import Grants, Owner
from tests.simulator.scenario import AccessKey, Project, Token


@dataclass(frozen=True)
class Scope:
    """A project or an account; neither for an unscoped token."""

    project: Project | None = None
    domain_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class IssuedToken(Token):
    owner: Owner
    methods: tuple[str, ...]
    issued_at: float
    expires_at: float
    scope: Scope
    assumed_by: Owner | None = None
    identity_provider: str | None = None

    @property
    def region(self) -> str | None:
        return self.scope.project.region if self.scope.project else None

    def may_use(self, project_id: str) -> bool:
        return self.scope.project is not None and self.scope.project.id == project_id


@dataclass(frozen=True, kw_only=True)
class IssuedKey(AccessKey):
    owner: Owner
    security_token: str
    expires_at: float


class Issuer:
    def __init__(self, now: Callable[[], float], lifetime: float | None) -> None:
        self.lifetime = lifetime  # in place of what is asked for
        self._now = now
        self._guard = threading.Lock()
        self._tokens: dict[str, IssuedToken] = {}
        self._keys: dict[str, IssuedKey] = {}
        self._metadata_tokens: dict[str, float] = {}
        self._secrets: list[str] = []

    @property
    def issued(self) -> list[str]:
        with self._guard:
            return list(self._secrets)

    def token(self, grants: Grants, lifetime: float, **details: Any) -> IssuedToken:
        token = self.described(grants, "MII" + _random_base64(1100).replace("/", "-"), lifetime, **details)
        with self._guard:
            self._tokens[token.token] = token
            self._secrets.append(token.token)
        return token

    def described(
        self, grants: Grants, value: str, lifetime: float, latest: float = math.inf, **details: Any
    ) -> IssuedToken:
        """Details are owner, methods, scope, and perhaps assumed_by or identity_provider."""
        moment = self._now()
        return IssuedToken(
            **{**_members(grants), **details},
            token=value,
            must_update=False,
            issued_at=moment,
            expires_at=min(latest, moment + self._lifetime(lifetime)),
        )

    def key(self, grants: Grants, owner: Owner, lifetime: float) -> IssuedKey:
        key = IssuedKey(
            **{**_members(grants), "owner": owner},
            access_key="HST" + _random_text(string.ascii_uppercase + string.digits, 17),
            secret_key=_random_text(string.ascii_letters + string.digits, 40),
            security_token=_random_base64(700),
            expires_at=self._now() + self._lifetime(lifetime),
        )
        with self._guard:
            self._keys[key.access_key] = key
            self._secrets += [key.secret_key, key.security_token]
        return key

    def metadata_token(self, lifetime: float) -> str:
        token = _random_base64(60)
        with self._guard:
            self._metadata_tokens[token] = self._now() + self._lifetime(lifetime)
            self._secrets.append(token)
        return token

    def find_token(self, value: str) -> IssuedToken | None:
        with self._guard:
            return self._tokens.get(value)

    def find_key(self, access_key: str) -> IssuedKey | None:
        with self._guard:
            return self._keys.get(access_key)

    def accepts_metadata_token(self, value: str) -> bool:
        with self._guard:
            return self._metadata_tokens.get(value, 0) > self._now()

    def expire(self) -> None:
        """End everything issued so far; the cloud answers the same for what has expired and what it never knew."""
        with self._guard:
            self._tokens.clear()
            self._keys.clear()
            self._metadata_tokens.clear()

    def outdate_tokens(self) -> None:
        with self._guard:
            self._tokens = {value: replace(token, must_update=True) for value, token in self._tokens.items()}

    def _lifetime(self, requested: float) -> float:
        return requested if self.lifetime is None else self.lifetime


def _members(grants: Grants) -> dict[str, Any]:
    return {field.name: getattr(grants, field.name) for field in fields(Grants)}


def _random_text(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _position in range(length))


def _random_base64(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()
