"""Keys for callers: made, looked up for each request, revoked."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from chalicelib.domain.api_key import ApiKey
from chalicelib.domain.errors import Fault, Refused, Unauthorized, Unavailable
from chalicelib.services.work import Work
from chalicelib.settings import settings
from chalicelib.storage import api_keys
from chalicelib.storage.numbered import API_KEYS
from chalicelib.storage.transaction import Outdated, Transaction

REMEMBERED = timedelta(seconds=30)
"""How long a key that was found is not asked for again, so a revoked one works for so long at most."""

USE_NOTED = timedelta(hours=1)
"""`last_used_at` is this exact: noting every use would cost a write for each request."""

_remembered: dict[str, tuple[ApiKey, datetime]] = {}


def create_api_key(name: str, role: str, expires_at: datetime | None, work: Work) -> tuple[ApiKey, str]:
    """Returns what is known of the key, and the key itself, of 256 random bits, which nobody else can be shown.

    Raises Refused when it would have expired already.
    """
    if expires_at and expires_at <= work.clock.now():
        detail = "The key would have expired already; leave expires_at out, or say a time to come."
        raise Refused(detail, [Fault("/expires_at", "expired", detail)])
    secret = f"stockroom_{secrets.token_urlsafe(32)}"
    key = ApiKey(API_KEYS.next_id(), name, role, work.clock.now(), _digest(secret), expires_at)
    return work.settle(lambda: (api_keys.add_api_key(key), (key, secret)))


def list_api_keys(after: int, limit: int) -> tuple[list[ApiKey], bool]:
    return API_KEYS.page(after, limit)


def get_api_key(id: int) -> ApiKey:
    """Raises NotFound."""
    return API_KEYS.get(id)


def revoke_api_key(id: int, work: Work) -> None:
    """It stops working within REMEMBERED. Raises NotFound."""

    def prepare() -> tuple[Transaction, None]:
        key = API_KEYS.get(id)
        work.precondition.check(key.version)
        return api_keys.remove_api_key(key), None

    work.settle(prepare)


def authenticate(secret: str, now: datetime) -> ApiKey:
    """Whose key this is. One round trip, or none when it was asked for lately. Raises Unauthorized."""
    local = settings().local_admin_key
    if local and hmac.compare_digest(secret.encode(), local.encode()):
        return ApiKey(0, "local admin", "admin", now, "")
    digest = _digest(secret)
    key, found_at = _remembered.get(digest, (None, now))
    if key is None or now - found_at >= REMEMBERED:
        key = _find(digest, now)
    if key is None or not key.is_valid(now):
        raise Unauthorized("This API key is unknown, revoked or expired.")
    return key


def _find(digest: str, now: datetime) -> ApiKey | None:
    _remembered.pop(digest, None)
    key = api_keys.find_api_key(digest)
    if key is None or not hmac.compare_digest(key.digest, digest):
        return None
    if key.last_used_at is None or now - key.last_used_at >= USE_NOTED:
        try:
            api_keys.note_use(key, now).send()
        except Outdated:
            return None
        except Unavailable:
            # The request is worth more than the note; the next one will make it.
            pass
    _remembered[digest] = key, now
    return key


def _digest(secret: str) -> str:
    # No slow hash: 256 random bits can't be guessed, however fast the guesses are.
    return sha256(secret.encode()).hexdigest()
