"""`make stock-list`: runs the scheduled function once, on what `make run` is running."""

import json
import os
import socket
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit

from local.clock import run_scheduled
from local.run import Failure, load_app, read_port, running_file


def main() -> int:
    try:
        print(write_stock_list(read_port()))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def write_stock_list(port: int) -> str:
    try:
        running = json.loads(running_file(port).read_text())
        cloud = urlsplit(running["environment"]["AWS_ENDPOINT_URL"])
        # The file outlives a run that was killed.
        socket.create_connection((str(cloud.hostname), cloud.port or 0), timeout=5).close()
    except OSError:
        raise Failure(f"Nothing is running on port {port}: make run first.") from None
    os.environ |= running["environment"]
    answer = run_scheduled(load_app(), "write_stock_list", datetime.now(UTC))
    return f"Written. Items on the stock list: {answer['items']}. To see them: curl {running['url']}/low-stock-items"


if __name__ == "__main__":
    sys.exit(main())
