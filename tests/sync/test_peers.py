"""Wrong peers are refused at the start, with the place named."""

import json
from typing import Any

import pytest

from chalicelib.sync.mapping import SAME, Rule
from chalicelib.sync.peer import Peer, WrongPeers
from chalicelib.sync.peers import read_peers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PARIS: dict[str, Any] = {"site": "paris", "address": "https://paris.example/prod/api/sync/", "secrets": [SECRET]}


def read(*peers: Any, loopback: bool = False) -> dict[str, Peer]:
    return read_peers(json.dumps({"peers": peers}), "berlin", loopback=loopback)


def test_a_peer_without_a_map_is_like_us() -> None:
    assert read(PARIS) == {"paris": Peer("paris", "https://paris.example/prod/api/sync", (SECRET,), SAME)}


def test_nothing_is_no_peers() -> None:
    assert read_peers("", "berlin", loopback=False) == {}


def test_a_map_is_read() -> None:
    rules = [
        {"ours": "phone", "theirs": "mobile"},
        {"ours": "name", "theirs": ["first_name", "last_name"]},
        {"ours": "address", "theirs": ["street", "city"], "by": "\n"},
        {"theirs": "source", "constant": "stockroom"},
    ]
    assert read({**PARIS, "map": rules})["paris"].rules == (
        Rule(("phone",), ("mobile",)),
        Rule(("name",), ("first_name", "last_name")),
        Rule(("address",), ("street", "city"), "\n"),
        Rule((), ("source",), constant="stockroom"),
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"site": "Paris!"}, "peers[0].site"),
        ({"site": "berlin"}, "peers: the site berlin stands twice, or is this one itself"),
        ({"address": "http://paris.example/api/sync"}, "peers[0].address: must be the https address"),
        ({"address": "https://user:x@paris.example/api/sync"}, "peers[0].address: must be the https address"),
        ({"address": "https://10.0.0.1/api/sync"}, "peers[0].address: must be a public address, not 10.0.0.1"),
        ({"address": "https://169.254.169.254/"}, "peers[0].address: must be a public address"),
        ({"address": "https://[::1]/"}, "peers[0].address: must be a public address"),
        ({"address": "https://localhost/"}, "peers[0].address: must be a public address"),
        ({"address": "http://127.0.0.1:8001/api/sync"}, "peers[0].address"),
        ({"address": "https://paris.example:99999/"}, "peers[0].address: is no address"),
        ({"address": "https://paris.example:port/"}, "peers[0].address: is no address"),
        ({"address": "https://paris..example/"}, "peers[0].address: is no address"),
        ({"address": f"https://{'a' * 64}.example/"}, "peers[0].address: is no address"),
        ({"secrets": []}, "peers[0].secrets"),
        ({"secrets": ["hunter2"]}, "peers[0].secrets[0]: must be whsec_ and 24 to 64 random bytes"),
        ({"secrets": [SECRET, "whsec_c2hvcnQ="]}, "peers[0].secrets[1]: must be whsec_"),
        ({"colour": "red"}, "peers[0].colour"),
        ({"map": []}, "peers[0].map"),
        ({"map": [{"ours": "adress", "theirs": "street"}]}, "peers[0].map[0]: there is no field 'adress' of ours"),
        ({"map": [{"ours": "phone"}]}, "peers[0].map[0]: must have ours and theirs, or one of them and a constant"),
        ({"map": [{"ours": "phone", "theirs": "a", "constant": "b"}]}, "peers[0].map[0]: a constant is for a field"),
        ({"map": [{"ours": ["phone", "email"], "theirs": ["a", "b"]}]}, "peers[0].map[0]: joins several of ours"),
        ({"map": [{"ours": "phone", "theirs": 7}]}, "peers[0].map[0]: ours and theirs must be the name of a field"),
        ({"map": [{"ours": "phone", "theirs": "a", "by": ""}]}, "peers[0].map[0].by"),
        (
            {"map": [{"ours": "phone", "theirs": "a"}, {"ours": "email", "theirs": "a"}]},
            "peers[0]: map: 'a' of theirs stands in two rules",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: dict[str, Any], told: str) -> None:
    with pytest.raises(WrongPeers) as wrong:
        read({**PARIS, **change})
    assert told in str(wrong.value)
    assert SECRET not in str(wrong.value)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"peers": 7}', "null"])
def test_what_is_no_list_of_peers_is_told_so(text: str) -> None:
    with pytest.raises(WrongPeers, match="The peers are wrong"):
        read_peers(text, "berlin", loopback=False)


def test_in_development_a_peer_may_be_on_this_machine() -> None:
    assert read({**PARIS, "address": "http://127.0.0.1:8001/api/sync"}, loopback=True)["paris"].address
    with pytest.raises(WrongPeers):
        read({**PARIS, "address": "http://10.0.0.1/api/sync"}, loopback=True)


def test_each_peer_signs_with_secrets_of_its_own() -> None:
    with pytest.raises(WrongPeers, match="paris and rome sign with the same secret; give each its own"):
        read(PARIS, {**PARIS, "site": "rome"})
    assert len(read({**PARIS, "secrets": [SECRET, SECRET]})) == 1
