from typing import Any

from chalicelib.domain.api_key import ApiKey
from chalicelib.routes.answer import Answer
from chalicelib.routes.operation import CURSOR_ID, LIMIT, operation
from chalicelib.routes.request import Request
from chalicelib.services import api_keys


def api_key_json(key: ApiKey) -> dict[str, Any]:
    return {name: value for name, value in vars(key).items() if name != "digest"}


@operation({200: "ApiKeys"}, parameters=[LIMIT, CURSOR_ID])
def list_api_keys(request: Request) -> Answer:
    """List the API keys

    In id order, without the keys themselves: nobody can be shown those.
    """
    found, more = api_keys.list_api_keys(request.query(CURSOR_ID), request.query(LIMIT))
    return request.page([(str(key.id), api_key_json(key)) for key in found], str(found[-1].id) if more else None)


@operation({201: "NewlyMadeApiKey"}, body="NewApiKey", refusals=["expired"])
def create_api_key(request: Request) -> Answer:
    """Make an API key

    `key` in the answer is the key itself, so keep it safe. It is told here only, and to you again should you repeat the
    request under its Idempotency-Key.
    """
    asked = request.body()

    def tell(made: tuple[ApiKey, str]) -> Answer:
        key, secret = made
        location = {"Location": request.path(key.id)}
        return Answer({**api_key_json(key), "key": secret}, 201, location, key.version)

    return request.carry_out(
        lambda work: api_keys.create_api_key(asked["name"], asked["role"], asked.get("expires_at"), work), tell
    )


@operation({200: "ApiKey"}, versioned=True)
def get_api_key(request: Request) -> Answer:
    """Look at an API key"""
    key = api_keys.get_api_key(request.id("key"))
    return Answer(api_key_json(key), version=key.version)


@operation({204: ""}, versioned=True)
def revoke_api_key(request: Request) -> Answer:
    """Revoke an API key

    It is gone from the list at once, and stops working within 30 seconds.
    """
    id = request.id("key")
    return request.carry_out(lambda work: api_keys.revoke_api_key(id, work), lambda _: Answer("", 204))
