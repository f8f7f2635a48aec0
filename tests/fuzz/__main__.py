"""`python -m tests.fuzz [EXAMPLES [ARGUMENT …]]`: schemathesis over the API, with so many examples for each operation.

Further arguments are schemathesis' own, such as `--seed=1`. Ends with its status, 1 when it has found something.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from chalice.test import Client
from moto import mock_aws

from local.cloud import create_resources

os.environ |= {"POWERTOOLS_LOG_LEVEL": "ERROR", "POWERTOOLS_METRICS_DISABLED": "true"}

# Brings the environment and the app along, in this order.
from tests.conftest import PROJECT, Shop
from tests.fuzz.serve import Gateway, served
from tests.sync.paris import know_paris

FOLDER = Path(__file__).parent
KEY = "local-admin"


def fuzz(examples: str, arguments: list[str]) -> int:
    """Returns the status of schemathesis, which tells what it finds."""
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", FOLDER / "schemathesis.toml", "run"]
    # What is archived by a DELETE can still be looked at: hooks.py has the excluded check with that in mind.
    options = ["--checks=all", "--exclude-checks=use_after_free"]
    options += [f"--max-examples={examples}", f"--header=Authorization: Bearer {KEY}", *arguments]
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        create_resources("stockroom-test")
        know_paris(patch)
        fill()
        gateway = Gateway()
        with served(gateway) as address:
            done = subprocess.run(
                [*map(str, command), f"{address}/api/openapi.json", *options],
                cwd=PROJECT,
                env=os.environ | {"NO_COLOR": "1"},
                check=False,
            )
    sys.stdout.write(f"{gateway.requests} requests.\n")
    return done.returncode


def fill() -> None:
    """The first requests of each kind have something to meet."""
    # Only now, since the app reads its environment when it is imported.
    from app import app

    with Client(app) as client:
        shop = Shop(client)
        for _ in range(3):
            shop.new_item(1000)
        shop.order(shop.new_customer(), (1, 1))


if __name__ == "__main__":
    sys.exit(fuzz(sys.argv[1] if sys.argv[1:] else "1000", sys.argv[2:]))
