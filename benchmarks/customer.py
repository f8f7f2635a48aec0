"""A new customer in the Lambda function, beside the same two calls made with a bare boto3 client, and beside itself
on a site without peers: telling them must cost the request nothing.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3

from benchmarks import records
from benchmarks.handler import call, cut_wire, milliseconds
from benchmarks.table import Row
from chalicelib.services import exchange
from chalicelib.storage.table import CONNECTION
from chalicelib.sync.peer import Peer

ANSWERS = {"UpdateItem": {"Attributes": {"value": {"N": "92"}}}, "TransactWriteItems": {}}
BODY = {
    "name": "Maria Papadopoulou",
    "phone": "+30 210 555 0199",
    "address": "Odos Ermou 12\n105 63 Athens",
    "email": "maria@example.com",
}
PEERS = {site: Peer(site, f"https://{site}.example/api/sync", ("whsec_" + "c3Rv" * 8,)) for site in ("paris", "rome")}


def rows() -> Iterator[Row]:
    add = call("POST", "/api/customers", body=BODY)
    bare = boto3.client("dynamodb")
    with cut_wire(CONNECTION.client, ANSWERS) as sent, cut_wire(bare, ANSWERS):
        add()
        bodies = {operation: json.loads(body) for operation, body in sent}
        yield Row("new customer: round trips", len(sent), most=2)
        actions = bodies["TransactWriteItems"]["TransactItems"]
        yield Row("new customer: write units", 1 + sum(_units(action) for action in actions))

        def bare_add() -> None:
            bare.update_item(**bodies["UpdateItem"])
            bare.transact_write_items(**bodies["TransactWriteItems"])

        ours, its = milliseconds(add, bare_add)
        yield Row("new customer: CPU", ours, "ms", "the same calls, bare boto3", its, most_ratio=2)

        known, alone = milliseconds(_with_peers(PEERS, add), _with_peers({}, add))
        yield Row("new customer, two peers: CPU", known, "ms", "without peers", alone, most_ratio=1.1)
        sent.clear()
        _with_peers(PEERS, add)()
        yield Row("new customer, two peers: round trips", len(sent), most=2)


def _units(action: dict[str, Any]) -> int:
    return 2 * -(-records.size(action["Put"]["Item"]) // 1024)


def _with_peers(peers: dict[str, Peer], add: Callable[[], Any]) -> Callable[[], None]:
    def add_so() -> None:
        exchange._remembered = peers, datetime.max.replace(tzinfo=UTC)
        add()

    return add_so
