"""What a caller's write rests on: RFC 9110, section 13."""

from typing import NamedTuple

from chalicelib.domain.errors import PreconditionFailed


class Precondition(NamedTuple):
    """Without any of the two, whatever there is will do."""

    versions: frozenset[str] | None = None
    """If-Match: one of them must be there; none named stands for `*`, any of them."""
    unwanted: frozenset[str] | None = None
    """If-None-Match: none of them may be there; none named stands for `*`, nothing at all."""

    def check(self, version: str | int | None) -> None:
        """`version` is what there is, None for nothing, "" for a list, which has none. Raises PreconditionFailed."""
        found = None if version is None else str(version)
        if self.versions is not None and (
            found is None or (self.versions and (found == "" or found not in self.versions))
        ):
            there = f'it is "{found}" now' if found else "this has no version" if found == "" else "there is nothing"
            raise PreconditionFailed(f"If-Match asks for another version: {there}. Get it anew, and decide again.")
        if self.unwanted is not None and found is not None and (not self.unwanted or found in self.unwanted):
            raise PreconditionFailed("If-None-Match asks for it not to be there: it is.")


ANY_VERSION = Precondition()
