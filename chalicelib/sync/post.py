"""Calls to a peer: within a time, to the very address, and to no machine that only we can reach.

https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3

SECONDS_TO_CONNECT, SECONDS_TO_ANSWER = 3.0, 15.0

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
        with _pool(parts.scheme, host, _checked_ip(host, port, loopback), port) as pool:
            answer = pool.urlopen(
                method,
                parts.path or "/",
                body=body,
                headers={"Host": parts.netloc, "User-Agent": "stockroom", **headers},
                redirect=False,
                retries=False,
                preload_content=False,
            )
            content = answer.read(LONGEST_ANSWER, decode_content=True)
            return Answered(answer.status, answer.headers.get("Retry-After", ""), content)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unreachable(f"{host}: {type(error).__name__}") from error


def _checked_ip(host: str, port: int, loopback: bool) -> str:
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for ip in found:
        address = ipaddress.ip_address(ip)
        public = address.is_global and not address.is_multicast
        if not (public or (loopback and address.is_loopback)):
            raise Unreachable(f"{host} leads to {ip}, which is not a public address")
    return found[0]


def _pool(scheme: str, host: str, ip: str, port: int) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(connect=SECONDS_TO_CONNECT, read=SECONDS_TO_ANSWER)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(ip, port, timeout=timeout)
    secure: Any = {"ssl_context": _tls(), "server_hostname": host, "assert_hostname": host}
    return urllib3.HTTPSConnectionPool(ip, port, timeout=timeout, **secure)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
