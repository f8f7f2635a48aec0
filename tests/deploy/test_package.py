"""What is packed: little, fitting, compiled, the same each time, and working by itself."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from deploy.check import MOST_MEGABYTES, check, wheel_tags
from deploy.errors import DeployError
from deploy.in_lambda import stay_at_home
from deploy.package import Package, fetch_libraries, package, write_zip
from deploy.target import Target
from deploy.trial import TRIALS, environment_of_lambda, request, run_in_lambda

RUNTIME = f"python3.{sys.version_info.minor}"
ELF_MACHINES = {"x86_64": 62, "arm64": 183}


@pytest.fixture(scope="module")
def unpacked(packaged: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("task")
    with ZipFile(packaged.zip) as file:
        file.extractall(folder)
    return folder


def test_the_zip_is_small(packaged: Package) -> None:
    assert packaged.zip.stat().st_size <= MOST_MEGABYTES * 1e6


def test_every_function_is_tried_out(template: dict[str, Any]) -> None:
    functions = [each for each in template["Resources"].values() if each["Type"] == "AWS::Serverless::Function"]
    assert {function["Properties"]["Handler"] for function in functions} == set(TRIALS)


def test_the_app_answers_from_the_zip_alone_even_when_aws_is_not_there(unpacked: Path) -> None:
    environment = environment_of_lambda("http://127.0.0.1:1")
    result = run_in_lambda(unpacked, "app.app", [request("GET", "/api/health")], environment)
    assert result["answers"][0]["statusCode"] == 503


def test_nothing_in_the_trial_reaches_another_machine() -> None:
    stay_at_home("socket.connect", (None, ("127.0.0.1", 80)))
    with pytest.raises(PermissionError):
        stay_at_home("socket.connect", (None, ("192.0.2.1", 80)))


def test_nothing_of_development_is_shipped(packaged: Package) -> None:
    with ZipFile(packaged.zip) as file:
        names = file.namelist()
    assert {name for name in names if name.startswith("chalice/")} == {"chalice/__init__.pyc", "chalice/app.pyc"}
    tops = {name.split("/")[0] for name in names}
    assert not tops & {"moto", "pytest", "pip", "local", "tests", "deploy", "benchmarks", ".chalice", "bin"}
    assert not [name for name in names if name.endswith(".dist-info/METADATA")]


def test_every_module_is_compiled_for_the_runtime_and_never_checked_again(packaged: Package) -> None:
    with ZipFile(packaged.zip) as file:
        heads = [file.read(name)[:8] for name in file.namelist() if name.endswith(".pyc")]
        sources = {name for name in file.namelist() if name.endswith(".py")}
    unchecked_hash = (1).to_bytes(4, "little")
    assert set(heads) == {importlib.util.MAGIC_NUMBER + unchecked_hash}
    assert {name.split("/")[0] for name in sources} == {"app.py", "chalicelib"}


def test_the_same_sources_make_the_same_bytes_wherever_they_lie(
    packaged: Package, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.package.check", lambda *_: None)
    again = package("prod", tmp_path / "build")
    assert again.zip.read_bytes() == packaged.zip.read_bytes()
    assert again.template.read_text() == packaged.template.read_text()


def test_for_arm64_all_extensions_are_built_for_it(project: Path, tmp_path: Path) -> None:
    config = json.loads((project / ".chalice" / "config.json").read_text())
    (project / ".chalice" / "config.json").write_text(json.dumps(config | {"lambda_architecture": "arm64"}))
    made = package("prod", tmp_path / "build")
    assert made.zip.stat().st_size <= MOST_MEGABYTES * 1e6
    with ZipFile(made.zip) as file:
        extensions = [file.read(name) for name in file.namelist() if ".so" in name]
    assert {int.from_bytes(content[18:20], "little") for content in extensions} == {ELF_MACHINES["arm64"]}


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_every_wheel_fits_the_runtime_and_the_processor(architecture: str) -> None:
    target = Target(RUNTIME, architecture)
    tags = wheel_tags(fetch_libraries(target))
    assert {"pillow", "pydantic_core", "fonttools"} <= {wheel.rpartition("-")[0] for wheel in tags}
    assert all(of_wheel & target.tags for of_wheel in tags.values())


def test_a_wheel_for_another_processor_is_refused(packaged: Package) -> None:
    with pytest.raises(DeployError, match=r"-cp3.*x86_64.* doesn't run on"):
        check(packaged.zip, {}, fetch_libraries(Target(RUNTIME, "x86_64")), Target(RUNTIME, "arm64"))


def test_a_library_for_a_newer_system_than_lambdas_does_not_fit() -> None:
    names = {str(tag) for tag in Target("python3.11", "x86_64").tags}
    assert "cp311-cp311-manylinux_2_26_x86_64" in names
    assert "cp311-cp311-manylinux_2_28_x86_64" not in names
    assert "cp313-cp313-manylinux_2_28_aarch64" in {str(tag) for tag in Target("python3.13", "arm64").tags}


def test_an_import_that_only_development_has_is_found_before_it_is_deployed(
    template: dict[str, Any], unpacked: Path, tmp_path: Path
) -> None:
    broken = shutil.copytree(unpacked, tmp_path / "broken")
    (broken / "app.py").write_text("import moto\n" + (broken / "app.py").read_text())
    shutil.rmtree(broken / "__pycache__")
    write_zip(broken, tmp_path / "broken.zip")
    with pytest.raises(DeployError, match="No module named 'moto'"):
        check(tmp_path / "broken.zip", template, fetch_libraries(Target.of(template)), Target.of(template))


def test_a_library_without_a_fitting_wheel_is_refused_and_never_built_here(project: Path, tmp_path: Path) -> None:
    (project / "requirements.txt").write_text("fonttools==999\n")
    with pytest.raises(DeployError, match="No matching distribution found for fonttools==999"):
        package("prod", tmp_path / "build")


def test_a_stage_that_is_not_configured_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"There is no stage 'nope' in \.chalice/config\.json, only local, dev, prod"):
        package("nope", tmp_path)
