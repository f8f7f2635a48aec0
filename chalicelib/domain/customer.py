from dataclasses import dataclass


@dataclass(frozen=True)
class Customer:
    id: int
    name: str
    phone: str
    address: str
    email: str | None = None
    tax_id: str | None = None
    version: int = 1
    """Counted up by each change."""
