import pytest

from chalicelib.routes import request
from tests.conftest import Shop


def test_items_are_numbered_from_one_and_shown_with_all_their_fields(shop: Shop) -> None:
    body = {
        "description": "Chai (10 boxes x 20 bags)",
        "price": 18.5,
        "quantity": 39,
        "name": "Chai",
        "sku": "NW-0001",
        "reorder_point": 10,
        "expires_on": "2027-01-31",
    }
    reply = shop.post("/api/items", body)
    assert (reply.status, reply.headers["Location"]) == (201, "/api/items/1")
    assert reply.json == {"id": 1, "archived": False, "version": 1, **body}
    assert shop.get("/api/items/1").json == reply.json
    assert shop.new_item() == 2


@pytest.mark.parametrize(("price", "shown"), [(10.99, "10.99"), ("10.99", "10.99"), (0.1, "0.1"), (3, "3.0")])
def test_a_price_is_exact_as_number_and_as_text(shop: Shop, price: object, shown: str) -> None:
    reply = shop.post("/api/items", {"description": "Tea", "price": price, "quantity": 1})
    assert f'"price":{shown},' in reply.text


def test_a_list_is_in_the_order_of_ids_and_goes_on_by_its_link(shop: Shop) -> None:
    made = [shop.new_item() for _ in range(5)]
    seen = []
    path = "/api/items?limit=2"
    for _ in range(3):
        reply = shop.get(path)
        seen += [item["id"] for item in reply.json]
        path = reply.headers.get("Link", "").removeprefix("<").removesuffix('>; rel="next"')
    assert (seen, path) == (made, "")


def test_a_page_that_ends_with_the_last_item_leads_no_further(shop: Shop) -> None:
    for _ in range(2):
        shop.new_item()
    reply = shop.get("/api/items?limit=2")
    assert len(reply.json) == 2
    assert "Link" not in reply.headers


def test_a_page_too_long_for_an_answer_ends_early_and_leads_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        shop.new_item()
    monkeypatch.setattr(request, "LARGEST_PAGE", 250)
    reply = shop.get("/api/items")
    assert [item["id"] for item in reply.json] == [1, 2]
    assert reply.headers["Link"] == '</api/items?cursor=2>; rel="next"'


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "cursor=x", "archived=1"])
def test_a_wrong_query_parameter_is_named(shop: Shop, query: str) -> None:
    reply = shop.get(f"/api/items?{query}")
    assert reply.status == 400
    assert reply.json["errors"][0]["parameter"] == query.split("=")[0]


def test_a_patch_changes_what_it_names_and_null_takes_away(shop: Shop) -> None:
    item = shop.new_item(quantity=7, price=10.99, sku="T-1", reorder_point=3)
    reply = shop.patch(f"/api/items/{item}", {"price": "12.50", "reorder_point": None})
    assert reply.status == 200
    assert (reply.json["price"], reply.json["reorder_point"], reply.json["sku"]) == (12.5, None, "T-1")
    assert shop.get(f"/api/items/{item}").json == reply.json


def test_an_empty_patch_changes_nothing(shop: Shop) -> None:
    item = shop.new_item()
    assert shop.patch(f"/api/items/{item}", {}).json == shop.get(f"/api/items/{item}").json


def test_a_sku_belongs_to_one_item(shop: Shop) -> None:
    first, second = shop.new_item(sku="T-1"), shop.new_item(sku="T-2")
    for reply in (
        shop.post("/api/items", {"description": "Tea", "price": 1, "quantity": 1, "sku": "T-1"}),
        shop.patch(f"/api/items/{second}", {"sku": "T-1"}),
    ):
        assert (reply.status, reply.codes, reply.json["errors"][0]["item"]) == (409, [("/sku", "sku-taken")], first)
    assert shop.patch(f"/api/items/{first}", {"sku": "T-1", "price": 2}).status == 200
    assert shop.patch(f"/api/items/{first}", {"sku": "T-3"}).status == 200
    assert shop.patch(f"/api/items/{second}", {"sku": "T-1"}).status == 200
    shop.delete(f"/api/items/{second}")
    assert shop.patch(f"/api/items/{first}", {"sku": "T-1"}).status == 200


def test_quantity_is_adjusted_not_patched(shop: Shop) -> None:
    item = shop.new_item(quantity=7)
    assert shop.patch(f"/api/items/{item}", {"quantity": 8}).codes == [("/quantity", "extra-forbidden")]
    assert shop.quantity(item) == 7


def test_an_item_that_was_never_sold_is_deleted(shop: Shop) -> None:
    item = shop.new_item()
    assert shop.delete(f"/api/items/{item}").status == 204
    assert shop.get(f"/api/items/{item}").status == 404
    assert shop.get("/api/items").json == []


def test_an_item_on_an_invoice_is_archived_and_can_be_brought_back(shop: Shop) -> None:
    item, customer = shop.new_item(), shop.new_customer()
    shop.order(customer, (item, 1))
    assert shop.delete(f"/api/items/{item}").status == 204
    assert shop.get("/api/items").json == []
    assert [found["id"] for found in shop.get("/api/items?archived=true").json] == [item]
    assert shop.change(customer, (item, 2)).codes == [("/0/item", "archived-item")]
    shop.patch(f"/api/items/{item}", {"archived": False})
    assert shop.change(customer, (item, 2)).status == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("item", ["1", "0", "-1", "x", "1.0", "01", "99999999999", "%31"])
def test_an_unknown_item_is_404_before_the_body_is_looked_at(shop: Shop, method: str, item: str) -> None:
    reply = shop.call(method, f"/api/items/{item}", b"no json")
    assert (reply.status, reply.json["type"]) == (404, "urn:stockroom:not-found")


def test_a_delivery_and_a_count_move_the_stock_and_stand_in_the_books(shop: Shop) -> None:
    item = shop.new_item(quantity=10)
    path = f"/api/items/{item}/adjustments"
    assert shop.post(path, {"delta": 24, "reason": "goods received"}).json["quantity"] == 34
    assert shop.post(path, {"delta": -4, "reason": "breakage"}).json["quantity"] == 30
    assert shop.post(path, {"counted": 28, "reason": "stock count"}).json["quantity"] == 28
    books = [(entry["delta"], entry["quantity"], entry["reason"]) for entry in shop.get(path).json]
    assert books == [(-2, 28, "stock count"), (-4, 30, "breakage"), (24, 34, "goods received")]


def test_the_books_are_read_page_by_page(shop: Shop) -> None:
    item = shop.new_item(quantity=0)
    for _ in range(3):
        shop.post(f"/api/items/{item}/adjustments", {"delta": 1, "reason": "goods received"})
    first = shop.get(f"/api/items/{item}/adjustments?limit=2")
    rest = shop.get(first.headers["Link"].removeprefix("<").split(">")[0])
    assert [entry["quantity"] for entry in first.json + rest.json] == [3, 2, 1]
    assert "Link" not in rest.headers


def test_an_adjustment_below_nothing_is_refused_and_changes_nothing(shop: Shop) -> None:
    item = shop.new_item(quantity=3)
    reply = shop.post(f"/api/items/{item}/adjustments", {"delta": -4, "reason": "breakage"})
    assert (reply.status, reply.codes) == (409, [("/delta", "insufficient-stock")])
    assert (shop.quantity(item), shop.get(f"/api/items/{item}/adjustments").json) == (3, [])


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"reason": "count"}, ("", "delta-or-counted")),
        ({"delta": 1, "counted": 1, "reason": "count"}, ("", "delta-or-counted")),
        ({"delta": 1}, ("/reason", "missing")),
        ({"counted": -1, "reason": "count"}, ("/counted", "greater-than-equal")),
    ],
)
def test_an_adjustment_says_one_thing_and_why(shop: Shop, body: dict[str, object], fault: tuple[str, str]) -> None:
    item = shop.new_item(quantity=3)
    reply = shop.post(f"/api/items/{item}/adjustments", body)
    assert (reply.status, reply.codes) == (400, [fault])
    assert shop.post("/api/items/99/adjustments", body).status == 404
    assert shop.get("/api/items/99/adjustments").status == 404
