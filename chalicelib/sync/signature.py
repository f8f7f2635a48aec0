"""Who sends: Standard Webhooks, with several secrets at once so that they can be changed without a pause.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from standardwebhooks import Webhook, WebhookVerificationError

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

LONGEST_ID = 200


def signed(secrets: Iterable[str], id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers for these bytes, signed with each secret. `id` is the same however often they are sent."""
    signatures = [Webhook(secret).sign(id, at, body.decode()) for secret in secrets]
    values = (id, str(int(at.timestamp())), " ".join(signatures))
    return dict(zip(HEADERS, values, strict=True))


def is_signed(secrets: Iterable[str], headers: Mapping[str, str], body: bytes) -> bool:
    """By one who has one of these secrets, over these very bytes, within five minutes of now."""
    named = {name: headers.get(name, "") for name in HEADERS}
    if not 0 < len(named["webhook-id"]) <= LONGEST_ID:
        return False
    return any(_is_signed(Webhook(secret), named, body) for secret in secrets)


def _is_signed(webhook: Webhook, headers: dict[str, str], body: bytes) -> bool:
    try:
        webhook.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        # A signature that is no signature, or bytes that are no text.
        return False
    return True
