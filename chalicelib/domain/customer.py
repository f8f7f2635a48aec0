"""A customer, and what becomes of the changes that several sites make of one.

Each change counts the version up and says which site has made it; `seen` tells of each site which of its versions this
one is made on, or has taken notice of. Of two changes that don't know of each other the higher version wins, and where
both have the same one, the site whose name comes later: a rule that needs no talk, so that all sites come to the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

FIELDS = ("name", "phone", "address", "email", "tax_id", "archived")
"""What a person changes of a customer."""

Outcome = Literal["applied", "known", "won", "lost"]
"""Of what a peer holds: it follows ours; ours follows it, or is the same; they don't know of each other, and it won; or
ours did."""


@dataclass(frozen=True)
class Customer:
    """Who is billed, as this site knows them."""

    id: int
    """On this site only."""
    uid: str
    """The same on every site that knows the customer; given by who adds the customer, or made."""
    name: str
    phone: str
    address: str
    email: str | None = None
    tax_id: str | None = None
    archived: bool = False
    """Buys no longer, and is kept for the invoices."""
    version: int = 0
    """Counted up by each change, on whatever site."""
    site: str = ""
    """That has made this version."""
    seen: Mapping[str, int] = field(default_factory=dict)
    """By site, the last of its versions that this one knows of; its own is in it."""
    via: str = ""
    """The peer it has come from; "" where it was made here."""

    @property
    def revision(self) -> str:
        """Tells this state from every other that the customer has had or will have."""
        return f"{self.version}-{self.site}"

    def changed(self, site: str, **changes: Any) -> "Customer":
        """By somebody at this site. It is the same where nothing is different."""
        after = replace(self, **changes)
        if after == self and self.version:
            return self
        version = self.version + 1
        return replace(after, version=version, site=site, seen={**self.seen, site: version}, via="")

    def differs_from(self, other: "Customer") -> dict[str, Any]:
        """The fields that are not as the other's, as they are here."""
        return {name: getattr(self, name) for name in FIELDS if getattr(self, name) != getattr(other, name)}

    def knows(self, other: "Customer") -> bool:
        return self.seen.get(other.site, 0) >= other.version


def meet(here: Customer, there: Customer) -> tuple[Customer, Outcome]:
    """What this site holds once it has heard of what a peer holds, which has our id and the peer's name in it."""
    seen = {site: max(here.seen.get(site, 0), there.seen.get(site, 0)) for site in {*here.seen, *there.seen}}
    if here.knows(there):
        return here, "known"
    if there.knows(here):
        return replace(there, seen=seen), "applied"
    if (there.version, there.site) > (here.version, here.site):
        return replace(there, seen=seen), "won"
    return replace(here, seen=seen), "lost"
