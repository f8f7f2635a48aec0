"""`make run`: an embedded cloud, the demo shop, the clock and `chalice local`, all ended by one Ctrl-C."""

import errno
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from threading import Event, Thread
from typing import NoReturn

from chalice.app import Chalice
from chalice.cli.factory import CLIFactory

from chalicelib.settings import Settings, settings
from chalicelib.sync.peer import WrongPeers
from chalicelib.sync.peers import read_peers
from local.clock import Clock
from local.cloud import create_resources, leave_aws, running_cloud
from local.pump import pumps

PROJECT = Path(__file__).parent.parent
STACK_NAME = "stockroom-local"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_START = 60
SECONDS_BETWEEN_LOOKS = 0.2
FAREWELL = "\nStockroom has stopped.\n"
ADMIN_KEY = "local-admin"

DEMO_SHOP = Template("""
Stockroom is ready at $url and ends with Ctrl-C. It has 77 items and 91 customers. In another terminal:

  # who you are
  alias shop="curl -H 'Authorization: Bearer local-admin' -H 'Content-Type: application/json'"

  # see three items
  shop '$url/items?limit=3'

  # sell tea and coffee to customer 7
  shop $url/customer-purchase/7 -d '[{"item": 1, "quantity": 2}, {"item": 43, "quantity": 1}]'

  # get the invoice as PDF
  shop -L -o invoice.pdf $url/customer-purchase/7

  # be refused, and told why for every line
  shop $url/customer-purchase/8 \\
    -d '[{"item": 2, "quantity": 1000}, {"item": 5, "quantity": 1}, {"item": 999, "quantity": 1}]'

  # see what is low or expiring
  shop $url/low-stock-items
""")

EMPTY_SHOP = Template("""
Stockroom is ready at $url and ends with Ctrl-C. It is empty. In another terminal:

  # who you are
  alias shop="curl -H 'Authorization: Bearer local-admin' -H 'Content-Type: application/json'"

  # add an item and a customer
  shop $url/items -d '{"description": "Darjeeling, 100 g", "price": 10.99, "quantity": 24}'
  shop $url/customers -d '{"name": "Ann Arbor", "phone": "+1 734 555 0100", "address": "1 Main Street"}'

  # sell one, and get the invoice as PDF
  shop $url/customer-purchase/1 -d '[{"item": 1, "quantity": 1}]'
  shop -L -o invoice.pdf $url/customer-purchase/1
""")


class Failure(Exception):
    """Told in one line."""


def main() -> int:
    with_demo = os.environ.get("DEMO") != "0"
    ready = DEMO_SHOP if with_demo else EMPTY_SHOP
    return ended_in_order(lambda: run(read_port(), with_demo, lambda url: print(ready.substitute(url=url), flush=True)))


def ended_in_order(work: Callable[[], NoReturn], farewell: str = FAREWELL) -> int:
    """Its exit status, once a signal or a Failure has ended it."""
    for ending in ENDING:
        signal.signal(ending, _end)
    try:
        work()
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        # Where the terminal has gone, there is no one to tell.
        with suppress(OSError):
            print(farewell, end="", flush=True)
        return 0


def run(port: int, with_demo: bool, tell_ready: Callable[[str], None]) -> NoReturn:
    """Until a signal ends it, as KeyboardInterrupt. Raises Failure when it can't start or its server dies."""
    check_port(port)
    url = f"http://127.0.0.1:{port}/api"
    leave_aws(os.environ)
    with ExitStack() as stack:
        os.environ["AWS_ENDPOINT_URL"] = stack.enter_context(running_cloud())
        os.environ |= create_resources(STACK_NAME, os.environ["AWS_ENDPOINT_URL"]) | {"LOCAL_ADMIN_KEY": ADMIN_KEY}
        # Started first, since it takes as long as all that follows; nobody is told of it before the shop is filled.
        server = stack.enter_context(running_api(port))
        app = load_app()
        check_peers(settings())
        if with_demo:
            # Imported here, since the app reads its settings once, when it is imported.
            from local.demo import load_demo

            load_demo(datetime.now(UTC).date())
        stack.enter_context(running_events(app))
        wait_until_ready(url, server)
        stack.enter_context(announced(port, url))
        tell_ready(url)
        while server.poll() is None:
            # Of two signals close together another thread may take both; one long wait in here would not be woken.
            time.sleep(SECONDS_BETWEEN_LOOKS)
        raise Failure(f"chalice local has ended by itself, with status {server.returncode}; what it said stands above.")


def read_port() -> int:
    """PORT, or Failure."""
    port = os.environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise Failure(f"PORT must be a number from 1 to 65535, not {port!r}.")
    return int(port)


def check_port(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise Failure(f"Port {port} can't be opened: {error.strerror}.") from None
        other = port + 1 if port < 65535 else 8000
        raise Failure(f"Port {port} is taken. Stop what listens there, or: make run PORT={other}") from None


def check_peers(shop: Settings) -> None:
    if shop.peers_file:
        try:
            read_peers(Path(shop.peers_file).read_text(), shop.site, loopback=shop.loopback_peers)
        except (OSError, UnicodeDecodeError, WrongPeers) as error:
            raise Failure(f"{shop.peers_file}: {error}") from None


def load_app() -> Chalice:
    """As `chalice local` does: the settings of the local stage become the environment, then app.py is imported."""
    factory = CLIFactory(str(PROJECT), environ=os.environ)
    return factory.create_config_obj(chalice_stage_name="local").chalice_app


@contextmanager
def running_events(app: Chalice) -> Iterator[None]:
    """Once a second: whatever is due, waiting or changed."""
    clock = Clock(app, datetime.now(UTC))
    turns = pumps(app, os.environ["TABLE_NAME"])
    stop = Event()

    def run_all() -> None:
        while not stop.wait(1):
            clock.run_due(datetime.now(UTC))
            for turn in turns:
                turn()

    thread = Thread(target=run_all, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


@contextmanager
def running_api(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "local.api", "local", "--stage", "local", "--port", str(port), "--no-autoreload"]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE) as server:
        try:
            yield server
        finally:
            server.kill()


def wait_until_ready(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):
            return
        time.sleep(0.1)
    raise Failure("chalice local did not start; what it said stands above.")


def running_file(port: int) -> Path:
    """Tells other commands, as long as it runs, the environment to work in."""
    return PROJECT / "build" / f"local-{port}.json"


@contextmanager
def announced(port: int, url: str) -> Iterator[None]:
    names = [name for name in os.environ if name.startswith("AWS_")] + ["TABLE_NAME", "BUCKET_NAME"]
    file = running_file(port)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"url": url, "environment": {name: os.environ[name] for name in names}}))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _end(*_: object) -> NoReturn:
    # A second signal must not break into the tidying up. Not SIG_IGN: Python complains of one that is on its way then.
    for ending in ENDING:
        signal.signal(ending, lambda *_: None)
    raise KeyboardInterrupt


if __name__ == "__main__":
    status = main()
    # Python would search all of moto for garbage before it ends, for two seconds.
    gc.freeze()
    sys.exit(status)
