"""`make deploy` and `make destroy`, on an engine that makes the whole stack and runs it."""

import io
import json
import urllib.request
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from deploy.deploy import deploy
from deploy.destroy import destroy
from deploy.errors import DeployError
from deploy.package import Package
from deploy.stack import Stack, aws_session

NAME = "stockroom-prod"

pytestmark = pytest.mark.usefixtures("account")


def deployed(bucket: str = "") -> str:
    """Returns the API's identifier."""
    return deploy("prod", bucket, aws_session()).removeprefix("https://").partition(".")[0]


def stack() -> Stack:
    return Stack(NAME, boto3.client("cloudformation"))


def answered(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))


def test_a_first_deploy_makes_the_stack_and_the_next_one_updates_it_in_place(
    engine: str,
    packaged: Package,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    api = deployed()
    with urllib.request.urlopen(f"{engine}/restapis/{api}/prod/_user_request_/api/health", timeout=30) as answer:
        assert json.load(answer) == {"status": "ok"}
    assert f"{NAME} is deployed." in capsys.readouterr().out

    assert deployed() == api
    assert f"{NAME} was up to date." in capsys.readouterr().out

    template = json.loads(packaged.template.read_text())
    template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]["COMPANY_NAME"] = "Another"
    changed = replace(packaged, template=tmp_path / "template.json")
    changed.template.write_text(json.dumps(template))
    monkeypatch.setattr("deploy.deploy.package", lambda _stage: changed)
    assert deployed() == api
    assert f"{NAME} is deployed." in capsys.readouterr().out
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=f"{NAME}-api-handler")
    assert configuration["Environment"]["Variables"]["COMPANY_NAME"] == "Another"


def test_destroying_asks_first_and_keeps_the_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed()
    answered(monkeypatch, "yes\n")
    with pytest.raises(DeployError, match="nothing was changed"):
        destroy(stack())
    assert stack().outputs

    answered(monkeypatch, f"{NAME}\n")
    destroy(stack())
    assert f"AWS::DynamoDB::Table {NAME}\n" in capsys.readouterr().out
    assert not stack().outputs
    assert NAME in boto3.client("dynamodb").list_tables()["TableNames"]
    with pytest.raises(DeployError, match=f"There is no stack {NAME} in us-east-1"):
        destroy(stack())


def test_a_stack_that_fails_is_told_with_the_reason(
    packaged: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = json.loads(packaged.template.read_text())
    template["Resources"] = {"Broken": {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": "none"}}}
    broken = replace(packaged, template=tmp_path / "template.json")
    broken.template.write_text(json.dumps(template | {"Outputs": {}}))
    monkeypatch.setattr("deploy.deploy.package", lambda _stage: broken)
    monkeypatch.setattr("deploy.deploy.stack_name", lambda stage: f"broken-{stage}")
    with pytest.raises(DeployError, match="Broken: "):
        deployed()


def test_a_bucket_that_is_not_there_is_told() -> None:
    with pytest.raises(DeployError, match="The bucket no-such-bucket does not exist"):
        deployed("no-such-bucket")


def test_without_a_region_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(DeployError, match="No region"):
        aws_session()


def test_without_credentials_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(DeployError, match="No credentials that AWS accepts"):
        aws_session()
