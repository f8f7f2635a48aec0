"""`make peers`, on an engine that has the stack and its parameters."""

import json
from pathlib import Path

import boto3
import pytest

from deploy.deploy import deploy
from deploy.errors import DeployError
from deploy.peers import set_peers, site_of
from deploy.stack import Stack, aws_session

NAME = "stockroom-prod"
PEER = {"site": "paris", "address": "https://paris.example/api/sync", "secrets": ["whsec_" + "c3Rv" * 8]}
PEERS = json.dumps({"peers": [PEER]})


@pytest.fixture(autouse=True)
def deployed(account: None) -> None:
    deploy("prod", "", aws_session())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "peers.json"
    file.write_text(PEERS)
    return file


def peers_set(file: Path, name: str = NAME) -> list[str]:
    return set_peers(Stack(name, boto3.client("cloudformation")), site_of("prod"), file, boto3.client("ssm"))


def test_peers_are_kept_encrypted_where_the_functions_of_the_stage_look(file: Path) -> None:
    assert peers_set(file) == ["paris"]
    file.write_text('{"peers": []}')
    assert peers_set(file) == []

    function = boto3.client("lambda").get_function_configuration(FunctionName=f"{NAME}-send-customers")
    name = function["Environment"]["Variables"]["PEERS_PARAMETER"]
    kept = boto3.client("ssm").get_parameter_history(Name=name, WithDecryption=True)["Parameters"]
    assert [(each["Type"], each["Value"]) for each in kept] == [
        ("SecureString", PEERS),
        ("SecureString", '{"peers": []}'),
    ]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"site": "prod"}, "peers: the site prod stands twice, or is this one itself"),
        ({"address": "http://127.0.0.1:8001/api/sync"}, r"peers\[0\].address: must be the https address"),
        ({"secrets": ["whsec_c2hvcnQ="]}, r"peers\[0\].secrets\[0\]: must be whsec_ and 24 to 64 random bytes"),
        ({"map": [{"ours": "fone", "theirs": "mobile"}]}, r"peers\[0\].map\[0\]: there is no field 'fone' of ours"),
    ],
)
def test_wrong_peers_are_told_with_the_place_and_the_earlier_ones_stay(
    file: Path, wrong: dict[str, object], told: str
) -> None:
    peers_set(file)
    file.write_text(json.dumps({"peers": [PEER | wrong]}))
    with pytest.raises(DeployError, match=told) as error:
        peers_set(file)
    assert str(error.value).startswith(f"{file}: ")
    parameter = boto3.client("ssm").get_parameter(Name=f"/{NAME}/peers", WithDecryption=True)["Parameter"]
    assert parameter["Value"] == PEERS


def test_a_file_or_a_stack_that_is_not_there_is_told(file: Path) -> None:
    with pytest.raises(DeployError, match="There is no stack stockroom-nowhere here: `make deploy` it first"):
        peers_set(file, "stockroom-nowhere")
    file.unlink()
    with pytest.raises(DeployError, match="No such file or directory"):
        peers_set(file)
