import pytest

from tests.conftest import Shop


def test_an_order_takes_the_stock_and_bills_the_lines(shop: Shop) -> None:
    customer, tea, rice = shop.new_customer(), shop.new_item(5, 10.99), shop.new_item(50, 2.5, "Rice")
    reply = shop.order(customer, (tea, 2), (rice, 4))
    assert (reply.status, reply.headers["Location"]) == (201, f"/api/customer-purchase/{customer}")
    assert (reply.json["status"], reply.json["number"], reply.json["currency"]) == ("open", None, "USD")
    assert reply.json["lines"] == [
        {"item": tea, "description": "Tea", "unit_price": 10.99, "quantity": 2, "amount": 21.98},
        {"item": rice, "description": "Rice", "unit_price": 2.5, "quantity": 4, "amount": 10.0},
    ]
    assert reply.json["total"] == 31.98
    assert (shop.quantity(tea), shop.quantity(rice)) == (3, 46)


def test_a_second_order_adds_to_the_open_invoice(shop: Shop) -> None:
    customer, tea, rice = shop.new_customer(), shop.new_item(), shop.new_item()
    shop.order(customer, (tea, 1))
    reply = shop.order(customer, (rice, 1))
    assert reply.status == 200
    assert [line["item"] for line in reply.json["lines"]] == [tea, rice]


def test_an_item_on_the_invoice_is_refused_by_post_and_nothing_is_taken(shop: Shop) -> None:
    customer, tea, rice = shop.new_customer(), shop.new_item(10), shop.new_item(10)
    shop.order(customer, (tea, 1))
    reply = shop.order(customer, (rice, 1), (tea, 1))
    assert (reply.status, reply.codes) == (409, [("/1/item", "already-on-invoice")])
    assert (shop.quantity(tea), shop.quantity(rice)) == (9, 10)


def test_an_order_of_which_two_lines_can_not_be_filled_names_both_and_changes_nothing(shop: Shop) -> None:
    customer = shop.new_customer()
    items = [shop.new_item(quantity) for quantity in (3, 10, 0)]
    reply = shop.order(customer, (items[0], 4), (items[1], 1), (items[2], 1))
    assert (reply.status, reply.json["type"]) == (409, "urn:stockroom:insufficient-stock")
    told = [(error["pointer"], error["requested"], error["available"]) for error in reply.json["errors"]]
    assert told == [("/0/quantity", 4, 3), ("/2/quantity", 1, 0)]
    assert [shop.quantity(item) for item in items] == [3, 10, 0]
    assert shop.invoice(customer).status == 404


def test_a_price_change_after_the_order_leaves_the_invoice_as_it_was(shop: Shop) -> None:
    customer, tea = shop.new_customer(), shop.new_item(10, 10.99)
    before = shop.order(customer, (tea, 2)).json
    shop.patch(f"/api/items/{tea}", {"price": 99, "description": "Dear tea"})
    invoice = shop.invoice(customer).json
    assert (invoice["lines"], invoice["total"]) == (before["lines"], 21.98)
    assert shop.change(customer, (tea, 3)).json["total"] == 32.97


def test_put_sets_quantities_and_moves_the_difference(shop: Shop) -> None:
    customer, tea, rice, salt = shop.new_customer(), shop.new_item(10), shop.new_item(10), shop.new_item(10)
    shop.order(customer, (tea, 5), (rice, 5))
    reply = shop.change(customer, (tea, 2), (salt, 1))
    assert (reply.status, [line["quantity"] for line in reply.json["lines"]]) == (200, [2, 5, 1])
    assert [shop.quantity(item) for item in (tea, rice, salt)] == [8, 5, 9]
    reply = shop.change(customer, (tea, 0))
    assert [line["item"] for line in reply.json["lines"]] == [rice, salt]
    assert shop.quantity(tea) == 10


def test_put_makes_an_invoice_where_there_is_none_but_not_of_nothing(shop: Shop) -> None:
    customer, tea = shop.new_customer(), shop.new_item(10)
    assert shop.change(customer, (tea, 0)).status == 404
    assert shop.change(customer, (tea, 2)).status == 201
    assert shop.quantity(tea) == 8


def test_a_put_that_is_repeated_changes_nothing_more(shop: Shop) -> None:
    customer, tea = shop.new_customer(), shop.new_item(10)
    first = shop.change(customer, (tea, 2))
    second = shop.change(customer, (tea, 2))
    assert (second.status, second.json) == (200, first.json)


def test_a_put_of_which_one_line_can_not_be_filled_changes_nothing(shop: Shop) -> None:
    customer, tea, rice = shop.new_customer(), shop.new_item(10), shop.new_item(10)
    before = shop.order(customer, (tea, 5)).json
    reply = shop.change(customer, (tea, 1), (rice, 11))
    assert (reply.status, reply.codes) == (409, [("/1/quantity", "insufficient-stock")])
    assert (shop.quantity(tea), shop.quantity(rice)) == (5, 10)
    assert shop.invoice(customer).json["lines"] == before["lines"]


def test_dropping_the_invoice_gives_all_its_stock_back(shop: Shop) -> None:
    customer, tea, rice = shop.new_customer(), shop.new_item(10), shop.new_item(10)
    shop.order(customer, (tea, 5), (rice, 10))
    assert shop.delete(f"/api/customer-purchase/{customer}").status == 204
    assert (shop.quantity(tea), shop.quantity(rice)) == (10, 10)
    assert shop.invoice(customer).status == 404
    assert shop.delete(f"/api/customer-purchase/{customer}").status == 404
    assert shop.order(customer, (tea, 1)).status == 201


def test_96_items_in_one_request_work_and_97_are_too_many(shop: Shop) -> None:
    customer = shop.new_customer()
    items = [shop.new_item(1) for _ in range(97)]
    reply = shop.order(customer, *((item, 1) for item in items))
    assert (reply.status, reply.json["type"]) == (422, "urn:stockroom:too-many-lines")
    assert shop.order(customer, *((item, 1) for item in items[:96])).status == 201
    assert [shop.quantity(item) for item in items] == [0] * 96 + [1]


def test_an_invoice_of_more_lines_than_a_transaction_holds_is_dropped_whole(shop: Shop) -> None:
    customer = shop.new_customer()
    items = [shop.new_item(2) for _ in range(201)]
    for start in range(0, 201, 67):
        assert shop.order(customer, *((item, 1) for item in items[start : start + 67])).status in (200, 201)
    assert len(shop.invoice(customer).json["lines"]) == 201
    assert shop.delete(f"/api/customer-purchase/{customer}").status == 204
    assert {item["quantity"] for item in shop.get("/api/items?limit=1000").json} == {2}


def test_get_leads_to_the_pdf_by_a_presigned_link(shop: Shop) -> None:
    customer = shop.new_customer()
    shop.order(customer, (shop.new_item(), 2))
    reply = shop.get(f"/api/customer-purchase/{customer}")
    assert (reply.status, reply.headers["Cache-Control"]) == (303, "no-store")
    assert "X-Amz-Signature=" in reply.headers["Location"]
    assert shop.invoice(customer).json["pdf_url"].split("?")[0] == reply.headers["Location"].split("?")[0]


@pytest.mark.parametrize("accept", ["*/*", "application/pdf", "text/html,application/xhtml+xml,*/*;q=0.8", ""])
def test_a_browser_and_curl_get_the_pdf(shop: Shop, accept: str) -> None:
    customer = shop.new_customer()
    shop.order(customer, (shop.new_item(), 2))
    assert shop.get(f"/api/customer-purchase/{customer}", Accept=accept).status == 303


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_an_unknown_customer_is_404_before_the_body_is_looked_at(shop: Shop, method: str) -> None:
    reply = shop.call(method, "/api/customer-purchase/7", b"{no json")
    assert (reply.status, reply.json["detail"]) == (404, "There is no customer 7.")
    assert shop.call(method, "/api/customer-purchase/seven", b"").status == 404


def test_a_customer_without_an_open_invoice_has_none_to_show(shop: Shop) -> None:
    customer = shop.new_customer()
    reply = shop.get(f"/api/customer-purchase/{customer}")
    assert (reply.status, reply.json["type"]) == (404, "urn:stockroom:no-open-invoice")
    assert "POST lines" in reply.json["detail"]
