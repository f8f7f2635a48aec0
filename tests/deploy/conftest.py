"""The template of the package, and a copy of the project to be packaged."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from deploy.package import PROJECT, SHIPPED, Package


@pytest.fixture(scope="session")
def template(packaged: Package) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(packaged.template.read_text())
    return found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all that is packaged, to be changed and packaged in place of the real one."""
    copy = tmp_path / "project"
    for name in (*SHIPPED, ".chalice", "requirements.txt"):
        original = PROJECT / name
        if original.is_dir():
            shutil.copytree(original, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            copy.mkdir(exist_ok=True)
            shutil.copy(original, copy)
    monkeypatch.setattr("deploy.package.PROJECT", copy)
    return copy
