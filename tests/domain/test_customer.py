from dataclasses import replace

import pytest

from chalicelib.domain.customer import Customer, meet

ANN = Customer(1, "ARBOR", "Ann Arbor", "1", "1 Main St").changed("berlin")


def test_a_change_counts_the_version_up_and_says_who_has_made_it() -> None:
    assert (ANN.version, ANN.site, dict(ANN.seen)) == (1, "berlin", {"berlin": 1})
    changed = replace(ANN, via="paris").changed("paris", phone="2")
    assert (changed.version, changed.site, changed.via) == (2, "paris", "")
    assert changed.seen == {"berlin": 1, "paris": 2}
    assert changed.changed("berlin", phone="3").version == 3


def test_a_change_that_changes_nothing_is_none() -> None:
    assert ANN.changed("paris", phone="1") is ANN


def test_what_follows_is_applied_and_what_is_known_is_not() -> None:
    later = ANN.changed("paris", phone="2")
    assert meet(ANN, later) == (later, "applied")
    assert meet(later, ANN) == (later, "known")
    assert meet(later, later) == (later, "known")


@pytest.mark.parametrize(("berlins", "pariss", "winner"), [(1, 1, "paris"), (2, 1, "berlin"), (1, 2, "paris")])
def test_of_two_that_do_not_know_of_each_other_the_higher_version_wins_and_then_the_later_site(
    berlins: int, pariss: int, winner: str
) -> None:
    berlin = paris = ANN
    for number in range(berlins):
        berlin = berlin.changed("berlin", phone=f"b{number}")
    for number in range(pariss):
        paris = paris.changed("paris", phone=f"p{number}")
    here, outcome = meet(berlin, paris)
    there, other = meet(paris, berlin)
    assert here.site == there.site == winner
    assert here.phone == there.phone
    assert {outcome, other} == {"won", "lost"}
    # Both have taken notice, so that the same is no conflict again.
    assert meet(here, berlin)[1] == meet(here, paris)[1] == "known"


def test_a_third_site_that_hears_of_the_winner_first_does_not_go_back_to_the_loser() -> None:
    berlin, paris = ANN.changed("berlin", phone="b"), ANN.changed("paris", phone="p")
    settled, _ = meet(berlin, paris)
    rome, _ = meet(ANN, settled)
    assert meet(rome, berlin) == (rome, "known")
