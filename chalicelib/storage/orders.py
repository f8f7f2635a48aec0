"""An order in two round trips: one consistent read of all it needs, one transaction that carries it out."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple
from uuid import uuid4

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice, Order, StockMove
from chalicelib.domain.item import Item
from chalicelib.settings import settings
from chalicelib.storage.table import (
    LOW,
    CustomerRecord,
    InvoiceRecord,
    ItemRecord,
    customer_key,
    item_key,
    open_invoice_key,
)
from chalicelib.storage.transaction import MOST_ACTIONS, Transaction, fetch

LINES_PER_DROP = MOST_ACTIONS - 2
"""Besides the invoice itself, and the answer that is kept under an Idempotency-Key."""


class Held(NamedTuple):
    """What the table holds of an order, all read at once."""

    customer: Customer | None
    invoice: Invoice | None
    items: dict[int, Item]


def read_order(customer: int, items: Iterable[int] = ()) -> Held:
    keys = [customer_key(customer), open_invoice_key(customer), *map(item_key, items)]
    found = [record.to_domain() for record in fetch(keys)]
    return Held(
        customer=next((value for value in found if isinstance(value, Customer)), None),
        invoice=next((value for value in found if isinstance(value, Invoice)), None),
        items={value.id: value for value in found if isinstance(value, Item)},
    )


def write_order(held: Held, order: Order) -> Transaction:
    """Rests on all that the decision rests on: the customer, the invoice before it, and each item."""
    invoice = order.invoice
    transaction = Transaction()
    buys = CustomerRecord.archived == False  # noqa: E712
    transaction.check("customer", CustomerRecord, customer_key(invoice.customer), buys)
    transaction.put("invoice", InvoiceRecord.of(open_invoice_key(invoice.customer), invoice), _still(held.invoice))
    for move in order.moves:
        _move(transaction, move, held.items[move.item])
    return transaction


def drop_lines(invoice: Invoice) -> tuple[Transaction, Invoice | None]:
    """Gives the stock of as many lines back as one transaction can, and leaves the rest of the invoice marked."""
    key = open_invoice_key(invoice.customer)
    dropped, rest = invoice.lines[:LINES_PER_DROP], invoice.lines[LINES_PER_DROP:]
    left = replace(invoice, lines=rest, status="dropping", version=uuid4().hex) if rest else None
    transaction = Transaction()
    if left:
        transaction.put("invoice", InvoiceRecord.of(key, left), _still(invoice))
    else:
        transaction.remove("invoice", InvoiceRecord(*key), _still(invoice))
    for line in dropped:
        _move(transaction, StockMove(line.item, -line.quantity, None), None)
    return transaction, left


def check_no_open_invoice(transaction: Transaction, customer: int) -> None:
    transaction.check("invoice", InvoiceRecord, open_invoice_key(customer), InvoiceRecord.pk.does_not_exist())


def _same_reorder_point(item: Item) -> Condition:
    reorder_point = ItemRecord.reorder_point
    return reorder_point.does_not_exist() if item.reorder_point is None else reorder_point == item.reorder_point


def _still(before: Invoice | None) -> Condition:
    return InvoiceRecord.version == before.version if before else InvoiceRecord.pk.does_not_exist()


def _move(transaction: Transaction, move: StockMove, item: Item | None) -> None:
    """`item` is what it was when the decision was made."""
    actions: list[Action] = [ItemRecord.quantity.add(-move.taken), ItemRecord.version.add(1)]
    condition = ItemRecord.pk.exists()
    if item and move.taken > 0:
        condition &= ItemRecord.archived == False  # noqa: E712
        low_at = item.low_at(settings().reorder_point)
        if item.quantity - move.taken <= low_at:
            condition &= ItemRecord.quantity >= move.taken
            actions.append(ItemRecord.low_stock.set(LOW))
        else:
            # So that an item never gets low without the mark, whoever else is taking pieces at the same time.
            condition &= (ItemRecord.quantity > move.taken + low_at) & _same_reorder_point(item)
    if move.unit_price is not None:
        condition &= ItemRecord.price == move.unit_price
        actions.append(ItemRecord.invoiced.set(True))
    transaction.change(move.item, ItemRecord(*item_key(move.item)), actions, condition)
