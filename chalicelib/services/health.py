"""Whether the service can do its work."""

from chalicelib.storage.numbered import ITEMS


def check_table() -> None:
    """Raises Unavailable when the table doesn't answer."""
    ITEMS.last_id()
