"""Users, their API tokens and what each may do."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from demo_jenkins.files import write_atomically


class Permission(StrEnum):
    """What a user may hold, by Jenkins's own ids."""

    ADMINISTER = "hudson.model.Hudson.Administer"
    READ = "hudson.model.Hudson.Read"
    ITEM_READ = "hudson.model.Item.Read"
    BUILD = "hudson.model.Item.Build"
    CANCEL = "hudson.model.Item.Cancel"
    CONFIGURE = "hudson.model.Item.Configure"
    CREATE = "hudson.model.Item.Create"
    DELETE = "hudson.model.Item.Delete"
    EXTENDED_READ = "hudson.model.Item.ExtendedRead"
    RUN_UPDATE = "hudson.model.Run.Update"
    RUN_DELETE = "hudson.model.Run.Delete"

    @property
    def implied_by(self) -> list[str]:
        """Permissions that bring this one along, as error headers name them."""
        generic = "Read" if self.name.endswith("READ") else "Update"
        return [f"hudson.security.Permission.Generic{generic}", Permission.ADMINISTER]


@dataclass(frozen=True)
class Token:
    """An API token; only its hash is kept."""

    uuid: str
    name: str
    digest: str


@dataclass
class User:
    """Somebody who may sign in; ``anonymous`` is nobody in particular."""

    id: str
    permissions: set[Permission] = field(default_factory=set)
    tokens: list[Token] = field(default_factory=list)

    @property
    def is_anonymous(self) -> bool:
        """Whether this is a caller without credentials."""
        return self.id == "anonymous"

    def may(self, permission: Permission) -> bool:
        """Whether the user holds a permission, directly or as an administrator."""
        return permission in self.permissions or Permission.ADMINISTER in self.permissions

    def add_token(self, name: str) -> tuple[Token, str]:
        """A new token and its value, which is told this once."""
        value = "11" + secrets.token_hex(16)
        token = Token(str(uuid.uuid4()), name, _digest(value))
        self.tokens.append(token)
        return token, value

    def has_token(self, value: str) -> bool:
        """Whether this is one of the user's tokens."""
        digest = _digest(value)
        return any(hmac.compare_digest(digest, token.digest) for token in self.tokens)


class WrongCredentials(Exception):
    """Credentials were sent and are not right (401)."""


class People:
    """All users of the controller, kept in one file of its home."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.users: dict[str, User] = {}
        if path.exists():
            for record in json.loads(path.read_bytes()):
                user = _user_from(record)
                self.users[user.id] = user

    def add(self, user_id: str, permissions: set[Permission]) -> User:
        """A new user without tokens, or the known one with these permissions."""
        user = self.users.setdefault(user_id, User(user_id))
        user.permissions = permissions
        return user

    def save(self) -> None:
        """Write all users down."""
        records = [
            {
                "id": user.id,
                "permissions": sorted(user.permissions),
                "tokens": [asdict(token) for token in user.tokens],
            }
            for user in self.users.values()
        ]
        write_atomically(self._path, json.dumps(records, indent=1).encode())

    def sign_in(self, headers: Mapping[str, str]) -> User:
        """Whoever the Authorization header names; anonymous without one."""
        header = headers.get("Authorization", "")
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return User("anonymous")
        try:
            user_id, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise WrongCredentials from error
        user = self.users.get(user_id)
        if user is None or not user.has_token(token):
            raise WrongCredentials
        return user


def _user_from(record: dict[str, Any]) -> User:
    permissions = {Permission(permission) for permission in record["permissions"]}
    return User(record["id"], permissions, [Token(**token) for token in record["tokens"]])


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
