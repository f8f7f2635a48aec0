"""Paris, the one peer of the site under test."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from chalicelib.domain.conflict import Conflict
from chalicelib.services import exchange
from chalicelib.storage.table import ConflictRecord, conflict_key
from chalicelib.sync import signature
from chalicelib.sync.peer import Peer

SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)

PARIS = Peer("paris", "https://paris.example/api/sync", SECRETS)

CONFLICT = "20261125T120000000000Z-0123456789ab"


def know_paris(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_remembered", ({"paris": PARIS}, datetime.max.replace(tzinfo=UTC)))


def signed(body: bytes, id: str = "msg_1", secrets: Iterable[str] = SECRETS) -> dict[str, str]:
    """The headers by which a peer is known, as `Shop.call` takes them."""
    headers = signature.signed(secrets, id, datetime.now(UTC), body)
    return {name.replace("-", "_"): value for name, value in headers.items()}


def lose_a_change(customer: int, uid: str) -> None:
    """Puts a conflict into the table: the first state that Paris had of the customer, with another phone."""
    lost = {"phone": "lost", "version": 1, "site": "paris"}
    ConflictRecord.of(
        conflict_key(CONFLICT), Conflict(CONFLICT, datetime.now(UTC), customer, uid, lost, "2-main")
    ).save()
