from dataclasses import dataclass


@dataclass(frozen=True)
class Customer:
    id: int
    uid: str
    """The same on every site that knows the customer; given by who adds the customer, or made."""
    name: str
    phone: str
    address: str
    email: str | None = None
    tax_id: str | None = None
    version: int = 1
    """Counted up by each change."""
