"""The tour of the README: its commands are run in a shell, and what it shows must be in the answers."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

README = Path(__file__).parent.parent.parent / "README.md"


def take_tour(address: str, folder: Path, key: str = "local-admin") -> None:
    """At an API with the demo shop, fresh, in place of `localhost:8000`."""
    answer = ""
    checked = 0
    for kind, text in _blocks():
        if kind == "sh":
            command = text.replace("localhost:8000", address).replace("local-admin", key)
            answer = subprocess.check_output(["bash", "-c", command], cwd=folder, text=True)
        else:
            assert _contains(json.loads(answer), json.loads(text)), answer
            checked += 1
    assert checked >= 9
    assert (folder / "invoice.pdf").read_bytes().startswith(b"%PDF-")
    assert answer.startswith("Item ID, Description, Quantity\n")


def _blocks() -> list[tuple[str, str]]:
    """Kind and text of each block of the tour."""
    tour = README.read_text().split("## A five-minute tour")[1].split("\n## ")[0]
    return re.findall(r"```(\w+)\n(.*?)```", tour, re.DOTALL)


def _contains(answer: Any, shown: Any) -> bool:
    """All that is shown is there; an answer may have more fields than the README has room for."""
    if isinstance(shown, dict):
        return all(name in answer and _contains(answer[name], value) for name, value in shown.items())
    if isinstance(shown, list):
        return len(shown) == len(answer) and all(map(_contains, answer, shown))
    return bool(shown == answer)
