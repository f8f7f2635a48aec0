"""Idempotency-Key: the first answer again, byte for byte, and one effect."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain import idempotency
from chalicelib.domain.clock import Clock
from chalicelib.storage.table import idempotency_key
from tests.conftest import Reply, Shop, records, table
from tests.services.test_order_faults import once
from tests.wire import answered, cancelled

ORDER = [{"item": 1, "quantity": 3}]


def order(shop: Shop, key: str, body: Any = None, **headers: str) -> Reply:
    return shop.post("/api/customer-purchase/1", body or ORDER, Idempotency_Key=key, **headers)


def test_a_repeated_request_gets_the_first_answer_byte_for_byte_and_has_no_second_effect(stocked: Shop) -> None:
    first = order(stocked, "a")
    stocked.change(1, (2, 1))
    again = order(stocked, "a")
    assert (again.status, again.text) == (first.status, first.text)
    assert again.headers == first.headers | {"Idempotent-Replayed": "true"}
    assert "Idempotent-Replayed" not in first.headers
    assert (stocked.quantity(1), stocked.quantity(2)) == (7, 9)


WRITES: dict[str, tuple[str, str, Any]] = {
    "POST /items": ("POST", "/api/items", {"description": "Salt", "price": 1, "quantity": 1}),
    "PATCH /items/{item}": ("PATCH", "/api/items/1", {"price": 3}),
    "PATCH that changes nothing": ("PATCH", "/api/items/1", {}),
    "DELETE /items/{item}": ("DELETE", "/api/items/1", None),
    "POST adjustments": ("POST", "/api/items/1/adjustments", {"delta": 1, "reason": "goods received"}),
    "POST /customers": ("POST", "/api/customers", {"name": "Bea", "phone": "1", "address": "2"}),
    "PATCH /customers/{customer}": ("PATCH", "/api/customers/1", {"phone": "2"}),
    "DELETE /customers/{customer}": ("DELETE", "/api/customers/2", None),
    "POST purchase": ("POST", "/api/customer-purchase/1", [{"item": 2, "quantity": 1}]),
    "PUT purchase": ("PUT", "/api/customer-purchase/1", [{"item": 1, "quantity": 5}]),
    "DELETE purchase": ("DELETE", "/api/customer-purchase/1", None),
    "POST /keys": ("POST", "/api/keys", {"name": "till", "role": "clerk"}),
    "DELETE /keys/{key}": ("DELETE", "/api/keys/1", None),
}


@pytest.mark.parametrize("name", WRITES)
def test_every_write_takes_a_key(stocked: Shop, name: str) -> None:
    stocked.new_customer()
    stocked.order(1, (1, 1))
    stocked.post("/api/keys", {"name": "till", "role": "clerk"})
    method, path, body = WRITES[name]
    first = stocked.call(method, path, body, Idempotency_Key="a")
    assert first.status in (200, 201, 204)
    before = [record for record in records() if "kind" in record]
    again = stocked.call(method, path, body, Idempotency_Key="a")
    assert (again.status, again.text, again.headers["Idempotent-Replayed"]) == (first.status, first.text, "true")
    assert [record for record in records() if "kind" in record] == before


def test_another_request_under_the_same_key_is_422_and_does_nothing(stocked: Shop) -> None:
    order(stocked, "a")
    others: list[Callable[[], Reply]] = [
        lambda: order(stocked, "a", [{"item": 2, "quantity": 1}]),
        lambda: order(stocked, "a", [{"item": 1, "quantity": 4}]),
        lambda: stocked.call("PUT", "/api/customer-purchase/1", ORDER, Idempotency_Key="a"),
        lambda: stocked.call("DELETE", "/api/items/2", None, Idempotency_Key="a"),
    ]
    for other in others:
        reply = other()
        assert (reply.status, reply.json["type"]) == (422, "urn:stockroom:idempotency-key-reused")
    assert (stocked.quantity(1), stocked.quantity(2)) == (7, 10)


def test_a_key_may_be_quoted_and_is_the_same(stocked: Shop) -> None:
    order(stocked, r'"a \"b\" \\"')
    assert order(stocked, r'a "b" \\').status == 409
    assert order(stocked, 'a "b" \\').headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb", '"', '"a', '""', '"a"b"'])
def test_a_key_that_is_none_is_told_so(stocked: Shop, key: str) -> None:
    reply = order(stocked, key)
    assert (reply.status, reply.json["errors"][0]["header"]) == (400, "Idempotency-Key")
    assert stocked.quantity(1) == 10


def test_a_key_of_255_characters_works(stocked: Shop) -> None:
    assert [order(stocked, "x" * 255).status for _ in range(2)] == [201, 201]


def test_each_caller_has_keys_of_its_own(stocked: Shop) -> None:
    other = stocked.post("/api/keys", {"name": "till", "role": "clerk"}).json["key"]
    order(stocked, "a")
    reply = order(stocked, "a", [{"item": 2, "quantity": 1}], Authorization=f"Bearer {other}")
    assert (reply.status, stocked.quantity(2)) == (200, 9)


def test_a_refusal_is_not_kept_since_nothing_was_done(stocked: Shop) -> None:
    body = [{"item": 1, "quantity": 11}]
    assert order(stocked, "a", body).status == 409
    stocked.post("/api/items/1/adjustments", {"delta": 1, "reason": "goods received"})
    assert order(stocked, "a", body).status == 201


def test_a_repeat_is_known_before_its_precondition_is_looked_at(stocked: Shop) -> None:
    tag = stocked.get("/api/items/1").headers["ETag"]
    replies = [stocked.call("PATCH", "/api/items/1", {"price": 3}, Idempotency_Key="a", If_Match=tag) for _ in "12"]
    assert [reply.status for reply in replies] == [200, 200]
    assert replies[1].text == replies[0].text


def test_a_key_is_forgotten_after_24_hours_even_if_its_record_is_still_there(
    stocked: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(stocked, "a")
    now = datetime.now(UTC)
    monkeypatch.setattr(Clock, "now", lambda _: now + timedelta(hours=23, minutes=59))
    assert order(stocked, "a").headers["Idempotent-Replayed"] == "true"
    monkeypatch.setattr(Clock, "now", lambda _: now + timedelta(hours=24, seconds=1))
    assert order(stocked, "a").status == 409
    assert order(stocked, "a", [{"item": 2, "quantity": 1}]).status == 200
    assert order(stocked, "a", [{"item": 2, "quantity": 1}]).headers["Idempotent-Replayed"] == "true"


def test_one_that_is_still_running_is_409_with_retry_after(stocked: Shop) -> None:
    # In the order of the wire: the check of the customer, the puts of invoice and key, the item.
    with answered("TransactWriteItems", lambda: cancelled("None", "None", "TransactionConflict", "None")):
        reply = order(stocked, "a")
    assert (reply.status, reply.json["type"]) == (409, "urn:stockroom:still-running")
    assert reply.headers["Retry-After"] == "1"


def test_throttling_is_no_sign_of_another_request_under_the_key(stocked: Shop) -> None:
    with answered("TransactWriteItems", once(cancelled("None", "None", "ThrottlingError", "None"))):
        assert order(stocked, "a").status == 201


def test_the_same_answer_is_never_sealed_the_same_way() -> None:
    once = idempotency.Once("1", "a", "", b"secret", lambda _: b"answer")
    now = datetime.now(UTC)
    assert once.keep(None, now).answer != once.keep(None, now).answer


def test_an_answer_too_large_to_be_kept_is_refused_before_anything_is_done(
    stocked: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LARGEST_ANSWER", 100)
    reply = order(stocked, "a")
    assert (reply.status, reply.json["type"]) == (422, "urn:stockroom:answer-too-large")
    assert stocked.quantity(1) == 10


def test_who_reads_the_table_learns_no_key_that_was_made(stocked: Shop) -> None:
    made = stocked.post("/api/keys", {"name": "till", "role": "clerk"}, Idempotency_Key="a")
    pk, sk = idempotency_key("0", "a")
    record: Any = table().get_item(Key={"pk": pk, "sk": sk})["Item"]
    content = bytes(record["answer"].value)
    assert made.json["key"].encode() not in content
    with pytest.raises(idempotency.zlib.error):  # type: ignore[attr-defined]
        idempotency.zlib.decompress(content)  # type: ignore[attr-defined]
    again = stocked.post("/api/keys", {"name": "till", "role": "clerk"}, Idempotency_Key="a")
    assert again.json["key"] == made.json["key"]
    assert len(stocked.get("/api/keys").json) == 1
