"""The promise of `make run`: one command starts everything, one Ctrl-C ends all of it."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from tests.e2e.conftest import PROJECT, Running


def test_one_command_starts_a_shop_that_sells_and_one_ctrl_c_ends_all_of_it(port: int, running: Running) -> None:
    assert [item["id"] for item in running.get("/items").json] == list(range(1, 78))

    invoice = running.post("/customer-purchase/7", [{"item": 1, "quantity": 2}, {"item": 43, "quantity": 1}])
    assert invoice["total"] == 82

    nothing = running.get("/nothing")
    assert (nothing.status_code, nothing.json["type"]) == (404, "urn:stockroom:not-found")
    assert b"local-admin" not in nothing.body

    pdf = running.get("/customer-purchase/7")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.body.startswith(b"%PDF-")

    assert len(running.left_behind()) == 2
    os.killpg(running.process.pid, signal.SIGINT)
    assert running.wait_until_ended() == 0
    assert "Traceback" not in running.output
    assert running.output.endswith("Stockroom has stopped.\n")
    assert running.left_behind() == []
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_parent_alone_ends_the_child_too(empty_shop: Running, ending: signal.Signals) -> None:
    empty_shop.process.send_signal(ending)
    assert empty_shop.wait_until_ended() == 0
    assert "Traceback" not in empty_shop.output
    assert empty_shop.left_behind() == []


def test_even_killed_it_leaves_no_process_behind(empty_shop: Running) -> None:
    empty_shop.process.kill()
    # Its output ends only when the child has gone too.
    empty_shop.wait_until_ended()
    assert empty_shop.left_behind() == []


def test_a_server_that_dies_is_told_and_ends_all(empty_shop: Running) -> None:
    table = subprocess.check_output(["ps", "-eo", "pid=,ppid="], text=True)
    pairs = [line.split() for line in table.splitlines()]
    (child,) = [int(pid) for pid, parent in pairs if parent == str(empty_shop.process.pid)]
    os.kill(child, signal.SIGTERM)
    assert empty_shop.wait_until_ended() == 1
    assert "chalice local has ended by itself" in empty_shop.output.splitlines()[-1]


def test_the_stock_list_is_written_on_what_is_running(port: int, empty_shop: Running) -> None:
    empty_shop.post("/items", {"description": "Tea", "price": 10.99, "quantity": 2})
    command = [sys.executable, "-m", "local.stock_list"]
    output = subprocess.check_output(command, cwd=PROJECT, env={**os.environ, "PORT": str(port)}, text=True)
    assert "Items on the stock list: 1." in output
    listed = b"Item ID, Description, Quantity\n1, Tea, 2, low stock (reorder point 5)\n"
    assert empty_shop.get("/low-stock-items").body == listed


def test_without_anything_running_there_is_no_stock_list(port: int) -> None:
    command = [sys.executable, "-m", "local.stock_list"]
    environment = {**os.environ, "PORT": str(port)}
    answer = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == f"Nothing is running on port {port}: make run first.\n"


def test_a_taken_port_is_told_in_one_line(port: int) -> None:
    with closing(socket.create_server(("127.0.0.1", port))):
        refused = Running(port)
        assert refused.wait_until_ended() == 1
    assert refused.output == f"Port {port} is taken. Stop what listens there, or: make run PORT={port + 1}\n"
