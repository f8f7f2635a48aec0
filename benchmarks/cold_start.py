"""From nothing to the first answer of the API: fresh processes that see nothing but an unpacked zip, as Lambda does it.

Beside it, the zip that `chalice package` makes by itself, and what no program with a DynamoDB client can do without.
It is CPU time, and the answer of DynamoDB comes from a server on this machine that has it ready.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from zipfile import ZipFile

from benchmarks.table import Row
from deploy.check import MOST_MEGABYTES
from deploy.package import PROJECT, copy_sources, package, run_chalice
from deploy.trial import environment_of_lambda, request, run_in_lambda

ROUNDS = 21
STAGE = "prod"
FLOOR = """\
import botocore.session
botocore.session.get_session().create_client("dynamodb")
def handler(event, context):
    return {}
"""


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as temporary, _canned_table() as endpoint:
        folder = Path(temporary)
        ours = package(STAGE, folder / "build").zip
        _unpack(ours, folder / "ours")
        _unpack(_untouched_zip(folder), folder / "untouched")
        (folder / "ours" / "floor.py").write_text(FLOOR)
        environment = environment_of_lambda(endpoint)
        contenders = [("ours", "app.app"), ("untouched", "app.app"), ("ours", "floor.handler")]
        seconds: list[list[float]] = [[] for _ in contenders]
        for _ in range(ROUNDS):
            # In turns, so that a busy machine is busy for all.
            for taken, (unpacked, handler) in zip(seconds, contenders, strict=True):
                result = run_in_lambda(folder / unpacked, handler, [request("GET", "/api/health")], environment)
                assert handler != "app.app" or result["answers"][0]["statusCode"] == 200, result
                taken.append(result["seconds"])
        our, their, floor = (1000 * median(taken) for taken in seconds)
        yield Row("cold start to first answer: CPU", our, "ms", "botocore and a DynamoDB client", floor, most_ratio=1.5)
        yield Row("cold start to first answer: CPU", our, "ms", "the zip of chalice package", their, most_ratio=1 / 3)
        yield Row("deployment zip", ours.stat().st_size / 1e6, "MB", most=MOST_MEGABYTES)


def _untouched_zip(folder: Path) -> Path:
    """As Chalice makes it."""
    source = folder / "source"
    copy_sources(source)
    shutil.copy(PROJECT / "requirements.txt", source)
    run_chalice(STAGE, source, folder / "chalice")
    return folder / "chalice" / "deployment.zip"


def _unpack(file: Path, folder: Path) -> None:
    with ZipFile(file) as packed:
        packed.extractall(folder)


@contextmanager
def _canned_table() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _CannedTable)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _CannedTable(BaseHTTPRequestHandler):
    """Answers each BatchGetItem with nothing found."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"Responses": {"stockroom": []}, "UnprocessedKeys": {}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
