"""Every write route, cut off at every single call it makes to AWS, and sent again with the same Idempotency-Key.

However it ends, there is one effect, and from then on one answer.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from chalicelib.domain.clock import Clock
from chalicelib.services import api_keys, transfer
from chalicelib.storage import orders
from chalicelib.storage.exchange import stop_peer
from tests.conftest import Reply, Shop, empty_cloud, records
from tests.routes.test_access import SIGNED, TAKES
from tests.sync.paris import CONFLICT, know_paris, lose_a_change, signed


class Killed(BaseException):
    """The end of the process, which nothing in it can hold up."""


def refuse() -> None:
    raise EndpointConnectionError(endpoint_url="http://aws")


def lose_the_answer() -> None:
    raise ReadTimeoutError(endpoint_url="http://aws")


def kill() -> None:
    raise Killed


# When, and how, the one call ends.
ENDS: dict[str, tuple[bool, Callable[[], None]]] = {
    "fails": (True, refuse),
    "its answer is lost": (False, lose_the_answer),
    "the process dies before it": (True, kill),
    "the process dies after it": (False, kill),
}

EVENT = json.dumps(
    {
        "type": "customer.changed",
        "data": {"uid": "ARBOR", "version": 1, "site": "paris", "customer": {"phone": "theirs"}},
    }
).encode()
"""In conflict with what is here, and the one that wins."""

Call = Callable[[Shop, dict[str, str]], Reply]


def call(method: str, path: str, body: Any = None) -> Call:
    return lambda shop, headers: shop.call(method, path, body, **headers)


WRITES: dict[tuple[str, str], Call] = {
    ("POST", "/api/items"): call("POST", "/api/items", {"description": "Salt", "price": 1, "quantity": 7}),
    ("PATCH", "/api/items/{item}"): call("PATCH", "/api/items/1", {"price": 3}),
    ("DELETE", "/api/items/{item}"): call("DELETE", "/api/items/5"),
    ("POST", "/api/items/{item}/adjustments"): call(
        "POST", "/api/items/1/adjustments", {"delta": 24, "reason": "goods received"}
    ),
    # In chunks of two rows.
    ("POST", "/api/items/import"): lambda shop, headers: shop.call(
        "POST",
        "/api/items/import",
        b"sku,description,price,quantity\nT-1,Tea,9,12\nT-2,Rice,9,1\nT-3,Salt,9,1\n",
        Content_Type="text/csv",
        **headers,
    ),
    ("POST", "/api/customers/import"): lambda shop, headers: shop.call(
        "POST",
        "/api/customers/import",
        b"uid,name,phone,address\nARBOR,Ann,1,2\nNEW,Bea,1,2\n",
        Content_Type="text/csv",
        **headers,
    ),
    ("POST", "/api/customers"): call(
        "POST", "/api/customers", {"uid": "BEA", "name": "Bea", "phone": "1", "address": "2"}
    ),
    ("PATCH", "/api/customers/{customer}"): call("PATCH", "/api/customers/1", {"phone": "2"}),
    ("DELETE", "/api/customers/{customer}"): call("DELETE", "/api/customers/2"),
    ("POST", "/api/customer-purchase/{customer}"): call(
        "POST", "/api/customer-purchase/2", [{"item": 1, "quantity": 2}, {"item": 2, "quantity": 1}]
    ),
    ("PUT", "/api/customer-purchase/{customer}"): call(
        "PUT", "/api/customer-purchase/1", [{"item": 1, "quantity": 5}, {"item": 2, "quantity": 0}]
    ),
    # Of four lines, in transactions of two.
    ("DELETE", "/api/customer-purchase/{customer}"): call("DELETE", "/api/customer-purchase/1"),
    ("POST", "/api/keys"): call("POST", "/api/keys", {"name": "web shop", "role": "clerk"}),
    ("DELETE", "/api/keys/{key}"): call("DELETE", "/api/keys/2"),
    # By the peer, again and again under one id, which does what a key does for others.
    ("POST", "/api/sync/customers"): lambda shop, _: shop.call("POST", "/api/sync/customers", EVENT, **signed(EVENT)),
    ("POST", "/api/sync/peers/{peer}/resume"): call("POST", "/api/sync/peers/paris/resume"),
    ("POST", "/api/sync/conflicts/{conflict}/apply"): call("POST", f"/api/sync/conflicts/{CONFLICT}/apply"),
    ("DELETE", "/api/sync/conflicts/{conflict}"): call("DELETE", f"/api/sync/conflicts/{CONFLICT}"),
}


@pytest.fixture(autouse=True)
def small_drops_and_no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "LINES_PER_DROP", 2)
    monkeypatch.setattr(transfer, "ROWS_READ_AT_ONCE", 2)
    monkeypatch.setattr(Clock, "sleep", lambda *_: None)
    know_paris(monkeypatch)


def fill(shop: Shop) -> dict[str, str]:
    """Returns the headers of who calls: with a key, so that looking it up can fail too."""
    for _ in range(5):
        shop.new_item(10)
    shop.patch("/api/items/1", {"sku": "T-1"})
    shop.post("/api/customers", {"uid": "ARBOR", "name": "Ann", "phone": "1", "address": "1 Main St"})
    shop.new_customer()
    shop.order(1, (1, 2), (2, 1), (3, 1), (4, 1))
    lose_a_change(1, "ARBOR")
    stop_peer("paris", datetime.now(UTC)).send()
    key = shop.post("/api/keys", {"name": "caller", "role": "admin"}).json["key"]
    shop.post("/api/keys", {"name": "other", "role": "clerk"})
    return {"Authorization": f"Bearer {key}", "Idempotency_Key": "a"}


@contextmanager
def every_call(meet: Callable[[int, Callable[[], Any]], Any]) -> Iterator[None]:
    """`meet` is given the place of each call to AWS, and what carries it out."""
    real = BaseClient._make_api_call  # type: ignore[attr-defined]
    calls = iter(range(1000))

    def met(client: BaseClient, operation: str, parameters: Any) -> Any:
        return meet(next(calls), lambda: real(client, operation, parameters))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", met)
        yield


def cut_off(shop: Shop, write: Call, headers: dict[str, str], at: int, end: str) -> Reply | None:
    """The answer, if there was one."""
    before, happen = ENDS[end]

    def meet(place: int, carry_out: Callable[[], Any]) -> Any:
        if place == at and before:
            happen()
        answer = carry_out()
        if place == at:
            happen()
        return answer

    with every_call(meet):
        try:
            return write(shop, headers)
        except Killed:
            api_keys._remembered.clear()
            return None


RANDOM = {"pk", "sk", "id", "identity", "digest", "nonce", "answer"}
RANDOM |= {"created_at", "at", "last_used_at", "expires_at", "found_at", "stopped_at"}
"""What differs however a write ends, ids that were given and not used among them."""


def effects() -> list[str]:
    """What stands in the table, leaving aside what is random in it."""
    found = []
    for record in records():
        # An invoice's is random; a key's is counted up when its use is noted.
        random = RANDOM | ({"version"} if record.get("kind") in ("invoice", "api_key") else set())
        if "kind" in record:
            found.append(str(sorted((name, value) for name, value in record.items() if name not in random)))
    return sorted(found)


def test_every_write_route_is_here() -> None:
    assert set(WRITES) == {(method, path) for method, path in [*TAKES, *SIGNED] if method != "GET"}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("route", WRITES, ids=" ".join)
def test_a_write_cut_off_at_any_call_and_sent_again_has_one_effect(
    shop: Shop, route: tuple[str, str], end: str
) -> None:
    write = WRITES[route]
    headers = fill(shop)
    filled = records()
    api_keys._remembered.clear()
    places: list[int] = []

    def count(place: int, carry_out: Callable[[], Any]) -> Any:
        places.append(place)
        return carry_out()

    with every_call(count):
        clean = write(shop, headers)
    assert clean.status < 300
    assert len(places) >= 3
    once = effects()
    for at in places:
        empty_cloud(filled)
        api_keys._remembered.clear()
        cut = cut_off(shop, write, headers, at, end)
        repeated = write(shop, headers)
        assert repeated.status == clean.status, f"{end} at call {at}: {repeated.text}"
        assert effects() == once, f"{end} at call {at}"
        if cut is not None and cut.status < 300:
            assert (repeated.text, repeated.headers["Idempotent-Replayed"]) == (cut.text, "true")
        again = write(shop, headers)
        assert (again.status, again.text) == (repeated.status, repeated.text)
        assert effects() == once
