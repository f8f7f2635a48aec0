from typing import Any

from chalicelib.domain import money
from chalicelib.domain.item import Item
from chalicelib.domain.search import ItemFilter
from chalicelib.domain.text import tidied
from chalicelib.routes.answer import Answer
from chalicelib.routes.operation import ARCHIVED, CURSOR, LIMIT, ONE_LINE, flag, operation, text
from chalicelib.routes.request import Request
from chalicelib.services import items
from chalicelib.settings import settings

TEXT = text(
    "text",
    ONE_LINE,
    "one line of 1 to 100 characters",
    "Words of sku, name or description, or their beginnings; all must be there. Case and accents don't matter.",
)
SKU = text("sku", r"[^\u0000-\u001f]{1,64}", "1 to 64 characters", "The item that has this very sku, to the letter.")
LOW_STOCK = flag(
    "low_stock",
    "Those only that are at or below their reorder point, or the shop's where they have none, as it is now.",
)
CURSOR_OF_BOOKS = text("cursor", r"[0-9TZ:.\-]{27}#[0-9a-f]{32}", "one that a Link header has named", "Where to begin.")


def item_json(item: Item) -> dict[str, Any]:
    shown = {**vars(item), "price": money.to_number(item.price, settings().currency)}
    del shown["invoiced"]
    return shown


def _told(item: Item) -> Answer:
    return Answer(item_json(item), version=item.version)


@operation({200: "Items"}, parameters=[LIMIT, CURSOR, TEXT, SKU, LOW_STOCK, ARCHIVED])
def list_items(request: Request) -> Answer:
    """List the items, or search them

    In id order; with `text` in the order of the words that were found. What is given of `text`, `sku` and `low_stock`
    must all hold.
    """
    wanted = ItemFilter(
        request.query(TEXT), tidied(request.query(SKU)), request.query(LOW_STOCK), request.query(ARCHIVED)
    )
    found, following = items.list_items(wanted, request.query(CURSOR), request.query(LIMIT))
    return request.page([(place, item_json(item)) for place, item in found], following)


@operation({201: "Item"}, body="NewItem", refusals=["sku-taken"])
def create_item(request: Request) -> Answer:
    """Add an item

    `quantity` is what is on the shelf today; afterwards it is changed by adjustments and orders only.
    """
    fields = request.body()

    def tell(item: Item) -> Answer:
        return Answer(item_json(item), 201, {"Location": request.path(item.id)}, item.version)

    return request.carry_out(lambda work: items.create_item(fields, work), tell)


@operation({200: "Item"}, versioned=True)
def get_item(request: Request) -> Answer:
    """Look at an item"""
    return _told(items.get_item(request.id("item")))


@operation({200: "Item"}, body="ItemChange", versioned=True, refusals=["sku-taken"])
def change_item(request: Request) -> Answer:
    """Change an item

    Fields that are not named stay as they are; `null` takes an optional one away. The quantity is changed by
    adjustments. Invoices keep the description and the price that the item had when it came on them.
    """
    id = request.id("item")
    changes = request.body(of=lambda: items.get_item(id))
    return request.carry_out(lambda work: items.change_item(id, changes, work), _told)


@operation({204: ""}, versioned=True)
def delete_item(request: Request) -> Answer:
    """Delete or archive an item

    One that has ever been on an invoice is archived, any other is gone.
    """
    id = request.id("item")
    return request.carry_out(lambda work: items.delete_item(id, work), lambda _: Answer("", 204))


@operation({200: "Item"}, body="NewAdjustment", versioned=True, refusals=["insufficient-stock", "too-much-stock"])
def adjust_stock(request: Request) -> Answer:
    """Move the stock of an item

    By `delta` (goods received, breakage), or to what was `counted`; one of the two. It never falls below 0. `If-Match`
    means the version of the item.
    """
    id = request.id("item")
    asked = request.body(of=lambda: items.get_item(id))
    return request.carry_out(
        lambda work: items.adjust_stock(id, asked.get("delta"), asked.get("counted"), asked["reason"], work), _told
    )


@operation({200: "Adjustments"}, parameters=[LIMIT, CURSOR_OF_BOOKS])
def list_adjustments(request: Request) -> Answer:
    """List the adjustments of an item

    The newest first. They outlive the item. Sales don't stand here: those are on the invoices.
    """
    found, more = items.list_adjustments(request.id("item"), request.query(CURSOR_OF_BOOKS), request.query(LIMIT))
    following = found[-1][0] if more else None
    return request.page([(cursor, vars(adjustment)) for cursor, adjustment in found], following)
