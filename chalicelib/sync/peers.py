"""The other sites: where each is, what it signs with, and what it calls things. Read once, and refused as a whole.

{"peers": [{"site": "paris", "address": "https://paris.example/api/sync", "secrets": ["whsec_…"],
            "map": [{"ours": "phone", "theirs": "mobile"},
                    {"ours": "name", "theirs": ["first_name", "last_name"], "by": " "},
                    {"theirs": "source", "constant": "stockroom"}]}]}
"""

import base64
import binascii
import ipaddress
from collections import Counter
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from chalicelib.settings import SITE
from chalicelib.sync.mapping import OURS, SAME, Rule
from chalicelib.sync.peer import Peer, WrongPeers

SHORTEST_SECRET, LONGEST_SECRET = 24, 64
"""Bytes (Standard Webhooks)."""


def read_peers(text: str, own_site: str, *, loopback: bool) -> dict[str, Peer]:
    """By site. `loopback` lets peers be on this machine, without TLS. Raises WrongPeers."""
    try:
        listed = _List.model_validate_json(text or '{"peers": []}', context={"site": own_site, "loopback": loopback})
    except ValidationError as error:
        faults = [
            f"{_place(found['loc'])}: {found['msg'].removeprefix('Value error, ')}"
            for found in error.errors(include_url=False, include_input=False)
        ]
        raise WrongPeers("The peers are wrong. " + "; ".join(faults)) from None
    return {
        peer.site: Peer(peer.site, peer.address.rstrip("/"), tuple(peer.secrets), peer.rules) for peer in listed.peers
    }


def _place(steps: tuple[int | str, ...]) -> str:
    written = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return written.lstrip(".") or "peers"


def _check_secret(secret: str) -> str:
    try:
        size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        size = 0
    if not secret.startswith("whsec_") or not SHORTEST_SECRET <= size <= LONGEST_SECRET:
        raise ValueError(f"must be whsec_ and {SHORTEST_SECRET} to {LONGEST_SECRET} random bytes in base64")
    return secret


def _check_address(address: str, info: ValidationInfo) -> str:
    try:
        parts, host = urlsplit(address), urlsplit(address).hostname or ""
        # Neither a port that is none nor a name that can't be looked up.
        _ = parts.port, host.encode("idna")
    except ValueError:
        raise ValueError("is no address: see its name and its port") from None
    if info.context["loopback"] and host in ("127.0.0.1", "localhost", "::1") and parts.scheme in ("http", "https"):  # type: ignore[index]
        return address
    if parts.scheme != "https" or not host or parts.username or parts.query or parts.fragment:
        raise ValueError("must be the https address of the peer's /api/sync")
    if host == "localhost" or (_is_ip(host) and not ipaddress.ip_address(host).is_global):
        raise ValueError(f"must be a public address, not {host}")
    return address


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # A name; where it leads is looked at when it is called.
        return False
    return True


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Rule(_Strict):
    ours: Any = Field(default=[])
    theirs: Any = Field(default=[])
    by: Annotated[str, Field(min_length=1)] = " "
    constant: str | None = None

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        self.ours, self.theirs = _names(self.ours), _names(self.theirs)
        if unknown := [name for name in self.ours if name not in OURS]:
            raise ValueError(f"there is no field {unknown[0]!r} of ours; fields are {', '.join(OURS)}")
        if self.constant is None and not (self.ours and self.theirs):
            raise ValueError("must have ours and theirs, or one of them and a constant")
        if self.constant is not None and self.ours and self.theirs:
            raise ValueError("a constant is for a field that only one side has")
        if len(self.ours) > 1 and len(self.theirs) > 1:
            raise ValueError("joins several of ours with several of theirs; one side must be one field")
        return self


class _Peer(_Strict):
    site: Annotated[str, Field(pattern=SITE)]
    address: Annotated[str, AfterValidator(_check_address)]
    secrets: Annotated[list[Annotated[str, AfterValidator(_check_secret)]], Field(min_length=1)]
    map: Annotated[list[_Rule], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def names_each_field_once(self) -> Self:
        for side in ("ours", "theirs"):
            named = Counter(name for rule in self.map or [] for name in getattr(rule, side))
            if twice := [name for name, times in named.items() if times > 1]:
                raise ValueError(f"map: {twice[0]!r} of {side} stands in two rules")
        return self

    @property
    def rules(self) -> tuple[Rule, ...]:
        if self.map is None:
            return SAME
        return tuple(Rule(rule.ours, rule.theirs, rule.by, rule.constant) for rule in self.map)


class _List(_Strict):
    peers: list[_Peer]

    @model_validator(mode="after")
    def names_each_site_once(self, info: ValidationInfo) -> Self:
        sites = [info.context["site"], *(peer.site for peer in self.peers)]  # type: ignore[index]
        if twice := [site for site, times in Counter(sites).items() if times > 1]:
            raise ValueError(f"the site {twice[0]} stands twice, or is this one itself")
        return self

    @model_validator(mode="after")
    def tells_the_peers_apart(self) -> Self:
        owners: dict[str, str] = {}
        for peer in self.peers:
            for secret in peer.secrets:
                if owners.setdefault(secret, peer.site) != peer.site:
                    raise ValueError(f"{owners[secret]} and {peer.site} sign with the same secret; give each its own")
        return self


def _names(given: Any) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError("ours and theirs must be the name of a field, or a list of names")
    return tuple(names)
