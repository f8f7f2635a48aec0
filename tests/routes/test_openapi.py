"""The description of the API, held against the API."""

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import validate

import app
from chalicelib.routes.docs import FILES, VIEWER
from chalicelib.routes.examples import EXAMPLES
from chalicelib.routes.http import ROUTES
from deploy.in_lambda import Context
from deploy.trial import request
from tests.conftest import Shop
from tests.routes.test_access import SIGNED, TAKES

# What is another each time; the values are what it looks like.
DIFFERENT = {
    "created_at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "key": r"stockroom_[A-Za-z0-9_-]{43}",
    "pdf_url": r"https://.+\.pdf\?.*X-Amz-Signature=.+",
}


@pytest.fixture
def document(shop: Shop) -> Any:
    reply = shop.get("/api/openapi.json", Authorization="")
    assert reply.status == 200
    return reply.json


def operations(document: Any) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def test_it_is_valid_openapi(document: Any) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_the_document_names_what_is_routed_and_nothing_else(document: Any) -> None:
    routed = {(method, path) for path, methods in ROUTES.items() for method in methods}
    assert set(operations(document)) == routed
    assert set(ROUTES) == set(app.app.routes)


def test_each_operation_says_who_may_call_it(document: Any) -> None:
    for route, operation in operations(document).items():
        signed: list[Any] = [{"signature": []}] if route in SIGNED | {("GET", "/api/sync/digest")} else []
        assert operation["security"] == [{"key": []}] * (route in TAKES) + signed
        assert ("401" in operation["responses"]) == bool(operation["security"])
        if route in TAKES:
            assert f"Needs the role **{TAKES[route]}**" in operation["description"]


def test_each_operation_has_a_name_of_its_own_and_is_told_in_words(document: Any) -> None:
    found = operations(document).values()
    assert len({operation["operationId"] for operation in found}) == len(found)
    for operation in found:
        assert 5 < len(operation["summary"]) < 60
        assert operation["summary"][-1] != "."


def test_the_document_names_the_stage_it_is_served_from(shop: Shop, document: Any) -> None:
    assert document["servers"] == [{"url": "/"}]
    answer = app.app(request("GET", "/api/openapi.json"), Context())
    assert json.loads(answer["body"])["servers"] == [{"url": "/trial"}]


@pytest.mark.parametrize("name", FILES)
def test_the_page_is_shipped_with_all_it_needs(shop: Shop, name: str) -> None:
    page = shop.get("/api/docs", Authorization="")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'"docs/{name}"' in page.text
    reply = shop.get(f"/api/docs/{name}", Authorization="")
    assert (reply.status, reply.headers["Content-Type"]) == (200, f"{FILES[name]}; charset=utf-8")
    assert reply.text == (VIEWER / name).read_text()
    assert len(json.dumps(reply.text)) < 6_000_000


def test_the_page_loads_nothing_from_elsewhere_and_shows_nothing_of_the_request(shop: Shop) -> None:
    page = shop.get("/api/docs")
    assert re.findall(r'(?:src|href)="([^"]+)"', page.text) == [
        "data:,",
        "docs/swagger-ui.css",
        "openapi.json",
        "docs/swagger-ui-bundle.js",
        "docs/start.js",
    ]
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert shop.get("/api/docs", Referer="<script>").text == page.text


def test_the_page_is_found_with_a_slash_at_the_end_too(shop: Shop) -> None:
    reply = shop.get("/api/docs/")
    assert (reply.status, reply.headers["Location"]) == (308, "../docs")


@pytest.mark.parametrize("name", ["index.html", "..%2Fopenapi.py", "README.md", "x"])
def test_no_other_file_is_given_out(shop: Shop, name: str) -> None:
    assert shop.get(f"/api/docs/{name}").status == 404


def test_every_operation_has_an_example_that_is_true(shop: Shop, document: Any) -> None:
    shown = set()
    for example in EXAMPLES:
        body, headers = example.body, {"Accept": "application/json"}
        if isinstance(body, str):
            body, headers = body.encode(), {"Content_Type": "text/csv"}
        reply = shop.call(example.method, example.path, body, **headers)
        assert reply.status == example.status, (example.name, reply.text)
        if isinstance(example.answer, str):
            assert reply.text == example.answer
        elif example.answer is not None:
            assert_alike(reply.json, example.answer, example.name)
        shown |= {route for route in operations(document) if example.is_of(*route)}
    without = {"/api/openapi.json", "/api/docs", "/api/docs/{file}", "/api/low-stock-items", "/api/items/export"} | {
        path for path in ROUTES if "/sync/" in path
    }
    assert {path for _, path in set(operations(document)) - shown} == without


def assert_alike(answer: Any, shown: Any, where: str) -> None:
    if isinstance(shown, dict):
        assert set(answer) == set(shown), where
        for name, value in shown.items():
            assert_alike(answer[name], value, f"{where}, {name}")
    elif isinstance(shown, list):
        assert len(answer) == len(shown), where
        for index, value in enumerate(shown):
            assert_alike(answer[index], value, f"{where}, {index}")
    elif (name := where.rpartition(", ")[2]) in DIFFERENT or (name == "version" and isinstance(shown, str)):
        pattern = DIFFERENT.get(name, r"[0-9a-f]{32}")
        assert re.fullmatch(pattern, answer), where
    else:
        assert answer == shown, where


def test_the_examples_stand_in_the_document(document: Any) -> None:
    order = document["paths"]["/api/customer-purchase/{customer}"]["put"]
    refused = order["responses"]["409"]["content"]["application/problem+json"]["examples"]["too little stock"]
    assert [error["available"] for error in refused["value"]["errors"]] == [39, 17]
    assert order["requestBody"]["content"]["application/json"]["examples"]["too little stock"]["value"][0]["item"] == 1


def test_a_field_of_a_record_is_described_without_being_written_down_again(document: Any) -> None:
    item = document["components"]["schemas"]["Item"]
    assert item["properties"]["quantity"]["description"] == "Pieces on hand; those on open invoices are already off."
    assert "invoiced" not in item["properties"]
