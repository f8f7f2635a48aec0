"""`make run-two`: two shops that keep each other's customers, ended by one Ctrl-C."""

import json
import os
import secrets
import signal
import sys
from base64 import b64encode
from contextlib import ExitStack
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from threading import Thread
from typing import NoReturn

from local.run import Failure, check_port, ended_in_order, read_port, run

SITES = ("north", "south")

READY = Template("""
Two sites are ready and end with Ctrl-C: north at $north and south at $south.
Both are empty. In another terminal:

  # who you are
  alias shop="curl -H 'Authorization: Bearer local-admin' -H 'Content-Type: application/json'"

  # a customer who is new in the north ...
  shop $north/customers -d '{"name": "Ann Arbor", "phone": "+1 734 555 0100", "address": "1 Main St"}'

  # ... is known in the south some seconds later, and moves there ...
  shop -X PATCH $south/customers/1 -d '{"address": "2 Main St"}'

  # ... which is known in the north some seconds later
  shop $north/customers/1
""")


def run_both() -> NoReturn:
    """Until a signal ends it, as KeyboardInterrupt. Raises Failure when a site can't start or ends by itself."""
    first = read_port()
    if first == 65535:
        raise Failure("PORT must be below 65535 here, since the second site takes the next one.")
    ports = dict(zip(SITES, (first, first + 1), strict=True))
    for port in ports.values():
        check_port(port)
    secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    spawned = get_context("spawn")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        told = {}
        for site, other in (SITES, SITES[::-1]):
            peer = {"site": other, "address": f"http://127.0.0.1:{ports[other]}/api/sync", "secrets": [secret]}
            peers_file = folder / f"{site}.json"
            peers_file.write_text(json.dumps({"peers": [peer]}))
            receiver, sender = spawned.Pipe(duplex=False)
            process = spawned.Process(target=run_site, args=(site, ports[site], peers_file, sender))
            process.start()
            stack.callback(process.join)
            stack.callback(process.terminate)
            told[site] = (process.sentinel, receiver)
        urls = {}
        for site, (sentinel, receiver) in told.items():
            connection.wait([sentinel, receiver])
            if not receiver.poll():
                raise Failure(f"The site {site} did not start; what it said stands above.")
            urls[site] = receiver.recv()
        print(READY.substitute(urls), flush=True)
        connection.wait([sentinel for sentinel, _ in told.values()])
        raise Failure("One of the two sites has ended by itself; what it said stands above.")


def run_site(site: str, port: int, peers_file: Path, sender: Connection) -> None:
    os.environ |= {"SITE": site, "PEERS_FILE": str(peers_file)}
    Thread(target=end_with_parent, daemon=True).start()
    sys.exit(ended_in_order(lambda: run(port, with_demo=False, tell_ready=sender.send), farewell=""))


def end_with_parent() -> None:
    """However it ends, even killed."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(ended_in_order(run_both))
