from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.sync.mapping import SAME, Rule, to_ours, to_theirs
from tests.sync.sites import OTHER_FIELDS

ANN: dict[str, str | None] = {
    "name": "Ann Mary Arbor",
    "phone": "+1 734 555 0100",
    "address": "1 Main St\nAnn Arbor\nUSA",
    "email": "ann@example.com",
    "tax_id": None,
}
THEIRS = {
    "first_name": "Ann",
    "last_name": "Mary Arbor",
    "mobile": "+1 734 555 0100",
    "street": "1 Main St",
    "city": "Ann Arbor\nUSA",
}


def test_a_peer_gets_its_own_words_and_what_has_no_place_is_left_out() -> None:
    assert to_theirs(OTHER_FIELDS, ANN) == THEIRS


def test_its_words_become_ours_and_what_it_does_not_know_stays() -> None:
    assert ANN | to_ours(OTHER_FIELDS, THEIRS, ANN) == ANN


def test_a_part_that_does_not_come_stays_as_it_was() -> None:
    assert to_ours(OTHER_FIELDS, {"first_name": "Anna"}, ANN) == {"name": "Anna Mary Arbor"}
    assert to_ours(OTHER_FIELDS, {"city": None}, ANN) == {"address": "1 Main St"}
    assert to_ours(OTHER_FIELDS, {}, ANN) == {}


def test_several_of_ours_can_be_one_of_theirs() -> None:
    rules = (Rule(("phone", "email"), ("contact",), " / "),)
    assert to_theirs(rules, ANN) == {"contact": "+1 734 555 0100 / ann@example.com"}
    assert to_ours(rules, {"contact": "2 / b@example.com"}, ANN) == {"phone": "2", "email": "b@example.com"}
    assert to_ours(rules, {"contact": "2"}, ANN) == {"phone": "2", "email": None}


def test_constants_stand_where_only_one_side_has_the_field() -> None:
    rules = (Rule((), ("source",), constant="stockroom"), Rule(("tax_id",), (), constant="none"))
    assert to_theirs(rules, ANN) == {"source": "stockroom"}
    assert to_ours(rules, {"source": "x"}, ANN) == {"tax_id": "none"}


WORDS = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4)


@pytest.mark.parametrize("rules", [SAME, OTHER_FIELDS], ids=["same", "other"])
@given(name=WORDS.map(" ".join), address=WORDS.map("\n".join), phone=st.text("0123", min_size=1))
def test_there_and_back_nothing_changes(rules: Any, name: str, address: str, phone: str) -> None:
    customer: dict[str, str | None] = {**ANN, "name": name, "address": address, "phone": phone}
    assert customer | to_ours(rules, to_theirs(rules, customer), customer) == customer
