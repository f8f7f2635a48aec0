"""The OpenAPI 3.1 document, made of the table that routes, the schemas that check bodies, and the records themselves.

https://spec.openapis.org/oas/v3.1.1.html
"""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.domain.api_key import Role
from chalicelib.routes import components
from chalicelib.routes.access import Guarded
from chalicelib.routes.answer import JSON, PROBLEM
from chalicelib.routes.components import TEXT, Json
from chalicelib.routes.examples import EXAMPLES, Example
from chalicelib.routes.fields import LAST_ID
from chalicelib.routes.http import ROUTES
from chalicelib.routes.operation import IDEMPOTENCY_KEY
from chalicelib.routes.transfer import DRY_RUN

GUIDE = Path(__file__).with_name("guide.md")


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
            "schemas": {**components.bodies(), **components.answers()},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "webhook-signature",
                    "description": "Of a peer, with webhook-id and webhook-timestamp: Standard Webhooks.",
                },
            },
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
    if name in ("file", "peer", "conflict"):
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
        "tags": [path.split("/")[2] if guarded.role or guarded.signed else "the service itself"],
        "security": [{"key": []}] * (guarded.role is not None) + [{"signature": []}] * guarded.signed,
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
        yield _header("If-None-Match", "ETags you have: 304 if it is one of them.", tags)
    if method != "GET" and guarded.role is not None:
        key = {"type": "string", "pattern": IDEMPOTENCY_KEY}
        yield _header("Idempotency-Key", "Under which it is done once, however often it is sent.", key)
    if method != "GET" and guarded.operation.versioned:
        yield _header("If-Match", "The ETag it rests on, as it came: 412 if it is another one by now.", tags)
        yield _header("If-None-Match", "`*` where nothing may be there yet: 412 if there is.", tags)

    if guarded.signed:
        alone = {"required": True} if guarded.role is None else {}
        yield _header("webhook-id", "Of the event; the same each time it is sent.", TEXT) | alone
        yield _header("webhook-timestamp", "Now, in seconds since 1970.", TEXT) | alone


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
    refused |= {401: ""} if guarded.role is not None or guarded.signed else {}
    refused |= {403: ""} if guarded.role is not None else {}
    refused |= {304: ""} if operation.versioned and method == "GET" else {}
    if method != "GET":
        refused |= {400: "", 409: "", 422: ""} | ({412: ""} if operation.versioned else {})
    elif operation.versioned:
        refused |= {400: ""}
    for status in [*refused, 429, 503]:
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
    429: "Too many requests at once.",
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
    if status in (409, 429, 503):
        # Of 409, only `still-running` says when.
        answer["headers"] = {"Retry-After": {"required": status != 409, "schema": {"type": "integer"}}}
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
