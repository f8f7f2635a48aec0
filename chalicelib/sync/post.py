"""Calls to a peer: within a time, to the very address, and to no machine that only we can reach.

https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cache
from http.client import HTTPException
from threading import Timer
from typing import NamedTuple
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

SECONDS_TO_ANSWER, SECONDS_IN_ALL = 10.0, 20.0
"""For each piece of what comes, and for the whole of a call."""

LONGEST_ANSWER = 256 * 1024
"""Bytes; the digests of all pages take 20 KB."""


class Unreachable(Exception):
    """Says why, without anything of what was sent."""


class Answered(NamedTuple):
    status: int
    retry_after: str
    """"" where the peer doesn't say."""
    body: bytes


def call(method: str, address: str, body: bytes, headers: Mapping[str, str], *, loopback: bool) -> Answered:
    """Redirects are not followed. `loopback` lets the peer be on this machine. Raises Unreachable."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        # Connected to the very machine that was looked at, so that the name can't lead elsewhere the second time.
        connection = _connection(parts.scheme, host, _checked_ip(host, port, loopback), port)
        with closing(connection), _cut_off(connection, SECONDS_IN_ALL):
            sent = {"Host": parts.netloc, "User-Agent": "stockroom", **headers}
            connection.request(method, parts.path or "/", body, sent, preload_content=False)
            answer = connection.getresponse()
            content = answer.read(LONGEST_ANSWER, decode_content=True)
            return Answered(answer.status, answer.headers.get("Retry-After", ""), content)
    except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
        raise Unreachable(f"{host}: {type(error).__name__}") from error


@contextmanager
def _cut_off(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """A timeout holds for each piece that comes; this one for all together, however slowly they drip."""

    def cut() -> None:
        with suppress(OSError):
            if connection.sock:
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _checked_ip(host: str, port: int, loopback: bool) -> str:
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for ip in found:
        address = ipaddress.ip_address(ip)
        public = address.is_global and not address.is_multicast
        if not (public or (loopback and address.is_loopback)):
            raise Unreachable(f"{host} leads to {ip}, which is not a public address")
    return found[0]


def _connection(scheme: str, host: str, ip: str, port: int) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(ip, port, timeout=SECONDS_TO_ANSWER)
    return HTTPSConnection(
        ip, port, timeout=SECONDS_TO_ANSWER, ssl_context=_tls(), server_hostname=host, assert_hostname=host
    )


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
