"""Who may call what. Checked by the app itself, so that it holds on every engine, gateway or no gateway.

Bearer tokens as RFC 6750 has them, 401 and 403 as RFC 9110.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.api_key import ApiKey, Role
from chalicelib.domain.errors import Forbidden, Unauthorized
from chalicelib.routes.operation import Operation
from chalicelib.services.api_keys import authenticate


class Guarded(NamedTuple):
    """An operation with the role it takes. There is no other way to register one."""

    role: Role | None
    """None: no key is asked for."""
    operation: Operation
    signed: bool = False
    """A peer's signature will do instead of a key; without a role, nothing else will."""


def anyone(operation: Operation) -> Guarded:
    return Guarded(None, operation)


def viewer(operation: Operation) -> Guarded:
    return Guarded(Role.VIEWER, operation)


def clerk(operation: Operation) -> Guarded:
    return Guarded(Role.CLERK, operation)


def admin(operation: Operation) -> Guarded:
    return Guarded(Role.ADMIN, operation)


def peer(operation: Operation) -> Guarded:
    return Guarded(None, operation, signed=True)


def viewer_or_peer(operation: Operation) -> Guarded:
    return Guarded(Role.VIEWER, operation, signed=True)


def admit(headers: Mapping[str, str], role: Role, now: datetime) -> ApiKey:
    """The caller. Raises Unauthorized, or Forbidden when the caller's role is not enough."""
    key = authenticate(bearer_token(headers), now)
    if not key.may(role):
        raise Forbidden(f"This takes the role {role.name.lower()}; the API key {key.name!r} has {key.role}.")
    return key


def bearer_token(headers: Mapping[str, str]) -> str:
    """Raises Unauthorized."""
    header = headers.get("authorization", "")
    token = re.fullmatch(r"Bearer +([A-Za-z0-9._~+/-]+=*) *", header, re.ASCII | re.IGNORECASE)
    if not token:
        raise Unauthorized("Send your API key with the header Authorization: Bearer <key>.")
    return token[1]
