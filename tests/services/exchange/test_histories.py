"""Our side is the real one here; what the peer does is random."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib.storage import queues
from tests.conftest import Shop, empty_cloud
from tests.services.exchange.conftest import ANN, Paris, empty_queue, not_hidden, waiting
from tests.sync.sites import Site, two_sites


def test_random_histories_end_the_same_on_both_sides(
    shop: Shop, paris: Paris, turn: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our side is the real one here: its API, table, stream and queue. The peer is down at times, and what it says
    comes late, twice and in any order."""
    monkeypatch.setattr(queues, "hide", not_hidden)
    steps = st.lists(
        st.tuples(
            st.sampled_from(["ours", "theirs", "tell", "turn", "down", "archive"]),
            st.sampled_from(["ann", "bea"]),
            st.sampled_from(["1", "2", "3"]),
        ),
        min_size=5,
        max_size=25,
    )

    @hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(steps=steps, seed=st.integers(0, 2**32))
    def check(steps: list[tuple[str, str, str]], seed: int) -> None:
        empty_cloud()
        empty_queue()
        _, fresh = two_sites()
        paris.site, paris.unreachable = replace(fresh, peer=paris.site.peer), False
        play(shop, paris, paris.site, turn, steps, Random(seed))
        pages = shop.get("/api/sync/digest").json["pages"]
        assert pages == paris.site.digests()
        for customer in shop.get("/api/customers?limit=10").json + shop.get("/api/customers?archived=true").json:
            theirs = paris.site.table[customer["uid"]]
            assert (customer["phone"], customer["version"], customer["site"]) == (
                theirs.phone,
                theirs.version,
                theirs.site,
            )

    check()


def play(
    shop: Shop,
    paris: Paris,
    site: Site,
    turn: Callable[[], None],
    steps: list[tuple[str, str, str]],
    random: Random,
) -> None:
    said: list[tuple[str, bytes]] = []
    for what, uid, phone in steps:
        here = shop.get("/api/customers").json + shop.get("/api/customers?archived=true").json
        ids = {customer["uid"]: customer["id"] for customer in here}
        before = site.table.get(uid)
        match what:
            case "ours" if uid in ids:
                shop.patch(f"/api/customers/{ids[uid]}", {"phone": phone})
            case "ours":
                shop.post("/api/customers", {**ANN, "uid": uid, "phone": phone})
            case "archive" if uid in ids:
                shop.delete(f"/api/customers/{ids[uid]}")
            case "theirs":
                site.change(uid, phone=phone)
            case "tell" if said:
                id, told = random.choice(said)
                assert paris.send(told, id).status == 200
            case "turn":
                turn()
            case "down":
                paris.unreachable = not paris.unreachable
        now = site.table.get(uid)
        if now is not None and now is not before:
            body = site.told(uid)
            said += [(f"msg_{uid}_{now.revision}", body)] if body else []
    paris.unreachable = False
    for id, told in random.sample(said, len(said)):
        assert paris.send(told, id).status == 200
    for _ in range(60):
        turn()
        if not waiting():
            return
    raise AssertionError("messages keep waiting")
