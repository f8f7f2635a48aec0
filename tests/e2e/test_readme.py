"""The tour of the README, word for word: its commands are run in a shell, and what it shows must be in the answers."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Running

README = Path(__file__).parent.parent.parent / "README.md"


def blocks() -> list[tuple[str, str]]:
    """Kind and text of each block of the tour."""
    tour = README.read_text().split("## A five-minute tour")[1].split("\n## ")[0]
    return re.findall(r"```(\w+)\n(.*?)```", tour, re.DOTALL)


def contains(answer: Any, shown: Any) -> bool:
    """All that is shown is there; an answer may have more fields than the README has room for."""
    if isinstance(shown, dict):
        return all(name in answer and contains(answer[name], value) for name, value in shown.items())
    if isinstance(shown, list):
        return len(shown) == len(answer) and all(map(contains, answer, shown))
    return bool(shown == answer)


def test_the_tour_works_word_for_word(running: Running, port: int, tmp_path: Path) -> None:
    answer = ""
    checked = 0
    for kind, text in blocks():
        if kind == "sh":
            command = text.replace("localhost:8000", f"127.0.0.1:{port}")
            answer = subprocess.check_output(["bash", "-c", command], cwd=tmp_path, text=True)
        else:
            assert contains(json.loads(answer), json.loads(text)), answer
            checked += 1
    assert checked >= 6
    assert (tmp_path / "invoice.pdf").read_bytes().startswith(b"%PDF-")
    assert answer.startswith("Item ID, Description, Quantity\n")
