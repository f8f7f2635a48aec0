"""`python -m deploy.destroy STAGE`: takes the stack of the stage away, after asking. Its data stays."""

import json
import sys

from deploy.deploy import stack_name
from deploy.errors import DeployError, told
from deploy.package import PROJECT
from deploy.stack import Stack, aws_session


def destroy(stack: Stack) -> None:
    """Raises DeployError, also when the answer is no."""
    template = json.loads((PROJECT / ".chalice" / "resources.json").read_text())["Resources"]
    kept = [
        f"{template[logical]['Type']} {physical}"
        for logical, physical in stack.resources()
        if template.get(logical, {}).get("DeletionPolicy") == "Retain"
    ]
    sys.stdout.write(
        f"This takes {stack.name} off the air. What it knows is kept, and `make deploy` picks it up again:\n"
    )
    sys.stdout.write("".join(f"  {each}\n" for each in kept))
    sys.stdout.write("Type the name of the stack to go on: ")
    sys.stdout.flush()
    if sys.stdin.readline().strip() != stack.name:
        raise DeployError("That is not its name; nothing was changed.")
    stack.delete()
    sys.stdout.write(f"{stack.name} is gone.\n")


if __name__ == "__main__":
    with told():
        destroy(Stack(stack_name(sys.argv[1]), aws_session().client("cloudformation")))
