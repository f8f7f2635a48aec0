from dataclasses import dataclass

from chalicelib.sync.mapping import SAME, Rule


@dataclass(frozen=True)
class Peer:
    """Another site that customers are exchanged with."""

    site: str
    address: str
    """Of its `/api/sync`."""
    secrets: tuple[str, ...]
    rules: tuple[Rule, ...] = SAME


class WrongPeers(ValueError):
    """Says where what is wrong."""
