from chalicelib.routes.answer import Answer
from chalicelib.routes.operation import operation
from chalicelib.routes.request import Request
from chalicelib.services.health import check_table


@operation({200: "Health"})
def get_health(request: Request) -> Answer:
    """See whether the service can work

    200 when the table answers.
    """
    check_table()
    return Answer({"status": "ok"})
