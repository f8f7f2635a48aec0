"""The one seam between HTTP and the services: each request comes in here, and each answer goes out here.

A view is a function of one Request that returns an Answer; what goes wrong in it is raised, and told as a problem.
"""

from chalice.app import Chalice, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.domain.errors import StockroomError
from chalicelib.routes.access import Guarded, admit
from chalicelib.routes.answer import PROBLEM, Answer, allowed_origin, response
from chalicelib.routes.problems import HttpError, problem
from chalicelib.routes.request import Request
from chalicelib.services.exchange import sender
from chalicelib.telemetry import log, observed

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]

TAKEN_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"

ROUTES: dict[str, dict[str, Guarded]] = {}
"""Every operation there is, by path and method."""


def route(app: Chalice, path: str, **operations: Guarded) -> None:
    """Registers the operations of one path, by method. The other methods are answered here: the gateway would say 403.

    Raises TypeError for an operation that doesn't say who may call it.
    """
    if not all(isinstance(operation, Guarded) for operation in operations.values()):
        raise TypeError(f"{path}: say of each operation who may call it: anyone, viewer, clerk or admin")
    ROUTES[path] = operations
    allowed = sorted({*operations, "OPTIONS"} | ({"HEAD"} if "GET" in operations else set()))

    def handle(**steps: str) -> Response:
        request = app.current_request
        assert request is not None
        method = request.method
        guarded = operations.get("GET" if method == "HEAD" else method)
        with observed("request", request.lambda_context, route=path, method=method) as seen:
            try:
                if method == "OPTIONS":
                    answer = _preflight(request, allowed)
                elif guarded is None:
                    detail = f"{method} is not possible here, but {' and '.join(allowed)}."
                    raise HttpError(405, "method-not-allowed", detail, {"Allow": ", ".join(allowed)})
                else:
                    asked = Request(request, steps, guarded.operation)
                    now = asked.clock.now()
                    if guarded.signed and (guarded.role is None or "webhook-signature" in request.headers):
                        asked.peer = sender(request.headers, asked.raw_body, now)
                        seen["peer"] = asked.peer.site
                    elif guarded.role is not None:
                        asked.caller = admit(request.headers, guarded.role, now)
                        seen["caller"] = asked.caller.id
                    answer = _answer(guarded, asked, method)
            except Exception as error:
                # The last stop: behind it, Chalice would tell a stack trace, or an error in a form of its own.
                answer = _answer_to(error)
            seen["status"] = answer.status
        return response(answer, request.headers.get("origin"), with_body=method != "HEAD")

    # No content types: Chalice would refuse the others in a form of its own, before the view can say 404.
    app.route(path, methods=METHODS, name=path, content_types=[])(handle)


def _answer(guarded: Guarded, asked: Request, method: str) -> Answer:
    asked.check()
    answer = guarded.operation.view(asked)
    if method in ("GET", "HEAD") and asked.has_version(answer.version):
        return Answer("", 304, version=answer.version)
    return answer


def _preflight(request: ChaliceRequest, allowed: list[str]) -> Answer:
    headers = {"Allow": ", ".join(allowed)}
    if allowed_origin(request.headers.get("origin")).get("Access-Control-Allow-Origin"):
        headers |= {
            "Access-Control-Allow-Methods": ", ".join(allowed),
            "Access-Control-Allow-Headers": TAKEN_HEADERS,
            "Access-Control-Max-Age": "86400",
        }
    return Answer("", 204, headers)


def _answer_to(error: Exception) -> Answer:
    if not isinstance(error, StockroomError):
        log.exception("unexpected error")
    status, body, headers = problem(error)
    return Answer(body, status, {"Content-Type": PROBLEM, **headers})
