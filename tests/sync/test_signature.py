from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks

from chalicelib.sync.signature import is_signed, signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = b'{"test": 2432232314}'


def now() -> datetime:
    return datetime.now(UTC)


def test_the_vector_of_standard_webhooks() -> None:
    """From the tests that the specification's libraries share."""
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, BODY)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_what_we_sign_others_verify() -> None:
    headers = signed([SECRET, OTHER], "msg_1", now(), BODY)
    for secret in (SECRET, OTHER):
        standardwebhooks.Webhook(secret).verify(BODY, headers)


def test_while_secrets_change_either_side_may_be_first() -> None:
    old, both, new = [SECRET], [SECRET, OTHER], [OTHER]
    for sends, expects in ((old, both), (both, old), (both, new), (new, both)):
        assert is_signed(expects, signed(sends, "msg_1", now(), BODY), BODY)
    assert not is_signed(new, signed(old, "msg_1", now(), BODY), BODY)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "msg_2"),
        ("webhook-id", ""),
        ("webhook-id", "x" * 201),
        ("webhook-timestamp", "1614265330"),
        ("webhook-timestamp", "nan"),
        ("webhook-timestamp", "now"),
        ("webhook-timestamp", "1e400"),
        ("webhook-timestamp", ""),
        ("webhook-signature", ""),
        ("webhook-signature", "v1"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,é"),
        ("webhook-signature", "v1,AAAA,BBBB"),
        ("webhook-signature", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ],
)
def test_a_header_that_is_not_what_was_signed_is_not_accepted(name: str, value: str) -> None:
    headers = signed([SECRET], "msg_1", now(), BODY)
    assert is_signed([SECRET], headers, BODY)
    assert not is_signed([SECRET], headers | {name: value}, BODY)


def test_another_body_is_not_accepted_even_by_one_byte() -> None:
    headers = signed([SECRET], "msg_1", now(), BODY)
    for body in (BODY + b" ", BODY[:-1], b"", b"\xff"):
        assert not is_signed([SECRET], headers, body)


@pytest.mark.parametrize(("minutes", "accepted"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_five_minutes_are_tolerated(minutes: int, accepted: bool) -> None:
    headers = signed([SECRET], "msg_1", now() + timedelta(minutes=minutes), BODY)
    assert is_signed([SECRET], headers, BODY) == accepted
