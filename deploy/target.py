"""What the packed functions run on: Lambda's Python and processor, and the wheels that fit there."""

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from packaging.tags import Tag, compatible_tags, cpython_tags

_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Target:
    runtime: str
    """As Lambda calls it: python3.13."""
    architecture: str
    """As Lambda calls it: x86_64 or arm64."""

    @classmethod
    def of(cls, template: dict[str, Any]) -> Self:
        """What the functions of a packaged template run on. All of them share one zip, so all must agree."""
        functions = [each for each in template["Resources"].values() if each["Type"] == "AWS::Serverless::Function"]
        found = {(each["Properties"]["Runtime"], *each["Properties"]["Architectures"]) for each in functions}
        if len(found) != 1:
            raise ValueError(f"The functions need one runtime and one architecture, not {sorted(found)}.")
        return cls(*found.pop())

    @property
    def python(self) -> tuple[int, int]:
        major, minor = self.runtime.removeprefix("python").split(".")
        return int(major), int(minor)

    @property
    def machine(self) -> str:
        return _MACHINES[self.architecture]

    @property
    def platforms(self) -> list[str]:
        """Of the wheels that fit, best first.

        Lambda's Python 3.11 stands on Amazon Linux 2 with glibc 2.26, the later ones on Amazon Linux 2023 with 2.34.
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
        """
        glibc = 26 if self.python < (3, 12) else 34
        named = [f"manylinux_2_{minor}_{self.machine}" for minor in range(glibc, 16, -1)]
        return [*named, f"manylinux2014_{self.machine}"]

    @cached_property
    def tags(self) -> frozenset[Tag]:
        """Of all wheels that fit, those of pure Python included."""
        interpreter = "cp{}{}".format(*self.python)
        return frozenset(
            [
                *cpython_tags(self.python, platforms=self.platforms),
                *compatible_tags(self.python, interpreter, self.platforms),
            ]
        )

    @property
    def is_this_interpreter(self) -> bool:
        """Only the same version of Python writes bytecode that the runtime reads."""
        return self.python == sys.version_info[:2]
