from typing import Any

from chalicelib.domain.api_key import ApiKey
from chalicelib.routes.http import Answer, Request
from chalicelib.services import api_keys


def api_key_json(key: ApiKey) -> dict[str, Any]:
    return {name: value for name, value in vars(key).items() if name != "digest"}


def list_api_keys(request: Request) -> Answer:
    found, more = api_keys.list_api_keys(request.after(), request.limit())
    return request.page([(key.id, api_key_json(key)) for key in found], more)


def create_api_key(request: Request) -> Answer:
    asked = request.body("NewApiKey")
    key, secret = api_keys.create_api_key(asked["name"], asked["role"], asked.get("expires_at"), request.clock)
    return Answer({**api_key_json(key), "key": secret}, 201, {"Location": request.path(key.id)})


def revoke_api_key(request: Request) -> Answer:
    api_keys.revoke_api_key(request.id("key"), request.clock)
    return Answer("", 204)
