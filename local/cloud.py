"""An embedded cloud for development: moto, with the resources of the very template that production is made from."""

import json
import os
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from local.moto_tables import mend_transactions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TEMPLATE = Path(__file__).parent.parent / ".chalice" / "resources.json"
REGION = "us-east-1"
ACCOUNT = "123456789012"
"""moto's."""

MADE_HERE = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")
"""Resource types the embedded cloud makes; the others of the template, such as alarms, are passed over."""

SETTINGS = {
    "TABLE_NAME": "TableName",
    "BUCKET_NAME": "BucketName",
    "FILE_REMOVALS_URL": "FileRemovalsUrl",
    "CUSTOMER_EVENTS_URL": "CustomerEventsUrl",
}
"""Which output of the template each setting of the app comes from."""


def leave_aws(environment: MutableMapping[str, str]) -> None:
    """Takes every way to a real AWS account out of the environment, so that nothing local can ever reach one."""
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    environment.update(
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",
        AWS_DEFAULT_REGION=REGION,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        # moto doesn't know the addresses that have the number of the account in them.
        AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
        NO_PROXY="127.0.0.1,localhost",
    )


def create_resources(stack_name: str, endpoint: str | None = None) -> dict[str, str]:
    """Makes tables, buckets and queues from the template and returns the settings that name them.

    Without an endpoint it is for tests, inside moto's `mock_aws`.
    """
    template = json.loads(TEMPLATE.read_text())
    resources = template["Resources"].items()
    template["Resources"] = {name: resource for name, resource in resources if resource.get("Type") in MADE_HERE}
    template["Outputs"] = {name: template["Outputs"][name] for name in SETTINGS.values()}
    cloudformation = boto3.client("cloudformation", endpoint_url=endpoint)
    cloudformation.create_stack(StackName=stack_name, TemplateBody=json.dumps(template))
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return {setting: outputs[output] for setting, output in SETTINGS.items()}


@contextmanager
def running_cloud() -> Iterator[str]:
    """Serves the embedded cloud on a free port of this machine only, and yields its address."""
    mend_transactions()
    application = _OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()


class _OneAtATime:
    """Lets one request in after the other.

    moto's transactions are not safe under threads: two at once can sell the same piece twice. The server itself has
    threads all the same, or a browser that keeps a connection open would keep everyone else waiting.
    """

    def __init__(self, application: "WSGIApplication"):
        self._application = application
        self._lock = Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with self._lock:
            answer = self._application(environ, start_response)
            return ClosingIterator(list(answer), getattr(answer, "close", None))


class _Quiet(MotoRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass
