"""Customers kept the same on several sites.

No request of a user waits for any of it: the table's stream tells of a change after it is committed, a message for each
peer is put on a queue, and from there the customer is told to the peer as it is then. What fails is tried again with
growing pauses, and in the end waits in the dead-letter queue; what is missed all the same is found by the nightly
comparison.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from chalicelib.domain.clock import Clock
from chalicelib.domain.conflict import Conflict
from chalicelib.domain.customer import Customer, Outcome, meet
from chalicelib.domain.errors import NotFound, Unauthorized, Unavailable
from chalicelib.services.work import Work
from chalicelib.settings import settings
from chalicelib.storage import exchange, queues
from chalicelib.storage.changes import changed_customers
from chalicelib.storage.numbered import CUSTOMERS
from chalicelib.storage.parameters import read_parameter
from chalicelib.storage.queues import InOrder
from chalicelib.storage.transaction import Transaction
from chalicelib.sync import digest, event, post, signature
from chalicelib.sync.event import Event
from chalicelib.sync.peer import Peer, WrongPeers
from chalicelib.telemetry import Counted, count, log

REMEMBERED = timedelta(minutes=1)
"""How long the peers are not read again."""

# Standard Webhooks' schedule, over three days: after the first try, at these times.
TRIED_AT = tuple(timedelta(seconds=seconds) for seconds in (5, 305, 2105, 9305, 27305, 63305, 113705, 185705, 272105))
LONGEST_PAUSE = timedelta(hours=11, minutes=50)
"""SQS hides a message for twelve hours after it was received. Where the schedule waits longer, there are more tries."""

CLOCKS_DIFFER = timedelta(seconds=1)
"""By so much ours and that of SQS; a time of the schedule that is nearer than this has come."""

LONGEST_NUMBER = 9
"""Digits of a Retry-After that are read."""

QUEUED_AT_ONCE = 1000
"""Messages in memory, of however many there are."""

_remembered: tuple[dict[str, Peer], datetime] | None = None


class NotDelivered(Exception):
    def __init__(self, why: str, pause: int):
        super().__init__(why)
        self.pause = pause
        """Seconds until the next try."""


def peers(now: datetime) -> dict[str, Peer]:
    """By site. When they can't be read or are wrong, the earlier ones stay. Raises Unavailable when there are none."""
    global _remembered
    if _remembered is None or now - _remembered[1] >= REMEMBERED:
        # Imported here: pydantic takes a quarter of a cold start, and most requests ask for no peers.
        from chalicelib.sync.peers import read_peers

        shop = settings()
        try:
            text = Path(shop.peers_file).read_text() if shop.peers_file else ""
            if shop.peers_parameter:
                text = read_parameter(shop.peers_parameter)
            known = read_peers(text, shop.site, loopback=shop.loopback_peers)
        except (WrongPeers, Unavailable) as error:
            log.error("peers not read", why=str(error))
            if _remembered is None:
                raise Unavailable("The list of this site's peers can't be read; its log says why.") from error
            known = _remembered[0]
        _remembered = known, now
    return _remembered[0]


def queue_changes(changes: Iterable[dict[str, Any]], now: datetime) -> int:
    """A message for each change of the table and each peer that is to hear of it. Returns their number."""
    told = [
        (customer, peer)
        for customer in changed_customers(changes)
        for peer in peers(now).values()
        if peer.site != customer.via
    ]
    return _queue(told)


def _queue(told: Iterable[tuple[Customer, Peer]], occasion: str = "") -> int:
    """What is told to one peer of one customer keeps its order; nothing else waits for it."""
    left, length = iter(told), 0
    while part := list(islice(left, QUEUED_AT_ONCE)):
        messages = [{"peer": peer.site, "customer": customer.id, "occasion": occasion} for customer, peer in part]
        order = [
            InOrder(
                group=sha256(f"{peer.site} {customer.uid}".encode()).hexdigest(),
                id=event.event_id(customer, peer, occasion),
            )
            for customer, peer in part
        ]
        queues.send(settings().customer_events_url, messages, order)
        length += len(part)
    return length


def send_queued(records: Iterable[dict[str, Any]], clock: Clock) -> list[str]:
    """Delivers each message of the queue, and returns the ids of those that are to come again, hidden until then."""
    failed: list[str] = []
    waiting: set[str] = set()
    for record in records:
        attributes = record["attributes"]
        if attributes["MessageGroupId"] not in waiting:
            try:
                queued_at, first_tried_at = (
                    datetime.fromtimestamp(int(attributes[name]) / 1000, UTC)
                    for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp")
                )
                deliver(record["body"], queued_at, first_tried_at, clock)
                continue
            except NotDelivered as error:
                log.warning("not delivered", why=str(error), seconds=error.pause)
                queues.hide(settings().customer_events_url, record["receiptHandle"], error.pause)
        # Whatever comes behind one that waits, waits too.
        waiting.add(attributes["MessageGroupId"])
        failed.append(record["messageId"])
    return failed


def deliver(message: str, queued_at: datetime, first_tried_at: datetime, clock: Clock) -> None:
    """Tells a peer what a customer is now; both times are those of the message. Raises NotDelivered."""
    asked = json.loads(message)
    now = clock.now()
    pause = next_pause(now - first_tried_at)
    try:
        peer = peers(now).get(asked["peer"])
        customer, stopped_at = exchange.read_addressee(asked["customer"], asked["peer"])
    except Unavailable as error:
        raise NotDelivered(str(error), pause) from error
    if peer is None or customer is None or stopped_at:
        return
    if customer.via == peer.site and not asked["occasion"]:
        # It has got a newer version since, and that came from there.
        return
    id, body = event.event_id(customer, peer, asked["occasion"]), event.written(customer, peer, queued_at)
    try:
        answer = _call("POST", f"{peer.address}/customers", peer, id, body, now)
    except post.Unreachable as error:
        raise NotDelivered(str(error), pause) from error
    if answer.status == 410:
        exchange.stop_peer(peer.site, now).send()
        count(Counted.PEERS_STOPPED)
        log.warning("peer stopped", peer=peer.site, why="it answered 410 Gone")
    elif not 200 <= answer.status < 300:
        wanted = int(answer.retry_after[:LONGEST_NUMBER]) if answer.retry_after.isdecimal() else 0
        raise NotDelivered(f"{peer.site} answered {answer.status}", max(pause, min(wanted, _seconds(LONGEST_PAUSE))))


def next_pause(tried_for: timedelta) -> int:
    """Seconds to wait after the try that comes so long after the first one."""
    later = [at - tried_for for at in TRIED_AT if at > tried_for + CLOCKS_DIFFER]
    return _seconds(min(later[0], LONGEST_PAUSE) if later else TRIED_AT[0])


def _seconds(span: timedelta) -> int:
    """Rounded up, so that what waits for a time doesn't come before it."""
    return -(-span // timedelta(seconds=1))


def _call(method: str, address: str, peer: Peer, id: str, body: bytes, now: datetime) -> post.Answered:
    headers = {"Content-Type": "application/json", **signature.signed(peer.secrets, id, now, body)}
    return post.call(method, address, body, headers, loopback=settings().loopback_peers)


def sender(headers: Mapping[str, str], body: bytes, now: datetime) -> Peer:
    """Which peer has signed these bytes. Raises Unauthorized."""
    for peer in peers(now).values():
        if signature.is_signed(peer.secrets, headers, body):
            return peer
    raise Unauthorized("The signature is missing, wrong or older than five minutes; see Standard Webhooks.")


def receive(told: Event, peer: Peer, work: Work) -> Outcome:
    """What a peer tells of a customer takes effect here, or is known already, or is settled as a conflict."""

    def prepare() -> tuple[Transaction, Outcome]:
        transaction = Transaction()
        ids = [*CUSTOMERS.owners([told.uid]).values()]
        here = CUSTOMERS.get(ids[0]) if ids else None
        there = event.taken(told, peer, here)
        if here is None:
            CUSTOMERS.add(transaction, replace(there, id=CUSTOMERS.next_id()))
            return transaction, "applied"
        after, outcome = meet(here, there)
        CUSTOMERS.write(transaction, here, after)
        won, lost = (there, here) if outcome == "won" else (here, there)
        if outcome in ("won", "lost") and lost.differs_from(won):
            exchange.add_conflict(transaction, here.id, lost, won, work.clock.now())
        return transaction, outcome

    outcome = work.settle(prepare)
    if outcome in ("won", "lost"):
        count(Counted.CUSTOMER_CONFLICTS)
    return outcome


def digests() -> dict[str, str]:
    """Of each page of all customers, archived ones too; it reads every one of them."""
    return digest.digests(_all_customers())


def _all_customers() -> Iterator[Customer]:
    return (record.to_domain() for record in CUSTOMERS.every())


def compare_with_peers(clock: Clock) -> dict[str, int]:
    """Queues what differs for each peer. Returns how many customers those are, -1 where a peer couldn't be asked."""
    now = clock.now()
    known = peers(now)
    stopped = exchange.stopped_peers([*known])
    ours = digests() if known else {}
    queued = {}
    for site, peer in known.items():
        if site in stopped:
            continue
        try:
            theirs = _digests_of(peer, now)
        except (post.Unreachable, ValueError) as error:
            log.warning("peer not compared", peer=site, why=str(error))
            queued[site] = -1
            continue
        pages = digest.different(ours, theirs)
        differing = ((each, peer) for each in _all_customers() if digest.page_of(each.uid) in pages)
        queued[site] = _queue(differing, f"comparison {now:%Y-%m-%dT%H:%M:%S}") if pages else 0
    return queued


def _digests_of(peer: Peer, now: datetime) -> dict[str, str]:
    """Raises Unreachable, or ValueError when the answer is none."""
    id = f"msg_{sha256(f'{peer.site} {now}'.encode()).hexdigest()[:40]}"
    answer = _call("GET", f"{peer.address}/digest", peer, id, b"", now)
    if answer.status != 200:
        raise ValueError(f"{peer.site} answered {answer.status}")
    return digest.read(answer.body)


def list_peers(now: datetime) -> list[tuple[Peer, datetime | None]]:
    """Each with the time since when it wants to hear nothing."""
    known = peers(now)
    stopped = exchange.stopped_peers([*known])
    return [(peer, stopped.get(site)) for site, peer in known.items()]


def resume_peer(site: str, work: Work) -> None:
    """It hears of changes again; what it has missed follows with the next comparison. Raises NotFound."""
    if site not in peers(work.clock.now()):
        raise NotFound(f"There is no peer {site}.")
    work.settle(lambda: (exchange.resume_peer(site), None))


def list_conflicts(before: str, limit: int) -> tuple[list[Conflict], bool]:
    """The newest first, behind the one with the id `before`; and whether there are more."""
    return exchange.conflicts(before, limit)


def apply_conflict(id: str, work: Work) -> Customer:
    """Makes the change that lost once more, on what is there now. Raises NotFound."""

    def prepare() -> tuple[Transaction, Customer]:
        conflict = exchange.get_conflict(id)
        before = CUSTOMERS.get(conflict.customer)
        lost = {name: value for name, value in conflict.lost.items() if name not in ("version", "site")}
        after = before.changed(settings().site, **lost)
        transaction = Transaction()
        CUSTOMERS.write(transaction, before, after)
        exchange.remove_conflict(transaction, id)
        return transaction, after

    return work.settle(prepare)


def dismiss_conflict(id: str, work: Work) -> None:
    """Raises NotFound."""

    def prepare() -> tuple[Transaction, None]:
        exchange.get_conflict(id)
        transaction = Transaction()
        exchange.remove_conflict(transaction, id)
        return transaction, None

    work.settle(prepare)
