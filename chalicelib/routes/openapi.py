"""The OpenAPI 3.1 document, made of the table that routes, the schemas that check bodies, and the records themselves.

https://spec.openapis.org/oas/v3.1.1.html
"""

import ast
import inspect
import re
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from chalicelib.domain.api_key import ApiKey, Role
from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice, Line
from chalicelib.domain.item import Adjustment, Item
from chalicelib.routes.access import Guarded
from chalicelib.routes.answer import JSON, PROBLEM
from chalicelib.routes.bodies import BODIES
from chalicelib.routes.examples import EXAMPLES, Example
from chalicelib.routes.fields import LAST_ID
from chalicelib.routes.http import ROUTES
from chalicelib.routes.operation import IDEMPOTENCY_KEY
from chalicelib.routes.transfer import DRY_RUN

GUIDE = Path(__file__).with_name("guide.md")

Json = dict[str, Any]

MONEY: Json = {"type": "number", "description": "In the currency's major unit."}
TEXT: Json = {"type": "string"}


@cache
def document(server: str) -> Json:
    """`server` is what comes before /api, as seen from outside."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Stockroom",
            "version": "1.0.0",
            "summary": "Stock and invoices of a shop",
            "description": GUIDE.read_text(),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server}],
        "paths": {path: _path(path, operations) for path, operations in ROUTES.items()},
        "components": {
            "schemas": {**_bodies(), **_answers()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key."}},
        },
    }


def _path(path: str, operations: dict[str, Guarded]) -> Json:
    named = [_path_parameter(name) for name in re.findall(r"\{(\w+)\}", path)]
    found: Json = {"parameters": named} if named else {}
    for method, guarded in operations.items():
        found[method.lower()] = _operation(path, method, guarded)
    return found


def _path_parameter(name: str) -> Json:
    schema: Json = {"type": "integer", "minimum": 1, "maximum": LAST_ID, "examples": [1]}
    if name == "file":
        schema = {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _operation(path: str, method: str, guarded: Guarded) -> Json:
    operation = guarded.operation
    summary, _, description = inspect.getdoc(operation.view).partition("\n")  # type: ignore[union-attr]
    examples = [example for example in EXAMPLES if example.is_of(method, path)]
    found: Json = {
        "operationId": operation.view.__name__,
        "summary": summary,
        "description": description.strip(),
        "tags": [path.split("/")[2] if guarded.role else "the service itself"],
        "security": [] if guarded.role is None else [{"key": []}],
        "parameters": list(_parameters(method, guarded)),
        "responses": {str(status): answer for status, answer in sorted(_responses(path, method, guarded, examples))},
    }
    if guarded.role is not None:
        higher = "" if guarded.role == max(Role) else " or higher"
        role = f"Needs the role **{guarded.role.name.lower()}**{higher}."
        found["description"] = f"{found['description']}\n\n{role}".strip()
    if operation.body:
        found["requestBody"] = {
            "required": True,
            "content": {operation.takes: _content(operation.body, [(each.name, each.body) for each in examples])},
        }
    return found


def _parameters(method: str, guarded: Guarded) -> Iterator[Json]:
    for parameter in guarded.operation.parameters:
        found = {"name": parameter.name, "in": "query", "description": parameter.description}
        # The page fills forms in with it: who tries an import out there changes nothing at first.
        shown = {"example": True} if parameter is DRY_RUN else {}
        yield {**found, "schema": dict(parameter.schema), **shown}
    tags = {"type": "string", "examples": ['"1"']}
    if method == "GET" and guarded.operation.versioned:
        yield _header("If-None-Match", "Versions you have: 304 if it is one of them.", tags)
    if method != "GET":
        key = {"type": "string", "pattern": IDEMPOTENCY_KEY}
        yield _header("Idempotency-Key", "Under which it is done once, however often it is sent.", key)
    if method != "GET" and guarded.operation.versioned:
        yield _header("If-Match", "The version it rests on: 412 if it is another one.", tags)
        yield _header("If-None-Match", "`*` where nothing may be there yet: 412 if there is.", tags)


def _header(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": schema}


def _responses(path: str, method: str, guarded: Guarded, examples: list[Example]) -> Iterator[tuple[int, Json]]:
    operation = guarded.operation
    for status, told in operation.answers.items():
        by_type = {JSON: told} if isinstance(told, str) else told
        answer: Json = {"description": DONE[status] if method != "GET" or status > 299 else "What was asked for."}
        shown = [(each.name, each.answer) for each in examples if each.status == status]
        if any(by_type.values()):
            answer["content"] = {kind: _content(schema, shown) for kind, schema in by_type.items()}
        if headers := _told_headers(method, status, guarded, by_type):
            answer["headers"] = headers
        if status == 201 and (links := dict(_links(path))):
            answer["links"] = links
        yield status, answer
    refused = {400: "", 413: "", 415: ""} if operation.body else {400: ""} if operation.parameters else {}
    refused |= {404: ""} if "{" in path else {}
    refused |= {401: "", 403: ""} if guarded.role is not None else {}
    refused |= {304: ""} if operation.versioned and method == "GET" else {}
    if method != "GET":
        refused |= {400: "", 409: "", 422: ""} | ({412: ""} if operation.versioned else {})
    elif operation.versioned:
        refused |= {400: ""}
    for status in [*refused, 503]:
        problems = [(each.name, each.answer) for each in examples if each.status == status]
        yield status, _problem(status, problems, [*operation.refusals, "still-running"])


def _told_headers(method: str, status: int, guarded: Guarded, by_type: Any) -> Json:
    headers: Json = {}
    if status in (201, 303, 308):
        headers["Location"] = {"required": True, "schema": {"type": "string", "format": "uri-reference"}}
    if (guarded.operation.versioned and status == 200) or (status == 201):
        headers["ETag"] = {"required": True, "schema": TEXT, "description": "The version, in quotes."}
    if any(name.endswith("s") for name in by_type.values()) and status == 200 and method == "GET":
        headers["Link"] = {"schema": TEXT, "description": "Where there is more."}
    if method != "GET":
        headers["Idempotent-Replayed"] = {"schema": TEXT, "description": "`true`: this is the first answer again."}
    return headers


DONE = {
    200: "Done.",
    201: "Done: it is new, and found at `Location`.",
    204: "Done; there is nothing to tell.",
    303: "A redirect to the file, which needs no key.",
    308: "A redirect.",
}
STATUSES = {
    304: "You have this version.",
    400: "Malformed. `errors` names every fault.",
    401: "No valid API key.",
    403: "The key's role is not enough.",
    404: "There is no such resource.",
    409: "Refused as things are; nothing was changed. Codes: ",
    412: "It is not the version that was asked for.",
    413: "The body is too large.",
    415: "The body is not of the media type that is taken.",
    422: "Understood, and still not possible.",
    503: "Not now. Send the same request again later.",
}


def _problem(status: int, examples: list[tuple[str, Any]], codes: list[str]) -> Json:
    description = STATUSES[status]
    if status == 409:
        description += ", ".join(f"`{code}`" for code in codes) + "."
    answer: Json = {"description": description}
    if status == 304:
        return answer
    answer["content"] = {PROBLEM: _content("Problem", examples)}
    if status == 401 or status == 403:
        answer["headers"] = {"WWW-Authenticate": {"required": True, "schema": TEXT}}
    if status == 503:
        answer["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer"}}}
    return answer


def _content(schema: str, examples: list[tuple[str, Any]]) -> Json:
    found: Json = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    if shown := {name: {"value": value} for name, value in examples if value is not None}:
        found["examples"] = shown
    return found


def _links(path: str) -> Iterator[tuple[str, Json]]:
    """From what was made to all that can be done with it: the operations whose path names its id."""
    noun = path.rstrip("s").rpartition("/")[2]
    for other, operations in ROUTES.items():
        if f"{{{noun}}}" in other:
            for guarded in operations.values():
                name = guarded.operation.view.__name__
                yield name, {"operationId": name, "parameters": {noun: "$response.body#/id"}}


def _bodies() -> Json:
    models = {name: schema for name, (schema, _) in BODIES.items() if isinstance(schema, type)}
    lists = {name: schema for name, (schema, _) in BODIES.items() if isinstance(schema, TypeAdapter)}
    template = "#/components/schemas/{model}"
    _, found = models_json_schema([(model, "validation") for model in models.values()], ref_template=template)
    schemas: Json = found["$defs"] | {name: schema for name, (schema, _) in BODIES.items() if isinstance(schema, dict)}
    for name, adapter in lists.items():
        schema = adapter.json_schema(ref_template=template)
        schemas |= schema.pop("$defs")
        schemas[name] = schema
    return {name: _plain(schema) for name, schema in schemas.items()}


def _answers() -> Json:
    line = _record(Line, unit_price=MONEY, amount=MONEY)
    invoice = _record(Invoice, without=("identity",), currency=TEXT, total=MONEY, lines=_list_of("Line"))
    key = _record(ApiKey, without=("digest",))
    schemas = {
        "Item": _record(Item, without=("invoiced",), price=MONEY),
        "Adjustment": _record(Adjustment),
        "Customer": _record(Customer, without=("seen", "via")),
        "Line": line,
        "Invoice": invoice,
        "LinkedInvoice": _with(invoice, pdf_url={"type": "string", "format": "uri", "description": "Of the PDF."}),
        "ApiKey": key,
        "NewlyMadeApiKey": _with(key, key={**TEXT, "description": "The key itself, told here only."}),
        "StockEntry": _stock_entry(),
        "ItemImport": _import_report("sku"),
        "CustomerImport": _import_report("uid"),
        "Health": _object({"status": {"const": "ok"}}),
        "Problem": _problem_schema(),
        "Text": TEXT,
        "Description": {"type": "object", "description": "An OpenAPI document."},
    }
    lists = ("Item", "Adjustment", "Customer", "ApiKey")
    return schemas | {f"{name}s": _list_of(name) for name in lists} | {"StockList": _list_of("StockEntry")}


def _import_report(own: str) -> Json:
    counts = _object({name: {"type": "integer"} for name in ("create", "update", "unchanged")})
    action = {"enum": ["create", "update", "unchanged"]}
    number = {"type": "integer", "description": "Row 1 has the names of the columns."}
    rows = {"type": "array", "items": _object({"row": number, own: TEXT, "action": action})}
    return _object({"dry_run": {"type": "boolean"}, "counts": counts, "rows": rows})


def _stock_entry() -> Json:
    item = _record(Item)["properties"]
    told = ("description", "quantity", "sku", "reorder_point", "expires_on")
    reasons = {"type": "array", "items": TEXT, "description": "Why it is on the list."}
    return _object({"item": {"type": "integer"}, **{name: item[name] for name in told}, "reasons": reasons})


def _problem_schema() -> Json:
    fault = _object({"code": TEXT, "detail": TEXT}) | {"additionalProperties": True}
    fault["properties"] |= {
        "pointer": {"type": "string", "format": "json-pointer", "description": "Into the body."},
        "row": {"type": "integer", "description": "Of a CSV; 1 is the heading."},
        "column": {"type": "string", "description": "Of a CSV."},
        "parameter": {"type": "string", "description": "Of the query."},
        "header": TEXT,
        "item": {"type": "integer", "description": "Which one is in the way."},
        "customer": {"type": "integer", "description": "Who is in the way."},
        "requested": {"type": "integer", "description": "Pieces that were asked for."},
        "available": {"type": "integer", "description": "The highest quantity that could be had here."},
    }
    problem = _object({"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT})
    problem["properties"]["errors"] = {"type": "array", "items": fault, "description": "Every single fault."}
    return problem


def _record(kind: type, without: Container[str] = (), **told: Json) -> Json:
    """What is told of a record: its fields, but for what is told in another way or besides."""
    comments = _comments(kind)
    fields = {
        name: TypeAdapter(hint).json_schema() | ({"description": comments[name]} if name in comments else {})
        for name, hint in get_type_hints(kind).items()
        if name not in without and name not in told
    }
    return _object(fields | told)


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _with(schema: Json, **properties: Json) -> Json:
    return _object(schema["properties"] | properties)


def _list_of(name: str) -> Json:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _comments(kind: type) -> dict[str, str]:
    """The text below each field of a record."""
    [definition] = ast.parse(inspect.getsource(kind)).body
    assert isinstance(definition, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(definition.body, definition.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def _plain(schema: Any) -> Any:
    """Without titles, which pydantic makes of the names, and defaults, which are never used."""
    if isinstance(schema, dict):
        return {
            name: _plain(value)
            for name, value in schema.items()
            if name not in ("title", "default") or isinstance(value, dict)
        }
    return [_plain(value) for value in schema] if isinstance(schema, list) else schema
