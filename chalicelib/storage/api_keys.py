"""API keys: each in the list, and once more under its digest, written and removed together."""

from datetime import datetime

from chalicelib.domain.api_key import ApiKey
from chalicelib.storage.table import ApiKeyRecord, api_key_key, digest_key
from chalicelib.storage.transaction import Outdated, Transaction, fetch


def write_api_key(key: ApiKey) -> None:
    """Safe to repeat, as nobody else can have the digest."""
    try:
        with Transaction() as transaction:
            for where in (api_key_key(key.id), digest_key(key.digest)):
                transaction.put(where[0], ApiKeyRecord.of(where, key), ApiKeyRecord.pk.does_not_exist())
    except Outdated as outdated:
        if set(outdated.records.values()) != {key}:
            raise


def find_api_key(digest: str) -> ApiKey | None:
    for record in fetch([digest_key(digest)]):
        key: ApiKey = record.to_domain()
        return key
    return None


def remove_api_key(key: ApiKey) -> None:
    with Transaction() as transaction:
        for where in (api_key_key(key.id), digest_key(key.digest)):
            transaction.remove(where[0], ApiKeyRecord(*where), ApiKeyRecord.pk.exists())


def note_use(key: ApiKey, at: datetime) -> None:
    """Raises Outdated when the key has been revoked."""
    with Transaction() as transaction:
        for where in (api_key_key(key.id), digest_key(key.digest)):
            record = ApiKeyRecord(*where)
            transaction.change(where[0], record, [ApiKeyRecord.last_used_at.set(at)], ApiKeyRecord.pk.exists())
