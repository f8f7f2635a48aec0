"""`python -m deploy.peers STAGE FILE`: makes the sites of a file the peers of a stage, once they are found right."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.sync.peer import WrongPeers
from chalicelib.sync.peers import read_peers
from deploy.deploy import stack_name
from deploy.errors import DeployError, told
from deploy.package import PROJECT
from deploy.stack import Stack, aws_session

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def set_peers(stack: Stack, site: str, file: Path, ssm: "SSMClient") -> list[str]:
    """Returns their names. Raises DeployError."""
    if not stack.outputs:
        raise DeployError(f"There is no stack {stack.name} here: `make deploy` it first.")
    try:
        text = file.read_text()
        peers = read_peers(text, site, loopback=False)
    except (OSError, UnicodeDecodeError, WrongPeers) as error:
        raise DeployError(f"{file}: {error}") from None
    # The advanced tier takes 8 KB, twice as much; the store takes the cheaper one where that is enough.
    ssm.put_parameter(
        Name=f"/{stack.name}/peers", Value=text, Type="SecureString", Overwrite=True, Tier="Intelligent-Tiering"
    )
    return sorted(peers)


def site_of(stage: str) -> str:
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text())
    return str(config["stages"].get(stage, {}).get("environment_variables", {}).get("SITE", "main"))


if __name__ == "__main__":
    with told():
        session = aws_session()
        stack = Stack(stack_name(sys.argv[1]), session.client("cloudformation"))
        known = set_peers(stack, site_of(sys.argv[1]), Path(sys.argv[2]), session.client("ssm"))
        sys.stdout.write(f"Peers of {stack.name}: {', '.join(known) or 'none'}. They are used within a minute.\n")
