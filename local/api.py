"""`chalice` as a child process that ends with its parent, however the parent ends, even killed.

The parent holds the other end of standard input and writes nothing to it. A path that isn't there is answered as the
template has the gateway answer it; `chalice local` would send the caller's key back.
"""

import json
import logging
import os
import signal
import sys
from threading import Thread
from typing import Any

from chalice.cli import main
from chalice.local import ForbiddenError, LocalGateway

from local.cloud import TEMPLATE


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def answer_missing_paths() -> None:
    """To be called before a LocalGateway is used."""
    gateway = json.loads(TEMPLATE.read_text())["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    response = gateway["MISSING_AUTHENTICATION_TOKEN"]
    handle = LocalGateway.handle_request

    def handle_or_miss(self: LocalGateway, method: str, path: str, headers: Any, body: bytes | None) -> Any:
        try:
            return handle(self, method, path, headers, body)
        except ForbiddenError:
            told = {name: value.strip("'") for name, value in response["ResponseParameters"]["Headers"].items()}
            problem = response["ResponseTemplates"]["application/json"]
            return {
                "statusCode": int(response["StatusCode"]),
                "headers": told,
                "multiValueHeaders": {},
                "body": problem,
            }

    LocalGateway.handle_request = handle_or_miss  # type: ignore[method-assign]


if __name__ == "__main__":
    # Ctrl-C and a closing terminal reach the parent too, which ends all in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # `chalice local` logs all that is told, and these tell of what nobody asked.
    for library in ("botocore", "pynamodb", "fontTools"):
        logging.getLogger(library).setLevel(logging.WARNING)
    answer_missing_paths()
    Thread(target=end_with_parent, daemon=True).start()
    main()
