from chalicelib.routes.http import Answer, Request
from chalicelib.services.health import check_table


def get_health(request: Request) -> Answer:
    check_table()
    return Answer({"status": "ok"})
