"""The Chalice app: every route, and each Lambda function by its name."""

import gc

# What is made while importing stays for good, so looking through it for garbage is a waste: a tenth of a cold start.
gc.disable()

from datetime import UTC, datetime
from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Cron, DynamoDBEvent, SQSEvent

from chalicelib.domain.clock import Clock
from chalicelib.routes import api_keys, customers, docs, exchange, health, items, purchases, stock_list, transfer
from chalicelib.routes.access import admin, anyone, clerk, peer, viewer, viewer_or_peer
from chalicelib.routes.http import route
from chalicelib.services import dropped_invoices
from chalicelib.services import exchange as exchange_service
from chalicelib.services import stock_list as stock_list_service
from chalicelib.settings import settings
from chalicelib.telemetry import observed

SECONDS_OF_A_RUN = 60
"""That a function called by stream, queue or schedule has at least."""

# Its log is the one of that name that telemetry.py has set up.
app = Chalice(app_name="stockroom", configure_logs=False)

route(app, "/api/items", GET=viewer(items.list_items), POST=clerk(items.create_item))
route(
    app,
    "/api/items/{item}",
    GET=viewer(items.get_item),
    PATCH=clerk(items.change_item),
    DELETE=clerk(items.delete_item),
)
route(app, "/api/items/import", POST=clerk(transfer.import_items))
route(app, "/api/items/export", GET=viewer(transfer.export_items))
route(app, "/api/items/{item}/adjustments", GET=viewer(items.list_adjustments), POST=clerk(items.adjust_stock))

route(app, "/api/customers", GET=viewer(customers.list_customers), POST=clerk(customers.create_customer))
route(
    app,
    "/api/customers/{customer}",
    GET=viewer(customers.get_customer),
    PATCH=clerk(customers.change_customer),
    DELETE=clerk(customers.delete_customer),
)

route(app, "/api/customers/import", POST=clerk(transfer.import_customers))
route(app, "/api/customers/export", GET=viewer(transfer.export_customers))

route(
    app,
    "/api/customer-purchase/{customer}",
    GET=viewer(purchases.get_invoice),
    POST=clerk(purchases.add_lines),
    PUT=clerk(purchases.set_lines),
    DELETE=clerk(purchases.drop_order),
)

route(app, "/api/low-stock-items", GET=viewer(stock_list.get_stock_list))

route(app, "/api/keys", GET=admin(api_keys.list_api_keys), POST=admin(api_keys.create_api_key))
route(app, "/api/keys/{key}", GET=admin(api_keys.get_api_key), DELETE=admin(api_keys.revoke_api_key))

route(app, "/api/sync/customers", POST=peer(exchange.receive_customer))
route(app, "/api/sync/digest", GET=viewer_or_peer(exchange.get_digest))
route(app, "/api/sync/peers", GET=admin(exchange.list_peers))
route(app, "/api/sync/peers/{peer}/resume", POST=admin(exchange.resume_peer))
route(app, "/api/sync/conflicts", GET=admin(exchange.list_conflicts))
route(app, "/api/sync/conflicts/{conflict}", DELETE=admin(exchange.dismiss_conflict))
route(app, "/api/sync/conflicts/{conflict}/apply", POST=admin(exchange.apply_conflict))

route(app, "/api/health", GET=anyone(health.get_health))
route(app, "/api/openapi.json", GET=anyone(docs.get_openapi))
route(app, "/api/docs", GET=anyone(docs.get_page))
route(app, "/api/docs/{file}", GET=anyone(docs.get_file))


@app.schedule(Cron(0, settings().stock_list_hour, "*", "*", "?", "*"))
def write_stock_list(event: CloudWatchEvent) -> dict[str, Any]:
    with observed("write_stock_list", event.context) as seen:
        seen["items"] = stock_list_service.write_stock_list(datetime.now(UTC).date())
    return {"items": seen["items"]}


# The template puts the true stream and queue in.
@app.on_dynamodb_record(stream_arn=f"arn:aws:dynamodb:*:*:table/{settings().table_name}/stream/*", batch_size=100)
def relay_drops(event: DynamoDBEvent) -> None:
    with observed("relay_drops", event.context) as seen:
        seen["messages"] = dropped_invoices.queue_removals(event.to_dict()["Records"])


@app.on_sqs_message(queue=f"{settings().table_name}-file-removals", batch_size=10)
def remove_files(event: SQSEvent) -> dict[str, Any]:
    messages = {message["messageId"]: message["body"] for message in event.to_dict()["Records"]}
    with observed("remove_files", event.context, messages=len(messages)) as seen:
        seen["failed"] = dropped_invoices.remove_files(messages)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in seen["failed"]]}


@app.on_dynamodb_record(stream_arn=f"arn:aws:dynamodb:*:*:table/{settings().table_name}/stream/*", batch_size=100)
def relay_customers(event: DynamoDBEvent) -> None:
    with observed("relay_customers", event.context) as seen:
        seen["messages"] = exchange_service.queue_changes(event.to_dict()["Records"], datetime.now(UTC))


@app.on_sqs_message(queue=f"{settings().table_name}-customer-events.fifo", batch_size=1)
def send_customers(event: SQSEvent) -> dict[str, Any]:
    with observed("send_customers", event.context) as seen:
        seen["failed"] = exchange_service.send_queued(event.to_dict()["Records"], Clock(lambda: SECONDS_OF_A_RUN))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in seen["failed"]]}


@app.schedule(Cron(30, settings().stock_list_hour, "*", "*", "?", "*"))
def compare_customers(event: CloudWatchEvent) -> dict[str, Any]:
    with observed("compare_customers", event.context) as seen:
        seen["queued"] = exchange_service.compare_with_peers(Clock(lambda: SECONDS_OF_A_RUN))
    return {"queued": seen["queued"]}


gc.freeze()
gc.enable()
