"""Requests and their answers, as the OpenAPI document shows them. Sent in this order to an empty shop they are answered
so; a test does it. What differs each time, such as a time or a link, is one of its kind."""

import re
from typing import Any, NamedTuple

CHAI: dict[str, Any] = {
    "id": 1,
    "description": "Chai (10 boxes x 20 bags)",
    "price": 18.0,
    "quantity": 39,
    "name": "Chai",
    "sku": "NW-0001",
    "reorder_point": 10,
    "expires_on": None,
    "archived": False,
    "version": 1,
}
COFFEE: dict[str, Any] = {**CHAI, "id": 2, "description": "Ipoh Coffee", "price": 46.0, "quantity": 17}
COFFEE |= {"name": None, "sku": None, "reorder_point": None}
ANN: dict[str, Any] = {
    "id": 1,
    "uid": "ARBOR",
    "name": "Ann Arbor",
    "phone": "+1 734 555 0100",
    "address": "1 Main Street\nAnn Arbor, MI 48104",
    "email": "ann@example.com",
    "tax_id": None,
    "archived": False,
    "version": 1,
    "site": "main",
}
LINE: dict[str, Any] = {
    "item": 1,
    "description": "Chai (10 boxes x 20 bags)",
    "unit_price": 18.0,
    "quantity": 2,
    "amount": 36.0,
}
INVOICE: dict[str, Any] = {
    "customer": 1,
    "version": "5f0c2a4e9b1d4c7f8a6e3d2b1c0f9e8d",
    "status": "open",
    "created_at": "2026-11-25T09:30:00Z",
    "lines": [LINE, {"item": 2, "description": "Ipoh Coffee", "unit_price": 46.0, "quantity": 1, "amount": 46.0}],
    "number": None,
    "currency": "USD",
    "total": 82.0,
}
FEWER: dict[str, Any] = {**INVOICE, "lines": [{**LINE, "quantity": 1, "amount": 18.0}], "total": 18.0}
KEY: dict[str, Any] = {
    "id": 1,
    "name": "web shop",
    "role": "clerk",
    "created_at": "2026-11-25T09:30:00Z",
    "expires_at": "2027-12-31T23:59:59Z",
    "last_used_at": None,
    "version": 1,
}


class Example(NamedTuple):
    """A call and its answer, as the description shows it and a test makes it."""

    name: str
    method: str
    path: str
    """With its query, where it has one."""
    body: Any
    """Text is CSV."""
    status: int
    answer: Any

    def is_of(self, method: str, route: str) -> bool:
        pattern = re.sub(r"\\\{\w+\\\}", "[0-9]+", re.escape(route))
        return method == self.method and re.fullmatch(rf"{pattern}(\?.*)?", self.path) is not None


def _problem(status: int, code: str, detail: str, *errors: dict[str, Any]) -> dict[str, Any]:
    title = code.replace("-", " ").capitalize()
    problem = {"type": f"urn:stockroom:{code}", "title": title, "status": status, "detail": detail}
    return problem | ({"errors": list(errors)} if errors else {})


def _short(index: int, item: int, requested: int, available: int, description: str) -> dict[str, Any]:
    detail = f"Item {item} ({description}): {requested} asked for, {available} can be had."
    facts = {"item": item, "requested": requested, "available": available}
    return {"pointer": f"/{index}/quantity", "code": "insufficient-stock", "detail": detail, **facts}


NEW_CHAI = {name: CHAI[name] for name in ("name", "sku", "description", "price", "quantity", "reorder_point")}
NEW_BEA = {"uid": "BORLAND", "name": "Bea Borland", "phone": "+1 212 555 0144", "address": "2 Main Street"}
BEA = {**ANN, **NEW_BEA, "id": 2, "email": None}
NEW_ANN = {name: ANN[name] for name in ("uid", "name", "phone", "address", "email")}

EXAMPLES = [
    Example("health", "GET", "/api/health", None, 200, {"status": "ok"}),
    Example("chai", "POST", "/api/items", NEW_CHAI, 201, CHAI),
    Example(
        "coffee",
        "POST",
        "/api/items",
        {"description": "Ipoh Coffee", "price": "46.00", "quantity": 17},
        201,
        COFFEE,
    ),
    Example(
        "two faults",
        "POST",
        "/api/items",
        {"description": "Tea", "price": 10.999, "quantity": 3, "colour": "green"},
        400,
        _problem(
            400,
            "malformed-request",
            "2 faults in the body; nothing was changed.",
            {"pointer": "/price", "code": "price", "detail": "must have at most 2 decimals, as USD has."},
            {"pointer": "/colour", "code": "extra-forbidden", "detail": "is not a field of this request."},
        ),
    ),
    Example(
        "a sku that is taken",
        "POST",
        "/api/items",
        {"description": "Chai", "price": 18, "quantity": 1, "sku": "NW-0001"},
        409,
        _problem(
            409,
            "sku-taken",
            "The sku 'NW-0001' is that of item 1; each item has its own, also when it is archived.",
            {
                "pointer": "/sku",
                "code": "sku-taken",
                "detail": "The sku 'NW-0001' is that of item 1; each item has its own, also when it is archived.",
                "item": 1,
            },
        ),
    ),
    Example("two items", "GET", "/api/items?limit=2", None, 200, [CHAI, COFFEE]),
    Example("search", "GET", "/api/items?text=coff", None, 200, [COFFEE]),
    Example("one item", "GET", "/api/items/1", None, 200, CHAI),
    Example("new customer", "POST", "/api/customers", NEW_ANN, 201, ANN),
    Example("another", "POST", "/api/customers", NEW_BEA, 201, BEA),
    Example("search", "GET", "/api/customers?phone=5550100", None, 200, [ANN]),
    Example("one customer", "GET", "/api/customers/1", None, 200, ANN),
    Example(
        "order",
        "POST",
        "/api/customer-purchase/1",
        [{"item": 1, "quantity": 2}, {"item": 2, "quantity": 1}],
        201,
        INVOICE,
    ),
    Example(
        "too little stock",
        "POST",
        "/api/customer-purchase/2",
        [{"item": 1, "quantity": 38}, {"item": 2, "quantity": 1}],
        409,
        _problem(
            409,
            "insufficient-stock",
            "1 of 2 lines can't be filled; nothing was changed.",
            _short(0, 1, 38, 37, "Chai (10 boxes x 20 bags)"),
        ),
    ),
    Example(
        "several reasons",
        "POST",
        "/api/customer-purchase/1",
        [{"item": 1, "quantity": 1}, {"item": 3, "quantity": 1}],
        409,
        _problem(
            409,
            "refused",
            "2 of 2 lines can't be filled; nothing was changed.",
            {
                "pointer": "/0/item",
                "code": "already-on-invoice",
                "detail": "Item 1 is already on the open invoice; change its quantity with PUT.",
                "item": 1,
            },
            {"pointer": "/1/item", "code": "unknown-item", "detail": "There is no item 3.", "item": 3},
        ),
    ),
    Example(
        "no open invoice",
        "GET",
        "/api/customer-purchase/2",
        None,
        404,
        _problem(404, "no-open-invoice", "Customer 2 has no open invoice. POST lines to make one."),
    ),
    Example(
        "fewer of one, none of the other",
        "PUT",
        "/api/customer-purchase/1",
        [{"item": 1, "quantity": 1}, {"item": 2, "quantity": 0}],
        200,
        FEWER,
    ),
    Example(
        "too little stock",
        "PUT",
        "/api/customer-purchase/1",
        [{"item": 1, "quantity": 1000}, {"item": 2, "quantity": 18}],
        409,
        _problem(
            409,
            "insufficient-stock",
            "2 of 2 lines can't be filled; nothing was changed.",
            _short(0, 1, 1000, 39, "Chai (10 boxes x 20 bags)"),
            _short(1, 2, 18, 17, "Ipoh Coffee"),
        ),
    ),
    Example(
        "the invoice",
        "GET",
        "/api/customer-purchase/1",
        None,
        200,
        {**FEWER, "pdf_url": "https://stockroom-prod-1.s3.amazonaws.com/invoices/open/1/a/b.pdf?X-Amz-Signature=c"},
    ),
    Example("no open invoice", "DELETE", "/api/customer-purchase/1", None, 204, None),
    Example(
        "goods received",
        "POST",
        "/api/items/1/adjustments",
        {"delta": 24, "reason": "goods received"},
        200,
        {**CHAI, "quantity": 63, "version": 5},
    ),
    Example(
        "stock count",
        "POST",
        "/api/items/1/adjustments",
        {"counted": 60, "reason": "stock count"},
        200,
        {**CHAI, "quantity": 60, "version": 6},
    ),
    Example(
        "the books",
        "GET",
        "/api/items/1/adjustments?limit=1",
        None,
        200,
        [{"item": 1, "at": "2026-11-25T09:30:00Z", "delta": -3, "quantity": 60, "reason": "stock count"}],
    ),
    Example(
        "another price",
        "PATCH",
        "/api/items/1",
        {"price": 19.5, "reorder_point": None},
        200,
        {**CHAI, "quantity": 60, "price": 19.5, "reorder_point": None, "version": 7},
    ),
    Example(
        "another phone",
        "PATCH",
        "/api/customers/1",
        {"phone": "+1 734 555 0199"},
        200,
        {**ANN, "phone": "+1 734 555 0199", "version": 2},
    ),
    Example(
        "a new price and a new item",
        "POST",
        "/api/items/import",
        "sku,description,price,quantity\r\nNW-0001,Chai (10 boxes x 20 bags),20.00,60\r\nNW-0003,Syrup,10.00,13\r\n",
        200,
        {
            "dry_run": False,
            "counts": {"create": 1, "update": 1, "unchanged": 0},
            "rows": [
                {"row": 2, "sku": "NW-0001", "action": "update"},
                {"row": 3, "sku": "NW-0003", "action": "create"},
            ],
        },
    ),
    Example(
        "faults",
        "POST",
        "/api/items/import?dry_run=true",
        "sku,price\r\nNW-0001,twenty\r\n",
        400,
        _problem(
            400,
            "malformed-request",
            "A fault in the rows; nothing was changed.",
            {
                "code": "price",
                "detail": 'must be a number, or a decimal string such as "10.99".',
                "row": 2,
                "column": "price",
            },
        ),
    ),
    Example(
        "customers",
        "POST",
        "/api/customers/import?dry_run=true",
        'uid,name,phone,address\r\nALFKI,Alfreds Futterkiste,030-0074321,"Obere Str. 57\nBerlin"\r\n',
        200,
        {
            "dry_run": True,
            "counts": {"create": 1, "update": 0, "unchanged": 0},
            "rows": [{"row": 2, "uid": "ALFKI", "action": "create"}],
        },
    ),
    Example("archived", "DELETE", "/api/customers/1", None, 204, None),
    Example(
        "all",
        "GET",
        "/api/customers/export",
        None,
        200,
        "uid,name,phone,address,email,tax_id,archived\r\n"
        'ARBOR,Ann Arbor,\'+1 734 555 0199,"1 Main Street\nAnn Arbor, MI 48104",ann@example.com,,true\r\n'
        "BORLAND,Bea Borland,'+1 212 555 0144,2 Main Street,,,false\r\n",
    ),
    Example("archived", "DELETE", "/api/items/1", None, 204, None),
    Example(
        "a key for the web shop",
        "POST",
        "/api/keys",
        {"name": "web shop", "role": "clerk", "expires_at": "2027-12-31T23:59:59Z"},
        201,
        {**KEY, "key": "stockroom_s3Cr3t-of-256-random-bits-in-base64url-00"},
    ),
    Example("the keys", "GET", "/api/keys", None, 200, [KEY]),
    Example("one key", "GET", "/api/keys/1", None, 200, KEY),
    Example("revoked", "DELETE", "/api/keys/1", None, 204, None),
]
