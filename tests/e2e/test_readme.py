"""The tour of the README, word for word, on `make run`."""

from pathlib import Path

from tests.e2e.conftest import Running
from tests.e2e.tour import take_tour


def test_the_tour_works_word_for_word(running: Running, port: int, tmp_path: Path) -> None:
    take_tour(f"127.0.0.1:{port}", tmp_path)
