"""Calls to peers over real sockets."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from chalicelib.sync import post
from chalicelib.sync.post import Answered, Unreachable, call


class Handler(BaseHTTPRequestHandler):
    heard: list[tuple[str, dict[str, str], bytes]]
    answer: tuple[int, dict[str, str], bytes]
    hang: Event
    drip: bool
    """Sends its headers a byte every 50 ms."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.hang.wait(5)
        status, headers, content = self.answer
        with suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nX: ".ljust(100, b"x") if self.drip else b"":
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    Handler.heard, Handler.answer, Handler.hang, Handler.drip = [], (200, {}, b"{}"), Event(), False
    Handler.hang.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        Handler.hang.set()
        server.shutdown()


def send(server: Any, **options: Any) -> Answered:
    address = f"http://localhost:{server.server_port}/api/sync/customers"
    return call("POST", address, b"{}", {"webhook-id": "msg_1"}, **{"loopback": True, **options})


def test_a_peer_gets_the_very_bytes_and_headers(server: Any) -> None:
    assert send(server) == Answered(200, "", b"{}")
    [(path, headers, body)] = Handler.heard
    assert (path, headers["webhook-id"], body) == ("/api/sync/customers", "msg_1", b"{}")
    assert headers["host"] == f"localhost:{server.server_port}"


def test_what_it_answers_is_told_with_when_to_try_again(server: Any) -> None:
    Handler.answer = (503, {"Retry-After": "120"}, b"busy")
    assert send(server) == Answered(503, "120", b"busy")


def test_a_redirect_is_not_followed(server: Any) -> None:
    Handler.answer = (307, {"Location": f"http://127.0.0.1:{server.server_port}/elsewhere"}, b"")
    assert send(server).status == 307
    assert len(Handler.heard) == 1


def test_an_endless_answer_is_not_read_to_its_end(server: Any) -> None:
    Handler.answer = (200, {}, b"x" * 10_000_000)
    assert len(send(server).body) == post.LONGEST_ANSWER


def test_a_peer_that_hangs_is_given_up(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "SECONDS_TO_ANSWER", 0.2)
    Handler.hang.clear()
    with pytest.raises(Unreachable, match="localhost: TimeoutError"):
        send(server)


def test_a_peer_that_drips_is_given_up_too(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "SECONDS_IN_ALL", 0.3)
    Handler.drip = True
    started = time.monotonic()
    with pytest.raises(Unreachable):
        send(server)
    assert time.monotonic() - started < 2


def test_a_peer_that_is_not_there_is_told(server: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="NewConnectionError"):
        call("POST", f"http://127.0.0.1:{port}/", b"", {}, loopback=True)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "224.0.0.1",
    ],
)
def test_a_name_that_leads_to_a_machine_of_ours_is_not_called(ip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.215.14", ip)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("connected"))
    with pytest.raises(Unreachable, match="is not a public address"):
        call("POST", "https://paris.example/api/sync/customers", b"", {}, loopback=False)


def test_the_machine_that_was_looked_at_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere when it is asked for the second time gains nothing."""
    asked = []

    def getaddrinfo(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]

    def refuse(*_: Any, **__: Any) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(Unreachable):
        call("POST", "https://paris.example/api/sync/customers", b"", {}, loopback=False)
    assert asked[1:] == ["93.184.215.14"]
