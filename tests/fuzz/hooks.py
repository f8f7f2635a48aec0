"""What JSON schema can't say of our requests, said to the fuzzer."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import schemathesis
from requests import PreparedRequest
from schemathesis.specs.openapi.checks import use_after_free

from chalicelib.sync import signature
from tests.sync.paris import SECRETS


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """In an order each item is named once. What it is to be refused for stays in it."""
    lines: Any = case.body
    if isinstance(lines, list) and all(
        isinstance(line, dict) and isinstance(line.get("item"), int | float) for line in lines
    ):
        case.body = list({line["item"]: line for line in lines}.values())
    if case.meta and case.meta.generation.mode.is_positive:
        let_it_pass(case.headers)
    if case.operation.path == "/api/sync/customers":
        kwargs["auth"] = sign


@schemathesis.check
def use_after_delete(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """What is gone is gone, and what is there says that it is archived. (Of adjustments nothing is said.)"""
    if b'"archived":true' not in response.content and not case.operation.path.endswith("/adjustments"):
        use_after_free(ctx, response, case)


def let_it_pass(headers: Any) -> None:
    """Takes away what would have nearly every write refused before anything else is looked at: versions that nothing
    ever has, and most of the keys that came with another request.
    """
    for name in ("If-Match", "If-None-Match"):
        if not headers.get(name, "0").strip('"').isdigit():
            del headers[name]
    if len(headers.get("Idempotency-Key", "")) > 1:
        headers["Idempotency-Key"] = uuid4().hex


def sign(request: PreparedRequest) -> PreparedRequest:
    """As a peer does, so that what it says is looked at; but not what is to come without a signature."""
    if not all(name in request.headers for name in signature.HEADERS):
        return request
    body: Any = request.body or b""
    raw = body.encode() if isinstance(body, str) else body
    # Of bytes that are no text there is no right signature.
    with suppress(UnicodeDecodeError):
        request.headers.update(signature.signed(SECRETS, f"msg_{uuid4().hex}", datetime.now(UTC), raw))
    return request
