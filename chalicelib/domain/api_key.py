"""Who may call, and what they may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Role(IntEnum):
    """Each may do what those before it may."""

    VIEWER = 1
    CLERK = 2
    ADMIN = 3


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key; the key itself is shown once and kept nowhere."""

    id: int
    name: str
    role: str
    """`viewer`, `clerk` or `admin`."""
    created_at: datetime
    digest: str
    """SHA-256 of the key, in hex; it is found by this."""
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    version: int = 1
    """Counted up by each change."""

    def may(self, role: Role) -> bool:
        return Role[self.role.upper()] >= role

    def is_valid(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at
