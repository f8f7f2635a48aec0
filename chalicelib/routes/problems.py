"""Errors as application/problem+json (RFC 9457): what is wrong, where, and what to do."""

from typing import Any

from chalicelib.domain.errors import (
    Faulty,
    Forbidden,
    Malformed,
    NotFound,
    PreconditionFailed,
    Refused,
    StillRunning,
    StockroomError,
    Unauthorized,
    Unavailable,
    Unprocessable,
)

MOST_FAULTS = 100
"""Named in one answer; a body can have more faults than an answer has room for."""


class HttpError(StockroomError):
    """Something only HTTP knows of: a method, a media type, a size."""

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None):
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = headers or {}


def problem(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers of the answer that tells of this error."""
    match error:
        case Unauthorized():
            return _problem(401, "unauthorized", error, {"WWW-Authenticate": 'Bearer realm="stockroom"'})
        case Forbidden():
            challenge = 'Bearer realm="stockroom", error="insufficient_scope"'
            return _problem(403, "forbidden", error, {"WWW-Authenticate": challenge})
        case NotFound():
            return _problem(404, error.code, error)
        case Malformed():
            return _problem(400, "malformed-request", error)
        case Unprocessable():
            return _problem(422, error.code, error)
        case PreconditionFailed():
            return _problem(412, "precondition-failed", error)
        case Refused():
            return _problem(409, error.code, error)
        case StillRunning():
            return _problem(409, "still-running", error, {"Retry-After": "1"})
        case Unavailable():
            return _problem(503, "unavailable", error, {"Retry-After": "1"})
        case HttpError():
            return _problem(error.status, error.code, error, error.headers)
        case _:
            unexpected = "Something is wrong on our side, and has been logged. Nothing you sent is at fault."
            return _problem(500, "internal-error", StockroomError(unexpected))


def _problem(
    status: int, code: str, error: Exception, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any], dict[str, str]]:
    body: dict[str, Any] = {
        "type": f"urn:stockroom:{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": str(error),
    }
    if isinstance(error, Faulty):
        body["errors"] = [
            {**({} if fault.pointer is None else {"pointer": fault.pointer}), "code": fault.code}
            | {"detail": fault.detail, **fault.facts}
            for fault in error.faults[:MOST_FAULTS]
        ]
    return status, body, headers or {}
