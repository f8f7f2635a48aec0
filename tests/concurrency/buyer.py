"""A buyer, and what was acknowledged to it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.concurrency.crew import Answer, call

MOST_TRIES = 500


@dataclass(frozen=True)
class Errand:
    """Whose list to fill with which items. A list may be another's too, but its lines never are."""

    customer: int
    items: Sequence[int]
    alone: bool
    seed: int
    lively: int = 12
    """Steps of changing and giving back before it only buys."""


@dataclass
class Ledger:
    """What was acknowledged to one buyer, and every answer counted."""

    lines: dict[int, int] = field(default_factory=dict)
    received: Counter[int] = field(default_factory=Counter)
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    """How many there were, by status and code."""
    contradictions: list[str] = field(default_factory=list)
    """Answers that do not show what was asked for and acknowledged before."""


def buy(errand: Errand) -> Ledger:
    """Buys, changes, gives back, drops and restocks for a while; then buys on until nothing is left."""
    buyer = Buyer(errand)
    for _ in range(errand.lively):
        buyer.do_something()
    for item in buyer.random.sample(errand.items, len(errand.items)):
        buyer.buy_out(item)
    return buyer.ledger


class Buyer:
    def __init__(self, errand: Errand):
        self.random = Random(errand.seed)
        self.ledger = Ledger()
        self._errand = errand
        self._path = f"/api/customer-purchase/{errand.customer}"

    def do_something(self) -> None:
        lines = self.ledger.lines
        absent = [item for item in self._errand.items if item not in lines]
        picked = self.random.random()
        if picked < 0.1:
            self._receive()
        elif picked < 0.2 and lines and self._errand.alone:
            self._drop()
        elif absent and (picked < 0.7 or not lines):
            asked = self.random.sample(absent, min(len(absent), self.random.randint(1, 4)))
            self._write("POST", {item: self.random.randint(1, 5) for item in asked})
        else:
            asked = self.random.sample(sorted(lines), min(len(lines), self.random.randint(1, 3)))
            self._write("PUT", {item: max(0, lines[item] + self.random.randint(-3, 5)) for item in asked})

    def buy_out(self, item: int) -> None:
        """Nobody gives back after this: whoever still does buys all of it out afterwards."""
        for _ in range(MOST_TRIES):
            held = self.ledger.lines.get(item, 0)
            answer = self._write("PUT", {item: held + self.random.randint(1, 5)})
            if "errors" in answer:
                available = answer["errors"][0]["available"]
                if available < held:
                    self.ledger.contradictions.append(f"item {item} is oversold by {held - available}")
                if available <= held:
                    return
                self._write("PUT", {item: available})
        self.ledger.contradictions.append(f"item {item} never ran out")

    def _write(self, method: str, quantities: dict[int, int]) -> Any:
        body = [{"item": item, "quantity": quantity} for item, quantity in quantities.items()]
        status, answer = self._call(method, self._path, body)
        if status < 300:
            self.ledger.lines = {item: count for item, count in (self.ledger.lines | quantities).items() if count}
            shown = {line["item"]: line["quantity"] for line in answer["lines"] if line["item"] in self._errand.items}
            if shown != self.ledger.lines:
                self.ledger.contradictions.append(f"{method} {quantities} shows {shown}, not {self.ledger.lines}")
        return answer

    def _drop(self) -> None:
        if self._call("DELETE", self._path).status < 300:
            self.ledger.lines = {}

    def _receive(self) -> None:
        item, delta = self.random.choice(self._errand.items), self.random.randint(1, 5)
        body = {"delta": delta, "reason": "goods received"}
        if self._call("POST", f"/api/items/{item}/adjustments", body).status < 300:
            self.ledger.received[item] += delta

    def _call(self, method: str, path: str, body: Any = None) -> Answer:
        """Sends it until there is an answer, each time with the same key, so that it is done once."""
        key = f"{self._errand.seed}-{sum(self.ledger.answers.values())}"
        while True:
            answer = call(method, path, body, key)
            code = "" if answer.status < 300 else answer.json["type"].removeprefix("urn:stockroom:")
            self.ledger.answers[answer.status, code] += 1
            if code not in ("unanswered", "still-running"):
                return answer
