"""`chalice` as a child process that ends with its parent, however the parent ends, even killed.

The parent holds the other end of standard input and writes nothing to it.
"""

import logging
import os
import signal
import sys
from threading import Thread

from chalice.cli import main


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    # Ctrl-C and a closing terminal reach the parent too, which ends all in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # `chalice local` logs all that is told, and these tell of what nobody asked.
    for library in ("botocore", "pynamodb", "fontTools"):
        logging.getLogger(library).setLevel(logging.WARNING)
    Thread(target=end_with_parent, daemon=True).start()
    main()
