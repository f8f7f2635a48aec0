"""Answers kept under Idempotency-Keys."""

from datetime import datetime

from chalicelib.domain.idempotency import Kept, Once
from chalicelib.storage.table import IdempotencyRecord, idempotency_key
from chalicelib.storage.transaction import Transaction, fetch


def put_kept(transaction: Transaction, name: str, once: Once, kept: Kept, now: datetime) -> None:
    """Unless there is one already. DynamoDB removes late what has expired, so that counts as not there."""
    record = IdempotencyRecord.of(idempotency_key(once.caller, once.key, once.number), kept)
    free = IdempotencyRecord.pk.does_not_exist() | (IdempotencyRecord.expires_at <= int(now.timestamp()))
    transaction.put(name, record, free)


def find_kept(once: Once) -> Kept | None:
    for record in fetch([idempotency_key(once.caller, once.key, once.number)]):
        kept: Kept = record.to_domain()
        return kept
    return None
