"""The arrows of docs/architecture.md: imports run one way."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
ROOMS = ["app", "routes", "services", "storage", "documents", "sync", "domain"]

# What each room may import of ours, besides itself and the settings.
ARROWS = {
    "app": {"routes", "services", "domain"},
    "routes": {"services", "documents", "sync", "domain"},
    "services": {"storage", "documents", "sync", "domain"},
    "storage": {"domain"},
    "documents": {"domain"},
    "sync": {"domain"},
    "domain": set(),
    "settings": set(),
}
EVERYWHERE: dict[str, set[str]] = {"domain": set(), "settings": set(), "telemetry": set(), "documents": {"settings"}}
KNOWS = {
    "chalice": {"app", "routes"},
    "pynamodb": {"storage"},
    "boto3": {"storage"},
    "botocore": {"storage"},
    "fpdf": {"documents"},
    "urllib3": {"sync"},
    "standardwebhooks": {"sync"},
}


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


FILES = [PROJECT / "app.py", *sorted((PROJECT / "chalicelib").rglob("*.py"))]


def room(name: str) -> str:
    parts = name.split(".")
    return parts[1] if parts[0] == "chalicelib" and len(parts) > 1 else parts[0]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_imports_run_one_way(file: Path) -> None:
    home = room(".".join(file.relative_to(PROJECT).with_suffix("").parts))
    ours = {room(name) for name in imports(file) if name.startswith("chalicelib.")}
    assert ours <= ARROWS.get(home, set()) | {home} | EVERYWHERE.get(home, {"settings", "telemetry"})


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_each_library_is_known_in_its_own_room_only(file: Path) -> None:
    home = room(".".join(file.relative_to(PROJECT).with_suffix("").parts))
    for name in imports(file):
        assert home in KNOWS.get(name.split(".")[0], {home}), name
