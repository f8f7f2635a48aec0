from chalicelib.documents.stock_list import FORMATS
from chalicelib.routes.answer import Answer
from chalicelib.routes.operation import choice, operation
from chalicelib.routes.request import Request
from chalicelib.services.stock_list import read_stock_list

FORMAT = choice("format", list(FORMATS), "Instead of the Accept header.")


@operation(
    {200: {"text/plain": "Text", "text/csv": "Text", "application/json": "StockList"}, 303: ""},
    parameters=[FORMAT],
)
def get_stock_list(request: Request) -> Answer:
    """Get the list of what is low or expiring

    The file of the last midnight (UTC, unless the shop has set another hour), made on the spot if there is none;
    `GET /api/items?low_stock=true` tells what is low now. By `format` or by the Accept header it comes as JSON, as CSV
    with the columns `Item ID,Description,Quantity,Reason,SKU,Reorder Point,Expires On`, or else as text, whose first
    line names three columns, for older programs, with the reason behind them. Reasons are for people: `out of stock`,
    `low stock (reorder point 25)`, `expires on 2026-12-31`, `expired on 2026-11-01`; several have `; ` between them. A
    list too long to answer with is a redirect.
    """
    by_type = {form.content_type.split(";")[0]: name for name, form in FORMATS.items()}
    format = request.query(FORMAT) or by_type[request.accepts(*by_type)]
    found = read_stock_list(format, request.clock.now().date())
    if isinstance(found, str):
        return Answer("", 303, {"Location": found})
    return Answer(found.decode(), 200, {"Content-Type": FORMATS[format].content_type})
