"""API keys: each in the list, and once more under its digest, written and removed together."""

from datetime import datetime

from chalicelib.domain.api_key import ApiKey
from chalicelib.storage.table import ApiKeyRecord, api_key_key, digest_key
from chalicelib.storage.transaction import Transaction, fetch


def add_api_key(key: ApiKey) -> Transaction:
    transaction = Transaction()
    for where in (api_key_key(key.id), digest_key(key.digest)):
        transaction.put(where[0], ApiKeyRecord.of(where, key), ApiKeyRecord.pk.does_not_exist())
    return transaction


def find_api_key(digest: str) -> ApiKey | None:
    for record in fetch([digest_key(digest)]):
        key: ApiKey = record.to_domain()
        return key
    return None


def remove_api_key(key: ApiKey) -> Transaction:
    transaction = Transaction()
    for where in (api_key_key(key.id), digest_key(key.digest)):
        transaction.remove(where[0], ApiKeyRecord(*where), ApiKeyRecord.version == key.version)
    return transaction


def note_use(key: ApiKey, at: datetime) -> Transaction:
    """Unless the key has been revoked."""
    transaction = Transaction()
    for where in (api_key_key(key.id), digest_key(key.digest)):
        actions = [ApiKeyRecord.last_used_at.set(at), ApiKeyRecord.version.add(1)]
        transaction.change(where[0], ApiKeyRecord(*where), actions, ApiKeyRecord.pk.exists())
    return transaction
