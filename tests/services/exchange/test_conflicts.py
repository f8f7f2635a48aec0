"""Two who change a customer without knowing of each other."""

import json
from collections.abc import Callable

from tests.conftest import Shop
from tests.services.exchange.conftest import ANN, Paris


def conflict(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    """Both change the same customer at once; Paris wins, being later in the alphabet."""
    shop.post("/api/customers", ANN)
    turn()
    shop.patch("/api/customers/1", {"phone": "ours"})
    paris.site.change("ARBOR", phone="theirs")
    paris.tell()
    turn()


def test_of_two_changes_at_once_both_end_with_the_same_and_the_loser_is_kept(
    shop: Shop, paris: Paris, turn: Callable[[], None]
) -> None:
    conflict(shop, paris, turn)
    assert shop.get("/api/customers/1").json["phone"] == paris.site.table["ARBOR"].phone == "theirs"
    [lost] = shop.get("/api/sync/conflicts").json
    assert (lost["customer"], lost["uid"], lost["won"]) == (1, "ARBOR", "2-paris")
    assert (lost["lost"]["phone"], lost["lost"]["version"], lost["lost"]["site"]) == ("ours", 2, "main")
    assert shop.get("/api/sync/digest").json["pages"] == paris.site.digests()


def test_a_change_that_lost_is_made_once_more_and_told(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    conflict(shop, paris, turn)
    [lost] = shop.get("/api/sync/conflicts").json
    reply = shop.post(f"/api/sync/conflicts/{lost['id']}/apply", None)
    assert (reply.status, reply.json["phone"], reply.json["version"]) == (200, "ours", 3)
    assert shop.get("/api/sync/conflicts").json == []
    turn()
    assert paris.site.table["ARBOR"].phone == "ours"
    assert shop.post(f"/api/sync/conflicts/{lost['id']}/apply", None).status == 404


def test_what_has_changed_since_in_other_fields_stays_when_a_change_is_made_once_more(
    shop: Shop, paris: Paris, turn: Callable[[], None]
) -> None:
    conflict(shop, paris, turn)
    [lost] = shop.get("/api/sync/conflicts").json
    assert lost["lost"] == {"phone": "ours", "version": 2, "site": "main"}
    shop.patch("/api/customers/1", {"email": "ann@example.com"})
    applied = shop.post(f"/api/sync/conflicts/{lost['id']}/apply", None).json
    assert (applied["phone"], applied["email"]) == ("ours", "ann@example.com")


def test_two_who_say_the_same_are_in_no_conflict(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    shop.post("/api/customers", ANN)
    paris.site.change("ARBOR", **{name: value for name, value in ANN.items() if name != "uid"})
    assert paris.tell().json == {"outcome": "won"}
    assert shop.get("/api/sync/conflicts").json == []
    assert shop.get("/api/sync/digest").json["pages"] == paris.site.digests()


def test_a_peer_can_not_have_seen_what_comes_after_its_own_version(shop: Shop, paris: Paris) -> None:
    shop.post("/api/customers", ANN)
    for phone in ("2", "3"):
        shop.patch("/api/customers/1", {"phone": phone})
    state = {"uid": "ARBOR", "version": 2, "site": "paris", "seen": {"main": 3}, "customer": {"phone": "theirs"}}
    reply = paris.send(json.dumps({"type": "customer.changed", "data": state}).encode())
    assert reply.json == {"outcome": "lost"}
    assert shop.get("/api/customers/1").json["version"] == 3


def test_a_change_that_lost_is_dismissed(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    conflict(shop, paris, turn)
    [lost] = shop.get("/api/sync/conflicts").json
    assert shop.delete(f"/api/sync/conflicts/{lost['id']}").status == 204
    assert shop.get("/api/sync/conflicts").json == []
    assert shop.delete(f"/api/sync/conflicts/{lost['id']}").status == 404


def test_conflicts_are_listed_page_by_page_the_newest_first(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    shop.post("/api/customers", ANN)
    turn()
    for number in range(3):
        shop.patch("/api/customers/1", {"phone": f"ours {number}"})
        paris.site.change("ARBOR", phone=f"theirs {number}")
        paris.tell(id=f"msg_{number}")
    first = shop.get("/api/sync/conflicts?limit=2")
    rest = shop.get(first.headers["Link"].removeprefix("<").split(">")[0])
    assert [each["lost"]["phone"] for each in first.json + rest.json] == ["ours 2", "ours 1", "ours 0"]
