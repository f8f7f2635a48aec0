"""An order in two round trips: one consistent read of all it needs, one transaction that carries it out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice, Order, StockMove
from chalicelib.domain.item import Item
from chalicelib.storage.table import (
    CustomerRecord,
    InvoiceRecord,
    ItemRecord,
    customer_key,
    item_key,
    open_invoice_key,
)
from chalicelib.storage.transaction import Transaction, fetch

LINES_PER_DROP = 99
"""With the invoice itself, the 100 actions a transaction holds."""


@dataclass(frozen=True)
class Held:
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


def write_order(before: Invoice | None, order: Order) -> None:
    """Raises Outdated, naming `invoice`, `customer` or the ids of items, when the decision no longer holds."""
    invoice = order.invoice
    with Transaction(token=invoice.version) as transaction:
        transaction.check("customer", CustomerRecord, customer_key(invoice.customer), CustomerRecord.pk.exists())
        transaction.put("invoice", InvoiceRecord.of(open_invoice_key(invoice.customer), invoice), _still(before))
        for move in order.moves:
            _move(transaction, move)


def drop_lines(invoice: Invoice, token: str) -> Invoice | None:
    """Gives the stock of as many lines back as one transaction can, and returns what is left of the invoice."""
    key = open_invoice_key(invoice.customer)
    dropped, rest = invoice.lines[:LINES_PER_DROP], invoice.lines[LINES_PER_DROP:]
    left = replace(invoice, lines=rest, status="dropping", version=token) if rest else None
    with Transaction(token=token) as transaction:
        if left:
            transaction.put("invoice", InvoiceRecord.of(key, left), _still(invoice))
        else:
            transaction.remove("invoice", InvoiceRecord(*key), _still(invoice))
        for line in dropped:
            _move(transaction, StockMove(line.item, -line.quantity, None))
    return left


def remove_customer(id: int) -> None:
    """Raises Outdated when the customer is gone or has got an open invoice."""
    with Transaction() as transaction:
        transaction.check("invoice", InvoiceRecord, open_invoice_key(id), InvoiceRecord.pk.does_not_exist())
        transaction.remove("customer", CustomerRecord(*customer_key(id)), CustomerRecord.pk.exists())


def _still(before: Invoice | None) -> Condition:
    return InvoiceRecord.version == before.version if before else InvoiceRecord.pk.does_not_exist()


def _move(transaction: Transaction, move: StockMove) -> None:
    actions: list[Action] = [ItemRecord.quantity.add(-move.taken)]
    condition = ItemRecord.pk.exists()
    if move.taken > 0:
        condition &= (ItemRecord.archived == False) & (ItemRecord.quantity >= move.taken)  # noqa: E712
    if move.unit_price is not None:
        condition &= ItemRecord.price == move.unit_price
        actions.append(ItemRecord.invoiced.set(True))
    transaction.change(move.item, ItemRecord(*item_key(move.item)), actions, condition)
