"""A request that takes effect once, however often it is sent: the answer to it is kept under its Idempotency-Key.

An answer can hold what nobody else may see, such as a new API key. So it is sealed with the secret of who asked, which
is kept nowhere: whoever reads the table learns nothing from it.
"""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import shake_256
from typing import Any, NamedTuple
from uuid import uuid4

from chalicelib.domain.errors import AnswerTooLarge, KeyReused

KEPT_FOR = timedelta(hours=24)

LARGEST_ANSWER = 390_000
"""Bytes, packed; DynamoDB holds 400 KB (409,600 bytes) in one record."""


@dataclass(frozen=True)
class Kept:
    """What stands in the table. It is written in the transaction that does what was asked for."""

    request: str
    """Digest of the request."""
    nonce: str
    answer: bytes
    """Packed and sealed."""
    expires_at: int
    """Seconds since 1970."""


class Replayed(Exception):
    """This request has been carried out before; `answer` is the first answer, byte for byte."""

    def __init__(self, answer: bytes):
        super().__init__("carried out before")
        self.answer = answer


class Once(NamedTuple):
    """An Idempotency-Key, and the request it came with."""

    caller: str
    """Id of the API key, or name of the peer; each caller has keys of its own."""
    key: str
    request: str
    """Digest of the request: method, path and body."""
    secret: bytes
    """The API key itself; nothing for a peer, who is told nothing that others may not see."""
    tell: Callable[[Any], bytes]
    """Makes the answer of a result."""
    number: int = 0
    """Of a part that is carried out by itself; 0 is the whole."""

    def part(self, number: int) -> "Once":
        return self._replace(number=number, tell=lambda result: json.dumps(result).encode())

    def keep(self, result: object, now: datetime) -> Kept:
        """Raises AnswerTooLarge."""
        nonce = uuid4().hex
        answer = self._sealed(zlib.compress(self.tell(result)), nonce)
        if len(answer) > LARGEST_ANSWER:
            raise AnswerTooLarge("The answer is too large to be kept. Send the request without an Idempotency-Key.")
        return Kept(self.request, nonce, answer, int((now + KEPT_FOR).timestamp()))

    def recall(self, kept: Kept | None, now: datetime) -> None:
        """Raises Replayed with what was kept, if anything; or KeyReused when that was another request's answer."""
        if kept is None or kept.expires_at <= now.timestamp():
            return
        if kept.request != self.request:
            raise KeyReused(f"The Idempotency-Key {self.key!r} came with another request before; give each its own.")
        raise Replayed(zlib.decompress(self._sealed(kept.answer, kept.nonce)))

    def _sealed(self, content: bytes, nonce: str) -> bytes:
        """Seals, and unseals: XOR with a stream of bytes that only who has the secret can make, used for this once.

        SHAKE256 of secret and nonce is such a stream (FIPS 202: an extendable-output function).
        """
        stream = shake_256(b"\0".join([self.secret, self.key.encode(), nonce.encode()])).digest(len(content))
        return (int.from_bytes(content) ^ int.from_bytes(stream)).to_bytes(len(content))
