"""A customer's purchase list: the open invoice, and the stock that moves with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

from chalicelib.domain.clock import Clock
from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import Fault, NoOpenInvoice, Refused, Unavailable
from chalicelib.domain.invoice import Invoice, Order, OrderLine, add_lines, set_lines
from chalicelib.domain.item import Item
from chalicelib.services.work import DecideAnew, Work
from chalicelib.storage.numbered import CUSTOMERS
from chalicelib.storage.orders import Held, drop_lines, read_order, write_order
from chalicelib.storage.transaction import Transaction
from chalicelib.telemetry import Counted, count

Decide = Callable[[Invoice, Mapping[int, Item], Sequence[OrderLine]], Order]


def place_order(customer: int, lines: Sequence[OrderLine], work: Work) -> tuple[Invoice, bool]:
    """Adds lines to the open invoice and takes their stock. Returns the invoice, and whether it is a new one.

    Raises NotFound or Refused (with every line that fails), and nothing has changed then; or Unavailable, which says
    whether that is known.
    """
    return _carry_out(customer, lines, add_lines, work)


def change_order(customer: int, lines: Sequence[OrderLine], work: Work) -> tuple[Invoice, bool]:
    """Sets lines of the open invoice to the quantities named. Returns and raises as `place_order` does."""
    return _carry_out(customer, lines, set_lines, work)


def get_open_invoice(customer: int) -> tuple[Invoice, Customer]:
    held = read_order(customer)
    if held.customer is None:
        raise CUSTOMERS.missing(customer)
    if held.invoice is None or held.invoice.status != "open":
        raise _no_open_invoice(customer)
    return held.invoice, held.customer


def drop_order(customer: int, work: Work) -> None:
    """Gives all the stock of the open invoice back and removes it. Raises NotFound."""

    def prepare() -> tuple[Transaction, Invoice | None]:
        held = _held(customer, [], work.clock)
        if held.invoice is None:
            raise _no_open_invoice(customer)
        work.precondition.check(held.invoice.version)
        return drop_lines(held.invoice)

    if work.settle(prepare):
        _finish_drop(customer, work.clock)


def _carry_out(customer: int, lines: Sequence[OrderLine], decide: Decide, work: Work) -> tuple[Invoice, bool]:
    def prepare() -> tuple[Transaction, tuple[Invoice, bool]]:
        held = _held(customer, [line.item for line in lines], work.clock)
        work.precondition.check(held.invoice.version if held.invoice else None)
        if held.customer and held.customer.archived:
            detail = f"Customer {customer} is archived; PATCH with archived: false brings the customer back."
            raise Refused(detail, [Fault("", "archived-customer", detail, {"customer": customer})])
        version = uuid4().hex
        before = held.invoice or Invoice(customer, version, version, "open", work.clock.now())
        order = _decided(held, before, lines, decide)
        if not order.moves:
            if held.invoice is None:
                raise _no_open_invoice(customer)
            return Transaction(), (held.invoice, False)
        order = order._replace(invoice=replace(order.invoice, version=version))
        return write_order(held, order), (order.invoice, held.invoice is None)

    try:
        carried_out = work.settle(prepare)
    except Refused:
        count(Counted.ORDERS_REFUSED)
        raise
    count(Counted.ORDERS_PLACED)
    return carried_out


def _held(customer: int, items: Sequence[int], clock: Clock) -> Held:
    """Nothing is decided on an invoice that was half dropped when a connection was cut: it is finished first."""
    held = read_order(customer, items)
    if held.customer is None:
        raise CUSTOMERS.missing(customer)
    if held.invoice and held.invoice.status == "dropping":
        _finish_drop(customer, clock)
        return _held(customer, items, clock)
    return held


def _finish_drop(customer: int, clock: Clock) -> None:
    """Line by line as far as transactions reach. Others may be at it too, and another invoice may follow."""

    def prepare() -> tuple[Transaction, Invoice | None]:
        invoice = read_order(customer).invoice
        return drop_lines(invoice) if invoice and invoice.status == "dropping" else (Transaction(), None)

    try:
        while Work(clock).settle(prepare):
            pass
    except Unavailable:
        raise Unavailable("The invoice is being dropped, and it takes longer. Send the request again.") from None


def _decided(held: Held, before: Invoice, lines: Sequence[OrderLine], decide: Decide) -> Order:
    """Raises Refused only when a second look finds the same: a BatchGetItem may see an invoice before another order and
    its items after it. Raises DecideAnew when it finds something else."""
    try:
        return decide(before, held.items, lines)
    except Refused:
        if read_order(before.customer, [line.item for line in lines]) != held:
            raise DecideAnew("the invoice or its items have changed") from None
        raise


def _no_open_invoice(customer: int) -> NoOpenInvoice:
    return NoOpenInvoice(f"Customer {customer} has no open invoice. POST lines to make one.")
