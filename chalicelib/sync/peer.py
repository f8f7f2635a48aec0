from typing import NamedTuple

from chalicelib.sync.mapping import SAME, Rule


class Peer(NamedTuple):
    """Another site that customers are exchanged with."""

    site: str
    address: str
    """Of its `/api/sync`."""
    secrets: tuple[str, ...]
    rules: tuple[Rule, ...] = SAME


class WrongPeers(ValueError):
    """Says where what is wrong."""
