"""Whether two sites hold the same customers, without telling each other all of them.

Customers are dealt out to pages by their uid, the same on every site. The digest of a page is the sum of the digests of
its customers' states, so it doesn't depend on the order in which they are read, and no page has to be held in memory.
"""

import json
from collections.abc import Iterable
from hashlib import sha256

from chalicelib.domain.customer import Customer

_MODULUS = 2**256


def page_of(uid: str) -> str:
    """One of 256."""
    return sha256(uid.encode()).hexdigest()[:2]


def digests(customers: Iterable[Customer]) -> dict[str, str]:
    """Of each page that has customers, in hex."""
    sums: dict[str, int] = {}
    for customer in customers:
        page = page_of(customer.uid)
        state = sha256(f"{customer.revision} {customer.uid}".encode()).digest()
        sums[page] = (sums.get(page, 0) + int.from_bytes(state)) % _MODULUS
    return {page: f"{total:064x}" for page, total in sorted(sums.items())}


def read(answer: bytes) -> dict[str, str]:
    """What a peer says of its own. Raises ValueError when it is something else."""
    try:
        pages = json.loads(answer)["pages"]
        return {str(page): str(value) for page, value in pages.items()}
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no digest, but {type(error).__name__}") from error


def different(ours: dict[str, str], theirs: dict[str, str]) -> set[str]:
    """The pages in which the two differ."""
    return {page for page in {*ours, *theirs} if ours.get(page) != theirs.get(page)}
