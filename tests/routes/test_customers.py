import pytest

from tests.conftest import Shop

ANN = {"name": "Ann Arbor", "phone": "+1 734 555 0100", "address": "1 Main St\nAnn Arbor"}


def test_customers_are_numbered_from_one_and_shown_with_all_their_fields(shop: Shop) -> None:
    body = {**ANN, "uid": "ARBOR", "email": "ann@example.com", "tax_id": "DE 123"}
    reply = shop.post("/api/customers", body)
    assert (reply.status, reply.headers["Location"]) == (201, "/api/customers/1")
    assert reply.json == {"id": 1, **body, "archived": False, "version": 1, "site": "main"}
    assert shop.get("/api/customers/1").json == reply.json
    assert shop.get("/api/customers").json == [reply.json]


def test_a_patch_changes_what_it_names(shop: Shop) -> None:
    customer = shop.new_customer()
    reply = shop.patch(f"/api/customers/{customer}", {"phone": "2", "email": "a@b"})
    assert (reply.json["phone"], reply.json["email"], reply.json["name"]) == ("2", "a@b", "Ann Arbor")
    assert shop.patch(f"/api/customers/{customer}", {"email": None}).json["email"] is None


def test_a_uid_is_given_or_made_and_belongs_to_one_customer(shop: Shop) -> None:
    made = shop.post("/api/customers", ANN).json
    assert len(made["uid"]) == 32
    assert shop.post("/api/customers", ANN).json["uid"] != made["uid"]
    reply = shop.post("/api/customers", {**ANN, "uid": made["uid"]})
    assert (reply.status, reply.codes, reply.json["errors"][0]["customer"]) == (409, [("/uid", "uid-taken")], 1)
    assert shop.patch("/api/customers/1", {"uid": "other"}).codes == [("/uid", "extra-forbidden")]
    shop.delete("/api/customers/1")
    assert shop.post("/api/customers", {**ANN, "uid": made["uid"]}).status == 409


def test_a_name_can_not_be_taken_away(shop: Shop) -> None:
    customer = shop.new_customer()
    assert shop.patch(f"/api/customers/{customer}", {"name": None}).codes == [("/name", "string-type")]


def test_a_customer_who_is_deleted_is_archived_buys_no_longer_and_can_be_brought_back(shop: Shop) -> None:
    customer, item = shop.new_customer(), shop.new_item()
    assert shop.delete(f"/api/customers/{customer}").status == 204
    assert shop.get(f"/api/customers/{customer}").json["archived"] is True
    assert shop.get("/api/customers").json == shop.get("/api/customers?name=ann").json == []
    assert [found["id"] for found in shop.get("/api/customers?archived=true").json] == [customer]
    assert [found["id"] for found in shop.get("/api/customers?archived=true&name=ann").json] == [customer]
    for reply in (shop.order(customer, (item, 1)), shop.change(customer, (item, 1))):
        assert (reply.status, reply.codes) == (409, [("", "archived-customer")])
    assert shop.delete(f"/api/customers/{customer}").status == 204
    assert shop.get(f"/api/customers/{customer}").json["version"] == 2
    assert shop.patch(f"/api/customers/{customer}", {"archived": False}).status == 200
    assert shop.order(customer, (item, 1)).status == 201


def test_a_customer_with_an_open_invoice_stays_until_it_is_dropped(shop: Shop) -> None:
    customer, item = shop.new_customer(), shop.new_item()
    shop.order(customer, (item, 1))
    reply = shop.delete(f"/api/customers/{customer}")
    assert (reply.status, reply.codes) == (409, [("", "open-invoice")])
    shop.delete(f"/api/customer-purchase/{customer}")
    assert shop.delete(f"/api/customers/{customer}").status == 204


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_customer_is_404(shop: Shop, method: str) -> None:
    reply = shop.call(method, "/api/customers/7", b"no json")
    assert (reply.status, reply.json["detail"]) == (404, "There is no customer 7.")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "too-short"),
        ("name", " \t ", "too-short"),
        ("name", "a\nb", "control-character"),
        ("name", "x" * 201, "too-long"),
        ("name", 7, "string-type"),
        ("address", "a\x00b", "control-character"),
        ("address", "a\u2028b", "control-character"),
        ("name", "invoice\u202egpj.exe", "control-character"),
        ("name", "\u2066\u2069", "control-character"),
        ("email", " ann@example.com", "email"),
        ("email", "ann@example.com\n", "control-character"),
        ("email", "no address", "email"),
        ("phone", "\ud800", "control-character"),
    ],
)
def test_each_wrong_field_is_named_and_nothing_is_made(shop: Shop, field: str, value: object, code: str) -> None:
    reply = shop.post("/api/customers", {**ANN, field: value})
    assert (reply.status, reply.codes) == (400, [(f"/{field}", code)])
    assert shop.get("/api/customers").json == []


def test_every_fault_is_named_at_once(shop: Shop) -> None:
    reply = shop.post("/api/customers", {"name": 1, "adress": "typo"})
    assert sorted(reply.codes) == [
        ("/address", "missing"),
        ("/adress", "extra-forbidden"),
        ("/name", "string-type"),
        ("/phone", "missing"),
    ]


@pytest.mark.parametrize("way", ["delete", "patch"])
def test_a_customer_with_an_open_invoice_is_archived_neither_way(stocked: Shop, way: str) -> None:
    stocked.order(1, (1, 1))
    archive = stocked.delete if way == "delete" else lambda path: stocked.patch(path, {"archived": True})
    refused = archive("/api/customers/1")
    assert (refused.status, refused.codes) == (409, [("", "open-invoice")])
    assert stocked.get("/api/customers/1").json["archived"] is False
    stocked.delete("/api/customer-purchase/1")
    assert archive("/api/customers/1").status in (200, 204)
    assert stocked.get("/api/customers/1").json["archived"] is True
