"""The API's description, for programs and for people. Open to everyone: it tells nothing of the shop."""

from pathlib import Path

from chalicelib.routes.answer import Answer
from chalicelib.routes.operation import operation
from chalicelib.routes.request import Request

VIEWER = Path(__file__).parent / "viewer"

FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "start.js": "text/javascript"}

# Swagger UI sets styles in its elements; nothing is fetched from elsewhere, and nothing of the request is in the page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@operation({200: "Description"})
def get_openapi(request: Request) -> Answer:
    """Get the description of this API

    OpenAPI 3.1.
    """
    # Imported here, since only who asks for it needs pydantic.
    from chalicelib.routes.openapi import document

    return Answer(document(request.path().removesuffix("/api/openapi.json") or "/"))


@operation({200: {"text/html": "Text"}, 308: ""})
def get_page(request: Request) -> Answer:
    """Read the description of this API

    A page that shows it, and with which calls can be tried out.
    """
    if request.has_trailing_slash:
        # What the page needs is named by relative addresses, which mean the stage of the deployment too.
        return Answer("", 308, {"Location": "../docs"})
    return _file("index.html", "text/html")


@operation({200: {"text/javascript": "Text", "text/css": "Text"}})
def get_file(request: Request) -> Answer:
    """Get a file of that page"""
    name = request.name("file", FILES)
    return _file(name, FILES[name])


def _file(name: str, kind: str) -> Answer:
    headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "public, max-age=3600"}
    return Answer((VIEWER / name).read_text(), headers=headers | {"Content-Security-Policy": POLICY})
