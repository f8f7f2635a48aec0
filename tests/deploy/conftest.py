"""The template of the package, a copy of the project to be packaged, and an account to deploy to."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.package import PROJECT, SHIPPED, Package
from tests.engines import environment_on, running_ministack


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


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    with running_ministack() as endpoint:
        yield endpoint


@pytest.fixture
def account(engine: str, packaged: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account on the engine, and a package that is there already."""
    for name, value in environment_on(engine).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("deploy.deploy.package", lambda _stage: packaged)
    monkeypatch.setattr("deploy.stack.SECONDS_BETWEEN_LOOKS", 0.1)
