"""`python -m deploy.trial ZIP HANDLER…`: each function of the zip answers events, on the embedded cloud.

What the functions need and deploy/prune.py left out, or requirements.txt doesn't name, fails here.
"""

import json
import os
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import boto3

from local.cloud import create_resources, leave_aws, running_cloud

IN_LAMBDA = Path(__file__).with_name("in_lambda.py")
LOGO = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg==")
"""A PNG of one pixel, so that the invoice needs the library for pictures too."""


def request(method: str, path: str, body: Any = None, **steps: str) -> dict[str, Any]:
    """The event that API Gateway makes of a request; `path` is the route's."""
    headers = {"content-type": "application/json", "authorization": "Bearer trial"}
    context = {"resourcePath": path, "httpMethod": method, "path": "/trial" + path.format(**steps)}
    return {
        "resource": path,
        "path": path.format(**steps),
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": steps or None,
        "stageVariables": None,
        "requestContext": {**context, "identity": {"sourceIp": "203.0.113.7"}},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


SCHEDULED = {
    "version": "0",
    "id": "00000000-0000-0000-0000-000000000000",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-01-01T00:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:events:us-east-1:123456789012:rule/trial"],
    "detail": {},
}
DROPPED = {
    "eventName": "REMOVE",
    "dynamodb": {
        "OldImage": {
            "pk": {"S": "CUSTOMER#1"},
            "sk": {"S": "OPEN"},
            "kind": {"S": "invoice"},
            "customer": {"N": "1"},
            "identity": {"S": "i"},
            "version": {"S": "a"},
            "status": {"S": "open"},
            "created_at": {"S": "2026-11-23T00:00:00.000000+0000"},
            "lines": {"L": []},
        }
    },
}
CHANGED = {
    "eventName": "INSERT",
    "dynamodb": {
        "NewImage": {
            "pk": {"S": "CUSTOMERS#0"},
            "sk": {"S": "0000000001"},
            "kind": {"S": "customer"},
            "id": {"N": "1"},
            "uid": {"S": "ARBOR"},
            "name": {"S": "Ann Arbor"},
            "phone": {"S": "1"},
            "address": {"S": "1 Main St"},
            "archived": {"BOOL": False},
            "version": {"N": "1"},
            "site": {"S": "main"},
            "seen": {"S": '{"main": 1}'},
            "via": {"S": ""},
        }
    },
}
QUEUED = {
    "messageId": "1",
    "receiptHandle": "trial",
    "body": '{"peer": "paris", "customer": 77, "occasion": ""}',
    "attributes": {
        "MessageGroupId": "trial",
        "SentTimestamp": "1764072000000",
        "ApproximateFirstReceiveTimestamp": "1764072000000",
    },
}
PEERS = {
    "peers": [
        {
            "site": "paris",
            "address": "https://paris.example/api/sync",
            "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        }
    ]
}
MESSAGE = {"messageId": "1", "body": '{"folder": "invoices/open/1/0123456789abcdef/"}'}
CUSTOMER = {"name": "Ann Arbor", "phone": "+1 734 555 0100", "address": "1 Main St"}

# Of each handler: the events it gets, one after the other, and what its answers must hold.
TRIALS: dict[str, list[tuple[dict[str, Any], dict[str, Any] | None]]] = {
    "app.app": [
        (request("GET", "/api/health"), {"statusCode": 200}),
        (request("POST", "/api/items", {"description": "Tea", "price": 10.99, "quantity": 5}), {"statusCode": 201}),
        (request("POST", "/api/customers", CUSTOMER), {"statusCode": 201}),
        (
            request("POST", "/api/customer-purchase/{customer}", [{"item": 1, "quantity": 2}], customer="1"),
            {"statusCode": 201},
        ),
        (request("GET", "/api/customer-purchase/{customer}", customer="1"), {"statusCode": 303}),
        (request("GET", "/api/low-stock-items"), {"statusCode": 200}),
        (request("GET", "/api/items/export"), {"statusCode": 200}),
        (request("GET", "/api/openapi.json"), {"statusCode": 200}),
        (request("GET", "/api/docs"), {"statusCode": 200}),
        (request("GET", "/api/docs/{file}", file="swagger-ui-bundle.js"), {"statusCode": 200}),
    ],
    "app.write_stock_list": [(SCHEDULED, {"items": 1})],
    "app.relay_drops": [({"Records": [DROPPED]}, None)],
    "app.remove_files": [({"Records": [MESSAGE]}, {"batchItemFailures": []})],
    "app.relay_customers": [({"Records": [CHANGED]}, None)],
    "app.send_customers": [({"Records": [QUEUED]}, {"batchItemFailures": []})],
    # The one peer can't be reached from here.
    "app.compare_customers": [(SCHEDULED, {"queued": {"paris": -1}})],
}


def run_in_lambda(folder: Path, handler: str, events: list[dict[str, Any]], environment: dict[str, str]) -> Any:
    """In a fresh process that sees this folder only. Raises RuntimeError with what the process complained of."""
    command = [sys.executable, "-I", "-S", "-B", IN_LAMBDA, folder, handler]
    done = subprocess.run(
        list(map(str, command)),
        input=json.dumps(events),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{handler} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def environment_of_lambda(endpoint: str) -> dict[str, str]:
    """What a function finds there, except that AWS is at this endpoint."""
    return {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "trial",
        "AWS_SECRET_ACCESS_KEY": "trial",
        "AWS_SESSION_TOKEN": "trial",
        "AWS_ENDPOINT_URL": endpoint,
        "LOCAL_ADMIN_KEY": "trial",
    }


def main(file: str, handlers: list[str]) -> None:
    if set(handlers) != set(TRIALS):
        raise RuntimeError(f"{__file__} has trials for {', '.join(TRIALS)}; the template has {', '.join(handlers)}.")
    leave_aws(os.environ)
    with TemporaryDirectory() as folder, running_cloud() as endpoint:
        with ZipFile(file) as packed:
            packed.extractall(folder)
        Path(folder, "chalicelib", "trial.png").write_bytes(LOGO)
        environment = environment_of_lambda(endpoint) | create_resources("trial", endpoint)
        parameter = {"Name": "/trial/peers", "Value": json.dumps(PEERS), "Type": "SecureString"}
        boto3.client("ssm", endpoint_url=endpoint).put_parameter(**parameter)  # type: ignore[arg-type]
        environment |= {"PEERS_PARAMETER": "/trial/peers"}
        for handler, trials in TRIALS.items():
            events = [event for event, _ in trials]
            result = run_in_lambda(
                Path(folder), handler, events, environment | {"COMPANY_LOGO": "chalicelib/trial.png"}
            )
            for answer, (event, expected) in zip(result["answers"], trials, strict=True):
                if not (answer == expected or (expected and expected.items() <= answer.items())):
                    raise RuntimeError(f"{handler} answered {answer} to {event}, not {expected}.")
            sys.stdout.write(f"  {handler}: first answer {result['seconds']:.2f} s of CPU time after a cold start\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except RuntimeError as error:
        sys.exit(str(error))
