"""What the README walks through, word for word, on `make run` and `make run-two`."""

from pathlib import Path

from tests.e2e.conftest import Running
from tests.e2e.tour import take_tour, tour_two_sites


def test_the_tour_works_word_for_word(running: Running, port: int, tmp_path: Path) -> None:
    take_tour(f"127.0.0.1:{port}", tmp_path)


def test_two_sites_have_the_same_customers_word_for_word(two_sites: Running, port: int, tmp_path: Path) -> None:
    tour_two_sites((f"127.0.0.1:{port}", f"127.0.0.1:{port + 1}"), tmp_path)
