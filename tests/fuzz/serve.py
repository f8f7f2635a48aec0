"""The API over HTTP, for a fuzzer: on moto in process, one request at a time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from chalice.config import Config
from chalice.local import LocalGateway
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

import app
from local.api import answer_missing_paths

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Gateway:
    """API Gateway as `chalice local` plays it, as a WSGI application."""

    def __init__(self) -> None:
        self.requests = 0
        answer_missing_paths()
        self._gateway = LocalGateway(app.app, Config(chalice_stage="local", config_from_disk={"stages": {}}))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.requests += 1
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        # As it was sent: chalice local gets it so too.
        path = str(request.environ["RAW_URI"])
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._gateway.handle_request(request.method, path, headers, request.get_data())
        return Response(answer["body"], answer["statusCode"], answer["headers"])


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


@contextmanager
def served(gateway: Gateway) -> Iterator[str]:
    """Yields its address."""
    server = make_server("127.0.0.1", 0, gateway, request_handler=_Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()
