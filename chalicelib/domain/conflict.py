from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Conflict:
    """A change of a customer that lost against another one, of which its author didn't know."""

    id: str
    found_at: datetime
    customer: int
    uid: str
    lost: Mapping[str, Any]
    """The fields in which it differs from what won, its version, and the site that has made it."""
    won: str
    """Revision of the change that won."""
