"""MiniStack: the engine that takes many callers at once, in a process and a virtual environment of its own."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PYTHON = Path(os.environ.get("STOCKROOM_MINISTACK_PYTHON", Path(__file__).parent.parent / ".ministack/bin/python"))
SECONDS_TO_START = 60

# Whatever becomes of the process that started it, its end of the pipe closes, and this ends the engine's whole group.
SERVE = """
import os, signal, sys, threading
def end_with_starter():
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=end_with_starter, daemon=True).start()
from ministack.app import main
main()
"""


@contextmanager
def running_ministack() -> Iterator[str]:
    """Serves an empty cloud on a free port of this machine only, and yields its address."""
    if not PYTHON.exists():
        raise FileNotFoundError(f"MiniStack is not in {PYTHON}: run make test, which makes .ministack")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    with subprocess.Popen(
        [PYTHON, "-c", SERVE], env=os.environ | settings, stdin=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            _wait_until_ready(process, f"http://127.0.0.1:{port}/_ministack/ready")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_until_ready(process: "subprocess.Popen[bytes]", address: str) -> None:
    ends = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < ends:
        assert process.poll() is None, f"MiniStack ended with status {process.returncode}; why is told above"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"MiniStack was not ready after {SECONDS_TO_START} seconds")


def environment_on(endpoint: str) -> dict[str, str]:
    """What a process needs in its environment to reach this engine, and nothing but it."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
    }
