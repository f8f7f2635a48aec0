"""Import and export of items and customers."""

import csv
import json
from io import StringIO
from typing import Any

import boto3
import pytest

from chalicelib.services import transfer
from chalicelib.settings import settings
from chalicelib.storage import files
from chalicelib.storage.numbered import ITEMS
from tests.conftest import Reply, Shop, records
from tests.wire import seen

HEAD = "sku,name,description,price,quantity,reorder_point,expires_on,archived\r\n"
TEA = "T-1,Chai,Chai (10 boxes),18.00,39,10,2027-01-31,false\r\n"
COFFEE = "C-1,,Ipoh Coffee,46.00,17,,,false\r\n"


def bring_in(shop: Shop, text: str, what: str = "items", dry_run: bool = False, **headers: str) -> Reply:
    path = f"/api/{what}/import" + ("?dry_run=true" if dry_run else "")
    return shop.call("POST", path, text.encode(), **{"Content_Type": "text/csv", **headers})


def counts(reply: Reply) -> tuple[int, int, int]:
    assert reply.status == 200, reply.text
    told = reply.json["counts"]
    return told["create"], told["update"], told["unchanged"]


def places(reply: Reply) -> list[tuple[int | None, str | None, str]]:
    assert reply.status == 400, reply.text
    return [(error.get("row"), error.get("column"), error["code"]) for error in reply.json["errors"]]


def test_items_go_in_and_come_out_the_same(shop: Shop) -> None:
    reply = bring_in(shop, HEAD + TEA + COFFEE)
    assert counts(reply) == (2, 0, 0)
    assert reply.json["rows"][1] == {"row": 3, "sku": "C-1", "action": "create"}
    assert [item["id"] for item in shop.get("/api/items").json] == [1, 2]
    assert shop.get("/api/items/1").json["expires_on"] == "2027-01-31"
    exported = shop.get("/api/items/export")
    assert (exported.headers["Content-Type"], exported.text) == ("text/csv; charset=utf-8", HEAD + TEA + COFFEE)
    assert [item["id"] for item in shop.get("/api/items?text=coffee").json] == [2]


def test_the_same_file_again_changes_nothing(shop: Shop) -> None:
    bring_in(shop, HEAD + TEA + COFFEE)
    before = records()
    reply = bring_in(shop, HEAD + TEA + COFFEE)
    assert counts(reply) == (0, 0, 2)
    assert records() == before


def test_what_is_there_is_changed_in_the_columns_that_the_file_has(shop: Shop) -> None:
    bring_in(shop, HEAD + TEA + COFFEE)
    reply = bring_in(shop, "price,sku\r\n19.50,T-1\r\n46.00,C-1\r\n")
    assert counts(reply) == (0, 1, 1)
    item = shop.get("/api/items/1").json
    assert (item["price"], item["quantity"], item["name"], item["version"]) == (19.5, 39, "Chai", 2)


def test_an_empty_cell_takes_an_optional_value_away(shop: Shop) -> None:
    bring_in(shop, HEAD + TEA)
    assert counts(bring_in(shop, "sku,name,reorder_point,expires_on\r\nT-1,,,\r\n")) == (0, 1, 0)
    item = shop.get("/api/items/1").json
    assert (item["name"], item["reorder_point"], item["expires_on"]) == (None, None, None)


def test_a_quantity_that_differs_goes_into_the_books(shop: Shop) -> None:
    bring_in(shop, HEAD + TEA)
    assert shop.get("/api/items/1/adjustments").json == []
    bring_in(shop, "sku,quantity\r\nT-1,50\r\n")
    assert shop.quantity(1) == 50
    [entry] = shop.get("/api/items/1/adjustments").json
    assert (entry["delta"], entry["quantity"], entry["reason"]) == (11, 50, "import")


def test_a_dry_run_says_what_would_be_done_and_does_nothing(shop: Shop) -> None:
    bring_in(shop, HEAD + TEA + COFFEE)
    before = records()
    reply = bring_in(
        shop,
        HEAD + TEA.replace("18.00", "19.00") + COFFEE + "N-1,,New,1,1,,,\r\n".replace(",,,", ",,,false"),
        dry_run=True,
    )
    assert reply.json["dry_run"] is True
    assert [row["action"] for row in reply.json["rows"]] == ["update", "unchanged", "create"]
    assert records() == before


def test_every_fault_is_told_with_row_and_column_and_nothing_is_done(shop: Shop) -> None:
    rows = [
        "T-1,Chai,Chai,18.00,39,10,,false",
        ",,Nameless,1,1,,,false",
        "T-2,,,18.999,many,-1,2027-02-30,maybe",
        "T-1,,Again,1,1,,,false",
        "T-3,too,few",
        "T-4,,a\u202eb,1,1,,,false",
    ]
    for dry_run in (True, False):
        reply = bring_in(shop, HEAD + "\r\n".join(rows), dry_run=dry_run)
        assert sorted(places(reply), key=str) == sorted(
            [
                (3, "sku", "too-short"),
                (4, "description", "too-short"),
                (4, "price", "price"),
                (4, "quantity", "int-type"),
                (4, "reorder_point", "greater-than-equal"),
                (4, "expires_on", "date"),
                (4, "archived", "bool-type"),
                (5, "sku", "duplicate-row"),
                (6, None, "cells"),
                (7, "description", "control-character"),
            ],
            key=str,
        )
        assert shop.get("/api/items").json == []


def test_new_items_that_lack_what_they_must_have_are_told_before_anything_is_done(shop: Shop) -> None:
    bring_in(shop, HEAD + TEA)
    text = "sku,price\r\nT-1,20.00\r\nT-9,1.00\r\n"
    for dry_run in (True, False):
        assert places(bring_in(shop, text, dry_run=dry_run)) == [
            (3, "description", "missing"),
            (3, "quantity", "missing"),
        ]
    assert shop.get("/api/items/1").json["price"] == 18.0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", (None, None, "not-csv")),
        ('sku,description\r\n"open', (None, None, "not-csv")),
        ("sku;price\r\n1;2\r\n", (1, "sku;price", "unknown-column")),
        ("sku,colour\r\nT-1,green\r\n", (1, "colour", "unknown-column")),
        ("sku,sku\r\nT-1,T-1\r\n", (1, "sku", "duplicate-column")),
        ("description\r\nTea\r\n", (1, None, "missing-column")),
    ],
)
def test_a_file_that_is_none_is_told_so(shop: Shop, text: str, place: tuple[Any, ...]) -> None:
    assert place in places(bring_in(shop, text))


def test_bytes_that_are_not_utf_8_and_other_media_types_are_told(shop: Shop) -> None:
    reply = shop.call("POST", "/api/items/import", b"sku\r\n\xff", Content_Type="text/csv")
    assert "byte 5 is not UTF-8" in reply.json["errors"][0]["detail"]
    reply = shop.call("POST", "/api/items/import", b"sku\r\n", Content_Type="application/json")
    assert (reply.status, "Content-Type: text/csv" in reply.json["detail"]) == (415, True)


def test_a_file_of_a_spreadsheet_is_understood(shop: Shop) -> None:
    text = '\ufeffsku,description,price,quantity\nT-1,"Tea, ""green""",5,1\n\nT-2,\'=1+1,5,1\n'
    assert counts(bring_in(shop, text)) == (2, 0, 0)
    assert shop.get("/api/items/1").json["description"] == 'Tea, "green"'
    assert shop.get("/api/items/2").json["description"] == "=1+1"


def test_a_thousand_rows_are_taken_and_one_more_is_told(shop: Shop) -> None:
    rows = [f"T-{number},Tea,5,1\r\n" for number in range(1001)]
    reply = bring_in(shop, "sku,description,price,quantity\r\n" + "".join(rows))
    assert (reply.status, reply.json["type"]) == (422, "urn:stockroom:too-many-rows")
    reply = bring_in(shop, "sku,description,price,quantity\r\n" + "".join(rows[:1000]), dry_run=True)
    assert counts(reply) == (1000, 0, 0)


def test_rows_are_counted_as_a_spreadsheet_counts_them(shop: Shop) -> None:
    assert places(bring_in(shop, "sku,price\r\n\r\n\r\nT-1,x\r\n")) == [(4, "price", "price")]


def test_rows_go_in_in_chunks_that_a_transaction_holds(shop: Shop) -> None:
    wordy = " ".join(f"word{number}" for number in range(60))
    rows = [f"T-{number},{wordy},5,{number}\r\n" for number in range(7)] + [f"S-{n},Tea,5,1\r\n" for n in range(30)]
    text = "sku,description,price,quantity\r\n" + "".join(rows)
    assert counts(bring_in(shop, text)) == (37, 0, 0)
    assert [item["sku"] for item in shop.get("/api/items").json] == [row.split(",")[0] for row in rows]
    assert counts(bring_in(shop, text)) == (0, 0, 37)


def test_an_import_that_ran_out_of_time_goes_on_when_it_is_sent_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "sku,description,price,quantity\r\n" + "".join(f"T-{number},Tea,5,{number}\r\n" for number in range(6))
    monkeypatch.setattr(transfer, "ROWS_READ_AT_ONCE", 2)
    looks = iter([True, True, False])
    monkeypatch.setattr(transfer, "ONE_MORE_TRY", Bound(looks))
    reply = bring_in(shop, text, Idempotency_Key="a")
    assert reply.status == 503
    assert reply.json["detail"].startswith("4 of 6 rows are known to be done.")
    assert reply.json["detail"].endswith("under its Idempotency-Key, and it goes on from there.")
    shop.new_customer()
    shop.order(1, (4, 2))
    monkeypatch.undo()
    reply = bring_in(shop, text, Idempotency_Key="a")
    assert counts(reply) == (6, 0, 0)
    # What was sold in between stays sold: the rows that were done are not done again.
    assert shop.quantity(4) == 1


def test_without_a_key_nobody_is_told_to_send_done_rows_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "ONE_MORE_TRY", Bound(iter([True, False])))
    monkeypatch.setattr(transfer, "ROWS_READ_AT_ONCE", 1)
    reply = bring_in(shop, HEAD + TEA + COFFEE)
    assert (reply.status, "The rest is to be sent by itself" in reply.json["detail"]) == (503, True)


@pytest.mark.parametrize(
    ("between", "then"),
    [
        # The two reads of an import see the item before and after.
        ({"sku": "C"}, {"A": "create", "C": None}),
        (None, {"A": "create"}),
    ],
    ids=["renamed", "deleted"],
)
def test_an_item_that_changes_while_it_is_read_is_read_anew(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, between: dict[str, str] | None, then: dict[str, str | None]
) -> None:
    shop.new_item(sku="A", price=1)
    owners, calls = ITEMS.owners, iter(range(9))

    def owners_then_change(texts: Any) -> Any:
        found = owners(texts)
        if next(calls) == 0:
            assert (shop.patch("/api/items/1", between) if between else shop.delete("/api/items/1")).status < 300
        return found

    monkeypatch.setattr(type(ITEMS), "owners", lambda _, texts: owners_then_change(texts))
    reply = bring_in(shop, "sku,description,price,quantity\r\nA,Tea,2,1\r\n")
    assert [row["action"] for row in reply.json["rows"]] == ["create"]
    monkeypatch.undo()
    assert {item["sku"] for item in shop.get("/api/items").json} == set(then)


def test_new_ones_that_begin_to_lack_something_midway_are_told_what_is_done(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(shop, HEAD + TEA + COFFEE)
    monkeypatch.setattr(transfer, "ROWS_READ_AT_ONCE", 1)
    real, calls = transfer._chunk, iter(range(9))

    def chunk(*arguments: Any) -> Any:
        if next(calls) == 1:
            shop.delete("/api/items/2")
        return real(*arguments)

    monkeypatch.setattr(transfer, "_chunk", chunk)
    reply = bring_in(shop, "sku,price\r\nT-1,20.00\r\nC-1,50.00\r\n", Idempotency_Key="a")
    assert places(reply) == [(3, "description", "missing"), (3, "quantity", "missing")]
    assert reply.json["detail"] == "New ones lack what they must have; 1 rows before them are done."
    assert shop.get("/api/items/1").json["price"] == 20.0


def test_a_transaction_of_an_import_never_has_more_than_a_hundred_actions(shop: Shop) -> None:
    # Of one to forty words, so that all sums come up.
    rows = "".join(f"T{n},{' '.join(f'w{n}x{w}' for w in range(n % 40))} x,5,1\r\n" for n in range(120))
    sizes: list[int] = []
    with seen("TransactWriteItems", lambda body: sizes.append(len(body["TransactItems"]))):
        reply = bring_in(shop, "sku,description,price,quantity\r\n" + rows, Idempotency_Key="a")
    assert counts(reply) == (120, 0, 0)
    assert 90 < max(sizes) <= 100


def test_what_was_done_before_is_told_without_doing_it_again(shop: Shop) -> None:
    bring_in(shop, HEAD + TEA + COFFEE, Idempotency_Key="a")
    calls: list[Any] = []
    with seen("*", calls.append):
        assert bring_in(shop, HEAD + TEA + COFFEE, Idempotency_Key="a").headers["Idempotent-Replayed"]
    assert len(calls) == 1


def test_a_heading_of_thousands_of_columns_is_refused_soon_and_in_short(shop: Shop) -> None:
    for heading in (",".join(f"c{n}" for n in range(100_000)), "sku" + "," * 400_000, ",".join(["x" * 100_000] * 10)):
        reply = bring_in(shop, heading + "\r\n")
        assert reply.status == 400
        assert len(reply.text) < 20_000


@pytest.mark.parametrize("kind", ["text/csv; charset=iso-8859-1", "text/csv;charset=windows-1252"])
def test_another_encoding_is_refused_however_it_comes(shop: Shop, kind: str) -> None:
    text = HEAD + "T-1,,Caf\u00e9,1,1,,,false\r\n"
    assert shop.call("POST", "/api/items/import", text.encode(), Content_Type=kind).status == 415
    assert bring_in(shop, HEAD + "T-1,,Caf\ufffd,1,1,,,false\r\n").json["errors"][0]["code"] == "not-csv"


class Bound:
    """Is met as often as it is told to be."""

    def __init__(self, looks: Any):
        self._looks = looks

    def __gt__(self, other: object) -> bool:
        return not next(self._looks)


def test_each_chunk_is_all_or_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two imports of the same new items at once: one of them finds what the other has made."""
    rows = "sku,description,price,quantity\r\nT-1,Tea,5,1\r\nT-2,Rice,5,1\r\n"
    real = transfer._find
    calls: list[int] = []

    def find(kind: Any, asked: Any) -> Any:
        found = real(kind, asked)
        calls.append(len(calls))
        if len(calls) == 1:
            assert counts(bring_in(shop, "sku,description,price,quantity\r\nT-2,Rice,6,1\r\n")) == (1, 0, 0)
        return found

    monkeypatch.setattr(transfer, "_find", find)
    reply = bring_in(shop, rows)
    assert [row["action"] for row in reply.json["rows"]] == ["create", "update"]
    assert [(item["sku"], item["price"]) for item in shop.get("/api/items").json] == [("T-2", 5.0), ("T-1", 5.0)]


CUSTOMERS = (
    "uid,name,phone,address,email,tax_id,archived\r\n"
    'ALFKI,Alfreds Futterkiste,030-0074321,"Obere Str. 57\nBerlin 12209\nGermany",,,false\r\n'
    "ANATR,Ana Trujillo,(5) 555-4729,Avda. de la Constitución 2222,ana@example.com,MX-1,true\r\n"
)


def test_customers_go_in_by_their_uid_and_come_out_the_same(shop: Shop) -> None:
    assert counts(bring_in(shop, CUSTOMERS, "customers")) == (2, 0, 0)
    assert shop.get("/api/customers/export").text == CUSTOMERS
    assert counts(bring_in(shop, CUSTOMERS, "customers")) == (0, 0, 2)
    assert counts(bring_in(shop, "uid,phone\r\nALFKI,1\r\n", "customers")) == (0, 1, 0)
    assert shop.get("/api/customers/1").json["address"] == "Obere Str. 57\nBerlin 12209\nGermany"
    assert places(bring_in(shop, "uid,name\r\nNEW,New\r\n", "customers")) == [
        (2, "phone", "missing"),
        (2, "address", "missing"),
    ]


def test_cells_that_a_spreadsheet_would_run_come_back_as_they_were(shop: Shop) -> None:
    texts = ["=1+1", "+49 30 1", "-2", "@x", "'=1", "''", "'quoted'", "＝1", "plain"]
    for text in texts:
        shop.post("/api/customers", {"uid": f"u{len(text)}{text}", "name": text, "phone": text, "address": text})
    exported = shop.get("/api/customers/export").text
    cells = [cell for row in csv.reader(StringIO(exported)) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r＝")]
    before = shop.get("/api/customers").json
    assert counts(bring_in(shop, exported, "customers")) == (0, 0, len(texts))
    assert shop.get("/api/customers").json == before


def test_an_export_too_long_to_answer_with_is_a_link(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_in(shop, HEAD + TEA)
    monkeypatch.setattr(files, "LARGEST_ANSWER", 10)
    reply = shop.get("/api/items/export")
    assert reply.status == 303
    key = reply.headers["Location"].split("?")[0].split("/", 3)[3]
    file = boto3.client("s3").get_object(Bucket=settings().bucket_name, Key=key)
    assert (file["Body"].read().decode(), file["ContentDisposition"]) == (
        HEAD + TEA,
        'attachment; filename="items.csv"',
    )


def test_an_import_is_done_once_under_its_key(shop: Shop) -> None:
    first = bring_in(shop, HEAD + TEA, Idempotency_Key="a")
    shop.post("/api/items/1/adjustments", {"delta": 1, "reason": "goods received"})
    again = bring_in(shop, HEAD + TEA, Idempotency_Key="a")
    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
    assert shop.quantity(1) == 40
    assert bring_in(shop, HEAD + COFFEE, Idempotency_Key="a").status == 422
    assert json.loads(first.text)["counts"]["create"] == 1
