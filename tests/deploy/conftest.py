"""What `make package STAGE=prod` makes. Made once for all tests, since it takes some ten seconds."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from deploy.package import PROJECT, SHIPPED, Package, package


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return package("prod", tmp_path_factory.mktemp("build"))


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
