"""Sites as the exchange sees them, each with a table in memory, and the messages between them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.domain.customer import Customer, Outcome, meet
from chalicelib.sync import digest, event
from chalicelib.sync.event import Event
from chalicelib.sync.mapping import SAME, Rule
from chalicelib.sync.peer import Peer
from tests.services.conftest import NOON
from tests.sync.paris import PARIS, SECRETS

# A peer that calls its fields otherwise, and has no email and no tax id.
OTHER_FIELDS = (
    Rule(("name",), ("first_name", "last_name")),
    Rule(("phone",), ("mobile",)),
    Rule(("address",), ("street", "city"), "\n"),
)


@dataclass
class Site:
    """What one site holds; its peer is the other one."""

    name: str
    peer: Peer
    table: dict[str, Customer] = field(default_factory=dict)
    conflicts: list[Customer] = field(default_factory=list)
    """The changes that lost."""
    made: list[Customer] = field(default_factory=list)
    """The changes that were acknowledged to somebody here."""

    def change(self, uid: str, **changes: Any) -> None:
        before = self.table.get(uid) or Customer(len(self.table) + 1, uid, "?", "?", "?")
        after = before.changed(self.name, **changes)
        if after is not before:
            self.table[uid] = after
            self.made.append(after)

    def told(self, uid: str) -> bytes | None:
        """What the peer is told of a customer; None where it has come from there."""
        customer = self.table[uid]
        return None if customer.via == self.peer.site else event.written(customer, self.peer, NOON)

    def hear(self, body: bytes) -> Outcome:
        told = Event(**json.loads(body)["data"])
        here = self.table.get(told.uid)
        there = event.taken(told, self.peer, here)
        if here is None:
            self.table[told.uid] = replace(there, id=len(self.table) + 1)
            return "applied"
        after, outcome = meet(here, there)
        self.table[told.uid] = after
        if outcome in ("won", "lost"):
            self.conflicts.append(here if outcome == "won" else there)
        return outcome

    def digests(self) -> dict[str, str]:
        return digest.digests(self.table.values())

    def differing(self, pages: Iterable[str]) -> list[bytes]:
        """What the nightly comparison tells the peer once more."""
        there = set(pages)
        return [
            event.written(customer, self.peer, NOON)
            for customer in self.table.values()
            if digest.page_of(customer.uid) in there
        ]


def two_sites(rules: tuple[Rule, ...] = SAME) -> tuple[Site, Site]:
    """Berlin knows what Paris calls its fields; each writes in Paris' words."""
    berlin = Site("berlin", PARIS._replace(rules=rules))
    paris = Site("paris", Peer("berlin", "https://berlin.example/api/sync", SECRETS, rules))
    return berlin, paris
