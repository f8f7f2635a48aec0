"""`python -m deploy.package STAGE`: build/STAGE/template.json and build/STAGE/deployment.zip, checked.

Chalice writes the template and packs the app; the libraries are fetched here, as wheels for the very runtime and
processor that the template names, because Chalice would build what it finds no wheel for on this machine.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from deploy.check import check
from deploy.errors import DeployError, told
from deploy.prune import prune
from deploy.target import Target

PROJECT = Path(__file__).parent.parent
BUILD = PROJECT / "build"
SHIPPED = ("app.py", "chalicelib")
IN_LAMBDA = "/var/task"
"""Where Lambda unpacks the zip. The compiled files name it, so that they are the same wherever they were packed."""


@dataclass(frozen=True)
class Package:
    template: Path
    zip: Path


def package(stage: str, build: Path = BUILD) -> Package:
    """Raises DeployError, also when what was packed doesn't work."""
    folder = build / stage
    shutil.rmtree(folder, ignore_errors=True)
    result = Package(folder / "template.json", folder / "deployment.zip")
    with TemporaryDirectory() as temporary:
        source, parts = Path(temporary, "source"), Path(temporary, "parts")
        copy_sources(source)
        run_chalice(stage, source, folder)
        (folder / "sam.json").rename(result.template)
        template = json.loads(result.template.read_text())
        target = Target.of(template)
        if not target.is_this_interpreter:
            raise DeployError(f"Package with {target.runtime}: Chalice has chosen it, and bytecode must fit it.")
        libraries = fetch_libraries(target)
        shutil.copytree(libraries, parts)
        prune(parts)
        with ZipFile(result.zip) as of_chalice:
            of_chalice.extractall(parts)
        _compile(parts)
        write_zip(parts, result.zip)
    check(result.zip, template, libraries, target)
    return result


def fetch_libraries(target: Target) -> Path:
    """The folder with all that requirements.txt names, as pip installs it. Kept, since the same pins bring the same."""
    requirements = PROJECT / "requirements.txt"
    pins = sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = BUILD / "libraries" / f"{target.runtime}-{target.architecture}-{pins}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent) as temporary:
            unfinished = Path(temporary, "libraries")
            options = ["--target", unfinished, "--requirement", requirements, "--no-deps", "--no-compile"]
            options += ["--only-binary=:all:", "--implementation=cp", "--python-version={}.{}".format(*target.python)]
            options += [f"--platform={platform}" for platform in target.platforms]
            _run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options])
            unfinished.rename(folder)
    return folder


def copy_sources(source: Path) -> None:
    """Only what is to be shipped: Chalice would pack bytecode too that happens to lie there."""
    for name in (*SHIPPED, ".chalice"):
        original, copy = PROJECT / name, source / name
        if original.is_dir():
            shutil.copytree(original, copy, ignore=shutil.ignore_patterns("__pycache__", "deployments", "deployed"))
        else:
            source.mkdir(exist_ok=True)
            shutil.copy2(original, copy)


def run_chalice(stage: str, source: Path, folder: Path) -> None:
    stages = json.loads((source / ".chalice" / "config.json").read_text())["stages"]
    if stage not in stages:
        raise DeployError(f"There is no stage {stage!r} in .chalice/config.json, only {', '.join(stages)}.")
    # Nothing of this shell may get into the template, and Chalice wants some region, though it calls none.
    environment = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"}
    chalice = [Path(sys.executable).with_name("chalice"), "--project-dir", source]
    merge = ["--merge-template", source / ".chalice" / "resources.json"]
    _run([*chalice, "package", "--stage", stage, *merge, folder.resolve()], environment)


def _compile(parts: Path) -> None:
    """Libraries stay as bytecode only; our own sources stay beside theirs, so that a traceback shows its lines."""
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", parts, "-p", IN_LAMBDA]
    # A process of its own with a fixed hash seed, since both what else is loaded and the seed show in the bytes.
    compile = [sys.executable, "-P", "-m", "compileall", *options]
    libraries = sorted(path for path in parts.iterdir() if path.name not in SHIPPED)
    _run([*compile, "-b", *libraries], {"PYTHONHASHSEED": "0"})
    _run([*compile, *(parts / name for name in SHIPPED)], {"PYTHONHASHSEED": "0"})
    for path in libraries:
        for source in [path] if path.suffix == ".py" else path.rglob("*.py"):
            source.unlink()


def write_zip(parts: Path, file: Path) -> None:
    """In order, with no time and no owner in it: the same files make the same bytes."""
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(path for path in parts.rglob("*") if path.is_file()):
            entry = ZipInfo(path.relative_to(parts).as_posix())
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes())


def _run(command: list[Any], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DeployError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    with told():
        made = package(sys.argv[1])
        sys.stdout.write(f"{made.template}\n{made.zip}\n")
