"""Whether what was packed will work in Lambda: found out here, not by the first customer."""

import platform
import subprocess
import sys
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.tags import Tag, parse_tag

from deploy.errors import DeployError
from deploy.target import Target

MOST_MEGABYTES = 15


def check(file: Path, template: dict[str, Any], libraries: Path, target: Target) -> None:
    """Prints what it finds. Raises DeployError."""
    megabytes = file.stat().st_size / 1e6
    sys.stdout.write(f"{file.name}: {megabytes:.1f} MB, for {target.runtime} on {target.architecture}\n")
    if megabytes > MOST_MEGABYTES:
        raise DeployError(f"{file} has {megabytes:.1f} MB; at most {MOST_MEGABYTES} are allowed.")
    _check_wheels(libraries, target)
    if (platform.system(), platform.machine()) == ("Linux", target.machine):
        _try_out(file, template)
    else:
        sys.stdout.write(f"Not tried out: this machine can't run what is built for Linux on {target.machine}.\n")


def wheel_tags(libraries: Path) -> dict[str, frozenset[Tag]]:
    """Of each library, by the name and version of its wheel."""
    return {
        file.parent.name.removesuffix(".dist-info"): frozenset(
            tag for line in HeaderParser().parsestr(file.read_text()).get_all("Tag", []) for tag in parse_tag(line)
        )
        for file in sorted(libraries.glob("*.dist-info/WHEEL"))
    }


def _check_wheels(libraries: Path, target: Target) -> None:
    for wheel, tags in wheel_tags(libraries).items():
        fitting = sorted(map(str, tags & target.tags))
        if not fitting:
            raise DeployError(f"{wheel} ({', '.join(map(str, tags))}) doesn't run on {target}.")
        sys.stdout.write(f"  {wheel}: {fitting[0]}\n")


def _try_out(file: Path, template: dict[str, Any]) -> None:
    handlers = [
        resource["Properties"]["Handler"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    # In another process, so that the embedded cloud's credentials stay out of this one, which may go on to deploy.
    command = [sys.executable, "-m", "deploy.trial", str(file), *handlers]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DeployError(f"{file} doesn't work: {done.stderr}")
    sys.stdout.write(f"Tried out from the zip alone:\n{done.stdout}")
