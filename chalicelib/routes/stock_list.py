from chalicelib.documents.stock_list import FORMATS
from chalicelib.routes.http import Answer, Request
from chalicelib.services.stock_list import read_stock_list


def get_stock_list(request: Request) -> Answer:
    by_type = {form.content_type.split(";")[0]: name for name, form in FORMATS.items()}
    wanted = by_type[request.accepts(*by_type)]
    format = request.query("format", "|".join(FORMATS), wanted, f"one of {', '.join(FORMATS)}")
    found = read_stock_list(format, request.clock.now().date())
    if isinstance(found, str):
        return Answer("", 303, {"Location": found})
    return Answer(found.decode(), 200, {"Content-Type": FORMATS[format].content_type})
