"""What the table keeps of the exchange with peers: lost changes, and peers that want to hear nothing."""

from datetime import datetime
from uuid import uuid4

from chalicelib.domain.conflict import Conflict
from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import NotFound
from chalicelib.storage.search import newest_first
from chalicelib.storage.table import ConflictRecord, StoppedPeerRecord, conflict_key, customer_key, peer_key
from chalicelib.storage.transaction import Transaction, fetch


def add_conflict(transaction: Transaction, customer: int, lost: Customer, won: Customer, at: datetime) -> None:
    """Sorts by time; the rest of its id makes it its own."""
    state = {**lost.differs_from(won), "version": lost.version, "site": lost.site}
    id = f"{at:%Y%m%dT%H%M%S%fZ}-{uuid4().hex[:12]}"
    conflict = Conflict(id, at, customer, lost.uid, state, won.revision)
    transaction.put("conflict", ConflictRecord.of(conflict_key(id), conflict), ConflictRecord.pk.does_not_exist())


def get_conflict(id: str) -> Conflict:
    """Raises NotFound."""
    for record in fetch([conflict_key(id)]):
        conflict: Conflict = record.to_domain()
        return conflict
    raise NotFound(f"There is no conflict {id}.")


def remove_conflict(transaction: Transaction, id: str) -> None:
    transaction.remove("conflict", ConflictRecord(*conflict_key(id)), ConflictRecord.pk.exists())


def conflicts(before: str, limit: int) -> tuple[list[Conflict], bool]:
    """The newest first, and whether there are more. One round trip."""
    found, more = newest_first(conflict_key("")[0], before, limit)
    return [conflict for _, conflict in found], more


def read_addressee(customer: int, peer: str) -> tuple[Customer | None, datetime | None]:
    """The customer, and since when the peer wants to hear nothing. One round trip."""
    found = {type(record): record.to_domain() for record in fetch([customer_key(customer), peer_key(peer)])}
    stopped_at = found.pop(StoppedPeerRecord, None)
    return next(iter(found.values()), None), stopped_at


def stopped_peers(sites: list[str]) -> dict[str, datetime]:
    """Since when, of at most 100. One round trip."""
    return {record.site: record.stopped_at for record in fetch([peer_key(site) for site in sites])} if sites else {}


def stop_peer(site: str, at: datetime) -> Transaction:
    transaction = Transaction()
    record = StoppedPeerRecord(*peer_key(site), site=site, stopped_at=at)
    transaction.put("peer", record, StoppedPeerRecord.pk.does_not_exist() | StoppedPeerRecord.pk.exists())
    return transaction


def resume_peer(site: str) -> Transaction:
    transaction = Transaction()
    transaction.remove("peer", StoppedPeerRecord(*peer_key(site)))
    return transaction
