"""Schemas of the OpenAPI document: of bodies those that check them, of answers those of the records told in them."""

import ast
import inspect
from collections.abc import Container
from typing import Any, get_type_hints

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from chalicelib.domain.api_key import ApiKey
from chalicelib.domain.conflict import Conflict
from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice, Line
from chalicelib.domain.item import Adjustment, Item
from chalicelib.routes.bodies import BODIES

Json = dict[str, Any]

MONEY: Json = {"type": "number", "description": "In the currency's major unit."}
TEXT: Json = {"type": "string"}


def bodies() -> Json:
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


def answers() -> Json:
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
        "Received": _object({"outcome": {"enum": ["applied", "known", "won", "lost"]}}),
        "Digest": _object({"pages": {"type": "object", "additionalProperties": {"type": "string"}}}),
        "Peers": _array(_object({"site": TEXT, "address": TEXT, "stopped_at": _nullable("date-time")})),
        "Conflict": _record(Conflict, lost={"type": "object", "description": "Where it differed, version, site."}),
        "Health": _object({"status": {"const": "ok"}}),
        "Problem": _problem_schema(),
        "Text": TEXT,
        "Description": {"type": "object", "description": "An OpenAPI document."},
    }
    lists = ("Item", "Adjustment", "Customer", "ApiKey", "Conflict")
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
    return _array({"$ref": f"#/components/schemas/{name}"})


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


def _nullable(format: str) -> Json:
    return {"anyOf": [{"type": "string", "format": format}, {"type": "null"}]}


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
