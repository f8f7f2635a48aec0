"""What the README walks through: its commands are run in a shell, and what it shows must be in the answers."""

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

SOME_SECONDS = 15
README = Path(__file__).parent.parent.parent / "README.md"


def take_tour(address: str, folder: Path, key: str = "local-admin") -> None:
    """At an API with the demo shop, fresh, in place of `localhost:8000`."""
    answer = ""
    checked = 0
    for kind, text in _blocks("A five-minute tour"):
        if kind == "sh":
            command = text.replace("localhost:8000", address).replace("local-admin", key)
            answer = _run(command, folder)
        else:
            assert _contains(json.loads(answer), json.loads(text)), answer
            checked += 1
    assert checked >= 9
    assert (folder / "invoice.pdf").read_bytes().startswith(b"%PDF-")
    assert answer.startswith("Item ID, Description, Quantity\n")


def tour_two_sites(addresses: tuple[str, str], folder: Path) -> None:
    """Asks again for a while where the answer is not yet what is shown, since it says `some seconds later`."""
    blocks = _blocks("Two sites with the same customers")
    assert [kind for kind, _ in blocks] == ["sh", "json"] * 3
    for (_, command), (_, shown) in zip(blocks[::2], blocks[1::2], strict=True):
        command = command.replace("localhost:8000", addresses[0]).replace("localhost:8001", addresses[1])
        ends = time.monotonic() + SOME_SECONDS
        while not _contains(json.loads(answer := _run(command, folder)), json.loads(shown)):
            assert time.monotonic() < ends, answer
            time.sleep(0.5)


def _run(command: str, folder: Path) -> str:
    return subprocess.check_output(["bash", "-c", command], cwd=folder, text=True)


def _blocks(heading: str) -> list[tuple[str, str]]:
    """Kind and text of each block below it."""
    below = README.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"```(\w+)\n(.*?)```", below, re.DOTALL)


def _contains(answer: Any, shown: Any) -> bool:
    """All that is shown is there; an answer may have more fields than the README has room for."""
    if isinstance(shown, dict):
        return all(name in answer and _contains(answer[name], value) for name, value in shown.items())
    if isinstance(shown, list):
        return len(shown) == len(answer) and all(map(_contains, answer, shown))
    return bool(shown == answer)
