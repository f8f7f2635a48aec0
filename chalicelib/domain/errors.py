"""What can go wrong for a caller, each named once.

    StockroomError
    ├── Unauthorized      nobody knows who is calling                      401
    ├── Forbidden         the caller may not do this                       403
    ├── NotFound          there is no such record                          404
    │   └── NoOpenInvoice     the customer is there, and buys nothing just now
    ├── Faulty            with every single fault
    │   ├── Malformed         the request itself is wrong                  400
    │   └── Refused           the state of things forbids it               409
    ├── Unprocessable     understood, and still not possible               422
    │   ├── TooManyLines      more lines than one transaction can carry
    │   ├── TooManyRows       more rows than one request has time for
    │   ├── KeyReused         the Idempotency-Key came with another request
    │   └── AnswerTooLarge    to be kept under an Idempotency-Key
    ├── PreconditionFailed    it is not the version the caller knows      412
    ├── StillRunning      the same request is being carried out just now   409
    └── Unavailable       not now; the same request may work later         503
        └── Unanswered    the same, and nobody knows what has been done

The status beside each is given by the HTTP seam (routes/problems.py).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple


class Fault(NamedTuple):
    """One thing that is wrong with a request, and where."""

    pointer: str | None
    """JSON pointer (RFC 6901) into the request body; "" is the whole body, None is elsewhere."""
    code: str
    detail: str
    facts: Mapping[str, int | float | str] = MappingProxyType({})
    """What a program needs to act on it, such as the quantity asked for and the quantity there is."""


class StockroomError(Exception):
    """Each is told to the caller in these words."""


class Unauthorized(StockroomError):
    pass


class Forbidden(StockroomError):
    pass


class NotFound(StockroomError):
    code = "not-found"


class NoOpenInvoice(NotFound):
    code = "no-open-invoice"


class Unprocessable(StockroomError):
    code: str


class TooManyLines(Unprocessable):
    code = "too-many-lines"


class TooManyRows(Unprocessable):
    code = "too-many-rows"


class KeyReused(Unprocessable):
    code = "idempotency-key-reused"


class AnswerTooLarge(Unprocessable):
    code = "answer-too-large"


class PreconditionFailed(StockroomError):
    pass


class StillRunning(StockroomError):
    pass


class Unavailable(StockroomError):
    pass


class Unanswered(Unavailable):
    pass


class Faulty(StockroomError):
    """Raised with every fault there is, never with the first one only."""

    def __init__(self, detail: str, faults: Sequence[Fault]):
        super().__init__(detail)
        self.faults = tuple(faults)


class Malformed(Faulty):
    pass


class Refused(Faulty):
    @property
    def code(self) -> str:
        """The code all faults share, or `refused` where they differ."""
        codes = {fault.code for fault in self.faults}
        return codes.pop() if len(codes) == 1 else "refused"
