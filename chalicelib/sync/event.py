"""What one site tells another of a customer: the whole of what it holds, in the peer's own words."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from chalicelib.domain.customer import Customer
from chalicelib.domain.text import made_harmless
from chalicelib.sync.mapping import OURS, to_ours, to_theirs
from chalicelib.sync.peer import Peer

KIND = "customer.changed"


class Event(NamedTuple):
    """What a site tells of a customer, whether it is sent or has come."""

    uid: str
    version: int
    site: str
    """That has made this version, which may be another than the peer that tells of it."""
    seen: Mapping[str, int]
    """Empty where the peer keeps no account of others."""
    archived: bool
    customer: Mapping[str, str | None]
    """In the peer's words."""


def event_id(customer: Customer, peer: Peer, occasion: str) -> str:
    """The same whenever this state is told to this peer on this occasion."""
    told = json.dumps([peer.site, customer.uid, customer.revision, occasion])
    return f"msg_{sha256(told.encode()).hexdigest()[:40]}"


def written(customer: Customer, peer: Peer, at: datetime) -> bytes:
    event = Event(
        customer.uid,
        customer.version,
        customer.site,
        dict(customer.seen),
        customer.archived,
        to_theirs(peer.rules, {name: getattr(customer, name) for name in OURS}),
    )
    told = {"type": KIND, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "data": event._asdict()}
    return json.dumps(told, separators=(",", ":")).encode()


def taken(event: Event, peer: Peer, here: Customer | None) -> Customer:
    """What the peer holds, as a customer of ours; what it doesn't tell is as it is here.

    What a caller would be asked to mend is mended here: nobody is there to be asked.
    """
    base = here or Customer(0, event.uid, "", "", "")
    told = to_ours(peer.rules, event.customer, {name: getattr(base, name) for name in OURS})
    fields: dict[str, Any] = {name: made_harmless(value or "", name) for name, value in told.items()}
    fields |= {name: fields[name] or None for name in ("email", "tax_id") if name in fields}
    # Whoever keeps no account of others has seen whatever comes before its version; and nobody has seen what is after.
    account = event.seen or {base.site: event.version - 1}
    seen = {site: min(version, event.version) for site, version in account.items()} | {event.site: event.version}
    return replace(
        base,
        **fields,
        archived=event.archived,
        version=event.version,
        site=event.site,
        seen={site: version for site, version in seen.items() if site},
        via=peer.site,
    )
