"""The promise of `make run-two`: one command starts two sites, one Ctrl-C ends all of both."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.e2e.conftest import PROJECT, Running


def test_one_ctrl_c_ends_both_sites(two_sites: Running, port: int) -> None:
    assert len(two_sites.left_behind()) >= 5
    os.killpg(two_sites.process.pid, signal.SIGINT)
    assert two_sites.wait_until_ended() == 0
    assert "Traceback" not in two_sites.output
    assert two_sites.output.endswith("Stockroom has stopped.\n")
    assert two_sites.output.count("Stockroom has stopped.") == 1
    assert two_sites.left_behind() == []
    for used in (port, port + 1):
        socket.create_server(("127.0.0.1", used)).close()


def test_even_killed_it_leaves_no_site_behind(two_sites: Running) -> None:
    two_sites.process.kill()
    # Its output ends only when both sites have gone too.
    two_sites.wait_until_ended()
    assert two_sites.left_behind() == []


def test_a_site_that_dies_is_told_and_ends_the_other(two_sites: Running) -> None:
    table = subprocess.check_output(["ps", "-ewwo", "pid=,ppid=,args="], text=True)
    rows = [line.split(maxsplit=2) for line in table.splitlines()]
    children = [(int(pid), command) for pid, parent, command in rows if parent == str(two_sites.process.pid)]
    sites = [pid for pid, command in children if "spawn_main" in command]
    os.kill(sites[1], signal.SIGKILL)
    assert two_sites.wait_until_ended() == 1
    assert two_sites.output.splitlines()[-1].startswith("One of the two sites has ended by itself")
    assert two_sites.left_behind() == []


def test_the_second_port_must_be_free_too(port: int) -> None:
    with closing(socket.create_server(("127.0.0.1", port + 1))):
        refused = Running(port, "local.two")
        assert refused.wait_until_ended() == 1
    assert refused.output.startswith(f"Port {port + 1} is taken.")


def test_there_must_be_a_second_port() -> None:
    refused = Running(65535, "local.two")
    assert refused.wait_until_ended() == 1
    assert refused.output == "PORT must be below 65535 here, since the second site takes the next one.\n"


def test_wrong_peers_are_refused_at_the_start_with_their_place(port: int, tmp_path: Path) -> None:
    peer = {"site": "paris", "address": "http://paris.example/api/sync", "secrets": ["whsec_" + "A" * 32]}
    file = tmp_path / "peers.json"
    file.write_text(json.dumps({"peers": [peer]}))
    command = [sys.executable, "-m", "local.run"]
    environment = {**os.environ, "PORT": str(port), "DEMO": "0", "SITE": "rome", "PEERS_FILE": str(file)}
    refused = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    told = f"{file}: The peers are wrong. peers[0].address: must be the https address of the peer's /api/sync\n"
    assert refused.stderr.endswith(told)
    assert "Traceback" not in refused.stderr
