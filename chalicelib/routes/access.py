"""Who may call what. Checked by the app itself, so that it holds on every engine, gateway or no gateway.

Bearer tokens as RFC 6750 has them, 401 and 403 as RFC 9110.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from chalicelib.domain.api_key import ApiKey, Role
from chalicelib.domain.errors import Forbidden, Unauthorized
from chalicelib.services.api_keys import authenticate

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True)
class Guarded(Generic[View]):
    """A view with the role it takes. There is no other way to register one."""

    role: Role | None
    """None: anyone may."""
    view: View


def anyone(view: View) -> Guarded[View]:
    return Guarded(None, view)


def viewer(view: View) -> Guarded[View]:
    return Guarded(Role.VIEWER, view)


def clerk(view: View) -> Guarded[View]:
    return Guarded(Role.CLERK, view)


def admin(view: View) -> Guarded[View]:
    return Guarded(Role.ADMIN, view)


def admit(headers: Mapping[str, str], role: Role, now: datetime) -> ApiKey:
    """The caller. Raises Unauthorized, or Forbidden when the caller's role is not enough."""
    header = headers.get("authorization", "")
    token = re.fullmatch(r"Bearer +([A-Za-z0-9._~+/-]+=*) *", header, re.ASCII | re.IGNORECASE)
    if not token:
        raise Unauthorized("Send your API key with the header Authorization: Bearer <key>.")
    key = authenticate(token[1], now)
    if not key.may(role):
        raise Forbidden(f"This takes the role {role.name.lower()}; the API key {key.name!r} has {key.role}.")
    return key
