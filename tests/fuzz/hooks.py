"""What JSON schema can't say of our requests, said to the fuzzer."""

from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """In an order each item is named once. What it is to be refused for stays in it."""
    lines: Any = case.body
    if isinstance(lines, list) and all(
        isinstance(line, dict) and isinstance(line.get("item"), int | float) for line in lines
    ):
        case.body = list({line["item"]: line for line in lines}.values())
