"""Two sites, edited at random, and a network that delays, doubles, reorders and loses: they come to the same."""

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.sync import digest
from chalicelib.sync.mapping import OURS, SAME, Rule
from tests.sync.sites import OTHER_FIELDS, Site, two_sites

HISTORIES = 1000
UIDS = ("ann", "bea", "cid")
TEXTS = ("Ann Arbor", "Bea", "Cid van Dam", "x")
ADDRESSES = ("1 Main St\nAnn Arbor", "2 Main St", "3 Main St\nBorland\nUSA")

STEPS = st.lists(
    st.one_of(
        *(
            st.tuples(
                st.just("change"), st.integers(0, 1), st.sampled_from(UIDS), st.just(name), st.sampled_from(texts)
            )
            for name, texts in [*((name, TEXTS) for name in OURS if name != "address"), ("address", ADDRESSES)]
        ),
        st.tuples(st.just("archive"), st.integers(0, 1), st.sampled_from(UIDS), st.booleans()),
        st.tuples(st.sampled_from(["send", "arrive", "double", "lose", "redrive", "down"]), st.integers(0, 1)),
    ),
    max_size=60,
)


@dataclass
class Network:
    """By site: changes that wait to be told, what is on its way from there, dead letters, and whether it is up."""

    sites: tuple[Site, Site]
    random: Random
    waiting: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    on_the_way: tuple[list[bytes], list[bytes]] = field(default_factory=lambda: ([], []))
    dead: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    up: list[bool] = field(default_factory=lambda: [True, True])

    def step(self, what: str, place: int, *more: object) -> None:
        site, waiting, on_the_way = self.sites[place], self.waiting[place], self.on_the_way[place]
        match what:
            case "change" if self.up[place]:
                uid, name, value = more
                self._note(place, str(uid), **{str(name): value})
            case "archive" if self.up[place]:
                uid, archived = more
                self._note(place, str(uid), archived=archived)
            case "send" if waiting and self.up[place]:
                # What is sent is what the customer is now, whatever the message was made for.
                body = site.told(waiting.pop(self.random.randrange(len(waiting))))
                on_the_way += [body] if body else []
            case "arrive" if on_the_way and self.up[1 - place]:
                self.sites[1 - place].hear(on_the_way.pop(self.random.randrange(len(on_the_way))))
            case "double" if on_the_way:
                on_the_way.append(self.random.choice(on_the_way))
            case "lose" if waiting:
                self.dead[place].append(waiting.pop())
            case "redrive":
                waiting += self.dead[place]
                self.dead[place].clear()
            case "down":
                self.up[place] = not self.up[place]

    def _note(self, place: int, uid: str, **changes: object) -> None:
        before = self.sites[place].table.get(uid)
        self.sites[place].change(uid, **changes)
        if self.sites[place].table.get(uid) is not before:
            self.waiting[place].append(uid)

    def calm(self) -> None:
        """Both are up again, and all that still waits or is on its way comes through, in whatever order."""
        self.up = [True, True]
        while any((*self.waiting, *self.on_the_way)):
            self.step(self.random.choice(["send", "arrive"]), self.random.randrange(2))

    def compare(self) -> None:
        """The nightly job of each site."""
        first, second = self.sites
        for site, other in ((first, second), (second, first)):
            for body in site.differing(digest.different(site.digests(), other.digests())):
                other.hear(body)


def assert_the_same(sites: tuple[Site, Site], fields: tuple[str, ...]) -> None:
    first, second = sites
    assert first.digests() == second.digests()
    assert first.table.keys() == second.table.keys()
    for uid, customer in first.table.items():
        other = second.table[uid]
        assert customer.revision == other.revision
        assert [getattr(customer, name) for name in fields] == [getattr(other, name) for name in fields]
        assert customer.archived == other.archived


def assert_nothing_is_lost(sites: tuple[Site, Site]) -> None:
    """Each change that somebody was told of is built on by what is there now, or stands in a conflict log."""
    logged = {(lost.uid, lost.revision) for site in sites for lost in site.conflicts}
    for site in sites:
        for change in site.made:
            assert site.table[change.uid].knows(change)
            now = site.table[change.uid]
            superseded = any(
                later.uid == change.uid and later.version > change.version and later.knows(change)
                for each in sites
                for later in each.made
            )
            assert now.revision == change.revision or superseded or (change.uid, change.revision) in logged


@pytest.mark.parametrize(
    ("rules", "fields"),
    [(SAME, OURS), (OTHER_FIELDS, ("name", "phone", "address"))],
    ids=["same fields", "other fields"],
)
def test_two_sites_come_to_the_same_whatever_the_network_does(rules: tuple[Rule, ...], fields: tuple[str, ...]) -> None:
    @settings(max_examples=HISTORIES, deadline=None, database=None)
    @given(steps=STEPS, seed=st.integers(0, 2**32), redriven=st.booleans())
    def check(steps: list[tuple[str, int]], seed: int, redriven: bool) -> None:
        network = Network(two_sites(rules), Random(seed))
        for step in steps:
            network.step(*step)
        if redriven:
            for place in (0, 1):
                network.step("redrive", place)
        network.calm()
        if not redriven:
            # What became dead letters nobody has sent again.
            network.compare()
        assert_the_same(network.sites, fields)
        assert_nothing_is_lost(network.sites)

    check()
