from typing import Any

from chalicelib.domain import money
from chalicelib.domain.item import Item
from chalicelib.routes.http import Answer, Request
from chalicelib.services import items
from chalicelib.settings import settings


def item_json(item: Item) -> dict[str, Any]:
    shown = {**vars(item), "price": money.to_number(item.price, settings().currency)}
    del shown["invoiced"]
    return shown


def list_items(request: Request) -> Answer:
    archived = request.query("archived", "true|false", "false", "true or false") == "true"
    found, more = items.list_items(request.after(), request.limit(), archived)
    return request.page([(item.id, item_json(item)) for item in found], more)


def create_item(request: Request) -> Answer:
    item = items.create_item(request.body("NewItem"), request.clock)
    return Answer(item_json(item), 201, {"Location": request.path(item.id)})


def get_item(request: Request) -> Answer:
    return Answer(item_json(items.get_item(request.id("item"))))


def change_item(request: Request) -> Answer:
    id = request.id("item")
    changes = request.body("ItemChange", of=lambda: items.get_item(id))
    return Answer(item_json(items.change_item(id, changes, request.clock)))


def delete_item(request: Request) -> Answer:
    items.delete_item(request.id("item"), request.clock)
    return Answer("", 204)


def adjust_stock(request: Request) -> Answer:
    id = request.id("item")
    asked = request.body("NewAdjustment", of=lambda: items.get_item(id))
    item = items.adjust_stock(id, asked.get("delta"), asked.get("counted"), asked["reason"], request.clock)
    return Answer(item_json(item))


def list_adjustments(request: Request) -> Answer:
    before = request.query("cursor", r"[0-9TZ:.-]{27}#[0-9a-f]{32}|", "", "one that a Link header has named")
    found, more = items.list_adjustments(request.id("item"), before or None, request.limit())
    return request.page([(cursor, vars(adjustment)) for cursor, adjustment in found], more)
