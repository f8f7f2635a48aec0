"""`python -m deploy.key STAGE`: makes an admin key of a deployed stage: the first, or one for who has lost theirs."""

import os
import sys

from deploy.deploy import stack_name
from deploy.errors import DeployError, told
from deploy.stack import Stack, aws_session


def make_key(stack: Stack) -> str:
    """Returns the key. Raises DeployError."""
    table_name = stack.outputs.get("TableName")
    if table_name is None:
        raise DeployError(f"There is no stack {stack.name} here: `make deploy` it first.")
    os.environ["TABLE_NAME"] = table_name

    # Imported here, since the app reads its environment when it is imported.
    from chalicelib.domain.clock import Clock
    from chalicelib.services.api_keys import create_api_key
    from chalicelib.services.work import Work

    _, secret = create_api_key("made with make key", "admin", None, Work(Clock(lambda: 60)))
    return secret


if __name__ == "__main__":
    with told():
        made = make_key(Stack(stack_name(sys.argv[1]), aws_session().client("cloudformation")))
        sys.stdout.write(f"{made}\nThis admin key is shown once: keep it safe.\n")
