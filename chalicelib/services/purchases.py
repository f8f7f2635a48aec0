"""A customer's purchase list: the open invoice, and the stock that moves with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

from chalicelib.domain.clock import Clock
from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import NotFound, Refused, Unavailable
from chalicelib.domain.invoice import Invoice, Order, OrderLine, add_lines, set_lines
from chalicelib.domain.item import Item
from chalicelib.services.settling import ONE_MORE_TRY, settle
from chalicelib.storage.numbered import CUSTOMERS
from chalicelib.storage.orders import Held, drop_lines, read_order, write_order
from chalicelib.storage.transaction import Outdated
from chalicelib.telemetry import Counted, count

Decide = Callable[[Invoice, Mapping[int, Item], Sequence[OrderLine]], Order]


def place_order(customer: int, lines: Sequence[OrderLine], clock: Clock) -> tuple[Invoice, bool]:
    """Adds lines to the open invoice and takes their stock. Returns the invoice, and whether it is a new one.

    Raises NotFound or Refused (with every line that fails), and nothing has changed then; or Unavailable, which says
    whether that is known.
    """
    return _carry_out(customer, lines, add_lines, clock)


def change_order(customer: int, lines: Sequence[OrderLine], clock: Clock) -> tuple[Invoice, bool]:
    """Sets lines of the open invoice to the quantities named. Returns and raises as `place_order` does."""
    return _carry_out(customer, lines, set_lines, clock)


def get_open_invoice(customer: int) -> tuple[Invoice, Customer]:
    held = read_order(customer)
    if held.customer is None:
        raise CUSTOMERS.missing(customer)
    if held.invoice is None or held.invoice.status != "open":
        raise _no_open_invoice(customer)
    return held.invoice, held.customer


def drop_order(customer: int, clock: Clock) -> None:
    """Gives all the stock of the open invoice back and removes it. Raises NotFound."""
    dropped: str | None = None

    def attempt() -> None:
        nonlocal dropped
        held = read_order(customer)
        if held.customer is None:
            raise CUSTOMERS.missing(customer)
        if dropped is None:
            if held.invoice is None:
                raise _no_open_invoice(customer)
            dropped = held.invoice.identity
        # Another one is there when ours was dropped by an attempt whose answer got lost, or by another request.
        if held.invoice and held.invoice.identity == dropped:
            _drop(held.invoice, clock)

    settle(attempt, clock)


def _carry_out(customer: int, lines: Sequence[OrderLine], decide: Decide, clock: Clock) -> tuple[Invoice, bool]:
    tried: dict[str, bool] = {}

    def attempt() -> tuple[Invoice, bool]:
        held = read_order(customer, [line.item for line in lines])
        if held.customer is None:
            raise CUSTOMERS.missing(customer)
        if held.invoice and held.invoice.version in tried:
            # An earlier attempt was carried out, and its answer got lost on the way.
            return held.invoice, tried[held.invoice.version]
        if held.invoice and held.invoice.status == "dropping":
            _drop(held.invoice, clock)
            return attempt()
        version = uuid4().hex
        before = held.invoice or Invoice(customer, version, version, "open", clock.now())
        order = _decided(held, before, lines, decide)
        if not order.moves:
            if held.invoice is None:
                raise _no_open_invoice(customer)
            return held.invoice, False
        order = replace(order, invoice=replace(order.invoice, version=version))
        tried[version] = held.invoice is None
        try:
            write_order(held.invoice, order)
        except Outdated as outdated:
            # What really is there may refuse the order for good; if not, it is read and decided anew. Not so when the
            # invoice is another one: then these items may be without the very pieces that it has got meanwhile.
            if "invoice" not in outdated.records:
                decide(before, {**held.items, **_items(outdated)}, lines)
            raise
        count(Counted.ORDERS_PLACED)
        return order.invoice, tried[version]

    try:
        return settle(attempt, clock)
    except Refused:
        count(Counted.ORDERS_REFUSED)
        raise


def _decided(held: Held, before: Invoice, lines: Sequence[OrderLine], decide: Decide) -> Order:
    """Raises Refused only when a second look finds the same: a BatchGetItem may see an invoice before another order and
    its items after it. Raises Outdated when it finds something else."""
    try:
        return decide(before, held.items, lines)
    except Refused:
        if read_order(before.customer, [line.item for line in lines]) != held:
            raise Outdated({"invoice": None}) from None
        raise


def _items(outdated: Outdated) -> dict[int, Item]:
    return {name: item for name, item in outdated.records.items() if isinstance(item, Item) and isinstance(name, int)}


def _drop(invoice: Invoice | None, clock: Clock) -> None:
    """Line by line where one transaction can't hold them; what is left stays marked, and whoever meets it goes on."""
    while invoice:
        if clock.seconds_left() < ONE_MORE_TRY:
            raise Unavailable("The invoice is being dropped, and it takes longer. Send the request again.")
        invoice = drop_lines(invoice, token=uuid4().hex)


def _no_open_invoice(customer: int) -> NotFound:
    return NotFound(f"Customer {customer} has no open invoice. POST lines to make one.")
