"""ETag, If-None-Match and If-Match: RFC 9110, section 13."""

from collections.abc import Callable

import pytest

from tests.conftest import Reply, Shop

JSON = {"Accept": "application/json"}


@pytest.fixture
def sold(stocked: Shop) -> Shop:
    """Customer 1 has an invoice with item 1."""
    stocked.order(1, (1, 2))
    stocked.post("/api/keys", {"name": "till", "role": "clerk"})
    return stocked


RESOURCES = ["/api/items/1", "/api/customers/1", "/api/customer-purchase/1", "/api/keys/1"]

CHANGES: dict[str, Callable[[Shop], Reply]] = {
    "/api/items/1": lambda shop: shop.patch("/api/items/1", {"price": 3}),
    "/api/customers/1": lambda shop: shop.patch("/api/customers/1", {"phone": "2"}),
    "/api/customer-purchase/1": lambda shop: shop.change(1, (2, 1)),
    "/api/keys/1": lambda shop: shop.get("/api/items", Authorization=f"Bearer {new_key(shop)}"),
}


def new_key(shop: Shop) -> str:
    """Takes the place of key 1, whose secret nobody knows any more."""
    shop.delete("/api/keys/1")
    return str(shop.post("/api/keys", {"name": "till", "role": "clerk"}).json["key"])


@pytest.mark.parametrize("path", RESOURCES)
def test_each_single_resource_has_a_strong_etag_and_is_not_sent_twice(sold: Shop, path: str) -> None:
    first = sold.get(path, **JSON)
    tag = first.headers["ETag"]
    site = f"-{first.json['site']}" if "customers" in path else ""
    assert tag == f'"{first.json["version"]}{site}"'
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        reply = sold.get(path, If_None_Match=known, **JSON)
        assert (reply.status, reply.text, reply.headers["ETag"]) == (304, "", tag)
    assert sold.get(path, If_None_Match='"other"', **JSON).status == 200
    assert sold.call("HEAD", path, If_None_Match=tag, **JSON).status == 304


@pytest.mark.parametrize("path", RESOURCES[:3])
def test_a_change_gives_another_etag_and_tells_it(sold: Shop, path: str) -> None:
    before = sold.get(path, **JSON).headers["ETag"]
    changed = CHANGES[path](sold)
    after = sold.get(path, **JSON).headers["ETag"]
    assert changed.headers["ETag"] == after != before
    assert sold.get(path, If_None_Match=before, **JSON).status == 200


def test_the_use_of_a_key_changes_its_etag(sold: Shop) -> None:
    secret = new_key(sold)
    before = sold.get("/api/keys/2").headers["ETag"]
    sold.get("/api/items", Authorization=f"Bearer {secret}")
    assert sold.get("/api/keys/2").headers["ETag"] != before


def test_a_sale_changes_the_etag_of_the_item(sold: Shop) -> None:
    before = sold.get("/api/items/1").headers["ETag"]
    sold.change(1, (1, 3))
    assert sold.get("/api/items/1").headers["ETag"] != before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/items/1", {"price": 3}),
        ("DELETE", "/api/items/1", None),
        ("POST", "/api/items/1/adjustments", {"delta": 1, "reason": "goods received"}),
        ("PATCH", "/api/customers/2", {"phone": "2"}),
        ("DELETE", "/api/customers/2", None),
        ("POST", "/api/customer-purchase/1", [{"item": 2, "quantity": 1}]),
        ("PUT", "/api/customer-purchase/1", [{"item": 1, "quantity": 1}]),
        ("DELETE", "/api/customer-purchase/1", None),
        ("DELETE", "/api/keys/1", None),
    ],
)
def test_a_stale_write_is_412_and_changes_nothing_and_a_fresh_one_is_done(
    sold: Shop, method: str, path: str, body: object
) -> None:
    sold.new_customer()
    resource = path.removesuffix("/adjustments")
    before = sold.get(resource, **JSON)
    tag = before.headers["ETag"]
    for stale in ('"no-such-version"', f"W/{tag}"):
        reply = sold.call(method, path, body, If_Match=stale)
        assert (reply.status, reply.json["type"]) == (412, "urn:stockroom:precondition-failed")
        assert f"it is {tag} now" in reply.json["detail"]
    for unwanted in ("*", tag, f"W/{tag}"):
        assert sold.call(method, path, body, If_None_Match=unwanted).status == 412
    assert sold.get(resource, **JSON).headers["ETag"] == tag
    assert sold.call(method, path, body, If_Match=f'"stale", {tag}').status in (200, 204)


def test_what_is_not_there_meets_no_if_match(stocked: Shop) -> None:
    reply = stocked.call("PUT", "/api/customer-purchase/1", [{"item": 1, "quantity": 1}], If_Match="*")
    assert (reply.status, stocked.quantity(1)) == (412, 10)


def test_an_order_can_ask_for_a_new_invoice_only(stocked: Shop) -> None:
    body = [{"item": 1, "quantity": 1}]
    assert stocked.post("/api/customer-purchase/1", body, If_None_Match="*").status == 201
    body = [{"item": 2, "quantity": 1}]
    assert stocked.post("/api/customer-purchase/1", body, If_None_Match="*").status == 412
    assert stocked.quantity(2) == 10


def test_a_list_is_there_but_has_no_version(shop: Shop) -> None:
    body = {"description": "Tea", "price": 1, "quantity": 1}
    for tag in ('"1"', ""):
        reply = shop.post("/api/items", body, If_Match=tag)
        assert (reply.status, "this has no version" in reply.json["detail"]) == (412, True)
    assert shop.post("/api/items", body, If_Match="*").status == 201


def test_a_version_is_known_without_its_quotes_too(stocked: Shop) -> None:
    assert stocked.call("PATCH", "/api/items/1", {"price": 3}, If_Match="2").status == 412
    assert stocked.call("PATCH", "/api/items/1", {"price": 3}, If_Match="").status == 412
    assert stocked.call("PATCH", "/api/items/1", {"price": 3}, If_Match="1").status == 200
