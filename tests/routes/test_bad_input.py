"""What no caller should send: each is a clear 400 or so, and changes nothing."""

from typing import Any

import pytest

from tests.conftest import Reply, Shop

LINE = '{"item": 1, "quantity": 1}'


def order(shop: Shop, body: str | bytes, method: str = "POST", **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else body.encode()
    return shop.call(method, "/api/customer-purchase/1", raw, **headers)


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (f"[{LINE}, {LINE}]", [("/1/item", "duplicate-item")]),
        (f'[{LINE}, {{"item": 1.0, "quantity": 2}}]', [("/1/item", "duplicate-item")]),
        ('[{"item": 1, "quantity": 0}]', [("/0/quantity", "greater-than-equal")]),
        ('[{"item": 1, "quantity": -1}]', [("/0/quantity", "greater-than-equal")]),
        ('[{"item": 1, "quantity": 1.5}]', [("/0/quantity", "int-type")]),
        ('[{"item": 1, "quantity": "3"}]', [("/0/quantity", "int-type")]),
        ('[{"item": 1, "quantity": true}]', [("/0/quantity", "int-type")]),
        ('[{"item": 1, "quantity": 1e400}]', [("/0/quantity", "int-type")]),
        ('[{"item": 1, "quantity": 1000000001}]', [("/0/quantity", "less-than-equal")]),
        ('[{"item": 0, "quantity": 1}]', [("/0/item", "greater-than-equal")]),
        ('[{"item": 1}]', [("/0/quantity", "missing")]),
        ('[{"item": null, "quantity": 1}]', [("/0/item", "int-type")]),
        ("[]", [("", "too-short")]),
        ("[1, 2]", [("/0", "model-type"), ("/1", "model-type")]),
        ("{}", [("", "list-type")]),
        ("null", [("", "list-type")]),
        ('[{"item": 1, "quantity": 1, "price": 0}]', [("/0/price", "extra-forbidden")]),
        ('[{"item": 1, "quantity": 1, "quantity": 2}]', [("/0/quantity", "duplicate-key")]),
        ('[{"item": 1, "quantity": NaN}]', [("", "not-json")]),
        ('[{"item": 1, "quantity": -Infinity}]', [("", "not-json")]),
        ("no json", [("", "not-json")]),
        ("", [("", "not-json")]),
        (f"[{LINE},]", [("", "not-json")]),
        (b"[\xff]", [("", "not-json")]),
        ("[" * 100_000, [("", "too-deep")]),
        (f'[{{"item": 1, "quantity": 1{"0" * 5000}}}]', [("", "not-json")]),
        ('[{"item": 1, "quantity": 1e9999999999999999999999}]', [("", "not-json")]),
        ('[{"item": 1, "quantity": 1e-9999999999999999999999}]', [("", "not-json")]),
        ('[{"\\ud800": 1, "item": 1, "quantity": 1}]', [("/0", "string-unicode")]),
    ],
)
def test_a_malformed_order_is_400_with_each_fault_in_its_place(
    stocked: Shop, body: str | bytes, faults: list[tuple[str, str]]
) -> None:
    reply = order(stocked, body)
    assert (reply.status, reply.codes) == (400, faults)
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert stocked.quantity(1) == 10
    assert stocked.invoice(1).status == 404


def test_every_fault_of_an_order_is_named_at_once(stocked: Shop) -> None:
    body = (
        '[{"item": 1, "quantity": 0}, {"item": 1, "quantity": 1, "x": 1}, 5, {"item": 2, "item": 2, "quantity": "3"}]'
    )
    assert sorted(order(stocked, body).codes) == [
        ("/0/quantity", "greater-than-equal"),
        ("/1/item", "duplicate-item"),
        ("/1/x", "extra-forbidden"),
        ("/2", "model-type"),
        ("/3/item", "duplicate-key"),
        ("/3/quantity", "int-type"),
    ]


def test_put_refuses_the_same_but_takes_zero(stocked: Shop) -> None:
    assert order(stocked, f"[{LINE}, {LINE}]", "PUT").codes == [("/1/item", "duplicate-item")]
    assert order(stocked, '[{"item": 1, "quantity": -1}]', "PUT").codes == [("/0/quantity", "greater-than-equal")]
    assert order(stocked, f"[{LINE}]", "PUT").status == 201
    assert order(stocked, '[{"item": 1, "quantity": 0}]', "PUT").json["lines"] == []
    assert stocked.quantity(1) == 10


def test_a_quarter_megabyte_of_faults_is_answered_soon_and_in_short(stocked: Shop) -> None:
    keys = ",".join(f'"{number}":1' for number in range(25_000))
    reply = stocked.call("POST", "/api/items", f'{{"0":1,{keys}}}'.encode())
    assert reply.status == 400
    assert len(reply.json["errors"]) == 100
    assert "25004 faults" in reply.json["detail"]


@pytest.mark.parametrize("depth", [900, 1500, 9000])
def test_a_deeply_nested_body_is_400_however_deep_this_python_reads(stocked: Shop, depth: int) -> None:
    assert order(stocked, "[" * depth + "]" * depth).status == 400
    assert order(stocked, '{"a":' * depth + "1" + "}" * depth).status == 400


def test_97_lines_for_an_unknown_customer_are_404_first(stocked: Shop) -> None:
    lines = [{"item": item, "quantity": 1} for item in range(1, 98)]
    assert stocked.post("/api/customer-purchase/9", lines).status == 404
    assert stocked.post("/api/customer-purchase/1", lines).status == 422


def test_ten_megabytes_are_413(stocked: Shop) -> None:
    reply = order(stocked, b"[" + b" " * 10_000_000 + b"]")
    assert (reply.status, reply.json["type"]) == (413, "urn:stockroom:content-too-large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_a_body_that_does_not_say_it_is_json_is_415(stocked: Shop, kind: str) -> None:
    reply = order(stocked, f"[{LINE}]", **{"Content-Type": kind})
    assert (reply.status, reply.json["type"]) == (415, "urn:stockroom:unsupported-media-type")
    assert "Content-Type: application/json" in reply.json["detail"]
    assert stocked.quantity(1) == 10


def test_the_media_type_may_name_its_charset(stocked: Shop) -> None:
    assert order(stocked, f"[{LINE}]", **{"Content-Type": "application/json; charset=utf-8"}).status == 201


@pytest.mark.parametrize(
    "price",
    [
        -1,
        1.999,
        "10.9900000001",
        "1,5",
        "",
        "x",
        True,
        None,
        [],
        1e400,
        "1e2",
        " 1",
        "1\n",
        "1.",
        "10.990",
        "00000000000001",
    ],
)
def test_a_wrong_price_is_refused(shop: Shop, price: Any) -> None:
    body = {"description": "Tea", "price": price, "quantity": 1}
    raw = b'{"description": "Tea", "price": 1e400, "quantity": 1}' if price == 1e400 else None
    reply = shop.post("/api/items", raw or body)
    assert (reply.status, [pointer for pointer, _ in reply.codes]) == (400, ["/price"])
    assert shop.get("/api/items").json == []


@pytest.mark.parametrize("day", ["2026-02-30", "2026-1-1", "20261231", 20261231, "tomorrow", "2026-12-31T00:00:00Z"])
def test_a_wrong_date_is_refused(shop: Shop, day: Any) -> None:
    reply = shop.post("/api/items", {"description": "Tea", "price": 1, "quantity": 1, "expires_on": day})
    assert (reply.status, reply.codes) == (400, [("/expires_on", "date")])


def test_text_is_kept_as_it_is_meant(shop: Shop) -> None:
    item = shop.new_item(description="  Cafe\u0301 <b>=1+1</b> \u20b9 \u05e9\u200f\U0001f600 ")
    assert shop.get(f"/api/items/{item}").json["description"] == "Caf\u00e9 <b>=1+1</b> \u20b9 \u05e9\u200f\U0001f600"


def test_a_whole_number_may_be_written_with_a_point(stocked: Shop) -> None:
    assert order(stocked, '[{"item": 1.0, "quantity": 2e0}]').status == 201
    assert stocked.quantity(1) == 8


def test_a_body_nested_deeper_than_any_of_ours_is_told_so(stocked: Shop) -> None:
    reply = order(stocked, "[" * 33 + "]" * 33)
    assert reply.codes == [("", "too-deep")]
