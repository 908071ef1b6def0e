"""Users, their API tokens and what each may do."""

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import accumulate
from pathlib import Path
from typing import Any

from demo_jenkins.files import write_atomically


class Permission(StrEnum):
    """What a user may hold, by Jenkins's own ids."""

    ADMINISTER = "hudson.model.Hudson.Administer"
    MANAGE = "hudson.model.Hudson.Manage"
    READ = "hudson.model.Hudson.Read"
    ITEM_READ = "hudson.model.Item.Read"
    DISCOVER = "hudson.model.Item.Discover"
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
        wider = [_WIDER[self]] if self in _WIDER else []
        return [*wider, f"hudson.security.Permission.Generic{generic}", Permission.ADMINISTER]


# Who holds the second holds the first as well (hudson.model.Item)
_WIDER = {
    Permission.DISCOVER: Permission.ITEM_READ,
    Permission.EXTENDED_READ: Permission.CONFIGURE,
}


@dataclass
class Token:
    """An API token; only its hash is kept."""

    uuid: str
    name: str
    digest: str


@dataclass
class User:
    """Somebody who may sign in; ``anonymous`` is nobody in particular."""

    id: str
    permissions: set[str] = field(default_factory=set)  # ids; "ID@folder" is for what is in there
    tokens: list[Token] = field(default_factory=list)
    password: str = ""  # salt and hash; empty: no password gets in

    @property
    def is_anonymous(self) -> bool:
        """Whether this is a caller without credentials."""
        return self.id == "anonymous"

    def may(self, permission: Permission, place: str = "") -> bool:
        """Whether the user holds a permission on an item, given by its full name; "" is the root.

        It may be held everywhere, on the item or a folder above it, or by a wider permission.
        """
        enough = {permission, _WIDER.get(permission, permission), Permission.ADMINISTER}
        held = {right.partition("@")[0] for right in self._rights_on(place)}
        return not enough.isdisjoint(held)

    def _rights_on(self, place: str) -> set[str]:
        above = {"", *accumulate(place.split("/"), "{}/{}".format)}
        return {right for right in self.permissions if right.partition("@")[2] in above}

    def add_token(self, name: str) -> tuple[Token, str]:
        """A new token and its value, which is told this once."""
        value = "11" + secrets.token_hex(16)
        token = Token(str(uuid.uuid4()), name, _digest(value))
        self.tokens.append(token)
        return token, value

    def set_password(self, password: str) -> None:
        """Let a password get in; only its hash is kept."""
        salt = secrets.token_hex(8)
        self.password = f"{salt}${_slow_digest(password, salt)}"

    def has_password(self, password: str) -> bool:
        """Whether this is the user's password."""
        salt, _, digest = self.password.partition("$")
        return bool(digest) and hmac.compare_digest(_slow_digest(password, salt), digest)

    def has_token(self, value: str) -> bool:
        """Whether this is one of the user's tokens."""
        digest = _digest(value)
        return any(hmac.compare_digest(digest, token.digest) for token in self.tokens)


class WrongCredentials(Exception):
    """Credentials were sent and are not right (401)."""


@dataclass(frozen=True)
class Caller:
    """Who sends a request; with a token no crumb is asked for."""

    user: User
    by_token: bool


ANYBODY = Caller(User("anonymous", {Permission.ADMINISTER}), by_token=False)  # security is off


class People:
    """All users of the controller, kept in one file of its home."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.users: dict[str, User] = {}
        if path.exists():
            for record in json.loads(path.read_bytes()):
                user = _user_from(record)
                self.users[user.id] = user

    def add(self, user_id: str, permissions: set[str]) -> User:
        """A new user without tokens, or the known one with these permissions.

        ValueError for one that does not exist.
        """
        for right in permissions:
            Permission(right.partition("@")[0])
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
                "password": user.password,
            }
            for user in self.users.values()
        ]
        write_atomically(self._path, json.dumps(records, indent=1).encode())

    def sign_in(self, headers: Mapping[str, str]) -> Caller:
        """Whoever the Authorization header names; anonymous without one."""
        scheme, _, encoded = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return Caller(User("anonymous"), by_token=False)
        try:
            user_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError as error:
            raise WrongCredentials from error
        user = self.users.get(user_id)
        if user and user.has_token(secret):
            return Caller(user, by_token=True)
        if user and user.has_password(secret):
            return Caller(user, by_token=False)
        raise WrongCredentials


def _user_from(record: dict[str, Any]) -> User:
    tokens = [Token(**token) for token in record["tokens"]]
    return User(record["id"], set(record["permissions"]), tokens, record["password"])


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _slow_digest(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=1024, r=8, p=1).hex()
